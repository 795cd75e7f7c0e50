"""One's own data on the portal: seen, changed, given up; and nobody reaches another's."""

import re

import pytest
from sqlalchemy import select

from desktop.domain.matching import Match
from desktop.domain.reviews import QueueQuery
from desktop.store.db import Store
from desktop.store.tables import Child
from tests.conftest import Clock
from tests.make import Make
from tests.portal.town import ADDRESS, CHILD, PASSWORD, Browser, Page, Town

OTHER = "ken.aoki@au.example"
NEW = "hana2@au.example"
ODD = ("", " ", "x" * 10_000, "\0", "\x1b[31m", "😀", "\u202eabc", "<b>x</b>", "'; DROP TABLE accounts; --", "a@b@c")


class Home(Town):
    """A guardian whose child 高橋 美咲 is accepted, before her browser."""

    def __init__(self, store: Store, clock: Clock, make: Make) -> None:
        super().__init__(store, clock, make, "https://portal.example")
        self.principal = make.principal()
        self.hers = self.logged_in()
        self.registered(self.hers)
        with store.read() as session:
            self.child = session.scalars(select(Child.id)).one()

    def registered(self, browser: Browser) -> None:
        choose = browser.send("/child/new/t", CHILD).path
        page = browser.get(f"{choose}/{self.school}")
        filled = {"version": page.hidden("version"), "homeroom_id": str(self.room), "student_number": "7"}
        page = browser.send(page.path, {**filled, "code": self.code})
        browser.send(page.path, {"version": page.hidden("version")})
        self.decide()

    def decide(self) -> None:
        """A reviewer agrees to everything that waits."""
        reviews = self.services.reviews
        for id_ in reviews.queue_ids(self.principal, QueueQuery()):
            found = reviews.get(self.principal, id_)
            version = found.registration.version
            if found.registration.about_child_id is not None:
                reviews.accept(self.principal, id_, version)
            elif found.matches and found.matches[0].match is Match.EXACT:
                reviews.link(self.principal, id_, version, found.matches[0].candidate.child_id)
            else:
                reviews.accept_new(self.principal, id_, version)
        self.clock.turn(seconds=60)
        reviews.carry_out_due()

    def link(self) -> str:
        found = re.search(r"https://portal\.example(/link/\S+)", self.mail())
        assert found
        return found.group(1)


@pytest.fixture
def home(store: Store, clock: Clock, make: Make) -> Home:
    return Home(store, clock, make)


@pytest.fixture
def small_home(sqlite_store: Store, clock: Clock, make: Make) -> Home:
    return Home(sqlite_store, clock, make)


def opened(browser: Browser, path: str) -> Page:
    page = browser.get(path)
    assert page.status == 200, (path, page.status)
    return page


def test_a_guardian_sees_everything_that_is_hers_on_one_page(small_home: Home) -> None:
    page = opened(small_home.hers, "/own")
    for told in ("高橋 美咲", "ひがし小学校 3-1", ADDRESS, "青木 花", "is not linked with LINE."):
        assert told in page.text
    assert "See and change what you registered" in small_home.hers.get("/home").text


def test_a_change_goes_through_the_schools_page_to_its_reviewers(home: Home) -> None:
    path = f"/own/children/{home.child}/change"
    page = opened(home.hers, path)
    changed = {**CHILD, "token": page.hidden("token"), "given_name": "美月", "given_name_kana": "みつき"}
    confirm = home.hers.send(path, changed)
    assert confirm.path.endswith("/confirm")
    school = opened(home.hers, confirm.path.replace("confirm", f"school/{home.school}"))
    assert "School code" not in school.text
    with_class = home.hers.send(
        school.path,
        {"version": school.hidden("version"), "homeroom_id": str(home.room), "student_number": "8"},
    )
    sent = home.hers.send(with_class.path, {"version": with_class.hidden("version")})
    assert sent.path.endswith("/done")
    assert "Change of data · The school is looking at it" in opened(home.hers, "/own").text
    home.decide()
    page = opened(home.hers, "/own")
    assert "高橋 美月" in page.text
    assert "Change of data" not in page.text


def test_what_is_not_right_stands_at_its_field_and_nothing_typed_is_lost(small_home: Home) -> None:
    path = f"/own/children/{small_home.child}/change"
    page = small_home.hers.send(path, {**CHILD, "token": "c", "family_name": "山田", "given_name_kana": "漢字"})
    assert (page.status, page.holds("山田"), page.holds("漢字")) == (422, True, True)
    assert "Write the reading in kana" in page.text
    assert page.hidden("token") == "c"


def test_a_withdrawal_is_asked_about_and_then_decided_by_the_school(home: Home) -> None:
    page = opened(home.hers, f"/own/children/{home.child}/withdraw")
    assert "The school looks at it" in page.text
    token = {"token": page.hidden("token")}
    assert "End of the registration" in home.hers.send(page.path, token).text
    assert home.hers.send(page.path, token).status == 200  # sent twice
    home.decide()
    assert "No child is registered for you yet" in opened(home.hers, "/own").text
    assert "Registered" not in opened(home.hers, "/schools").text


def test_what_waits_can_be_taken_back(small_home: Home) -> None:
    page = opened(small_home.hers, f"/own/children/{small_home.child}/withdraw")
    waiting = small_home.hers.send(page.path, {"token": page.hidden("token")})
    action = re.search(r'action="(/own/registrations/\d+/take-back)"', waiting.html)
    assert action
    back = small_home.hers.send(action.group(1), {"version": waiting.hidden("version")})
    assert "End of the registration" not in back.text


def test_another_address_is_confirmed_on_a_phone_where_nobody_is_logged_in(home: Home) -> None:
    sent = home.hers.send("/own/addresses/new", {"email": NEW, "plain": "on"})
    assert (sent.path, NEW in sent.text) == ("/mail-sent", True)
    assert "Not confirmed yet" in opened(home.hers, "/own").text
    phone, link = home.browser("vi"), home.link()
    page = opened(phone, link)
    assert "Not confirmed yet" in opened(home.hers, "/own").text  # opening it confirms nothing
    assert phone.send(page.path, {}).path == "/own/confirmed"
    assert phone.send(page.path, {}).status == 410
    page = opened(home.hers, "/own")
    assert "short plain text" in page.text
    assert "Not confirmed yet" not in page.text


def test_the_code_of_the_mail_does_the_same(small_home: Home) -> None:
    small_home.hers.send("/own/addresses/new", {"email": NEW})
    page = small_home.hers.send("/mail-sent/code", {"mail_code": small_home.mail_code()})
    assert small_home.hers.send(page.path, {}).path == "/own/confirmed"


def test_a_new_log_in_id_holds_once_it_is_confirmed(home: Home) -> None:
    wrong = home.hers.send("/own/login", {"email": NEW, "password": "wrong"})
    assert wrong.path == "/own/login"
    assert "wrong" not in wrong.html.replace('class="field wrong"', "")
    home.hers.send("/own/login", {"email": NEW, "password": PASSWORD})
    page = opened(home.hers, home.link())
    assert home.hers.send(page.path, {}).path == "/own/login-changed"
    assert home.hers.get("/own").path == "/log-in"
    assert home.hers.send("/log-in", {"login": NEW, "password": PASSWORD}).path == "/home"


def test_names_language_and_password_are_changed(small_home: Home) -> None:
    assert "阮 花" in small_home.hers.send("/own/names", {"family_name": "阮", "given_name": "花"}).text
    assert 'lang="vi"' in small_home.hers.send("/own/language", {"language": "vi"}).html
    small_home.hers.send("/own/language", {"language": "en"})
    new = {"old": PASSWORD, "password": "umi no kaze 9", "again": "umi no kaze 9"}
    assert "do not fit" in small_home.hers.send("/own/password", {**new, "old": "x"}).text
    assert small_home.hers.send("/own/password", new).path == "/own"
    assert small_home.browser().send("/log-in", {"login": ADDRESS, "password": "umi no kaze 9"}).path == "/home"


def test_whoever_leaves_is_gone_at_once(home: Home) -> None:
    page = home.hers.send("/own/leave", {"password": "x"})
    assert page.path == "/own/leave"
    assert home.hers.send("/own/leave", {"password": PASSWORD}).path == "/own/left"
    assert home.hers.get("/own").path == "/log-in"
    assert home.browser().send("/log-in", {"login": ADDRESS, "password": PASSWORD}).path == "/log-in"
    assert [row.kind for row in home.services.reviews.queue_rows(
        home.principal, home.services.reviews.queue_ids(home.principal, QueueQuery())
    )] == ["withdrawal"]  # fmt: skip


def test_another_guardians_numbers_lead_nowhere(home: Home) -> None:
    """Of every page and button that has a number in its path, with numbers that are the mother's."""
    home.hers.send("/own/addresses/new", {"email": NEW})
    page = opened(home.hers, f"/own/children/{home.child}/withdraw")
    home.hers.send(page.path, {"token": page.hidden("token")})
    his = home.logged_in(email=OTHER, family_name="青木", given_name="健")
    before = opened(home.hers, "/own").text
    paths = [rule for rule in home.app.url_map.iter_rules() if rule.endpoint.startswith(("own_data.", "own_account."))]
    tried = 0
    for rule in paths:
        numbers = [name for name in rule.arguments if name != "proof"]
        if not numbers:
            continue
        for id_ in (*range(1, 6), home.child, 2**31 - 1):
            path = re.sub(r"<[^>]*>", str(id_), rule.rule)
            answer = his.send(path, {**CHILD, "version": "1"}) if "POST" in (rule.methods or ()) else his.get(path)
            assert answer.status == 404, (path, answer.status)
            assert "美咲" not in answer.text
            tried += 1
    assert tried > 40
    assert opened(home.hers, "/own").text == before
    assert "美咲" not in his.get("/own").text
    assert ADDRESS not in his.get("/own").text


def test_whoever_is_not_logged_in_is_asked_to(small_home: Home) -> None:
    stranger = small_home.browser()
    for rule in small_home.app.url_map.iter_rules():
        if rule.endpoint.startswith(("own_data.", "own_account.")) and "proof" not in rule.arguments:
            if rule.endpoint in ("own_data.confirmed", "own_data.login_changed", "own_data.left"):
                continue  # they say nothing about anybody
            path = re.sub(r"<[^>]*>", "1", rule.rule)
            page = stranger.send(path, {}) if "POST" in (rule.methods or ()) else stranger.get(path)
            assert (page.status, "Log in" in page.text) in ((200, True), (401, True)), path


def test_odd_text_in_any_field_is_answered(small_home: Home) -> None:
    home = small_home
    forms = {
        "/own/names": ("family_name", "given_name"),
        "/own/language": ("language",),
        "/own/addresses/new": ("email", "plain"),
        "/own/login": ("email", "password"),
        "/own/password": ("old", "password", "again"),
        "/own/leave": ("password",),
        f"/own/children/{home.child}/change": (*CHILD, "token"),
        "/own/addresses/0/plain": ("plain",),
    }
    for odd in ODD:
        for path, fields in forms.items():
            page = home.hers.send(path, dict.fromkeys(fields, odd))
            assert page.status < 500, (path, odd[:20])
        assert home.hers.send(f"/own/confirm/{odd[:50].strip() or 'x'}".replace("\0", ""), {}).status in (404, 410)
    assert home.hers.get("/own").path == "/own"
