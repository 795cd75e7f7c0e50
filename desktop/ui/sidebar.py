"""The sidebar: where one can go, and what stands ready on every page."""

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QListWidget,
    QListWidgetItem,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from desktop.i18n import _, format_number
from desktop.ui import theme
from desktop.ui.painting import paint_icon, paint_text
from desktop.ui.theme import colour, px, restyle
from desktop.ui.tokens import ICON_NAV, SIDEBAR
from desktop.ui.widgets.pieces import Button, column, shortcut_words

KEY_ROLE = Qt.ItemDataRole.UserRole
ICON_ROLE = Qt.ItemDataRole.UserRole + 1
BADGE_ROLE = Qt.ItemDataRole.UserRole + 2
_ROW = 40
_LEAST_ROW = 26
_NARROW = 56

Place = tuple[str, str, str]
"""A page's key, its title in the reader's language, its icon."""


class Sidebar(QFrame):
    """The pages as one list, a single tab stop; below it the emergency button, the last actions, the connection."""

    chosen = Signal(str)
    emergency_asked = Signal()
    recent_asked = Signal()
    connection_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sidebar")
        self._narrow = False
        self._badges: dict[str, int] = {}
        self.nav = _NavList(self)
        self.nav.itemClicked.connect(lambda item: self.chosen.emit(item.data(KEY_ROLE)))
        self.nav.itemActivated.connect(lambda item: self.chosen.emit(item.data(KEY_ROLE)))
        self.emergency = Button(_("Emergency"), "emergency", "emergency", on_click=self.emergency_asked.emit)
        self.emergency.setShortcut("Ctrl+Shift+E")
        self.recent = Button(_("Recent actions"), "foot", "history", on_click=self.recent_asked.emit)
        self.connection = Button("", "foot", "connected", on_click=self.connection_asked.emit)
        self.connection.hide()
        foot = column(self.emergency, 4, self.recent, self.connection, margin=(8, 0, 8, 0), spacing=0)
        self.setLayout(column((self.nav, 1), foot, margin=(0, 8, 0, 8)))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        self._measure()
        theme.theme.changed.connect(self._measure)

    def show_places(self, places: Sequence[Place]) -> None:
        self.nav.clear()
        for number, (key, title, icon) in enumerate(places, 1):
            item = QListWidgetItem(title)
            item.setData(KEY_ROLE, key)
            item.setData(ICON_ROLE, icon)
            item.setToolTip(f"{title}  {shortcut_words(f'Ctrl+{number}')}")
            self.nav.addItem(item)
        self._measure()
        for key, number in self._badges.items():
            self.set_badge(key, number)

    def mark(self, key: str) -> None:
        """Light up the page that is shown; none if it is not in the list."""
        self.nav.setCurrentRow(next((at for at in range(self.nav.count()) if self._key(at) == key), -1))

    def set_badge(self, key: str, number: int) -> None:
        """How many wait there; 0 shows nothing."""
        self._badges[key] = number
        for at in range(self.nav.count()):
            item = self.nav.item(at)
            if item.data(KEY_ROLE) == key:
                item.setData(BADGE_ROLE, number)
                spoken = _("{page}, {number} waiting").format(page=item.text(), number=format_number(number))
                item.setData(Qt.ItemDataRole.AccessibleTextRole, spoken if number else item.text())

    def set_connection(self, words: str, *, well: bool) -> None:
        """What the line at the foot says of the database and the worker."""
        self.connection.setVisible(bool(words))
        self.connection.setProperty("state", "muted" if well else "warning")
        self.connection.show_icon("connected" if well else "disconnected", "muted" if well else "warning")
        self.connection.setProperty("words", words)
        self._word_foot()
        restyle(self.connection)

    def set_narrow(self, narrow: bool) -> None:
        """Show icons alone, with their words in tooltips."""
        if narrow != self._narrow:
            self._narrow = narrow
            self.nav.delegate.narrow = narrow
            self._measure()

    def _key(self, at: int) -> str:
        return str(self.nav.item(at).data(KEY_ROLE))

    def _measure(self) -> None:
        words = max((QFontMetricsF(theme.font(bold=True)).horizontalAdvance(t) for t in self._titles()), default=0)
        # Icon, gaps and a short badge take 94; English and Vietnamese words are longer than Japanese ones.
        wide = min(max(px(SIDEBAR), round(words) + px(94)), px(232))
        self.setFixedWidth(px(_NARROW) if self._narrow else wide)
        self._word_foot()
        self.nav.viewport().update()

    def _titles(self) -> list[str]:
        return [self.nav.item(at).text() for at in range(self.nav.count())]

    def _word_foot(self) -> None:
        for button, words in (
            (self.emergency, _("Emergency")),
            (self.recent, _("Recent actions")),
            (self.connection, self.connection.property("words") or ""),
        ):
            button.set_words("" if self._narrow else words)
            button.setAccessibleName(words)
            if button.property("narrow") != self._narrow:
                button.setProperty("narrow", self._narrow)
                restyle(button)
            button.setToolTip(words if self._narrow else "")
        self.emergency.setShortcut("Ctrl+Shift+E")
        self.emergency.setToolTip(f"{_('Emergency')}  {shortcut_words('Ctrl+Shift+E')}")


class _NavList(QListWidget):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("nav")
        self.setAccessibleName(_("Pages"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.delegate = _NavDelegate(self)
        self.setItemDelegate(self.delegate)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.scheduleDelayedItemsLayout()


class _NavDelegate(QStyledItemDelegate):
    """Icon, title, badge; the page in view on a tint."""

    def __init__(self, view: QListWidget) -> None:
        super().__init__(view)
        self._view = view
        self.narrow = False

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """40 px a row, less where the window is too low for all of them."""
        room = self._view.viewport().height() // max(1, self._view.count())
        return QSize(px(_NARROW), max(px(_LEAST_ROW), min(px(_ROW), room)))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        painter.save()
        try:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            selected = bool(option.state & QStyle.StateFlag.State_Selected)
            hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
            place = QRectF(option.rect).adjusted(8, 2, -8, -2)
            if selected or hovered:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(colour("sel" if selected else "hover"))
                painter.drawRoundedRect(place, 6, 6)
            if self._view.hasFocus() and self._view.currentIndex() == index:
                _paint_ring(painter, place)
            self._paint_words(painter, place, index, selected=selected)
        finally:
            painter.restore()

    def _paint_words(
        self,
        painter: QPainter,
        place: QRectF,
        index: QModelIndex | QPersistentModelIndex,
        *,
        selected: bool,
    ) -> None:
        middle = place.center().y()
        left = (place.width() - px(ICON_NAV)) / 2 if self.narrow else px(10)
        icon = index.data(ICON_ROLE)
        paint_icon(painter, icon, "accent" if selected else "muted", place.left() + left, middle, px(ICON_NAV))
        badge = index.data(BADGE_ROLE) or 0
        if self.narrow:
            if badge:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(colour("warning"))
                painter.drawEllipse(QRectF(place.right() - px(12), place.top() + 4, px(8), px(8)))
            return
        taken = _paint_badge(painter, place, badge, selected=selected) if badge else 8
        words = place.adjusted(px(40), 0, -taken, 0)
        paint_text(painter, words, index.data(Qt.ItemDataRole.DisplayRole), theme.font(bold=selected), "text")


def _paint_ring(painter: QPainter, place: QRectF) -> None:
    painter.setPen(QPen(colour("accent"), 2))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(place.adjusted(1, 1, -1, -1), 6, 6)


def _paint_badge(painter: QPainter, place: QRectF, number: int, *, selected: bool) -> float:
    """The number in its pill at the right; the room that it took."""
    words = format_number(number) if number < 1000 else "999+"
    font = theme.font(theme.SMALL, bold=True)
    width = max(px(22), QFontMetricsF(font).horizontalAdvance(words) + px(12))
    pill = QRectF(place.right() - width - 7, place.center().y() - px(10), width, px(20))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour("surface" if selected else "neutral_t"))
    painter.drawRoundedRect(pill, pill.height() / 2, pill.height() / 2)
    painter.setFont(font)
    painter.setPen(colour("text"))
    painter.drawText(pill, int(Qt.AlignmentFlag.AlignCenter), words)
    return float(width + 12)
