"""What every list is: columns that read rows, each row with an id."""

from collections.abc import Callable, Collection, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from desktop.i18n import _
from desktop.ui.cells import Cell
from desktop.ui.widgets.tooltips import plain_tooltip

ROW_ROLE = Qt.ItemDataRole.UserRole
CELL_ROLE = Qt.ItemDataRole.UserRole + 1
ID_ROLE = Qt.ItemDataRole.UserRole + 2

ROOT = QModelIndex()

Row = TypeVar("Row")
Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True)
class Column(Generic[Row]):
    """How one column reads a row.

    `title` and `hint` are marked by N_. `cell` draws more than text; what it says in words is then `text`. `sort` is
    the name that the header hands back: sorting happens in SQL. `width` is in pixels at body size; one column of a
    table should stretch, and is then never narrower than that. An optional one is left out where the table is too
    narrow for all.
    """

    title: str
    text: Callable[[Row], str] | None = None
    cell: Callable[[Row], Cell | None] | None = None
    tooltip: Callable[[Row], str] | None = None
    sort: str = ""
    width: int = 120
    stretch: bool = False
    optional: bool = False
    number: bool = False
    tone: str = "text"
    hint: str = ""

    def words(self, row: Row) -> str:
        """The cell as text: shown, read aloud, copied."""
        if self.text:
            return self.text(row)
        drawn = self.cell(row) if self.cell else None
        return drawn.words() if drawn else ""


class ListModel(QAbstractTableModel, Generic[Row]):
    """What the short and the long list have in common: columns that read rows, each row with an id."""

    def __init__(self, columns: Sequence[Column[Row]], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.columns = tuple(columns)
        self.known = False
        """Whether it was ever told its rows; without any it is empty only then."""

    def row(self, position: int) -> Row | None:
        """The row at a position, or None while it is being fetched."""
        raise NotImplementedError

    def id_at(self, position: int) -> Hashable:
        raise NotImplementedError

    def ids_at(self, positions: range) -> Sequence[Hashable]:
        return [self.id_at(position) for position in positions]

    def position_of(self, row_id: Hashable) -> int | None:
        raise NotImplementedError

    def positions_of(self, row_ids: Collection[Hashable]) -> list[int]:
        """Where those of the rows stand that are here, from the top."""
        raise NotImplementedError

    def gather(self, positions: Sequence[int], found: Callable[[Sequence[Row]], None]) -> None:
        """Hand over the rows at these positions as soon as all are here; those deleted since are left out."""
        found([row for position in positions if (row := self.row(position)) is not None])

    def look_at(self, positions: range) -> None:
        """These are about to be painted."""

    @property
    def whole(self) -> bool:
        """False while only the top of the list is here."""
        return True

    @property
    def begins_anew(self) -> bool:
        """What is shown is another list than before, to be read from its top."""
        return False

    def columnCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        if role == ID_ROLE:
            return self.id_at(index.row())
        column = self.columns[index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(column)
        row = self.row(index.row())
        return _loading(index.column(), role) if row is None else _value(column, row, role)

    def shown(self, position: int, column: int) -> str:
        """A cell as text; a row that is on its way shows a dot where its name will stand."""
        row = self.row(position)
        if row is None:
            return _loading(column, Qt.ItemDataRole.DisplayRole) or ""
        return self.columns[column].words(row)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(self.columns):
            return None
        column = self.columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return _(column.title) if column.title else ""
        if role == Qt.ItemDataRole.ToolTipRole and column.hint:
            return _(column.hint)
        return _alignment(column) if role == Qt.ItemDataRole.TextAlignmentRole else None


def _alignment(column: Column[Row]) -> int:
    side = Qt.AlignmentFlag.AlignRight if column.number else Qt.AlignmentFlag.AlignLeft
    return int(side | Qt.AlignmentFlag.AlignVCenter)


def _loading(column: int, role: int) -> str | None:
    if role == Qt.ItemDataRole.AccessibleTextRole:
        return _("Loading")
    return "…" if role == Qt.ItemDataRole.DisplayRole and column == 0 else None


def _value(column: Column[Row], row: Row, role: int) -> Any:
    if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole}:
        return column.words(row)
    if role == CELL_ROLE:
        return column.cell(row) if column.cell else None
    if role == Qt.ItemDataRole.ToolTipRole and column.tooltip:
        return plain_tooltip(column.tooltip(row)) or None
    return row if role == ROW_ROLE else None
