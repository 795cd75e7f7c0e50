"""The list of contacts that wait for their child: search, list, and the bar over a selection."""

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QMenu

from desktop.domain.people import ListQuery, Node
from desktop.domain.waiting_contacts import WaitingRow
from desktop.i18n import N_, _, format_number, ngettext
from desktop.ui.cells import Cell, ChipCell, TextCell
from desktop.ui.rosters import state, words
from desktop.ui.rosters.places import WaitingNode
from desktop.ui.table import Column, PagedModel
from desktop.ui.table_view import Table
from desktop.ui.tasks import Tasks
from desktop.ui.widgets.empty import EmptyState
from desktop.ui.widgets.forms import SearchField
from desktop.ui.widgets.headers import SelectionBar
from desktop.ui.widgets.pieces import Button, Label, column, hline, widget_of


def _addresses(row: WaitingRow) -> str:
    return _(", ").join(contact.address for contact in row.contacts if contact.address)


def _state(row: WaitingRow) -> Cell:
    if any(contact.usable for contact in row.contacts):
        return TextCell(words.reads(row.language), "muted")
    return ChipCell("no_channel")


_COLUMNS: tuple[Column[WaitingRow], ...] = (
    Column(N_("Class or group"), text=lambda row: row.place, tooltip=lambda row: row.place, sort="place", width=144),
    Column(N_("Name"), cell=lambda row: TextCell(row.name or "–", "text" if row.name else "muted"), sort="name",
           tooltip=lambda row: row.name, width=104),
    Column(N_("Address"), text=_addresses, tooltip=_addresses, width=180, stretch=True),
    Column(N_("Reads"), cell=_state, width=88),
)  # fmt: skip


class WaitingPane(QFrame):
    """Shows ids that it is given, and says what is looked for and what was chosen."""

    asked = Signal()
    """What is looked for, or its order, has changed."""
    selection_changed = Signal()
    opened = Signal(int)
    give_asked = Signal(object)
    remove_asked = Signal(object)

    def __init__(
        self, tasks: Tasks, fetch: Callable[[Sequence[int]], Mapping[int, WaitingRow]], *, may_edit: bool
    ) -> None:
        super().__init__()
        self.setObjectName("surface")
        self._may_edit = may_edit
        self._order = "place"
        self.model = PagedModel(_COLUMNS, fetch, tasks, self)
        self.search = SearchField(_("Search: name, mail"), "Ctrl+F")
        self.table = Table(self.model, _("Waiting for a child"))
        self.empty = EmptyState("person-clock", "", "")
        self.table.set_empty(self.empty)
        give = Button(_("Give to a child…"), "", "person-plus", on_click=lambda: self.give_asked.emit(self.selected()))
        remove = Button(_("Remove"), on_click=lambda: self.remove_asked.emit(self.selected()))
        self.bar = SelectionBar(_selected_words, *([give, remove] if may_edit else []), least=2)
        hint = _("They get what is sent to their class or group. Give each to their child, and they are family.")
        head = column(self.search, Label(hint, "muted small", wrap=True), margin=(16, 8, 16, 8))
        self.setLayout(column(widget_of(head), hline(), (self.table, 1), self.bar, spacing=0))
        self.setFocusProxy(self.table)
        self._connect()

    def query(self, node: WaitingNode) -> ListQuery:
        place = Node(node.school_id, node.year, None, node.homeroom_id, node.group_id, placeless=node.placeless)
        return ListQuery(place, self.search.text(), order=self._order)

    def show_ids(self, ids: Sequence[int]) -> None:
        typed = self.search.text().strip()
        self.empty.set_words(*state.nobody_waits(typed))
        self.model.show_ids(ids)
        self.table.show_sorted(self._order.removeprefix("-"), self._order.startswith("-"))
        self._show_selection()

    def selected(self) -> list[int]:
        return [each for each in self.table.selected_ids() if isinstance(each, int)]

    def after(self, ids: Sequence[int]) -> int | None:
        """Whoever stands below these, else above: the next one to be dealt with."""
        last = max((at for each in ids if (at := self.model.position_of(each)) is not None), default=-1)
        for at in (last + 1, last - len(ids)):
            if 0 <= at < self.model.rowCount() and isinstance(found := self.model.id_at(at), int):
                return found
        return None

    def _connect(self) -> None:
        self.search.searched.connect(lambda _typed: self.asked.emit())
        self.search.down_pressed.connect(self.table.setFocus)
        self.table.typed.connect(self.search.take)
        self.table.sort_asked.connect(self._on_sort_asked)
        self.table.selected.connect(self._show_selection)
        self.table.opened.connect(self.opened.emit)
        self.table.set_row_menu(self._fill_menu)

    def _fill_menu(self, menu: QMenu) -> None:
        ids = self.selected()
        if ids and self._may_edit:
            menu.addAction(_("Give to a child…"), lambda: self.give_asked.emit(ids))
            menu.addAction(_("Remove"), lambda: self.remove_asked.emit(ids))

    def _on_sort_asked(self, sort: str, descending: bool) -> None:
        self._order = f"-{sort}" if descending else sort
        self.asked.emit()

    def _show_selection(self) -> None:
        self.bar.show_count(self.table.selected_count())
        self.selection_changed.emit()


def _selected_words(number: int) -> str:
    return ngettext("{n} contact selected", "{n} contacts selected", number).format(n=format_number(number))
