"""Schools, grades, classes and groups that rows name; what is missing is planned."""

from itertools import count

from desktop.domain.names import search_key
from desktop.domain.rosters.changes import Changes, NewGrade, NewGroup
from desktop.domain.rosters.known import Known, KnownHomeroom, KnownSchool
from desktop.domain.rosters.words import GradeWord, Stage, grade_code, read_class

UNPLACED_NAME = "未定"
_KINDERGARTEN_GRADES = {"1": "年少", "2": "年中", "3": "年長"}
_CLUB_ENDINGS = ("部", "クラブ", "club", "clb", "団")
_KINDS_BY_NAME = {
    "kindergarten": ("幼稚園", "こども園", "保育園", "kindergarten", "mầm non", "mẫu giáo"),
    "junior_high": ("中学校", "junior high", "middle school", "trung học cơ sở", "thcs"),
    "combined": ("義務教育学校", "小中学校", "学園"),
    "special": ("支援学校", "special"),
    "primary": ("小学校", "primary", "elementary", "tiểu học"),
}


class Places:
    """Finds or plans them; ids of what is planned are negative."""

    def __init__(self, known: Known, changes: Changes) -> None:
        self._changes = changes
        self._next = count(-1, -1)
        self._schools = {school.code: school for school in known.schools}
        self._years = set(known.years)
        self._grades = dict(known.grades)
        self._met: set[tuple[int, int, str]] = set()
        self._homerooms = {self._key(room): room for room in known.homerooms}
        self._by_id = {room.id: room for room in known.homerooms}
        self._groups = {
            (school, search_key(name)): group for school, listed in known.groups.items() for group, name in listed
        }
        self._group_keys = {group: key[1] for key, group in self._groups.items()}

    def school(self, code: str, name: str, grade: GradeWord) -> KnownSchool | None:
        """The school, one to be made if the row names it in full; None if it is unknown."""
        if code not in self._schools and name:
            self._schools[code] = KnownSchool(next(self._next), code, name, _kind(name, grade))
        return self._schools.get(code)

    def grade(self, school: KnownSchool, year: int, word: GradeWord) -> str | None:
        """The grade's code, or None where such a school has no such grade."""
        code = grade_code(word, school.kind)
        if code is None:
            return None
        if (school.id, year, code) not in self._met:
            self._met.add((school.id, year, code))
            self._open(school, year, code)
        return code

    def _open(self, school: KnownSchool, year: int, code: str) -> None:
        if school.id < 0 and school not in self._changes.schools:
            self._changes.schools.append(school)
        if (school.id, year) not in self._years:
            self._years.add((school.id, year))
            self._changes.years.add((school.id, year))
        if (school.id, year, code) not in self._grades:
            grade_id = next(self._next)
            self._grades[school.id, year, code] = grade_id
            self._changes.grades.append(NewGrade(grade_id, school.id, year, code, grade_name(code, school.kind)))
        self.homeroom(school.id, year, code, "")

    def homeroom(self, school_id: int, year: int, grade: str, name: str) -> KnownHomeroom:
        """The class of a grade that stands; an empty name is the class of those not yet placed (A25)."""
        key = (school_id, year, grade, search_key(name))
        if key not in self._homerooms:
            shown = name or UNPLACED_NAME
            room = KnownHomeroom(
                next(self._next), school_id, year, self._grades[school_id, year, grade], grade, shown,
                f"{grade}-{shown}", unplaced=not name,
            )  # fmt: skip
            self._homerooms[key] = room
            self._by_id[room.id] = room
            self._changes.homerooms.append(room)
        return self._homerooms[key]

    def by_id(self, homeroom_id: int) -> KnownHomeroom:
        return self._by_id[homeroom_id]

    def group(self, school_id: int, name: str) -> int:
        key = (school_id, search_key(name))
        if key not in self._groups:
            group_id = next(self._next)
            kind = "club" if name.casefold().endswith(_CLUB_ENDINGS) else "other"
            self._groups[key] = group_id
            self._group_keys[group_id] = key[1]
            self._changes.groups.append(NewGroup(group_id, school_id, kind, name))
        return self._groups[key]

    def group_key(self, group_id: int) -> str:
        """The name of a group as import bases hold it."""
        return self._group_keys[group_id]

    @staticmethod
    def _key(room: KnownHomeroom) -> tuple[int, int, str, str]:
        name = "" if room.unplaced else search_key(read_class(room.name).name or room.name)
        return (room.school_id, room.year, room.grade_code, name)


def grade_name(code: str, school_kind: str) -> str:
    """What a grade is called on screens of a Japanese school: `3年`, `年長`."""
    if school_kind == "kindergarten":
        return _KINDERGARTEN_GRADES.get(code, code)
    return f"{code}年"


def _kind(name: str, grade: GradeWord) -> str:
    plain = name.casefold()
    for kind, endings in _KINDS_BY_NAME.items():
        if any(ending in plain for ending in endings):
            return kind
    return grade.stage.value if grade.stage is not Stage.ANY else "primary"
