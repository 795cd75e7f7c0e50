"""Calls to LINE: grouped, stored whole before the first attempt, repeated unchanged (DESIGN "Sending" 5)."""

import uuid
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, insert, or_, select, true, update
from sqlalchemy.orm import Session

from desktop.domain import line
from desktop.domain.claims import RETRY_KEY_LIFE, LineJob, State, retry_delay
from desktop.domain.deliveries import LineCall, LineKind, LineOutcome
from desktop.store import db
from desktop.store.deliveries.claims import IS_DUE, NO_LEASE, claimable, lease_values, of_kind, sending_notices
from desktop.store.deliveries.rows import contact_points, deliveries, line_calls

Compose = Callable[[int, str, bool], Sequence[line.Message]]
"""The messages of a notice for (notice, languages, plain)."""

_IS_LINE = deliveries.c.channel == "line"


def claim_call(
    session: Session, worker_id: int, token: str, urgent: bool, compose: Compose, now: datetime
) -> LineJob | None:
    """Lease the next call, with the people it is for; its first attempt counts from now."""
    sending = sending_notices(session)
    first = session.execute(
        select(
            deliveries.c.id,
            deliveries.c.notice_id,
            deliveries.c.languages,
            deliveries.c.plain,
            deliveries.c.line_call_id,
            deliveries.c.useless_after,
        )
        .where(of_kind("line", "", urgent), claimable(sending, now))
        .order_by(deliveries.c.due_at, deliveries.c.id)
        .limit(1)
        .with_for_update(skip_locked=True, of=deliveries)
    ).one_or_none()
    if first is None:
        return None
    if first.line_call_id is None:
        alike = and_(
            of_kind("line", "", urgent),
            deliveries.c.notice_id == first.notice_id,
            deliveries.c.languages == first.languages,
            deliveries.c.plain.is_(first.plain),
            deliveries.c.line_call_id.is_(None),
        )
        messages = compose(first.notice_id, first.languages, first.plain)
        call_id = _new_call(session, worker_id, token, and_(alike, claimable(sending, now)), messages, now)
    else:
        call_id = first.line_call_id
        if not _lease_call(session, worker_id, token, call_id, now):
            return None
    db.touch(session, "deliveries")
    left = (first.useless_after - now).total_seconds() if first.useless_after else None
    return _job(session, token, call_id, left, now)


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


def _new_call(
    session: Session,
    worker_id: int,
    token: str,
    which: ColumnElement[bool],
    messages: Sequence[line.Message],
    now: datetime,
) -> int:
    mine = session.execute(
        select(deliveries.c.id, deliveries.c.notice_id, deliveries.c.address)
        .where(which)
        .order_by(deliveries.c.due_at, deliveries.c.id)
        .limit(line.MAX_RECIPIENTS)
        .with_for_update(skip_locked=True, of=deliveries)
    ).all()
    call_id = _store_call(session, mine[0].notice_id, [row.address for row in mine], messages, now)
    session.execute(
        update(deliveries)
        .where(deliveries.c.id.in_([row.id for row in mine]))
        .values(line_call_id=call_id, **lease_values(worker_id, token, now))
    )
    return call_id


def _store_call(
    session: Session, notice_id: int, user_ids: Sequence[str], messages: Sequence[line.Message], now: datetime
) -> int:
    key = str(uuid.uuid4())
    one = len(user_ids) == 1
    call = line.push_call(key, user_ids[0], messages) if one else line.multicast_call(key, user_ids, messages)
    stored = session.execute(
        insert(line_calls)
        .values(
            notice_id=notice_id,
            retry_key=key,
            method=call.method,
            body=call.body.encode(),
            attempts=0,
            unknown=False,
            created_at=now,
        )
        .returning(line_calls.c.id)
    )
    return int(stored.scalar_one())


def _job(session: Session, token: str, call_id: int, useless_in_s: float | None, now: datetime) -> LineJob:
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


def retire_old_keys(session: Session, now: datetime) -> None:
    """LINE is about to forget these keys. What may have arrived is in doubt; the rest gets a new call."""
    old = line_calls.c.first_attempt_at <= now - RETRY_KEY_LIFE
    for unknown in (True, False):
        calls = select(line_calls.c.id).where(old, line_calls.c.unknown.is_(unknown))
        values = {"state": State.IN_DOUBT.value, "settled_at": now} if unknown else {"line_call_id": None}
        done = session.execute(
            update(deliveries).where(_IS_LINE, IS_DUE, deliveries.c.line_call_id.in_(calls)).values(values)
        )
        if done.rowcount:  # type: ignore[attr-defined]  # a CursorResult, typed as Result
            db.touch(session, "deliveries")


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
    return and_(
        deliveries.c.line_call_id == job.call_id,
        deliveries.c.lease_token == job.token,
        deliveries.c.state == State.LEASED,
    )


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
        _move(session, job, group, _store_call(session, job.notice_id, group, messages, now))


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
