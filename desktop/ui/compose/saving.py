"""Saving a notice to the database, and choosing between two versions when somebody else was quicker."""

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QDialog, QWidget

from desktop.domain.errors import UserError
from desktop.ui.app_context import AppContext
from desktop.ui.compose import work
from desktop.ui.compose.conflict import ConflictDialog, Kept
from desktop.ui.compose.state import Form

Then = Callable[[work.Saved], object]


class Saver(QObject):
    """One save at a time. It never overwrites what somebody else wrote without asking."""

    busy = Signal(bool)
    stored = Signal(object, object)
    """The form as it was saved, and the notice's id and version."""

    overtaken = Signal(str)
    """Somebody else saved first: who, as far as it is known."""

    theirs_taken = Signal(object)

    def __init__(self, app: AppContext, form: Callable[[], Form], page: QWidget) -> None:
        super().__init__(page)
        self._context = app
        self._form = form
        self._page = page
        self._running = False
        self.dialog: ConflictDialog | None = None

    def store(self, then: Then, form: Form | None = None) -> None:
        """Save, then go on. A lost race shows both versions."""
        if self._running:
            return
        saved = form or self._form()
        self._set_running(running=True)
        self._context.tasks.run(
            work.saved(self._context, self._context.session.actor, saved),
            lambda kept: self._done(saved, kept, then),
            owner=self,
            failed=lambda error: self._failed(error, then),
        )

    def look_at_both(self, who: str, then: Then) -> None:
        """Fetch what stands in the database and show it beside what is being written."""
        notice_id = self._form().notice_id
        if notice_id is None:
            return
        self._context.tasks.run(
            work.opened(self._context, self._context.session.actor, notice_id),
            lambda theirs: self._show_both(theirs, who, then),
            owner=self,
            lane="theirs",
        )

    def _done(self, saved: Form, kept: work.Saved, then: Then) -> None:
        self._set_running(running=False)
        self.stored.emit(replace(saved, notice_id=kept.notice_id, version=kept.version), kept)
        then(kept)

    def _failed(self, error: Exception, then: Then) -> None:
        self._set_running(running=False)
        if not (isinstance(error, UserError) and error.code == "changed_elsewhere"):
            self._context.tasks.report(self, error)
            return
        who = str(error.details.get("who") or "")
        self.overtaken.emit(who)
        self.look_at_both(who, then)

    def _set_running(self, *, running: bool) -> None:
        self._running = running
        self.busy.emit(running)

    def _show_both(self, theirs: work.Opened, who: str, then: Then) -> None:
        dialog = ConflictDialog(self._form(), theirs.form, who, self._page)
        self.dialog = dialog
        dialog.finished.connect(lambda result: self._decided(dialog, result, theirs, then))
        dialog.open()

    def _decided(self, dialog: ConflictDialog, result: int, theirs: work.Opened, then: Then) -> None:
        self.dialog = None
        dialog.deleteLater()
        if result != QDialog.DialogCode.Accepted:
            return
        if dialog.kept is Kept.THEIRS:
            self.theirs_taken.emit(theirs)
        else:
            self.store(then, replace(self._form(), version=theirs.form.version))
