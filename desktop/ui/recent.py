"""What was done here in the last ten minutes, and the way back."""

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QFrame, QWidget

from desktop.i18n import _, format_time
from desktop.ui.context import Clock, Toast, Toasts, Undo
from desktop.ui.theme import px
from desktop.ui.widgets.pieces import Button, ElidedLabel, IconButton, Label, clear_layout, column, hline, row

_KEPT_FOR = timedelta(minutes=10)
_MOST_KEPT = 20


@dataclass(frozen=True, slots=True)
class _Done:
    when: datetime
    text: str
    undo: Undo


class RecentActions(QFrame):
    """A small list over the foot of the sidebar, newest first. Escape closes it, and so does going elsewhere."""

    def __init__(self, toasts: Toasts, clock: Clock, parent: QWidget) -> None:
        super().__init__(parent)
        self.hide()
        self.setObjectName("palette")
        self.setAccessibleName(_("Recent actions"))
        self._clock = clock
        self._done: deque[_Done] = deque(maxlen=_MOST_KEPT)
        self._lines = column(spacing=0)
        title = Label(_("Recent actions"), "bold")
        help_text = Label(_("Recent actions can be undone for 10 minutes"), "muted small", wrap=True)
        self._close = IconButton("close", _("Close"), self.hide)
        self._first: QWidget = self._close
        self.setLayout(column(row(title, None, self._close), self._lines, hline(), help_text, margin=16))
        toasts.shown.connect(self._remember)
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._on_focus_changed)

    def open_beside(self, button: QWidget) -> None:
        self._fill()
        self.setFixedWidth(px(400))
        self.adjustSize()
        corner = button.mapTo(self.window(), QPoint(button.width() + 8, button.height() - self.height()))
        self.move(corner)
        self.show()
        self.raise_()
        self._first.setFocus(Qt.FocusReason.PopupFocusReason)

    def forget(self) -> None:
        """Somebody else sits down: what was done here is no longer theirs to undo."""
        self._done.clear()
        self.hide()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
        else:
            super().keyPressEvent(event)

    def _on_focus_changed(self, _old: QWidget | None, new: QWidget | None) -> None:
        if self.isVisible() and new is not None and not self.isAncestorOf(new):
            self.hide()

    def _remember(self, toast: Toast) -> None:
        if isinstance(toast.open, Undo):
            self._done.appendleft(_Done(self._clock(), toast.text, toast.open))

    def _fill(self) -> None:
        clear_layout(self._lines)
        self._first = self._close
        now = self._clock()
        kept = [done for done in self._done if now - done.when <= _KEPT_FOR and not done.undo.used]
        for done in kept:
            undo = Button(_("Undo"), "link")
            if done is kept[0]:
                self._first = undo
            undo.clicked.connect(lambda _checked, done=done: self._undo(done))
            undo.setAccessibleDescription(done.text)
            time = Label(format_time(done.when), "muted minor")
            self._lines.addLayout(row(time, (ElidedLabel(done.text), 1), undo, margin=(0, 4, 0, 4), spacing=12))
        if not kept:
            self._lines.addWidget(Label(_("Nothing was done here in the last 10 minutes."), "muted", wrap=True))

    def _undo(self, done: _Done) -> None:
        self.hide()
        done.undo()
