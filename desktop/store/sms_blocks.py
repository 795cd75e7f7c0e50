"""Numbers that are not listened to."""

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from desktop.store import db
from desktop.store.tables import SmsBlock, SmsMessage


def find(session: Session, phone: str) -> str | None:
    """Why a number is not listened to; None where it is."""
    return session.scalar(select(SmsBlock.reason).where(SmsBlock.phone == phone))


def put(session: Session, phone: str, reason: str, staff_id: int | None) -> None:
    """From now on, or for another reason than until now."""
    session.merge(SmsBlock(phone=phone, reason=reason, blocked_by=staff_id, blocked_at=db.now(session)))


def remove(session: Session, phone: str) -> bool:
    """Whether it was blocked."""
    return session.scalar(delete(SmsBlock).where(SmsBlock.phone == phone).returning(SmsBlock.phone)) is not None


def newest_message(session: Session, phone: str) -> int | None:
    """By which the record knows a number, without naming it."""
    return session.scalar(select(func.max(SmsMessage.id)).where(SmsMessage.sender == phone))
