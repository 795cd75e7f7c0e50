"""Whom an audience means besides children: staff, and contacts that wait for their child, one by one."""

from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import and_, exists, func, select
from sqlalchemy.orm import Session

from desktop.domain.notices import Channel
from desktop.domain.reports import AudienceOther
from desktop.domain.schools import school_year
from desktop.store.audience import Meant
from desktop.store.audience_counts import Only, of_channels, usable
from desktop.store.places import granted_on
from desktop.store.tables import ContactPoint, Group, Guardian, Homeroom, RoleGrant, School, Staff, WaitingContact


def others(
    session: Session, meant: Meant, channels: Collection[Channel], today: date, *, only: Only = "all", limit: int = 500
) -> list[AudienceOther]:
    """Staff by name, then waiting contacts by place; a fixed number of statements."""
    staff = _staff(session, meant, today, only, limit)
    return staff + _waiting(session, meant, channels, today, only, limit - len(staff))


def _staff(session: Session, meant: Meant, today: date, only: Only, limit: int) -> list[AudienceOther]:
    who = meant.staff.subquery("who_works")
    statement = select(Staff.id, Staff.name, Staff.email).join(who, who.c.staff_id == Staff.id)
    if only == "unreached":
        statement = statement.where(Staff.email.is_(None))
    rows = session.execute(statement.order_by(Staff.name, Staff.id).limit(limit)).all()
    schools: dict[int, list[str]] = {}
    named = session.execute(
        select(RoleGrant.staff_id, School.name)
        .distinct()
        .join(School, School.id == RoleGrant.school_id)
        .where(RoleGrant.staff_id.in_([row.id for row in rows]), granted_on(today))
        .order_by(School.name)
    )
    for staff_id, school in named:
        schools.setdefault(staff_id, []).append(school)
    return [
        AudienceOther("staff", row.id, row.name, ", ".join(schools.get(row.id, [])), bool(row.email)) for row in rows
    ]


def _waiting(
    session: Session, meant: Meant, channels: Collection[Channel], today: date, only: Only, limit: int
) -> list[AudienceOther]:
    who = meant.waiting.subquery("who_waits")
    reached = exists(
        select(ContactPoint.id).where(ContactPoint.guardian_id == Guardian.id, usable(), of_channels(channels))
    )
    statement = select(Guardian.id, Guardian.family_name, Guardian.given_name, reached).join(
        who, who.c.guardian_id == Guardian.id
    )
    if only == "unreached":
        statement = statement.where(~reached)
    rows = session.execute(statement.order_by(Guardian.id).limit(max(limit, 0))).all()
    ids = [row[0] for row in rows]
    places, addresses = _places(session, ids, today), first_addresses(session, ids)
    return [
        AudienceOther(
            "waiting",
            id_,
            f"{family} {given}".strip() or addresses.get(id_, ""),
            ", ".join(places.get(id_, ())),
            bool(is_reached),
        )
        for id_, family, given, is_reached in rows
    ]


def _places(session: Session, guardian_ids: Sequence[int], today: date) -> dict[int, tuple[str, ...]]:
    rows = session.execute(
        select(WaitingContact.guardian_id, func.coalesce(Homeroom.label, Group.name, School.name))
        .join(School, School.id == WaitingContact.school_id)
        .outerjoin(Homeroom, Homeroom.id == WaitingContact.homeroom_id)
        .outerjoin(Group, Group.id == WaitingContact.group_id)
        .where(WaitingContact.guardian_id.in_(guardian_ids), WaitingContact.year == school_year(today))
        .order_by(WaitingContact.id)
    )
    places: dict[int, tuple[str, ...]] = {}
    for guardian_id, place in rows:
        places[guardian_id] = (*places.get(guardian_id, ()), place)
    return places


def first_addresses(session: Session, guardian_ids: Sequence[int]) -> dict[int, str]:
    """One address of each, by which they are known where they have no name."""
    rows = session.execute(
        select(ContactPoint.guardian_id, func.min(ContactPoint.address))
        .where(and_(ContactPoint.guardian_id.in_(guardian_ids), ContactPoint.kind.in_(("email", "phone"))))
        .group_by(ContactPoint.guardian_id)
    )
    return {row[0]: row[1] for row in rows}
