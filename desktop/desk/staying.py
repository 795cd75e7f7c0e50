"""The desk without its window: it finishes what is due soon, shows how far that is, and ends by itself."""

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QMenu, QProgressBar, QSystemTrayIcon, QWidget

from desktop.desk.closing import farewell, progress_words
from desktop.desk.following import Following, Look
from desktop.i18n import _
from desktop.services.watch import Due
from desktop.ui.context import Clock
from desktop.ui.dialogs import confirm
from desktop.ui.icons import icon
from desktop.ui.theme import px
from desktop.ui.widgets.pieces import Button, IconLabel, Label, column, row

_LOOK_EVERY_MS = 2000


class Staying(QObject):
    """From the closing of the window until nothing is due soon, or until somebody opens it again or stops.

    It shows itself beside the clock; where the system has no such place, in a small window.
    """

    window_asked = Signal()
    finished = Signal()

    def __init__(self, following: Following, clock: Clock, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._following = following
        self._clock = clock
        self._look = following.last
        in_tray = QSystemTrayIcon.isSystemTrayAvailable()
        self.sign: TraySign | SmallWindow = TraySign(self) if in_tray else SmallWindow()
        self.sign.window_asked.connect(self.window_asked)
        self.sign.stop_asked.connect(self._on_stop)
        self._tick = QTimer(self, interval=_LOOK_EVERY_MS)
        self._tick.timeout.connect(following.look)
        following.looked.connect(self._on_looked)

    def begin(self) -> None:
        self._show()
        self.sign.show()
        self._tick.start()

    def end(self) -> None:
        self._tick.stop()
        self._following.looked.disconnect(self._on_looked)
        self.sign.hide()
        self.sign.deleteLater()

    def _on_looked(self, look: Look) -> None:
        self._look = look
        self._show()
        now = self._clock()
        if not any(due.is_soon(now) for due in look.outgoing.due):
            self.finished.emit()

    def _show(self) -> None:
        due = self._look.outgoing.due
        sending = [each for each in due if each.sending]
        self.sign.tell(progress_words(due, self._clock()), _done(sending), sum(each.total for each in sending))

    def _on_stop(self) -> None:
        text = farewell(self._look.outgoing, self._clock()).finishing
        text += "\n" + _("None of it is sent until Renraku is opened again on this computer.")
        parent = self.sign if isinstance(self.sign, QWidget) else None
        if confirm(parent, _("Stop sending?"), text.strip(), _("Stop and close"), dangerous=True):
            self.finished.emit()


class TraySign(QObject):
    """An icon beside the clock, with a menu."""

    window_asked = Signal()
    stop_asked = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.menu = QMenu()
        self.progress = self.menu.addAction("")
        self.progress.setEnabled(False)
        self.menu.addSeparator()
        self.menu.addAction(icon("external"), _("Open Renraku"), self.window_asked.emit)
        self.menu.addAction(icon("close"), _("Stop sending and close…"), self.stop_asked.emit)
        self.icon = QSystemTrayIcon(icon("bell-ring", "accent"), self)
        self.icon.setContextMenu(self.menu)
        self.icon.activated.connect(self._on_activated)

    def show(self) -> None:
        self.icon.show()

    def hide(self) -> None:
        self.icon.hide()

    def tell(self, words: str, _done: int, _total: int) -> None:
        self.progress.setText(words)
        self.icon.setToolTip(f"Renraku – {words}")

    def _on_activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason is QSystemTrayIcon.ActivationReason.Trigger:
            self.window_asked.emit()


class SmallWindow(QWidget):
    """The same where there is no place beside the clock."""

    window_asked = Signal()
    stop_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setWindowTitle("Renraku")
        self.words = Label("", wrap=True)
        self.bar = QProgressBar(textVisible=False)
        self.bar.setAccessibleName(_("Messages that are sent"))
        note = Label(_("Renraku finishes sending, and then ends by itself."), "muted", wrap=True)
        self.open_button = Button(_("Open Renraku"), "primary", on_click=self.window_asked.emit)
        self.stop_button = Button(_("Stop sending and close…"), "big", on_click=self.stop_asked.emit)
        text = column(self.words, self.bar, note, spacing=8)
        buttons = row(None, self.stop_button, self.open_button)
        self.setLayout(column(row(IconLabel("bell-ring", "accent", 24), 8, (text, 1)), buttons, margin=16, spacing=16))
        self.setFixedWidth(max(px(420), self.minimumSizeHint().width()))

    def tell(self, words: str, done: int, total: int) -> None:
        self.words.setText(words)
        self.bar.setVisible(total > 0)
        self.bar.setRange(0, max(total, 1))
        self.bar.setValue(done)

    def closeEvent(self, event: QCloseEvent) -> None:
        """It goes when the sending is done; whoever closes it wants to stop."""
        event.ignore()
        self.stop_asked.emit()


def _done(sending: list[Due]) -> int:
    return sum(each.total - each.left for each in sending)
