"""What an import will write, and what it comes to. What is new has a negative id until it is written."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from desktop.domain.rosters.differences import Difference
from desktop.domain.rosters.known import KnownHomeroom, KnownSchool
from desktop.domain.rosters.rows import ChildEntry, GuardianEntry, Problem


@dataclass(frozen=True, slots=True)
class NewGrade:
    id: int
    school_id: int
    year: int
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class NewGroup:
    id: int
    school_id: int
    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class NewEnrolment:
    """`from_date` None is the year's first day; a child that had left begins again then or today, whatever is later."""

    id: int
    child_id: int
    school_id: int
    year: int
    from_date: date | None = None


@dataclass(frozen=True, slots=True)
class NewPlacement:
    enrolment_id: int
    school_id: int
    year: int
    homeroom_id: int
    student_number: str


@dataclass(frozen=True, slots=True)
class NewMembership:
    enrolment_id: int
    school_id: int
    year: int
    group_id: int


@dataclass(frozen=True, slots=True)
class NewGuardianship:
    child_id: int
    guardian_id: int
    relationship: str
    position: int


@dataclass(frozen=True, slots=True)
class NewWaiting:
    """A contact without a child yet, in a class, a group, or at the school alone."""

    guardian_id: int
    school_id: int
    year: int
    homeroom_id: int | None
    group_id: int | None
    name: str


@dataclass(slots=True)
class Changes:
    """Everything to write, in the order of its lists. Fields of changed rows are named as their columns are."""

    schools: list[KnownSchool] = field(default_factory=list)
    years: set[tuple[int, int]] = field(default_factory=set)
    grades: list[NewGrade] = field(default_factory=list)
    homerooms: list[KnownHomeroom] = field(default_factory=list)
    groups: list[NewGroup] = field(default_factory=list)
    children: list[tuple[int, ChildEntry]] = field(default_factory=list)
    children_changed: dict[int, dict[str, object]] = field(default_factory=dict)
    codes_dropped: list[tuple[int, str]] = field(default_factory=list)  # school, code
    codes: list[tuple[int, str, int]] = field(default_factory=list)  # school, code, child
    child_sources: list[tuple[int, str, int]] = field(default_factory=list)  # school, sourced id, child
    guardian_sources: list[tuple[int, str, int]] = field(default_factory=list)  # school, sourced id, guardian
    enrolments: list[NewEnrolment] = field(default_factory=list)
    placements_closed: list[int] = field(default_factory=list)
    placements_numbered: list[tuple[int, str]] = field(default_factory=list)
    placements: list[NewPlacement] = field(default_factory=list)
    memberships_closed: list[int] = field(default_factory=list)
    memberships: list[NewMembership] = field(default_factory=list)
    guardians: list[tuple[int, GuardianEntry]] = field(default_factory=list)
    guardians_changed: dict[int, dict[str, object]] = field(default_factory=dict)
    guardianships: list[NewGuardianship] = field(default_factory=list)
    relationships: list[tuple[int, str]] = field(default_factory=list)
    guardian_schools: set[tuple[int, int]] = field(default_factory=set)
    contacts: list[tuple[int, str, str]] = field(default_factory=list)  # guardian, kind, address
    contacts_changed: list[tuple[int, str, str]] = field(default_factory=list)  # contact, kind, address
    waiting: list[NewWaiting] = field(default_factory=list)
    bases: list[tuple[str, int, int, dict[str, object]]] = field(default_factory=list)  # kind, ref, school, values
    touched_children: set[int] = field(default_factory=set)
    touched_guardians: set[int] = field(default_factory=set)


class Outcome(StrEnum):
    NEW = "new"
    MOVED = "moved"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """What becomes of one row, or of one address of it.

    `changed` are targets; `before` is the class that a moved child leaves.
    """

    line: int
    outcome: Outcome
    name: str = ""
    homeroom: str = ""
    before: str = ""
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MissingChild:
    """A child of the file's school, year and grades that the file does not name; it stays as it is."""

    id: int
    name: str
    homeroom: str


@dataclass(frozen=True, slots=True)
class Plan:
    changes: Changes
    outcomes: tuple[RowOutcome, ...]
    problems: tuple[Problem, ...]
    missing: tuple[MissingChild, ...]
    schools: frozenset[int]
    """The existing schools that the file is about."""
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportPreview:
    """What an import would do. `rows` has one entry a line of the file; problems are all there are, held or not."""

    new: int
    moved: int
    changed: int
    unchanged: int
    held: int
    rows: tuple[RowOutcome, ...]
    problems: tuple[Problem, ...]
    missing: tuple[MissingChild, ...]
    new_schools: tuple[str, ...]
    new_homerooms: tuple[str, ...]
    new_groups: tuple[str, ...]
    new_guardians: int
    differences: tuple[Difference, ...] = ()
    contacts: bool = False
    """The file is a bare list of addresses: what is counted are contacts that wait for their child."""


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import did. `imported` counts new and changed children; `held` and `warnings` are in line order."""

    import_id: int | None
    rows: int
    new: int
    moved: int
    changed: int
    unchanged: int
    held: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    missing: tuple[MissingChild, ...]
    differences: tuple[Difference, ...] = ()
    contacts: bool = False

    @property
    def imported(self) -> int:
        return self.new + self.moved + self.changed
