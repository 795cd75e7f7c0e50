"""What waits for a reviewer: filters over a list of any length."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame

from desktop.domain.registrations import Kind
from desktop.domain.reviews import Overview, QueueQuery, QueueRow
from desktop.i18n import N_, _, format_exact, format_number
from desktop.ui.registrations import state
from desktop.ui.table import Column, PagedModel
from desktop.ui.table_view import Table
from desktop.ui.tasks import Tasks
from desktop.ui.tokens import ROW_TWO_LINES
from desktop.ui.widgets.empty import EmptyState
from desktop.ui.widgets.forms import Choice, SearchField
from desktop.ui.widgets.pieces import Button, Label, column, hline, row, shortcut_words, widget_of
from desktop.wording.reviews import KINDS

NEXT, PREVIOUS = "Alt+Down", "Alt+Up"
_ANY = "any"


class QueueList(QFrame):
    """The list keeps its place. Of what somebody else decided meanwhile the reader is told; they go on when they like,
    so that no key ever meets another submission than the one that was read.
    """

    query_changed = Signal()
    chosen = Signal(object)
    """The id of the submission to show; None where there is none."""

    def __init__(
        self,
        tasks: Tasks,
        fetch: Callable[[Sequence[int]], Mapping[int, QueueRow]],
        clock: Callable[[], datetime],
    ) -> None:
        super().__init__()
        self._at = 0
        self._shown: int | None = None
        self._wanted: int | None = None
        self._moves_on = False
        self._quiet = False
        columns: tuple[Column[QueueRow], ...] = (
            Column(
                N_("Registration"),
                cell=lambda each: state.line(each, clock()),
                tooltip=lambda each: format_exact(each.submitted_at.astimezone(clock().tzinfo)),
                stretch=True,
            ),
        )
        self.model = PagedModel(columns, fetch, tasks, self)
        self._build()
        self._connect()

    def _build(self) -> None:
        self.search = SearchField(_("Child or guardian"), "Ctrl+F")
        self.school = Choice(_("School"))
        self.age = Choice(_("How long it has waited"))
        self.age.offer([(days, _(text)) for days, text in state.AGES.items()], 0)
        self.kind = Choice(_("Kind"))
        self.kind.offer([(_ANY, _("Of every kind")), *((kind.value, _(text)) for kind, text in KINDS.items())], _ANY)
        self.table = Table(self.model, _("Waiting registrations"), row_height=ROW_TWO_LINES)
        self.table.horizontalHeader().hide()
        self._clear = Button(_("Show all"), "big", on_click=self.show_all)
        self._empty = EmptyState("clipboard-check", "", "", self._clear)
        self.table.set_empty(self._empty)
        keys = _("{next} next · {previous} previous").format(
            next=shortcut_words(NEXT), previous=shortcut_words(PREVIOUS)
        )
        filters = column(self.search, self.school, row((self.kind, 1), (self.age, 1)), margin=(12, 8, 12, 8), spacing=6)
        foot = column(Label(keys, "muted small", wrap=True), margin=(12, 6, 12, 8))
        self.setLayout(column(widget_of(filters), hline(), (self.table, 1), hline(), widget_of(foot), spacing=0))
        self.setFocusProxy(self.table)

    def _connect(self) -> None:
        self.search.searched.connect(lambda _typed: self._on_query())
        for choice in (self.school, self.age, self.kind):
            choice.picked.connect(lambda _value: self._on_query())
        self.search.down_pressed.connect(self.table.setFocus)
        self.table.typed.connect(self.search.take)
        self.table.selected.connect(self._on_selected)
        self.table.opened.connect(lambda _id: self.chosen.emit(self.current()))

    # What the page uses

    def query(self, school_id: int | None) -> QueueQuery:
        """`school_id` is the one in view; None lets the reader choose here."""
        kind, days = self.kind.value(), self.age.value()
        own = self.school.value()
        return QueueQuery(
            school_id if school_id is not None else own if isinstance(own, int) and own else None,
            None if kind in (None, _ANY) else Kind(str(kind)),
            days if isinstance(days, int) else 0,
            self.search.text(),
        )

    def offer_schools(self, overview: Overview, school_id: int | None) -> None:
        """The schools at which something waits, unless one is in view already."""
        every = _("All schools") + f"\u3000{format_number(overview.waiting)}"
        listed = [(id_, f"{name}\u3000{format_number(number)}") for id_, name, number in overview.schools]
        kept = self.school.value() or 0
        if kept and kept not in {id_ for id_, _name in listed}:
            kept = 0
        self.school.offer([(0, every), *listed], kept)
        self.school.setVisible(school_id is None and len(listed) > 1)

    def show_all(self) -> None:
        """Without filters and without anything typed."""
        self.school.choose(0)
        self.age.choose(0)
        self.kind.choose(_ANY)
        self.search.blockSignals(True)
        self.search.clear()
        self.search.blockSignals(False)
        self._on_query()

    def show_ids(self, ids: Sequence[int], *, narrowed: bool) -> None:
        self._empty.set_words(*state.empty_words(narrowed))
        self._clear.setVisible(narrowed)
        self._quiet = True  # what the table finds again by itself is told below
        self.model.show_ids(ids)
        self._quiet = False
        wanted, moves_on = self._wanted, self._moves_on or self._shown is None
        self._wanted, self._moves_on = None, False
        if wanted is not None and self._find(wanted):
            self._on_selected()
        elif self._shown is not None and not moves_on:
            self._find(self._shown)
            self.chosen.emit(self._shown)
        elif ids:
            self._select(min(self._at, len(ids) - 1))
        else:
            self._at, self._shown = 0, None
            self.chosen.emit(None)

    def want(self, registration_id: int) -> None:
        """Show this one as soon as the list is fetched again."""
        self._wanted = registration_id

    def want_next(self) -> None:
        """What follows the one in view, as soon as the list is fetched again without it."""
        ids, at = self.model.ids, self._at
        after = at if self._is_gone() else at + 1
        follower = after if after < len(ids) else at - 1
        self._wanted = ids[follower] if 0 <= follower < len(ids) else None
        self._moves_on = True

    def step(self, by: int) -> None:
        """To the next or the one before; from one that is not in the list any more, to what stands in its place."""
        if not self.model.ids:
            self._forget()
            return
        at = self._at if self._is_gone() and by > 0 else self._at + by
        self._select(max(0, min(len(self.model.ids) - 1, at)))

    def _is_gone(self) -> bool:
        """The one in view is not in the list any more: somebody decided about it, or one's own list was quicker."""
        return self._shown is not None and self.model.position_of(self._shown) is None

    def forget(self) -> None:
        """The one in view is not there any more; the owner fetches the list, and what stands in its place is shown."""
        self._shown = None

    def current(self) -> int | None:
        found = self.table.current_id()
        return found if isinstance(found, int) else None

    def _select(self, at: int) -> None:
        self._find(self.model.ids[at])
        self._on_selected()

    def _find(self, registration_id: int) -> bool:
        """Select it without saying so."""
        self._quiet = True
        found = self.table.select_id(registration_id)
        self._quiet = False
        if found:
            self._at = self.table.currentIndex().row()
        return found

    def _on_selected(self) -> None:
        current = self.current()
        if not self._quiet and current is not None and self.table.selected_count():
            self._at = self.table.currentIndex().row()
            self._shown = current
            self.chosen.emit(current)

    def begin_anew(self) -> None:
        """What comes next is another list, to be read from its top."""
        self._at, self._shown = 0, None

    def _on_query(self) -> None:
        self.begin_anew()
        self.query_changed.emit()

    def _forget(self) -> None:
        self._shown = None
        self.chosen.emit(None)
