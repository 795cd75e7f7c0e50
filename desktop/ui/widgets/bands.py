"""Bands across the window or a page, and notes inside one."""

from collections.abc import Callable

from PySide6.QtCore import QEvent
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QSizePolicy, QWidget

from desktop.i18n import _
from desktop.ui.theme import px, restyle
from desktop.ui.widgets.pieces import Button, IconLabel, Label, column, row

_ICONS = {
    "info": "info",
    "success": "check-circle",
    "warning": "alert",
    "danger": "alert-circle",
    "neutral": "info",
    "emergency": "emergency",
}
_NARROW = 640
_TONES = {"neutral": "muted", "emergency": "on_danger"}


class Band(QFrame):
    """What must be known before anything else on the page: an icon, a bold line, a plain one, buttons.

    Kinds: info, success, warning, danger; `emergency` is filled and for emergency notices alone.
    """

    def __init__(self, kind: str, text: str, more: str = "", icon: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("band", kind)
        # No maximum: a text that wraps needs more than the size hint, which knows of no width.
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self._icon = IconLabel(icon or _ICONS[kind], _TONES.get(kind, kind), 24)
        self._text = Label(text, "bold", wrap=True)
        self._more = Label(more, "minor", wrap=True)
        self._side = Label("", "muted minor")
        self._side.hide()
        self._buttons = row()
        words = column(self._text, self._more, spacing=2)
        self._box = row((words, 1), row(self._side, self._buttons, None))
        self.setLayout(row(self._icon, 4, (self._box, 1), margin=(16, 10, 16, 10)))
        self.set_words(text, more)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is little room the buttons stand under the words."""
        super().resizeEvent(event)
        narrow = self.width() < px(_NARROW)
        down, across = QBoxLayout.Direction.TopToBottom, QBoxLayout.Direction.LeftToRight
        self._box.setDirection(down if narrow else across)

    def set_words(self, text: str, more: str = "") -> None:
        self._text.setText(text)
        self._more.setText(more)
        self._more.setVisible(bool(more))
        self.setAccessibleName(f"{text} {more}".strip())

    def set_side_note(self, text: str) -> None:
        """A muted word beside the buttons, such as when the next attempt is."""
        self._side.setText(text)
        self._side.setVisible(bool(text))

    def set_kind(self, kind: str, icon: str = "") -> None:
        self.setProperty("band", kind)
        self._icon.show_icon(icon or _ICONS[kind], _TONES.get(kind, kind))
        restyle(self)

    def add_button(self, text: str, on_click: Callable[[], object], icon: str = "") -> Button:
        button = Button(text, "", icon, on_click=on_click)
        self._buttons.addWidget(button)
        return button


class NoteBox(QFrame):
    """A note inside a page: rounded, tinted, one text, perhaps a link."""

    def __init__(self, kind: str, text: str, icon: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("box", kind)
        tone = _TONES.get(kind, kind)
        self._icon = IconLabel(icon or _ICONS[kind], tone)
        self._text = Label(text, f"minor {tone}" if kind == "warning" else "minor", wrap=True)
        self._row = row(self._icon, (self._text, 1), margin=(12, 6, 8, 6))
        self.setLayout(self._row)
        self.setAccessibleName(text)

    def set_words(self, text: str) -> None:
        self._text.setText(text)
        self.setAccessibleName(text)

    def add_link(self, text: str, on_click: Callable[[], object]) -> Button:
        link = Button(text, "link", on_click=on_click)
        self._row.addWidget(link)
        return link

    def event(self, event: QEvent) -> bool:
        done = super().event(event)
        if event.type() in {QEvent.Type.Resize, QEvent.Type.LayoutRequest}:
            self._fit()
        return done

    def _fit(self) -> None:
        """Never higher than its text at this width. A size policy would hold it to its height at the preferred one."""
        height = self._row.heightForWidth(self.width())
        if height > 0 and height != self.maximumHeight():
            self.setMaximumHeight(height)


def practice_band() -> QFrame:
    """The band across the whole window that a practice database always has."""
    words = _("Practice: nothing leaves this computer, and all families are invented.")
    band = QFrame()
    band.setProperty("band", "warning")
    band.setAccessibleName(words)
    band.setLayout(
        row(None, IconLabel("school", "warning"), Label(words, "warning minor"), None, margin=(16, 2, 16, 2))
    )
    return band
