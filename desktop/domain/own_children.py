"""A guardian's own children as they are shown to that guardian, and what a change of them means."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from desktop.domain.people import Sex
from desktop.domain.registrations import RELATIONSHIPS, ChildGiven

CHILD_FIELDS = (
    "family_name", "given_name", "family_name_kana", "given_name_kana", "sex", "birth_date", "relationship",
)  # fmt: skip
SCHOOL_FIELDS = ("school", "homeroom", "groups", "student_number")

_WORDS = {
    "父": "father",
    "父親": "father",
    "母": "mother",
    "母親": "mother",
    "祖父": "grandfather",
    "祖母": "grandmother",
}
"""How rosters name relationships that the guardians' form has a choice for."""


@dataclass(frozen=True, slots=True)
class OwnChild:
    """One of a guardian's children. `open` is the number of a change or withdrawal that is not decided yet."""

    child_id: int
    family_name: str
    given_name: str
    family_name_kana: str
    given_name_kana: str
    sex: Sex
    birth_date: date | None
    relationship: str
    school_id: int | None
    school: str
    year: int | None
    homeroom_id: int | None
    homeroom: str
    groups: tuple[tuple[int, str], ...]
    student_number: str
    open: int | None = None

    @property
    def name(self) -> str:
        return f"{self.family_name} {self.given_name}".strip()

    @property
    def given(self) -> ChildGiven:
        """As the form begins; a relationship in other words than the form's is to be chosen anew."""
        relationship = _WORDS.get(self.relationship, self.relationship)
        return ChildGiven(
            self.family_name,
            self.given_name,
            self.family_name_kana,
            self.given_name_kana,
            self.sex,
            self.birth_date,
            relationship if relationship in RELATIONSHIPS else "",
        )

    def document(self) -> dict[str, Any]:
        """What is kept with a change, so that a reviewer sees what its guardian saw."""
        given = self.given
        texts: dict[str, Any] = {field: _text(getattr(given, field)) for field in CHILD_FIELDS}
        return texts | {
            "school_id": self.school_id,
            "school": self.school,
            "year": self.year,
            "homeroom_id": self.homeroom_id,
            "homeroom": self.homeroom,
            "group_ids": sorted(id_ for id_, _ in self.groups),
            "groups": listed(name for _, name in self.groups),
            "student_number": self.student_number,
        }


def texts_of(given: ChildGiven) -> dict[str, str]:
    """The seven fields as a change compares them."""
    return {field: _text(getattr(given, field)) for field in CHILD_FIELDS}


def listed(names: Any) -> str:
    """Names of groups, in an order of their own, so that two lists can be compared."""
    return ", ".join(sorted(names))


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value or "")
