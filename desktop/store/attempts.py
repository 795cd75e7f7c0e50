"""Counting what may be tried only so often, for whoever it is: strict, because the database counts."""

from datetime import datetime

from sqlalchemy import and_, case, delete, or_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from desktop.domain.accounts import Limit
from desktop.store import db
from desktop.store.tables import Attempt


def begin(session: Session, limit: Limit, key: str) -> datetime | None:
    """Count a try before anybody looks at it, so that many at once gain nothing; says until when none is looked at.

    The last allowed one is looked at and holds all that come after it. A success takes the count back by `forget`.
    """
    now = db.now(session)
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    first = dialect.insert(Attempt).values(kind=limit.kind, key=key, tries=0, since=now)
    session.execute(first.on_conflict_do_nothing())
    over = or_(
        and_(Attempt.held_until.is_not(None), Attempt.held_until <= now),
        and_(Attempt.held_until.is_(None), Attempt.since <= now - limit.within),
    )
    number = case((over, 1), else_=Attempt.tries + 1)
    mine = and_(Attempt.kind == limit.kind, Attempt.key == key)
    counted = session.scalar(
        update(Attempt)
        .where(mine, or_(Attempt.held_until.is_(None), Attempt.held_until <= now))
        .values(
            tries=number,
            since=case((over, now), else_=Attempt.since),
            held_until=case((number >= limit.most, now + limit.held_for), else_=None),
        )
        .returning(Attempt.tries),
        execution_options={"synchronize_session": False},
    )
    return None if counted is not None else held_until(session, limit, key)


def held_until(session: Session, limit: Limit, key: str) -> datetime | None:
    """Until when nothing is looked at; None while there are tries left."""
    row = session.get(Attempt, (limit.kind, key), populate_existing=True)
    now = db.now(session)
    return row.held_until if row is not None and row.held_until is not None and row.held_until > now else None


def forget(session: Session, limit: Limit, key: str) -> None:
    session.execute(delete(Attempt).where(Attempt.kind == limit.kind, Attempt.key == key))


def let_go(session: Session, before: datetime) -> None:
    """Forget what nobody counts any more."""
    session.execute(
        delete(Attempt).where(Attempt.since < before, or_(Attempt.held_until.is_(None), Attempt.held_until < before))
    )
