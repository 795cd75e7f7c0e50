"""Copies that still wait for somebody who must not be written to any more do not go out."""

from sqlalchemy import and_, exists, select
from sqlalchemy.orm import Session

from desktop.domain.claims import DO_NOT_CONTACT, State
from desktop.store import db
from desktop.store.deliveries.claims import end_unsent
from desktop.store.deliveries.rows import deliveries, delivery_recipients, guardianships, recipients


def withhold(session: Session, guardian_id: int) -> int:
    """Cancel what waits for a guardian at addresses where nobody else may read it; says how much that was.

    A copy that stands in a stored call to LINE is left to it: its body is the same on every retry.
    """
    theirs = (
        select(delivery_recipients.c.delivery_id)
        .join(recipients, recipients.c.id == delivery_recipients.c.recipient_id)
        .where(recipients.c.guardian_id == guardian_id)
    )
    waits = and_(
        deliveries.c.line_call_id.is_(None),
        deliveries.c.id.in_(theirs),
        ~exists(
            select(recipients.c.id)
            .join(delivery_recipients, delivery_recipients.c.recipient_id == recipients.c.id)
            .join(
                guardianships,
                and_(
                    guardianships.c.child_id == recipients.c.child_id,
                    guardianships.c.guardian_id == recipients.c.guardian_id,
                    guardianships.c.do_not_contact.is_(False),
                ),
            )
            .where(delivery_recipients.c.delivery_id == deliveries.c.id)
            .correlate(deliveries)
        ),
    )
    return end_unsent(session, waits, State.CANCELLED, DO_NOT_CONTACT, db.now(session))
