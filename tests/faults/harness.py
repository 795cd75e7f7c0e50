"""What must hold after every fault (DESIGN "Sending"), judged by what the servers on the other side really got."""

import logging
import re
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from email.parser import BytesHeaderParser
from typing import Any

from sqlalchemy import select

from desktop.domain.staff import Role
from desktop.services.notice_reports import Reports
from desktop.store.db import Session, Store
from desktop.store.tables import ContactPoint, Delivery, Notice, Recipient, School
from tests.conftest import Clock
from tests.make import Make
from tests.outgoing import approved_notice, class_of, deliveries, stopped_channels
from tests.sending import Post, wait_for
from tests.stand_ins import CLOSE, ScriptedSmtp, SmtpScript

OPEN = ("due", "leased")
LONGEST_PAUSE_MINUTES = 16
_DELIVERY = re.compile(r"<[0-9a-f]+\.(\d+)@")


class Families:
    """Classes of families, each with a notice; `urgent` ones have a class of their own."""

    def __init__(self, post: Post, make: Make) -> None:
        self._post, self._make = post, make
        self._rooms = 0

    def notice(self, mails: int = 0, lines: int = 0, **details: Any) -> int:
        """A notice that is due, to so many families by mail and so many by LINE alone; returns its id."""
        self._rooms += 1
        label = f"3-{self._rooms}"
        with self._post.store.bookkeep() as session:
            school = self._make.school(session) if self._rooms == 1 else self._school(session)
            room = self._make.homeroom(session, school, label)
            children = class_of(session, self._make, room, mails)
            children += class_of(session, self._make, room, lines, line=True, mail=False)
            part = f"homeroom:H001/{label}"
            return approved_notice(session, self._make, school, children, include=[part], **details).id

    def _school(self, session: Session) -> School:
        return session.scalars(select(School)).one()


# What holds at any time


def judge(post: Post, make: Make, log: Iterable[logging.LogRecord] = (), written: str = "") -> None:
    """`log` are this process's records, `written` what worker processes logged."""
    rows = deliveries(post.store)
    everybody_has_a_delivery(post.store)
    states_tell_what_is_known(post, rows)
    line_came_once(post)
    mail_came_again_only_in_doubt(post, rows)
    doubt_is_listed(post, make, rows)
    nobody_is_named(post.store, log, written)


def everybody_has_a_delivery(store: Store) -> None:
    """Whoever a notice was for, at every address, whatever became of it."""
    with store.read() as session:
        meant = session.execute(
            select(Recipient.notice_id, ContactPoint.kind, ContactPoint.address, Notice.channels)
            .join(ContactPoint, ContactPoint.guardian_id == Recipient.guardian_id)
            .join(Notice, Notice.id == Recipient.notice_id)
        ).all()
        known = {tuple(row) for row in session.execute(select(Delivery.notice_id, Delivery.channel, Delivery.address))}
    lost = {(notice, kind, address) for notice, kind, address, channels in meant if kind in channels} - known
    assert not lost, f"{len(lost)} addresses have no delivery"


def states_tell_what_is_known(post: Post, rows: Sequence[Delivery]) -> None:
    """Accepted is what a server has; what one has is accepted or in doubt; failed has a reason."""
    arrived = {number for number, _ in _copies(post)} | _line_arrived(post, rows)
    for row in rows:
        told = f"{row.channel} delivery {row.id}: {row.state}, {row.reason}, {row.in_doubt_count} doubts"
        assert row.state != "accepted" or row.id in arrived, told
        assert row.state != "failed" or row.reason, told
        if row.id in arrived and row.channel == "email":
            assert row.state in ("accepted", "leased") or row.in_doubt_count, told
        if row.id in arrived and row.channel == "line":
            assert row.state in ("accepted", "in_doubt", *OPEN), told


def line_came_once(post: Post) -> None:
    for server in post.line_servers:
        assert set(server.copies.values()) <= {1}, "LINE got a notice twice for the same person"
    everybody = Counter[tuple[str, str]]()
    for server in post.line_servers:
        everybody.update(server.copies)
    assert set(everybody.values()) <= {1}, "two LINE servers got the same"


def mail_came_again_only_in_doubt(post: Post, rows: Sequence[Delivery]) -> None:
    """Each repetition has been counted, is the same mail by its Message-ID, and went to the same address."""
    copies = _copies(post)
    by_id = {row.id: row for row in rows}
    assert len({number for number, _ in copies}) == len(copies), "a delivery changed its Message-ID"
    for (number, _), addresses in copies.items():
        assert set(addresses) == {by_id[number].address}, f"delivery {number} went elsewhere"
        assert len(addresses) <= 1 + by_id[number].in_doubt_count, f"delivery {number} came {len(addresses)} times"


def came_again(post: Post) -> int:
    """How many mails came that had come before."""
    return sum(len(addresses) - 1 for addresses in _copies(post).values())


def doubt_is_listed(post: Post, make: Make, rows: Sequence[Delivery]) -> None:
    """On each notice's report and on the Today page; so are failures and channels that stand still."""
    with post.store.bookkeep() as session:
        actor = make.staff(session, Role.CLERK)
    reports = Reports(post.store, post.clock)
    found = Counter((row.notice_id, row.state) for row in rows)
    waiting = {each.kind: each.count for each in reports.today(actor).waiting}
    for state in ("in_doubt", "failed"):
        of_notices = {notice: count for (notice, each), count in found.items() if each == state}
        for notice, count in of_notices.items():
            assert reports.report(actor, notice).needs_attention[state] == count
        assert waiting.get(state, 0) == sum(of_notices.values())
    assert waiting.get("channel_stopped", 0) == len(stopped_channels(post.store))


def nobody_is_named(store: Store, log: Iterable[logging.LogRecord], written: str) -> None:
    """No line of the log has an address, a LINE id or a name, not even before it is masked."""
    plain = logging.Formatter()
    lines = [*(plain.format(record) for record in log), written]
    with store.read() as session:
        addresses = set(session.scalars(select(ContactPoint.address)))
    private = re.compile("|".join(map(re.escape, sorted(addresses | {"青木", "山本"}))))
    assert not [line for line in lines if private.search(line)], "the log names somebody"


def _copies(post: Post) -> dict[tuple[int, str], list[str]]:
    """The addresses to which mails came, by delivery and Message-ID."""
    parser = BytesHeaderParser()
    copies: dict[tuple[int, str], list[str]] = {}
    for server in post.mail_servers:
        for mail, address in zip(server.mails, server.addresses, strict=False):
            message_id = str(parser.parsebytes(mail.data)["Message-ID"])
            found = _DELIVERY.match(message_id)
            assert found, message_id
            copies.setdefault((int(found[1]), message_id), []).append(address)
    return copies


def _line_arrived(post: Post, rows: Sequence[Delivery]) -> set[int]:
    got = {user_id for server in post.line_servers for user_id in server.got}
    return {row.id for row in rows if row.channel == "line" and row.address in got}


# What holds when the fault is gone


def turn(post: Post, minutes: float) -> None:
    assert isinstance(post.clock, Clock)
    post.clock.turn(minutes=minutes)


def recover(post: Post, *, runs: int = 12) -> None:
    """Nobody does anything, time goes by, and everything goes out."""
    for _ in range(runs):
        post.run()
        if not unfinished(post.store):
            break
        turn(post, minutes=LONGEST_PAUSE_MINUTES)
    everything_went_out(post)


def unfinished(store: Store) -> int:
    """How many notices are not done."""
    with store.read() as session:
        return len(session.scalars(select(Notice.id).where(Notice.state != "done")).all())


def everything_went_out(post: Post, but_for: Collection[str] = ()) -> None:
    """Only those failed whom a server refused, whose LINE id it did not know, or for one of these reasons."""
    refused = {address for server in post.mail_servers for address in server.refused}
    refused |= {user_id for server in post.line_servers for user_id in server.bad_ids}
    rows = deliveries(post.store)
    left = Counter((row.channel, row.state, row.reason) for row in rows if row.state != "accepted")
    failed = {row.id for row in rows if row.state == "failed" and (row.address in refused or row.reason in but_for)}
    kept = [row for row in rows if row.state != "accepted" and row.id not in failed]
    assert not kept, left
    assert not unfinished(post.store)
    assert stopped_channels(post.store) == {}
    assert not [*post.journal.parent.glob("**/journal/*")], "a journal was left"


def send_while_time_flies(post: Post, until: Callable[[], bool], *, minutes: float = 1, seconds: float = 60) -> None:
    """A worker that runs until then; for each look that is taken at it so much time goes by on its clock."""

    def look() -> bool:
        turn(post, minutes=minutes)
        return until()

    with post.running():
        wait_for(look, seconds)


# Servers with moods


class MoodySmtp(ScriptedSmtp):
    """Each new connection meets the next mood; after the last the server is well."""

    def __init__(self, moods: Iterable[SmtpScript]) -> None:
        super().__init__()
        self._moods: Iterator[SmtpScript] = iter(moods)

    def script_of(self, connection: int) -> SmtpScript:
        return next(self._moods, self.script)


def bad_once(step: str, reply: str, **script: Any) -> SmtpScript:
    """That reply at the first chance, then a second mail goes well, then the connection ends."""
    replies: dict[str, Sequence[str]] = {"MAIL": ["250 Ok", "250 Ok", CLOSE]}
    good = {"RCPT": "250 Ok", "DATA": "354 Go ahead", "BODY": "250 Queued", "MAIL": "250 Ok"}.get(step, reply)
    replies[step] = [reply, good, CLOSE] if step == "MAIL" else [reply, good]
    return SmtpScript(replies=replies, **script)


class HookedSmtp(ScriptedSmtp):
    """Does something once, before it answers for the `count`-th time at a step; `done` is set then."""

    def __init__(self, step: str, count: int, act: Callable[[], object], script: SmtpScript | None = None) -> None:
        super().__init__(script)
        self._step, self._left, self._act = step, count, act
        self._counting = threading.Lock()
        self.done = threading.Event()
        self.connections_then = 0

    def reply_to(self, step: str) -> str:
        with self._counting:
            self._left -= step == self._step
            if self._left == 0 and not self.done.is_set():
                self.connections_then = self.connections
                self._act()
                self.done.set()
        return super().reply_to(step)
