"""Leaving the portal, whoever asks for it: the citizen there, or a member of staff at the desk."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from desktop.domain.sms import ReviewReason
from desktop.store import (
    account_guardian,
    accounts,
    citizen_sessions,
    line_links,
    own_children,
    registrations,
    sms_accounts,
    sms_reviews,
    withdrawals,
)
from desktop.store.tables import Account


def close(session: Session, account_id: int, today: date, staff_id: int | None = None) -> None:
    """Log-in, mails and LINE end at once; phone and ID of a text message are free again. That a child has this guardian
    no more is for its school to agree to: each child's withdrawal stands in the reviewers' queue. Nobody has to look at
    its doubts any more, save where it stood in somebody else's way.

    Whoever calls this has locked the account, records it, and tells its owner.
    """
    origin = session.scalar(select(Account.origin).where(Account.id == account_id))
    registrations.take_back_all(session, account_id)
    for own in own_children.of_account(session, account_id, today, whole=True):
        withdrawals.begin(session, account_id, f"close {own.child_id}", own, today, closes_account=True)
    line_links.forget(session, account_id)
    account_guardian.leave(session, account_id, today)
    if origin == "sms":
        sms_accounts.forget_person(session, account_id)
        for over in (ReviewReason.MISMATCH, ReviewReason.UNCHANGED, ReviewReason.GATEWAY):
            sms_reviews.settle_about(session, over, account_id, staff_id, "")
    accounts.close(session, account_id)
    citizen_sessions.end_all(session, account_id)
