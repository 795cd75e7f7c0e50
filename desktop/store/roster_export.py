"""The children of schools as roster files hold them."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, Select, and_, func, select
from sqlalchemy.orm import Session

from desktop.domain.rosters.headers import CHILD_TARGETS, GUARDIANS
from desktop.domain.rosters.places import UNPLACED_NAME
from desktop.store.enrolled import enrolled_in
from desktop.store.rosters import CODE_SYSTEM, SOURCE_SYSTEM
from desktop.store.tables import (
    Child,
    ChildReference,
    ContactPoint,
    Enrolment,
    Grade,
    Group,
    Guardian,
    GuardianReference,
    Guardianship,
    Homeroom,
    Installation,
    Membership,
    Placement,
    School,
)

_CHILD_COLUMNS = tuple(name for name in CHILD_TARGETS if "full_name" not in name and name != "sourced_id")
_GUARDIAN_COLUMNS = (
    "family_name", "given_name", "family_name_kana", "given_name_kana", "relationship", "email", "phone", "language",
    "line_user_id",
)  # fmt: skip
_GUARDIAN_NAMES = ("family_name", "given_name", "family_name_kana", "given_name_kana", "language")
_SOURCED_ID = (
    select(func.max(ChildReference.value))
    .where(
        ChildReference.school_id == Enrolment.school_id,
        ChildReference.child_id == Enrolment.child_id,
        ChildReference.system == SOURCE_SYSTEM,
    )
    .correlate(Enrolment)
    .scalar_subquery()
)
_CONTACTS = {"email": "email", "phone": "phone", "line": "line_user_id"}


@dataclass(frozen=True, slots=True)
class ExportedSchool:
    id: int
    code: str
    mext_code: str
    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class ExportedGuardian:
    """A guardian as one child's; `cells` by the names of the roster's own columns without their prefix."""

    id: int
    sourced_id: str
    position: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ExportedChild:
    """`homeroom_id` is None for a child that is in no class."""

    id: int
    sourced_id: str
    school: ExportedSchool
    homeroom_id: int | None
    homeroom_name: str
    unplaced: bool
    cells: Mapping[str, str]
    family: tuple[ExportedGuardian, ...]


def exported(session: Session, school_ids: Collection[int], year: int, today: date) -> list[ExportedChild]:
    """Each child enrolled in the year, by school, grade, class and name."""
    enrolled = select(Enrolment.id).where(Enrolment.school_id.in_(school_ids), enrolled_in(year, today))
    groups = _groups(session, enrolled)
    families = _families(session, enrolled)
    schools: dict[int, ExportedSchool] = {}
    found = []
    for row in _children(session, enrolled):
        school = schools.setdefault(
            row.school_id,
            ExportedSchool(row.school_id, row.school_code, row.mext_code or "", row.school_name, row.school_kind),
        )
        cells = _child_cells(row, groups.get(row.enrolment_id, []))
        family = tuple(families.get(row.child_id, ()))
        found.append(
            ExportedChild(
                row.child_id, row.sourced_id or "", school, row.homeroom_id, row.homeroom or "", bool(row.unplaced),
                cells, family,
            )
        )  # fmt: skip
    return found


def installation_id(session: Session) -> str:
    """What ids of our own are made of; a database that does not know itself yet has a fixed one."""
    found = session.scalar(select(Installation.uuid))
    return found or str(uuid.UUID(int=0))


def table(children: Iterable[ExportedChild]) -> list[list[str]]:
    """The header and a row for each child, in the roster's own columns."""
    header = [*_CHILD_COLUMNS, *(f"guardian{n}_{name}" for n in GUARDIANS for name in _GUARDIAN_COLUMNS)]
    body = [[*(child.cells[name] for name in _CHILD_COLUMNS), *_guardian_cells(child.family)] for child in children]
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
            School.id.label("school_id"),
            School.mext_code,
            School.kind.label("school_kind"),
            School.name.label("school_name"),
            _SOURCED_ID.label("sourced_id"),
            ChildReference.value.label("child_code"),
            Grade.code.label("grade"),
            Homeroom.id.label("homeroom_id"),
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


def _child_cells(row: Row[Any], groups: Sequence[str]) -> dict[str, str]:
    return {
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


def _families(session: Session, enrolled: Select[int]) -> dict[int, list[ExportedGuardian]]:
    """The guardians of each child, in their order."""
    children = select(Enrolment.child_id).where(Enrolment.id.in_(enrolled))
    guardians = select(Guardianship.guardian_id).where(Guardianship.child_id.in_(children))
    contacts: dict[int, dict[str, str]] = defaultdict(dict)
    for guardian_id, kind, address in session.execute(
        select(ContactPoint.guardian_id, ContactPoint.kind, ContactPoint.address)
        .where(ContactPoint.guardian_id.in_(guardians), ContactPoint.kind.in_(_CONTACTS))
        .order_by(ContactPoint.id)
    ):
        contacts[guardian_id].setdefault(_CONTACTS[kind], address)
    sources = _guardian_sources(session, guardians)
    found: dict[int, list[ExportedGuardian]] = defaultdict(list)
    for row in session.execute(
        select(
            Guardianship.child_id,
            Guardianship.relationship.label("word"),
            Guardianship.position,
            Guardian.id,
            *(getattr(Guardian, name) for name in _GUARDIAN_NAMES),
        )
        .join(Guardian, Guardian.id == Guardianship.guardian_id)
        .where(Guardianship.child_id.in_(children))
        .order_by(Guardianship.position, Guardianship.id)
    ):
        cells = {name: getattr(row, name) for name in _GUARDIAN_NAMES} | {"relationship": row.word, **contacts[row.id]}
        found[row.child_id].append(ExportedGuardian(row.id, sources.get(row.id, ""), row.position, cells))
    return found


def _guardian_sources(session: Session, guardians: Select[int]) -> dict[int, str]:
    rows = session.execute(
        select(GuardianReference.guardian_id, func.max(GuardianReference.value))
        .where(GuardianReference.guardian_id.in_(guardians), GuardianReference.system == SOURCE_SYSTEM)
        .group_by(GuardianReference.guardian_id)
    )
    return {row[0]: row[1] for row in rows}


def _guardian_cells(family: Sequence[ExportedGuardian]) -> list[str]:
    """Each guardian in the columns of its position, or in the next free ones; a fifth has no place in this file."""
    placed: dict[int, Mapping[str, str]] = {}
    for guardian in family:
        free = [n for n in GUARDIANS if n not in placed]
        if free:
            placed[guardian.position if guardian.position in free else free[0]] = guardian.cells
    return [placed.get(n, {}).get(name, "") for n in GUARDIANS for name in _GUARDIAN_COLUMNS]
