"""Copies that still wait for somebody who must not be written to any more, or not there, do not go out."""

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session

from desktop.domain.claims import ADDRESS_CHANGED, DO_NOT_CONTACT, State
from desktop.store import db
from desktop.store.deliveries.claims import end_unsent
from desktop.store.deliveries.rows import (
    contact_points,
    deliveries,
    delivery_recipients,
    guardian_schools,
    guardianships,
    recipients,
    staff,
    waiting_contacts,
)


def withhold(session: Session, guardian_id: int, reason: str = DO_NOT_CONTACT) -> int:
    """Cancel what waits for a guardian at addresses where nobody else may read it; says how much that was."""
    return _withhold(session, recipients.c.guardian_id == guardian_id, reason)


def withhold_staff(session: Session, staff_id: int) -> int:
    """The same for a member of staff who has left, or has another address now."""
    return _withhold(session, recipients.c.staff_id == staff_id, ADDRESS_CHANGED)


def _withhold(session: Session, whose: ColumnElement[bool], reason: str) -> int:
    """A copy that stands in a stored call to LINE is left to it: its body is the same on every retry."""
    theirs = (
        select(delivery_recipients.c.delivery_id)
        .join(recipients, recipients.c.id == delivery_recipients.c.recipient_id)
        .where(whose)
    )
    read = exists(
        select(recipients.c.id)
        .join(delivery_recipients, delivery_recipients.c.recipient_id == recipients.c.id)
        .where(delivery_recipients.c.delivery_id == deliveries.c.id, or_(_family(), _staff(), _school()))
        .correlate(deliveries)
    )
    waits = and_(deliveries.c.line_call_id.is_(None), deliveries.c.id.in_(theirs), ~read)
    return end_unsent(session, waits, State.CANCELLED, reason, db.now(session))


def _family() -> ColumnElement[bool]:
    """The recipient may be written to because of the child, or still waits for one, and still has this address."""
    has_address = exists(
        select(contact_points.c.id)
        .where(
            contact_points.c.guardian_id == recipients.c.guardian_id,
            contact_points.c.kind == deliveries.c.channel,
            contact_points.c.address == deliveries.c.address,
        )
        .correlate(recipients, deliveries)
    )
    bond = select(guardianships.c.id).where(
        guardianships.c.guardian_id == recipients.c.guardian_id, guardianships.c.do_not_contact.is_(False)
    )
    waits = exists(select(waiting_contacts.c.id).where(waiting_contacts.c.guardian_id == recipients.c.guardian_id))
    because = or_(
        exists(bond.where(guardianships.c.child_id == recipients.c.child_id)),
        and_(recipients.c.child_id.is_(None), or_(and_(waits, ~_barred()), exists(bond))),
    )
    return and_(has_address, because)


def _barred() -> ColumnElement[bool]:
    """The address is that of a guardian at the recipient's school who must not be contacted about any child."""
    allowed = guardianships.alias("allowed")
    return exists(
        select(contact_points.c.id)
        .join(guardianships, guardianships.c.guardian_id == contact_points.c.guardian_id)
        .join(guardian_schools, guardian_schools.c.guardian_id == contact_points.c.guardian_id)
        .where(
            contact_points.c.kind == deliveries.c.channel,
            contact_points.c.address == deliveries.c.address,
            guardian_schools.c.school_id == recipients.c.school_id,
            guardianships.c.do_not_contact,
            ~exists().where(allowed.c.guardian_id == guardianships.c.guardian_id, allowed.c.do_not_contact.is_(False)),
        )
        .correlate(recipients, deliveries)
    )


def _staff() -> ColumnElement[bool]:
    return exists(
        select(staff.c.id)
        .where(staff.c.id == recipients.c.staff_id, staff.c.active.is_(True), staff.c.email == deliveries.c.address)
        .correlate(recipients, deliveries)
    )


def _school() -> ColumnElement[bool]:
    return recipients.c.address == deliveries.c.address
