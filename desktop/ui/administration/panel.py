"""What the parts of the administration have in common: they load, save and say what was done."""

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QWidget

from desktop.domain.errors import UserError
from desktop.ui.app_context import AppContext
from desktop.ui.form_dialog import FormDialog

T = TypeVar("T")


class Panel(QFrame):
    """One tab of the administration."""

    sentence_changed = Signal(str)
    """What stands under the page's title."""
    failed = Signal(object)

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self.setObjectName("surface")
        self.context = context
        self.build()

    def build(self) -> None:
        raise NotImplementedError

    def load(self) -> None:
        """Fetch and show everything anew."""
        raise NotImplementedError

    def page_actions(self) -> list[QWidget]:
        """The buttons at the right of the page's title while this tab is seen."""
        return []

    def unsaved(self) -> bool:
        return False

    def run(self, work: Callable[[], T], done: Callable[[T], None], lane: str) -> None:
        self.context.tasks.run(work, done, owner=self, lane=lane, failed=self.failed.emit)

    def do(self, work: Callable[[], object], said: str) -> None:
        """Do something at once and say so."""

        def done(_result: object) -> None:
            self.context.toasts.say(said)
            self.load()

        self.context.tasks.run(work, done, owner=self)

    def save(
        self,
        dialog: FormDialog,
        work: Callable[[], object],
        said: str,
        conflict: Callable[[UserError], None] | None = None,
    ) -> None:
        """Save what a dialog holds: close it and say so, or say in it why not."""

        def done(_result: object) -> None:
            dialog.saved()
            self.context.toasts.say(said)
            self.load()

        def refused(error: Exception) -> None:
            if isinstance(error, UserError) and error.code == "changed_elsewhere" and conflict:
                conflict(error)
                return
            dialog.show_error(error, self.context.clock().tzinfo)
            if not isinstance(error, UserError):
                self.context.tasks.report(dialog, error)

        dialog.working()
        self.context.tasks.run(work, done, owner=dialog, failed=refused)
