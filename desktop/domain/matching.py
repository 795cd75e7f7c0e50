"""Which child of the roster a registration means: scored, and explained field by field."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from desktop.domain.names import match_key, search_key, sort_key


class Likeness(StrEnum):
    """How a field of a registration stands to the roster's. Missing: one of the two does not say."""

    SAME = "same"
    NEAR = "near"
    DIFFERS = "differs"
    MISSING = "missing"


class Match(StrEnum):
    """What is made of all fields together. Exact: what may be accepted in bulk, after a look at the list."""

    EXACT = "exact"
    NEAR = "near"
    NONE = "none"


class Field(StrEnum):
    KANA = "kana"
    NAME = "name"
    BIRTH_DATE = "birth_date"
    HOMEROOM = "homeroom"
    STUDENT_NUMBER = "student_number"
    SECOND_PARENT = "second_parent"


@dataclass(frozen=True, slots=True)
class Sought:
    """What a registration says of a child. `guardian_key` is the match key of the registrant's own names."""

    family_name: str
    given_name: str
    family_name_kana: str
    given_name_kana: str
    birth_date: date | None
    homeroom_id: int | None
    unplaced: bool
    student_number: str = ""
    guardian_key: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A child of the roster. `other_guardians` are match keys of the names of those it has already.

    `homeroom_id` is its class where the registration is for; `school` and `homeroom` say where it is in any case. The
    last five are for the reviewer's eyes and count for nothing.
    """

    child_id: int
    family_name: str
    given_name: str
    family_name_kana: str
    given_name_kana: str
    birth_date: date | None
    homeroom_id: int | None
    unplaced: bool
    student_number: str = ""
    claimed: bool = False
    other_guardians: frozenset[str] = frozenset()
    sex: str = ""
    school: str = ""
    homeroom: str = ""
    groups: tuple[str, ...] = ()
    guardians: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scored:
    """A candidate with its points of 100, and each field's likeness, for the reviewer to see why."""

    candidate: Candidate
    score: int
    match: Match
    fields: tuple[tuple[Field, Likeness], ...]

    def likeness(self, field: Field) -> Likeness:
        return dict(self.fields)[field]


_POINTS = {
    Field.KANA: (30, 18),
    Field.NAME: (15, 8),
    Field.BIRTH_DATE: (30, 12),
    Field.HOMEROOM: (10, 6),
    Field.STUDENT_NUMBER: (10, 0),
    Field.SECOND_PARENT: (5, 3),
}
"""For the same, and for something near it."""
_WORTH_SHOWING = 40
_TELLING = (Field.KANA, Field.NAME, Field.BIRTH_DATE, Field.HOMEROOM, Field.STUDENT_NUMBER)


def best_matches(sought: Sought, candidates: Iterable[Candidate], most: int = 5) -> tuple[Scored, ...]:
    """The likeliest children, the best first. Two that are alike are both no more than near."""
    scored = [score(sought, candidate) for candidate in candidates]
    found = sorted(
        (each for each in scored if each.match is not Match.NONE),
        key=lambda each: (-each.score, each.candidate.child_id),
    )[:most]
    return _without_doubles(found)


def _without_doubles(found: Sequence[Scored]) -> tuple[Scored, ...]:
    exact = [each for each in found if each.match is Match.EXACT]
    if len(exact) < 2:
        return tuple(found)
    return tuple(Scored(each.candidate, each.score, Match.NEAR, each.fields) for each in found)


def score(sought: Sought, candidate: Candidate) -> Scored:
    fields = (
        (Field.KANA, _kana(sought, candidate)),
        (Field.NAME, _name(sought, candidate)),
        (Field.BIRTH_DATE, birth_dates(sought.birth_date, candidate.birth_date)),
        (Field.HOMEROOM, _homeroom(sought, candidate)),
        (Field.STUDENT_NUMBER, _number(sought.student_number, candidate.student_number)),
        (Field.SECOND_PARENT, _second_parent(sought, candidate)),
    )
    points = sum(_points(field, likeness) for field, likeness in fields)
    return Scored(candidate, points, _match(points, dict(fields)), fields)


def _points(field: Field, likeness: Likeness) -> int:
    same, near = _POINTS[field]
    return {Likeness.SAME: same, Likeness.NEAR: near}.get(likeness, 0)


def _match(points: int, fields: dict[Field, Likeness]) -> Match:
    certain = fields[Field.KANA] is Likeness.SAME and fields[Field.BIRTH_DATE] is Likeness.SAME
    contradicted = any(fields[field] is Likeness.DIFFERS for field in _TELLING)
    placed = Likeness.SAME in (fields[Field.STUDENT_NUMBER], fields[Field.HOMEROOM])
    if certain and placed and not contradicted and fields[Field.NAME] is not Likeness.NEAR:
        return Match.EXACT
    return Match.NEAR if points >= _WORTH_SHOWING else Match.NONE


def may_pass_unseen(sought: Sought, scored: Scored) -> bool:
    """The rule by which a school may let a registration in without a reviewer: number, kana and birth date are the
    same, nobody claimed the child yet, and its class is the same or not settled. Flags are not known here.
    """
    certain = (Field.KANA, Field.BIRTH_DATE, Field.STUDENT_NUMBER)
    placed = scored.likeness(Field.HOMEROOM) is Likeness.SAME or scored.candidate.unplaced or sought.unplaced
    return (
        scored.match is Match.EXACT
        and all(scored.likeness(field) is Likeness.SAME for field in certain)
        and placed
        and not scored.candidate.claimed
    )


def _kana(sought: Sought, candidate: Candidate) -> Likeness:
    mine = (sought.family_name_kana, sought.given_name_kana)
    theirs = (candidate.family_name_kana, candidate.given_name_kana)
    if not "".join(mine) or not "".join(theirs):
        return Likeness.MISSING
    if _joined(mine, search_key) == _joined(theirs, search_key):
        return Likeness.SAME
    if _joined(mine, _plain_kana) == _joined(theirs, _plain_kana):
        return Likeness.NEAR
    alike = [bool(a) and _plain_kana(a) == _plain_kana(b) for a, b in zip(mine, theirs, strict=True)]
    return Likeness.NEAR if any(alike) else Likeness.DIFFERS


def _plain_kana(text: str) -> str:
    """Without what families and clerks write either way: voicing, small and old kana (ヅ ズ, ヂ ジ, ヲ オ, ヰ イ)."""
    return sort_key(text).partition(" ")[0].translate(_OLD_KANA)


_OLD_KANA = str.maketrans(
    {"ヂ": "シ", "ヅ": "ス", "チ": "シ", "ツ": "ス", "ヲ": "オ", "ヰ": "イ", "ヱ": "エ", "ー": ""}
)


def _name(sought: Sought, candidate: Candidate) -> Likeness:
    mine = (sought.family_name, sought.given_name)
    theirs = (candidate.family_name, candidate.given_name)
    if _joined(mine, search_key) == _joined(theirs, search_key) or _joined(mine, match_key) == _joined(
        theirs, match_key
    ):
        return Likeness.SAME
    alike = [bool(a) and match_key(a) == match_key(b) for a, b in zip(mine, theirs, strict=True)]
    return Likeness.NEAR if any(alike) else Likeness.DIFFERS


def _joined(names: tuple[str, str], key: Callable[[str], str]) -> str:
    return "".join(key(name) for name in names)


def birth_dates(mine: date | None, theirs: date | None) -> Likeness:
    """Near: month and day changed places, or one of the three parts is another."""
    if mine is None or theirs is None:
        return Likeness.MISSING
    if mine == theirs:
        return Likeness.SAME
    if (mine.year, mine.month, mine.day) == (theirs.year, theirs.day, theirs.month):
        return Likeness.NEAR
    others = [mine.year != theirs.year, mine.month != theirs.month, mine.day != theirs.day]
    return Likeness.NEAR if sum(others) == 1 else Likeness.DIFFERS


def _homeroom(sought: Sought, candidate: Candidate) -> Likeness:
    if sought.homeroom_id is None or candidate.homeroom_id is None:
        return Likeness.MISSING
    if sought.homeroom_id == candidate.homeroom_id:
        return Likeness.SAME
    return Likeness.NEAR if sought.unplaced or candidate.unplaced else Likeness.DIFFERS


def _number(mine: str, theirs: str) -> Likeness:
    """`07` is `7`; of one who gave none, nothing follows."""
    mine, theirs = search_key(mine).lstrip("0"), search_key(theirs).lstrip("0")
    if not mine or not theirs:
        return Likeness.MISSING
    return Likeness.SAME if mine == theirs else Likeness.DIFFERS


def _second_parent(sought: Sought, candidate: Candidate) -> Likeness:
    if not candidate.other_guardians or not sought.guardian_key:
        return Likeness.MISSING
    return Likeness.SAME if sought.guardian_key in candidate.other_guardians else Likeness.DIFFERS
