"""The people of the practice city: always the same ones for the same seed and school year."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from random import Random

from desktop.demo import names
from desktop.demo.names import FamilyName, GivenName
from desktop.domain.schools import SchoolKind

SEED = 873


class Habit(StrEnum):
    """How a family is reached."""

    BOTH = "both"
    MAIL = "mail"
    LINE = "line"
    PAPER = "paper"  # neither mail nor LINE
    OLD_PHONE = "old_phone"  # a carrier's address that breaks the standard, plain text only
    UNKNOWN = "unknown"  # an address that nobody has any more; the mail server will say so
    BOUNCED = "bounced"  # mails came back in the past
    LINE_BLOCKED = "line_blocked"


_HABITS = {
    Habit.BOTH: 38,
    Habit.MAIL: 26,
    Habit.LINE: 16,
    Habit.PAPER: 3,
    Habit.OLD_PHONE: 5,
    Habit.UNKNOWN: 2,
    Habit.BOUNCED: 4,
    Habit.LINE_BLOCKED: 4,
}
_LANGUAGES = {"ja": 91, "vi": 6, "en": 3}


@dataclass(frozen=True, slots=True)
class SchoolPlan:
    """A school before it has children. `levels` count years from the first of primary school; each has the `rooms`."""

    code: str
    name: str
    kind: SchoolKind
    levels: tuple[int, ...]
    rooms: tuple[str, ...]
    children_a_level: int
    clubs: tuple[str, ...] = ()
    club_from: int = 0


SCHOOLS = (
    SchoolPlan("H001", "ひがし小学校", "primary", tuple(range(1, 7)), ("1", "2"), 60, ("サッカー部", "合唱部"), 4),
    SchoolPlan(
        "H002", "ひがし中学校", "junior_high", (7, 8, 9), ("1", "2", "3"), 84, ("サッカー部", "吹奏楽部", "美術部"), 7
    ),
    SchoolPlan("H003", "ひがし幼稚園", "kindergarten", (-2, -1, 0), ("すみれ",), 20),
)
_KINDERGARTEN_GRADES = {-2: "年少", -1: "年中", 0: "年長"}
_KINDERGARTEN_ROOMS = {-2: "すみれ", -1: "たんぽぽ", 0: "ひまわり"}
_FAMILIES = 600


@dataclass(frozen=True, slots=True)
class GuardianPlan:
    family: FamilyName
    given: GivenName
    relationship: str
    language: str
    email: str = ""
    phone: str = ""
    line_id: str = ""
    habit: Habit = Habit.BOTH


@dataclass(frozen=True, slots=True)
class ChildPlan:
    family: FamilyName
    given: GivenName
    sex: str
    birth_date: date
    level: int
    guardians: tuple[GuardianPlan, ...]
    school: str = ""
    grade: str = ""
    homeroom: str = ""
    number: int = 0
    code: str = ""
    clubs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class City:
    """Everybody in it."""

    year: int
    families: int
    children: tuple[ChildPlan, ...]
    guardians: tuple[GuardianPlan, ...]

    def of(self, school: str) -> list[ChildPlan]:
        return [child for child in self.children if child.school == school]


def invent(year: int, seed: int = SEED) -> City:
    """The city in the school year that begins in April of `year`."""
    random = Random(seed)  # noqa: S311 - invented people, no secrets
    households = [_household(random, number) for number in range(_FAMILIES)]
    levels = [level for school in SCHOOLS for level in school.levels for _ in range(school.children_a_level)]
    random.shuffle(levels)
    homes = list(range(_FAMILIES)) + random.sample(range(_FAMILIES), len(levels) - _FAMILIES)
    children = [
        _child(random, year, level, households[home]) for home, level in zip(homes, _apart(homes, levels), strict=True)
    ]
    guardians = tuple(guardian for _, guardians in households for guardian in guardians)
    return City(year, _FAMILIES, tuple(_enrolled(random, year, children)), guardians)


def _apart(homes: Sequence[int], levels: list[int]) -> list[int]:
    """Deal the levels so that no two children of one home share one: siblings, not twins."""
    dealt: dict[int, int] = {}
    for place, home in enumerate(homes):
        if dealt.get(home) == levels[place]:
            other = next(
                n
                for n in range(place)
                if levels[n] != levels[place] and homes[n] != home and homes.count(homes[n]) == 1
            )
            levels[place], levels[other] = levels[other], levels[place]
        dealt[home] = levels[place]
    return levels


_Household = tuple[FamilyName, tuple[GuardianPlan, ...]]
_MOTHERS = {"ja": names.JAPANESE_MOTHERS, "vi": names.VIETNAMESE_MOTHERS, "en": names.ENGLISH_MOTHERS}
_FATHERS = {"ja": names.JAPANESE_FATHERS, "vi": names.VIETNAMESE_FATHERS, "en": names.ENGLISH_FATHERS}
_FAMILY_NAMES = {"ja": names.JAPANESE_FAMILIES, "vi": names.VIETNAMESE_FAMILIES, "en": names.ENGLISH_FAMILIES}


def _household(random: Random, number: int) -> _Household:
    """One or two guardians; the first is the one whose habit counts."""
    language = _weighted(random, _LANGUAGES)
    family = random.choice(_FAMILY_NAMES[language])
    habit = Habit(_weighted(random, _HABITS))
    parents = ["mother", "father"] if random.random() < 0.8 else ["father", "mother"]
    count = 2 if random.random() < 0.6 and habit not in {Habit.PAPER, Habit.UNKNOWN, Habit.BOUNCED} else 1
    guardians = tuple(
        _guardian(random, number, family, parent, language, habit if place == 0 else _habit_of_second(random))
        for place, parent in enumerate(parents[:count])
    )
    return family, guardians


def _habit_of_second(random: Random) -> Habit:
    return random.choice((Habit.BOTH, Habit.MAIL, Habit.MAIL, Habit.LINE, Habit.PAPER))


def _guardian(
    random: Random, number: int, family: FamilyName, parent: str, language: str, habit: Habit
) -> GuardianPlan:
    line = habit in {Habit.BOTH, Habit.LINE, Habit.LINE_BLOCKED}
    return GuardianPlan(
        family,
        random.choice((_MOTHERS if parent == "mother" else _FATHERS)[language]),
        parent,
        language,
        email=_address(random, habit, family.latin, number, parent),
        phone=f"090-{random.randrange(1000, 9999)}-{number:04}",
        line_id=f"U{random.getrandbits(128):032x}" if line else "",
        habit=habit,
    )


def _address(random: Random, habit: Habit, latin: str, number: int, parent: str) -> str:
    """An address that no mail server of the world has."""
    mine = f"{latin}{number:03}{'a' if parent == 'mother' else 'b'}"
    if habit in {Habit.LINE, Habit.PAPER}:
        return ""
    if habit is Habit.UNKNOWN:
        return f"unknown.{mine}@mail.example"
    if habit is Habit.OLD_PHONE:
        return random.choice((f"{latin}..{number:03}@docomo.test", f".{mine}@au.test", f"{mine}.@docomo.test"))
    return f"{mine}@{random.choice(('mail.example', 'post.example', 'home.test'))}"


def _child(random: Random, year: int, level: int, household: _Household) -> ChildPlan:
    family, guardians = household
    language = guardians[0].language
    girl = random.random() < 0.5
    if language == "ja":
        given = random.choice(names.JAPANESE_GIRLS if girl else names.JAPANESE_BOYS)
    else:
        given = random.choice(names.VIETNAMESE_CHILDREN if language == "vi" else names.ENGLISH_CHILDREN)
    born = date(year - level - 6, 4, 2) + timedelta(days=random.randrange(365))
    return ChildPlan(family, given, "female" if girl else "male", born, level, guardians)


def _enrolled(random: Random, year: int, children: list[ChildPlan]) -> list[ChildPlan]:
    """In classes, numbered by kana as schools do, some of the older ones in clubs."""
    enrolled = []
    for school in SCHOOLS:
        for level in school.levels:
            of_level = [child for child in children if child.level == level]
            for place, room in enumerate(school.rooms):
                members = sorted(of_level[place :: len(school.rooms)], key=lambda c: (c.family.kana, c.given.kana))
                enrolled += [
                    replace(
                        child,
                        school=school.code,
                        grade=_KINDERGARTEN_GRADES.get(level, str(level if level < 7 else level - 6)),
                        homeroom=_KINDERGARTEN_ROOMS.get(level, room),
                        number=number,
                        code=f"{school.code[-1]}{year - (level - school.levels[0]):04}{place + 1}{number:02}",
                        clubs=_clubs(random, school, level),
                    )
                    for number, child in enumerate(members, 1)
                ]
    return enrolled


def _clubs(random: Random, school: SchoolPlan, level: int) -> tuple[str, ...]:
    joins = school.clubs and level >= school.club_from and random.random() < 0.2
    return (random.choice(school.clubs),) if joins else ()


def _weighted(random: Random, weights: dict[Habit, int] | dict[str, int]) -> str:
    return str(random.choices(list(weights), list(weights.values()))[0])
