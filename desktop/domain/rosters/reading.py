"""A roster file as it was read and understood, before anything is looked up."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from desktop.domain.rosters.columns import Columns
from desktop.domain.rosters.reader import Rows
from desktop.domain.rosters.rows import Line, Sheet


@dataclass(frozen=True, slots=True)
class Reading:
    """`missing` are targets without which nothing can be imported; `rows` is then empty."""

    name: str
    content_hash: str
    sheet: Sheet
    columns: Columns
    rows: Rows
    missing: tuple[str, ...]
    school_code: str
    year: int
    homeroom: str = ""
    chosen: Mapping[str, str] = field(default_factory=dict)
    """Columns as people corrected them; `remembered`: at an earlier import."""
    remembered: bool = False
    contacts: bool = False
    """A bare list of addresses: whose child it is about stands nowhere. `asked_contacts`: somebody said so."""
    asked_contacts: bool = False

    @property
    def lines(self) -> tuple[Line, ...]:
        return self.sheet.lines

    @property
    def header_hash(self) -> str:
        """Files with the same headers in the same order mean the same by them."""
        return hashlib.sha256("\x1f".join(self.sheet.header.cells).encode()).hexdigest()

    def sample(self, index: int, most: int = 3) -> tuple[str, ...]:
        """The first filled cells of a column, to judge its mapping by."""
        cells = (line.cells[index] for line in self.sheet.lines if index < len(line.cells))
        filled = (cell.strip() for cell in cells if cell.strip())
        return tuple(cell for cell, _ in zip(filled, range(most), strict=False))
