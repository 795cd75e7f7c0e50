"""Table models: one for short lists, one for lists of any length."""

from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from operator import eq
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, QTimerEvent

from desktop.i18n import _, ngettext
from desktop.ui.cells import Cell
from desktop.ui.long_work import Ending, Progress
from desktop.ui.tasks import Tasks

ROW_ROLE = Qt.ItemDataRole.UserRole
CELL_ROLE = Qt.ItemDataRole.UserRole + 1
ID_ROLE = Qt.ItemDataRole.UserRole + 2

PAGE_SIZE = 100
PAGES_KEPT = 50
_PAGES_WAITING = 4
_AHEAD_AFTER_MS = 40

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

    @property
    def whole(self) -> bool:
        """False while only the top of the list is here."""
        return True

    @property
    def begins_anew(self) -> bool:
        """What is shown is another list than before, to be read from its top."""
        return False

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
        self.known = True
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

    def positions_of(self, row_ids: Collection[Hashable]) -> list[int]:
        return [at for at, row in enumerate(self._rows) if self._key(row) in row_ids]

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
        self._whole = True
        self._anew = False
        self._pages: OrderedDict[int, Mapping[int, Row]] = OrderedDict()
        self._stale: set[int] = set()
        self._waiting: OrderedDict[int, None] = OrderedDict()
        self._fetching: int | None = None
        self._looked_at = 0
        self._version = 0
        self._resting = 0

    @property
    def ids(self) -> Sequence[int]:
        return self._ids

    @property
    def whole(self) -> bool:
        return self._whole

    @property
    def begins_anew(self) -> bool:
        return self._anew

    def show_top(self, ids: Sequence[int], rows: Mapping[int, Row], *, whole: bool) -> None:
        """Show how another list begins, with its rows. Unless this is the `whole` of it, `show_ids` follows."""
        self.known = self._anew = True
        self._reset(ids, whole=whole)
        if len(rows) == len(ids[:PAGE_SIZE]):
            self._pages[0] = rows
        self.endResetModel()

    def show_ids(self, ids: Sequence[int]) -> None:
        """Show these rows in this order. The same ids in the same order only fetch their rows anew."""
        self.known = True
        top = len(self._ids)
        if not self._whole and len(ids) > top and _same(ids[:top], self._ids):
            self._grow(ids)
        elif _same(ids, self._ids) and ids:
            self._forget_asked()
            self._stale = set(self._pages) if self._whole else set()
            self._whole = True
            self._changed(0, len(ids))
        else:
            self._anew = not self._whole
            self._reset(ids, whole=True)
            self.endResetModel()

    def _reset(self, ids: Sequence[int], *, whole: bool) -> None:
        """Begin to show other rows; the caller ends it."""
        self._forget_asked()
        self.beginResetModel()
        self._ids = ids
        self._whole = whole
        self._pages.clear()
        self._stale.clear()

    def _grow(self, ids: Sequence[int]) -> None:
        """The rest of the list, under the top that is on the screen already."""
        self.beginInsertRows(_ROOT, len(self._ids), len(ids) - 1)
        self._ids = ids
        self._whole = True
        self.endInsertRows()

    def _forget_asked(self) -> None:
        self._version += 1
        self._fetching = None
        self._waiting.clear()

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._ids)

    def id_at(self, position: int) -> Hashable:
        return self._ids[position]

    def ids_at(self, positions: range) -> Sequence[Hashable]:
        return self._ids[positions.start : positions.stop]

    def position_of(self, row_id: Hashable) -> int | None:
        try:
            return self._ids.index(row_id)
        except ValueError:
            return None

    def positions_of(self, row_ids: Collection[Hashable]) -> list[int]:
        return [at for at, row_id in enumerate(self._ids) if row_id in row_ids]

    def row(self, position: int) -> Row | None:
        number = position // PAGE_SIZE
        self._looked_at = number
        if number not in self._pages or number in self._stale:
            self._ask(number)
        page = self._pages.get(number)
        if page is None:
            return None
        self._pages.move_to_end(number)
        return page.get(self._ids[position])

    def gather(self, positions: Sequence[int], found: Callable[[Sequence[Row]], None]) -> None:
        fresh = self._pages.keys() - self._stale
        if all(position // PAGE_SIZE in fresh for position in positions):
            super().gather(positions, found)
            return
        ids = [self._ids[position] for position in positions]

        def work(progress: Progress) -> list[Row]:
            rows: list[Row] = []
            for start in range(0, len(ids), PAGE_SIZE):
                progress.step(start, len(ids))
                part = ids[start : start + PAGE_SIZE]
                known = self._fetch(part)
                rows += [known[row_id] for row_id in part if row_id in known]
            return rows

        def ending(rows: list[Row]) -> Ending:
            return Ending(ngettext("{n} row copied", "{n} rows copied", len(rows)).format(n=len(rows)))

        self._tasks.run_long(work, _("Copying"), owner=self, ending=ending, done=found)

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
        if not self._resting:
            self._resting = self.startTimer(_AHEAD_AFTER_MS)

    def timerEvent(self, _event: QTimerEvent) -> None:
        """When the reader rests: the pages around, so that going on by a line or a screen never waits."""
        self.killTimer(self._resting)
        self._resting = 0
        for number in (self._looked_at + 1, self._looked_at - 1):
            if self._fetching is None and number not in self._pages and 0 <= number * PAGE_SIZE < len(self._ids):
                self._ask(number)

    def _give_up(self, version: int, number: int, error: Exception) -> None:
        """An empty page, so that painting does not ask again and again; the next reload will."""
        self._take(version, number, {})
        self._tasks.report(self, error)

    def _changed(self, start: int, stop: int) -> None:
        if stop > start:
            self.dataChanged.emit(self.index(start, 0), self.index(stop - 1, len(self.columns) - 1))


def _same(ids: Sequence[int], others: Sequence[int]) -> bool:
    if type(ids) is type(others):
        return ids == others  # of arrays many times faster than one by one
    return len(ids) == len(others) and all(map(eq, ids, others))
