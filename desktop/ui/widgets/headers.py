"""The head of a page, the bar at its foot, and the bar over a selection."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QFrame, QSizePolicy, QWidget

from desktop.ui.theme import px, theme
from desktop.ui.tokens import GAP, MARGIN, PAGE_HEADER
from desktop.ui.widgets.marks import Chip
from desktop.ui.widgets.pieces import Button, ElidedLabel, Label, column, row, shortcut_words


class PageHeader(QWidget):
    """Title, one sentence of what needs doing, the page's actions at the right."""

    def __init__(self, title: str, sentence: str = "", *actions: QWidget) -> None:
        super().__init__()
        self._title = ElidedLabel(title, "pageTitle")
        self._title.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self._aside = Label("", "muted")
        self._aside.hide()
        self._chip = Chip("draft")
        self._chip.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        self._chip.hide()
        self._sentence = ElidedLabel(sentence, "muted")
        first = row(self._title, self._aside, self._chip, None, spacing=12)
        self._actions = row(*actions)
        words = column(None, first, self._sentence, None, spacing=4)
        self.setLayout(row((words, 1), self._actions, margin=(16, 0, 16, 0)))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._measure()
        theme.changed.connect(self._measure)

    def set_title(self, title: str, aside: str = "") -> None:
        """`aside` stands muted beside the title: today's date, a number."""
        self._title.set_whole(title)
        self._aside.setText(aside)
        self._aside.setVisible(bool(aside))

    def set_sentence(self, sentence: str) -> None:
        self._sentence.set_whole(sentence)

    def sentence(self) -> str:
        return self._sentence.whole()

    def set_state(self, key: str, word: str = "") -> None:
        """A chip beside the title; an empty key takes it away."""
        self._chip.setVisible(bool(key))
        if key:
            self._chip.show_state(key, word)

    def add_action(self, widget: QWidget) -> None:
        self._actions.addWidget(widget)

    def _measure(self) -> None:
        self.setFixedHeight(px(PAGE_HEADER))


class ActionBar(QFrame):
    """The bar at the foot of a page on which something is decided: a note at the left, the primary button at the right.

    While the primary button would not work it is disabled, and the reason stands beside it.
    """

    def __init__(self, primary: Button, *others: QWidget, note: str = "", shortcut: str = "") -> None:
        super().__init__()
        self.setObjectName("actionBar")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.primary = primary
        self._note = ElidedLabel(note, "muted minor")
        self._reason = ElidedLabel("", "muted small")
        self._reason.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._reason.hide()
        self._above = Label("", "muted small", wrap=True)
        self._above.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._above.hide()
        self._keys = Label(shortcut_words(shortcut), "muted small")
        self._keys.setVisible(bool(shortcut))
        if shortcut:
            primary.setShortcut(shortcut)
        left = [widget for widget in others if widget.property("side") == "left"]
        right = [widget for widget in others if widget not in left]
        self._fixed = (*left, *right, primary)
        buttons = row(*left, (self._note, 1), (self._reason, 2), *right, self._keys, primary)
        self.setLayout(column(self._above, buttons, spacing=4, margin=(16, 12, 16, 12)))

    def set_note(self, text: str) -> None:
        self._note.set_whole(text)

    def allow(self) -> None:
        self.allow_unless("")

    def block(self, reason: str) -> None:
        """Disable the primary button and say why."""
        self.primary.setEnabled(False)
        self._show_reason(reason)

    def allow_unless(self, reason: str) -> None:
        """Enable the primary button where there is no reason against it."""
        self.primary.setEnabled(not reason)
        self._show_reason(reason)

    def _show_reason(self, reason: str) -> None:
        self._reason.set_whole(reason)
        self.primary.setAccessibleDescription(reason)
        self._place_reason()

    def event(self, event: QEvent) -> bool:
        done = super().event(event)
        if event.type() in {QEvent.Type.Resize, QEvent.Type.LayoutRequest}:
            self._place_reason()
        return done

    def _place_reason(self) -> None:
        """Beside the buttons where all of it fits, else on a line above them."""
        reason = self._reason.whole()
        shown = [each for each in self._fixed if not each.isHidden()]
        room = self.width() - 2 * MARGIN - sum(each.sizeHint().width() + GAP for each in shown)
        keys = self._keys.sizeHint().width() + GAP if self._keys.text() else 0
        tells_keys = 0 < keys <= room - px(32)  # the buttons' own words come first
        _show(self._keys, tells_keys)
        room -= keys if tells_keys else 0
        note = min(self._note.sizeHint().width(), px(120)) if self._note.whole() else 0
        fits = self._reason.sizeHint().width() + note + 2 * GAP <= room
        if self._above.text() != reason:
            self._above.setText(reason)
        _show(self._reason, bool(reason) and fits)
        _show(self._above, bool(reason) and not fits)


def _show(widget: QWidget, wanted: bool) -> None:
    """Only where it is not so yet: each showing asks for a new layout."""
    if widget.isHidden() == wanted:
        widget.setVisible(wanted)


class SelectionBar(QFrame):
    """What can be done to the selected rows, and how many they are. Hidden while fewer than `least` are selected."""

    def __init__(self, words: Callable[[int], str], *actions: QWidget, least: int = 2) -> None:
        super().__init__()
        self.setObjectName("selectionBar")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._words = words
        self._least = least
        self._label = Label("", "bold")
        self.setLayout(row(self._label, None, *actions, margin=(16, 8, 16, 8)))
        self.hide()

    def show_count(self, number: int) -> None:
        self._label.setText(self._words(number))
        self.setVisible(number >= self._least)
