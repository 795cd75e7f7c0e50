"""Leases on deliveries: claiming, renewing, giving back, and writing down what became of them.

On PostgreSQL workers step over each other's rows; on SQLite the write transaction already keeps them apart.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from functools import cache
from itertools import accumulate
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    TextClause,
    TextualSelect,
    bindparam,
    case,
    exists,
    func,
    literal_column,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.orm import Session

from desktop.domain.claims import LEASE, MailJob, State
from desktop.domain.mail import Lane
from desktop.domain.notices import NoticeState
from desktop.store import db
from desktop.store.deliveries.rows import deliveries, line_calls, notices
from desktop.store.tables.columns import UtcDateTime

NO_LEASE: dict[str, Any] = {"worker_id": None, "lease_token": None, "leased_until": None}

# Written out, not bound: both databases use a partial index only where they see its condition.
IS_DUE = deliveries.c.state == literal_column("'due'")
IS_LEASED = deliveries.c.state == literal_column("'leased'")

_SENDING = select(notices.c.id).where(notices.c.state == NoticeState.SENDING)
JOB = (
    deliveries.c.id,
    deliveries.c.notice_id,
    deliveries.c.address,
    deliveries.c.languages,
    deliveries.c.plain,
    deliveries.c.attempts,
    deliveries.c.in_doubt_count,
    func.coalesce(deliveries.c.resent_at, deliveries.c.created_at).label("wanted_at"),
    deliveries.c.useless_after,
)


def lease_values(worker_id: int, token: str, now: datetime) -> dict[str, Any]:
    return {"state": State.LEASED.value, "worker_id": worker_id, "lease_token": token, "leased_until": now + LEASE}


# As text, for statements that the worker makes all the time: what of a kind could go out now. IS TRUE keeps PostgreSQL
# to the index of what is due: it must not begin at the notices, nor think that they leave so little that it reads all.
CLAIMABLE = """
    state = 'due' AND channel = :channel AND lane = :lane AND urgent = :urgent AND due_at <= :now
    AND (useless_after IS NULL OR useless_after > :now)
    AND (notice_id IN (SELECT id FROM notices WHERE state = 'sending')) IS TRUE
"""
# One statement for several claims. On PostgreSQL rows are locked as they are picked, past those that others have; on
# SQLite the transaction keeps others away.
_CLAIM = """
    WITH picked AS MATERIALIZED (
        SELECT id FROM deliveries WHERE {claimable} AND (due_at, id) > (:after_due, :after_id)
        ORDER BY due_at, id LIMIT :limit {lock}
    ), numbered AS (SELECT id, row_number() OVER () AS place FROM picked)
    UPDATE deliveries SET state = 'leased', worker_id = :worker, leased_until = :until,
        lease_token = CASE {share} END
    FROM numbered WHERE deliveries.id = numbered.id
    RETURNING lease_token, due_at, deliveries.id, notice_id, address, languages, plain, attempts, in_doubt_count,
        coalesce(resent_at, created_at) AS wanted_at, useless_after
"""


@cache
def _claim(dialect: str, claims: int) -> TextClause | TextualSelect:
    """For so many claims with :token1 … up to the :end1st row …"""
    shares = " ".join(f"WHEN place <= :end{n} THEN :token{n}" for n in range(claims))
    lock = "FOR UPDATE SKIP LOCKED" if dialect == "postgresql" else ""
    statement = text(_CLAIM.format(claimable=CLAIMABLE, lock=lock, share=shares))
    moments = (bindparam(name, type_=UtcDateTime) for name in ("now", "until", "after_due"))
    bound = statement.bindparams(*moments)
    if dialect == "postgresql":  # whose driver gives aware moments; looking at each again costs as much as the rest
        return bound
    return bound.columns(deliveries.c.lease_token, deliveries.c.due_at, *JOB)


class Place(NamedTuple):
    """Where a mail stands in the line of its lane."""

    due_at: datetime
    delivery_id: int


FRONT = Place(datetime.fromtimestamp(0, UTC), 0)


def claim_mail(
    session: Session, worker_id: int, lane: str, urgent: bool, limits: Mapping[str, int], after: Place, now: datetime
) -> tuple[dict[str, list[MailJob]], Place]:
    """Lease mails of a lane, the oldest behind `after`: up to so many for each token. Says how far it came, too."""
    ends = {f"end{n}": end for n, end in enumerate(accumulate(limits.values()))}
    tokens = {f"token{n}": token for n, token in enumerate(limits)}
    asked = {"channel": "email", "lane": lane, "urgent": urgent, "now": now, "limit": sum(limits.values())}
    begin = {"after_due": after.due_at, "after_id": after.delivery_id}
    lease = {"worker": worker_id, "until": now + LEASE}
    claimed: dict[str, list[MailJob]] = {}
    statement = _claim(session.get_bind().dialect.name, len(limits))
    for token, due_at, *job in session.execute(statement, asked | ends | tokens | begin | lease).all():
        claimed.setdefault(token, []).append(job_of(job, now))
        if (due_at, job[0]) > after:
            after = Place(due_at, job[0])
    if claimed:
        db.touch(session, "deliveries")
    return claimed, after


def job_of(row: Iterable[Any], now: datetime) -> MailJob:
    """From the columns of JOB."""
    *said, useless_after = row
    return MailJob(*said, (useless_after - now).total_seconds() if useless_after else None)  # type: ignore[call-arg]  # as many as JOB has


def due_kinds(session: Session, sending: Collection[int], now: datetime) -> set[tuple[str, str, bool]]:
    """What could be claimed now: (channel, lane, urgent). Each kind is looked up by itself, so that nothing is counted
    however much is due.
    """
    if not sending:
        return set()
    found = session.execute(_first_of_each(), {"now": now}).one()
    return {kind for kind, first in zip(_KINDS, found, strict=True) if first is not None}


_LANES = (("line", ""), *(("email", lane.value) for lane in Lane))
_KINDS = tuple((channel, lane, urgent) for channel, lane in _LANES for urgent in (True, False))


@cache
def _first_of_each() -> TextClause:
    """The one of each kind that goes first. Asking in this order leads PostgreSQL to the index; for a mere EXISTS it
    guesses.
    """
    places = [
        CLAIMABLE.replace(":channel", f"'{channel}'").replace(":lane", f"'{lane}'").replace(":urgent", str(urgent))
        for channel, lane, urgent in _KINDS
    ]
    firsts = (f"(SELECT id FROM deliveries WHERE {place} ORDER BY due_at, id LIMIT 1)" for place in places)  # noqa: S608  fixed words
    return text(f"SELECT {', '.join(firsts)}").bindparams(bindparam("now", type_=UtcDateTime))


def sending_notices(session: Session) -> frozenset[int]:
    return frozenset(session.execute(_SENDING).scalars())


def renew(session: Session, tokens: Collection[str], now: datetime) -> frozenset[str]:
    """Which of them still hold something: whoever slept for too long has lost theirs to others."""
    renewed = (
        update(deliveries)
        .where(deliveries.c.lease_token.in_(tokens), IS_LEASED)
        .values(leased_until=now + LEASE)
        .returning(deliveries.c.lease_token)
    )
    return frozenset(token for (token,) in session.execute(renewed) if token)


def give_back(session: Session, token: str, ids: Collection[int]) -> None:
    """Unsent after all: due again as if never claimed."""
    session.execute(
        update(deliveries)
        .where(deliveries.c.lease_token == token, deliveries.c.id.in_(ids), IS_LEASED)
        .values(state=State.DUE.value, **NO_LEASE)
    )
    db.touch(session, "deliveries")


def expire(session: Session, now: datetime) -> int:
    """What is not out by its *useless after* stops. What may have arrived meanwhile is said to be in doubt."""
    return end_unsent(session, deliveries.c.useless_after <= now, State.EXPIRED, None, now)


def end_unsent(session: Session, which: ColumnElement[bool], state: State, reason: str | None, now: datetime) -> int:
    """End what is due; what may have arrived already is in doubt instead."""
    unanswered = select(line_calls.c.id).where(line_calls.c.unknown.is_(True))
    perhaps_arrived = or_(deliveries.c.in_doubt_count > 0, deliveries.c.line_call_id.in_(unanswered))
    values = {"reason": reason} if reason else {}
    done = session.execute(
        update(deliveries)
        .where(IS_DUE, which)
        .values(state=case((perhaps_arrived, State.IN_DOUBT.value), else_=state.value), settled_at=now, **values)
    )
    return touched(session, done)


def touched(session: Session, done: Any) -> int:
    if done.rowcount:
        db.touch(session, "deliveries")
    return int(done.rowcount)


def has_leases(session: Session) -> bool:
    """Something is being sent at this moment, by whichever worker."""
    return bool(session.execute(select(exists().where(IS_LEASED))).scalar())
