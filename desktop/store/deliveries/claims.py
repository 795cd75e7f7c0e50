"""Leases on deliveries: claiming, renewing, giving back, and writing down what became of them.

On PostgreSQL workers step over each other's rows; on SQLite the write transaction already keeps them apart.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Text,
    and_,
    bindparam,
    case,
    exists,
    false,
    func,
    literal_column,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.orm import Session

from desktop.domain.claims import (
    LEASE,
    MailJob,
    MailResult,
    MailWish,
    State,
    mail_verdict,
)
from desktop.domain.deliveries import MailKind, MailStage
from desktop.domain.mail import Lane
from desktop.domain.notices import NoticeState
from desktop.store import contacts, db
from desktop.store.deliveries.rows import deliveries, line_calls, notices

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


def claimable(sending: Collection[int], now: datetime) -> ColumnElement[bool]:
    """A delivery may go out now; `sending` are the notices that are on their way.

    Their ids stand in the statement, so that PostgreSQL does not take them for few and leaves the order of the index.
    """
    return and_(
        IS_DUE,
        deliveries.c.due_at <= now,
        or_(deliveries.c.useless_after.is_(None), deliveries.c.useless_after > now),
        deliveries.c.notice_id.in_(sending),
    )


def lease_values(worker_id: int, token: str, now: datetime) -> dict[str, Any]:
    return {"state": State.LEASED.value, "worker_id": worker_id, "lease_token": token, "leased_until": now + LEASE}


def claim_mail(
    session: Session, worker_id: int, wishes: Sequence[MailWish], tokens: Sequence[str], now: datetime
) -> list[list[MailJob]]:
    """Lease mails for each wish under its token, the oldest first. Wishes for the same lane share the statements."""
    sending = sending_notices(session)
    claimed: list[list[MailJob]] = [[] for _ in wishes]
    alike: dict[tuple[str | None, bool], list[int]] = {}
    for position, wish in enumerate(wishes):
        alike.setdefault((wish.lane, wish.urgent), []).append(position)
    for (lane, urgent), positions in alike.items():
        limit = sum(wishes[position].limit for position in positions)
        jobs = iter(_oldest(session, sending, lane, urgent, limit, now) if sending else ())
        for position in positions:
            claimed[position] = list(islice(jobs, wishes[position].limit))
    _lease(session, worker_id, zip(tokens, claimed, strict=True), now)
    return claimed


def _oldest(
    session: Session, sending: Collection[int], lane: str | None, urgent: bool, limit: int, now: datetime
) -> list[MailJob]:
    """Mails of a lane (None: of any) that could go out, locked by this transaction."""
    jobs: list[MailJob] = []
    for one in [Lane(lane)] if lane is not None else list(Lane):
        if len(jobs) == limit:
            break
        picked = (
            select(*JOB)
            .where(of_kind("email", one.value, urgent), claimable(sending, now))
            .order_by(deliveries.c.due_at, deliveries.c.id)
            .limit(limit - len(jobs))
            .with_for_update(skip_locked=True, of=deliveries)
        )
        jobs += [job_of(row, now) for row in session.execute(picked)]
    return jobs


def _lease(session: Session, worker_id: int, claimed: Iterable[tuple[str, Sequence[MailJob]]], now: datetime) -> None:
    """Write the leases of rows that this transaction has locked."""
    pairs = [{"delivery": job.delivery_id, "token": token} for token, jobs in claimed for job in jobs]
    if not pairs:
        return
    lease = {"worker": worker_id, "until": now + LEASE}
    if session.get_bind().dialect.name == "sqlite":
        session.execute(_lease_one, [pair | lease for pair in pairs])
    else:
        session.execute(_lease_all, lease | _columns(pairs))
    db.touch(session, "deliveries")


def _columns(pairs: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """As PostgreSQL takes them, all at once."""
    return {"ids": [pair["delivery"] for pair in pairs], "tokens": [pair["token"] for pair in pairs]}


_pairs = (
    func.unnest(bindparam("ids", type_=ARRAY(BigInteger)), bindparam("tokens", type_=ARRAY(Text)))
    .table_valued("delivery", "token", name="pairs")
    .render_derived()
)
_LEASED = {
    "state": State.LEASED.value,
    "worker_id": bindparam("worker"),
    "leased_until": bindparam("until"),
}
_lease_one = (
    update(deliveries).where(deliveries.c.id == bindparam("delivery")).values(lease_token=bindparam("token"), **_LEASED)
)
_lease_all = (
    update(deliveries).where(deliveries.c.id == _pairs.c.delivery).values(lease_token=_pairs.c.token, **_LEASED)
)


def of_kind(channel: str, lane: str, urgent: bool) -> ColumnElement[bool]:
    """What leads the index of what is due."""
    return and_(
        deliveries.c.channel == channel,
        deliveries.c.lane == lane,
        deliveries.c.urgent == (true() if urgent else false()),
    )


def job_of(row: Any, now: datetime) -> MailJob:
    """From the columns of JOB."""
    return MailJob(
        delivery_id=row.id,
        notice_id=row.notice_id,
        address=row.address,
        languages=row.languages,
        plain=row.plain,
        attempts=row.attempts,
        in_doubt_count=row.in_doubt_count,
        wanted_at=row.wanted_at,
        useless_in_s=(row.useless_after - now).total_seconds() if row.useless_after else None,
    )


def due_kinds(session: Session, sending: Collection[int], now: datetime) -> set[tuple[str, str, bool]]:
    """What could be claimed now: (channel, lane, urgent). Each kind is looked up by itself, so that nothing is counted
    however much is due.
    """
    if not sending:
        return set()
    lanes = [("line", ""), *(("email", lane.value) for lane in Lane)]
    kinds = [(channel, lane, urgent) for channel, lane in lanes for urgent in (True, False)]
    found = session.execute(select(*(_first(*kind, sending, now) for kind in kinds))).one()
    return {kind for kind, first in zip(kinds, found, strict=True) if first is not None}


def _first(channel: str, lane: str, urgent: bool, sending: Collection[int], now: datetime) -> ColumnElement[Any]:
    """The one that goes first. Asking in this order leads PostgreSQL to the index; for a mere EXISTS it guesses."""
    return (
        select(deliveries.c.id)
        .where(of_kind(channel, lane, urgent), claimable(sending, now))
        .order_by(deliveries.c.due_at, deliveries.c.id)
        .limit(1)
        .scalar_subquery()
    )


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


def settle_mail(session: Session, results: Sequence[MailResult], now: datetime) -> int:
    """Write down what became of mails; says how many were accepted. Leases lost meanwhile are left alone."""
    accepted = [result for result in results if result.outcome.kind is MailKind.ACCEPTED]
    others = [result for result in results if result.outcome.kind is not MailKind.ACCEPTED]
    written = _settle_accepted(session, accepted, now) if accepted else 0
    if others:
        session.execute(_settle_one, [_other_values(result, now) for result in others])
        contacts.suppress(session, "email", sorted({one.job.address for one in others if _is_dead(one)}), "bounced")
    db.touch(session, "deliveries")
    return written


def _settle_accepted(session: Session, results: Sequence[MailResult], now: datetime) -> int:
    """The common case: the server's 250 to the final dot."""
    pairs = [{"delivery": result.job.delivery_id, "token": result.token} for result in results]
    said = {"now": now, "new_stage": results[0].outcome.stage.value, "new_code": results[0].outcome.code}
    if session.get_bind().dialect.name == "sqlite":
        return _count(session.execute(_accept_one, [pair | said for pair in pairs]))
    return _count(session.execute(_accept_all, said | _columns(pairs)))


def _count(done: Any) -> int:
    return int(done.rowcount)


_ACCEPTED: dict[str, Any] = {
    "state": State.ACCEPTED.value,
    "settled_at": bindparam("now"),
    "attempts": deliveries.c.attempts + 1,
    "stage": bindparam("new_stage"),
    "code": bindparam("new_code"),
    "reason": None,
    **NO_LEASE,
}
_accept_one = (
    update(deliveries)
    .where(deliveries.c.id == bindparam("delivery"), deliveries.c.lease_token == bindparam("token"), IS_LEASED)
    .values(_ACCEPTED)
)
_accept_all = (
    update(deliveries)
    .where(deliveries.c.id == _pairs.c.delivery, deliveries.c.lease_token == _pairs.c.token, IS_LEASED)
    .values(_ACCEPTED)
)


def _is_dead(result: MailResult) -> bool:
    """Nobody has this address. After DATA the same words are a living family's own filter (FACTS B4)."""
    outcome = result.outcome
    return (outcome.kind, outcome.stage, outcome.reason) == (MailKind.REFUSED, MailStage.RCPT, "unknown_user")


_settle_one = (
    update(deliveries)
    .where(
        deliveries.c.id == bindparam("delivery"),
        deliveries.c.lease_token == bindparam("token"),
        IS_LEASED,
    )
    .values(
        state=bindparam("new_state"),
        settled_at=bindparam("new_settled_at"),
        due_at=case((bindparam("again"), bindparam("new_due_at")), else_=deliveries.c.due_at),
        attempts=deliveries.c.attempts + bindparam("more_attempts"),
        in_doubt_count=deliveries.c.in_doubt_count + bindparam("more_doubt"),
        stage=bindparam("new_stage"),
        code=bindparam("new_code"),
        reason=bindparam("new_reason"),
        **NO_LEASE,
    )
)


def _other_values(result: MailResult, now: datetime) -> dict[str, Any]:
    verdict = mail_verdict(result.job, result.outcome, now)
    again = verdict.again_after
    return {
        "delivery": result.job.delivery_id,
        "token": result.token,
        "new_state": verdict.state.value,
        "new_settled_at": now if again is None else None,
        "again": bool(again),
        "new_due_at": now + again if again else now,
        "more_attempts": int(verdict.attempted),
        "more_doubt": int(verdict.doubt),
        "new_stage": result.outcome.stage.value,
        "new_code": result.outcome.code,
        "new_reason": verdict.reason,
    }


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
