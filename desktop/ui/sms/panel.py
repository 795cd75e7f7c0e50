"""What the tabs of the page about accounts by text message have in common."""

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QWidget

from desktop.domain.errors import UserError
from desktop.ui.app_context import AppContext
from desktop.ui.checked_dialog import save
from desktop.ui.form_dialog import FormDialog

T = TypeVar("T")


class SmsPanel(QFrame):
    """One tab. It is made when it is first seen, and loads whenever it is seen again or its tables were written."""

    sentence_changed = Signal(str)
    """What stands under the page's title."""
    failed = Signal(object)
    """It could not be fetched: the page says so in a band, and what is shown stays."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self.setObjectName("surface")
        self.context = context
        self.build()

    def build(self) -> None:
        """Make the widgets; nothing is fetched yet."""
        raise NotImplementedError

    def load(self) -> None:
        """Fetch and show everything anew."""
        raise NotImplementedError

    def page_actions(self) -> list[QWidget]:
        """The buttons at the right of the page's title while this tab is seen."""
        return []

    def show_target(self, **target: object) -> None:
        """What `Navigator.go("sms", tab=…, …)` named besides the tab; `load` follows."""

    def focus_search(self) -> bool:
        """Move to this tab's search field (Ctrl+F); False if it has none."""
        return False

    def unsaved(self) -> str:
        """What would be lost if the window closed now, in words; empty if nothing."""
        return ""

    def run(self, work: Callable[[], T], done: Callable[[T], None], lane: str) -> None:
        """Fetch in the background; in one lane only the newest outcome is delivered."""
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
        save(self.context, dialog, work, said, lambda _result: self.load(), conflict)
