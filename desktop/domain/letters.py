"""The letters by which schools ask families to register (A14, A15, A28): for whom, and what they say."""

from dataclasses import dataclass, field
from datetime import date, datetime

from desktop.domain.help_contacts import HelpContact


@dataclass(frozen=True, slots=True)
class LetterOrder:
    """Whose letters are wanted: a school's, one class's, or those of single children (of any school).

    `language` is the letters' own; with `family_language` a family whose language is known gets its own. `back` is
    the language of the second side, empty for a blank one.
    """

    school_id: int | None
    homeroom_id: int | None = None
    child_ids: tuple[int, ...] = ()
    year: int | None = None
    only_unregistered: bool = False
    language: str = "ja"
    family_language: bool = True
    back: str = ""


@dataclass(frozen=True, slots=True)
class Addressee:
    """The child whose guardian a letter is for. `homeroom` is empty for a child without a class."""

    child_id: int
    name: str
    grade: str
    homeroom: str
    unplaced: bool
    student_number: str
    language: str


@dataclass(frozen=True, slots=True)
class LetterPaper:
    """What all letters of one school have in common. Addresses are empty where none is set, moments aware.

    `code` is secret: this value goes to paper alone, never into a log or a file's name. A sample has STARS.
    """

    school: str
    phone: str
    city: str
    portal_url: str
    terms_url: str
    guide_url: str
    line_url: str
    from_address: str
    code: str = field(repr=False)
    opens_at: datetime | None
    line_opens_at: datetime | None
    contacts: tuple[HelpContact, ...]
    printed_on: date


STARS = "••••-••••"
"""In the place of a code where a letter is only looked at."""


@dataclass(frozen=True, slots=True)
class SchoolLetters:
    """One school's letters in the order in which they are handed out: by class, then by number."""

    school_id: int
    paper: LetterPaper
    addressees: tuple[Addressee, ...]


@dataclass(frozen=True, slots=True)
class LetterBatch:
    """Everything that one printing takes."""

    schools: tuple[SchoolLetters, ...]
    back: str = ""

    @property
    def letters(self) -> int:
        return sum(len(school.addressees) for school in self.schools)


def number_key(student_number: str) -> tuple[int, str]:
    """Sorts numbers as numbers, before everything else; who has none comes last."""
    digits = student_number if student_number.isascii() and student_number.isdigit() else ""
    return (int(digits) if digits else 10**9 + (not student_number), student_number)
