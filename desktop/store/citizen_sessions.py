"""Browsers that are logged in."""

from datetime import datetime, timedelta

from sqlalchemy import and_, delete, or_, select, update
from sqlalchemy.orm import Session

from desktop.domain.accounts import IDLE, LONGEST_SESSION, AccountState, Citizen
from desktop.store import db
from desktop.store.accounts import citizen_of
from desktop.store.tables import Account, CitizenSession, SmsAccount

SEEN_EVERY = timedelta(minutes=1)
"""A page does not write more often than this that somebody was there."""


def begin(session: Session, account_id: int, token_hash: str) -> datetime:
    """Says when it ends, whatever happens."""
    now = db.now(session)
    row = CitizenSession(
        account_id=account_id, token_hash=token_hash, created_at=now, seen_at=now, ends_at=now + LONGEST_SESSION
    )
    session.add(row)
    return row.ends_at


def find(session: Session, token_hash: str) -> tuple[Citizen, bool] | None:
    """Whose session it is, and whether it is time to say that they were seen; None when it is over."""
    now = db.now(session)
    found = session.execute(
        select(Account, CitizenSession.seen_at, SmsAccount.account_id.is_not(None))
        .join(CitizenSession, CitizenSession.account_id == Account.id)
        .outerjoin(SmsAccount, and_(SmsAccount.account_id == Account.id, SmsAccount.completed_at.is_(None)))
        .where(
            CitizenSession.token_hash == token_hash,
            CitizenSession.seen_at > now - IDLE,
            CitizenSession.ends_at > now,
            Account.state == AccountState.ACTIVE.value,
        )
    ).one_or_none()
    return None if found is None else (citizen_of(found[0], is_incomplete=found[2]), found[1] <= now - SEEN_EVERY)


def see(session: Session, token_hash: str) -> None:
    session.execute(
        update(CitizenSession).where(CitizenSession.token_hash == token_hash).values(seen_at=db.now(session))
    )


def end(session: Session, token_hash: str) -> None:
    session.execute(delete(CitizenSession).where(CitizenSession.token_hash == token_hash))


def end_all(session: Session, account_id: int, but: str | None = None) -> None:
    """Everywhere, or everywhere but here."""
    session.execute(
        delete(CitizenSession).where(CitizenSession.account_id == account_id, CitizenSession.token_hash != (but or ""))
    )


def let_go(session: Session, before: datetime) -> None:
    session.execute(
        delete(CitizenSession).where(or_(CitizenSession.ends_at < before, CitizenSession.seen_at < before - IDLE))
    )
