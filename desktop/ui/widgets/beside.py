"""What stands side by side where there is room, and one under the other where there is not."""

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QDialog, QHBoxLayout, QWidget

from desktop.ui.theme import effective_width, px, theme
from desktop.ui.tokens import COLLAPSE_BELOW, MARGIN

_EDGE = 32


def is_narrow(widget: QWidget, below: int = COLLAPSE_BELOW - 200) -> bool:
    """The window has little room for the font in force: what matters less gives way."""
    return effective_width(widget.window()) < below


def fit(dialog: QDialog, width: int, height: int) -> None:
    """Give a dialog this size, drawn at body size, as far as the window behind it has room."""
    behind = dialog.parentWidget()
    room = behind.window().size() if behind else QSize(1280, 800)
    dialog.resize(min(px(width), room.width() - _EDGE), min(px(height), room.height() - _EDGE))


class Beside(QWidget):
    """Widgets in a row with their stretches; below `narrow` (the window's width at body size) they form a column."""

    def __init__(self, *items: tuple[QWidget, int], spacing: int = MARGIN, narrow: int = COLLAPSE_BELOW - 200) -> None:
        super().__init__()
        self._narrow = narrow
        self._box = QHBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(spacing)
        for widget, stretch in items:
            self._box.addWidget(widget, stretch)
        theme.changed.connect(self._arrange)

    @property
    def stacked(self) -> bool:
        """One under the other at present."""
        return self._box.direction() == QBoxLayout.Direction.TopToBottom

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        narrow = is_narrow(self, self._narrow)
        down, across = QBoxLayout.Direction.TopToBottom, QBoxLayout.Direction.LeftToRight
        self._box.setDirection(down if narrow else across)
