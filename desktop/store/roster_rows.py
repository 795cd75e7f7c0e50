"""The new rows of a roster import, ready for their tables, with the ids they will have."""

import re
from collections.abc import Iterator, Mapping, Sized
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache

from sqlalchemy.orm import Session

from desktop.domain.mail import domain_of, lane
from desktop.domain.rosters.changes import Changes
from desktop.domain.schools import day_in_year, first_day, last_day
from desktop.store.bulk import new_ids
from desktop.store.roster_keys import new_entries
from desktop.store.rosters import CODE_SYSTEM, SOURCE_SYSTEM
from desktop.store.staging import Stage, Values
from desktop.store.tables import (
    Base,
    Child,
    ChildReference,
    ContactPoint,
    Enrolment,
    Grade,
    Group,
    Guardian,
    GuardianReference,
    GuardianSchool,
    Guardianship,
    Homeroom,
    Import,
    ImportBase,
    Membership,
    Placement,
    School,
    SchoolYear,
    WaitingContact,
)

_UNPLACED_POSITION = 99
_NAMES = ("family_name", "given_name", "family_name_kana", "given_name_kana")
_MEXT_CODE = re.compile(r"[A-H][12][0-4][0-9][123][0-9]{8}")


@dataclass(slots=True)
class Ids:
    """The ids that new rows will have, by the negative ones they were planned with."""

    import_id: int
    schools: dict[int, int] = field(default_factory=dict)
    grades: dict[int, int] = field(default_factory=dict)
    homerooms: dict[int, int] = field(default_factory=dict)
    groups: dict[int, int] = field(default_factory=dict)
    children: dict[int, int] = field(default_factory=dict)
    enrolments: dict[int, int] = field(default_factory=dict)
    guardians: dict[int, int] = field(default_factory=dict)

    def numbered(self) -> Iterator[tuple[type[Base], dict[int, int]]]:
        """What goes with the import when it is taken back."""
        yield Grade, self.grades
        yield Homeroom, self.homerooms
        yield Group, self.groups
        yield Child, self.children
        yield Enrolment, self.enrolments
        yield Guardian, self.guardians


@dataclass(frozen=True, slots=True)
class Moment:
    """When the import happens: `today` is from when moved children are in their new class."""

    now: datetime
    today: date


def reserve(session: Session, changes: Changes) -> Ids:
    """Ids for everything that is new. On SQLite they hold as long as `rosters.mark` does."""

    def numbers(table: type[Base], planned: list[int]) -> dict[int, int]:
        return dict(zip(planned, new_ids(session, table, len(planned)), strict=True))

    return Ids(
        new_ids(session, Import, 1)[0],
        numbers(School, [school.id for school in changes.schools]),
        numbers(Grade, [grade.id for grade in changes.grades]),
        numbers(Homeroom, [room.id for room in changes.homerooms]),
        numbers(Group, [group.id for group in changes.groups]),
        numbers(Child, [ref for ref, _ in changes.children]),
        numbers(Enrolment, [enrolment.id for enrolment in changes.enrolments]),
        numbers(Guardian, [ref for ref, _ in changes.guardians]),
    )


def how_many(changes: Changes) -> int:
    """About how many rows there are to fill in, to tell how far it has got."""
    listed: tuple[Sized, ...] = (
        changes.children, changes.codes, changes.enrolments, changes.placements, changes.memberships,
        changes.guardians, changes.guardianships, changes.guardian_schools, changes.contacts, changes.bases,
        changes.children, changes.guardians,
    )  # fmt: skip
    return sum(len(rows) for rows in listed)


def fill(stage: Stage, changes: Changes, ids: Ids, moment: Moment) -> None:
    """Every table that has new rows, parents first."""
    _fill_places(stage, changes, ids)
    _fill_children(stage, changes, ids, moment)
    _fill_enrolments(stage, changes, ids, moment)
    _fill_guardians(stage, changes, ids, moment)
    _fill_waiting(stage, changes, ids)
    _fill_bases(stage, changes, ids)
    stage.fill_search(new_entries(changes, ids.children, ids.guardians, ids.schools))


def new_schools(changes: Changes, ids: Ids) -> Iterator[School]:
    for school in changes.schools:
        mext_code = school.code if _MEXT_CODE.fullmatch(school.code) else None
        yield School(
            id=ids.schools[school.id], code=school.code, mext_code=mext_code, name=school.name, kind=school.kind
        )


def address_lane(kind: str, address: str) -> str:
    return _lane_of(domain_of(address)) if kind == "email" else ""


def _fill_places(stage: Stage, changes: Changes, ids: Ids) -> None:
    at = ids.schools
    years = sorted((at.get(school, school), year) for school, year in changes.years)
    stage.fill(
        SchoolYear,
        ("school_id", "year", "starts_on", "ends_on"),
        ((school, year, first_day(year), last_day(year)) for school, year in years),
    )
    stage.fill(
        Grade,
        ("id", "school_id", "year", "code", "name", "position"),
        (
            (ids.grades[new.id], at.get(new.school_id, new.school_id), new.year, new.code, new.name, int(new.code))
            for new in changes.grades
        ),
    )
    stage.fill(
        Homeroom,
        ("id", "school_id", "year", "grade_id", "name", "label", "unplaced", "position"),
        (
            (
                ids.homerooms[room.id], at.get(room.school_id, room.school_id), room.year,
                ids.grades.get(room.grade_id, room.grade_id), room.name, room.label, room.unplaced,
                _UNPLACED_POSITION if room.unplaced else _position(room.name),
            )
            for room in changes.homerooms
        ),
    )  # fmt: skip
    stage.fill(
        Group,
        ("id", "school_id", "kind", "name"),
        ((ids.groups[new.id], at.get(new.school_id, new.school_id), new.kind, new.name) for new in changes.groups),
    )


def _position(name: str) -> int:
    """Classes with numbers in their order, before those with names."""
    return int(name) if name.isascii() and name.isdigit() and len(name) < 3 else _UNPLACED_POSITION - 1


def _fill_children(stage: Stage, changes: Changes, ids: Ids, moment: Moment) -> None:
    stage.fill(
        Child,
        ("id", *_NAMES, "sex", "birth_date", "created_at"),
        (
            (
                ids.children[ref], entry.family_name, entry.given_name, entry.family_name_kana, entry.given_name_kana,
                entry.sex, entry.birth_date, moment.now,
            )
            for ref, entry in changes.children
        ),
    )  # fmt: skip
    codes = sorted(
        (ids.schools.get(school, school), system, value, ids.children.get(child, child))
        for system, listed in ((CODE_SYSTEM, changes.codes), (SOURCE_SYSTEM, changes.child_sources))
        for school, value, child in listed
    )
    stage.fill(ChildReference, ("school_id", "system", "value", "child_id"), codes)


def _fill_enrolments(stage: Stage, changes: Changes, ids: Ids, moment: Moment) -> None:
    """A new enrolment's class and groups hold from its first day, those of an older one from today."""
    at, enrolments = ids.schools, ids.enrolments
    begun = {
        new.id: max(new.from_date, day_in_year(moment.today, new.year)) for new in changes.enrolments if new.from_date
    }
    stage.fill(
        Enrolment,
        ("id", "child_id", "school_id", "year", "from_date"),
        (
            (
                enrolments[new.id], ids.children.get(new.child_id, new.child_id),
                at.get(new.school_id, new.school_id), new.year, begun.get(new.id) or first_day(new.year),
            )
            for new in changes.enrolments
        ),
    )  # fmt: skip

    def begins(enrolment_id: int, year: int) -> date:
        if enrolment_id > 0:
            return day_in_year(moment.today, year)
        return begun.get(enrolment_id) or first_day(year)

    stage.fill(
        Placement,
        ("enrolment_id", "school_id", "from_date", "homeroom_id", "student_number"),
        (
            (
                enrolments.get(new.enrolment_id, new.enrolment_id), at.get(new.school_id, new.school_id),
                begins(new.enrolment_id, new.year), ids.homerooms.get(new.homeroom_id, new.homeroom_id),
                new.student_number,
            )
            for new in changes.placements
        ),
    )  # fmt: skip
    stage.fill(
        Membership,
        ("enrolment_id", "school_id", "from_date", "group_id"),
        (
            (
                enrolments.get(new.enrolment_id, new.enrolment_id), at.get(new.school_id, new.school_id),
                begins(new.enrolment_id, new.year), ids.groups.get(new.group_id, new.group_id),
            )
            for new in changes.memberships
        ),
    )  # fmt: skip


def _fill_guardians(stage: Stage, changes: Changes, ids: Ids, moment: Moment) -> None:
    people, at = ids.guardians, ids.schools
    stage.fill(Guardian, ("id", *_NAMES, "language", "created_at"), _guardians(changes, people, moment.now))
    stage.fill(
        Guardianship,
        ("child_id", "guardian_id", "relationship", "position"),
        (
            (
                ids.children.get(new.child_id, new.child_id), people.get(new.guardian_id, new.guardian_id),
                new.relationship, new.position,
            )
            for new in changes.guardianships
        ),
    )  # fmt: skip
    pairs = sorted(
        (at.get(school, school), people.get(guardian, guardian)) for school, guardian in changes.guardian_schools
    )
    sources = sorted(
        (at.get(school, school), SOURCE_SYSTEM, value, people.get(guardian, guardian))
        for school, value, guardian in changes.guardian_sources
    )
    stage.fill(GuardianReference, ("school_id", "system", "value", "guardian_id"), sources)
    stage.fill(GuardianSchool, ("school_id", "guardian_id"), pairs)
    # The school that imports an address vouches for it, as one that enters it does.
    stage.fill(
        ContactPoint,
        ("guardian_id", "kind", "address", "lane", "verified_at"),
        (
            (people.get(guardian, guardian), kind, address, address_lane(kind, address), moment.now)
            for guardian, kind, address in changes.contacts
        ),
    )


def _fill_waiting(stage: Stage, changes: Changes, ids: Ids) -> None:
    stage.fill(
        WaitingContact,
        ("guardian_id", "school_id", "year", "homeroom_id", "group_id", "name", "import_id"),
        (
            (
                ids.guardians.get(new.guardian_id, new.guardian_id), new.school_id, new.year,
                ids.homerooms.get(new.homeroom_id, new.homeroom_id) if new.homeroom_id else None,
                ids.groups.get(new.group_id, new.group_id) if new.group_id else None,
                new.name, ids.import_id,
            )
            for new in changes.waiting
        ),
    )  # fmt: skip


def _guardians(changes: Changes, people: Mapping[int, int], now: datetime) -> Iterator[Values]:
    for ref, entry in changes.guardians:
        later = changes.guardians_changed.get(ref, {})
        names = [later.get(name, getattr(entry, name)) for name in _NAMES]
        yield (people[ref], *names, later.get("language", entry.language or "ja"), now)


def _fill_bases(stage: Stage, changes: Changes, ids: Ids) -> None:
    own: Mapping[str, Mapping[int, int]] = {"child": ids.children, "guardian": ids.guardians}
    stage.fill(
        ImportBase,
        ("kind", "ref", "school_id", "import_id", "values"),
        (
            (kind, own[kind].get(ref, ref), ids.schools.get(school, school), ids.import_id, values)
            for kind, ref, school, values in changes.bases
        ),
    )


@lru_cache(maxsize=4096)
def _lane_of(domain: str) -> str:
    return lane(domain).value
