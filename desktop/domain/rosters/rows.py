"""What the rows of a roster mean, and what is wrong with them."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from desktop.domain.rosters.words import GradeWord


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a file: the number a person sees beside it, and its cells as text."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """What was read of a file. `form` is csv or xlsx; encoding and delimiter are a CSV file's, to write it alike."""

    form: str
    header: Line
    lines: tuple[Line, ...]
    encoding: str = ""
    delimiter: str = ""


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a cell. An error holds its row. `column` is the file's own header.

    `details` help to word it and carry no personal data.
    """

    line: int
    column: str
    code: str
    severity: Severity = Severity.ERROR
    details: dict[str, object] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        return self.severity is Severity.ERROR


@dataclass(frozen=True, slots=True)
class ChildEntry:
    family_name: str
    given_name: str
    family_name_kana: str
    given_name_kana: str
    code: str
    sex: str
    birth_date: date | None
    sourced_id: str = ""
    """What the system that wrote the file calls the child, for ever."""


@dataclass(frozen=True, slots=True)
class GuardianEntry:
    """A guardian as a row gives it; empty is what the file does not say. `position` is n of its columns."""

    position: int
    family_name: str
    given_name: str
    family_name_kana: str
    given_name_kana: str
    relationship: str
    email: str
    phone: str
    language: str
    line_user_id: str
    sourced_id: str = ""


@dataclass(frozen=True, slots=True)
class RosterRow:
    """A good row. `homeroom` and `groups` are None where the file has no such column or, for a class, says nothing."""

    line: int
    school_code: str
    school_name: str
    year: int
    grade: GradeWord
    homeroom: str | None
    student_number: str
    child: ChildEntry
    groups: tuple[str, ...] | None
    guardians: tuple[GuardianEntry, ...]


@dataclass(frozen=True, slots=True)
class ContactRow:
    """A good row of a bare list of addresses; with neither a grade nor groups it is about the school alone."""

    line: int
    school_code: str
    year: int
    grade: GradeWord | None
    homeroom: str | None
    groups: tuple[str, ...]
    name: str
    language: str
    addresses: tuple[str, ...]
