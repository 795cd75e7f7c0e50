"""Panes beside each other, of which the outer ones fold away where the window is narrow."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QSizePolicy, QWidget

from desktop.i18n import _
from desktop.ui.theme import effective_width, px, theme
from desktop.ui.tokens import COLLAPSE_BELOW
from desktop.ui.widgets.pieces import IconButton, column, row

LEFT = "left"
RIGHT = "right"
_LEAST_MIDDLE = 300
_NO_LIMIT = 16_777_215  # Qt's QWIDGETSIZE_MAX


class SidePane(QFrame):
    """A pane of fixed width at one side. Folded, it is a narrow strip with a button that opens it."""

    toggled = Signal()

    def __init__(self, content: QWidget, title: str, width: int, side: str = RIGHT) -> None:
        super().__init__()
        self.setObjectName("paneRight" if side == RIGHT else "paneLeft")
        self._content = content
        self._title = title
        self._width = width
        self._side = side
        self.folded = False
        self._handle = IconButton("chevron-right", title, self.toggle)
        self._strip = QWidget()
        self._strip.setLayout(column(self._handle, None, margin=4))
        parts = (self._strip, (content, 1)) if side == RIGHT else ((content, 1), self._strip)
        self.setLayout(row(*parts, spacing=0))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        self._foldable = False
        self._show()
        theme.changed.connect(self._show)

    def set_foldable(self, foldable: bool) -> None:
        """Let the pane fold, folded at first; or hold it open."""
        if foldable != self._foldable:
            self._foldable = foldable
            self.folded = foldable
            self._show()

    def toggle(self) -> None:
        self.folded = not self.folded
        self._show()
        self.toggled.emit()
        if not self.folded:
            self._content.setFocus(Qt.FocusReason.OtherFocusReason)

    def unfold(self) -> None:
        """Open the pane, because something in it must be seen."""
        if self.folded:
            self.toggle()

    @property
    def is_open(self) -> bool:
        """Unfolded where it could be folded."""
        return self._foldable and not self.folded

    def wanted_width(self) -> int:
        strip = px(24) + 8 if self._foldable else 0
        return strip if self.folded else px(self._width) + strip

    def fill(self, *, whole: bool) -> None:
        """Take all the room that there is, or the pane's own width again."""
        across = QSizePolicy.Policy.Expanding if whole else QSizePolicy.Policy.Fixed
        self.setSizePolicy(across, QSizePolicy.Policy.Preferred)
        if whole:
            self.setMinimumWidth(0)
            self.setMaximumWidth(_NO_LIMIT)
        else:
            self.setFixedWidth(self.wanted_width())

    def _show(self) -> None:
        self._content.setVisible(not self.folded)
        self._strip.setVisible(self._foldable)
        words = _("Show {pane}") if self.folded else _("Hide {pane}")
        outwards = self.folded == (self._side == LEFT)
        self._handle.show_icon("chevron-right" if outwards else "chevron-left", words.format(pane=self._title))
        self.setFixedWidth(self.wanted_width())


class Panes(QWidget):
    """A middle that takes the room and side panes that fold when the window gets narrow.

    Where an opened pane leaves the middle too little, it takes its place until it is folded again.
    """

    def __init__(self, middle: QWidget, left: SidePane | None = None, right: SidePane | None = None) -> None:
        super().__init__()
        self._middle = middle
        self._sides = [side for side in (left, right) if side]
        parts: list[tuple[QWidget, int]] = [(middle, 1)]
        if left:
            parts.insert(0, (left, 0))
        if right:
            parts.append((right, 0))
        self.setLayout(row(*parts, spacing=0))
        for side in self._sides:
            side.toggled.connect(self._make_room)
        theme.changed.connect(self._fold)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fold()

    def _fold(self) -> None:
        narrow = effective_width(self.window()) < COLLAPSE_BELOW
        for side in self._sides:
            side.set_foldable(narrow)
        self._make_room()

    def _make_room(self) -> None:
        left_over = self.width() - sum(side.wanted_width() for side in self._sides)
        crowded = any(side.is_open for side in self._sides) and left_over < px(_LEAST_MIDDLE)
        self._middle.setVisible(not crowded)
        for side in self._sides:
            side.fill(whole=crowded and side.is_open)
