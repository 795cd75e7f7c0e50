"""What the parts of the administration have in common: they load, save and say what was done."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QWidget

from desktop.domain.errors import UserError
from desktop.i18n import _
from desktop.ui.app_context import AppContext
from desktop.ui.checked_dialog import save
from desktop.ui.form_dialog import FormDialog
from desktop.ui.table_view import Table
from desktop.ui.tokens import PANE_DETAILS
from desktop.ui.widgets.pieces import Button, Item, column, refill, scroll, widget_of
from desktop.ui.widgets.side_pane import Panes, SidePane

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

        save(self.context, dialog, work, said, lambda _result: self.load(), conflict)


class ListPanel(Panel):
    """A list, and beside it whoever or whatever is chosen there, with what can be done to it."""

    def lay_out(self, table: Table, add: Button) -> None:
        self.table, self.add_button = table, add
        self.dialog: FormDialog | None = None
        self._details = column(spacing=12, margin=(16, 20, 16, 16))
        pane = SidePane(scroll(widget_of(self._details)), _("Details"), PANE_DETAILS)
        self.setLayout(column((Panes(table, right=pane), 1), spacing=0))
        self.setFocusProxy(table)
        table.selected.connect(self.show_chosen)
        table.opened.connect(lambda _id: self.edit())

    def page_actions(self) -> list[QWidget]:
        return [self.add_button]

    def edit(self) -> None:
        """Change what is chosen."""
        raise NotImplementedError

    def details(self) -> Sequence[Item]:
        """What is said of what is chosen."""
        raise NotImplementedError

    def show_chosen(self) -> None:
        refill(self._details, *self.details(), None)

    def show_list(self, sentence: str) -> None:
        """There are new rows: something is always chosen."""
        self.sentence_changed.emit(sentence)
        if not self.table.selected_ids() and self.table.model().rowCount():
            self.table.selectRow(0)
        self.show_chosen()

    def open_dialog(self, dialog: FormDialog) -> None:
        self.dialog = dialog
        dialog.open()
