"""Sending a notice again to whom it did not reach."""

from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    SQLColumnExpression,
    and_,
    case,
    exists,
    false,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session, aliased

from desktop.domain.claims import ADDRESS_CHANGED
from desktop.domain.mail import Lane
from desktop.domain.notices import COPY, Channel
from desktop.store import db
from desktop.store.audience_counts import usable
from desktop.store.deliveries.fan_out import learn_sizes
from desktop.store.tables import (
    ContactPoint,
    Delivery,
    DeliveryRecipient,
    Guardianship,
    Recipient,
    Staff,
    WaitingContact,
)

_LOST = or_(
    Delivery.state.in_(("failed", "bounced")),
    and_(Delivery.state == "cancelled", Delivery.reason == ADDRESS_CHANGED),
)
"""What certainly did not arrive. What is in doubt may have, and LINE must never say a thing twice."""


def resend(session: Session, notice_id: int, channels: list[str]) -> int:
    """Make what was lost due again; gives the number of messages.

    An address that works (again) gets its own copy once more. Where it does not, the same guardian's other addresses
    get one, if they have none yet: that is how a corrected address is served.
    """
    moment = db.now(session)
    learn_sizes(session, "deliveries", "delivery_recipients", "recipients")
    again = session.execute(
        update(Delivery)
        .where(Delivery.notice_id == notice_id, _LOST, _still_an_address())
        .values(
            state="due",
            due_at=moment,
            resent_at=moment,
            settled_at=None,
            stage=None,
            code=None,
            reason=None,
            line_call_id=None,
        ),
        execution_options={"synchronize_session": False},
    )
    count: int = again.rowcount  # type: ignore[attr-defined]  # an UPDATE's result has it
    last = session.scalar(select(func.max(Delivery.id))) or 0
    _add_copies(session, notice_id, channels, moment)
    _add_staff_mails(session, notice_id, moment)
    made = session.scalar(select(func.count()).where(Delivery.notice_id == notice_id, Delivery.id > last)) or 0
    if made:
        _link(session, notice_id, last)
    return count + made


def _still_an_address() -> ColumnElement[bool]:
    """The delivery's address is a usable contact point of somebody it serves, or where staff or the school read it."""
    return or_(_still_a_familys(), _still_of_staff())


def _still_of_staff() -> ColumnElement[bool]:
    return exists(
        select(Recipient.id)
        .join(DeliveryRecipient, DeliveryRecipient.recipient_id == Recipient.id)
        .outerjoin(Staff, Staff.id == Recipient.staff_id)
        .where(
            DeliveryRecipient.delivery_id == Delivery.id,
            or_(Recipient.address == Delivery.address, and_(Staff.active, Staff.email == Delivery.address)),
        )
    )


def _still_a_familys() -> ColumnElement[bool]:
    return exists(
        select(ContactPoint.id)
        .join(Recipient, Recipient.guardian_id == ContactPoint.guardian_id)
        .join(DeliveryRecipient, DeliveryRecipient.recipient_id == Recipient.id)
        .where(
            DeliveryRecipient.delivery_id == Delivery.id,
            ContactPoint.kind == Delivery.channel,
            ContactPoint.address == Delivery.address,
            usable(),
            _may_be_written_to(),
        )
    )


def _may_be_written_to() -> ColumnElement[bool]:
    """The recipient is still the child's guardian, and nobody has said since that they must not be contacted.

    A contact that was written to while it waited for its child still waits, or has been given one.
    """
    bond = select(Guardianship.child_id).where(
        Guardianship.guardian_id == Recipient.guardian_id, Guardianship.do_not_contact.is_(False)
    )
    waits = select(WaitingContact.id).where(WaitingContact.guardian_id == Recipient.guardian_id)
    return or_(
        exists(bond.where(Guardianship.child_id == Recipient.child_id)),
        and_(Recipient.child_id.is_(None), or_(exists(waits), exists(bond))),
    )


_COLUMNS = (
    *("notice_id", "channel", "address", "variant", "kind", "languages", "plain", "lane", "urgent", "state"),
    *("due_at", "useless_after", "attempts", "in_doubt_count", "created_at"),
)


def _add_copies(session: Session, notice_id: int, channels: list[str], moment: datetime) -> None:
    """Copies for the usable addresses of those whose own address was lost, in the languages of the lost one."""
    known = aliased(Delivery)
    has_one = exists(
        select(known.id).where(
            known.notice_id == notice_id, known.channel == ContactPoint.kind, known.address == ContactPoint.address
        )
    )
    lane = func.coalesce(func.nullif(func.min(ContactPoint.lane), ""), Lane.OTHER.value)
    copies = (
        select(
            literal(notice_id),
            ContactPoint.kind,
            ContactPoint.address,
            literal(""),
            literal("family"),
            func.min(Delivery.languages),
            func.max(_as_int(ContactPoint.plain_text_only)) == 1,
            lane,
            func.max(_as_int(Delivery.urgent)) == 1,
            literal("due"),
            literal(moment, Delivery.due_at.type),
            func.min(Delivery.useless_after),
            literal(0),
            literal(0),
            literal(moment, Delivery.created_at.type),
        )
        .select_from(Delivery)
        .join(DeliveryRecipient, DeliveryRecipient.delivery_id == Delivery.id)
        .join(Recipient, Recipient.id == DeliveryRecipient.recipient_id)
        .join(ContactPoint, ContactPoint.guardian_id == Recipient.guardian_id)
        .where(
            Delivery.notice_id == notice_id,
            _LOST,
            usable(),
            _may_be_written_to(),
            ContactPoint.kind.in_(channels),
            ~has_one,
        )
        .group_by(ContactPoint.kind, ContactPoint.address)
    )
    session.execute(insert(Delivery).from_select(_COLUMNS, copies, include_defaults=False))


def _add_staff_mails(session: Session, notice_id: int, moment: datetime) -> None:
    """Mails for staff whose mail was lost at an address that they no longer have."""
    known = aliased(Delivery)
    has_one = exists(
        select(known.id).where(
            known.notice_id == notice_id, known.channel == Channel.EMAIL.value, known.address == Staff.email
        )
    )
    languages = func.min(Delivery.languages)
    keeps = and_(func.max(Recipient.kind) == "copy", languages.not_like(f"%+{COPY}"))  # shared a family's mail
    mails = (
        select(
            literal(notice_id),
            literal(Channel.EMAIL.value),
            Staff.email,
            literal(""),
            func.max(Recipient.kind),  # one who is meant is no copy
            case((keeps, languages.concat(f"+{COPY}")), else_=languages),
            false(),
            func.coalesce(func.nullif(func.min(Staff.lane), ""), Lane.OTHER.value),
            func.max(_as_int(Delivery.urgent)) == 1,
            literal("due"),
            literal(moment, Delivery.due_at.type),
            func.min(Delivery.useless_after),
            literal(0),
            literal(0),
            literal(moment, Delivery.created_at.type),
        )
        .select_from(Delivery)
        .join(DeliveryRecipient, DeliveryRecipient.delivery_id == Delivery.id)
        .join(Recipient, Recipient.id == DeliveryRecipient.recipient_id)
        .join(Staff, Staff.id == Recipient.staff_id)
        .where(Delivery.notice_id == notice_id, _LOST, Staff.active, Staff.email.is_not(None), ~has_one)
        .group_by(Staff.email)
    )
    session.execute(insert(Delivery).from_select(_COLUMNS, mails, include_defaults=False))


def _as_int(flag: SQLColumnExpression[bool]) -> ColumnElement[int]:
    return case((flag, 1), else_=0)


def _link(session: Session, notice_id: int, last: int) -> None:
    """Say whom the copies made after delivery `last` serve: everybody of the notice who is reached at their address.

    The copy is looked up for each address in a subquery, as the fan-out does it and for the same reason.
    """
    learn_sizes(session, "deliveries")
    copy = (
        select(Delivery.id)
        .where(
            Delivery.notice_id == notice_id,
            Delivery.channel == ContactPoint.kind,
            Delivery.address == ContactPoint.address,
            Delivery.variant == "",
            Delivery.id > last,
        )
        .correlate(ContactPoint)
        .scalar_subquery()
    )
    reached = (
        select(copy.label("copy"), Recipient.id.label("recipient"))
        .join(ContactPoint, ContactPoint.guardian_id == Recipient.guardian_id)
        .where(Recipient.notice_id == notice_id, usable(), _may_be_written_to())
        .subquery("reached")
    )
    served = select(reached.c.copy, reached.c.recipient).where(reached.c.copy.is_not(None))
    session.execute(insert(DeliveryRecipient).from_select(["delivery_id", "recipient_id"], served))
    _link_staff(session, notice_id, last)


def _link_staff(session: Session, notice_id: int, last: int) -> None:
    served = (
        select(Delivery.id, Recipient.id)
        .join(Staff, and_(Staff.email == Delivery.address, Staff.active))
        .join(Recipient, and_(Recipient.staff_id == Staff.id, Recipient.notice_id == notice_id))
        .where(Delivery.notice_id == notice_id, Delivery.id > last, Delivery.channel == Channel.EMAIL.value)
    )
    session.execute(insert(DeliveryRecipient).from_select(["delivery_id", "recipient_id"], served))
