"""Choosing whom a notice is for: classes, grades, groups, schools, single children, staff, saved lists."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QWidget

from desktop.domain.audience import Part, PartKind, parse_part
from desktop.i18n import N_, _
from desktop.ui.app_context import AppContext
from desktop.ui.cells import ChipCell, Mark, TwoLinesCell
from desktop.ui.compose import work
from desktop.ui.table import Column, RowsModel
from desktop.ui.table_view import Table
from desktop.ui.tokens import ROW_TWO_LINES
from desktop.ui.widgets.beside import fit
from desktop.ui.widgets.empty import EmptyState
from desktop.ui.widgets.forms import SearchField
from desktop.ui.widgets.pieces import Button, Label, column, row

_KINDS = {
    PartKind.CITY: ("globe", N_("Everybody")),
    PartKind.TYPE: ("building", N_("All schools of one kind")),
    PartKind.SCHOOL: ("school", N_("Whole school")),
    PartKind.GRADE: ("list", N_("Grade")),
    PartKind.HOMEROOM: ("people", N_("Homeroom")),
    PartKind.GROUP: ("star", N_("Club or group")),
    PartKind.CHILD: ("person", N_("Child")),
    PartKind.STAFF: ("person-circle", N_("Staff")),
    PartKind.LIST: ("folder", N_("Saved list")),
}
_SHORTEST_NAME = 1


@dataclass(frozen=True, slots=True)
class Pick:
    """Something that can be chosen; `side` is "in" or "out" where it already is."""

    part: Part
    label: str
    detail: str
    side: str = ""

    @property
    def key(self) -> str:
        return str(self.part)


_COLUMNS: tuple[Column[Pick], ...] = (
    Column(
        N_("Name"),
        cell=lambda pick: TwoLinesCell(
            pick.label, pick.detail, Mark(_KINDS[pick.part.kind][0], "", "muted"), bold=False
        ),
        stretch=True,
    ),
    Column(
        N_("State"),
        cell=lambda pick: {
            "in": ChipCell("ok", _("Added")),
            "out": ChipCell("cancelled", _("Left out")),
        }.get(pick.side),
        width=120,
    ),
)


def offered(
    parts: Sequence[tuple[str, str]], typed: str, include: Sequence[Part], exclude: Sequence[Part]
) -> list[Pick]:
    """The parts whose label or kind holds every word typed."""
    words = typed.casefold().split()
    picks = (_pick(parse_part(text), label, include, exclude) for text, label in parts)
    return [pick for pick in picks if all(word in f"{pick.label} {pick.detail}".casefold() for word in words)]


def _pick(part: Part, label: str, include: Sequence[Part], exclude: Sequence[Part], detail: str = "") -> Pick:
    side = "in" if part in include else "out" if part in exclude else ""
    return Pick(part, label, detail or _(_KINDS[part.kind][1]), side)


class AudiencePicker(QDialog):
    """Type, Enter, and again: it stays open until one has everybody. `picked` carries a part and its label."""

    picked = Signal(object, str)

    def __init__(
        self,
        app: AppContext,
        school_id: int | None,
        include: Sequence[Part],
        exclude: Sequence[Part],
        *,
        leave_out: bool,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._context = app
        self._school_id = school_id
        self._sides = (tuple(include), tuple(exclude))
        self._leave_out = leave_out
        self._parts: list[tuple[str, str]] = []
        self._children: list[Pick] = []
        title = _("Whom should it leave out?") if leave_out else _("Whom is it for?")
        self.setWindowTitle(title)
        self._build(title)
        self._load_parts()

    def _build(self, title: str) -> None:
        self.search = SearchField(_("Class, grade, club, staff, list, or a child's name"))
        self.search.searched.connect(self._on_searched)
        self._model = RowsModel(_COLUMNS, lambda pick: pick.key, self)
        self.table = Table(self._model, title, row_height=ROW_TWO_LINES - 8)
        self.table.horizontalHeader().hide()
        nobody = _("Nobody here has such a name. Look with fewer letters, or leave the field empty to see every class.")
        self.table.set_empty(EmptyState("person-search", _("Nobody found"), nobody))
        self.table.setSelectionMode(Table.SelectionMode.SingleSelection)
        self.table.opened.connect(self._pick)
        self.table.clicked.connect(lambda index: self._pick(self._model.id_at(index.row())))
        self.table.doubleClicked.disconnect()
        self.table.typed.connect(self.search.take)
        self.search.down_pressed.connect(self._to_list)
        self.search.returnPressed.connect(self._pick_first)
        hint = Label(_("Enter or a click takes it; press Esc when you have everybody."), "muted small", wrap=True)
        self.done_button = Button(_("Done"), "primary", on_click=self.accept)
        self.setLayout(
            column(
                Label(title, "cardTitle"),
                self.search,
                (self.table, 1),
                row((hint, 1), self.done_button),
                margin=16,
                spacing=12,
            )
        )
        fit(self, 520, 560)

    def _load_parts(self) -> None:
        context, actor, school = self._context, self._context.session.actor, self._school_id
        context.tasks.run(lambda: work.parts_of(context, actor, school), self._take_parts, owner=self)

    def _take_parts(self, parts: list[tuple[str, str]]) -> None:
        self._parts = parts
        self._show()

    def _on_searched(self, typed: str) -> None:
        self._children = []
        self._show()
        if len(typed) <= _SHORTEST_NAME and typed.isascii():
            return
        context, actor = self._context, self._context.session.actor
        context.tasks.run(
            lambda: context.people.find(actor, typed, limit=30), self._take_people, owner=self, lane="people"
        )

    def _take_people(self, found: Sequence[tuple[str, int, str, str]]) -> None:
        self._children = [
            _pick(Part(PartKind.CHILD, ref=str(id_)), title, *self._sides, detail=subtitle)
            for kind, id_, title, subtitle in found
            if kind == "child"
        ]
        self._show()

    def _show(self) -> None:
        picks = offered(self._parts, self.search.text(), *self._sides)
        self._model.show_rows([*picks, *self._children])

    def _to_list(self) -> None:
        self.table.setFocus()
        if not self.table.currentIndex().isValid() and self._model.rowCount():
            self.table.selectRow(0)

    def _pick_first(self) -> None:
        """Enter in the search field takes the only, or the first, of what was found."""
        if self.search.text().strip() and self._model.rowCount():
            self._pick(self._model.id_at(0))
            self.search.selectAll()

    def _pick(self, key: object) -> None:
        pick = next((each for each in self._model.rows if each.key == key), None)
        if pick is None:
            return
        include, exclude = (tuple(each for each in side if each != pick.part) for side in self._sides)
        self._sides = (include, (*exclude, pick.part)) if self._leave_out else ((*include, pick.part), exclude)
        self._children = [_pick(child.part, child.label, *self._sides, child.detail) for child in self._children]
        self.picked.emit(pick.part, pick.label)
        self._show()
