"""What a desk asks again and again, to say truly how things stand: each question is one short reading."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from desktop.domain.claims import SOON
from desktop.domain.notices import NoticeState
from desktop.domain.reports import NoticeRow
from desktop.domain.staff import CITY, Actor, ActorKind, Grant, Role, Verb, may_somewhere, schools_where
from desktop.services.clock import utc_now
from desktop.services.notices import list_rows
from desktop.store import audit, db, settings, staff, waiting
from desktop.store.db import Clock, Store
from desktop.store.waiting import Found

ALIVE_FOR = timedelta(seconds=20)
"""A worker tells every few seconds that it is there; after this silence it is not."""

_WAITS_FOR_A_PERSON = {"audience_changed", "missed"}
_NEWEST = 20
_DESK = Actor(ActorKind.WORKER, "desk", grants=(Grant(Role.HELPDESK, CITY),))


@dataclass(frozen=True, slots=True)
class Due:
    """A notice that goes out by itself, without its name: as much as anybody at the desk may know.

    `total` messages, of which `left` are not settled; none are counted before it is on its way.
    """

    sending: bool
    at: datetime | None
    left: int = 0
    total: int = 0

    def is_soon(self, now: datetime) -> bool:
        """Whether this computer is kept awake for it."""
        return self.left > 0 if self.sending else self.at is None or self.at - now <= SOON


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Notices that go out by themselves, now or at their time: those the reader may see, and how many others.

    `due` are all of them. `sent` are the newest of those that have gone out, as far as the reader may see them.
    """

    seen: tuple[NoticeRow, ...] = ()
    others: int = 0
    sent: tuple[NoticeRow, ...] = ()
    due: tuple[Due, ...] = ()


def all_counts(row: NoticeRow) -> list[Mapping[str, int]]:
    """The messages of a notice by state: each channel's to families, staff's, copies."""
    return [*row.counts.values(), row.staff_counts, row.copy_counts]


def due_of(row: NoticeRow) -> Due:
    """Families, staff and copies alike: a message is a message."""
    states = [(state, count) for counts in all_counts(row) for state, count in counts.items()]
    left = sum(count for state, count in states if state in {"due", "leased"})
    return Due(row.state is NoticeState.SENDING, row.due_at, left, sum(count for _state, count in states))


class Watch:
    def __init__(self, store: Store, clock: Clock = utc_now) -> None:
        self._store = store
        self._clock = clock

    def newest_event(self) -> int:
        """The number of the newest audit event: it grows with whatever people write, not with what workers do."""
        with self._store.read() as session:
            return audit.newest(session)

    def reader(self, actor: Actor) -> Actor | None:
        """Who signed in, with the name and the roles of now; None where they may not sign in any more."""
        if actor.staff_id is None:
            return actor
        with self._store.read() as session:
            account = staff.account_by_id(session, actor.staff_id)
            grants = staff.grants_of(session, [account.id]).get(account.id, ())
        if not account.active:
            return None
        if set(grants) == set(actor.grants):
            grants = actor.grants
        return replace(actor, label=account.name, grants=grants, guardian_id=account.guardian_id)

    def somebody_sends(self) -> bool:
        """Whether any worker is alive."""
        with self._store.read() as session:
            seen = waiting.worker_seen_at(session)
            return seen is not None and db.now(session) - seen < ALIVE_FOR

    def outgoing(self, actor: Actor | None) -> Outgoing:
        """What would not go out if nobody sent any more; `actor` None is a desk at which nobody is signed in."""
        states = (NoticeState.APPROVED, NoticeState.SENDING)
        with self._store.read() as session:
            day = settings.today(session, self._clock())
            rows = [row for row in list_rows(session, _DESK, day, states=states) if row.held not in _WAITS_FOR_A_PERSON]
            due = tuple(due_of(row) for row in rows)
            if actor is None or not may_somewhere(actor, Verb.SEE_NOTICE, day):
                return Outgoing(others=len(rows), due=due)
            visible = {row.id for row in list_rows(session, actor, day, states=states)} if rows else set()
            sent = list_rows(session, actor, day, states=(NoticeState.DONE,), limit=_NEWEST)
        seen = tuple(row for row in rows if row.id in visible)
        return Outgoing(seen, len(rows) - len(seen), tuple(sent), due)

    def waiting_notices(self, actor: Actor) -> int:
        """How many notices wait for this very person: to approve, to look at afterwards, or sent back to them."""
        if actor.staff_id is None:
            return 0
        with self._store.read() as session:
            day = settings.today(session, self._clock())
            found: list[Found] = [waiting.sent_back(session, actor.staff_id)]
            if may_somewhere(actor, Verb.APPROVE_NOTICE, day):
                schools = schools_where(actor, Verb.APPROVE_NOTICE, day)
                found.append(waiting.to_approve(session, schools, actor.staff_id))
                found.append(waiting.unreviewed(session, schools, actor.staff_id))
            return len({notice_id for each in found for notice_id in each.notice_ids})
