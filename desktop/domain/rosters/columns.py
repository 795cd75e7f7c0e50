"""Which column of a file holds what: guessed from the headers, corrected by people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from desktop.domain.errors import UserError
from desktop.domain.rosters import headers

TARGETS = frozenset(headers.CHILD_TARGETS) | {
    f"guardian{number}_{field}" for number in headers.GUARDIANS for field in headers.GUARDIAN_FIELDS
}
REPEATABLE = frozenset({"groups"})
"""Targets that several columns may fill: a club and a committee are both groups."""

_HEADER_SEARCH_LINES = 10


class Certainty(StrEnum):
    SURE = "sure"
    GUESS = "guess"
    CHOSEN = "chosen"
    IGNORED = "ignored"
    DUPLICATE = "duplicate"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a file. `target` is None where it is left out; `relationship` is what its header implies."""

    index: int
    header: str
    target: str | None
    certainty: Certainty
    relationship: str = ""


@dataclass(frozen=True, slots=True)
class Columns:
    all: tuple[Column, ...]

    def indexes(self, target: str) -> tuple[int, ...]:
        return tuple(column.index for column in self.all if column.target == target)

    def has(self, *targets: str) -> bool:
        return any(column.target in targets for column in self.all)

    def header(self, target: str) -> str:
        """The file's own name of a column, for messages; a part of a name may stand in the column of the whole."""
        prefix = target[: target.find("_") + 1] if target.startswith("guardian") else ""
        wanted = (target, f"{prefix}full_name", f"{prefix}family_name") if "name" in target else (target,)
        named = {column.target: column.header for column in reversed(self.all)}
        return next((named[name] for name in wanted if name in named), target)

    def of(self, certainty: Certainty) -> tuple[Column, ...]:
        return tuple(column for column in self.all if column.certainty is certainty)

    def relationship(self, guardian: int) -> str:
        prefix = f"guardian{guardian}_"
        found = (c.relationship for c in self.all if c.relationship and c.target and c.target.startswith(prefix))
        return next(found, "")


def header_line(lines: Sequence[Sequence[str]]) -> int:
    """The index of the line that holds the headers: of the first ten, the one with most known names."""
    scores = [sum(_is_known(cell) for cell in line) for line in lines[:_HEADER_SEARCH_LINES]]
    best = max(scores, default=0)
    return scores.index(best) if best else 0


def guess_columns(header_cells: Sequence[str]) -> Columns:
    """Read the headers. Of two columns for one target the surer, then the first, wins; the other is a duplicate."""
    columns = [_read(index, header) for index, header in enumerate(header_cells)]
    return Columns(tuple(_without_duplicates(_whole_names(columns))))


def correct_columns(guessed: Columns, chosen: Mapping[str, str]) -> Columns:
    """Replace guesses by what people chose: header text or column number (from 1) → target, or "" to leave it out.

    A target chosen for one column is taken from the column that was guessed to hold it. Raises
    UserError("roster.mapping_target", target=) or UserError("roster.mapping_header", header=).
    """
    wanted = {_find(guessed, name).index: _checked(target) for name, target in chosen.items()}
    taken = set(wanted.values()) - REPEATABLE
    return Columns(
        tuple(
            replace(column, target=wanted[column.index], certainty=_certainty(wanted[column.index]), relationship="")
            if column.index in wanted
            else replace(column, target=None, certainty=Certainty.DUPLICATE)
            if column.target in taken
            else column
            for column in guessed.all
        )
    )


def missing_columns(
    columns: Columns, *, school_known: bool, grade_known: bool = False, contacts: bool = False
) -> tuple[str, ...]:
    """What a roster, or a bare list of addresses (`contacts`), cannot do without and the file has no column for."""
    missing = []
    if contacts:
        missing += [] if columns.has(*(f"guardian{n}_email" for n in headers.GUARDIANS)) else ["guardian1_email"]
    elif not columns.has("family_name", "full_name"):
        missing.append("full_name")
    elif not columns.has("full_name", "given_name"):
        missing.append("given_name")
    if not contacts and not grade_known and not columns.has("grade", "homeroom"):
        missing.append("grade")
    if not school_known and not columns.has("school_code"):
        missing.append("school_code")
    return tuple(missing)


def is_header(cell: str) -> bool:
    """Whether the cell is the name of a column that is known."""
    return _is_known(cell)


def _is_known(header: str) -> bool:
    return headers.meaning(header) is not None or headers.is_ignored(header)


def _read(index: int, header: str) -> Column:
    found = headers.meaning(header)
    if found:
        certainty = Certainty.SURE if found.sure else Certainty.GUESS
        return Column(index, header, found.target, certainty, found.relationship)
    return Column(index, header, None, Certainty.IGNORED if headers.is_ignored(header) else Certainty.UNKNOWN)


def _whole_names(columns: list[Column]) -> list[Column]:
    """「保護者名」 alone is the whole name; 「名」 beside 「姓」 is the given name."""
    present = {column.target for column in columns}
    return [
        replace(column, target=column.target.replace("given", "full"))
        if column.target
        and "given_name" in column.target
        and column.target.replace("given", "family") not in present
        and column.target.replace("given", "full") not in present
        else column
        for column in columns
    ]


def _without_duplicates(columns: list[Column]) -> list[Column]:
    winners: dict[str, Column] = {}
    for column in sorted(columns, key=lambda column: column.certainty is Certainty.GUESS):
        if column.target and column.target not in REPEATABLE:
            winners.setdefault(column.target, column)
    return [
        column
        if column.target is None or winners.get(column.target, column) is column
        else replace(column, target=None, certainty=Certainty.DUPLICATE, relationship="")
        for column in columns
    ]


def _find(columns: Columns, name: str) -> Column:
    wanted = headers.key(name)
    exact = [column for column in columns.all if column.header == name]
    alike = exact or [column for column in columns.all if wanted and headers.key(column.header) == wanted]
    if alike:
        return alike[0]
    if name.isascii() and name.isdigit() and 1 <= int(name) <= len(columns.all):
        return columns.all[int(name) - 1]
    raise UserError("roster.mapping_header", header=name)


def _checked(target: str) -> str | None:
    if not target:
        return None
    if target not in TARGETS:
        raise UserError("roster.mapping_target", target=target)
    return target


def _certainty(target: str | None) -> Certainty:
    return Certainty.CHOSEN if target else Certainty.IGNORED
