"""The dialog in which something is added or edited, and what it does when somebody else was quicker."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import QDialog, QGridLayout, QVBoxLayout, QWidget

from desktop.domain.errors import UserError
from desktop.i18n import _
from desktop.ui.dialogs import confirm
from desktop.ui.errors import words_for
from desktop.ui.theme import px
from desktop.ui.widgets.bands import Band
from desktop.ui.widgets.headers import ActionBar
from desktop.ui.widgets.pieces import Button, Label, clear_layout, column, row, scroll, widget_of
from desktop.wording.errors import word

_LEAST_SIDE = 48


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that two people filled in differently."""

    field: str
    mine: str
    theirs: str


class FormDialog(QDialog):
    """Fields over a bar with the button that saves.

    The owner puts fields into `body`, calls `allow` or `block` as they change, and saves when `save_asked` comes.
    """

    save_asked = Signal()
    theirs_chosen = Signal()
    """Of two versions, take the one that was saved meanwhile."""
    mine_chosen = Signal()
    """Of two versions, take the one in this form, over the one that was saved meanwhile."""

    def __init__(self, title: str, save: str, parent: QWidget | None, *, width: int = 640, height: int = 560) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self._dirty = False
        self._first: QWidget | None = None
        self.band = Band("danger", "")
        self.band.hide()
        self.body: QVBoxLayout = column(spacing=12, margin=(24, 8, 24, 16))
        self._conflict = QGridLayout()
        self._conflict.setHorizontalSpacing(16)
        self._conflict_box = _conflict_box(self._conflict, self._take_theirs, self._keep_mine)
        self._conflict_box.hide()
        self.save = Button(save, "primary", on_click=self.save_asked.emit)
        self.cancel = Button(_("Cancel"), "big", on_click=self.reject)
        self.bar = ActionBar(self.save, self.cancel, shortcut="Ctrl+Return")
        heading = Label(title, "cardTitle", wrap=True)
        heading.setContentsMargins(24, 20, 24, 8)
        inner = widget_of(column(self._conflict_box, self.body, None, spacing=0))
        self.setLayout(column(heading, self.band, (scroll(inner), 1), self.bar, spacing=0))
        self._resize(width, height)

    def begin_at(self, editor: QWidget) -> None:
        """Where the first letter goes."""
        self._first = editor

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._first is not None:
            self._first.setFocus(Qt.FocusReason.OtherFocusReason)

    def changed(self) -> None:
        """Something was typed: leaving now would lose it."""
        self._dirty = True
        self.band.hide()

    def allow(self) -> None:
        self.bar.allow()

    def block(self, reason: str) -> None:
        self.bar.block(reason)

    def allow_unless(self, reason: str) -> None:
        self.bar.allow_unless(reason)

    def working(self) -> None:
        """While it is being saved nothing can be pressed twice."""
        self.bar.block(_("Saving…"))

    def show_error(self, error: Exception, zone: tzinfo | None = None) -> None:
        """Say why it was not saved; what was typed stays. Moments are told in `zone`, the city's."""
        self.allow()
        if isinstance(error, UserError):
            message = word(error, zone)
            self.band.set_words(message.text, message.next_step)
        else:
            self.band.set_words(words_for(error))
        self.band.show()

    def show_conflict(self, error: UserError, differences: Sequence[Difference], zone: tzinfo | None = None) -> None:
        """Offer both versions of what somebody else changed in the meantime."""
        self.show_error(error, zone)
        self.bar.block(_("Choose one of the two versions first"))
        clear_layout(self._conflict)
        heads = ("", _("Yours"), _("Saved meanwhile"))
        for at, head in enumerate(heads):
            self._conflict.addWidget(Label(head, "muted small"), 0, at)
        for line, difference in enumerate(differences, start=1):
            cells = (difference.field, difference.mine or "–", difference.theirs or "–")
            for at, text in enumerate(cells):
                self._conflict.addWidget(Label(text, "muted minor" if at == 0 else "minor", wrap=True), line, at)
        for at in (1, 2):
            self._conflict.setColumnStretch(at, 1)
        self._conflict_box.show()

    def saved(self) -> None:
        """It is saved: close."""
        self._dirty = False
        self.accept()

    def reject(self) -> None:
        if self._dirty and not confirm(
            self, _("Throw away what you typed?"), _("It has not been saved."), _("Throw away"), dangerous=True
        ):
            return
        super().reject()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self._move_on()
        else:
            super().keyPressEvent(event)

    def _move_on(self) -> None:
        """Enter goes to the next field, so that it never saves what is half typed."""
        self.focusNextChild()

    def _take_theirs(self) -> None:
        self._end_conflict()
        self.theirs_chosen.emit()

    def _keep_mine(self) -> None:
        self._end_conflict()
        self.mine_chosen.emit()

    def _end_conflict(self) -> None:
        self.band.hide()
        self._conflict_box.hide()
        self.bar.allow()

    def _resize(self, width: int, height: int) -> None:
        """As large as the form wants, but never larger than the window it stands on."""
        wide, tall = px(width), px(height)
        parent = self.parentWidget()
        if parent is not None:
            wide = min(wide, parent.window().width() - _LEAST_SIDE)
            tall = min(tall, parent.window().height() - _LEAST_SIDE)
        self.resize(wide, tall)


def _conflict_box(grid: QGridLayout, theirs: Callable[[], object], mine: Callable[[], object]) -> QWidget:
    take = Button(_("Take the saved version"), on_click=theirs)
    keep = Button(_("Keep mine"), on_click=mine)
    box = widget_of(column(grid, row(take, keep, None), margin=(24, 12, 24, 12), spacing=12))
    box.setAccessibleName(_("Both versions"))
    return box
