"""The list of accounts with its filters: what is looked for, and what that shows."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.domain.sms_accounts import AccountQuery, AccountRow, Opening
from desktop.i18n import N_, _
from desktop.ui.app_context import AppContext
from desktop.ui.cells import ChipCell, TextCell
from desktop.ui.sms import account_state as state
from desktop.ui.table import Column, PagedModel
from desktop.ui.table_view import Table
from desktop.ui.widgets.empty import EmptyState
from desktop.ui.widgets.filters import SegmentedFilter
from desktop.ui.widgets.forms import SearchField
from desktop.ui.widgets.pieces import Button, column, hline, row, widget_of
from desktop.wording import sms_accounts as words

_ROW = 32


def account_columns(now: Callable[[], datetime]) -> tuple[Column[AccountRow], ...]:
    """`now` tells the time in the city's zone."""

    def chip(each: AccountRow) -> ChipCell:
        return ChipCell(*state.chip(each, now()))

    return (
        Column(N_("Name"), cell=lambda each: TextCell(each.name), tooltip=lambda each: each.name, width=132,
               stretch=True),
        Column(N_("Phone"), text=lambda each: each.phone or "–", width=100, tone="muted"),
        Column(N_("State"), cell=chip, width=160),
        Column(N_("Time left"), cell=lambda each: state.left_cell(each, now()), width=144),
        Column(N_("Checks"), cell=state.checks_cell, tooltip=lambda each: state.checks_cell(each).words(), width=72,
               optional=True, hint=N_("Whether a document was seen, and whether somebody has to look")),
    )  # fmt: skip


class AccountList(QWidget):
    """Says in `asked` that something else is looked for; the owner fetches it."""

    asked = Signal()
    chosen = Signal(object)
    """The id of the row under the cursor, or None."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()

        def fetch(ids: Sequence[int]) -> dict[int, AccountRow]:
            return {each.id: each for each in context.sms_accounts.rows(context.session.actor, ids)}

        self.model = PagedModel(account_columns(context.clock), fetch, context.tasks, self)
        self._build()

    def query(self) -> AccountQuery:
        key = self.filter.key() or "all"
        return AccountQuery(self.waiting.key() if key == "waiting" else key, self.search.text().strip())

    def look_for(self, *, only: str = "all", typed: str = "") -> None:
        """Look for something else; the owner fetches it."""
        within = only in words.WAITING_FILTERS
        self.filter.choose("waiting" if within else only)
        self.waiting.choose(only if within else "waiting")
        self._show_within()
        self.search.blockSignals(True)
        self.search.setText(typed)
        self.search.blockSignals(False)

    def show_opening(self, query: AccountQuery, opening: Opening) -> None:
        """How another list begins."""
        self._word_empty(query)
        ids = [each.id for each in opening.rows]
        self.model.show_top(ids, {each.id: each for each in opening.rows}, whole=opening.whole)
        self._choose_first()

    def show_ids(self, query: AccountQuery, ids: Sequence[int]) -> None:
        self._word_empty(query)
        self.model.show_ids(ids)
        self._choose_first()

    def show_counts(self, counts: Mapping[str, int]) -> None:
        self.filter.show_counts(counts)
        self.waiting.show_counts(counts)

    def tell_time(self) -> None:
        """What is left has become less; nothing is fetched for it."""
        self.table.viewport().update()

    def current(self) -> int | None:
        found = self.table.current_id()
        return found if isinstance(found, int) else None

    def _build(self) -> None:
        self.search = SearchField(_("Name, phone number or ID"), "Ctrl+F")
        self.filter = SegmentedFilter(_("Show"), wrap=True)
        self.filter.offer([(key, _(title)) for key, title in words.FILTERS.items()])
        self.waiting = SegmentedFilter(_("How long they have waited"), wrap=True)
        self.waiting.offer([(key, _(title)) for key, title in words.WAITING_FILTERS.items()])
        self.table = Table(self.model, _("Accounts by SMS"), row_height=_ROW)
        self._clear = Button(_("Show all accounts"), "big", on_click=self._show_all)
        self._empty = EmptyState("phone", "", "", self._clear)
        self.table.set_empty(self._empty)
        self._within = widget_of(column(row((self.waiting, 1)), margin=(16, 0, 0, 0)))
        head = column(self.search, row((self.filter, 1)), self._within, spacing=6, margin=(12, 8, 12, 6))
        self.setLayout(column(widget_of(head), hline(), (self.table, 1), spacing=0))
        self.setFocusProxy(self.table)
        self._show_within()
        self.search.searched.connect(lambda _typed: self.asked.emit())
        self.search.down_pressed.connect(self.table.setFocus)
        self.filter.chosen.connect(self._on_filter)
        self.waiting.chosen.connect(lambda _key: self.asked.emit())
        self.table.typed.connect(self.search.take)
        self.table.selected.connect(lambda: self.chosen.emit(self.current()))

    def _on_filter(self, _key: str) -> None:
        self._show_within()
        self.asked.emit()

    def _show_within(self) -> None:
        self._within.setVisible(self.filter.key() == "waiting")

    def _show_all(self) -> None:
        self.look_for()
        self.asked.emit()

    def _word_empty(self, query: AccountQuery) -> None:
        self._empty.set_words(*state.empty_words(query))
        self._clear.setVisible(query.is_narrowed)

    def _choose_first(self) -> None:
        """Something is always chosen, so that its details are seen."""
        if not self.table.selected_count() and self.model.rowCount():
            self.table.selectRow(0)
        elif not self.model.rowCount():
            self.chosen.emit(None)
