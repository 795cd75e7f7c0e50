"""Which children are where: the conditions that every question about the rosters is made of."""

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, or_, select, true
from sqlalchemy.orm import aliased

from desktop.domain.schools import day_in_year
from desktop.domain.staff import Places
from desktop.store.tables import (
    Child,
    Enrolment,
    Flag,
    GuardianSchool,
    Guardianship,
    Homeroom,
    Membership,
    Placement,
    WaitingContact,
)


def open_on(dated: Any, day: date) -> ColumnElement[bool]:
    """An enrolment, placement or membership holds on this day; both its first and its last day belong to it."""
    return and_(dated.from_date <= day, or_(dated.to_date.is_(None), dated.to_date >= day))


def enrolled_in(year: int, today: date) -> ColumnElement[bool]:
    """An enrolment is one of the year's, as it stands today (for another year: on its day nearest to today)."""
    return and_(Enrolment.year == year, open_on(Enrolment, day_in_year(today, year)))


def not_ended(today: date) -> ColumnElement[bool]:
    """An enrolment of any year that was not broken off: by it a school still knows the child."""
    return or_(Enrolment.to_date.is_(None), Enrolment.to_date >= today)


def within(places: Places) -> ColumnElement[bool]:
    """An enrolment lies in these places."""
    if places.everywhere:
        return true()
    placement, membership = aliased(Placement), aliased(Membership)
    conditions: list[ColumnElement[bool]] = []
    if places.schools:
        conditions.append(Enrolment.school_id.in_(places.schools))
    if places.homerooms:
        conditions.append(
            exists(
                select(placement.id).where(
                    placement.enrolment_id == Enrolment.id,
                    placement.to_date.is_(None),
                    placement.homeroom_id.in_(places.homerooms),
                )
            )
        )
    if places.groups:
        conditions.append(
            exists(
                select(membership.id).where(
                    membership.enrolment_id == Enrolment.id,
                    membership.to_date.is_(None),
                    membership.group_id.in_(places.groups),
                )
            )
        )
    return or_(*conditions) if conditions else false()


def child_visible(places: Places, today: date) -> ColumnElement[bool]:
    """A child whom somebody who may see these places may see."""
    return exists(select(Enrolment.id).where(Enrolment.child_id == Child.id, not_ended(today), within(places)))


def guardian_visible(guardian_id: Any, places: Places, today: date) -> ColumnElement[bool]:
    """A guardian of a child in these places, or one who waits for it there; whoever may see the whole city sees all."""
    if places.everywhere:
        return true()
    if not places.homerooms and not places.groups:
        return exists(
            select(GuardianSchool.guardian_id).where(
                GuardianSchool.guardian_id == guardian_id, GuardianSchool.school_id.in_(places.schools)
            )
        )
    tied = (
        select(Guardianship.id)
        .join(Enrolment, Enrolment.child_id == Guardianship.child_id)
        .where(Guardianship.guardian_id == guardian_id, not_ended(today), within(places))
    )
    waits = select(WaitingContact.id).where(WaitingContact.guardian_id == guardian_id, waits_in(places))
    return or_(exists(tied), exists(waits))


def waits_in(places: Places) -> ColumnElement[bool]:
    """A contact waits for its child in these places."""
    if places.everywhere:
        return true()
    conditions: list[ColumnElement[bool]] = []
    if places.schools:
        conditions.append(WaitingContact.school_id.in_(places.schools))
    if places.homerooms:
        conditions.append(WaitingContact.homeroom_id.in_(places.homerooms))
    if places.groups:
        conditions.append(WaitingContact.group_id.in_(places.groups))
    return or_(*conditions) if conditions else false()


def flag_in_force(today: date) -> ColumnElement[bool]:
    return and_(Flag.lifted_at.is_(None), or_(Flag.until_date.is_(None), Flag.until_date >= today))


def child_flagged(child_id: Any, today: date) -> ColumnElement[bool]:
    """The child or one of its guardians is marked 取扱注意."""
    link = aliased(Guardianship)
    own = select(Flag.id).where(Flag.child_id == child_id, flag_in_force(today))
    family = (
        select(Flag.id)
        .join(link, link.guardian_id == Flag.guardian_id)
        .where(link.child_id == child_id, flag_in_force(today))
    )
    return or_(exists(own), exists(family))


def placed(homeroom_id: int | None, grade_id: int | None, day: date) -> ColumnElement[bool]:
    """An enrolment has a class on this day: any, one of a grade, or this one (main, special and exchange alike)."""
    placement, homeroom = aliased(Placement), aliased(Homeroom)
    found = select(placement.id).where(placement.enrolment_id == Enrolment.id, open_on(placement, day))
    if homeroom_id is not None:
        found = found.where(placement.homeroom_id == homeroom_id)
    if grade_id is not None:
        found = found.join(homeroom, homeroom.id == placement.homeroom_id).where(homeroom.grade_id == grade_id)
    return exists(found)


def member_of(group_id: int, day: date) -> ColumnElement[bool]:
    membership = aliased(Membership)
    return exists(
        select(membership.id).where(
            membership.enrolment_id == Enrolment.id, membership.group_id == group_id, open_on(membership, day)
        )
    )
