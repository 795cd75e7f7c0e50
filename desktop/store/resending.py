"""Sending a notice again to whom it did not reach."""

from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    SQLColumnExpression,
    and_,
    case,
    exists,
    func,
    insert,
    literal,
    null,
    select,
    update,
)
from sqlalchemy.orm import Session, aliased

from desktop.domain.mail import Lane
from desktop.store import db
from desktop.store.audience_counts import usable
from desktop.store.tables import ContactPoint, Delivery, DeliveryRecipient, Recipient

_LOST = ("failed", "bounced")
"""What certainly did not arrive. What is in doubt may have, and LINE must never say a thing twice."""


def resend(session: Session, notice_id: int, channels: list[str]) -> int:
    """Make what was lost due again; gives the number of messages.

    An address that works (again) gets its own copy once more. Where it does not, the same guardian's other addresses
    get one, if they have none yet: that is how a corrected address is served.
    """
    moment = db.now(session)
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
            ContactPoint.kind.in_(channels),
            ~has_one,
        )
        .group_by(ContactPoint.kind, ContactPoint.address)
    )
    names = [
        *("notice_id", "channel", "address", "variant", "languages", "plain", "lane", "urgent", "state"),
        *("due_at", "useless_after", "attempts", "in_doubt_count", "created_at"),
    ]
    session.execute(insert(Delivery).from_select(names, copies, include_defaults=False))
    return _link(session, notice_id)


def _as_int(flag: SQLColumnExpression[bool]) -> ColumnElement[int]:
    return case((flag, 1), else_=0)


def _link(session: Session, notice_id: int) -> int:
    """Say whom the added copies serve: everybody of the notice who is reached at their address; gives their number."""
    added = and_(
        Delivery.notice_id == notice_id,
        ~exists(select(null()).where(DeliveryRecipient.delivery_id == Delivery.id)),
    )
    count = session.scalar(select(func.count()).where(added)) or 0
    served = (
        select(Delivery.id, Recipient.id)
        .join(Recipient, Recipient.notice_id == Delivery.notice_id)
        .join(
            ContactPoint,
            and_(
                ContactPoint.guardian_id == Recipient.guardian_id,
                ContactPoint.kind == Delivery.channel,
                ContactPoint.address == Delivery.address,
            ),
        )
        .where(added, usable())
    )
    session.execute(insert(DeliveryRecipient).from_select(["delivery_id", "recipient_id"], served))
    return count
