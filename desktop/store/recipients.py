"""For whom a notice went out, one line for each child and guardian, and what became of each.

Contacts that wait for their child are lines among the families'; staff and copies (控え) stand apart.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, case, distinct, exists, false, func, literal_column, or_, select, true
from sqlalchemy.orm import Session, aliased

from desktop.domain.notices import Channel
from desktop.domain.reports import RecipientRow
from desktop.store import search
from desktop.store.audience_others import first_addresses
from desktop.store.reports import ON_THE_WAY, Schools, got_at, numeric
from desktop.store.tables import (
    Child,
    Confirmation,
    ContactPoint,
    Delivery,
    DeliveryRecipient,
    Grade,
    Guardian,
    Guardianship,
    Homeroom,
    NoticeChild,
    Recipient,
    School,
    SearchKey,
    Staff,
)

Order = Literal["class", "name", "state"]

# Written out, not bound: both databases use a partial index only where they see its condition.
WAITS = (Recipient.child_id.is_(None), Recipient.kind == literal_column("'family'"))
"""A contact that waits for its child."""
IS_STAFF = (Recipient.staff_id.is_not(None), Recipient.kind == literal_column("'staff'"))
_OTHERS: Mapping[str, tuple[ColumnElement[bool], ...]] = {
    "waiting": WAITS,
    "staff": IS_STAFF,
    "copies": (Recipient.kind == literal_column("'copy'"), Recipient.child_id.is_(None)),
}
_IS_FAMILY = Recipient.kind == "family"

_BEST_FIRST = ("accepted", "leased", "due", "in_doubt", "bounced", "failed", "expired", "cancelled")


def ids(
    session: Session,
    notice_id: int,
    schools: Schools,
    *,
    homeroom_id: int | None = None,
    only: str = "all",
    typed: str = "",
    order: Order = "class",
) -> list[int]:
    """The recipients in order, by one statement.

    `only` is `all`, a state of deliveries (`due` takes in what is just being sent), `confirmed`, `unconfirmed`, or
    `unreached`: of children for whom no copy was made at all. All these are families; `waiting` are those of them
    without a child, `staff` and `copies` nobody's family.
    """
    if only in _OTHERS:
        return _other_ids(session, notice_id, schools, only, typed)
    statement = (
        select(Recipient.id)
        .outerjoin(Child, Child.id == Recipient.child_id)
        .outerjoin(
            NoticeChild,
            and_(NoticeChild.notice_id == Recipient.notice_id, NoticeChild.child_id == Recipient.child_id),
        )
        .outerjoin(School, School.id == Recipient.school_id)
        .outerjoin(Homeroom, Homeroom.id == NoticeChild.homeroom_id)
        .outerjoin(Grade, Grade.id == Homeroom.grade_id)
        .outerjoin(
            Guardianship,
            and_(Guardianship.child_id == Recipient.child_id, Guardianship.guardian_id == Recipient.guardian_id),
        )
        .where(
            Recipient.notice_id == notice_id,
            _IS_FAMILY,
            got_at(schools),
            _only(only),
            _typed(typed),
        )
        .order_by(*_order(order))
    )
    if homeroom_id is not None:
        statement = statement.where(NoticeChild.homeroom_id == homeroom_id)
    return list(session.scalars(statement))


def _other_ids(session: Session, notice_id: int, schools: Schools, only: str, typed: str) -> list[int]:
    """Contacts by their names, staff and copies by theirs; what has only an address stands last."""
    statement = (
        select(Recipient.id)
        .outerjoin(Guardian, Guardian.id == Recipient.guardian_id)
        .outerjoin(Staff, Staff.id == Recipient.staff_id)
        .where(Recipient.notice_id == notice_id, *_OTHERS[only], got_at(schools))
        .order_by(
            func.coalesce(Staff.name, func.nullif(Guardian.family_name, "")).is_(None),
            func.coalesce(Staff.name, Guardian.family_name, ""),
            Recipient.id,
        )
    )
    if only == "waiting":
        statement = statement.where(_typed(typed))
    elif typed.strip():
        wanted = typed.strip()
        statement = statement.where(
            or_(Staff.name.icontains(wanted, autoescape=True), Recipient.address.icontains(wanted, autoescape=True))
        )
    return list(session.scalars(statement))


def _only(only: str) -> ColumnElement[bool]:
    if only == "all":
        return true()
    if only == "unreached":
        return ~_any_copy_for_the_child()
    if only in {"confirmed", "unconfirmed"}:
        return _confirmed() if only == "confirmed" else ~_confirmed()
    states = ON_THE_WAY if only in ON_THE_WAY else (only,)
    return exists(
        select(Delivery.id)
        .join(DeliveryRecipient, DeliveryRecipient.delivery_id == Delivery.id)
        .where(DeliveryRecipient.recipient_id == Recipient.id, Delivery.state.in_(states))
    )


def _any_copy_for_the_child() -> ColumnElement[bool]:
    family = aliased(Recipient)
    own = select(DeliveryRecipient.delivery_id).where(DeliveryRecipient.recipient_id == Recipient.id)
    return or_(
        exists(own),
        exists(
            select(DeliveryRecipient.delivery_id)
            .join(family, family.id == DeliveryRecipient.recipient_id)
            .where(family.notice_id == Recipient.notice_id, family.child_id == Recipient.child_id)
        ),
    )


def _confirmed() -> ColumnElement[bool]:
    """Either parent's confirmation counts for the child, and so on both their lines."""
    family = aliased(Recipient)
    own = select(Confirmation.guardian_id).where(
        Confirmation.notice_id == Recipient.notice_id, Confirmation.guardian_id == Recipient.guardian_id
    )
    return or_(
        exists(own),
        exists(
            select(Confirmation.guardian_id)
            .join(
                family,
                and_(family.notice_id == Confirmation.notice_id, family.guardian_id == Confirmation.guardian_id),
            )
            .where(family.notice_id == Recipient.notice_id, family.child_id == Recipient.child_id)
        ),
    )


def _typed(typed: str) -> ColumnElement[bool]:
    """The child or the guardian is found by what was typed."""
    if not typed.strip():
        return true()
    key = search.query_key(typed)
    if not key:
        return false()

    def found(kind: str) -> Any:
        return select(SearchKey.ref).where(
            SearchKey.scope == search.CITY,
            SearchKey.key >= key,
            SearchKey.key < key + "\U0010ffff",
            SearchKey.kind == kind,
        )

    return or_(Recipient.child_id.in_(found("child")), Recipient.guardian_id.in_(found("guardian")))


def _order(order: Order) -> Sequence[Any]:
    name = (Child.family_name_kana, Child.given_name_kana, Recipient.child_id, Guardianship.position, Recipient.id)
    room = (
        Recipient.child_id.is_(None),
        School.name,
        Grade.position,
        Homeroom.position,
        *numeric(NoticeChild.student_number),
    )
    if order == "name":
        return (Recipient.child_id.is_(None), *name)
    return (_worst_first(), *room, *name) if order == "state" else (*room, *name)


def _worst_first() -> Any:
    """What is lost first, then what is open, then what arrived: by the best that became of each recipient."""
    rank = case((Delivery.state == "accepted", 3), (Delivery.state.in_(ON_THE_WAY), 2), else_=1)
    best = (
        select(func.max(rank))
        .join(DeliveryRecipient, DeliveryRecipient.delivery_id == Delivery.id)
        .where(DeliveryRecipient.recipient_id == Recipient.id)
        .scalar_subquery()
    )
    return func.coalesce(best, 0)


def counts(session: Session, notice_id: int, schools: Schools) -> Mapping[str, int]:
    """How many recipients each value of `only` shows; those that show none are left out."""
    seen_here = (Recipient.notice_id == notice_id, got_at(schools))
    mine = (*seen_here, _IS_FAMILY)
    shown = case((Delivery.state.in_(ON_THE_WAY), "due"), else_=Delivery.state)
    by_state = session.execute(
        select(shown.label("shown"), func.count(distinct(Recipient.id)))
        .join(DeliveryRecipient, DeliveryRecipient.recipient_id == Recipient.id)
        .join(Delivery, Delivery.id == DeliveryRecipient.delivery_id)
        .where(*mine)
        .group_by("shown")
    )
    found: dict[str, int] = {row[0]: row[1] for row in by_state}
    everyone = session.execute(
        select(
            func.count(),
            func.sum(case((_confirmed(), 1), else_=0)),
            func.sum(case((_any_copy_for_the_child(), 0), else_=1)),
        ).where(*mine)
    ).one()
    total, confirmed, unreached = (number or 0 for number in everyone)
    for name, conditions in _OTHERS.items():
        found[name] = session.scalar(select(func.count()).select_from(Recipient).where(*seen_here, *conditions)) or 0
    found |= {"all": total, "confirmed": confirmed, "unconfirmed": total - confirmed, "unreached": unreached}
    return {name: number for name, number in found.items() if number}


@dataclass(frozen=True, slots=True)
class _Sent:
    """The best that became of one channel for one recipient."""

    state: str = ""
    reason: str = ""
    at: datetime | None = None
    shared: bool = False


def rows(session: Session, recipient_ids: Sequence[int], schools: Schools) -> list[RecipientRow]:
    """The recipients in the order of the ids, without those that may not be seen; a fixed number of statements."""
    found = session.execute(
        select(Recipient, Child, Guardian, NoticeChild.student_number, Homeroom.label, _confirmed(), Staff.name)
        .outerjoin(Child, Child.id == Recipient.child_id)
        .outerjoin(Guardian, Guardian.id == Recipient.guardian_id)
        .outerjoin(Staff, Staff.id == Recipient.staff_id)
        .outerjoin(
            NoticeChild,
            and_(NoticeChild.notice_id == Recipient.notice_id, NoticeChild.child_id == Recipient.child_id),
        )
        .outerjoin(Homeroom, Homeroom.id == NoticeChild.homeroom_id)
        .where(Recipient.id.in_(recipient_ids), got_at(schools))
    ).all()
    sent = _sent(session, recipient_ids)
    stopped = _line_stopped(session, {guardian.id for _, _, guardian, *_ in found if guardian})
    addresses = first_addresses(session, [row[2].id for row in found if row[2] and not row[1]])
    lines = {row[0].id: _row(row, sent, stopped, addresses) for row in found}
    return [lines[id_] for id_ in recipient_ids if id_ in lines]


def _row(
    row: Any, sent: Mapping[tuple[int, str], _Sent], stopped: set[int], addresses: Mapping[int, str]
) -> RecipientRow:
    recipient, child, guardian, number, homeroom, confirmed, staff = row
    title = _name(child.family_name, child.given_name) if child else ""
    parent = _name(guardian.family_name, guardian.given_name) if guardian else ""
    nothing = _Sent()
    mail = sent.get((recipient.id, Channel.EMAIL.value), nothing)
    line = sent.get((recipient.id, Channel.LINE.value), nothing)
    return RecipientRow(
        id=recipient.id,
        child_id=recipient.child_id or 0,
        child=title,
        child_kana=_name(child.family_name_kana, child.given_name_kana) if child else "",
        homeroom=homeroom or "",
        student_number=number or "",
        guardian_id=recipient.guardian_id,
        guardian=parent,
        email_state=mail.state,
        email_reason=mail.reason,
        email_at=mail.at,
        line_state=line.state,
        line_reason=line.reason,
        line_at=line.at,
        line_stopped=recipient.guardian_id in stopped,
        confirmed=bool(confirmed),
        shared_address=mail.shared or line.shared,
        kind="waiting" if recipient.kind == "family" and not child else recipient.kind,
        name=title or staff or parent or recipient.address or addresses.get(recipient.guardian_id, ""),
    )


def _name(family: str, given: str) -> str:
    return f"{family} {given}".strip()


def _sent(session: Session, recipient_ids: Sequence[int]) -> dict[tuple[int, str], _Sent]:
    """By recipient and channel; of several addresses the one that fared best."""
    other = aliased(DeliveryRecipient)
    family = aliased(Recipient)
    readers = (
        select(func.count(distinct(family.guardian_id)))
        .join(other, other.recipient_id == family.id)
        .where(other.delivery_id == Delivery.id)
        .scalar_subquery()
    )
    found: Iterable[Any] = session.execute(
        select(
            DeliveryRecipient.recipient_id,
            Delivery.channel,
            Delivery.state,
            Delivery.reason,
            Delivery.settled_at,
            readers,
        )
        .join(Delivery, Delivery.id == DeliveryRecipient.delivery_id)
        .where(DeliveryRecipient.recipient_id.in_(recipient_ids))
    )
    best: dict[tuple[int, str], _Sent] = {}
    for recipient, channel, state, reason, at, readers_count in found:
        known = best.get((recipient, channel))
        if known is None or _BEST_FIRST.index(state) < _BEST_FIRST.index(known.state):
            best[recipient, channel] = _Sent(state, reason or "", at, readers_count > 1)
    return best


def _line_stopped(session: Session, guardian_ids: set[int]) -> set[int]:
    return set(
        session.scalars(
            select(ContactPoint.guardian_id).where(
                ContactPoint.guardian_id.in_(guardian_ids),
                ContactPoint.kind == Channel.LINE.value,
                ContactPoint.suppressed_reason.is_not(None),
            )
        )
    )
