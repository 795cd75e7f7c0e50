"""The children of schools as the table of a roster file, in the roster's own columns."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, Select, and_, select
from sqlalchemy.orm import Session

from desktop.domain.rosters.headers import CHILD_TARGETS, GUARDIANS
from desktop.domain.rosters.places import UNPLACED_NAME
from desktop.store.enrolled import enrolled_in
from desktop.store.rosters import CODE_SYSTEM
from desktop.store.tables import (
    Child,
    ChildReference,
    ContactPoint,
    Enrolment,
    Grade,
    Group,
    Guardian,
    Guardianship,
    Homeroom,
    Membership,
    Placement,
    School,
)

_CHILD_COLUMNS = tuple(name for name in CHILD_TARGETS if "full_name" not in name and name != "sourced_id")
_GUARDIAN_COLUMNS = (
    "family_name", "given_name", "family_name_kana", "given_name_kana", "relationship", "email", "phone", "language",
    "line_user_id",
)  # fmt: skip
_CONTACTS = {"email": "email", "phone": "phone", "line": "line_user_id"}


def table(session: Session, school_ids: Collection[int], year: int, today: date) -> list[list[str]]:
    """The header and a row for each child enrolled in the year, by school, grade, class and number."""
    header = [*_CHILD_COLUMNS, *(f"guardian{n}_{name}" for n in GUARDIANS for name in _GUARDIAN_COLUMNS)]
    enrolled = select(Enrolment.id).where(Enrolment.school_id.in_(school_ids), enrolled_in(year, today))
    groups = _groups(session, enrolled)
    families = _families(session, enrolled)
    body = [
        [*_child_cells(row, groups.get(row.enrolment_id, [])), *_guardian_cells(families.get(row.child_id, []))]
        for row in _children(session, enrolled)
    ]
    return [header, *body]


def _children(session: Session, enrolled: Select[int]) -> Iterable[Row[Any]]:
    return session.execute(
        select(
            Enrolment.id.label("enrolment_id"),
            Enrolment.year,
            Child.id.label("child_id"),
            Child.family_name,
            Child.given_name,
            Child.family_name_kana,
            Child.given_name_kana,
            Child.sex,
            Child.birth_date,
            School.code.label("school_code"),
            School.name.label("school_name"),
            ChildReference.value.label("child_code"),
            Grade.code.label("grade"),
            Homeroom.name.label("homeroom"),
            Homeroom.unplaced,
            Placement.student_number,
        )
        .join(Child, Child.id == Enrolment.child_id)
        .join(School, School.id == Enrolment.school_id)
        .outerjoin(
            ChildReference,
            and_(
                ChildReference.school_id == Enrolment.school_id,
                ChildReference.child_id == Enrolment.child_id,
                ChildReference.system == CODE_SYSTEM,
            ),
        )
        .outerjoin(
            Placement,
            and_(Placement.enrolment_id == Enrolment.id, Placement.kind == "main", Placement.to_date.is_(None)),
        )
        .outerjoin(Homeroom, Homeroom.id == Placement.homeroom_id)
        .outerjoin(Grade, Grade.id == Homeroom.grade_id)
        .where(Enrolment.id.in_(enrolled))
        .order_by(School.code, Grade.position, Homeroom.position, Homeroom.label, Child.family_name_kana, Child.id)
    )


def _child_cells(row: Row[Any], groups: Sequence[str]) -> list[str]:
    cells = {
        "school_code": row.school_code,
        "school_name": row.school_name,
        "school_year": str(row.year),
        "grade": row.grade or "",
        "homeroom": _homeroom(row),
        "student_number": row.student_number or "",
        "child_code": row.child_code or "",
        "family_name": row.family_name,
        "given_name": row.given_name,
        "family_name_kana": row.family_name_kana,
        "given_name_kana": row.given_name_kana,
        "sex": row.sex,
        "birth_date": row.birth_date.isoformat() if row.birth_date else "",
        # One name that holds another divider needs a semicolon, so that it is read back as one.
        "groups": ";".join(groups) + (";" if len(groups) == 1 and set(groups[0]) & set("、,，\n") else ""),
    }
    return [cells[name] for name in _CHILD_COLUMNS]


def _homeroom(row: Row[Any]) -> str:
    if not row.homeroom:
        return ""
    return UNPLACED_NAME if row.unplaced else f"{row.grade}-{row.homeroom}"


def _groups(session: Session, enrolled: Select[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    for enrolment_id, name in session.execute(
        select(Membership.enrolment_id, Group.name)
        .join(Group, Group.id == Membership.group_id)
        .where(Membership.enrolment_id.in_(enrolled), Membership.to_date.is_(None))
        .order_by(Group.kind, Group.name)
    ):
        found[enrolment_id].append(name)
    return found


def _families(session: Session, enrolled: Select[int]) -> dict[int, list[tuple[int, dict[str, str]]]]:
    """By child: the position and the cells of each guardian."""
    children = select(Enrolment.child_id).where(Enrolment.id.in_(enrolled))
    guardians = select(Guardianship.guardian_id).where(Guardianship.child_id.in_(children))
    contacts: dict[int, dict[str, str]] = defaultdict(dict)
    for guardian_id, kind, address in session.execute(
        select(ContactPoint.guardian_id, ContactPoint.kind, ContactPoint.address)
        .where(ContactPoint.guardian_id.in_(guardians), ContactPoint.kind.in_(_CONTACTS))
        .order_by(ContactPoint.id)
    ):
        contacts[guardian_id].setdefault(_CONTACTS[kind], address)
    found: dict[int, list[tuple[int, dict[str, str]]]] = defaultdict(list)
    for link, guardian in session.execute(
        select(Guardianship, Guardian)
        .join(Guardian, Guardian.id == Guardianship.guardian_id)
        .where(Guardianship.child_id.in_(children))
        .order_by(Guardianship.position, Guardianship.id)
    ):
        names = ("family_name", "given_name", "family_name_kana", "given_name_kana", "language")
        cells = {name: getattr(guardian, name) for name in names}
        cells |= {"relationship": link.relationship, **contacts[guardian.id]}
        found[link.child_id].append((link.position, cells))
    return found


def _guardian_cells(family: Sequence[tuple[int, dict[str, str]]]) -> list[str]:
    """Each guardian in the columns of its position, or in the next free ones; a fifth has no place in this file."""
    placed: dict[int, dict[str, str]] = {}
    for position, cells in family:
        free = [n for n in GUARDIANS if n not in placed]
        if free:
            placed[position if position in free else free[0]] = cells
    return [placed.get(n, {}).get(name, "") for n in GUARDIANS for name in _GUARDIAN_COLUMNS]
