"""What a guardian submits about a child, and what may happen to it until it stands in the roster (A21-A29)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from desktop.domain.kana import read_kana
from desktop.domain.names import trimmed, unreadable_characters
from desktop.domain.people import FieldProblem, Sex
from desktop.domain.schools import last_day, school_year

LONGEST_TEXT = 100
MOST_GROUPS = 30
MOST_OPEN = 30
"""So many registrations that nobody decided about may one guardian have."""
TAKE_BACK = timedelta(seconds=60)
"""So long a decision can be taken back: only then it takes effect, and only then the mail leaves."""
AGES = range(2, 20)
RELATIONSHIPS = ("father", "mother", "grandfather", "grandmother", "guardian", "other")


class Kind(StrEnum):
    """What a submission is about. Only staff are told a second parent from a new child."""

    NEW_CHILD = "new_child"
    SECOND_PARENT = "second_parent"
    CHANGE = "change"
    WITHDRAWAL = "withdrawal"


class RegistrationState(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    ASKED_BACK = "asked_back"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    TAKEN_BACK = "taken_back"


class Decision(StrEnum):
    """What a reviewer decided; it waits TAKE_BACK before it takes effect."""

    ACCEPT_NEW = "accept_new"
    LINK = "link"
    ACCEPT = "accept"  # a change or a withdrawal, as it was asked for
    REFUSE = "refuse"
    ASK_BACK = "ask_back"


class Refusal(StrEnum):
    """Why a registration is refused; the guardian's mail says it in their language."""

    NOT_AT_SCHOOL = "not_at_school"
    WRONG_SCHOOL = "wrong_school"
    TWICE = "twice"
    NOT_A_GUARDIAN = "not_a_guardian"
    OTHER = "other"


class Caution(StrEnum):
    """What a reviewer is told beside the matches."""

    AGE = "age"  # the grade is not one of children born then
    WRONG_CLASS = "wrong_class"
    CODE_RENEWED = "code_renewed"
    TWICE = "twice"
    MAIL_OF_ANOTHER = "mail_of_another"
    KANA_FOR_CLERK = "kana_for_clerk"
    SECOND_PARENT = "second_parent"


@dataclass(frozen=True, slots=True)
class ChildGiven:
    """「子どもの情報登録」 as it was typed: seven fields."""

    family_name: str
    given_name: str
    family_name_kana: str
    given_name_kana: str
    sex: Sex
    birth_date: date | None
    relationship: str


@dataclass(frozen=True, slots=True)
class SchoolGiven:
    """「学校情報登録」 as it was typed. The code is checked and not kept; the class says the grade and the year."""

    school_id: int
    homeroom_id: int
    group_ids: frozenset[int] = frozenset()
    student_number: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Registration:
    """One as its guardian sees it. `school` and `homeroom` are names; empty while the school is missing (A23)."""

    id: int
    state: RegistrationState
    child: ChildGiven
    kana_for_clerk: bool
    school_id: int | None
    school: str
    year: int | None
    homeroom_id: int | None
    homeroom: str
    groups: tuple[str, ...]
    student_number: str
    submitted_at: datetime | None
    reason: str
    version: int
    kind: Kind = Kind.NEW_CHILD
    about_child_id: int | None = None
    known_school_id: int | None = None
    closes_account: bool = False

    def code_needed(self, school_id: int) -> bool:
        """Whoever is a child's guardian at a school already need not know its code (A28)."""
        return school_id != self.known_school_id


@dataclass(frozen=True, slots=True)
class FieldChange:
    """What a guardian wants to be another: as they saw it, as it shall be, and as the roster has it now.

    `field` is one of ChildGiven's, or school, homeroom, groups, student_number; texts to show, dates as ISO.
    """

    field: str
    old: str
    new: str
    now: str


def coming_year(today: date, opens_on: date | None) -> int:
    """The school year that grade and class mean: from the opening of registration to 31 March the coming one (A24)."""
    year = school_year(today)
    if opens_on is None or not opens_on <= today <= last_day(school_year(opens_on)):
        return year
    return year + 1


def born_between(kind: str, grade: str, year: int) -> tuple[date, date] | None:
    """When children of a grade were born (2 April to 1 April); None for kindergartens and grades without a number."""
    if kind not in ("primary", "junior_high", "combined") or not grade.isascii() or not grade.isdigit():
        return None
    number = int(grade) + (6 if kind == "junior_high" else 0)
    if not 1 <= number <= 9:
        return None
    return date(year - 6 - number, 4, 2), date(year - 5 - number, 4, 1)


def kept(given: ChildGiven) -> tuple[ChildGiven, bool]:
    """The child as it is stored, and whether a clerk must complete the kana. Only for what `check_child` passed."""
    family, own = read_kana(given.family_name_kana), read_kana(given.given_name_kana)
    assert family is not None
    assert own is not None
    clean = replace(
        given,
        family_name=trimmed(given.family_name),
        given_name=trimmed(given.given_name),
        family_name_kana=family.text,
        given_name_kana=own.text,
        relationship=given.relationship,
    )
    return clean, family.for_clerk or own.for_clerk


def check_child(given: ChildGiven, today: date) -> list[FieldProblem]:
    """Everything that is wrong with the seven fields. A given name may be missing: there are single names."""
    return [*_required(given), *_texts(given), *_kana(given), *_birth(given.birth_date, today), *_words(given)]


def _required(given: ChildGiven) -> Iterator[FieldProblem]:
    for field in ("family_name", "family_name_kana"):
        if not trimmed(getattr(given, field)):
            yield FieldProblem(field, "required")
    if trimmed(given.given_name) and not trimmed(given.given_name_kana):
        yield FieldProblem("given_name_kana", "required")
    if not given.sex:
        yield FieldProblem("sex", "required")


def _texts(given: ChildGiven) -> Iterator[FieldProblem]:
    for field in ("family_name", "given_name", "family_name_kana", "given_name_kana"):
        text = getattr(given, field)
        if len(text) > LONGEST_TEXT:
            yield FieldProblem(field, "name.too_long")
        elif unreadable_characters(text):
            yield FieldProblem(field, "control_characters")


def _kana(given: ChildGiven) -> Iterator[FieldProblem]:
    for field in ("family_name_kana", "given_name_kana"):
        text = getattr(given, field)
        if len(text) <= LONGEST_TEXT and not unreadable_characters(text) and read_kana(text) is None:
            yield FieldProblem(field, "kana")


def _birth(born: date | None, today: date) -> Iterator[FieldProblem]:
    if born is None:
        yield FieldProblem("birth_date", "required")
    elif born > today:
        yield FieldProblem("birth_date", "date.future")
    elif today.year - born.year not in AGES:
        yield FieldProblem("birth_date", "birth_date.unlikely")


def _words(given: ChildGiven) -> Iterator[FieldProblem]:
    if given.sex not in ("", "male", "female", "other"):
        yield FieldProblem("sex", "choice")
    if given.relationship not in RELATIONSHIPS:
        yield FieldProblem("relationship", "required" if not given.relationship else "choice")


def check_school(given: SchoolGiven, *, code_needed: bool = True) -> list[FieldProblem]:
    """What can be said before the database is asked."""
    problems = []
    if len(given.student_number) > LONGEST_TEXT:
        problems.append(FieldProblem("student_number", "name.too_long"))
    elif unreadable_characters(given.student_number):
        problems.append(FieldProblem("student_number", "control_characters"))
    if len(given.group_ids) > MOST_GROUPS:
        problems.append(FieldProblem("group_ids", "groups.too_many"))
    if code_needed and not trimmed(given.code):
        problems.append(FieldProblem("code", "required"))
    return problems
