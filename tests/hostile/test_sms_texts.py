"""What senders put into their texts and numbers to harm a screen, a log, an event, a reply or somebody else."""

import logging
import re
from html import unescape

import pytest
from sqlalchemy import select

from desktop.domain.sms_gateways import OutgoingSms, SmsKind, SmsOutcome
from desktop.domain.sms_messages import MessageDetail, MessageQuery
from desktop.domain.sms_reading import read
from desktop.services.sms_messages import SmsMessages
from desktop.services.sms_replies import SmsReplies
from desktop.settings import SETTINGS
from desktop.store.db import Store
from desktop.store.tables import Account, AuditEvent
from desktop.store.tables.columns import Base
from tests.conftest import Clock
from tests.make import Make
from tests.portal.town import SECRETS as PORTAL_SECRETS
from tests.portal.town import Town
from tests.sms_office import SmsOffice
from tests.sms_town import SECRETS, SmsTown

NAMES = {
    "html": "<img src=x onerror=alert(1)><b>Mai</b>",
    "formula": '=HYPERLINK("https://evil.example")',
    "command": "@SUM(1+1)*cmd|' /C calc'!A0",
    "places": "{0} {1} {name} %s %(x)s $MK ${MK} {{7*7}}",
    "sql": "Robert'--\" OR 1=1",
    "line ends": "Mai\r\nERROR root: all is lost\r\n",
    "own template": "MK: aB3dE5gH7k la tai khoan",
    "stacked marks": "Ma\u0301\u0323\u0302\u0323\u0301i",
    "a second text": "Mai. TK.Lan.2059",
}  # fmt: skip
"""Each is a name that gets an account: a refusal would not be wrong, but these are let in."""
NO_PHONES = ["8188", "VIETTEL", "=1+1", "<b>0905123456</b>", "0905\x00123456", "0905\u200b123456", "\u202e0905123456",
    "0905123456\r\nTo: 0905999999", "0905123456,0905999999", "0905123456;0905999999", "+81905123456", "", " ",
    "9" * 500, "٠٩٠٥١٢٣٤٥٦", "%2B84905123456", "0905123456 0905123457"]  # fmt: skip
SHOWN = re.compile("[^\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]*")


class Desk:
    """A town with a counter where texts leave, and somebody who looks on."""

    def __init__(self, store: Store, clock: Clock, make: Make) -> None:
        self.town = SmsTown(store, clock, make)
        self.store, self.boss = store, make.principal()
        self.messages = SmsMessages(store, SECRETS, clock)
        self.replies = SmsReplies(store, SECRETS, clock)

    def sent(self) -> list[OutgoingSms]:
        gone = []
        while taken := self.replies.claim():
            self.replies.settle(*taken, SmsOutcome(SmsKind.ACCEPTED))
            gone.append(taken[1])
        return gone

    def seen(self) -> list[MessageDetail]:
        return [self.messages.message(self.boss, each) for each in self.messages.ids(self.boss, MessageQuery())]

    def stored(self) -> str:
        """Every cell of every table."""
        with self.store.read() as session:
            tables = (session.execute(select(table)) for table in Base.metadata.sorted_tables)
            return "\n".join(str(tuple(row)) for rows in tables for row in rows)


@pytest.fixture
def desk(store: Store, clock: Clock, make: Make) -> Desk:
    return Desk(store, clock, make)


def phone(number: int) -> str:
    return f"0905{number:06}"


def test_names_made_to_do_harm_are_names_and_nothing_else(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    ids = [f"0480900{number:05}" for number in range(len(NAMES))]
    for number, name in enumerate(NAMES.values()):
        assert desk.town.texted(phone(number), f"TK;{name};{ids[number]};3.7.1990") == "account", name
    gone = desk.sent()
    worded = re.escape(str(SETTINGS["sms.reply_account"].default))
    for number, sms in enumerate(gone):
        assert sms.phone == phone(number)
        assert re.fullmatch(worded.replace(r"\{0\}", sms.phone).replace(r"\{1\}", "[2-9A-HJ-NP-Za-km-z]{10}"), sms.text)
    passwords = [sms.text.split("MK: ")[1].split()[0] for sms in gone]
    looked_at = "\n".join(str(seen) for seen in desk.seen())
    assert len(passwords) == len(NAMES)
    for private in (*ids, *passwords):
        assert private not in desk.stored() + looked_at + caplog.text
    for said in (*NAMES.values(), *map(phone, range(len(NAMES))), "ERROR root"):
        assert said not in caplog.text
    with desk.store.read() as session:
        events = str([(each.subject, each.details) for each in session.scalars(select(AuditEvent))])
        kept = session.scalars(select(Account.family_name)).all()
    assert not [name for name in NAMES.values() if name in events or "0905" in events]
    assert all(SHOWN.fullmatch(name) and name.strip() for name in kept)


def test_what_a_screen_would_obey_is_shown_and_not_done(desk: Desk) -> None:
    texts = [
        "TK,\u202e\u2066iaM,205123456,3.7.1990",
        "\x1b[2J\x07\x00TK",
        "xin\r\nchao\u2028\u2029ban\x85",
        "\u200b" * 160,
    ]
    for number, text in enumerate(texts):
        assert desk.town.texted(phone(number), text) == "syntax"
    for seen in desk.seen():
        shown = [seen.text or "", seen.row.text or "", seen.row.sender, seen.recipient]
        shown += [part for field in seen.fields for part in (field.raw, field.understood)]
        assert all(SHOWN.fullmatch(part) for part in shown)


def test_whoever_is_no_phone_gets_no_text_and_nor_does_anybody_else(
    sqlite_store: Store, clock: Clock, make: Make
) -> None:
    desk = Desk(sqlite_store, clock, make)
    for sender in NO_PHONES:
        assert desk.town.texted("", "TK,Mai,205123456,3.7.1990", **{"from": sender}) == "sender", sender
    assert (desk.sent(), desk.town.accounts(), set(desk.town.states())) == ([], [], {"held"})
    assert all(SHOWN.fullmatch(seen.row.sender) for seen in desk.seen())


def test_a_text_by_hand_is_sent_as_it_was_written(desk: Desk) -> None:
    """Nobody who helps can have a password put into a text of their own, nor can whoever words a refusal."""
    desk.town.set("sms.reply_syntax", "Loi {0} {1}.")
    assert desk.town.texted(phone(1), "TK,Mai,205123456,3.7.1990") == "account"
    assert desk.town.texted(phone(1), "xin chao") == "syntax"
    desk.messages.answer(desk.boss, phone(1), "TK {0}, MK {1}", message_id=1)
    words = [sms.text for sms in desk.sent()][1:]
    assert words == ["Loi {0} {1}.", "TK {0}, MK {1}"]


def test_a_machine_that_answers_every_reply_is_heard_five_times(sqlite_store: Store, clock: Clock, make: Make) -> None:
    desk = Desk(sqlite_store, clock, make)
    for _ in range(20):
        desk.town.text(phone(1), "Toi dang ban, se goi lai sau.")
        desk.town.clock.turn(seconds=61)
        desk.town.take_in()
        desk.sent()
    most = 5 * (20 * 61 // 600 + 1)
    assert len(desk.town.replies()) <= most
    assert [reason for reason, _, _ in desk.town.reviews()] == ["flood"]


def test_a_citizen_whose_name_is_html_has_it_on_their_pages_as_they_texted_it(
    sqlite_store: Store, clock: Clock, make: Make
) -> None:
    town = Town(sqlite_store, clock, make)
    town.set("sms.enabled", True)
    office = SmsOffice(sqlite_store, PORTAL_SECRETS, make)
    applicant = read(f"TK;{NAMES['html']};205123456;3.7.1990", clock().date()).applicant
    assert applicant is not None
    account = office.texted("0905123456", applicant)
    browser = town.browser()
    browser.send("/log-in", {"login": "0905123456", "password": office.password(account)})
    own = {"password": "con mèo nhỏ 7", "again": "con mèo nhỏ 7", "terms_version": "2026-11"}
    page = browser.send("/first-password", own)
    family, given = (
        re.findall(rf'name="{name}"[^>]*value="([^"]*)"', page.html)[0] for name in ("family_name", "given_name")
    )
    assert unescape(f"{family} {given}") == NAMES["html"]
    assert "<img src" not in page.html
