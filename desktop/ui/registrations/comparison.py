"""What a guardian wrote beside what the roster has, field by field."""

import html
from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QWidget

from desktop.ui.registrations.state import Compared, Heads
from desktop.ui.states import state
from desktop.ui.theme import px, theme
from desktop.ui.widgets.pieces import IconLabel, Label, clear_layout, hline, row, widget_of

_NAME_WIDTH = 92
_PAD = 7


class Comparison(QFrame):
    """A line a field: its name, both texts, and in a word how they compare. What differs stands bold on a tint."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName("card")
        self.setAccessibleName(name)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(1, 0, 1, 0)
        self._grid.setHorizontalSpacing(0)
        self._grid.setVerticalSpacing(0)
        for at, stretch in ((1, 4), (2, 4), (3, 3)):
            self._grid.setColumnStretch(at, stretch)
        self._measure()
        theme.changed.connect(self._measure)

    def show_lines(self, heads: Heads, lines: Sequence[Compared]) -> None:
        clear_layout(self._grid)
        self.setVisible(bool(lines))
        for at, text in enumerate(("", heads.given, heads.roster, heads.result)):
            self._put(Label(text, "muted small", wrap=True), 0, at)
        for number, line in enumerate(lines):
            self._grid.addWidget(hline(), 2 * number + 1, 0, 1, 4)
            self._put_line(2 * number + 2, line)

    def _put_line(self, at: int, line: Compared) -> None:
        if line.marked:
            tint = QFrame()
            tint.setProperty("box", "warning")
            self._grid.addWidget(tint, at, 0, 1, 4)
        role = "bold" if line.marked else ""
        given, roster = marked_pair(line.given, line.roster)
        self._put(Label(line.name, "muted minor", wrap=True), at, 0)
        self._put(_text(line.given, given, role), at, 1)
        self._put(_text(line.roster, roster, role), at, 2)
        if line.word:
            self._put(_result(line), at, 3)

    def _put(self, widget: QWidget, at: int, column: int) -> None:
        widget.setContentsMargins(16 if column == 0 else 6, _PAD if at else 7, 6, _PAD if at else 7)
        self._grid.addWidget(widget, at, column, Qt.AlignmentFlag.AlignVCenter)

    def _measure(self) -> None:
        self._grid.setColumnMinimumWidth(0, px(_NAME_WIDTH))


def _result(line: Compared) -> QWidget:
    """Icon and word, as a chip has them, but wrapping: nothing of it may be cut off."""
    shown = state(line.chip)
    word = Label(line.word, f"{shown.tone} minor", wrap=True)
    word.setAccessibleName(f"{line.name}: {line.word}")
    return widget_of(row(IconLabel(shown.icon, shown.tone), (word, 1), spacing=6))


def _text(plain: str, marked: str, role: str) -> Label:
    label = Label(plain or "–", role, wrap=True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    if marked != html.escape(plain):
        label.setTextFormat(Qt.TextFormat.RichText)  # escaped by us
        label.setText(marked)
        label.setAccessibleName(plain)
    return label


def marked_pair(mine: str, theirs: str) -> tuple[str, str]:
    """Both as HTML; where they are equally long, the letters that differ are underlined: 髙橋 beside 高橋."""
    if mine == theirs or len(mine) != len(theirs):
        return html.escape(mine), html.escape(theirs)
    differ = [a != b for a, b in zip(mine, theirs, strict=True)]
    return _underlined(mine, differ), _underlined(theirs, differ)


def _underlined(text: str, differ: Sequence[bool]) -> str:
    letters = (
        f"<u>{html.escape(letter)}</u>" if other else html.escape(letter)
        for letter, other in zip(text, differ, strict=True)
    )
    return "".join(letters)
