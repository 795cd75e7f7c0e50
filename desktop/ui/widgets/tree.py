"""A tree of places, each with the number of those in it: school, year, grade, class."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter
from PySide6.QtWidgets import QFrame, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTreeView, QWidget

from desktop.ui import theme
from desktop.ui.painting import paint_icon, paint_text
from desktop.ui.theme import colour, px
from desktop.ui.tokens import GAP, HALF, ICON, ROW

COUNT_ROLE = Qt.ItemDataRole.UserRole + 10
ICON_ROLE = Qt.ItemDataRole.UserRole + 11
Index = QModelIndex | QPersistentModelIndex


class CountTree(QTreeView):
    """Shows a model's DisplayRole with COUNT_ROLE (text at the right) and ICON_ROLE (an icon's name)."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setHeaderHidden(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setUniformRowHeights(True)
        self.setItemDelegate(_Delegate(self))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QTreeView.EditTrigger.NoEditTriggers)
        self._measure()
        theme.theme.changed.connect(self._measure)

    def _measure(self) -> None:
        self.setIndentation(px(16))


class _Delegate(QStyledItemDelegate):
    def __init__(self, view: CountTree) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(px(80), px(ROW))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        painter.save()
        try:
            rect = QRectF(option.rect)
            if option.state & QStyle.StateFlag.State_Selected:
                painter.fillRect(rect, colour("sel"))
                painter.fillRect(QRectF(0, rect.top(), 3, rect.height()), colour("accent"))
            if self._view.hasFocus() and self._view.currentIndex() == index:
                painter.fillRect(QRectF(0, rect.bottom() - 2, self._view.viewport().width(), 2), colour("accent"))
                painter.fillRect(QRectF(0, rect.top(), self._view.viewport().width(), 2), colour("accent"))
            _paint_words(painter, rect.adjusted(HALF, 0, -GAP, 0), index)
        finally:
            painter.restore()


def _paint_words(painter: QPainter, rect: QRectF, index: Index) -> None:
    icon = index.data(ICON_ROLE)
    if icon:
        paint_icon(painter, icon, "muted", rect.left(), rect.center().y(), px(ICON))
        rect = rect.adjusted(px(ICON) + 6, 0, 0, 0)
    count = index.data(COUNT_ROLE)
    if count not in {None, ""}:
        font = theme.font(theme.MINOR)
        paint_text(painter, rect, str(count), font, "muted", right=True)
        rect = rect.adjusted(0, 0, -QFontMetricsF(font).horizontalAdvance(str(count)) - GAP, 0)
    paint_text(painter, rect, index.data(Qt.ItemDataRole.DisplayRole) or "", theme.font(), "text")
