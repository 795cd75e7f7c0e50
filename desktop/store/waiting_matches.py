"""Contacts that wait for their child while a guardian with their address stands beside a child of the same place."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, not_, or_, select
from sqlalchemy.orm import Session, aliased

from desktop.domain.schools import school_year
from desktop.domain.staff import Places
from desktop.domain.waiting_contacts import WaitingMatch
from desktop.store.enrolled import open_on, waits_in, within
from desktop.store.planning import unindexed
from desktop.store.tables import (
    Child,
    ContactPoint,
    Enrolment,
    Group,
    Guardian,
    Guardianship,
    Homeroom,
    Membership,
    Placement,
    WaitingContact,
)
from desktop.store.waiting_contacts import addresses_of


@dataclass(frozen=True, slots=True)
class _Pair:
    waiting_guardian: int
    guardian: int
    shown: WaitingMatch


def matches(session: Session, places: Places, today: date) -> list[WaitingMatch]:
    """One for each contact of these places; of several guardians it may be, the first."""
    pairs = list(_pairs(session, places, today))
    guardians = {each.waiting_guardian for each in pairs} | {each.guardian for each in pairs}
    addresses = addresses_of(session, guardians)
    found: dict[int, WaitingMatch] = {}
    for pair in pairs:
        if addresses[pair.waiting_guardian] <= addresses[pair.guardian]:
            found.setdefault(pair.shown.waiting_id, pair.shown)
    return list(found.values())


def _pairs(session: Session, places: Places, today: date) -> Iterator[_Pair]:
    """Every contact with every guardian there who has one of its addresses."""
    own, theirs, guardian = aliased(ContactPoint), aliased(ContactPoint), aliased(Guardian)
    rows = session.execute(
        select(
            WaitingContact.id,
            Guardian.id,
            guardian.id,
            own.address,
            func.coalesce(Homeroom.label, Group.name, ""),
            *_name(Guardian),
            *_name(guardian),
            *_name(Child),
        )
        .join(Guardian, Guardian.id == WaitingContact.guardian_id)
        .join(own, own.guardian_id == WaitingContact.guardian_id)
        .join(theirs, and_(theirs.kind == own.kind, theirs.address == own.address))
        .join(guardian, guardian.id == theirs.guardian_id)
        .join(Guardianship, Guardianship.guardian_id == guardian.id)
        .join(Child, Child.id == Guardianship.child_id)
        .join(Enrolment, _is_there(today))
        .outerjoin(Homeroom, Homeroom.id == WaitingContact.homeroom_id)
        .outerjoin(Group, Group.id == WaitingContact.group_id)
        .where(
            WaitingContact.year == school_year(today),
            guardian.id != WaitingContact.guardian_id,
            waits_in(places),
            within(places),
            not_(exists(_barred(own))),
        )
        .order_by(WaitingContact.id, Guardianship.position, guardian.id, Child.id)
    )
    for waiting_id, waits, knows, address, place, *names in rows:
        title, known, child = (" ".join(names[at : at + 2]).strip() for at in (0, 2, 4))
        yield _Pair(waits, knows, WaitingMatch(waiting_id, title or address, place, known, child))


def _name(person: Any) -> tuple[Any, Any]:
    return person.family_name, person.given_name


def _is_there(today: date) -> ColumnElement[bool]:
    """The child's enrolment lies where the contact waits: in its class, its group, or at its school alone.

    One comes to it from the address and its guardian, not through all the children of the school.
    """
    placed = exists(
        select(Placement.id).where(
            Placement.enrolment_id == Enrolment.id,
            Placement.homeroom_id == WaitingContact.homeroom_id,
            open_on(Placement, today),
        )
    )
    member = exists(
        select(Membership.id).where(
            Membership.enrolment_id == Enrolment.id,
            Membership.group_id == WaitingContact.group_id,
            open_on(Membership, today),
        )
    )
    return and_(
        Enrolment.child_id == Child.id,
        unindexed(Enrolment.school_id) == WaitingContact.school_id,
        unindexed(Enrolment.year) == WaitingContact.year,
        open_on(Enrolment, today),
        or_(WaitingContact.homeroom_id.is_(None), placed),
        or_(WaitingContact.group_id.is_(None), member),
    )


def _barred(own: Any) -> Any:
    """Somebody who must not be contacted about the child has the contact's address."""
    bond, point = aliased(Guardianship), aliased(ContactPoint)
    return (
        select(bond.id)
        .join(point, point.guardian_id == bond.guardian_id)
        .where(bond.child_id == Child.id, bond.do_not_contact, point.kind == own.kind, point.address == own.address)
    )


def all_match(session: Session, waiting_ids: Collection[int], places: Places, today: date) -> bool:
    """Whether all of these still are matches in these places."""
    return set(waiting_ids) <= {each.waiting_id for each in matches(session, places, today)}
