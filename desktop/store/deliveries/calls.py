"""Calls to LINE: grouped, stored whole before the first attempt, repeated unchanged (DESIGN "Sending" 5)."""

import uuid
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    TextClause,
    TextualSelect,
    and_,
    bindparam,
    insert,
    or_,
    select,
    text,
    true,
    update,
)
from sqlalchemy.orm import Session

from desktop.domain import line
from desktop.domain.claims import LEASE, RETRY_KEY_LIFE, LineJob, State, retry_delay
from desktop.domain.deliveries import LineCall, LineKind, LineOutcome
from desktop.store import db
from desktop.store.deliveries.claims import CLAIMABLE, IS_DUE, NO_LEASE, lease_values
from desktop.store.deliveries.rows import contact_points, deliveries, line_calls
from desktop.store.tables.columns import UtcDateTime

Compose = Callable[[int, str, bool], Sequence[line.Message]]
"""The messages of a notice for (notice, languages, plain)."""

_IS_LINE = deliveries.c.channel == "line"

_FIRST = """
    SELECT notice_id, languages, plain, line_call_id, useless_after FROM deliveries WHERE {claimable}
    ORDER BY due_at, id LIMIT 1 {lock}
"""
_LEASE = """
    WITH picked AS MATERIALIZED (
        SELECT id FROM deliveries
        WHERE {claimable} AND (notice_id = :notice AND languages = :languages AND plain = :plain) IS TRUE
        AND line_call_id IS NULL ORDER BY due_at, id LIMIT :limit {lock}
    )
    UPDATE deliveries SET state = 'leased', worker_id = :worker, lease_token = :token, leased_until = :until,
        line_call_id = :call
    FROM picked WHERE deliveries.id = picked.id RETURNING address
"""


@dataclass(frozen=True, slots=True)
class _Statements:
    """The first delivery that could go out, and the lease on those that can share its call."""

    first: TextualSelect
    lease: TextClause


def _statements(lock: str) -> _Statements:
    first = text(_FIRST.format(claimable=CLAIMABLE, lock=lock)).bindparams(bindparam("now", type_=UtcDateTime))
    moments = (bindparam(name, type_=UtcDateTime) for name in ("now", "until"))
    names = ("notice_id", "languages", "plain", "line_call_id", "useless_after")
    return _Statements(
        first.columns(*(deliveries.c[name] for name in names)),
        text(_LEASE.format(claimable=CLAIMABLE, lock=lock)).bindparams(*moments),
    )


_BY_DIALECT = {"sqlite": _statements(""), "postgresql": _statements("FOR UPDATE SKIP LOCKED")}


def claim_call(
    session: Session, worker_id: int, token: str, urgent: bool, compose: Compose, now: datetime
) -> LineJob | None:
    """Lease the next call, with the people it is for; its first attempt counts from now."""
    statements = _BY_DIALECT[session.get_bind().dialect.name]
    asked = {"channel": "line", "lane": "", "urgent": urgent, "now": now}
    first = session.execute(statements.first, asked).one_or_none()
    if first is None:
        return None
    db.touch(session, "deliveries")
    left = (first.useless_after - now).total_seconds() if first.useless_after else None
    if first.line_call_id is not None:
        is_mine = _lease_call(session, worker_id, token, first.line_call_id, now)
        return _again_job(session, token, first.line_call_id, left, now) if is_mine else None
    messages = compose(first.notice_id, first.languages, first.plain)
    key = str(uuid.uuid4())
    call_id = _store_call(session, first.notice_id, LineCall(key, "multicast", ""), now)
    alike = {"notice": first.notice_id, "languages": first.languages, "plain": first.plain}
    lease = {"worker": worker_id, "token": token, "until": now + LEASE, "call": call_id, "limit": line.MAX_RECIPIENTS}
    call = _call(key, list(session.execute(statements.lease, asked | alike | lease).scalars()), messages)
    session.execute(
        update(line_calls)
        .where(line_calls.c.id == call_id)
        .values(method=call.method, body=call.body.encode(), attempts=1, first_attempt_at=now)
    )
    return LineJob(token, call_id, call, first.notice_id, False, 1, left)


def _lease_call(session: Session, worker_id: int, token: str, call_id: int, now: datetime) -> bool:
    """Lease everybody of a stored call, or nobody: two workers with halves of one call would both make it."""
    call = select(line_calls.c.id).where(line_calls.c.id == call_id).with_for_update(skip_locked=True)
    if session.execute(call).one_or_none() is None:
        return False
    session.execute(
        update(deliveries)
        .where(deliveries.c.line_call_id == call_id, IS_DUE)
        .values(lease_values(worker_id, token, now))
    )
    return True


def _call(key: str, user_ids: Sequence[str], messages: Sequence[line.Message]) -> LineCall:
    one = len(user_ids) == 1
    return line.push_call(key, user_ids[0], messages) if one else line.multicast_call(key, user_ids, messages)


def _store_call(session: Session, notice_id: int, call: LineCall, now: datetime) -> int:
    stored = session.execute(
        insert(line_calls)
        .values(
            notice_id=notice_id,
            retry_key=call.retry_key,
            method=call.method,
            body=call.body.encode(),
            attempts=0,
            unknown=False,
            created_at=now,
        )
        .returning(line_calls.c.id)
    )
    return int(stored.scalar_one())


def _again_job(session: Session, token: str, call_id: int, useless_in_s: float | None, now: datetime) -> LineJob:
    """Count the attempt that is about to be made; once this is committed the key may have been used."""
    row = session.execute(select(line_calls).where(line_calls.c.id == call_id)).one()
    first = row.first_attempt_at or now
    session.execute(
        update(line_calls)
        .where(line_calls.c.id == call_id)
        .values(attempts=line_calls.c.attempts + 1, first_attempt_at=first)
    )
    call = LineCall(row.retry_key, row.method, bytes(row.body).decode())
    return LineJob(token, call_id, call, row.notice_id, row.unknown, row.attempts + 1, useless_in_s)


def retire_old_keys(session: Session, now: datetime) -> int:
    """LINE is about to forget these keys. What may have arrived is in doubt; the rest gets a new call. Says how many
    messages that was.
    """
    retired = 0
    old = line_calls.c.first_attempt_at <= now - RETRY_KEY_LIFE
    for unknown in (True, False):
        calls = select(line_calls.c.id).where(old, line_calls.c.unknown.is_(unknown))
        values = {"state": State.IN_DOUBT.value, "settled_at": now} if unknown else {"line_call_id": None}
        done = session.execute(
            update(deliveries).where(_IS_LINE, IS_DUE, deliveries.c.line_call_id.in_(calls)).values(values)
        )
        retired += done.rowcount  # type: ignore[attr-defined]  # a CursorResult, typed as Result
    if retired:
        db.touch(session, "deliveries")
    return retired


def settle_call(session: Session, job: LineJob, outcome: LineOutcome, now: datetime) -> int:
    """Write down what became of one attempt; says how many messages were accepted."""
    request_id = outcome.accepted_request_id or outcome.request_id
    unknown = job.unknown or outcome.kind is LineKind.UNKNOWN
    session.execute(
        update(line_calls)
        .where(line_calls.c.id == job.call_id)
        .values(unknown=true() if unknown else line_calls.c.unknown, request_id=request_id or line_calls.c.request_id)
    )
    db.touch(session, "deliveries")
    match outcome.kind:
        case LineKind.ACCEPTED | LineKind.ALREADY_ACCEPTED:
            return _end(session, job, State.ACCEPTED, outcome, now)
        case LineKind.REJECTED_RECIPIENTS | LineKind.REJECTED_MESSAGE if job.unknown:
            _end(session, job, State.IN_DOUBT, outcome, now)
        case LineKind.REJECTED_RECIPIENTS:
            _split(session, job, outcome, now)
        case LineKind.REJECTED_MESSAGE:
            _end(session, job, State.FAILED, outcome, now)
            _fail_the_rest(session, job.notice_id, outcome, now)
        case _:
            _again(session, job, outcome, now)
    return 0


def _mine(job: LineJob) -> ColumnElement[bool]:
    """Only what is leased has a token."""
    return and_(deliveries.c.line_call_id == job.call_id, deliveries.c.lease_token == job.token)


def _outcome_values(outcome: LineOutcome) -> dict[str, Any]:
    return {"stage": "line", "code": outcome.status, "reason": outcome.reason or None}


def _end(session: Session, job: LineJob, state: State, outcome: LineOutcome, now: datetime) -> int:
    done = session.execute(
        update(deliveries)
        .where(_mine(job))
        .values(
            state=state.value,
            settled_at=now,
            attempts=deliveries.c.attempts + 1,
            **NO_LEASE,
            **_outcome_values(outcome),
        )
    )
    return int(done.rowcount)  # type: ignore[attr-defined]  # a CursorResult, typed as Result


def _fail_the_rest(session: Session, notice_id: int, outcome: LineOutcome, now: datetime) -> None:
    """LINE does not take this message: whatever of it waits would be refused alike. Doubtful ones stay so."""
    untried = or_(
        deliveries.c.line_call_id.is_(None),
        deliveries.c.line_call_id.in_(select(line_calls.c.id).where(line_calls.c.unknown.is_(False))),
    )
    session.execute(
        update(deliveries)
        .where(_IS_LINE, deliveries.c.notice_id == notice_id, IS_DUE, untried)
        .values(state=State.FAILED.value, settled_at=now, **_outcome_values(outcome))
    )


def _split(session: Session, job: LineJob, outcome: LineOutcome, now: datetime) -> None:
    """Nobody got it, because of some of them. Those named are out; the others go on in calls with new keys."""
    user_ids = line.recipients(job.call)
    groups = line.split_recipients(user_ids, outcome.bad_recipients)
    good = {user_id for group in groups for user_id in group}
    bad = [user_id for user_id in user_ids if user_id not in good]
    if bad:
        _refuse(session, job, bad, outcome, now)
    messages = line.call_messages(job.call)
    for group in groups:
        call = _call(str(uuid.uuid4()), group, messages)
        _move(session, job, group, _store_call(session, job.notice_id, call, now))


def _refuse(session: Session, job: LineJob, user_ids: Collection[str], outcome: LineOutcome, now: datetime) -> None:
    """A wrong id stays wrong: its contact point is not used again until somebody mends it."""
    session.execute(
        update(deliveries)
        .where(_mine(job), deliveries.c.address.in_(user_ids))
        .values(
            state=State.FAILED.value,
            settled_at=now,
            attempts=deliveries.c.attempts + 1,
            stage="line",
            code=outcome.status,
            reason="bad_id",
            **NO_LEASE,
        )
    )
    session.execute(
        update(contact_points)
        .where(
            contact_points.c.kind == "line",
            contact_points.c.address.in_(user_ids),
            contact_points.c.suppressed_reason.is_(None),
        )
        .values(suppressed_reason="bad_id", suppressed_at=now, version=contact_points.c.version + 1)
    )
    db.touch(session, "contact_points")


def _move(session: Session, job: LineJob, user_ids: Collection[str], call_id: int) -> None:
    session.execute(
        update(deliveries)
        .where(_mine(job), deliveries.c.address.in_(user_ids))
        .values(state=State.DUE.value, line_call_id=call_id, **NO_LEASE)
    )


def _again(session: Session, job: LineJob, outcome: LineOutcome, now: datetime) -> None:
    """The same call later. Only LINE's own wish or an unknown end makes it wait; a stopped channel has its own time."""
    wait = timedelta()
    if outcome.kind in (LineKind.UNKNOWN, LineKind.RATE_LIMITED):
        wait = max(_line_delay(outcome.kind, job.attempts), timedelta(seconds=outcome.retry_after_seconds or 0))
    session.execute(
        update(deliveries)
        .where(_mine(job))
        .values(state=State.DUE.value, due_at=now + wait, **NO_LEASE, **_outcome_values(outcome))
    )


def _line_delay(kind: LineKind, attempts: int) -> timedelta:
    """LINE counts a second for its rates; a silence gets the same patience as a mail server's."""
    return timedelta(seconds=min(2**attempts, 60)) if kind is LineKind.RATE_LIMITED else retry_delay(attempts)


def give_back(session: Session, job: LineJob) -> None:
    """The attempt was not made after all. A key that was never used gets its first attempt when it is.

    Whoever has taken the call over meanwhile may have used it, and counts for themselves.
    """
    given = session.execute(update(deliveries).where(_mine(job)).values(state=State.DUE.value, **NO_LEASE))
    if not given.rowcount:  # type: ignore[attr-defined]  # a CursorResult, typed as Result
        return
    untried = {"first_attempt_at": None} if job.attempts == 1 else {}
    session.execute(
        update(line_calls).where(line_calls.c.id == job.call_id).values(attempts=line_calls.c.attempts - 1, **untried)
    )
    db.touch(session, "deliveries")


def refuse_notice(session: Session, notice_id: int, reason: str, now: datetime) -> None:
    _fail_the_rest(session, notice_id, LineOutcome(LineKind.REJECTED_MESSAGE, reason=reason), now)
    db.touch(session, "deliveries")
