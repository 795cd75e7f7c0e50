"""The middle of the rosters: search, the switch between children and guardians, the list, the bar over a selection."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QMenu, QStackedWidget

from desktop.domain.people import ChildRow, GuardianRow, ListQuery, Node, Opening
from desktop.i18n import _
from desktop.ui.rosters import state
from desktop.ui.rosters.columns import child_columns, guardian_columns
from desktop.ui.table import PagedModel
from desktop.ui.table_view import Table
from desktop.ui.tasks import Tasks
from desktop.ui.theme import px, theme
from desktop.ui.widgets.empty import EmptyState
from desktop.ui.widgets.filters import SegmentedFilter
from desktop.ui.widgets.forms import Choice, SearchField
from desktop.ui.widgets.headers import SelectionBar
from desktop.ui.widgets.pieces import Button, column, hline, row, widget_of

KINDS = ("child", "guardian")
_CHOICE_WIDTH = 190


class ChildrenModel(PagedModel[ChildRow]):
    """Children; in one class their class is not repeated in every row."""

    def __init__(self, fetch: Callable[[Sequence[int]], Mapping[int, ChildRow]], tasks: Tasks) -> None:
        super().__init__(child_columns(one_class=False), fetch, tasks)
        self._one_class = False

    def show_class(self, *, one_class: bool) -> None:
        if one_class != self._one_class:
            self._one_class = one_class
            self.columns = child_columns(one_class=one_class)
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(self.columns) - 1)


class PeopleLists(QFrame):
    """Shows ids that it is given, and says what is looked for and what was chosen."""

    query_typed = Signal()
    query_chosen = Signal()
    """What is looked for has changed, letter by letter or at once."""
    selection_changed = Signal()
    opened = Signal(int)
    move_asked = Signal(object)
    withdraw_asked = Signal(object)
    write_asked = Signal(object)
    letters_asked = Signal(object)
    import_asked = Signal()
    add_asked = Signal()
    menu_opened = Signal(object)

    def __init__(
        self,
        tasks: Tasks,
        fetch_children: Callable[[Sequence[int]], Mapping[int, ChildRow]],
        fetch_guardians: Callable[[Sequence[int]], Mapping[int, GuardianRow]],
        *,
        may_edit: bool,
        may_write: bool,
        may_see_flags: bool,
        may_import: bool,
        may_hand_out: bool,
    ) -> None:
        super().__init__()
        self.setObjectName("surface")
        self.kind = "child"
        self._may_edit = may_edit
        self._may_write = may_write
        self._may_see_flags = may_see_flags
        self._may_hand_out = may_hand_out
        self._orders: dict[tuple[str, bool], str] = {}
        self._one_class = False
        self.children_model = ChildrenModel(fetch_children, tasks)
        self.guardians_model = PagedModel(guardian_columns(), fetch_guardians, tasks, self)
        self.children_model.setParent(self)
        self._build(may_import)
        self._connect()
        self._offer_only()
        self._measure()

    # What the page uses

    @property
    def table(self) -> Table:
        return self.tables[self.kind]

    def query(self, node: Node) -> ListQuery:
        only = self.only.value()
        return ListQuery(
            node,
            self.search.text(),
            "unreached" if only == "unreached" else "flagged" if only == "flagged" else "all",
            self._orders.get((self.kind, self._one_class), ""),
        )

    def name_place(self, name: str, node: Node) -> None:
        """Say where one looks."""
        self._one_class = node.homeroom_id is not None
        self.search.setPlaceholderText(state.search_hint(name))
        self.search.setAccessibleName(state.search_hint(name))
        self.children_model.show_class(one_class=self._one_class)
        self._show_order()

    def look_for(self, kind: str, *, only: str) -> None:
        """Look at children or guardians without anything typed. The owner fetches them."""
        self.search.blockSignals(True)
        self.search.clear()
        self.search.blockSignals(False)
        self._switch(kind)
        self.only.choose(only)

    def show_top(self, kind: str, query: ListQuery, top: Opening[Any], *, everybody: int) -> None:
        """Show how another list begins. Unless that is all, `show_ids` follows, and how many there are."""
        if kind != self.kind:
            return
        self._word_empty(query, everybody)
        self._model(kind).show_top(top.ids, {row.id: row for row in top.rows}, whole=top.whole)
        self._show_order(top.by_key)
        if top.whole:
            self._show_numbers(kind, len(top.ids))

    def show_ids(self, kind: str, query: ListQuery, ids: Sequence[int], *, everybody: int) -> None:
        if kind != self.kind:
            return
        self._word_empty(query, everybody)
        self._model(kind).show_ids(ids)
        self._show_numbers(kind, len(ids))

    def set_late(self, late: bool) -> None:
        """The table that is looked at waits for what it shows."""
        for kind, table in self.tables.items():
            table.set_late(late and kind == self.kind)

    def _model(self, kind: str) -> PagedModel[Any]:
        return self.children_model if kind == "child" else self.guardians_model

    def _show_numbers(self, kind: str, number: int) -> None:
        self.switch.show_counts({kind: number})
        self._show_selection()

    def selected(self) -> list[int]:
        return [person for person in self.table.selected_ids() if isinstance(person, int)]

    def select(self, person_id: int) -> None:
        self.table.select_id(person_id)

    def fill_menu(self, menu: QMenu) -> None:
        ids = self.selected()
        if self.kind != "child" or not ids:
            return
        if self._may_write and len(ids) <= state.MOST_PARTS:
            menu.addAction(_("Write a notice to them"), lambda: self.write_asked.emit(ids))
        if self._may_hand_out:
            menu.addAction(_("Registration letters…"), lambda: self.letters_asked.emit(ids))
        if self._may_edit:
            menu.addAction(_("Change class…"), lambda: self.move_asked.emit(ids))
            menu.addAction(_("Withdraw…"), lambda: self.withdraw_asked.emit(ids))

    # Building

    def _build(self, may_import: bool) -> None:
        self.search = SearchField("", "Ctrl+F")
        self.switch = SegmentedFilter(_("Children or guardians"))
        self.switch.offer([("child", _("Children")), ("guardian", _("Guardians"))])
        self.only = Choice(_("Show"))
        self.tables = {
            "child": Table(self.children_model, _("Children")),
            "guardian": Table(self.guardians_model, _("Guardians")),
        }
        self._empties: dict[str, EmptyState] = {}
        self._fill_buttons: dict[str, list[Button]] = {}
        for kind, table in self.tables.items():
            self._add_empty(kind, table, may_import)
        self.stack = QStackedWidget()
        for table in self.tables.values():
            self.stack.addWidget(table)
        self.write = Button(
            _("Write a notice"), "", "megaphone", on_click=lambda: self.write_asked.emit(self.selected())
        )
        self.move_button = Button(_("Change class…"), on_click=lambda: self.move_asked.emit(self.selected()))
        self.withdraw_button = Button(_("Withdraw…"), on_click=lambda: self.withdraw_asked.emit(self.selected()))
        self.bar = SelectionBar(self._selected_words, self.write, self.move_button, self.withdraw_button, least=2)
        head = column(self.search, row(self.switch, None, self.only), margin=(16, 8, 16, 8))
        self.setLayout(column(widget_of(head), hline(), (self.stack, 1), self.bar, spacing=0))
        self.setFocusProxy(self.tables["child"])

    def _add_empty(self, kind: str, table: Table, may_import: bool) -> None:
        import_button = Button(_("Import a roster file…"), "primary", "download", on_click=self.import_asked.emit)
        add = Button(_("Add a child"), "big", "plus", on_click=self.add_asked.emit)
        clear = Button(_("Clear the search"), "big", on_click=self._clear)
        for button in (import_button, add, clear):
            button.hide()  # until it is known why the list is empty
        empty = EmptyState("people", "", "", clear, add, import_button)
        table.set_empty(empty)
        self._empties[kind] = empty
        self._fill_buttons[kind] = [import_button] * may_import + [add] * self._may_edit
        clear.setObjectName("clear")

    def _connect(self) -> None:
        self.search.textChanged.connect(lambda _text: self.query_typed.emit())
        self.search.returnPressed.connect(self.query_chosen.emit)
        self.search.down_pressed.connect(self._focus_table)
        self.switch.chosen.connect(self._on_switched)
        self.only.picked.connect(lambda _only: self.query_chosen.emit())
        for table in self.tables.values():
            table.typed.connect(self.search.take)
            table.sort_asked.connect(self._on_sort_asked)
            table.selected.connect(self._show_selection)
            table.opened.connect(self.opened.emit)
            table.set_row_menu(self.menu_opened.emit)
        theme.changed.connect(self._measure)

    def _measure(self) -> None:
        self.only.setFixedWidth(px(_CHOICE_WIDTH))

    # Changing what is looked for

    def _on_switched(self, kind: str) -> None:
        self._switch(kind)
        self.query_chosen.emit()

    def _switch(self, kind: str) -> None:
        self.kind = kind
        self.switch.choose(kind)
        self.stack.setCurrentWidget(self.table)
        self.setFocusProxy(self.table)
        self._offer_only()
        self._show_order()
        self._show_selection()

    def _offer_only(self) -> None:
        at = KINDS.index(self.kind)
        offered = [key for key in state.ONLY if key != "flagged" or self._may_see_flags]
        self.only.offer([(key, _(state.ONLY[key][at])) for key in offered])

    def _clear(self) -> None:
        self.only.choose("all")
        self.search.clear()
        self.query_chosen.emit()
        self.search.setFocus()

    def _order(self) -> str:
        """What the header was last asked for; at first children by number in one class, else by class."""
        default = "kana" if self.kind == "guardian" else "number" if self._one_class else "class"
        return self._orders.get((self.kind, self._one_class), default)

    def _on_sort_asked(self, sort: str, descending: bool) -> None:
        self._orders[(self.kind, self._one_class)] = f"-{sort}" if descending else sort
        self.query_chosen.emit()

    def _show_order(self, by_key: bool = False) -> None:
        """Very many that were found for what was typed stand in the order of no column."""
        order = "" if by_key else self._order()
        self.table.show_sorted(order.removeprefix("-"), order.startswith("-"))

    # Showing

    def _selected_words(self, number: int) -> str:
        return state.selected_words(number, guardians=self.kind == "guardian")

    def _show_selection(self) -> None:
        number = self.table.selected_count()
        self.bar.show_count(number)
        children = self.kind == "child"
        self.write.setVisible(children and self._may_write)
        for button in (self.move_button, self.withdraw_button):
            button.setVisible(children and self._may_edit)
        self.write.setEnabled(number <= state.MOST_PARTS)
        too_many = _("For so many, write to their class or grade instead.")
        self.write.setToolTip("" if number <= state.MOST_PARTS else too_many)
        self.selection_changed.emit()

    def _word_empty(self, query: ListQuery, everybody: int) -> None:
        empty, narrowed = self._empties[self.kind], state.is_narrowed(query)
        title, text = state.empty_words(query, everybody)
        empty.set_words(title, text)
        clear = empty.findChild(Button, "clear")
        if clear is not None:
            clear.setVisible(narrowed)
        for button in self._fill_buttons[self.kind]:
            button.setVisible(not narrowed)

    def _focus_table(self) -> None:
        self.table.setFocus()
        if not self.table.selectionModel().hasSelection():
            self.table.selectRow(0)
