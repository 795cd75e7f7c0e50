"""Filters with their numbers, side by side."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent
from PySide6.QtWidgets import QButtonGroup, QLayout, QSizePolicy, QWidget

from desktop.i18n import format_number
from desktop.ui import theme
from desktop.ui.widgets.pieces import Button, clear_layout, row
from desktop.ui.widgets.tags import FlowLayout

_AROUND = 24


class SegmentedFilter(QWidget):
    """One of a few filters is chosen; left and right move between them."""

    chosen = Signal(str)

    def __init__(self, name: str, *, wrap: bool = False) -> None:
        """With `wrap` they go on to the next line where the width ends; give the filter a stretch then."""
        super().__init__()
        self._group = QButtonGroup(self)
        self._buttons: dict[str, Button] = {}
        self._row: QLayout = FlowLayout(4) if wrap else row(spacing=4)
        self.setLayout(self._row)
        if wrap:
            policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
            policy.setHeightForWidth(True)
            self.setSizePolicy(policy)
        self.setAccessibleName(name)
        theme.theme.changed.connect(self._make_room)

    def offer(self, filters: Sequence[tuple[str, str]]) -> None:
        """Replace the filters, each a key and its words. The first is chosen, without `chosen`."""
        clear_layout(self._row)
        self._buttons.clear()
        for key, words in filters:
            button = Button(words, "seg")
            button.setCheckable(True)
            button.setProperty("words", words)
            button.clicked.connect(lambda _checked, key=key: self.chosen.emit(key))
            self._group.addButton(button)
            self._row.addWidget(button)
            self._buttons[key] = button
        if filters:
            self._buttons[filters[0][0]].setChecked(True)
        self._follow_tab()
        self._make_room()

    def show_counts(self, counts: Mapping[str, int], most: int | None = None) -> None:
        """Numbers beside the filters; one beyond `most` says only that there are more: 10,000+."""
        for key, button in self._buttons.items():
            words = button.property("words")
            number = counts.get(key)
            button.set_words(words if number is None else f"{words}\u2003{_shown(number, most)}")
        self._make_room()

    def choose(self, key: str) -> None:
        """Choose without `chosen`."""
        self._buttons[key].setChecked(True)
        self._follow_tab()

    def key(self) -> str:
        return next((key for key, button in self._buttons.items() if button.isChecked()), "")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is None or not self._buttons:
            super().keyPressEvent(event)
            return
        keys = list(self._buttons)
        key = keys[(keys.index(self.key()) + step) % len(keys)]
        self.choose(key)
        self._buttons[key].setFocus()
        self.chosen.emit(key)

    def _make_room(self) -> None:
        """Room for the words in bold, as they stand when they are chosen; Qt measures them in the normal weight."""
        bold = QFontMetricsF(theme.font(bold=True))
        for button in self._buttons.values():
            button.setMinimumWidth(round(bold.horizontalAdvance(button.words())) + _AROUND)

    def _follow_tab(self) -> None:
        """The whole filter is one stop for the tab key."""
        for button in self._buttons.values():
            policy = Qt.FocusPolicy.StrongFocus if button.isChecked() else Qt.FocusPolicy.ClickFocus
            button.setFocusPolicy(policy)


def _shown(number: int, most: int | None) -> str:
    return f"{format_number(most)}+" if most is not None and number > most else format_number(number)
