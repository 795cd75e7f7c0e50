"""What a text message could not hold of its sender, and they add after the first log-in (B11, B17)."""

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from desktop.domain.completing import SmsDetails
from desktop.store import db
from desktop.store.tables import SmsAccount


def details(session: Session, account_id: int) -> SmsDetails | None:
    """None for what no text message made."""
    wanted = select(SmsAccount.name_typed, SmsAccount.postal_address, SmsAccount.completed_at)
    row = session.execute(wanted.where(SmsAccount.account_id == account_id)).one_or_none()
    return None if row is None else SmsDetails(*row)


def set_postal_address(session: Session, account_id: int, postal_address: str) -> None:
    _write(session, account_id, postal_address=postal_address)


def note_complete(session: Session, account_id: int) -> None:
    """The first time counts."""
    _write(session, account_id, completed_at=func.coalesce(SmsAccount.completed_at, db.now(session)))


def _write(session: Session, account_id: int, **values: object) -> None:
    session.execute(
        update(SmsAccount).where(SmsAccount.account_id == account_id).values(**values, version=SmsAccount.version + 1),
        execution_options={"synchronize_session": False},
    )
