"""From the cells of a roster to children and guardians; every bad cell of a row is named at once."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from desktop.domain.names import match_key
from desktop.domain.rosters import words
from desktop.domain.rosters.cells import Cells
from desktop.domain.rosters.children import read_child
from desktop.domain.rosters.columns import Columns
from desktop.domain.rosters.guardians import read_guardians
from desktop.domain.rosters.rows import ContactRow, Line, Problem, RosterRow, Severity, Sheet
from desktop.domain.rosters.words import ClassWord, GradeWord

Tick = Callable[[int], None]
TICK_EVERY = 500
_DIGITS = re.compile(r"[\s\-]*\d")


@dataclass(frozen=True, slots=True)
class Defaults:
    """What holds for rows that do not say it; the class only where the file has no column for it.

    `today` judges ages.
    """

    school_code: str
    year: int
    today: date
    homeroom: str = ""


@dataclass(frozen=True, slots=True)
class Rows:
    """The good rows and everything that is wrong; `held` are the line numbers that were not taken."""

    good: tuple[RosterRow, ...]
    problems: tuple[Problem, ...]
    contacts: tuple[ContactRow, ...] = ()
    """The good rows of a bare list of addresses, which has no others."""

    @property
    def held(self) -> frozenset[int]:
        return frozenset(problem.line for problem in self.problems if problem.holds)


def unwatched(done: int) -> None:
    """Nobody waits for it."""


def read_rows(sheet: Sheet, columns: Columns, defaults: Defaults, tick: Tick = unwatched) -> Rows:
    """Read every line; `tick` is told how many are done and may raise to give up.

    A child that stands in the file twice is held the second time.
    """
    cells, secrets = cells_of(sheet, columns)
    good: list[RosterRow] = []
    problems: list[Problem] = []
    seen = _Seen()
    for done, line in enumerate(sheet.lines):
        if done % TICK_EVERY == 0:
            tick(done)
        cells.turn_to(line)
        row = _read_row(cells, defaults)
        if row is not None:
            first = seen.before(row)
            if first is not None:
                cells.wrong("child_code" if row.child.code else "family_name", "child.twice", first=first)
        problems += cells.problems
        problems += my_numbers(line, sheet.header, secrets)
        if row is not None and not any(problem.holds for problem in cells.problems):
            good.append(row)
    return Rows(tuple(good), tuple(problems))


def cells_of(sheet: Sheet, columns: Columns) -> tuple[Cells, frozenset[int]]:
    """The lines of a file seen through its columns, and the columns that hold My Numbers."""
    places = {column.target: columns.indexes(column.target) for column in columns.all if column.target}
    secrets = _columns_of_my_numbers(sheet)
    return Cells(columns, places, secrets), secrets


def _read_row(cells: Cells, defaults: Defaults) -> RosterRow | None:
    if any(cell.strip() for cell in cells.line.cells[len(cells.columns.all) :]):
        cells.wrong("", "row.too_many_cells")
    child = read_child(cells, defaults.today)
    grade, homeroom = read_place(cells, defaults.homeroom)
    school_code = words.read_code(cells.text("school_code")) or defaults.school_code
    if not school_code:
        cells.wrong("school_code", "school.missing")
    year = read_year(cells, defaults.year)
    row_guardians = read_guardians(cells, child.family_name)
    groups = words.read_groups(cells.text("groups")) if cells.has("groups") else None
    row = RosterRow(
        line=cells.line.number,
        school_code=school_code,
        school_name=cells.text("school_name"),
        year=year,
        grade=grade or GradeWord(""),
        homeroom=homeroom,
        student_number=words.read_code(cells.text("student_number")),
        child=child,
        groups=groups,
        guardians=row_guardians,
    )
    return None if any(problem.holds for problem in cells.problems) else row


class _Seen:
    """The children of the rows so far. Who is one child with whom is decided as it is between file and database."""

    def __init__(self) -> None:
        self._by_code: dict[tuple[str, str], int] = {}
        self._by_person: dict[tuple[object, ...], list[tuple[int, bool, str]]] = {}

    def before(self, row: RosterRow) -> int | None:
        """The line on which this child already stood; from now on it has been seen."""
        child, school = row.child, row.school_code
        kana = match_key(child.family_name_kana + child.given_name_kana)
        name = match_key(child.family_name + child.given_name)
        if child.code and (school, child.code) in self._by_code:
            return self._by_code[school, child.code]
        persons = ((school, "kana", kana, child.birth_date), (school, "name", name, child.birth_date))
        for person in persons:
            for line, coded, other_kana in self._by_person.get(person, ()):
                told_apart = (child.code and coded) or (person[1] == "name" and kana and other_kana)
                if not told_apart and person[2]:
                    return line
        self._by_code.setdefault((school, child.code), row.line)
        for person in persons:
            self._by_person.setdefault(person, []).append((row.line, bool(child.code), kana))
        return None


def read_place(cells: Cells, default: str) -> tuple[GradeWord | None, str | None]:
    """Grade and class; a class may name its grade (`3-1`), and then the two must agree."""
    text = cells.text("homeroom") if cells.has("homeroom") else default
    homeroom = words.read_class(text) if text else None
    grade_text = cells.text("grade")
    grade = words.read_grade(grade_text) if grade_text else None
    if grade_text and grade is None:
        cells.wrong("grade", "grade.unreadable")
    elif grade is None:
        grade = homeroom.grade if homeroom else None
        if grade is None:
            cells.wrong("grade", "grade.missing")
    elif homeroom and homeroom.grade and homeroom.grade.number != grade.number:
        cells.wrong("homeroom", "homeroom.other_grade")
    return grade, _class_name(homeroom)


def _class_name(homeroom: ClassWord | None) -> str | None:
    return homeroom.name if homeroom else None


def read_year(cells: Cells, default: int) -> int:
    text = cells.text("school_year")
    if not text:
        return default
    year = words.read_school_year(text)
    if year is None:
        cells.wrong("school_year", "school_year.unreadable")
    return year or default


def _columns_of_my_numbers(sheet: Sheet) -> frozenset[int]:
    """Columns in which twelve digits are no accident: codes of that length pass the check one time in ten."""
    twelve: dict[int, int] = {}
    passed: dict[int, int] = {}
    for line in sheet.lines:
        for index, cell in enumerate(line.cells):
            if len(cell) < words.NATIONAL_ID_LENGTH or not _DIGITS.match(cell):
                continue
            if sum(map(str.isdigit, cell)) == words.NATIONAL_ID_LENGTH:
                twelve[index] = twelve.get(index, 0) + 1
                passed[index] = passed.get(index, 0) + words.looks_like_my_number(cell)
    return frozenset(index for index, count in twelve.items() if passed[index] * 2 >= count)


def my_numbers(line: Line, header: Line, secrets: frozenset[int]) -> Iterator[Problem]:
    for index in sorted(secrets):
        if index < len(line.cells) and words.looks_like_my_number(line.cells[index]):
            column = header.cells[index] if index < len(header.cells) else ""
            yield Problem(line.number, column, "my_number", Severity.WARNING)
