"""The strip at the foot of the window: long work, and quiet messages."""

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QFrame, QSizePolicy, QWidget
from shiboken6 import isValid

from desktop.i18n import _, format_number, ngettext
from desktop.ui.context import Toast, Toasts
from desktop.ui.long_work import LongWork, Stage
from desktop.ui.tasks import Tasks
from desktop.ui.theme import px, theme
from desktop.ui.tokens import STRIP
from desktop.ui.widgets.pieces import Button, ElidedLabel, IconButton, IconLabel, Label, column, row
from desktop.ui.widgets.values import ProgressLine

_TICK_MS = 1000


def time_left_words(seconds: float) -> str:
    """How long something will still take, no more exact than is known."""
    if seconds < 60:
        whole = max(1, round(seconds))
        return ngettext("about {n} second left", "about {n} seconds left", whole).format(n=whole)
    minutes = max(1, round(seconds / 60))
    return ngettext("about {n} minute left", "about {n} minutes left", minutes).format(n=minutes)


def rate_words(rate: float) -> str:
    number = format_number(round(rate)) if rate >= 10 else f"{rate:.1f}"
    return _("{rate} a second").format(rate=number)


class _Line(QFrame):
    """One line of the strip."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("strip")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._measure()
        theme.changed.connect(self._measure)

    def _measure(self) -> None:
        self.setFixedHeight(px(STRIP))


class WorkLine(_Line):
    """One piece of long work. When it failed the line stays until it has been read."""

    def __init__(self, work: LongWork, word_error: Callable[[Exception], str]) -> None:
        super().__init__()
        self.work = work
        self._word_error = word_error
        self._icon = IconLabel("clock", "info")
        self._title = ElidedLabel(work.title)
        self._title.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self._bar = ProgressLine(work.title)
        self._bar.setMaximumWidth(px(240))
        self._numbers = Label("", "muted minor")
        self._rate = Label("", "muted minor")
        self._left = Label("", "bold minor")
        self._note = ElidedLabel("", "muted small")
        self._note.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._cancel = Button(_("Stop"), "link", on_click=work.cancel)
        self._close = IconButton("close", _("Close"), self.deleteLater)
        self.setLayout(
            row(
                self._icon,
                self._title,
                (self._bar, 2),
                self._numbers,
                self._rate,
                self._left,
                (self._note, 1),
                self._cancel,
                self._close,
                margin=(16, 0, 16, 0),
                spacing=12,
            )
        )
        # The time left is counted down also while nothing is reported.
        self._tick = QTimer(self)
        self._tick.setInterval(_TICK_MS)
        self._tick.timeout.connect(self._show)
        self._tick.start()
        work.changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        work = self.work
        if work.stage is Stage.FAILED:
            self._show_failure(work)
        elif work.stage is not Stage.RUNNING:
            self.deleteLater()
        else:
            self._show_running(work)

    def _show_running(self, work: LongWork) -> None:
        self._bar.show_progress(work.done, work.total)
        self._numbers.setText(_numbers(work))
        self._rate.setText(rate_words(work.rate) if work.rate else "")
        self._left.setText(time_left_words(work.seconds_left) if work.seconds_left is not None else "")
        self._note.set_whole(work.note)
        self._cancel.setVisible(work.cancellable)
        self._cancel.setEnabled(not work.cancelling)
        self._cancel.set_words(_("Stopping…") if work.cancelling else _("Stop"))
        self._close.hide()

    def _show_failure(self, work: LongWork) -> None:
        self._tick.stop()
        self._icon.show_icon("alert-circle", "danger")
        for widget in (self._bar, self._numbers, self._rate, self._left, self._cancel):
            widget.hide()
        self._title.set_role("bold")
        self._note.set_role("danger minor")
        self._note.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self._note.set_whole(self._word_error(work.error) if work.error else "")
        self._close.show()


def _numbers(work: LongWork) -> str:
    if not work.total:
        return format_number(work.done) if work.done else ""
    return f"{format_number(work.done)} / {format_number(work.total)}"


class ToastLine(_Line):
    """The newest quiet message. A sticky one stays until it is closed, any other until the next action."""

    def __init__(self) -> None:
        super().__init__()
        self._toast: Toast | None = None
        self._icon = IconLabel("check", "success")
        self._text = ElidedLabel("")
        self._link = Button("", "link", on_click=self._open)
        self._hint = Label("", "muted small")
        self._close = IconButton("close", _("Close"), self.hide)
        self.setLayout(
            row(self._icon, self._text, self._link, None, self._hint, self._close, margin=(16, 0, 16, 0), spacing=12)
        )
        self._text.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self.hide()

    def show_toast(self, toast: Toast) -> None:
        self._toast = toast
        self._icon.show_icon(toast.icon, toast.tone)
        self._text.set_whole(toast.text)
        self._link.set_words(toast.link)
        self._link.setVisible(bool(toast.link and toast.open))
        self._hint.setText(toast.hint)
        self.setAccessibleName(toast.text)
        self.show()

    def text(self) -> str:
        return self._text.whole() if self.isVisible() else ""

    def action_taken(self) -> None:
        """The person went on to something else: a message that is not sticky has done its work."""
        if self._toast and not self._toast.sticky:
            self.hide()

    def _open(self) -> None:
        toast = self._toast
        self.hide()
        if toast and toast.open:
            toast.open()


class BottomStrip(QWidget):
    """Long work above, the newest message below it; nothing at all while there is neither."""

    def __init__(self, tasks: Tasks, toasts: Toasts, word_error: Callable[[Exception], str]) -> None:
        super().__init__()
        self._toasts = toasts
        self._word_error = word_error
        self.toast = ToastLine()
        self._column = column(self.toast, spacing=0)
        self.setLayout(self._column)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        tasks.long_started.connect(self._on_started)
        toasts.shown.connect(self.toast.show_toast)
        for work in tasks.running_long:
            self._on_started(work)

    def _on_started(self, work: LongWork) -> None:
        self._column.insertWidget(self._column.count() - 1, WorkLine(work, self._word_error))
        work.ended.connect(lambda: self._on_ended(work))

    def _on_ended(self, work: LongWork) -> None:
        if not isValid(self):  # the window was made anew meanwhile, as when the language changes
            return
        if work.stage is Stage.DONE and work.ending and work.ending.text:
            self._toasts.say(work.ending.text, work.ending.link, work.ending.open)
        elif work.stage is Stage.CANCELLED:
            stopped = _("{title}: stopped").format(title=work.title)
            self._toasts.show(Toast(stopped, icon="stop-circle", tone="muted"))
