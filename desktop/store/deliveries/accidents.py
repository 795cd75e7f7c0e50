"""Leases of workers that died, fell asleep, or lost the answer to a claim."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, or_, select, tuple_, update
from sqlalchemy.orm import Session

from desktop.domain.claims import LEASE, JournalFindings, MailJob, MailResult, State, outcome_of_code
from desktop.store.deliveries.claims import IS_LEASED, JOB, NO_LEASE, job_of, touched
from desktop.store.deliveries.marks import settle_mail
from desktop.store.deliveries.rows import deliveries, line_calls, workers


def has_expired_leases(session: Session, now: datetime) -> bool:
    return bool(session.execute(select(exists().where(_lease_over(now)))).scalar())


def _lease_over(now: datetime) -> ColumnElement[bool]:
    return and_(IS_LEASED, deliveries.c.leased_until < now)


def take_over_expired(session: Session, worker_id: int, held: Collection[str], now: datetime) -> int:
    """Leases of workers that are gone, with their journals out of reach: each mail may have arrived or not.

    Where the clock was put forward, the leases of those who live look over, too: theirs are left to them. Of this
    worker's own only those are taken that it does not know of, because the answer to their claim was lost.
    """
    unknown = and_(deliveries.c.worker_id == worker_id, deliveries.c.lease_token.not_in(held))
    gone = select(workers.c.id).where(workers.c.id != worker_id, workers.c.seen_at < now - LEASE)
    which = and_(_lease_over(now), or_(unknown, deliveries.c.worker_id.in_(gone)))
    return _mail_again(session, which, doubt=True) + _calls_again(session, which)


def settle_from_journal(session: Session, findings: JournalFindings, now: datetime, *, whole: bool) -> int:
    """Settle a dead worker's leases by what its connections wrote down before it died.

    Not `whole`: the database may be older than the journals, which then say nothing of what they do not name.
    """
    worker = session.execute(select(workers.c.id).where(workers.c.uuid == findings.worker_uuid)).scalar()
    if worker is None:
        return 0
    own = and_(IS_LEASED, deliveries.c.worker_id == worker)
    ended = [
        MailResult(token, job, outcome_of_code(job.delivery_id, findings.ended[token, job.delivery_id]))
        for token, job in _leased(session, own, now)
        if (token, job.delivery_id) in findings.ended
    ]
    if ended:
        settle_mail(session, ended, {}, now)
    if not whole:
        return len(ended)
    begun = tuple_(deliveries.c.lease_token, deliveries.c.id).in_(findings.begun)
    doubtful = _mail_again(session, and_(own, begun), doubt=True) if findings.begun else 0
    return len(ended) + doubtful + _mail_again(session, own, doubt=False) + _calls_again(session, own)


def _leased(session: Session, own: ColumnElement[bool], now: datetime) -> list[tuple[str, MailJob]]:
    rows = session.execute(select(deliveries.c.lease_token, *JOB).where(own, deliveries.c.channel == "email")).all()
    return [(token, job_of(job, now)) for token, *job in rows]


def _mail_again(session: Session, which: ColumnElement[bool], *, doubt: bool) -> int:
    done = session.execute(
        update(deliveries)
        .where(which, deliveries.c.channel == "email")
        .values(state=State.DUE.value, in_doubt_count=deliveries.c.in_doubt_count + int(doubt), **NO_LEASE)
    )
    return touched(session, done)


def _calls_again(session: Session, which: ColumnElement[bool]) -> int:
    """A call to LINE goes on with its key: whether the attempt was made and answered, nobody knows."""
    calls = select(deliveries.c.line_call_id).where(which, deliveries.c.line_call_id.is_not(None))
    session.execute(
        update(line_calls)
        .where(line_calls.c.id.in_(calls), line_calls.c.first_attempt_at.is_not(None))
        .values(unknown=True)
    )
    done = session.execute(
        update(deliveries).where(which, deliveries.c.channel == "line").values(state=State.DUE.value, **NO_LEASE)
    )
    return touched(session, done)
