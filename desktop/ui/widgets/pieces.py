"""Labels, buttons, rules and boxes."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.ui.icons import icon as make_icon
from desktop.ui.icons import pixmap
from desktop.ui.theme import px, restyle, theme
from desktop.ui.tokens import GAP
from desktop.ui.widgets.tooltips import plain_tooltip

_KIND_TONES = {
    "primary": "on_accent",
    "dangerPrimary": "on_danger",
    "danger": "danger",
    "link": "accent",
    "emergency": "danger",
    "foot": "muted",
}
# Qt leaves 4 px between a button's icon and its text; these spaces widen that.
_THIN_SPACE = "\u2009"
_WIDE_SPACE = "\u2002"

Item = QWidget | QLayout | int | None | tuple["QWidget | QLayout", int]


class Label(QLabel):
    """Text in the roles of the style sheet: `muted small`, `bold`, `cardTitle`, `big`, `pageTitle`, `danger` …

    It shows plain text: names and notices may hold what looks like HTML.
    """

    def __init__(self, text: str = "", role: str = "", *, wrap: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("role", role)
        self.setWordWrap(wrap)

    def set_role(self, role: str) -> None:
        if self.property("role") != role:
            self.setProperty("role", role)
            restyle(self)


class ElidedLabel(Label):
    """One line that gives way: where it does not fit it ends in an ellipsis, with the whole in the tooltip."""

    def __init__(self, text: str = "", role: str = "", parent: QWidget | None = None) -> None:
        super().__init__("", role, parent=parent)
        self._whole = text
        self.set_whole(text)

    def set_whole(self, text: str) -> None:
        self._whole = text
        self.setAccessibleName(text)
        self.updateGeometry()
        self._fit()

    def whole(self) -> str:
        return self._whole

    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        return QSize(self.fontMetrics().horizontalAdvance(self._whole) + 2, hint.height())

    def minimumSizeHint(self) -> QSize:
        return QSize(px(24), super().minimumSizeHint().height())

    def resizeEvent(self, event: object) -> None:
        super().resizeEvent(event)  # type: ignore[arg-type]  # an event of Qt's, passed through
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in {QEvent.Type.FontChange, QEvent.Type.StyleChange}:
            self._fit()

    def _fit(self) -> None:
        shown = self.fontMetrics().elidedText(self._whole, Qt.TextElideMode.ElideRight, max(0, self.width()))
        if shown != self.text():
            self.setText(shown)
        self.setToolTip(plain_tooltip(self._whole) if shown != self._whole else "")


class IconLabel(QLabel):
    """An icon in the colour of a token; it says nothing aloud unless `words` are given."""

    def __init__(self, name: str, tone: str = "muted", size: int = 16, words: str = "") -> None:
        super().__init__()
        self._name, self._tone, self._size = name, tone, size
        self.setAccessibleName(words)
        if words:
            self.setToolTip(words)
        self._draw()
        theme.changed.connect(self._draw)

    def show_icon(self, name: str, tone: str) -> None:
        self._name, self._tone = name, tone
        self._draw()

    def _draw(self) -> None:
        side = px(self._size)
        self.setFixedSize(side, side)
        self.setPixmap(pixmap(self._name, self._tone, side, self.devicePixelRatioF()))


class Button(QPushButton):
    """A push button of one of the style sheet's kinds: "", primary, big, danger, dangerPrimary, link, ghost, seg, foot.

    Its shortcut works while it is seen and enabled, and its tooltip names it.
    """

    def __init__(
        self,
        text: str,
        kind: str = "",
        icon: str = "",
        *,
        tone: str = "",
        shortcut: str = "",
        on_click: Callable[[], object] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._shortcut_text = shortcut
        self.setProperty("kind", kind)
        self.setAutoDefault(False)
        if icon:
            self.show_icon(icon, tone or _KIND_TONES.get(kind, "text"))
        self.set_words(text)
        if kind == "link":
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        if on_click:
            self.clicked.connect(lambda _checked: on_click())
        theme.changed.connect(self._size_icon)

    def show_icon(self, name: str, tone: str) -> None:
        self.setIcon(make_icon(name, tone))
        self._size_icon()

    def set_words(self, text: str) -> None:
        """Change the text, keeping icon, shortcut and accessible name in step."""
        wide = self.property("kind") in {"foot", "emergency"}
        space = "" if self.icon().isNull() else _WIDE_SPACE if wide else _THIN_SPACE
        self.setText((space + text.replace("&", "&&")) if text else "")
        self.setAccessibleName(text)
        if self._shortcut_text:
            # setText forgets the shortcut.
            self.setShortcut(QKeySequence(self._shortcut_text))
            self.setToolTip(shortcut_words(self._shortcut_text))

    def words(self) -> str:
        return self.accessibleName()

    def _size_icon(self) -> None:
        side = px(20 if self.property("kind") in {"foot", "emergency"} else 16)
        self.setIconSize(QSize(side, side))


class IconButton(QToolButton):
    """A button that is an icon; its words are in the tooltip and read aloud."""

    def __init__(self, name: str, words: str, on_click: Callable[[], object] | None = None) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.show_icon(name, words)
        if on_click:
            self.clicked.connect(lambda _checked: on_click())
        self._measure()
        theme.changed.connect(self._measure)

    def show_icon(self, name: str, words: str) -> None:
        self.setIcon(make_icon(name, "muted"))
        self.setAccessibleName(words)
        self.setToolTip(words)

    def _measure(self) -> None:
        self.setIconSize(QSize(px(16), px(16)))


def shortcut_words(shortcut: str) -> str:
    """A shortcut as the reader's system writes it."""
    return QKeySequence(shortcut).toString(QKeySequence.SequenceFormat.NativeText)


def hline() -> QFrame:
    return named_frame("hline")


def vline() -> QFrame:
    return named_frame("vline")


def named_frame(name: str, layout: QLayout | None = None) -> QFrame:
    """A frame that the style sheet knows: card, quiet, surface, actionBar …"""
    frame = QFrame()
    frame.setObjectName(name)
    if layout is not None:
        frame.setLayout(layout)
    return frame


def card(*items: Item, margin: int | tuple[int, int, int, int] = 16, spacing: int = GAP) -> QFrame:
    """White, rounded, on the window's grey. Never a card in a card."""
    return named_frame("card", column(*items, margin=margin, spacing=spacing))


def quiet_box(*items: Item, spacing: int = 2) -> QFrame:
    """What belongs together inside a pane."""
    return named_frame("quiet", column(*items, margin=(12, 8, 12, 8), spacing=spacing))


def row(*items: Item, margin: int | tuple[int, int, int, int] = 0, spacing: int = GAP) -> QHBoxLayout:
    """Side by side. None stretches, a number is a gap, a pair is an item with its stretch."""
    layout = QHBoxLayout()
    _fill(layout, items, margin, spacing)
    return layout


def column(*items: Item, margin: int | tuple[int, int, int, int] = 0, spacing: int = GAP) -> QVBoxLayout:
    """One under the other; see `row`."""
    layout = QVBoxLayout()
    _fill(layout, items, margin, spacing)
    return layout


def widget_of(layout: QLayout) -> QWidget:
    widget = QWidget()
    widget.setLayout(layout)
    return widget


def pair(left: QWidget, right: QWidget) -> QWidget:
    """Two fields side by side, as wide as each other."""
    return widget_of(row((left, 1), (right, 1), spacing=16))


def scroll(content: QWidget | QLayout) -> QScrollArea:
    """`content`, scrolling where it is too tall, and too wide if need be: nothing may be out of reach."""
    inner = content if isinstance(content, QWidget) else widget_of(content)
    inner.setObjectName(inner.objectName() or "scrolled")
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(inner)
    return area


def clear_layout(layout: QLayout) -> None:
    """Remove and delete everything in a layout."""
    while layout.count():
        item = layout.takeAt(0)
        if item is None:
            return
        if (widget := item.widget()) is not None:
            widget.hide()
            widget.deleteLater()
        elif (inner := item.layout()) is not None:
            clear_layout(inner)


def refill(layout: QBoxLayout, *items: Item) -> None:
    """Put these into a layout in place of all that stood there; see `row`."""
    clear_layout(layout)
    _add_all(layout, items)


def _fill(layout: QBoxLayout, items: tuple[Item, ...], margin: int | tuple[int, int, int, int], spacing: int) -> None:
    left, top, right, bottom = (margin,) * 4 if isinstance(margin, int) else margin
    layout.setContentsMargins(left, top, right, bottom)
    layout.setSpacing(spacing)
    _add_all(layout, items)


def _add_all(layout: QBoxLayout, items: tuple[Item, ...]) -> None:
    for item in items:
        if item is None:
            layout.addStretch(1)
        elif isinstance(item, int):
            layout.addSpacing(item)
        else:
            what, stretch = item if isinstance(item, tuple) else (item, 0)
            if isinstance(what, QLayout):
                layout.addLayout(what, stretch)
            else:
                layout.addWidget(what, stretch)
