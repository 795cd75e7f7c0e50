"""What the database knows before an import: frozen values, looked up by the planning of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

Base = Mapping[str, object]
"""What the last import of a school said of somebody, by field."""


@dataclass(frozen=True, slots=True)
class KnownSchool:
    id: int
    code: str
    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class KnownHomeroom:
    id: int
    school_id: int
    year: int
    grade_id: int
    grade_code: str
    name: str
    label: str
    unplaced: bool


@dataclass(frozen=True, slots=True)
class KnownPlacement:
    id: int
    homeroom_id: int
    student_number: str


@dataclass(frozen=True, slots=True)
class KnownPupil:
    """A child as one school knows it. Enrolment, placement and memberships are those of the file's year, if open."""

    id: int
    school_id: int
    family_name: str
    given_name: str
    family_name_kana: str
    given_name_kana: str
    sex: str
    birth_date: date | None
    code: str = ""
    enrolments: Mapping[int, int] = field(default_factory=dict)  # year -> id
    placements: Mapping[int, KnownPlacement] = field(default_factory=dict)  # enrolment -> its open main placement
    memberships: Mapping[tuple[int, int], int] = field(default_factory=dict)  # (enrolment, group) -> id
    base: Base | None = None
    sourced_ids: frozenset[str] = frozenset()
    left: Mapping[int, date] = field(default_factory=dict)  # year -> the last day that an ended enrolment of it had


@dataclass(frozen=True, slots=True)
class KnownContact:
    id: int
    kind: str
    address: str


@dataclass(frozen=True, slots=True)
class KnownGuardian:
    """A guardian; `bases` by school."""

    id: int
    family_name: str
    given_name: str
    family_name_kana: str
    given_name_kana: str
    language: str
    contacts: tuple[KnownContact, ...] = ()
    bases: Mapping[int, Base] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class KnownGuardianship:
    id: int
    guardian_id: int
    relationship: str
    position: int
    do_not_contact: bool = False


@dataclass(frozen=True, slots=True)
class KnownWaiting:
    """A contact without a child yet; `place` is school, year, class and group."""

    guardian_id: int
    place: tuple[int, int, int | None, int | None]


@dataclass(frozen=True, slots=True)
class Known:
    """All of it. `groups` are (id, name) by school; `guardian_schools` the pairs (school, guardian) that stand."""

    schools: tuple[KnownSchool, ...] = ()
    years: frozenset[tuple[int, int]] = frozenset()
    grades: Mapping[tuple[int, int, str], int] = field(default_factory=dict)  # (school, year, code) -> id
    homerooms: tuple[KnownHomeroom, ...] = ()
    groups: Mapping[int, tuple[tuple[int, str], ...]] = field(default_factory=dict)
    pupils: tuple[KnownPupil, ...] = ()
    guardians: tuple[KnownGuardian, ...] = ()
    guardianships: Mapping[int, tuple[KnownGuardianship, ...]] = field(default_factory=dict)  # by child
    guardian_schools: frozenset[tuple[int, int]] = frozenset()
    waiting: tuple[KnownWaiting, ...] = ()
    guardian_sources: Mapping[tuple[int, str], int] = field(default_factory=dict)  # (school, sourced id) -> guardian
