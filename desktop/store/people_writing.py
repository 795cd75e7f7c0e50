"""Writing a child: its names, where it is enrolled, its class and groups."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from desktop.domain.errors import UserError
from desktop.domain.names import trimmed
from desktop.domain.people import ChildForm
from desktop.domain.schools import day_in_year
from desktop.domain.staff import Places, Scope, ScopeKind
from desktop.store import audit, db
from desktop.store.enrolled import child_visible, not_ended, within
from desktop.store.roster_keys import refresh_child_keys
from desktop.store.rosters import CODE_SYSTEM
from desktop.store.tables import Child, ChildReference, Enrolment, Group, Homeroom, Membership, Placement

_FIELDS = ("family_name", "given_name", "family_name_kana", "given_name_kana", "sex", "birth_date")


def homeroom_scope(session: Session, homeroom_id: int) -> Scope:
    """Where a class lies. Raises UserError("not_found")."""
    room = session.get(Homeroom, homeroom_id)
    if room is None:
        raise UserError("not_found")
    return Scope(ScopeKind.HOMEROOM, room.school_id, room.id)


def require_child(session: Session, child_id: int, places: Places, today: date) -> None:
    """Raises UserError("not_found") for a child that is not in these places, and so may not be changed."""
    known = session.scalar(select(Child.id).where(Child.id == child_id, child_visible(places, today)))
    if known is None:
        raise UserError("not_found")


def add_child(session: Session, form: ChildForm, today: date) -> int:
    """A new child, enrolled from today in the school and year of its class."""
    room = session.get_one(Homeroom, form.homeroom_id)
    day = day_in_year(today, room.year)
    child = Child(**_values(form), created_at=db.now(session))
    session.add(child)
    session.flush()
    enrolment = Enrolment(child_id=child.id, school_id=room.school_id, year=room.year, from_date=day)
    session.add(enrolment)
    session.flush()
    place(session, enrolment, room.id, trimmed(form.student_number), day)
    set_groups(session, enrolment, form.group_ids, day)
    _set_code(session, enrolment, trimmed(form.child_code))
    session.flush()
    refresh_child_keys(session, [child.id], today)
    audit.record(session, "added", "child", child.id, school=room.school_id)
    return child.id


def _values(form: ChildForm) -> dict[str, Any]:
    return {field: trimmed(value) if isinstance(value := getattr(form, field), str) else value for field in _FIELDS}


def change_child(session: Session, child_id: int, form: ChildForm, places: Places, today: date) -> None:
    """Raises UserError("changed_elsewhere"), ("child.other_school") or ("child.code_taken")."""
    child = session.get_one(Child, child_id, with_for_update=True)
    audit.require_version(session, "child", child_id, form.version or 0, child.version)
    values = _values(form)
    changed = [field for field, value in values.items() if getattr(child, field) != value]
    enrolment = _enrolment(session, child_id, form.homeroom_id, places, today)
    day = writing_day(enrolment, today)
    if form.homeroom_id is not None:
        changed += change_class(session, enrolment, form.homeroom_id, trimmed(form.student_number), day)
    if set_groups(session, enrolment, form.group_ids, day):
        changed.append("group_ids")
    if _set_code(session, enrolment, trimmed(form.child_code)):
        changed.append("child_code")
    if not changed:
        return
    session.flush()
    session.execute(update(Child).where(Child.id == child_id).values(**values, version=Child.version + 1))
    refresh_child_keys(session, [child_id], today)
    audit.record(session, "changed", "child", child_id, school=enrolment.school_id, fields=changed)


def _enrolment(session: Session, child_id: int, homeroom_id: int | None, places: Places, today: date) -> Enrolment:
    """The enrolment that a form is about: the one of its class's school and year, or else the newest."""
    statement = (
        select(Enrolment)
        .where(Enrolment.child_id == child_id, not_ended(today), within(places))
        .order_by(Enrolment.year.desc(), Enrolment.id.desc())
        .limit(1)
    )
    if homeroom_id is not None:
        room = session.get_one(Homeroom, homeroom_id)
        statement = statement.where(Enrolment.school_id == room.school_id, Enrolment.year == room.year)
    found = session.scalar(statement)
    if found is None:
        raise UserError("child.other_school")
    return found


def main_placement(session: Session, enrolment_id: int) -> Placement | None:
    return session.scalar(
        select(Placement)
        .where(Placement.enrolment_id == enrolment_id, Placement.kind == "main", Placement.to_date.is_(None))
        .with_for_update()
    )


def change_class(session: Session, enrolment: Enrolment, homeroom_id: int, number: str, day: date) -> list[str]:
    """Give a child a class and number; which of the two changed."""
    placement = main_placement(session, enrolment.id)
    if placement is not None and placement.homeroom_id == homeroom_id:
        if placement.student_number == number:
            return []
        placement.student_number = number
        return ["student_number"]
    if placement is not None:
        close_placement(session, placement, day)
    place(session, enrolment, homeroom_id, number, day)
    return ["homeroom_id"]


def close_placement(session: Session, placement: Placement, day: date) -> None:
    """End a placement before this day. One that began on it held on no day and goes."""
    if placement.from_date >= day:
        session.delete(placement)
    else:
        placement.to_date = day - timedelta(days=1)
    session.flush()


def place(session: Session, enrolment: Enrolment, homeroom_id: int, number: str, day: date) -> Placement:
    placement = Placement(
        enrolment_id=enrolment.id,
        school_id=enrolment.school_id,
        homeroom_id=homeroom_id,
        student_number=number,
        from_date=day,
    )
    session.add(placement)
    session.flush()
    return placement


def writing_day(enrolment: Enrolment, today: date) -> date:
    """From when a change of class or groups holds: today, as far as it lies in the enrolment."""
    return max(day_in_year(today, enrolment.year), enrolment.from_date)


def set_groups(session: Session, enrolment: Enrolment, group_ids: frozenset[int], day: date) -> bool:
    """Make these the child's groups; whether anything changed. Groups of other schools are left out."""
    own = set(session.scalars(select(Group.id).where(Group.school_id == enrolment.school_id, Group.id.in_(group_ids))))
    current = {
        row.group_id: row
        for row in session.scalars(
            select(Membership).where(Membership.enrolment_id == enrolment.id, Membership.to_date.is_(None))
        )
    }
    for group_id in current.keys() - own:
        membership = current[group_id]
        if membership.from_date >= day:
            session.delete(membership)
        else:
            membership.to_date = day - timedelta(days=1)
    session.flush()
    session.add_all(
        Membership(enrolment_id=enrolment.id, school_id=enrolment.school_id, group_id=group_id, from_date=day)
        for group_id in sorted(own - current.keys())
    )
    return own != current.keys()


def _set_code(session: Session, enrolment: Enrolment, code: str) -> bool:
    """Give a child this code in its school's roster, or none. Raises UserError("child.code_taken")."""
    own = (
        ChildReference.school_id == enrolment.school_id,
        ChildReference.system == CODE_SYSTEM,
        ChildReference.child_id == enrolment.child_id,
    )
    current = session.scalar(select(ChildReference.value).where(*own).limit(1)) or ""
    if current == code:
        return False
    if code and session.get(ChildReference, (enrolment.school_id, CODE_SYSTEM, code)) is not None:
        raise UserError("child.code_taken", code_text=code)
    session.execute(delete(ChildReference).where(*own))
    if code:
        session.add(
            ChildReference(school_id=enrolment.school_id, system=CODE_SYSTEM, value=code, child_id=enrolment.child_id)
        )
    return True
