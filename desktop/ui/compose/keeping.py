"""Keeping what is typed on this computer, and offering what was left unfinished."""

from collections.abc import Callable, Sequence
from datetime import datetime

from PySide6.QtCore import QObject, QTimer, Signal

from desktop.i18n import _, format_when
from desktop.ui.app_context import AppContext
from desktop.ui.compose.local_drafts import LocalDraft, LocalDrafts
from desktop.ui.compose.state import Form
from desktop.ui.widgets.bands import Band

_EVERY_MS = 3000


class Keeper(QObject):
    """Writes the form into its file every few seconds if it has changed since, in the background."""

    kept = Signal(object)
    """The moment at which the form was last kept."""

    def __init__(self, app: AppContext, form: Callable[[], Form], parent: QObject) -> None:
        super().__init__(parent)
        self._context = app
        self._form = form
        self.drafts = LocalDrafts(app.paths.drafts)
        self.key = LocalDrafts.new_key()
        self._known: tuple[Form, ...] = ()
        self._paused = False
        self._timer = QTimer(self)
        self._timer.setInterval(_EVERY_MS)
        self._timer.timeout.connect(self.keep_soon)
        self._timer.start()

    def begin(self, form: Form) -> None:
        """A notice as it is in the database, or a blank one: nothing of it needs a file yet."""
        self.key = LocalDrafts.new_key()
        self._known = (form,)

    def go_on(self, left: LocalDraft) -> None:
        """What stands in a file is being written on."""
        self.key = left.key
        self._known = (left.form,)

    def pause(self, *, paused: bool) -> None:
        """While it is being saved to the database, no file is written that would outlive it."""
        self._paused = paused

    def keep_soon(self) -> None:
        draft = self._due()
        if draft is None:
            return
        self._context.tasks.run(
            lambda: self.drafts.write(draft), lambda _nothing: self.kept.emit(draft.saved_at), owner=self, lane="keep"
        )

    def keep_now(self) -> None:
        """The same, at once: the page or the program is about to be left."""
        draft = self._due()
        if draft is not None:
            self.drafts.write(draft)

    def forget(self, key: str) -> None:
        self._context.tasks.run(lambda: self.drafts.remove(key), lambda _nothing: None, owner=self)

    def _due(self) -> LocalDraft | None:
        form, session = self._form(), self._context.session
        if self._paused or form in self._known or form.blank or not session.signed_in:
            return None
        self._known = (*self._known[:1], form)
        return LocalDraft(self.key, session.actor.staff_id, self._context.clock(), form)


class LeftOverBand(Band):
    """Offers a draft that was never saved: after a crash, or when the page was left."""

    continued = Signal(object)
    discarded = Signal(object)

    def __init__(self) -> None:
        super().__init__("info", "", icon="history")
        self._left: LocalDraft | None = None
        self.write_on = self.add_button(_("Write on"), lambda: self._end(self.continued))
        self.discard = self.add_button(_("Discard"), lambda: self._end(self.discarded))
        self.hide()

    def offer(self, left: Sequence[LocalDraft], now: datetime) -> None:
        """Offer the first of these, or nothing."""
        self._left = next(iter(left), None)
        self.setVisible(self._left is not None)
        if self._left is not None:
            when = format_when(self._left.saved_at, now)
            self.set_words(
                _("“{title}” was not finished ({when})").format(title=self._left.form.title, when=when),
                _("It was kept on this computer."),
            )

    def _end(self, signal: object) -> None:
        left, self._left = self._left, None
        self.hide()
        if left is not None:
            signal.emit(left)  # type: ignore[attr-defined]  # one of the two signals above
