"""Contact points as others report on them: mails that came back, LINE accounts that left."""

from collections.abc import Iterable

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from desktop.store import db
from desktop.store.tables import ContactPoint


def suppress(session: Session, kind: str, addresses: Iterable[str], reason: str) -> int:
    """Stop using these addresses; ones that are stopped already keep their reason. Says how many were stopped."""
    stopped = 0
    for address in addresses:
        done = session.execute(
            update(ContactPoint)
            .where(ContactPoint.kind == kind, ContactPoint.address == address)
            .where(ContactPoint.suppressed_reason.is_(None))
            .values(suppressed_reason=reason, suppressed_at=db.now(session), version=ContactPoint.version + 1)
            .returning(ContactPoint.id)
        )
        stopped += len(done.all())
    return stopped


def set_plain(session: Session, addresses: Iterable[str]) -> int:
    """These mail addresses are of telephones that show plain text only. Says how many were changed."""
    ids = [
        contact_id
        for address in addresses
        for contact_id in session.scalars(
            select(ContactPoint.id).where(
                ContactPoint.kind == "email", ContactPoint.address == address, ~ContactPoint.plain_text_only
            )
        )
    ]
    for contact_id in ids:
        session.execute(
            update(ContactPoint)
            .where(ContactPoint.id == contact_id)
            .values(plain_text_only=True, version=ContactPoint.version + 1)
        )
    return len(ids)


def use_again(session: Session, kind: str, address: str, reason: str) -> int:
    """Use an address again that was stopped for this reason alone. Says how many contact points it was."""
    freed = session.execute(
        update(ContactPoint)
        .where(ContactPoint.kind == kind, ContactPoint.address == address, ContactPoint.suppressed_reason == reason)
        .values(suppressed_reason=None, suppressed_at=None, version=ContactPoint.version + 1)
        .returning(ContactPoint.id)
    )
    return len(freed.all())
