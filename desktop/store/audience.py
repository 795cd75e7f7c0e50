"""Whom an audience means now, as SQL: children, contacts that wait for their child, and staff.

A child is meant through an open enrolment of the school year that today lies in: a part is looked up among the
grades, classes and groups of that year, and main, special and exchange classes all count as being in the class.
Both the first and the last day of an enrolment, placement or membership belong to it. A contact that waits for its
child is meant wherever it waits, in the same school year, but not at the address of a guardian of that school who must
not be contacted. Staff are meant by a grant that holds today.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, literal_column, or_, select, true, tuple_, union
from sqlalchemy.orm import Session, aliased

from desktop.domain.audience import CITY_OFFICE, EVERYWHERE, Audience, PartKind
from desktop.domain.schools import school_year
from desktop.domain.staff import ScopeKind
from desktop.store.places import Place, enrolled_on, granted_on, open_on, resolve
from desktop.store.tables import (
    Child,
    Confirmation,
    ContactPoint,
    Enrolment,
    GuardianSchool,
    Guardianship,
    Homeroom,
    Membership,
    NoticeChild,
    Placement,
    Recipient,
    RoleGrant,
    School,
    Staff,
    WaitingContact,
)

Children = Select[int]
"""A statement whose only column is `child_id`, each child once."""


@dataclass(frozen=True, slots=True)
class Meant:
    """Whom a rule means, nobody twice: `child_id`; `guardian_id` of contacts that wait for a child; `staff_id`."""

    children: Children
    waiting: Select[int]
    staff: Select[int]

    @property
    def names_staff(self) -> bool:
        """Whether the rule can mean any member of staff."""
        return self.staff is not _STAFF.nobody


def audience_select(session: Session, audience: Audience, today: date) -> Children:
    """The children whom an audience means on `today`, for a subquery or an INSERT … SELECT.

    Parts that stand for nothing mean nobody (`unknown_parts` names them).
    """
    return meant(session, audience, today).children


def meant(session: Session, audience: Audience, today: date) -> Meant:
    """Everybody whom an audience means on `today`."""
    places = resolve(session, [*audience.include, *audience.exclude], today)
    return meant_of(
        [places[part] for part in audience.include if part in places],
        [places[part] for part in audience.exclude if part in places],
        today,
    )


def meant_of(include: Sequence[Place], exclude: Sequence[Place], today: date) -> Meant:
    """Everybody of any included place who is in no excluded one."""
    return Meant(
        children_of(include, exclude, today),
        _without(include, exclude, today, _WAITING),
        _without(include, exclude, today, _STAFF),
    )


def children_of(include: Sequence[Place], exclude: Sequence[Place], today: date) -> Children:
    """The children of any included place that are in no excluded one."""
    return _without(include, exclude, today, _CHILDREN)


# From ids to people


@dataclass(frozen=True, slots=True)
class _People:
    """Children, waiting contacts or staff: their column, and who of them the places of one kind mean (None: nobody)."""

    column: str
    nobody: Select[int]
    of_kind: Callable[[PartKind, Sequence[Place], date], Select[int] | None]


def _without(include: Sequence[Place], exclude: Sequence[Place], today: date, people: _People) -> Select[int]:
    selected = _any_of(include, today, people)
    if selected is None:
        return people.nobody
    meant = selected.subquery("meant")
    outside = _any_of(exclude, today, people)
    if outside is None:
        return select(meant.c[people.column])
    left_out = outside.subquery("left_out")
    rest = select(meant.c[people.column]).except_(select(left_out.c[people.column])).subquery("rest")
    return select(rest.c[people.column])


def _any_of(places: Sequence[Place], today: date, people: _People) -> Any:
    """The union of the places' people: one SELECT a kind, however many places there are, and one for each list that
    leaves somebody out. None where these places cannot mean anybody of the kind.
    """
    by_kind: dict[PartKind, list[Place]] = {}
    selects: list[Select[int]] = []
    for place in places:
        if place.part.kind is PartKind.LIST and place.exclude:
            selects.append(_without(place.include, place.exclude, today, people))
            continue
        for leaf in place.leaves:
            by_kind.setdefault(leaf.part.kind, []).append(leaf)
    selects += [found for kind, named in by_kind.items() if (found := people.of_kind(kind, named, today)) is not None]
    if not selects:
        return None
    return union(*selects) if len(selects) > 1 else selects[0].distinct()


def _children_of_kind(kind: PartKind, places: Sequence[Place], today: date) -> Children | None:
    if kind is PartKind.STAFF:
        return None
    enrolled = select(Enrolment.child_id).where(enrolled_on(today))
    refs = {place.ref for place in places if place.ref is not None}
    if kind in {PartKind.GRADE, PartKind.HOMEROOM, PartKind.GROUP}:
        return _inside_schools(kind, enrolled, places, refs, today)
    if kind is PartKind.TYPE:
        kinds = {place.part.ref for place in places}
        return enrolled.join(School, School.id == Enrolment.school_id).where(School.kind.in_(kinds))
    narrowed: dict[PartKind, ColumnElement[bool]] = {
        PartKind.CITY: true(),
        PartKind.SCHOOL: Enrolment.school_id.in_(refs),
        PartKind.CHILD: Enrolment.child_id.in_(refs),
        PartKind.UNCONFIRMED: Enrolment.child_id.in_(_without_confirmation(refs)),
    }
    return enrolled.where(narrowed[kind])


def _inside_schools(
    kind: PartKind, enrolled: Children, places: Sequence[Place], refs: set[int], today: date
) -> Children:
    """Naming the schools leads both databases in by the index on enrolments; that of placements is partial."""
    schools = frozenset[int]().union(*(place.school_ids or () for place in places))
    enrolled = enrolled.where(Enrolment.school_id.in_(schools))
    if kind is PartKind.GROUP:
        members = enrolled.join(Membership, Membership.enrolment_id == Enrolment.id)
        return members.where(Membership.group_id.in_(refs), open_on(Membership, today))
    placed = enrolled.join(Placement, Placement.enrolment_id == Enrolment.id).where(open_on(Placement, today))
    if kind is PartKind.HOMEROOM:
        return placed.where(Placement.homeroom_id.in_(refs))
    return placed.join(Homeroom, Homeroom.id == Placement.homeroom_id).where(Homeroom.grade_id.in_(refs))


def _without_confirmation(notice_ids: set[int]) -> Children:
    """Children of these notices for whom none of the guardians written to has confirmed."""
    confirmed = (
        select(Recipient.child_id)
        .join(
            Confirmation,
            and_(Confirmation.notice_id == Recipient.notice_id, Confirmation.guardian_id == Recipient.guardian_id),
        )
        .where(Recipient.notice_id == NoticeChild.notice_id, Recipient.child_id == NoticeChild.child_id)
    )
    return select(NoticeChild.child_id).where(NoticeChild.notice_id.in_(notice_ids), ~confirmed.exists())


def _waiting_of_kind(kind: PartKind, places: Sequence[Place], today: date) -> Select[int] | None:
    at_school = tuple_(WaitingContact.school_id, WaitingContact.guardian_id)
    waiting = select(WaitingContact.guardian_id).where(
        WaitingContact.year == school_year(today), at_school.not_in(_barred())
    )
    refs = {place.ref for place in places if place.ref is not None}
    if kind is PartKind.TYPE:
        kinds = {place.part.ref for place in places}
        return waiting.join(School, School.id == WaitingContact.school_id).where(School.kind.in_(kinds))
    if kind is PartKind.GRADE:
        return waiting.join(Homeroom, Homeroom.id == WaitingContact.homeroom_id).where(Homeroom.grade_id.in_(refs))
    narrowed: dict[PartKind, ColumnElement[bool]] = {
        PartKind.CITY: true(),
        PartKind.SCHOOL: WaitingContact.school_id.in_(refs),
        PartKind.HOMEROOM: WaitingContact.homeroom_id.in_(refs),
        PartKind.GROUP: WaitingContact.group_id.in_(refs),
        PartKind.UNCONFIRMED: WaitingContact.guardian_id.in_(_waiting_without_confirmation(refs)),
    }
    return waiting.where(narrowed[kind]) if kind in narrowed else None


@cache
def _barred() -> Select[int, int]:
    """Schools, and contacts with the address of a guardian there who must not be contacted about any child.

    It asks about nobody in particular, so that databases work it out once, from the few such guardians. It is always
    the same, and to put it together takes longer than most databases take to answer it.
    """
    theirs, own, other = aliased(ContactPoint), aliased(ContactPoint), aliased(Guardianship)
    allowed = exists(
        select(other.id).where(other.guardian_id == Guardianship.guardian_id, other.do_not_contact.is_(False))
    )
    return (
        select(GuardianSchool.school_id, own.guardian_id)
        .select_from(Guardianship)
        .join(GuardianSchool, GuardianSchool.guardian_id == Guardianship.guardian_id)
        .join(theirs, theirs.guardian_id == Guardianship.guardian_id)
        .join(own, and_(own.kind == theirs.kind, own.address == theirs.address))
        .where(Guardianship.do_not_contact, ~allowed)
    )


def _waiting_without_confirmation(notice_ids: set[int]) -> Select[int | None]:
    confirmed = select(Confirmation.guardian_id).where(
        Confirmation.notice_id == Recipient.notice_id, Confirmation.guardian_id == Recipient.guardian_id
    )
    return select(Recipient.guardian_id).where(
        Recipient.notice_id.in_(notice_ids),
        Recipient.child_id.is_(None),
        Recipient.kind == literal_column("'family'"),
        ~confirmed.exists(),
    )


def _staff_of_kind(kind: PartKind, places: Sequence[Place], today: date) -> Select[int] | None:
    if kind is not PartKind.STAFF:
        return None
    refs = {place.ref for place in places if place.ref is not None}
    wide = {place.part.school for place in places if place.ref is None}
    where: list[ColumnElement[bool]] = [RoleGrant.school_id.in_(refs)] if refs else []
    if CITY_OFFICE in wide:
        where.append(RoleGrant.scope_kind == ScopeKind.CITY.value)
    if EVERYWHERE in wide:
        where.append(true())
    return (
        select(Staff.id.label("staff_id"))
        .join(RoleGrant, RoleGrant.staff_id == Staff.id)
        .where(Staff.active, granted_on(today), or_(*where))
    )


_CHILDREN = _People("child_id", select(Child.id.label("child_id")).where(false()), _children_of_kind)
_WAITING = _People("guardian_id", select(WaitingContact.guardian_id).where(false()), _waiting_of_kind)
_STAFF = _People("staff_id", select(Staff.id.label("staff_id")).where(false()), _staff_of_kind)
