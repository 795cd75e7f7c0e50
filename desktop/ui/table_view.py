"""Tables as the desk shows them."""

from collections.abc import Callable, Hashable, Iterable
from itertools import chain
from typing import Any

from PySide6.QtCore import QEvent, QItemSelection, QItemSelectionModel, QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QKeySequence, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QApplication, QHeaderView, QMenu, QTableView, QWidget

from desktop.i18n import _
from desktop.ui.cell_delegate import CellDelegate
from desktop.ui.table import ID_ROLE, ListModel, Row
from desktop.ui.theme import colour, font, px, theme
from desktop.ui.tokens import GAP, HEADER, ROW

_NO_MODIFIERS = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.KeypadModifier)
_VEIL = 200


class Table(QTableView):
    """A list of rows. Enter or a double click opens, Space selects, letters go to the search field.

    Sorting and filtering happen elsewhere: the table only says what was asked for.
    """

    opened = Signal(object)
    """The id of the row to open."""

    typed = Signal(str)
    """What was typed while the table had the focus, for the search field."""

    sort_asked = Signal(str, bool)
    """The column's `sort`, and whether descending."""

    selected = Signal()
    """The selection, or the row under the cursor, has changed."""

    def __init__(
        self, model: ListModel[Row], name: str, *, row_height: int = ROW, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._list = model
        self._empty: QWidget | None = None
        self._menu: Callable[[QMenu], None] | None = None
        self._kept: frozenset[Hashable] = frozenset()
        self._current: Hashable = None
        self._first: Hashable = None
        self._restoring = False
        self._late = False
        self.setAccessibleName(name)
        self._set_up_view()
        self._delegate = CellDelegate(self, row_height)
        self.setItemDelegate(self._delegate)
        self.setModel(model)
        self._set_up_header()
        self._connect()
        self._measure()

    # What pages use

    def selected_ids(self) -> list[Hashable]:
        """The ids of all selected rows, from the top."""
        return [row_id for part in self._selected_ranges() for row_id in self._list.ids_at(part)]

    def selected_count(self) -> int:
        """How many rows are selected."""
        return sum(map(len, self._selected_ranges()))

    def current_id(self) -> Hashable:
        """The id of the row under the cursor, or None."""
        index = self.currentIndex()
        return self._list.id_at(index.row()) if index.isValid() else None

    def select_id(self, row_id: Hashable) -> bool:
        """Select that row alone and bring it into view; False if it is not in the list."""
        position = self._list.position_of(row_id)
        if position is None:
            return False
        flags = QItemSelectionModel.SelectionFlag
        index = self._list.index(position, 0)
        # Not by selectRow(): that would toggle while Ctrl is held.
        self.selectionModel().setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)
        self.scrollTo(index)
        return True

    def show_sorted(self, sort: str, descending: bool) -> None:
        """Mark the header of the column that SQL sorted by; none where `sort` is empty."""
        order = Qt.SortOrder.DescendingOrder if descending else Qt.SortOrder.AscendingOrder
        at = next((at for at, column in enumerate(self._list.columns) if column.sort == sort), -1) if sort else -1
        self.horizontalHeader().setSortIndicator(at, order)

    def set_empty(self, widget: QWidget) -> None:
        """Show this over the table while it has no rows."""
        self._empty = widget
        widget.setParent(self.viewport())
        self._place_empty()

    def set_row_menu(self, fill: Callable[[QMenu], None]) -> None:
        """Let `fill` add the actions for the selected rows whenever the row menu opens (right click or Menu key)."""
        self._menu = fill

    def set_row_height(self, height: int) -> None:
        """Rows of `height` at body size: 28, or 36 where the reader wants more air."""
        self._delegate.row_height = height
        self._measure()

    def set_late(self, late: bool) -> None:
        """What is shown is not what was asked for, and that is still on its way."""
        self._late = late
        self.setAccessibleDescription(_("Loading") if late else "")
        self.viewport().update()

    # Setting up

    def _set_up_view(self) -> None:
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerItem)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.verticalHeader().hide()
        self.setCornerButtonEnabled(False)

    def _set_up_header(self) -> None:
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        # Of its own: whenever it is painted it asks about each selected row of each column, by Python.
        header.setSelectionModel(QItemSelectionModel(self._list, header))
        header.setSectionsClickable(True)
        header.setSortIndicatorShown(any(column.sort for column in self._list.columns))
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        header.sectionClicked.connect(self._on_header_clicked)

    def _connect(self) -> None:
        self.doubleClicked.connect(self._open)
        self.customContextMenuRequested.connect(self._show_menu)
        self.selectionModel().selectionChanged.connect(self._on_selected)
        self.selectionModel().currentRowChanged.connect(self._on_selected)
        self._list.modelAboutToBeReset.connect(self._remember)
        self._list.modelReset.connect(self._restore)
        self._list.modelReset.connect(self._place_empty)
        self._list.rowsInserted.connect(self._restore)
        theme.changed.connect(self._measure)

    def _measure(self) -> None:
        self.verticalHeader().setMinimumSectionSize(px(self._delegate.row_height))
        self.verticalHeader().setDefaultSectionSize(px(self._delegate.row_height))
        header = self.horizontalHeader()
        header.setMinimumSectionSize(px(32))
        header.setFixedHeight(px(HEADER))
        for at, column in enumerate(self._list.columns):
            header.setSectionResizeMode(at, QHeaderView.ResizeMode.Interactive)
            self.setColumnWidth(at, px(column.width))
        self._fit_columns()

    def _fit_columns(self) -> None:
        """Leave optional columns out where there is no room, and give the stretching one what is left.

        Qt's own stretching would squeeze that column, which is the name, to nothing.
        """
        columns = list(enumerate(self._list.columns))
        room = self.viewport().width()
        needed = sum(px(column.width) for _at, column in columns)
        for at, column in reversed(columns):
            hide = column.optional and needed > room
            self.setColumnHidden(at, hide)
            needed -= px(column.width) if hide else 0
        for at, column in columns:
            if column.stretch:
                others = sum(self.columnWidth(other) for other, _column in columns if other != at)
                self.setColumnWidth(at, max(px(column.width), room - others))

    # Keys and clicks

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and self.currentIndex().isValid():
            self._open(self.currentIndex())
        elif event.key() == Qt.Key.Key_Space and self.currentIndex().isValid():
            self._toggle_current()
        elif event.matches(QKeySequence.StandardKey.Copy):
            self._copy()
        elif event.key() == Qt.Key.Key_Menu:
            self._show_menu(self.visualRect(self.currentIndex()).center())
        elif event.text().isprintable() and event.text().strip() and event.modifiers() in _NO_MODIFIERS:
            self.typed.emit(event.text())
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_columns()
        self._place_empty()

    def paintEvent(self, event: QPaintEvent) -> None:
        first, last = self.rowAt(0), self.rowAt(self.viewport().height() - 1)
        self._list.look_at(range(max(0, first), (last if last >= 0 else self._list.rowCount() - 1) + 1))
        super().paintEvent(event)
        if self._late:
            painter = QPainter(self.viewport())
            veil = QColor(colour("surface"))
            veil.setAlpha(_VEIL)
            painter.fillRect(self.viewport().rect(), veil)
            painter.setFont(font())
            painter.setPen(colour("muted"))
            words, middle = _("Loading") + "…", Qt.AlignmentFlag.AlignCenter
            box = painter.boundingRect(self.viewport().rect(), middle, words)
            painter.fillRect(box.adjusted(-GAP, -GAP, GAP, GAP), colour("surface"))
            painter.drawText(box, middle, words)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.horizontalHeader().viewport().update()

    def _open(self, index: QModelIndex) -> None:
        self.opened.emit(index.data(ID_ROLE))

    def _toggle_current(self) -> None:
        flags = QItemSelectionModel.SelectionFlag
        self.selectionModel().select(self.currentIndex(), flags.Toggle | flags.Rows)

    def _copy(self) -> None:
        """Put the selected rows on the clipboard as a spreadsheet takes them, also those nobody has looked at yet."""
        self._list.gather(list(chain.from_iterable(self._selected_ranges())), self._put_on_clipboard)

    def _put_on_clipboard(self, rows: Iterable[Any]) -> None:
        """`Any`: rows of whatever list this is."""
        lines = ("\t".join(column.words(row) for column in self._list.columns) for row in rows)
        QApplication.clipboard().setText("\n".join(lines))

    def _selected_ranges(self) -> list[range]:
        """From the top. Not by selectedRows(): it makes an index for each row, of 300,000 in many seconds."""
        return _ranges(sorted((part.top(), part.bottom()) for part in self.selectionModel().selection().toList()))

    def _on_header_clicked(self, section: int) -> None:
        column = self._list.columns[section]
        header = self.horizontalHeader()
        if not column.sort:
            header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
            return
        self.sort_asked.emit(column.sort, header.sortIndicatorOrder() == Qt.SortOrder.DescendingOrder)

    def _show_menu(self, position: QPoint) -> None:
        if self._menu is None or not self.selectionModel().hasSelection():
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._menu(menu)
        menu.addAction(_("Copy"), QKeySequence(QKeySequence.StandardKey.Copy), self._copy)
        menu.popup(self.viewport().mapToGlobal(position))

    # The view's place across reloads

    def _remember(self) -> None:
        if not self._list.whole:
            return  # what waits for the rest of the list goes on waiting
        self._kept = frozenset(self.selected_ids())
        self._current = self.current_id()
        top = self.rowAt(0)
        self._first = self._list.id_at(top) if top > 0 else None

    def _restore(self) -> None:
        """Select the same rows again, wherever they went, and say so once.

        While only the top of a list is here, what is not in it waits for the rest, and nothing is said.
        """
        flags = QItemSelectionModel.SelectionFlag
        self._restoring = True
        self.selectionModel().select(self._selection(self._kept), flags.Select | flags.Rows)
        position = self._list.position_of(self._current) if self._current is not None else None
        if position is not None:
            self.selectionModel().setCurrentIndex(self._list.index(position, 0), flags.NoUpdate)
        elif self._list.begins_anew:
            self.scrollToTop()
        if not self._list.begins_anew:
            self._scroll_back()
        self._restoring = False
        if self._kept and self._list.whole:
            self.selected.emit()

    def _selection(self, row_ids: frozenset[Hashable]) -> QItemSelection:
        """These rows, as few ranges: rows that were selected together mostly stay together."""
        selection = QItemSelection()
        last = len(self._list.columns) - 1
        for rows in _ranges((at, at) for at in (self._list.positions_of(row_ids) if row_ids else ())):
            selection.select(self._list.index(rows.start, 0), self._list.index(rows.stop - 1, last))
        return selection

    def _scroll_back(self) -> None:
        position = self._list.position_of(self._first) if self._first is not None else None
        if position is not None:
            self.executeDelayedItemsLayout()
            self.verticalScrollBar().setValue(position)

    def _on_selected(self) -> None:
        if not self._restoring:
            self._kept, self._current = frozenset(), None
            self.selected.emit()

    def _place_empty(self) -> None:
        if self._empty is None:
            return
        self._empty.setGeometry(self.viewport().rect())
        self._empty.setVisible(self._list.known and self._list.rowCount() == 0)


def _ranges(parts: Iterable[tuple[int, int]]) -> list[range]:
    """Sorted first and last positions, joined where they touch."""
    ranges: list[range] = []
    for first, last in parts:
        if ranges and first <= ranges[-1].stop:
            ranges[-1] = range(ranges[-1].start, max(ranges[-1].stop, last + 1))
        else:
            ranges.append(range(first, last + 1))
    return ranges
