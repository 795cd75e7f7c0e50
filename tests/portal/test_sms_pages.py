"""From a text message's password to the services: one's own password, what is missing, then the pages of everybody."""

import json
import re

import pytest
from sqlalchemy import select

from desktop.domain.sms import ISSUE_LIFE, Gateway
from desktop.domain.sms_gateways import InboundCall
from desktop.store.tables import Account, Post, SmsAccount
from tests.conftest import Clock
from tests.make import Make
from tests.portal.test_steps import submitted
from tests.portal.town import ADDRESS, SECRETS, Browser, Page, Town
from tests.sms_office import AN, PHONE, SmsOffice

OWN = "con mèo nhỏ 7"
TERMS = {"terms_version": "2026-11"}
PASSWORDS = {"password": OWN, "again": OWN, **TERMS}
DATA = {"family_name": "Nguyễn", "given_name": "Văn An", "postal_address": "ひがし市中央1-2-3", "email": ""}
SYNTAX = "TK,Ho va ten,soCMND,nn.tt.nnnn"


class SmsTown(SmsOffice):
    """The town, and citizens of it who have sent a text message."""

    def __init__(self, town: Town, make: Make) -> None:
        super().__init__(town.store, SECRETS, make)
        self.town = town
        town.set("sms.enabled", True)
        town.set("contacts.sms", "窓口 082-420-0900")
        self.account = self.texted()

    def tried(self, browser: Browser, login: str = "+84 905-123-456", password: str = "") -> Page:
        return browser.send("/log-in", {"login": login, "password": password or self.password(self.account)})

    def inside(self, language: str = "en", **data: str) -> Browser:
        """Through everything that comes first."""
        browser = self.town.browser(language)
        browser.get(f"/language/{language}")  # else the account's own, from the log-in on
        self.tried(browser)
        browser.send("/first-password", PASSWORDS)
        browser.send("/complete", {**DATA, **data})
        return browser


@pytest.fixture
def sms(town: Town, make: Make) -> SmsTown:
    return SmsTown(town, make)


@pytest.fixture
def small(small_town: Town, make: Make) -> SmsTown:
    return SmsTown(small_town, make)


def test_the_texts_password_leads_to_ones_own_then_to_what_is_missing_then_to_the_services(sms: SmsTown) -> None:
    browser = sms.town.browser()
    first = sms.tried(browser)
    assert (first.path, first.holds(PHONE)) == ("/first-password", True)
    assert sms.password(sms.account) not in first.html
    assert browser.get("/home").path == "/log-in"  # nobody is in yet
    wrong = browser.send("/first-password", {"password": OWN, "again": OWN})
    assert (wrong.status, wrong.holds(OWN)) == (422, True)
    assert "agree to the terms" in wrong.text
    assert "Choose one of your own" in browser.send("/first-password", same(sms)).text
    missing = browser.send("/first-password", PASSWORDS)
    assert missing.path == "/complete"
    assert (filled(missing, "family_name"), filled(missing, "given_name")) == ("Nguyễn", "Văn An")
    for path in ("/home", "/schools", "/own", "/own/names", "/child/new", "/line"):
        assert browser.get(path).path == "/complete"

    wrong = browser.send("/complete", {**DATA, "postal_address": " ", "given_name": "Văn Anh", "email": "an@"})
    assert (wrong.path, wrong.holds("Văn Anh"), wrong.holds("an@")) == ("/complete", True, True)
    done = browser.send("/complete", DATA)
    assert done.path == "/completed"
    assert "LINE" in done.text
    assert browser.get("/home").path == "/home"
    with sms.store.read() as session:
        account, texted = session.get_one(Account, sms.account), session.get_one(SmsAccount, sms.account)
        assert (account.family_name, account.given_name) == ("Nguyễn", "Văn An")
        assert texted.postal_address == DATA["postal_address"]
        assert texted.completed_at is not None
    assert sms.tried(sms.town.browser(), "0905123456", OWN).path == "/home"


def filled(page: Page, name: str) -> str:
    found = re.search(rf'name="{name}" type="text" value="([^"]*)"', page.html)
    assert found
    return found.group(1)


def same(sms: SmsTown) -> dict[str, str]:
    initial = sms.password(sms.account)
    return {"password": initial, "again": initial, **TERMS}


def test_a_mail_address_is_confirmed_by_the_code_and_gets_the_mails(small: SmsTown) -> None:
    browser = small.town.browser("vi")
    small.tried(browser)
    browser.send("/first-password", PASSWORDS)
    waiting = browser.send("/complete", {**DATA, "email": ADDRESS})
    assert (waiting.path, waiting.holds(ADDRESS)) == ("/mail-sent", True)
    confirm = browser.send("/mail-sent/code", {"mail_code": small.town.mail_code()})
    assert browser.send(confirm.path, {}).path == "/own/confirmed"
    own = browser.get("/own")
    assert (own.holds(PHONE), own.holds(ADDRESS), own.holds(DATA["postal_address"])) == (True, True, True)
    browser.send("/own/password", {"old": OWN, "password": "một câu dài 8", "again": "một câu dài 8"})
    with small.store.read() as session:
        assert session.scalars(select(Post.address).order_by(Post.id)).all() == [ADDRESS, ADDRESS]


def test_own_data_shows_and_changes_what_was_added_and_the_phone_changes_at_a_desk(small: SmsTown) -> None:
    browser = small.inside()
    own = browser.get("/own")
    assert "Only the city’s office changes it" in own.text
    assert "You log in with it." not in own.text
    assert browser.get("/own/login").status == 409
    assert "office" in browser.send("/own/login", {"email": ADDRESS, "password": OWN}).text
    wrong = browser.send("/own/postal-address", {"postal_address": "x" * 400})
    assert (wrong.path, wrong.holds("x" * 400)) == ("/own/postal-address", True)
    assert browser.send("/own/postal-address", {"postal_address": "Đường 1, Huế"}).holds("Đường 1, Huế")
    small.town.logged_in()
    others = small.town.logged_in(email="else@mail.example")
    assert others.get("/own/postal-address").status == 404
    assert others.get("/complete").path == "/home"
    assert "/own/postal-address" not in others.get("/own").html


def test_no_page_says_that_mails_come_to_whoever_named_no_address(small: SmsTown) -> None:
    browser, others = small.inside(), small.town.logged_in()
    assert "coming by mail" in others.get("/line").text
    alone = browser.get("/line").text
    assert "coming by mail" not in alone
    assert "named no mail address" in alone


def test_a_child_is_registered_and_nobody_waits_for_a_mail_that_cannot_come(small: SmsTown) -> None:
    browser = small.inside()
    done = submitted(small.town, browser)
    assert done.path.endswith("/done")
    assert "docomo" not in done.text
    assert "Look again in a few days" in done.text
    assert "The school is looking at it" in browser.get("/schools").text
    assert small.town.submitted() == [("高橋", "美咲", "ミサキ", "vi")]
    assert browser.get("/line").path == "/line"
    assert browser.send("/own/leave", {"password": OWN}).path == "/own/left"
    assert small.tried(small.town.browser(), PHONE, OWN).path == "/log-in"
    assert small.town.submitted() == []
    with small.store.read() as session:
        assert session.scalars(select(Post.address)).all() == []


@pytest.mark.parametrize("login", [PHONE, "0905999999"])
def test_a_number_that_does_not_get_in_reads_what_holds_for_every_number(small: SmsTown, login: str) -> None:
    browser = small.town.browser()
    page = small.tried(browser, login, "Abcdefgh23")
    assert page.path == "/log-in"
    assert "good for 3 days" in page.text
    mail = small.tried(browser, "nobody@mail.example", "Abcdefgh23")
    assert "good for 3 days" not in mail.text
    forgotten = browser.send("/forgotten", {"email": login})
    assert forgotten.path == "/forgotten/telephone"
    assert (forgotten.holds("082-420-0900"), forgotten.holds(SYNTAX)) == (True, False)
    small.town.set("sms.repeat_reissues", True)
    assert browser.get("/forgotten/telephone").holds(SYNTAX)


def test_what_is_over_meanwhile_leads_back_to_the_log_in_with_words(small: SmsTown, clock: Clock) -> None:
    browser = small.town.browser()
    small.tried(browser)
    clock.turn(ISSUE_LIFE)
    for page in (browser.send("/first-password", PASSWORDS), browser.get("/first-password")):
        assert page.path == "/log-in"
    small.issue_anew(small.account)
    small.tried(browser)
    small.issue_anew(small.account)
    over = browser.get("/first-password")
    assert over.path == "/log-in"
    assert "use the newest" in over.text
    assert small.town.browser().send("/first-password", PASSWORDS).path == "/log-in"


def test_pages_say_how_an_account_is_got_by_text_message_while_the_city_has_it(small: SmsTown) -> None:
    browser = small.town.browser()
    small.town.set("sms.short_code", "8077")
    for path in ("/", "/log-in", "/sign-up"):
        text = browser.get(path).text
        for said in (SYNTAX, "8077", "1,500 đồng", "082-420-0900"):
            assert said in text
    small.town.set("sms.enabled", False)
    for path in ("/", "/log-in", "/sign-up", "/help", "/forgotten"):
        text = browser.get(path).text
        assert not re.search(r"SMS|text message|đồng|telephone number", text), path
    assert browser.send("/forgotten", {"email": PHONE}).path == "/forgotten"
    assert small.tried(browser).path == "/first-password"  # whoever has an account keeps it
    assert browser.send("/first-password", PASSWORDS).path == "/complete"


def test_no_secret_stands_in_an_address_or_in_the_log(small: SmsTown, caplog: pytest.LogCaptureFixture) -> None:
    browser = small.town.browser()
    initial = small.password(small.account)
    with caplog.at_level("DEBUG"):
        first = small.tried(browser)
        browser.send("/first-password", PASSWORDS)
    assert first.response.request.query_string == b""
    for secret in (initial, OWN, PHONE):
        assert secret not in caplog.text


def test_what_a_citizen_texts_and_is_answered_opens_the_portal(town: Town) -> None:
    """From the message itself, through whoever takes it in and whoever writes the reply."""
    town.set("sms.enabled", True)
    message = {"id": "k1", "from": PHONE, "to": "8188", "text": f"TK,Nguyen Van An,{AN.id_number},28.02.1990"}
    town.services.sms_intake.receive(InboundCall(Gateway.PRACTICE, b"", json.dumps(message).encode(), "127.0.0.1"))
    assert town.services.sms_intake.take_in() == 1
    claimed = town.services.sms_replies.claim()
    assert claimed
    told = re.search(r"TK: (\d+), MK: (\w+) la", claimed[1].text)
    assert told
    browser = town.browser("vi")
    assert browser.send("/log-in", {"login": told[1], "password": told[2]}).path == "/first-password"
    missing = browser.send("/first-password", PASSWORDS)
    assert (filled(missing, "family_name"), filled(missing, "given_name")) == ("Nguyen", "Van An")
