"""Carrying out what a guardian asked for about a child that is theirs: a change of its data, or its withdrawal.

Only what the guardian changed is written: whatever else somebody wrote into the roster meanwhile stays.
"""

from datetime import date
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from desktop.domain.errors import UserError
from desktop.domain.own_children import CHILD_FIELDS, texts_of
from desktop.domain.registrations import Kind
from desktop.domain.schools import day_in_year
from desktop.store import audit, family_writing, leaving, people_writing, registrations
from desktop.store.tables import Account, Child, Enrolment, Guardianship, Homeroom, Membership, Registration


def agree(session: Session, row: Registration, account: Account, today: date) -> int:
    """Do it; the child it was about. Raises UserError("not_found") for a child that is theirs no longer."""
    child_id = row.about_child_id or 0
    bond = session.scalar(
        select(Guardianship)
        .where(Guardianship.child_id == child_id, Guardianship.guardian_id == account.guardian_id)
        .with_for_update()
    )
    if row.kind == Kind.WITHDRAWAL.value:
        if bond is not None:
            family_writing.remove_bond(session, bond.id, today)
        return child_id
    if bond is None:
        raise UserError("not_found")
    changed = _change_child(session, row, child_id) + _change_relationship(session, row, bond)
    if row.school_id is not None:
        changed += _change_school(session, row, child_id, today)
    if changed:
        session.execute(update(Child).where(Child.id == child_id).values(version=Child.version + 1))
        leaving.keep_true(session, [child_id], today)
        audit.record(session, "changed", "child", child_id, school=row.school_id, fields=sorted(changed))
    return child_id


def _differs(row: Registration, field: str, value: object) -> bool:
    return row.old.get(field) != value


def _change_child(session: Session, row: Registration, child_id: int) -> list[str]:
    session.get_one(Child, child_id, with_for_update=True)
    given = registrations.worded(session, [row])[0].child
    texts = texts_of(given)
    changed = [field for field in CHILD_FIELDS if field != "relationship" and _differs(row, field, texts[field])]
    if changed:
        values: dict[str, Any] = {field: getattr(given, field) for field in changed}
        session.execute(update(Child).where(Child.id == child_id).values(**values))
    return changed


def _change_relationship(session: Session, row: Registration, bond: Guardianship) -> list[str]:
    if not _differs(row, "relationship", row.relationship):
        return []
    session.execute(
        update(Guardianship)
        .where(Guardianship.id == bond.id)
        .values(relationship=row.relationship, version=Guardianship.version + 1)
    )
    return ["relationship"]


def _change_school(session: Session, row: Registration, child_id: int, today: date) -> list[str]:
    """Class, number and groups; at another school or in another year, beside what there is (a transfer)."""
    changed = []
    if _differs(row, "school_id", row.school_id):
        changed.append("school")
    year = _year_of(session, row)
    enrolment = _enrolment(session, row, child_id, year, today)
    day = people_writing.writing_day(enrolment, today)
    if row.homeroom_id is not None and (
        _differs(row, "homeroom_id", row.homeroom_id) or _differs(row, "student_number", row.student_number)
    ):
        changed += people_writing.change_class(session, enrolment, row.homeroom_id, row.student_number, day)
    if _differs(row, "group_ids", row.group_ids):
        changed += _change_groups(session, row, enrolment, day)
    return changed


def _year_of(session: Session, row: Registration) -> int:
    """The year of the class, which says it; for whoever has none, the one that was meant."""
    if row.homeroom_id is not None:
        return session.get_one(Homeroom, row.homeroom_id).year
    if row.year is None:
        raise UserError("not_found")
    return row.year


def _enrolment(session: Session, row: Registration, child_id: int, year: int, today: date) -> Enrolment:
    """The one at this school in this year; it is made where the child has none yet."""
    found = session.scalar(
        select(Enrolment).where(
            Enrolment.child_id == child_id,
            Enrolment.school_id == row.school_id,
            Enrolment.year == year,
            Enrolment.to_date.is_(None),
        )
    )
    if found is None:
        found = Enrolment(
            child_id=child_id, school_id=row.school_id or 0, year=year, from_date=day_in_year(today, year)
        )
        session.add(found)
        session.flush()
    return found


def _change_groups(session: Session, row: Registration, enrolment: Enrolment, day: date) -> list[str]:
    """What the guardian added and took away; other groups, which somebody entered meanwhile, stay."""
    before, wanted = set(row.old.get("group_ids", [])), set(row.group_ids)
    current = set(
        session.scalars(
            select(Membership.group_id).where(Membership.enrolment_id == enrolment.id, Membership.to_date.is_(None))
        )
    )
    goal = (current | (wanted - before)) - (before - wanted)
    return ["group_ids"] if people_writing.set_groups(session, enrolment, frozenset(goal), day) else []
