"""Children and guardians, as the rest of the program sees them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Generic, Literal, TypeVar

Row = TypeVar("Row")
Sex = Literal["", "male", "female", "other"]
ContactKind = Literal["email", "line", "sms", "phone", "paper"]


class Reach(StrEnum):
    """Whether notices reach a family by a working channel."""

    REACHED = "reached"
    UNREACHED = "unreached"


@dataclass(frozen=True, slots=True)
class Node:
    """Where in the rosters a list looks: a part of a school, a school, or (all None) everything one may see.

    `placeless` asks for children of the school and year without a homeroom.
    """

    school_id: int | None = None
    year: int | None = None
    grade_id: int | None = None
    homeroom_id: int | None = None
    group_id: int | None = None
    placeless: bool = False


@dataclass(frozen=True, slots=True)
class ListQuery:
    """What a list shows: where, what was typed, which of them, in which order (`-kana` is descending).

    An empty order is the list's own: guardians by kana, the children of a class by number, others by class; and of very
    many that were found for what was typed, those first whose key is.
    """

    node: Node = Node()
    typed: str = ""
    only: Literal["all", "unreached", "flagged"] = "all"
    order: str = "kana"


@dataclass(frozen=True, slots=True)
class Opening(Generic[Row]):
    """How a list begins: the ids at its top and their rows.

    `whole` says that there are no more; `by_key` that so many were found that they stand by what was typed.
    """

    ids: Sequence[int]
    rows: tuple[Row, ...]
    whole: bool
    by_key: bool = False


@dataclass(frozen=True, slots=True)
class ChildRow:
    """One line of the list of children. `flagged` is None for those who may not know."""

    id: int
    family_name: str
    given_name: str
    family_name_kana: str
    given_name_kana: str
    homeroom: str
    student_number: str
    guardians: int
    email: bool
    line: bool
    line_stopped: bool
    flagged: bool | None

    @property
    def name(self) -> str:
        return f"{self.family_name} {self.given_name}".strip()

    @property
    def kana(self) -> str:
        return f"{self.family_name_kana} {self.given_name_kana}".strip()

    @property
    def reached(self) -> bool:
        return self.email or self.line


@dataclass(frozen=True, slots=True)
class GuardianRow:
    """One line of the list of guardians; `children` are their names with class."""

    id: int
    family_name: str
    given_name: str
    family_name_kana: str
    given_name_kana: str
    language: str
    children: tuple[str, ...]
    email: bool
    line: bool
    line_stopped: bool

    @property
    def name(self) -> str:
        return f"{self.family_name} {self.given_name}".strip()


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact point with its state; `suppressed_reason` None and `verified` mean it is used."""

    id: int
    kind: ContactKind
    address: str
    plain_text_only: bool
    verified: bool
    suppressed_reason: str | None
    suppressed_at: datetime | None
    version: int

    @property
    def usable(self) -> bool:
        return self.verified and self.suppressed_reason is None


@dataclass(frozen=True, slots=True)
class FamilyMember:
    """A guardian as seen from a child."""

    guardianship_id: int
    guardian_id: int
    name: str
    kana: str
    relationship: str
    position: int
    language: str
    do_not_contact: bool
    contacts: tuple[Contact, ...]


@dataclass(frozen=True, slots=True)
class PlacementRow:
    school_id: int
    school: str
    year: int
    homeroom_id: int | None
    homeroom: str
    student_number: str


@dataclass(frozen=True, slots=True)
class ReceivedNotice:
    """A notice that went out for a child: the best state that any of its guardians' deliveries reached."""

    notice_id: int
    title: str
    sent_at: datetime
    state: str


@dataclass(frozen=True, slots=True)
class ChildDetails:
    id: int
    family_name: str
    given_name: str
    family_name_kana: str
    given_name_kana: str
    sex: Sex
    birth_date: date | None
    child_code: str
    placements: tuple[PlacementRow, ...]
    groups: tuple[str, ...]
    guardians: tuple[FamilyMember, ...]
    notices: tuple[ReceivedNotice, ...]
    flagged: bool | None
    version: int


@dataclass(frozen=True, slots=True)
class GuardianDetails:
    id: int
    family_name: str
    given_name: str
    family_name_kana: str
    given_name_kana: str
    language: str
    contacts: tuple[Contact, ...]
    children: tuple[tuple[int, str, str], ...]  # id, name, homeroom
    version: int


@dataclass(frozen=True, slots=True)
class ChildForm:
    """What is typed to add or edit a child; `id` and `version` None for a new one."""

    family_name: str
    given_name: str
    family_name_kana: str = ""
    given_name_kana: str = ""
    sex: Sex = ""
    birth_date: date | None = None
    homeroom_id: int | None = None
    student_number: str = ""
    child_code: str = ""
    group_ids: frozenset[int] = frozenset()
    id: int | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True)
class ContactForm:
    kind: ContactKind
    address: str
    plain_text_only: bool = False
    id: int | None = None


@dataclass(frozen=True, slots=True)
class GuardianForm:
    """What is typed to add or edit a guardian of a child; contacts not named any more are removed."""

    family_name: str
    given_name: str = ""
    family_name_kana: str = ""
    given_name_kana: str = ""
    language: str = "ja"
    relationship: str = ""
    do_not_contact: bool = False
    contacts: tuple[ContactForm, ...] = field(default_factory=tuple)
    id: int | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """A field that cannot be saved as it is: the form's attribute name and why (worded by desktop/wording)."""

    field: str
    code: str
