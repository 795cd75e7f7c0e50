"""Table models: one for short lists, one for lists of any length."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from operator import eq
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from desktop.i18n import _
from desktop.ui.cells import Cell
from desktop.ui.tasks import Tasks

ROW_ROLE = Qt.ItemDataRole.UserRole
CELL_ROLE = Qt.ItemDataRole.UserRole + 1
ID_ROLE = Qt.ItemDataRole.UserRole + 2

PAGE_SIZE = 200
PAGES_KEPT = 50
_PAGES_WAITING = 4

_ROOT = QModelIndex()

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

    def row(self, position: int) -> Row | None:
        """The row at a position, or None while it is being fetched."""
        raise NotImplementedError

    def id_at(self, position: int) -> Hashable:
        raise NotImplementedError

    def position_of(self, row_id: Hashable) -> int | None:
        raise NotImplementedError

    def columnCount(self, parent: Index = _ROOT) -> int:
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
        return _loading(index, role) if row is None else _value(column, row, role)

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


def _loading(index: Index, role: int) -> str | None:
    """A row that is on its way: a dot where its name will stand."""
    if role == Qt.ItemDataRole.AccessibleTextRole:
        return _("Loading")
    return "…" if role == Qt.ItemDataRole.DisplayRole and index.column() == 0 else None


def _value(column: Column[Row], row: Row, role: int) -> Any:
    if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole}:
        return column.words(row)
    if role == CELL_ROLE:
        return column.cell(row) if column.cell else None
    if role == Qt.ItemDataRole.ToolTipRole and column.tooltip:
        return column.tooltip(row) or None
    return row if role == ROW_ROLE else None


class RowsModel(ListModel[Row]):
    """Rows that are all here. It knows nothing of where they came from."""

    def __init__(
        self, columns: Sequence[Column[Row]], key: Callable[[Row], Hashable], parent: QObject | None = None
    ) -> None:
        super().__init__(columns, parent)
        self._key = key
        self._rows: list[Row] = []

    @property
    def rows(self) -> Sequence[Row]:
        return self._rows

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Replace the rows. The same rows in the same order change in place, so that the view keeps its place."""
        fresh = list(rows)
        if fresh and [self._key(row) for row in fresh] == [self._key(row) for row in self._rows]:
            self._rows = fresh
            self.dataChanged.emit(self.index(0, 0), self.index(len(fresh) - 1, len(self.columns) - 1))
            return
        self.beginResetModel()
        self._rows = fresh
        self.endResetModel()

    def row(self, position: int) -> Row | None:
        return self._rows[position]

    def id_at(self, position: int) -> Hashable:
        return self._key(self._rows[position])

    def position_of(self, row_id: Hashable) -> int | None:
        return next((at for at, row in enumerate(self._rows) if self._key(row) == row_id), None)

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows)


class PagedModel(ListModel[Row]):
    """A list of any length: its ids in order are here, its rows come in pages when they are looked at.

    `fetch` runs in the background; it is given some ids and returns their rows by id. An id that it leaves out stays
    a placeholder: that row has been deleted, and whoever owns the list is about to hear so.
    """

    def __init__(
        self,
        columns: Sequence[Column[Row]],
        fetch: Callable[[Sequence[int]], Mapping[int, Row]],
        tasks: Tasks,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(columns, parent)
        self._fetch = fetch
        self._tasks = tasks
        self._ids: Sequence[int] = ()
        self._pages: OrderedDict[int, Mapping[int, Row]] = OrderedDict()
        self._stale: set[int] = set()
        self._waiting: OrderedDict[int, None] = OrderedDict()
        self._fetching: int | None = None
        self._version = 0

    @property
    def ids(self) -> Sequence[int]:
        return self._ids

    def show_ids(self, ids: Sequence[int]) -> None:
        """Show these rows in this order. The same ids in the same order only fetch their rows anew."""
        self._version += 1
        self._fetching = None
        self._waiting.clear()
        if len(ids) == len(self._ids) and all(map(eq, ids, self._ids)):
            self._stale = set(self._pages)
            self._changed(0, len(ids))
            return
        self.beginResetModel()
        self._ids = ids
        self._pages.clear()
        self._stale.clear()
        self.endResetModel()

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._ids)

    def id_at(self, position: int) -> Hashable:
        return self._ids[position]

    def position_of(self, row_id: Hashable) -> int | None:
        try:
            return self._ids.index(row_id)
        except ValueError:
            return None

    def row(self, position: int) -> Row | None:
        number = position // PAGE_SIZE
        if number not in self._pages or number in self._stale:
            self._ask(number)
        page = self._pages.get(number)
        if page is None:
            return None
        self._pages.move_to_end(number)
        return page.get(self._ids[position])

    def _ask(self, number: int) -> None:
        """Fetch a page, one at a time. Of those that were only scrolled past, the oldest are forgotten."""
        if number == self._fetching:
            return
        self._waiting[number] = None
        self._waiting.move_to_end(number)
        while len(self._waiting) > _PAGES_WAITING:
            self._waiting.popitem(last=False)
        self._fetch_next()

    def _fetch_next(self) -> None:
        if self._fetching is not None or not self._waiting:
            return
        number, _nothing = self._waiting.popitem(last=True)
        self._fetching = number
        ids = self._ids[number * PAGE_SIZE : (number + 1) * PAGE_SIZE]
        version = self._version
        self._tasks.run(
            lambda: self._fetch(ids),
            lambda rows: self._take(version, number, rows),
            owner=self,
            failed=lambda error: self._give_up(version, number, error),
        )

    def _take(self, version: int, number: int, rows: Mapping[int, Row]) -> None:
        if version != self._version:
            return
        self._fetching = None
        self._stale.discard(number)
        self._pages[number] = rows
        self._pages.move_to_end(number)
        while len(self._pages) > PAGES_KEPT:
            self._stale.discard(self._pages.popitem(last=False)[0])
        self._changed(number * PAGE_SIZE, min(len(self._ids), (number + 1) * PAGE_SIZE))
        self._fetch_next()

    def _give_up(self, version: int, number: int, error: Exception) -> None:
        """An empty page, so that painting does not ask again and again; the next reload will."""
        self._take(version, number, {})
        self._tasks.report(self, error)

    def _changed(self, start: int, stop: int) -> None:
        if stop > start:
            self.dataChanged.emit(self.index(start, 0), self.index(stop - 1, len(self.columns) - 1))
