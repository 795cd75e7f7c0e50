"""The mailbox of the From address: returned mails stop an address, parents are answered once, machines never."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from desktop import app
from desktop.channels.mailbox import is_returned
from desktop.domain.errors import UserError
from desktop.domain.posts import Template
from desktop.domain.replies import LetterKind, OurMail, read_letter
from desktop.secrets import Secrets
from desktop.services.inbox import Inbox
from desktop.services.mailbox import MOST_AT_ONCE, Mailbox
from desktop.store import posts as posts_store
from desktop.store import schema
from desktop.store import settings as settings_store
from desktop.store.db import Store
from desktop.store.tables import ContactPoint, Post
from desktop.wording.errors import word
from tests.conftest import Clock
from tests.imap_server import ImapServer
from tests.make import Make

OURS = "renraku@city.example"
HANA = "Hana.Aoki@mail.example"
UUID = "0123456789abcdef"
BOUNCES = Path(__file__).parents[1] / "data" / "bounces"


class Office:
    """A city with a mailbox; `last` is the Message-ID of a mail of ours to Hana."""

    def __init__(self, store: Store, clock: Clock, make: Make, imap: ImapServer) -> None:
        self.store, self.imap, self.make, self.clock = store, imap, make, clock
        secrets = Secrets.handed({"MAILBOX_PASSWORD": "right"})
        self.mailbox = Mailbox(store, app.RealChannels(secrets), clock)
        with store.write(make.principal()) as session:
            make.installation(session)
            child = make.child(session, make.homeroom(session, make.school(session)))
            make.guardian(session, child, mail=HANA, language="vi")
            session.info["audited"] = True
        with store.bookkeep() as session:
            values = {
                "email.from": OURS, "mailbox.host": "127.0.0.1", "mailbox.port": imap.port, "mailbox.user": "office",
                "mailbox.security": "none",
            }  # fmt: skip
            for key, value in values.items():
                settings_store.put(session, key, value)
            number = posts_store.put(session, Template.PASSWORD_CHANGED, HANA, "vi", timedelta(days=1))
            session.get_one(Post, number).state = "sent"
            self.last = f"<{schema.installation(session).uuid[:12]}.p{number}@city.example>"
        self.mailbox.read_new()

    def get(self, *mails: bytes) -> None:
        self.imap.put(*mails)
        while self.mailbox.read_new():
            continue

    def answers(self) -> list[tuple[str, str, dict[str, Any]]]:
        with self.store.read() as session:
            rows = session.scalars(select(Post).where(Post.template == "not_read").order_by(Post.id))
            return [(row.address, row.language, row.parameters) for row in rows]

    def stopped(self) -> str | None:
        with self.store.read() as session:
            return session.scalars(select(ContactPoint.suppressed_reason)).one()

    def last_state(self) -> tuple[str, str | None]:
        """What became of the mail of ours."""
        with self.store.read() as session:
            row = session.scalars(select(Post).where(Post.template == Template.PASSWORD_CHANGED.value)).one()
            return row.state, row.reason

    def inbox(self) -> list[tuple[str, str, str]]:
        return [
            (one.guardian, one.subject, one.words) for one in Inbox(self.store, self.clock).rows(self.make.principal())
        ]


@contextmanager
def opened(store: Store, clock: Clock, make: Make) -> Iterator[Office]:
    with ImapServer() as imap:
        imap.put(mail(HANA, "from before", Date="Sun, 01 Nov 2026 09:00:00 +0900"))
        yield Office(store, clock, make, imap)
        assert imap.refused == []  # nothing was marked, moved or deleted


@pytest.fixture
def office(sqlite_store: Store, clock: Clock, make: Make) -> Iterator[Office]:
    with opened(sqlite_store, clock, make) as found:
        yield found


@pytest.fixture
def any_office(store: Store, clock: Clock, make: Make) -> Iterator[Office]:
    """On either database."""
    with opened(store, clock, make) as found:
        yield found


def mail(sender: str, words: str, subject: str = "欠席", **headers: str) -> bytes:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, OURS, subject
    made["Message-ID"] = f"<{abs(hash((sender, words, subject)))}@phone.example>"
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content(words)
    return made.as_bytes()


def bounce(name: str, office: Office) -> bytes:
    """A real returned mail, of a mail of ours."""
    return (BOUNCES / name).read_bytes().replace(b"\nMessage-Id: <", f"\nX-Was: {office.last}\nX: <".encode())


def test_a_parent_is_answered_once_an_hour_and_staff_read_what_was_written(any_office: Office) -> None:
    any_office.get(mail(HANA.lower(), "熱があります"), mail(HANA, "二通目"), mail("stranger@mail.example", "who?"))
    assert any_office.answers() == [
        (HANA, "vi", {"phones": "ひがし小学校: 082-000-0001"}),
        ("stranger@mail.example", "ja", {"phones": ""}),
    ]
    assert any_office.inbox() == [
        ("", "欠席", "who?"), ("青木 健一", "欠席", "二通目"), ("青木 健一", "欠席", "熱があります"),
    ]  # fmt: skip
    any_office.clock.turn(minutes=61)
    any_office.get(mail(HANA, "三通目"))
    assert len(any_office.answers()) == 3


def test_machines_are_never_answered_and_two_that_hide_it_stop(office: Office) -> None:
    quiet = [
        mail(HANA, "a", Auto_Submitted="auto-replied"), mail(HANA, "b", Precedence="bulk"),
        mail(HANA, "c", List_Id="<x.example>"), mail(HANA, "d", Return_Path="<>"), mail(OURS, "e"),
        mail("no-reply@shop.example", "f"), mail("MAILER-DAEMON@mail.example", "g"), mail("", "h"),
        mail(HANA, "i", X_Autoreply="yes"), (BOUNCES / "rfc3834-01.eml").read_bytes(),
        (BOUNCES / "arf-01.eml").read_bytes(),
    ]  # fmt: skip
    office.get(*quiet)
    assert office.answers() == []
    for number in range(8):
        office.clock.turn(minutes=61)
        office.get(mail("robot@mail.example", f"I am away {number}"))
    assert len(office.answers()) == 4


@pytest.mark.parametrize("name", ["lhost-postfix-01.eml", "lhost-gmail-01.eml", "rfc3464-01.eml"])
def test_a_mail_that_came_back_for_good_stops_the_address(any_office: Office, name: str) -> None:
    any_office.get(bounce(name, any_office))
    assert any_office.stopped() == "bounced"
    assert any_office.last_state() == ("failed", "unknown_user")
    assert any_office.answers() == []


@pytest.mark.parametrize("name", ["lhost-kddi-01.eml"])
def test_a_full_mailbox_or_a_filter_stops_nothing(office: Office, name: str) -> None:
    office.get(bounce(name, office))
    assert office.stopped() is None


def test_whoever_writes_that_an_address_is_dead_is_not_believed(office: Office) -> None:
    forged = (BOUNCES / "lhost-gmail-01.eml").read_bytes().replace(b"userunknown@example.jp", HANA.encode())
    office.get(forged)
    assert office.stopped() is None


def test_the_same_mail_is_taken_in_once_also_where_the_mailbox_was_made_anew(office: Office) -> None:
    office.get(mail(HANA, "a"))
    office.imap.uid_validity = 8
    office.get(mail(HANA, "b"))
    assert [words for _who, _subject, words in office.inbox()] == ["b", "a"]


def test_a_mailbox_that_is_looked_at_for_the_first_time_answers_no_old_mail(office: Office) -> None:
    assert office.inbox() == []
    office.get(*(mail(f"p{number}@mail.example", "x") for number in range(MOST_AT_ONCE + 1)))
    assert len(office.inbox()) == MOST_AT_ONCE + 1


def test_what_is_wrong_with_the_mailbox_is_said_in_words(office: Office) -> None:
    def said() -> str:
        check = office.mailbox.check()
        return str(word(UserError(check.code, **dict(check.details))))

    assert said() == "office is read."
    office.imap.password = "other"
    assert "MAILBOX_PASSWORD" in said()
    office.imap.password = "right"
    with office.store.bookkeep() as session:
        settings_store.put(session, "mailbox.folder", "Replies")
    assert "Replies" in said()
    with office.store.bookkeep() as session:
        settings_store.put(session, "mailbox.port", 1)
    assert "mailbox.port" in said()


@given(st.binary(max_size=400) | st.builds(lambda a, b: b"From: " + a + b"\nSubject: " + b, st.binary(), st.binary()))
def test_whatever_comes_in_is_read(raw: bytes) -> None:
    letter = read_letter(raw, UUID, [OURS], found_failed=is_returned(raw))
    letter.subject.encode()
    letter.words.encode()
    assert "\0" not in letter.subject + letter.words + letter.sender


def test_only_our_own_message_ids_name_a_mail_of_ours() -> None:
    raw = f"From: <>\n\n<{UUID[:12]}.p7@a> <{UUID[:12]}.2.9@a> <{UUID[:11]}.8@a>".encode()
    letter = read_letter(raw, UUID, [], found_failed=True)
    assert letter.kind is LetterKind.RETURNED
    assert letter.ours == (OurMail(True, 7), OurMail(False, 9))
