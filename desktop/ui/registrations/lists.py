"""Lists of guardians who got stuck on the way, each with the button that does the next step."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QMenu, QWidget

from desktop.i18n import N_, _, format_number, ngettext
from desktop.ui.app_context import AppContext
from desktop.ui.cells import ChipCell, TextCell
from desktop.ui.errors import words_for
from desktop.ui.table import Column, RowsModel
from desktop.ui.table_view import Table
from desktop.ui.tokens import ROW_COMFORTABLE
from desktop.ui.widgets.empty import EmptyState
from desktop.ui.widgets.headers import ActionBar
from desktop.ui.widgets.pieces import Button, Label, column, hline, named_frame, widget_of


@dataclass(frozen=True, slots=True)
class StuckLine:
    """Somebody who cannot go on by themselves: who, where, since when, and what is the matter."""

    id: int
    who: str
    where: str
    chip: str
    word: str
    what: str
    when: str
    exact: str


@dataclass(frozen=True, slots=True)
class StuckList:
    """One list. `title`, `explained`, `button`, `empty`, `empty_text` are marked words.

    `fetch` and `act` run in the background; `act` does the next step for one line. `said` words it for a number.
    """

    key: str
    title: str
    explained: str
    icon: str
    fetch: Callable[[], Sequence[StuckLine]]
    button: str
    button_icon: str
    act: Callable[[int], object]
    said: Callable[[int], str]
    empty: str
    empty_text: str


COLUMNS: tuple[Column[StuckLine], ...] = (
    Column(N_("Name"), cell=lambda line: TextCell(line.who, bold=True), tooltip=lambda line: line.who, width=200),
    Column(N_("Address or place"), text=lambda line: line.where, tooltip=lambda line: line.where, width=220,
           tone="muted"),
    Column(N_("State"), cell=lambda line: ChipCell(line.chip, line.word), width=200),
    Column(N_("What is the matter"), text=lambda line: " ".join(line.what.split()), tooltip=lambda line: line.what,
           width=220, stretch=True),
    Column(N_("Since"), text=lambda line: line.when, tooltip=lambda line: line.exact, width=132, number=True,
           tone="muted"),
)  # fmt: skip


class StuckPane(QWidget):
    """A list with its explanation above and its one button below."""

    counted = Signal(str, int)
    failed = Signal(object)

    def __init__(self, context: AppContext, spec: StuckList) -> None:
        super().__init__()
        self._context = context
        self.spec = spec
        self._model = RowsModel(COLUMNS, lambda line: line.id, self)
        self.table = Table(self._model, _(spec.title), row_height=ROW_COMFORTABLE)
        self.table.set_empty(EmptyState(spec.icon, _(spec.empty), _(spec.empty_text)))
        self.button = Button(_(spec.button), "primary", spec.button_icon, on_click=self.act)
        self.bar = ActionBar(self.button, shortcut="Alt+M")
        explained = Label(_(spec.explained), "muted", wrap=True)
        head = widget_of(column(explained, margin=(16, 10, 16, 10)))
        self.detail = Label("", "", wrap=True)
        self.detail.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._foot = named_frame("surface", column(self.detail, margin=(16, 10, 16, 10)))
        self.setLayout(column(head, hline(), (self.table, 1), hline(), self._foot, self.bar, spacing=0))
        self.setFocusProxy(self.table)
        self.table.selected.connect(self._on_selected)
        self.table.opened.connect(lambda _id: self.button.setFocus())
        self.table.set_row_menu(self._fill_menu)
        self._on_selected()

    def load(self) -> None:
        self._context.tasks.run(self.spec.fetch, self._show, owner=self, lane="rows", failed=self.failed.emit)

    def act(self) -> None:
        """The next step for everybody who is selected."""
        ids = self._selected()
        if not ids or not self.button.isEnabled():
            return
        self.bar.block(_("Working…"))
        self._context.tasks.run(partial(self._act_on, ids), self._on_done, owner=self, failed=self._on_failed)

    def _act_on(self, ids: Sequence[int]) -> int:
        """In the background, one after the other; what was done before one failed stays done."""
        for id_ in ids:
            self.spec.act(id_)
        return len(ids)

    def _on_done(self, number: int) -> None:
        self._context.toasts.say(self.spec.said(number))
        self._on_selected()
        self.load()

    def _on_failed(self, error: Exception) -> None:
        self._context.toasts.warn(words_for(error, self._context.clock().tzinfo))
        self._on_selected()
        self.load()

    def _show(self, lines: Sequence[StuckLine]) -> None:
        self._model.show_rows(lines)
        self.bar.setVisible(bool(lines))
        self.counted.emit(self.spec.key, len(lines))
        self._on_selected()

    def _selected(self) -> list[int]:
        return [row_id for row_id in self.table.selected_ids() if isinstance(row_id, int)]

    def _on_selected(self) -> None:
        number = len(self._selected())
        self.bar.allow_unless("" if number else _("Choose one or more lines first"))
        line = self._model.row(self.table.currentIndex().row()) if number == 1 else None
        self.detail.setText(line.what if line else "")
        self._foot.setVisible(line is not None)
        chosen = ngettext("{n} selected", "{n} selected", number).format(n=format_number(number))
        self.bar.set_note(chosen if number > 1 else "")

    def _fill_menu(self, menu: QMenu) -> None:
        menu.addAction(_(self.spec.button), self.act)
