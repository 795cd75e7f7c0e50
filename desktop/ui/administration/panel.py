"""A list of the administration, and what is chosen in it."""

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from desktop.i18n import _
from desktop.ui.form_dialog import FormDialog
from desktop.ui.tabbed_page import TabPanel
from desktop.ui.table_view import Table
from desktop.ui.tokens import PANE_DETAILS
from desktop.ui.widgets.pieces import Button, Item, column, refill, scroll, widget_of
from desktop.ui.widgets.side_pane import Panes, SidePane


class ListPanel(TabPanel):
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
