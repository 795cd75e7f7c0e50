"""Values with their names: details, figures, progress."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QProgressBar, QSizePolicy, QWidget

from desktop.ui.theme import px, restyle, theme
from desktop.ui.widgets.pieces import IconLabel, Label, clear_layout, column, row

_KEY_WIDTH = 72


class KeyValueGrid(QWidget):
    """Names at the left in muted, values beside them; both columns at one size, or their baselines differ."""

    def __init__(self, pairs: Sequence[tuple[str, str | QWidget]] = ()) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(1, 1)
        self.show_pairs(pairs)
        self._measure()
        theme.changed.connect(self._measure)

    def show_pairs(self, pairs: Sequence[tuple[str, str | QWidget]]) -> None:
        clear_layout(self._grid)
        for at, (name, value) in enumerate(pairs):
            shown = value if isinstance(value, QWidget) else _value(value)
            self._grid.addWidget(Label(name, "muted minor"), at, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(shown, at, 1)
            shown.setAccessibleName(f"{name} {value}" if isinstance(value, str) else name)

    def _measure(self) -> None:
        self._grid.setColumnMinimumWidth(0, px(_KEY_WIDTH))


def _value(text: str) -> Label:
    label = Label(text, "minor", wrap=True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label


class Stat(QWidget):
    """A figure under its name: `児童 71人`. A muted word may follow the figure."""

    def __init__(self, name: str, value: str = "–", after: str = "", icon: str = "", tone: str = "muted") -> None:
        super().__init__()
        self._name = name
        self._value = Label(value, "big")
        self._after = Label(after, "muted minor")
        heads: list[QWidget] = [IconLabel(icon, tone)] if icon else []
        head = row(*heads, Label(name, "muted small"), None, spacing=6)
        self.setLayout(column(head, row(self._value, self._after, None, spacing=6), spacing=0))
        self.show_value(value, after)

    def show_value(self, value: str, after: str = "") -> None:
        self._value.setText(value)
        self._after.setText(after)
        self._after.setVisible(bool(after))
        self.setAccessibleName(f"{self._name} {value} {after}".strip())


class ProgressLine(QProgressBar):
    """A thin bar; its numbers stand beside it in words."""

    def __init__(self, name: str = "") -> None:
        super().__init__()
        self.setTextVisible(False)
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setRange(0, 1)

    def show_progress(self, done: int, total: int, state: str = "") -> None:
        """`state` is "", "done" or "failed". A total of 0 shows that nobody knows how much it is."""
        # Qt counts in 32 bits, and pulses while the range is 0–0.
        self.setRange(0, total or (0 if state == "" else 1))
        self.setValue(done if total else 1)
        shown = state or ("done" if total and done >= total else "")
        if self.property("state") != shown:
            self.setProperty("state", shown)
            restyle(self)


def figure(text: str, role: str = "") -> QLabel:
    """A number, right-aligned, so that those under each other compare."""
    label = Label(text, role)
    label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    return label
