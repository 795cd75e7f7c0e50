"""Writing what a roster import has planned, in bulk."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from desktop.domain.mail import domain_of, lane
from desktop.domain.rosters.changes import Changes
from desktop.domain.schools import day_in_year, first_day, last_day
from desktop.store import db, roster_undo
from desktop.store.bulk import Row, insert_numbered, insert_rows, refresh_statistics, roomy, update_rows
from desktop.store.roster_keys import NewKeys, refresh_child_keys, refresh_guardian_keys, write_new_keys
from desktop.store.roster_undo import WayBack
from desktop.store.rosters import CODE_SYSTEM, chunks
from desktop.store.tables import (
    Base,
    Child,
    ChildReference,
    ContactPoint,
    Enrolment,
    Grade,
    Group,
    Guardian,
    GuardianSchool,
    Guardianship,
    Homeroom,
    Import,
    ImportBase,
    Membership,
    Placement,
    School,
    SchoolYear,
)
from desktop.store.undoing import end_parts

_UNPLACED_POSITION = 99
_MANY = 1000
_MEXT_CODE = re.compile(r"[A-H][12][0-4][0-9][123][0-9]{8}")


@dataclass(slots=True)
class Written:
    """The ids that new rows got, by the negative ones they were planned with."""

    schools: dict[int, int] = field(default_factory=dict)
    grades: dict[int, int] = field(default_factory=dict)
    homerooms: dict[int, int] = field(default_factory=dict)
    groups: dict[int, int] = field(default_factory=dict)
    children: dict[int, int] = field(default_factory=dict)
    enrolments: dict[int, int] = field(default_factory=dict)
    guardians: dict[int, int] = field(default_factory=dict)


def add_import(session: Session, file_name: str, content_hash: str, result: Mapping[str, Any]) -> int:
    """A line in the history of imports; the rows written under it name it."""
    row = Import(
        file_name=file_name,
        content_hash=content_hash,
        imported_at=db.now(session),
        imported_by=db.actor(session).label,
        result=dict(result),
        undo={},
    )
    session.add(row)
    session.flush()
    return row.id


def write(session: Session, changes: Changes, keys: NewKeys, today: date, import_id: int) -> Written:
    """Write everything; `keys` are those of `changes`, `today` is when moved children change class."""
    now = db.now(session)
    written = Written()
    way_back = WayBack(session, changes)
    roomy(session)
    _write_places(session, changes, written)
    _write_children(session, changes, written, now)
    _write_enrolments(session, changes, written, today, way_back)
    _write_guardians(session, changes, written, now)
    _write_contacts(session, changes, written, now)
    _write_bases(session, changes, written, import_id)
    write_new_keys(session, "child", keys.children, written.children, written.schools)
    write_new_keys(session, "guardian", keys.guardians, written.guardians, written.schools)
    refresh_child_keys(session, sorted(ref for ref in changes.touched_children if ref > 0), today)
    refresh_guardian_keys(session, sorted(ref for ref in changes.touched_guardians if ref > 0))
    for table, ids in _numbered(written):
        way_back.added(table, ids.values())
    roster_undo.store(session, import_id, way_back.document(written.children, written.schools))
    if len(changes.children) >= _MANY:
        refresh_statistics(session)
    return written


def _numbered(written: Written) -> Iterator[tuple[type[Base], dict[int, int]]]:
    yield Grade, written.grades
    yield Homeroom, written.homerooms
    yield Group, written.groups
    yield Child, written.children
    yield Enrolment, written.enrolments
    yield Guardian, written.guardians


def _write_places(session: Session, changes: Changes, written: Written) -> None:
    for school in changes.schools:
        mext_code = school.code if _MEXT_CODE.fullmatch(school.code) else None
        new = School(code=school.code, mext_code=mext_code, name=school.name, kind=school.kind)
        session.add(new)
        session.flush()
        written.schools[school.id] = new.id
    at = written.schools
    insert_rows(
        session,
        SchoolYear,
        [
            {"school_id": at.get(school, school), "year": year, "starts_on": first_day(year), "ends_on": last_day(year)}
            for school, year in sorted(changes.years)
        ],
    )
    written.grades = insert_numbered(
        session,
        Grade,
        [
            (
                grade.id,
                {
                    "school_id": at.get(grade.school_id, grade.school_id),
                    "year": grade.year,
                    "code": grade.code,
                    "name": grade.name,
                    "position": int(grade.code),
                },
            )
            for grade in changes.grades
        ],
    )
    written.homerooms = insert_numbered(
        session,
        Homeroom,
        [
            (
                room.id,
                {
                    "school_id": at.get(room.school_id, room.school_id),
                    "year": room.year,
                    "grade_id": written.grades.get(room.grade_id, room.grade_id),
                    "name": room.name,
                    "label": room.label,
                    "unplaced": room.unplaced,
                    "position": _UNPLACED_POSITION if room.unplaced else _position(room.name),
                },
            )
            for room in changes.homerooms
        ],
    )
    written.groups = insert_numbered(
        session,
        Group,
        [
            (group.id, {"school_id": at.get(group.school_id, group.school_id), "kind": group.kind, "name": group.name})
            for group in changes.groups
        ],
    )


def _position(name: str) -> int:
    """Classes with numbers in their order, before those with names."""
    return int(name) if name.isascii() and name.isdigit() and len(name) < 3 else _UNPLACED_POSITION - 1


def _write_children(session: Session, changes: Changes, written: Written, now: datetime) -> None:
    written.children = insert_numbered(
        session,
        Child,
        [
            (
                ref,
                {
                    "family_name": entry.family_name,
                    "given_name": entry.given_name,
                    "family_name_kana": entry.family_name_kana,
                    "given_name_kana": entry.given_name_kana,
                    "sex": entry.sex,
                    "birth_date": entry.birth_date,
                    "created_at": now,
                },
            )
            for ref, entry in changes.children
        ],
    )
    update_rows(session, Child, changes.children_changed)
    for school_id, code in changes.codes_dropped:
        session.execute(
            delete(ChildReference).where(
                ChildReference.school_id == school_id,
                ChildReference.system == CODE_SYSTEM,
                ChildReference.value == code,
            )
        )
    insert_rows(
        session,
        ChildReference,
        [
            {
                "school_id": written.schools.get(school, school),
                "system": CODE_SYSTEM,
                "value": code,
                "child_id": written.children.get(child, child),
            }
            for school, code, child in changes.codes
        ],
    )


def _write_enrolments(session: Session, changes: Changes, written: Written, today: date, way_back: WayBack) -> None:
    at = written.schools
    written.enrolments = insert_numbered(
        session,
        Enrolment,
        [
            (
                enrolment.id,
                {
                    "child_id": written.children.get(enrolment.child_id, enrolment.child_id),
                    "school_id": at.get(enrolment.school_id, enrolment.school_id),
                    "year": enrolment.year,
                    "from_date": first_day(enrolment.year),
                },
            )
            for enrolment in changes.enrolments
        ],
    )
    _close(session, way_back, Placement, changes.placements_closed, today)
    update_rows(session, Placement, {id_: {"student_number": number} for id_, number in changes.placements_numbered})
    insert_rows(
        session,
        Placement,
        [
            _of_enrolment(new.enrolment_id, new.school_id, new.year, written, today)
            | {
                "homeroom_id": written.homerooms.get(new.homeroom_id, new.homeroom_id),
                "student_number": new.student_number,
            }
            for new in changes.placements
        ],
    )
    _close(session, way_back, Membership, changes.memberships_closed, today)
    insert_rows(
        session,
        Membership,
        [
            _of_enrolment(new.enrolment_id, new.school_id, new.year, written, today)
            | {"group_id": written.groups.get(new.group_id, new.group_id)}
            for new in changes.memberships
        ],
    )


def _of_enrolment(enrolment_id: int, school_id: int, year: int, written: Written, today: date) -> Row:
    """A new enrolment's class and groups hold from its first day, those of an older one from today."""
    return {
        "enrolment_id": written.enrolments.get(enrolment_id, enrolment_id),
        "school_id": written.schools.get(school_id, school_id),
        "from_date": first_day(year) if enrolment_id < 0 else day_in_year(today, year),
    }


def _close(
    session: Session, way_back: WayBack, table: type[Placement | Membership], ids: Sequence[int], today: date
) -> None:
    """End them yesterday: a last day still belongs to what ends on it, and today belongs to what follows."""
    for chunk in chunks(ids):
        end_parts(session, way_back.ledger, table, table.id.in_(chunk), today - timedelta(days=1))
    way_back.mark(table)


def _write_guardians(session: Session, changes: Changes, written: Written, now: datetime) -> None:
    written.guardians = insert_numbered(
        session,
        Guardian,
        [
            (
                ref,
                {
                    "family_name": entry.family_name,
                    "given_name": entry.given_name,
                    "family_name_kana": entry.family_name_kana,
                    "given_name_kana": entry.given_name_kana,
                    "language": entry.language or "ja",
                    "created_at": now,
                }
                | changes.guardians_changed.get(ref, {}),
            )
            for ref, entry in changes.guardians
        ],
    )
    update_rows(session, Guardian, {ref: values for ref, values in changes.guardians_changed.items() if ref > 0})
    people = written.guardians
    insert_rows(
        session,
        Guardianship,
        [
            {
                "child_id": written.children.get(new.child_id, new.child_id),
                "guardian_id": people.get(new.guardian_id, new.guardian_id),
                "relationship": new.relationship,
                "position": new.position,
            }
            for new in changes.guardianships
        ],
    )
    update_rows(session, Guardianship, {id_: {"relationship": word} for id_, word in changes.relationships})
    insert_rows(
        session,
        GuardianSchool,
        [
            {"school_id": written.schools.get(school, school), "guardian_id": people.get(guardian, guardian)}
            for school, guardian in sorted(changes.guardian_schools)
        ],
    )


def _write_contacts(session: Session, changes: Changes, written: Written, now: datetime) -> None:
    """The school that imports an address vouches for it, as one that enters it does."""
    insert_rows(
        session,
        ContactPoint,
        [
            {
                "guardian_id": written.guardians.get(guardian, guardian),
                "kind": kind,
                "address": address,
                "lane": _lane(kind, address),
                "verified_at": now,
            }
            for guardian, kind, address in changes.contacts
        ],
    )
    update_rows(
        session,
        ContactPoint,
        {
            id_: {
                "address": address,
                "lane": _lane(kind, address),
                "verified_at": now,
                "suppressed_reason": None,
                "suppressed_at": None,
            }
            for id_, kind, address in changes.contacts_changed
        },
    )


def _lane(kind: str, address: str) -> str:
    return _lane_of(domain_of(address)) if kind == "email" else ""


@lru_cache(maxsize=4096)
def _lane_of(domain: str) -> str:
    return lane(domain).value


def _write_bases(session: Session, changes: Changes, written: Written, import_id: int) -> None:
    own = {"child": written.children, "guardian": written.guardians}
    rows: list[Row] = [
        {
            "kind": kind,
            "ref": own[kind].get(ref, ref),
            "school_id": written.schools.get(school, school),
            "import_id": import_id,
            "values": values,
        }
        for kind, ref, school, values in changes.bases
    ]
    former = [row for row, (_, ref, school, _) in zip(rows, changes.bases, strict=True) if ref > 0 and school > 0]
    for kind, school_id in {(row["kind"], row["school_id"]) for row in former}:
        refs = [row["ref"] for row in former if (row["kind"], row["school_id"]) == (kind, school_id)]
        for chunk in chunks(refs):
            session.execute(
                delete(ImportBase).where(
                    ImportBase.kind == kind, ImportBase.school_id == school_id, ImportBase.ref.in_(chunk)
                ),
                execution_options={"synchronize_session": False},
            )
    insert_rows(session, ImportBase, rows)
