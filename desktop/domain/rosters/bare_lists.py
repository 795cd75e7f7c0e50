"""Bare lists of addresses, as old bulk mailers keep them: what makes a file one, and columns without headers."""

from collections.abc import Sequence

from desktop.domain.rosters.columns import Columns
from desktop.domain.rosters.headers import GUARDIANS
from desktop.domain.rosters.words import read_class

HEADERS = {"email": "email", "homeroom": "class", "groups": "group", "name": "name"}
"""What columns without headers are called in the files that we save ourselves."""
_EMAILS = tuple(f"guardian{number}_email" for number in GUARDIANS)
_PLACES = ("school_code", "school_name", "school_year", "grade", "homeroom", "groups")
_OF_CONTACTS = frozenset(_PLACES) | {
    f"guardian{number}_{field}"
    for number in GUARDIANS
    for field in ("email", "full_name", "family_name", "given_name", "language")
}
_LOOKED_AT = 200


def is_bare(columns: Columns) -> bool:
    """A list of addresses of which no column says anything of a child but where it is."""
    return columns.has(*_EMAILS) and {column.target for column in columns.all if column.target} <= _OF_CONTACTS


def invented_headers(lines: Sequence[Sequence[str]]) -> tuple[str, ...] | None:
    """Headers for a list that begins at once with an address, or None where the first line holds none."""
    if not lines or not any("@" in cell for cell in lines[0]):
        return None
    sample = lines[:_LOOKED_AT]
    width = max(map(len, sample))
    return tuple(HEADERS[_kind([row[at].strip() for row in sample if at < len(row)])] for at in range(width))


def _kind(cells: Sequence[str]) -> str:
    filled = [cell for cell in cells if cell]
    if not filled:
        return "name"
    if sum("@" in cell for cell in filled) * 2 >= len(filled):
        return "email"
    if sum(_names_grade_and_class(cell) for cell in filled) * 2 >= len(filled):
        return "homeroom"
    return "groups" if len(filled) > 2 and len(set(filled)) * 2 <= len(filled) else "name"


def _names_grade_and_class(cell: str) -> bool:
    return read_class(cell).grade is not None
