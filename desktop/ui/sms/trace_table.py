"""How a message was read, field by field: as it came, as it was understood, and whether that is right."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QWidget

from desktop.i18n import _
from desktop.ui.sms.state import TraceLine
from desktop.ui.theme import px, theme
from desktop.ui.widgets.pieces import IconLabel, Label, clear_layout, hline, row, widget_of

_PAD = 5
_ICONS = {"success": "check", "warning": "alert", "danger": "close-circle"}


class TraceTable(QFrame):
    """A line a field; what is wrong stands in words at its end."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("card")
        self.setAccessibleName(_("How it was read"))
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(1, 0, 1, 0)
        self._grid.setHorizontalSpacing(0)
        self._grid.setVerticalSpacing(0)
        self._measure()
        theme.changed.connect(self._measure)

    def show_lines(self, lines: Sequence[TraceLine]) -> None:
        clear_layout(self._grid)
        worded = any(line.result for line in lines)
        for at, stretch in ((1, 4), (2, 5), (3, 3 if worded else 0)):
            self._grid.setColumnStretch(at, stretch)
        for at, head in enumerate((_("As it came"), _("As understood")), start=1):
            self._put(Label(head, "muted small", wrap=True), 0, at)
        for number, line in enumerate(lines):
            self._grid.addWidget(hline(), 2 * number + 1, 0, 1, 4)
            self._put_line(2 * number + 2, line)

    def _put_line(self, at: int, line: TraceLine) -> None:
        number = Label(str(line.number), "muted minor")
        number.setAccessibleName(f"{line.number} {line.name}")
        raw = _text(line.raw or "–")
        raw.setAccessibleName(f"{line.name}: {line.raw or '–'}")
        self._put(number, at, 0)
        self._put(raw, at, 1)
        self._put(_text(line.understood or "–"), at, 2)
        self._put(_result(line), at, 3)

    def _put(self, widget: QWidget, at: int, column: int) -> None:
        widget.setContentsMargins(12 if column == 0 else 4, _PAD, 8, _PAD)
        self._grid.addWidget(widget, at, column, Qt.AlignmentFlag.AlignVCenter)

    def _measure(self) -> None:
        self._grid.setColumnMinimumWidth(0, px(32))


def _text(words: str) -> Label:
    label = Label(words, "minor", wrap=True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label


def _result(line: TraceLine) -> QWidget:
    mark = IconLabel(_ICONS[line.tone], line.tone, words="" if line.result else _("All right"))
    if not line.result:
        return widget_of(row(mark, None))
    word = Label(line.result, f"{line.tone} minor", wrap=True)
    word.setAccessibleName(f"{line.name}: {line.result}")
    return widget_of(row(mark, (word, 1), spacing=6))
