"""Table models: one for short lists, one for lists of any length."""

from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from operator import eq

from PySide6.QtCore import QObject, QTimerEvent

from desktop.i18n import _, ngettext
from desktop.ui.list_model import CELL_ROLE, ID_ROLE, ROOT, ROW_ROLE, Column, Index, ListModel, Row
from desktop.ui.long_work import Ending, Progress
from desktop.ui.tasks import Tasks

__all__ = ["CELL_ROLE", "ID_ROLE", "PAGE_SIZE", "ROW_ROLE", "Column", "ListModel", "PagedModel", "Row", "RowsModel"]

PAGE_SIZE = 50
PAGES_KEPT = 100
_PAGES_AT_ONCE = 4
"""So many are fetched together, and so many wait: more than a window shows."""
_AHEAD_AFTER_MS = 40

_NONE = range(0)


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

    def rowCount(self, parent: Index = ROOT) -> int:
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
        self._fetching: range = _NONE
        self._shown = _NONE
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
        if len(rows) == len(ids):
            self._pages.update(dict.fromkeys(range(-(-len(ids) // PAGE_SIZE)), rows))
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
        self.beginInsertRows(ROOT, len(self._ids), len(ids) - 1)
        self._ids = ids
        self._whole = True
        self.endInsertRows()

    def _forget_asked(self) -> None:
        self._version += 1
        self._fetching = _NONE
        self._waiting.clear()

    def rowCount(self, parent: Index = ROOT) -> int:
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

    def look_at(self, positions: range) -> None:
        self._shown = range(positions.start // PAGE_SIZE, max(0, positions.stop - 1) // PAGE_SIZE + 1)

    def _ask(self, number: int) -> None:
        """Fetch a page, and with it what else is missing on the screen. Of those that were only scrolled past, the
        oldest are forgotten.
        """
        if number in self._fetching:
            return
        self._stop_resting()
        for each in (*(self._shown if number in self._shown else ()), number):
            if each not in self._fetching and (each not in self._pages or each in self._stale):
                self._waiting[each] = None
                self._waiting.move_to_end(each)
        while len(self._waiting) > _PAGES_AT_ONCE:
            self._waiting.popitem(last=False)
        self._fetch_next()

    def _fetch_next(self) -> None:
        """One piece of work at a time: the newest page, with its neighbours that wait, too."""
        if self._fetching or not self._waiting:
            return
        pages = self._take_waiting()
        self._fetching = pages
        ids = self._ids[pages.start * PAGE_SIZE : pages.stop * PAGE_SIZE]
        version = self._version
        self._tasks.run(
            lambda: self._fetch(ids),
            lambda rows: self._take(version, pages, rows),
            owner=self,
            failed=lambda error: self._give_up(version, pages, error),
        )

    def _take_waiting(self) -> range:
        first = last = next(reversed(self._waiting))
        while first - 1 in self._waiting:
            first -= 1
        while last + 1 in self._waiting:
            last += 1
        for number in range(first, last + 1):
            del self._waiting[number]
        return range(first, last + 1)

    def _take(self, version: int, pages: range, rows: Mapping[int, Row]) -> None:
        if version != self._version:
            return
        self._fetching = _NONE
        for number in pages:
            self._stale.discard(number)
            self._pages[number] = rows
            self._pages.move_to_end(number)
        while len(self._pages) > PAGES_KEPT:
            self._stale.discard(self._pages.popitem(last=False)[0])
        self._changed(pages.start * PAGE_SIZE, min(len(self._ids), pages.stop * PAGE_SIZE))
        self._fetch_next()
        if not self._resting:
            self._resting = self.startTimer(_AHEAD_AFTER_MS)

    def _stop_resting(self) -> None:
        if self._resting:
            self.killTimer(self._resting)
            self._resting = 0

    def timerEvent(self, _event: QTimerEvent) -> None:
        """When the reader rests: the pages around, so that going on by a line or a screen never waits."""
        self._stop_resting()
        if self._fetching:
            return
        for number in (self._looked_at + 2, self._looked_at + 1, self._looked_at - 1):
            if number not in self._pages and 0 <= number * PAGE_SIZE < len(self._ids):
                self._waiting[number] = None
        self._fetch_next()

    def _give_up(self, version: int, pages: range, error: Exception) -> None:
        """Empty pages, so that painting does not ask again and again; the next reload will."""
        self._take(version, pages, {})
        self._tasks.report(self, error)

    def _changed(self, start: int, stop: int) -> None:
        if stop > start:
            self.dataChanged.emit(self.index(start, 0), self.index(stop - 1, len(self.columns) - 1))


def _same(ids: Sequence[int], others: Sequence[int]) -> bool:
    if type(ids) is type(others):
        return ids == others  # of arrays many times faster than one by one
    return len(ids) == len(others) and all(map(eq, ids, others))
