"""The rows of a bare list of addresses: whom to write to, and for which class or groups (A4)."""

import re

from desktop.domain.mail import AddressError, check_address
from desktop.domain.rosters import reader, words
from desktop.domain.rosters.cells import Cells
from desktop.domain.rosters.columns import Columns
from desktop.domain.rosters.reader import TICK_EVERY, Defaults, Rows, Tick, unwatched
from desktop.domain.rosters.rows import ContactRow, Problem, Sheet

_BETWEEN = re.compile(r"[\s;,、；，]+")
_NAME_TARGETS = (
    ("full_name",),
    ("family_name", "given_name"),
    ("guardian1_full_name",),
    ("guardian1_family_name", "guardian1_given_name"),
)


def read_contacts(sheet: Sheet, columns: Columns, defaults: Defaults, tick: Tick = unwatched) -> Rows:
    """Read every line; a name is taken as it stands, for nobody knows whether it is the child's or the guardian's."""
    cells, secrets = reader.cells_of(sheet, columns)
    good: list[ContactRow] = []
    problems: list[Problem] = []
    for done, line in enumerate(sheet.lines):
        if done % TICK_EVERY == 0:
            tick(done)
        cells.turn_to(line)
        row = _read_row(cells, defaults)
        problems += cells.problems
        problems += reader.my_numbers(line, sheet.header, secrets)
        if not any(problem.holds for problem in cells.problems):
            good.append(row)
    return Rows((), tuple(problems), tuple(good))


def _read_row(cells: Cells, defaults: Defaults) -> ContactRow:
    placed = bool(cells.text("grade") or cells.text("homeroom") or (defaults.homeroom and not cells.has("homeroom")))
    grade, homeroom = reader.read_place(cells, defaults.homeroom) if placed else (None, None)
    school_code = words.read_code(cells.text("school_code")) or defaults.school_code
    if not school_code:
        cells.wrong("school_code", "school.missing")
    return ContactRow(
        line=cells.line.number,
        school_code=school_code,
        year=reader.read_year(cells, defaults.year),
        grade=grade,
        homeroom=homeroom,
        groups=words.read_groups(cells.text("groups")),
        name=_read_name(cells),
        language=words.read_language(cells.text("guardian1_language")) or "",
        addresses=_read_addresses(cells),
    )


def _read_addresses(cells: Cells) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for number in cells.guardians:
        target = f"guardian{number}_email"
        for typed in filter(None, _BETWEEN.split(cells.text(target))):
            try:
                found[check_address(typed)] = None
            except AddressError as error:
                cells.wrong(target, f"email.{error.code}")
    if not found and not cells.problems:
        cells.wrong("guardian1_email", "email.empty")
    return tuple(found)


def _read_name(cells: Cells) -> str:
    for targets in _NAME_TARGETS:
        if name := " ".join(filter(None, map(cells.text, targets))):
            return name
    return ""
