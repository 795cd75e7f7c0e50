"""The part of the fan-out that reaches no family: mails to staff, and copies (控え) for those who keep one.

They come after the families' copies: an address that has the notice already gets no second mail.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, Select, Subquery, and_, false, func, insert, literal, or_, select, true, union
from sqlalchemy.orm import Session

from desktop.domain.mail import Lane
from desktop.domain.notices import Channel, CopyTo
from desktop.store import db
from desktop.store.deliveries.fan_out import DueNotice
from desktop.store.deliveries.rows import (
    approvals,
    deliveries,
    delivery_recipients,
    notices,
    recipients,
    school_copies,
    solo_releases,
    staff,
)

_HAS_MAIL = and_(staff.c.active.is_(True), staff.c.email.is_not(None))


def add_keepers(session: Session, notice: DueNotice) -> None:
    """Write down who keeps a copy: author and approver as far as they have an address, and the sender's addresses."""
    if people := [ids for to, ids in _persons(notice) if to in notice.copies]:
        who = union(*people).subquery("keepers")
        chosen = (
            select(
                literal(notice.id), literal("copy"), staff.c.id, literal(notice.school_id, recipients.c.school_id.type)
            )
            .join(who, who.c.staff_id == staff.c.id)
            .where(_HAS_MAIL)
        )
        columns = ["notice_id", "kind", "staff_id", "school_id"]
        session.execute(insert(recipients).from_select(columns, chosen, include_defaults=False))
    if CopyTo.SCHOOL in notice.copies:
        own = select(literal(notice.id), literal("copy"), school_copies.c.email, school_copies.c.school_id).where(
            _of_sender(notice), _was_known(notice)
        )
        columns = ["notice_id", "kind", "address", "school_id"]
        session.execute(insert(recipients).from_select(columns, own, include_defaults=False))
    db.touch(session, "recipients")


def _persons(notice: DueNotice) -> list[tuple[CopyTo, Select[int]]]:
    """The author, and whoever approved this version or let it out alone."""
    author = select(notices.c.author_id.label("staff_id")).where(notices.c.id == notice.id)
    approver = select(approvals.c.approver_id.label("staff_id")).where(
        approvals.c.notice_id == notice.id, approvals.c.edit == notice.edit
    )
    alone = select(solo_releases.c.staff_id).where(
        solo_releases.c.notice_id == notice.id, solo_releases.c.edit == notice.edit
    )
    return [(CopyTo.AUTHOR, author), (CopyTo.APPROVER, approver), (CopyTo.APPROVER, alone)]


def _was_known(notice: DueNotice) -> ColumnElement[bool]:
    """When this version was approved, or let out alone, the address stood there already."""
    approved = select(func.max(approvals.c.approved_at)).where(
        approvals.c.notice_id == notice.id, approvals.c.edit == notice.edit
    )
    alone = select(func.max(solo_releases.c.released_at)).where(
        solo_releases.c.notice_id == notice.id, solo_releases.c.edit == notice.edit
    )
    when = func.coalesce(approved.scalar_subquery(), alone.scalar_subquery(), school_copies.c.added_at)
    return or_(school_copies.c.added_at.is_(None), school_copies.c.added_at <= when)


def _of_sender(notice: DueNotice) -> ColumnElement[bool]:
    if notice.school_id is None:
        return school_copies.c.school_id.is_(None)
    return school_copies.c.school_id == notice.school_id


def add_mails(session: Session, notice: DueNotice, kind: str, languages: str, now: datetime) -> None:
    """A mail for each address of these recipients (`staff`, `copy`) that has none yet; copies are never urgent."""
    told = _addresses(notice.id, kind)
    has_one = (
        select(deliveries.c.id)
        .where(
            deliveries.c.notice_id == notice.id,
            deliveries.c.channel == Channel.EMAIL.value,
            deliveries.c.address == told.c.address,
            deliveries.c.variant == "",
        )
        .exists()
    )
    mails = (
        select(
            literal(notice.id),
            literal(Channel.EMAIL.value),
            told.c.address,
            literal(""),
            literal(kind),
            literal(languages),
            false(),
            func.coalesce(func.nullif(func.min(told.c.lane), ""), Lane.OTHER.value),
            true() if notice.urgent and kind == "staff" else false(),
            literal("due"),
            literal(notice.due_at, deliveries.c.due_at.type),
            literal(notice.useless_after, deliveries.c.useless_after.type),
            literal(0),
            literal(0),
            literal(now, deliveries.c.created_at.type),
        )
        .where(~has_one)
        .group_by(told.c.address)
    )
    columns = [
        *("notice_id", "channel", "address", "variant", "kind", "languages", "plain", "lane", "urgent", "state"),
        *("due_at", "useless_after", "attempts", "in_doubt_count", "created_at"),
    ]
    session.execute(insert(deliveries).from_select(columns, mails, include_defaults=False))
    db.touch(session, "deliveries")


def link(session: Session, notice_id: int, kind: str) -> None:
    """Say which mail each of these recipients gets, be it one that was made for a family."""
    told = _addresses(notice_id, kind)
    of_address = (
        select(deliveries.c.id)
        .where(
            deliveries.c.notice_id == notice_id,
            deliveries.c.channel == Channel.EMAIL.value,
            deliveries.c.address == told.c.address,
            deliveries.c.variant == "",
        )
        .correlate(told)
        .scalar_subquery()
    )
    reached = select(of_address.label("copy"), told.c.recipient).subquery("reached")
    served = select(reached.c.copy, reached.c.recipient).where(reached.c.copy.is_not(None))
    session.execute(insert(delivery_recipients).from_select(["delivery_id", "recipient_id"], served))
    db.touch(session, "delivery_recipients")


def _addresses(notice_id: int, kind: str) -> Subquery:
    """The recipients of this kind who have an address, each with it and its lane."""
    own_lane = (
        select(func.min(school_copies.c.lane)).where(school_copies.c.email == recipients.c.address).scalar_subquery()
    )
    return (
        select(
            recipients.c.id.label("recipient"),
            func.coalesce(staff.c.email, recipients.c.address).label("address"),
            func.coalesce(staff.c.lane, own_lane).label("lane"),
        )
        .select_from(recipients.outerjoin(staff, staff.c.id == recipients.c.staff_id))
        .where(
            recipients.c.notice_id == notice_id,
            recipients.c.kind == kind,
            recipients.c.child_id.is_(None),
            or_(recipients.c.address.is_not(None), _HAS_MAIL),
        )
        .subquery("told")
    )
