"""Events of LINE's webhook: kept once, leased to a worker in the order in which they happened, settled."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, or_, select, true, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from desktop.domain.line_events import LEASE, Answer, EventState, NewEvent, OpenEvent, Verdict
from desktop.store import db
from desktop.store.tables import LineEvent

_OPEN = LineEvent.settled_at.is_(None)
_KEEP = {
    "postgresql": postgresql.insert(LineEvent).on_conflict_do_nothing(index_elements=["event_id"]),
    "sqlite": sqlite.insert(LineEvent).on_conflict_do_nothing(index_elements=["event_id"]),
}
"""Made once: a delivery comes up to hundreds of times a second."""


def keep(session: Session, events: Sequence[NewEvent]) -> int:
    """Keep those that are new; says how many were.

    Nobody is told: PostgreSQL lets one commit at a time tell others, and the worker looks every half second.
    """
    now = db.now(session)
    rows = [
        {
            "event_id": event.event_id,
            "user_id": event.user_id,
            "kind": event.kind,
            "at": event.at or now,
            "received_at": now,
            "due_at": now,
            "body": event.body,
        }
        for event in events
    ]
    statement = _KEEP[session.get_bind().dialect.name].returning(LineEvent.id)
    return len(session.connection().execute(statement, rows).all())


def is_any_due(session: Session, *, answers: bool) -> bool:
    return session.scalar(select(LineEvent.id).where(*_due(db.now(session), answers=answers)).limit(1)) is not None


def _due(now: datetime, *, answers: bool) -> tuple[ColumnElement[bool], ...]:
    free = or_(LineEvent.lease_until.is_(None), LineEvent.lease_until <= now)
    wanted = true() if answers else LineEvent.state == EventState.WAITING.value
    return (_OPEN, LineEvent.due_at <= now, free, wanted)


def claim(session: Session, lease: str, most: int, *, answers: bool) -> list[OpenEvent]:
    """Lease what is due, the earliest first; a worker that dies leaves it to others when the lease is over."""
    now = db.now(session)
    ids = session.scalars(
        select(LineEvent.id)
        .where(*_due(now, answers=answers))
        .order_by(LineEvent.at, LineEvent.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    ).all()
    if not ids:
        return []
    session.execute(
        update(LineEvent).where(LineEvent.id.in_(ids)).values(lease=lease, lease_until=now + LEASE),
        execution_options={"synchronize_session": False},
    )
    rows = session.scalars(
        select(LineEvent)
        .where(LineEvent.id.in_(ids))
        .order_by(LineEvent.at, LineEvent.id)
        .execution_options(populate_existing=True)
    )
    return [_open_event(row) for row in rows]


def _open_event(row: LineEvent) -> OpenEvent:
    return OpenEvent(
        row.id, row.lease or "", EventState(row.state), row.user_id, row.at, row.received_at, row.body,
        Answer(row.answer) if row.answer else None, row.attempts, row.unsure, row.retry_key, row.call_body,
    )  # fmt: skip


def still_mine(session: Session, event: OpenEvent) -> bool:
    """Whether nobody took it over meanwhile; if so it stays ours until the end of the transaction."""
    held = session.scalar(
        select(LineEvent.id).where(LineEvent.id == event.id, LineEvent.lease == event.lease, _OPEN).with_for_update()
    )
    return held is not None


def owe(session: Session, event: OpenEvent, answer: Answer) -> None:
    """It is taken in; an answer is owed, and stays leased to whoever took it in."""
    _write(session, event, state=EventState.ANSWERING.value, answer=answer.value)


def settle(session: Session, event: OpenEvent, state: EventState, reason: str = "") -> None:
    _write(
        session, event,
        state=state.value, reason=reason or None, settled_at=db.now(session), lease=None, lease_until=None,
        call_body=None,
    )  # fmt: skip


def follow(session: Session, event: OpenEvent, verdict: Verdict, retry_key: str) -> None:
    """What became of an attempt to answer; `retry_key` is for the message that takes the place of a lost reply."""
    if verdict.again_at is None:
        settle(session, event, verdict.state, verdict.reason)
        return
    values = {"retry_key": retry_key} if verdict.push else {}
    _write(
        session, event,
        reason=verdict.reason, due_at=verdict.again_at, unsure=verdict.unsure, attempts=LineEvent.attempts + 1,
        lease=None, lease_until=None, **values,
    )  # fmt: skip


def keep_call(session: Session, event: OpenEvent, retry_key: str, body: str) -> None:
    """The exact call, before its first attempt: every other sends the same."""
    _write(session, event, retry_key=retry_key, call_body=body)


def put_off(session: Session, event: OpenEvent, until: datetime) -> None:
    _write(session, event, due_at=until, attempts=LineEvent.attempts + 1, lease=None, lease_until=None)


def give_back(session: Session, lease: str) -> None:
    """What was not begun goes back as if it had not been taken."""
    session.execute(
        update(LineEvent).where(LineEvent.lease == lease, _OPEN).values(lease=None, lease_until=None),
        execution_options={"synchronize_session": False},
    )


def _write(session: Session, event: OpenEvent, **values: object) -> None:
    session.execute(
        update(LineEvent).where(LineEvent.id == event.id, LineEvent.lease == event.lease, _OPEN).values(**values),
        execution_options={"synchronize_session": False},
    )


def counts(session: Session, since: datetime) -> dict[str, int]:
    """How many events came in since then, by state."""
    rows = session.execute(
        select(LineEvent.state, func.count().label("total"))
        .where(LineEvent.received_at >= since)
        .group_by(LineEvent.state)
    )
    return {row.state: row.total for row in rows}


def let_go(session: Session, before: datetime) -> None:
    session.execute(delete(LineEvent).where(LineEvent.received_at < before, ~_OPEN))


def oldest_open(session: Session) -> datetime | None:
    """Since when the oldest event waits to be taken in."""
    return session.scalar(select(func.min(LineEvent.received_at)).where(_OPEN, LineEvent.state == "waiting"))
