"""Panes beside each other, of which the outer ones fold away where the window is narrow."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QSizePolicy, QWidget

from desktop.i18n import _
from desktop.ui.theme import effective_width, px, theme
from desktop.ui.tokens import COLLAPSE_BELOW
from desktop.ui.widgets.pieces import IconButton, column, row

LEFT = "left"
RIGHT = "right"


class SidePane(QFrame):
    """A pane of fixed width at one side. Folded, it is a narrow strip with a button that opens it."""

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
        if not self.folded:
            self._content.setFocus(Qt.FocusReason.OtherFocusReason)

    def unfold(self) -> None:
        """Open the pane, because something in it must be seen."""
        if self.folded:
            self.toggle()

    def _show(self) -> None:
        self._content.setVisible(not self.folded)
        self._strip.setVisible(self._foldable)
        words = _("Show {pane}") if self.folded else _("Hide {pane}")
        outwards = self.folded == (self._side == LEFT)
        self._handle.show_icon("chevron-right" if outwards else "chevron-left", words.format(pane=self._title))
        strip = px(24) + 8 if self._foldable else 0
        self.setFixedWidth(strip if self.folded else px(self._width) + strip)


class Panes(QWidget):
    """A middle that takes the room and side panes that fold when the window gets narrow."""

    def __init__(self, middle: QWidget, left: SidePane | None = None, right: SidePane | None = None) -> None:
        super().__init__()
        self._sides = [side for side in (left, right) if side]
        parts: list[tuple[QWidget, int]] = [(middle, 1)]
        if left:
            parts.insert(0, (left, 0))
        if right:
            parts.append((right, 0))
        self.setLayout(row(*parts, spacing=0))
        theme.changed.connect(self._fold)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fold()

    def _fold(self) -> None:
        narrow = effective_width(self.window()) < COLLAPSE_BELOW
        for side in self._sides:
            side.set_foldable(narrow)
