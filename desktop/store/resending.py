"""Sending a notice again to whom it did not reach."""

from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    SQLColumnExpression,
    case,
    exists,
    func,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.orm import Session, aliased

from desktop.domain.mail import Lane
from desktop.store import db
from desktop.store.audience_counts import usable
from desktop.store.deliveries.fan_out import learn_sizes
from desktop.store.tables import ContactPoint, Delivery, DeliveryRecipient, Guardianship, Recipient

_LOST = ("failed", "bounced")
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
        .where(Delivery.notice_id == notice_id, Delivery.state.in_(_LOST), _still_an_address())
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
    return count + _add_copies(session, notice_id, channels, moment)


def _still_an_address() -> ColumnElement[bool]:
    """The delivery's address is a usable contact point of somebody it serves."""
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
    """The recipient is still the child's guardian, and nobody has said since that they must not be contacted."""
    return exists(
        select(Guardianship.child_id).where(
            Guardianship.child_id == Recipient.child_id,
            Guardianship.guardian_id == Recipient.guardian_id,
            Guardianship.do_not_contact.is_(False),
        )
    )


def _add_copies(session: Session, notice_id: int, channels: list[str], moment: datetime) -> int:
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
            Delivery.state.in_(_LOST),
            usable(),
            _may_be_written_to(),
            ContactPoint.kind.in_(channels),
            ~has_one,
        )
        .group_by(ContactPoint.kind, ContactPoint.address)
    )
    names = [
        *("notice_id", "channel", "address", "variant", "languages", "plain", "lane", "urgent", "state"),
        *("due_at", "useless_after", "attempts", "in_doubt_count", "created_at"),
    ]
    last = session.scalar(select(func.max(Delivery.id))) or 0
    session.execute(insert(Delivery).from_select(names, copies, include_defaults=False))
    made = select(func.count()).where(Delivery.notice_id == notice_id, Delivery.id > last)
    count = session.scalar(made) or 0
    if count:
        _link(session, notice_id, last)
    return count


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
