"""Looking for a child in the roster that the comparison did not offer."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QWidget

from desktop.domain.people import ChildRow, ListQuery, Node
from desktop.i18n import N_, _
from desktop.ui.app_context import AppContext
from desktop.ui.cells import Mark, TwoLinesCell
from desktop.ui.table import Column, RowsModel
from desktop.ui.table_view import Table
from desktop.ui.tokens import ROW_TWO_LINES
from desktop.ui.widgets.beside import fit
from desktop.ui.widgets.empty import EmptyState
from desktop.ui.widgets.forms import SearchField
from desktop.ui.widgets.pieces import Button, Label, column, row

_MOST = 60


def _cell(child: ChildRow) -> TwoLinesCell:
    under = "\u3000".join(filter(None, (child.homeroom, child.kana)))
    return TwoLinesCell(child.name, under, Mark("person", "", "muted"), bold=False)


_COLUMNS: tuple[Column[ChildRow], ...] = (Column(N_("Child"), cell=_cell, stretch=True),)


class FindDialog(QDialog):
    """The school's children by what is typed; one is chosen to be compared, nothing is decided yet."""

    chosen = Signal(int)

    def __init__(self, context: AppContext, place: Node, typed: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Renraku")
        self._context = context
        self._place = place
        title = _("Find the child in the roster")
        self.search = SearchField(_("Name, kana or number"))
        self._model = RowsModel(_COLUMNS, lambda child: child.id, self)
        self.table = Table(self._model, _("Children"), row_height=ROW_TWO_LINES)
        self.table.horizontalHeader().hide()
        self.table.set_empty(EmptyState("search", _("No such child"), _("Type less, or another part of the name.")))
        self.compare = Button(_("Compare"), "primary", on_click=self._choose)
        back = Button(_("Back"), "big", on_click=self.reject)
        self.setLayout(
            column(
                Label(title, "cardTitle", wrap=True),
                self.search,
                (self.table, 1),
                row(None, back, self.compare),
                margin=24,
                spacing=12,
            )
        )
        self.setAccessibleName(title)
        fit(self, 520, 560)
        self.search.searched.connect(lambda _typed: self._load())
        self.search.down_pressed.connect(self.table.setFocus)
        self.table.typed.connect(self.search.take)
        self.table.opened.connect(lambda _id: self._choose())
        self.table.selected.connect(self._allow)
        self.search.setText(typed)
        self._allow()
        self._load()
        self.search.setFocus()

    def _load(self) -> None:
        context, actor, place, typed = self._context, self._context.session.actor, self._place, self.search.text()

        def fetch() -> Sequence[ChildRow]:
            ids = context.people.child_ids(actor, ListQuery(place, typed))
            return context.people.children(actor, list(ids[:_MOST]), place.year)

        context.tasks.run(fetch, self._show, owner=self, lane="rows")

    def _show(self, children: Sequence[ChildRow]) -> None:
        self._model.show_rows(children)
        if children and self.table.current_id() is None:
            self.table.select_id(children[0].id)
        self._allow()

    def _allow(self) -> None:
        self.compare.setEnabled(self.table.selected_count() == 1)

    def _choose(self) -> None:
        child = self.table.current_id()
        if isinstance(child, int):
            self.chosen.emit(child)
            self.accept()
