"""What a person has to look at about accounts by text message."""

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from desktop.domain.sms import ReviewReason
from desktop.store import db
from desktop.store.tables import SmsReview


def ask(
    session: Session,
    reason: ReviewReason,
    subject: str,
    *,
    message_id: int | None = None,
    account_id: int | None = None,
) -> None:
    """Ask for a look; while one about the same is open, it is counted there. `subject` as SmsReview says."""
    now = db.now(session)
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    new = dialect.insert(SmsReview).values(
        reason=reason.value, subject=subject, message_id=message_id, account_id=account_id, opened_at=now, last_at=now
    )
    session.execute(
        new.on_conflict_do_update(
            index_elements=["reason", "subject"],
            index_where=SmsReview.settled_at.is_(None),
            set_={"times": SmsReview.times + 1, "last_at": now, "message_id": message_id},
        )
    )


def settle(session: Session, review_id: int, staff_id: int | None, note: str = "") -> bool:
    """Whether it was still open."""
    settled = session.scalar(
        update(SmsReview)
        .where(SmsReview.id == review_id, SmsReview.settled_at.is_(None))
        .values(settled_at=db.now(session), settled_by=staff_id, note=note)
        .returning(SmsReview.id),
        execution_options={"synchronize_session": False},
    )
    return settled is not None


def settle_about(session: Session, reason: ReviewReason, account_id: int, staff_id: int | None, note: str) -> None:
    """Whoever has just acted on the account has looked at it."""
    session.execute(
        update(SmsReview)
        .where(SmsReview.account_id == account_id, SmsReview.reason == reason.value, SmsReview.settled_at.is_(None))
        .values(settled_at=db.now(session), settled_by=staff_id, note=note),
        execution_options={"synchronize_session": False},
    )


def was_asked(session: Session, reason: ReviewReason, account_id: int) -> bool:
    """Whether there ever was a look to be taken at an account for this reason."""
    asked = select(SmsReview.id).where(SmsReview.account_id == account_id, SmsReview.reason == reason.value).limit(1)
    return session.scalar(asked) is not None
