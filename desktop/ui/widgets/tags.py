"""The audience as a row of tags."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QLayout, QLayoutItem, QSizePolicy, QWidget

from desktop.i18n import _
from desktop.ui import theme
from desktop.ui.painting import paint_icon, paint_text
from desktop.ui.theme import colour, px
from desktop.ui.widgets.pieces import named_frame, row
from desktop.ui.widgets.tooltips import plain_tooltip


@dataclass(frozen=True, slots=True)
class TagItem:
    """One part of an audience, taken in or left out."""

    key: str
    text: str
    excluded: bool = False


class Tag(QWidget):
    """A part of the audience with its ×. Delete removes it; a dashed one is left out."""

    removed = Signal(str)

    def __init__(self, item: TagItem) -> None:
        super().__init__()
        self.item = item
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        spoken = _("{name}, left out") if item.excluded else "{name}"
        self.setAccessibleName(spoken.format(name=item.text))
        self.setAccessibleDescription(_("Delete removes it"))
        self.setToolTip(plain_tooltip(item.text))

    def sizeHint(self) -> QSize:
        words = QFontMetricsF(theme.font(theme.MINOR)).horizontalAdvance(self.item.text)
        return QSize(min(px(280), round(words) + px(36 + (20 if self.item.excluded else 0))), px(28))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_shape(painter)
        middle, left = self.height() / 2, px(10)
        if self.item.excluded:
            paint_icon(painter, "minus-circle", "muted", px(8), middle, px(16))
            left = px(28)
        words = QRectF(left, 0, self.width() - left - px(24), self.height())
        paint_text(painter, words, self.item.text, theme.font(theme.MINOR), "muted" if self.item.excluded else "text")
        paint_icon(painter, "close", "muted", self.width() - px(20), middle, px(13))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.position().x() >= self.width() - px(24):
            self.removed.emit(self.item.key)
        else:
            super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Delete, Qt.Key.Key_Backspace}:
            self.removed.emit(self.item.key)
        else:
            super().keyPressEvent(event)

    def _paint_shape(self, painter: QPainter) -> None:
        edge = "accent" if self.hasFocus() else "border" if self.item.excluded else "sel"
        style = Qt.PenStyle.DashLine if self.item.excluded and not self.hasFocus() else Qt.PenStyle.SolidLine
        painter.setBrush(colour("surface" if self.item.excluded else "sel"))
        painter.setPen(QPen(colour(edge), 2 if self.hasFocus() else 1, style))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)


class FlowLayout(QLayout):
    """Side by side, and on to the next line where the width ends."""

    def __init__(self, spacing: int = 8) -> None:
        super().__init__()
        self._items: list[QLayoutItem] = []
        self.setSpacing(spacing)
        self.setContentsMargins(0, 0, 0, 0)

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._place(QRect(0, 0, width, 0), move=False)

    def sizeHint(self) -> QSize:
        return self.minimumSize()

    def minimumSize(self) -> QSize:
        size = QSize()
        for item in self._items:
            size = size.expandedTo(item.minimumSize())
        return size

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self._place(rect, move=True)

    def _place(self, rect: QRect, *, move: bool) -> int:
        """Lay the items out in `rect`; the height that this took."""
        x, y, tallest = rect.x(), rect.y(), 0
        for item in self._items:
            size = item.sizeHint()
            if x > rect.x() and x + size.width() > rect.right() + 1:
                x, y, tallest = rect.x(), y + tallest + self.spacing(), 0
            if move:
                item.setGeometry(QRect(QPoint(x, y), size))
            x += size.width() + self.spacing()
            tallest = max(tallest, size.height())
        return y + tallest - rect.y()


def flow(*widgets: QWidget, spacing: int = 16) -> QWidget:
    """Widgets side by side that go on to the next line where the width ends: options, buttons."""
    layout = FlowLayout(spacing)
    for widget in widgets:
        layout.addWidget(widget)
    holder = QWidget()
    holder.setLayout(layout)
    policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
    policy.setHeightForWidth(True)
    holder.setSizePolicy(policy)
    return holder


class TagRow(QWidget):
    """Tags in a frame like a field's, with buttons at its right end."""

    removed = Signal(str)

    def __init__(self, name: str, placeholder: str, *buttons: QWidget) -> None:
        super().__init__()
        self._placeholder = placeholder
        self._flow = FlowLayout()
        self._tags = QWidget()
        self._tags.setLayout(self._flow)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self._tags.setSizePolicy(policy)
        self._frame = named_frame("frameField", row((self._tags, 1), *buttons, margin=(8, 5, 8, 5)))
        self.setLayout(row(self._frame))
        self.setAccessibleName(name)
        self.show_tags(())

    def show_tags(self, items: Sequence[TagItem]) -> None:
        while (old := self._flow.takeAt(0)) is not None:
            if widget := old.widget():
                widget.hide()
                widget.deleteLater()
        for item in items:
            tag = Tag(item)
            tag.removed.connect(self.removed)
            self._flow.addWidget(tag)
        if not items:
            self._flow.addWidget(_placeholder(self._placeholder))
        self._tags.updateGeometry()

    def tags(self) -> list[TagItem]:
        found = (self._flow.itemAt(at) for at in range(self._flow.count()))
        return [tag.item for each in found if each and isinstance(tag := each.widget(), Tag)]


def _placeholder(text: str) -> QWidget:
    return _Placeholder(text)


class _Placeholder(QWidget):
    """What the row says while it is empty, as tall as a tag so that nothing moves."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text
        self.setAccessibleName(text)

    def sizeHint(self) -> QSize:
        return QSize(round(QFontMetricsF(theme.font()).horizontalAdvance(self._text)) + px(8), px(28))

    def paintEvent(self, event: QPaintEvent) -> None:
        paint_text(QPainter(self), QRectF(self.rect()), self._text, theme.font(), "muted")
