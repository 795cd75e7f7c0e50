"""The list of messages with its filters: what is looked for, and what that shows."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta

from PySide6.QtCore import QDate, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QDateEdit, QWidget

from desktop.domain.sms_messages import MOST_COUNTED, MessageQuery, MessageRow, Opening
from desktop.i18n import N_, _, format_date, format_exact, format_when
from desktop.ui.app_context import AppContext
from desktop.ui.cells import ChipCell
from desktop.ui.form_dialog import FormDialog
from desktop.ui.sms import state
from desktop.ui.table import Column, PagedModel
from desktop.ui.table_view import Table
from desktop.ui.theme import px, theme
from desktop.ui.widgets.empty import EmptyState
from desktop.ui.widgets.filters import SegmentedFilter
from desktop.ui.widgets.forms import Choice, FormField, SearchField
from desktop.ui.widgets.pieces import Button, column, hline, row, widget_of
from desktop.wording import sms as words

_ROW = 32
_KEPT = 4000
_LEAST_HEIGHT = 420
ANY, TODAY, YESTERDAY, WEEK, MONTH, OTHER = "any", "today", "yesterday", "week", "month", "other"
_DAYS: Mapping[str, str] = {
    ANY: N_("All days"),
    TODAY: N_("Today"),
    YESTERDAY: N_("Yesterday"),
    WEEK: N_("The last 7 days"),
    MONTH: N_("The last 30 days"),
    OTHER: N_("Another day…"),
}


def message_columns(now: Callable[[], datetime]) -> tuple[Column[MessageRow], ...]:
    """`now` tells the time in the city's zone."""

    def when(each: MessageRow) -> str:
        return format_when(each.received_at, now())

    def exactly(each: MessageRow) -> str:
        return format_exact(each.received_at.astimezone(now().tzinfo))

    return (
        Column(N_("Received"), text=when, tooltip=exactly, width=138, tone="muted"),
        Column(N_("Phone"), text=lambda each: each.sender, width=108),
        Column(N_("Network"), text=lambda each: words.network(each.network), width=104, optional=True, tone="muted"),
        Column(N_("Text"), text=_text, tooltip=_text, width=140, stretch=True, tone="muted"),
        Column(N_("Outcome"), cell=_outcome, width=168),
    )  # fmt: skip


def _text(each: MessageRow) -> str:
    return state.on_one_line(each.text)


def _outcome(each: MessageRow) -> ChipCell:
    return ChipCell(state.chip(each.state, each.rule), words.outcome(each.state, each.rule))


class LiveModel(PagedModel[MessageRow]):
    """While new messages push the others down, a row shows what it showed until it has been fetched anew."""

    def __init__(self, context: AppContext, parent: QWidget) -> None:
        self._last: dict[int, MessageRow] = {}

        def fetch(ids: Sequence[int]) -> dict[int, MessageRow]:
            rows = {each.id: each for each in context.sms_messages.rows(context.session.actor, ids)}
            self._keep(rows)
            return rows

        super().__init__(message_columns(context.clock), fetch, context.tasks, parent)

    def show_top(self, ids: Sequence[int], rows: Mapping[int, MessageRow], *, whole: bool) -> None:
        self._keep(rows)
        super().show_top(ids, rows, whole=whole)

    def _keep(self, rows: Mapping[int, MessageRow]) -> None:
        if len(self._last) > _KEPT:
            self._last = {}
        self._last.update(rows)

    def row(self, position: int) -> MessageRow | None:
        found = super().row(position)
        return found if found is not None else self._last.get(self.ids[position])


class MessageList(QWidget):
    """Says in `asked` that something else is looked for; the owner fetches it."""

    asked = Signal()
    chosen = Signal(object)
    """The id of the row under the cursor, or None."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self._context = context
        self._account_id: int | None = None
        self._wanted: int | None = None
        self._showing = False
        self._only = ""
        self._first: date | None = None
        self._last: date | None = None
        self.model = LiveModel(context, self)
        self._build()

    def query(self) -> MessageQuery:
        return MessageQuery(
            self._only or self.filter.key() or "all",
            self.search.text().strip(),
            self._first,
            self._last,
            self._account_id,
        )

    def look_for(
        self, *, only: str = "all", typed: str = "", day: date | None = None, account: int | None = None
    ) -> None:
        """Look for something else; the owner fetches it. `only` is a filter or a rule."""
        self._only = "" if only in state.FILTERS else only
        self.filter.choose(only if only in state.FILTERS else "all")
        self._account_id = account
        self.search.blockSignals(True)
        self.search.setText(typed)
        self.search.blockSignals(False)
        self._set_days(OTHER if day else ANY, day)

    def want(self, message_id: int) -> None:
        """Choose this one among all as soon as they are there; the owner fetches them."""
        self.look_for()
        self._wanted = None if self.table.select_id(message_id) else message_id

    def show_opening(self, query: MessageQuery, opening: Opening) -> None:
        """How another list begins."""
        self._word_empty(query)
        ids, rows = [each.id for each in opening.rows], {each.id: each for each in opening.rows}
        self._show(lambda: self.model.show_top(ids, rows, whole=opening.whole))

    def show_ids(self, query: MessageQuery, ids: Sequence[int]) -> None:
        self._word_empty(query)
        self._show(lambda: self.model.show_ids(ids))

    def show_counts(self, counts: Mapping[str, int]) -> None:
        self.filter.show_counts(counts, MOST_COUNTED)
        offered = [
            (key, f"{_(title)}\u2003{state.counted(counts.get(key, 0))}") for key, title in state.FILTERS.items()
        ]
        self.only.offer(offered, self.filter.key())

    def current(self) -> int | None:
        found = self.table.current_id()
        return found if isinstance(found, int) else None

    def _build(self) -> None:
        self.search = SearchField(_("Phone number, ID or name"), "Ctrl+F")
        self.days = Choice(_("Days"))
        self._offer_days()
        self.filter = SegmentedFilter(_("Show"), wrap=True)
        self.filter.offer([(key, _(title)) for key, title in state.FILTERS.items()])
        self.only = Choice(_("Show"))
        self.only.hide()
        self.table = Table(self.model, _("Incoming messages"), row_height=_ROW)
        self._clear = Button(_("Show all messages"), "big", on_click=self._show_all)
        self._empty = EmptyState("message", "", "", self._clear)
        self.table.set_empty(self._empty)
        head = column(
            row((self.search, 1), self.days), row((self.filter, 1), (self.only, 1)), spacing=6, margin=(12, 8, 12, 6)
        )
        self.setLayout(column(widget_of(head), hline(), (self.table, 1), spacing=0))
        self.setFocusProxy(self.table)
        self.search.searched.connect(lambda _typed: self._ask())
        self.search.down_pressed.connect(self.table.setFocus)
        self.days.picked.connect(self._on_days)
        self.filter.chosen.connect(self._on_filter)
        self.only.picked.connect(self._on_only)
        self.table.typed.connect(self.search.take)
        self.table.selected.connect(self._on_selected)
        theme.changed.connect(self._measure)
        self._measure()

    def _measure(self) -> None:
        self.days.setFixedWidth(px(176))

    def _offer_days(self, special: str = "") -> None:
        choices: list[tuple[object, str]] = [(key, _(title)) for key, title in _DAYS.items()]
        if special:
            choices.insert(len(choices) - 1, ("special", special))
        self.days.offer(choices, "special" if special else None)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where little room is left for the list, as with large type, the filters fold into one field."""
        super().resizeEvent(event)
        low = self.height() < px(_LEAST_HEIGHT)
        self.filter.setVisible(not low)
        self.only.setVisible(low)

    def _on_only(self, key: object) -> None:
        self.filter.choose(str(key))
        self._on_filter(str(key))

    def _on_filter(self, _key: str) -> None:
        self._only = ""
        self._ask()

    def _on_days(self, key: object) -> None:
        if key == OTHER:
            self._ask_for_day()
        elif key != "special":
            self._set_days(str(key))
            self._ask()

    def _set_days(self, key: str, day: date | None = None) -> None:
        today = self._context.session.today
        first, last = {
            ANY: (None, None),
            TODAY: (today, today),
            YESTERDAY: (today - timedelta(days=1),) * 2,
            WEEK: (today - timedelta(days=6), today),
            MONTH: (today - timedelta(days=29), today),
            OTHER: (day, day),
        }[key]
        self._first, self._last = first, last
        self._offer_days(format_date(day) if day else "")
        if not day:
            self.days.choose(key)

    def _ask_for_day(self) -> None:
        self.dialog = DayDialog(self._first or self._context.session.today, self)
        self.dialog.save_asked.connect(self._on_day_chosen)
        self.dialog.rejected.connect(
            lambda: self._set_days(OTHER, self._first) if self._first else self.days.choose(ANY)
        )
        self.dialog.open()

    def _on_day_chosen(self) -> None:
        day = self.dialog.day()
        self.dialog.saved()
        self._set_days(OTHER, day)
        self._ask()

    def _show_all(self) -> None:
        self.look_for()
        self._ask()

    def _ask(self) -> None:
        if self.search.text().strip():
            self._account_id = None
        self.asked.emit()

    def _word_empty(self, query: MessageQuery) -> None:
        self._empty.set_words(*state.empty_words(query))
        self._clear.setVisible(query.is_narrowed)

    def _show(self, change: Callable[[], None]) -> None:
        """What was chosen before is chosen again, unless another one is wanted."""
        self._showing = True
        change()
        self._showing = False
        self._choose_first()

    def _choose_first(self) -> None:
        """Something is always chosen, so that its details are seen; who is wanted, as soon as it is there."""
        if self._wanted is not None:
            self.table.select_id(self._wanted)
        elif not self.table.selected_count() and self.model.rowCount():
            self.table.selectRow(0)
        elif not self.model.rowCount():
            self.chosen.emit(None)

    def _on_selected(self) -> None:
        if self._showing and self._wanted is not None:
            return
        if self.current() is not None:
            self._wanted = None
        self.chosen.emit(self.current())


class DayDialog(FormDialog):
    """One day of the past."""

    def __init__(self, day: date, parent: QWidget | None) -> None:
        super().__init__(_("Messages of one day"), _("Show"), parent, width=400, height=280)
        self._editor = QDateEdit(QDate(day.year, day.month, day.day))
        self._editor.setCalendarPopup(True)
        self._editor.setDisplayFormat("yyyy-MM-dd")
        self.body.addWidget(FormField(_("Day"), self._editor))
        self.begin_at(self._editor)
        self.allow()

    def day(self) -> date:
        chosen = self._editor.date()
        return date(chosen.year(), chosen.month(), chosen.day())
