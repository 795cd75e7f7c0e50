"""Schools and their parts, as the rest of the program sees them."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

SchoolKind = Literal["primary", "junior_high", "kindergarten", "combined", "special"]
GroupKind = Literal["club", "other"]


def school_year(day: date) -> int:
    """The school year of a day: 2026 is April 2026 to March 2027."""
    return day.year if day.month >= 4 else day.year - 1


def first_day(year: int) -> date:
    return date(year, 4, 1)


def last_day(year: int) -> date:
    return date(year + 1, 3, 31)


def day_in_year(today: date, year: int) -> date:
    """The day of a school year that is nearest to today: on it one looks at the year, in it one may write."""
    return min(max(today, first_day(year)), last_day(year))


@dataclass(frozen=True, slots=True)
class SchoolRow:
    id: int
    code: str
    name: str
    kind: SchoolKind
    phone: str
    email: str
    version: int
    accepts_unseen: bool = False


@dataclass(frozen=True, slots=True)
class HomeroomNode:
    """A homeroom in the tree, with its children counted. `label` is what `homeroom:H001/3-1` names."""

    id: int
    label: str
    name: str
    unplaced: bool
    children: int


@dataclass(frozen=True, slots=True)
class GradeNode:
    id: int
    code: str
    name: str
    children: int
    homerooms: tuple[HomeroomNode, ...]


@dataclass(frozen=True, slots=True)
class GroupNode:
    id: int
    kind: GroupKind
    name: str
    children: int


@dataclass(frozen=True, slots=True)
class SchoolTree:
    """One school in one year. `placeless` counts children of the year without a homeroom."""

    school: SchoolRow
    year: int
    children: int
    grades: tuple[GradeNode, ...]
    groups: tuple[GroupNode, ...]
    placeless: int


@dataclass(frozen=True, slots=True)
class SchoolForm:
    """What is typed to add or change a school; `id` and `version` None for a new one.

    `accepts_unseen`: registrations that are certain come in without a reviewer.
    """

    code: str
    name: str
    kind: SchoolKind
    phone: str = ""
    email: str = ""
    id: int | None = None
    version: int | None = None
    accepts_unseen: bool = False
