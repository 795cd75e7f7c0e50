"""The one delegate of every table and list."""

from typing import NamedTuple

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter
from PySide6.QtWidgets import QAbstractItemView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from desktop.ui import theme
from desktop.ui.cells import BarCell, ChipCell, IconsCell, TextCell, TimeCell, TwoLinesCell
from desktop.ui.painting import paint_chip, paint_coverage, paint_icon, paint_share, paint_text
from desktop.ui.states import state
from desktop.ui.table import CELL_ROLE, ListModel
from desktop.ui.theme import colour, px
from desktop.ui.tokens import GAP, MARGIN

Index = QModelIndex | QPersistentModelIndex
_BAR_HEIGHT = 8
_TIME_BAR = 40


class CellDelegate(QStyledItemDelegate):
    """Paints tint, hairline, the accent at a selected row's left, the focus ring, and the cell."""

    def __init__(self, view: QAbstractItemView, row_height: int) -> None:
        super().__init__(view)
        self._view = view
        self.row_height = row_height

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(px(40), px(self.row_height))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        painter.save()
        try:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            rect = option.rect
            row, edges = index.row(), _edges(index)
            _paint_ground(painter, rect, bool(option.state & QStyle.StateFlag.State_Selected), edges)
            self._paint_cell(painter, _inner(rect, edges), index)
            if self._view.currentIndex().row() == row and self._view.hasFocus():
                _paint_focus(painter, rect, edges)
        finally:
            painter.restore()

    def _paint_cell(self, painter: QPainter, rect: QRectF, index: Index) -> None:
        model = index.model()
        if isinstance(model, ListModel):
            # Straight from the row: through Qt each of its answers would be wrapped and unwrapped.
            column, row = model.columns[index.column()], model.row(index.row())
            number, tone = column.number, column.tone
            cell = column.cell(row) if column.cell and row is not None else None
            text = "" if cell else model.shown(index.row(), index.column())
        else:
            number, tone, cell, text = False, "text", index.data(CELL_ROLE), index.data(Qt.ItemDataRole.DisplayRole)
        middle = rect.center().y()
        match cell:
            case None:
                if text:
                    paint_text(painter, rect, text, theme.font(), tone, right=number)
            case TextCell():
                paint_text(painter, rect, cell.text, theme.font(bold=cell.bold), cell.tone, right=number)
            case ChipCell():
                paint_chip(painter, rect.left(), middle, state(cell.state), cell.words(), rect.width() + GAP)
            case BarCell():
                _paint_bar(painter, rect, cell)
            case IconsCell():
                for at, mark in enumerate(cell.marks):
                    paint_icon(painter, mark.icon, mark.tone, rect.left() + at * px(24), middle, px(16))
            case TimeCell():
                _paint_time(painter, rect, cell)
            case TwoLinesCell():
                _paint_two_lines(painter, rect, cell)


class _Edges(NamedTuple):
    """Whether a cell is the first or the last of its row."""

    first: bool
    last: bool


def _edges(index: Index) -> _Edges:
    at, model = index.column(), index.model()
    if isinstance(model, ListModel):
        return _Edges(at == 0, at == len(model.columns) - 1)
    # A list widget's own model hides its column count, so we ask for the neighbour instead.
    return _Edges(at == 0, not model.index(index.row(), at + 1, index.parent()).isValid())


def _paint_ground(painter: QPainter, rect: QRect, selected: bool, edges: _Edges) -> None:
    painter.fillRect(rect, colour("sel" if selected else "surface"))
    painter.fillRect(QRect(rect.left(), rect.bottom(), rect.width(), 1), colour("hair"))
    if selected and edges.first:
        painter.fillRect(QRect(rect.left(), rect.top(), 3, rect.height()), colour("accent"))


def _inner(rect: QRect, edges: _Edges) -> QRectF:
    """Where the cell's own drawing goes: the outer columns keep the page's margin."""
    left = MARGIN if edges.first else GAP
    right = MARGIN if edges.last else GAP
    return QRectF(rect.adjusted(left, 0, -right, -1))


def _paint_focus(painter: QPainter, rect: QRect, edges: _Edges) -> None:
    """This cell's part of the ring around the current row."""
    ring = rect.adjusted(0, 0, 0, -1)
    edge = 2
    painter.fillRect(ring.left(), ring.top(), ring.width(), edge, colour("accent"))
    painter.fillRect(ring.left(), ring.bottom() - edge + 1, ring.width(), edge, colour("accent"))
    if edges.first:
        painter.fillRect(ring.left(), ring.top(), edge, ring.height(), colour("accent"))
    if edges.last:
        painter.fillRect(ring.right() - edge + 1, ring.top(), edge, ring.height(), colour("accent"))


def _paint_bar(painter: QPainter, rect: QRectF, cell: BarCell) -> None:
    font = theme.font(theme.MINOR)
    room = max(px(64), QFontMetricsF(font).horizontalAdvance(cell.number) + GAP)
    bar = QRectF(rect.left(), rect.center().y() - _BAR_HEIGHT / 2, max(px(24), rect.width() - room), _BAR_HEIGHT)
    paint_coverage(painter, bar, cell.coverage)
    paint_text(painter, rect, cell.number, font, "muted", right=True)


def _paint_time(painter: QPainter, rect: QRectF, cell: TimeCell) -> None:
    bar = QRectF(rect.left(), rect.center().y() - _BAR_HEIGHT / 2, px(_TIME_BAR), _BAR_HEIGHT)
    paint_share(painter, bar, cell.left, cell.tone)
    paint_text(painter, rect.adjusted(px(_TIME_BAR) + GAP, 0, 0, 0), cell.text, theme.font(theme.MINOR), "text")


def _paint_two_lines(painter: QPainter, rect: QRectF, cell: TwoLinesCell) -> None:
    middle, line = rect.center().y(), px(21)
    if cell.mark:
        paint_icon(painter, cell.mark.icon, cell.mark.tone, rect.left(), middle, px(20))
        rect = rect.adjusted(px(32), 0, 0, 0)
    if cell.opens:
        paint_icon(painter, "chevron-right", "muted", rect.right() - px(14), middle, px(16))
        rect = rect.adjusted(0, 0, -px(24), 0)
    upper = QRectF(rect.left(), middle - line + 1 if cell.second else middle - line / 2, rect.width(), line)
    lower = QRectF(rect.left(), middle + 1, rect.width(), line)
    if cell.right:
        small = theme.font(theme.SMALL)
        paint_text(painter, upper, cell.right, small, "muted", right=True)
        upper.setWidth(upper.width() - QFontMetricsF(small).horizontalAdvance(cell.right) - GAP)
    paint_text(painter, upper, cell.first, theme.font(bold=cell.bold), "text")
    paint_text(painter, lower, cell.second, theme.font(theme.SMALL), cell.second_tone)
