"""What an empty page says."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from desktop.ui.theme import px, theme
from desktop.ui.widgets.pieces import Button, IconLabel, Label, card, clear_layout, column, hline, row, scroll


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do before the page can have something on it."""

    title: str
    text: str
    done: bool
    action: str = ""
    on_action: Callable[[], object] | None = None


class EmptyState(QFrame):
    """What belongs here, why it is empty, and the button that fills it."""

    def __init__(
        self, icon: str, title: str, text: str, *buttons: QWidget, steps: Sequence[Step] = (), note: str = ""
    ) -> None:
        super().__init__()
        self.setObjectName("surface")
        self._title = _centred(title, "big")
        self._text = _centred(text, "muted")
        self._steps = column(spacing=12)
        self._card = card(self._steps, margin=(16, 12, 16, 12))
        self._note = _centred(note, "muted small")
        self._note.setVisible(bool(note))
        middle = Qt.AlignmentFlag.AlignHCenter
        layout = column(None, margin=16)
        layout.addWidget(IconLabel(icon, "accent", 40), 0, middle)
        layout.addSpacing(8)
        for widget in (self._title, self._text):
            layout.addWidget(widget)
        layout.addSpacing(8)
        # Beside stretches, not by alignment: that would take the card's height before its texts are wrapped.
        layout.addLayout(row(None, self._card, None))
        layout.addSpacing(8)
        layout.addLayout(row(None, *buttons, None))
        layout.addWidget(self._note)
        layout.addStretch(2)
        self.setLayout(column(scroll(layout)))
        self.show_steps(steps)
        theme.changed.connect(self._measure)

    def set_words(self, title: str, text: str) -> None:
        self._title.setText(title)
        self._text.setText(text)

    def show_steps(self, steps: Sequence[Step]) -> None:
        """Show what is done and what comes next; the first that is not done is bold."""
        clear_layout(self._steps)
        self._card.setVisible(bool(steps))
        coming = next((step for step in steps if not step.done), None)
        for at, step in enumerate(steps):
            if at:
                self._steps.addWidget(hline())
            self._steps.addLayout(_step_row(step, current=step is coming))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._measure()

    def _measure(self) -> None:
        self._card.setFixedWidth(max(px(200), min(px(560), self.width() - 32)))


def _centred(text: str, role: str) -> Label:
    label = Label(text, role, wrap=True)
    label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
    return label


def _step_row(step: Step, *, current: bool) -> QHBoxLayout:
    icon = IconLabel("check-filled" if step.done else "circle", "success" if step.done else "muted", 20)
    words = column(Label(step.title, "bold" if current else ""), Label(step.text, "muted minor", wrap=True), spacing=0)
    made = row(icon, 4, (words, 1))
    if step.action and step.on_action:
        made.addWidget(Button(step.action, on_click=step.on_action))
    return made
