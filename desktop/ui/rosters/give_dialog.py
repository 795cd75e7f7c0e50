"""Whose guardian a waiting contact is: the school's children, the likeliest first."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QWidget

from desktop.domain.people import ChildRow, ListQuery, Node
from desktop.domain.staff import Actor
from desktop.domain.waiting_contacts import WaitingRow
from desktop.i18n import N_, _, format_number, ngettext
from desktop.ui.app_context import AppContext
from desktop.ui.cells import Mark, TwoLinesCell
from desktop.ui.rosters import words
from desktop.ui.table import Column, RowsModel
from desktop.ui.table_view import Table
from desktop.ui.tokens import ROW_TWO_LINES
from desktop.ui.widgets.beside import fit
from desktop.ui.widgets.empty import EmptyState
from desktop.ui.widgets.forms import Choice, FormField, SearchField
from desktop.ui.widgets.pieces import Button, Label, column, row

_MOST = 60


def _cell(child: ChildRow) -> TwoLinesCell:
    under = "\u3000".join(filter(None, (child.homeroom, child.kana)))
    return TwoLinesCell(child.name, under, Mark("person", "", "muted"), bold=False)


_COLUMNS: tuple[Column[ChildRow], ...] = (Column(N_("Child"), cell=_cell, stretch=True),)


@dataclass(frozen=True, slots=True)
class Match:
    """What is offered first: what was looked for, and who was found."""

    typed: str
    children: tuple[ChildRow, ...]


def first_match(app: AppContext, actor: Actor, contact: WaitingRow) -> Match:
    """Off the GUI thread: children of the name in the file, else of its family name, else those of the class."""
    for typed in dict.fromkeys(filter(None, (contact.given_name, *contact.given_name.split()[:1]))):
        if found := matches(app, actor, contact, typed):
            return Match(typed, found)
    return Match("", matches(app, actor, contact, ""))


def matches(app: AppContext, actor: Actor, contact: WaitingRow, typed: str) -> tuple[ChildRow, ...]:
    """Off the GUI thread: those of the contact's own class or group first, then the rest of the school."""
    school = Node(contact.school_id, contact.year)
    place = Node(contact.school_id, contact.year, homeroom_id=contact.homeroom_id, group_id=contact.group_id)
    ids: dict[int, None] = {}
    for node in (place, school):
        found = app.people.child_ids(actor, ListQuery(node, typed))
        ids.update(dict.fromkeys(found[:_MOST]))
    return tuple(app.people.children(actor, list(ids)[:_MOST], contact.year))


class GiveDialog(QDialog):
    """Type a name, Enter takes the best match. `chosen` carries the child and what the contact is to it."""

    chosen = Signal(object, str)

    def __init__(self, app: AppContext, contacts: Sequence[WaitingRow], parent: QWidget) -> None:
        super().__init__(parent)
        self._context = app
        self._contact = contacts[0]
        number = len(contacts)
        title = _("Whose guardian is {name}?").format(name=self._contact.title)
        if number > 1:
            said = ngettext("Whose guardian is {n} contact?", "Whose guardians are {n} contacts?", number)
            title = said.format(n=format_number(number))
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self._build(title, contacts)
        self._ask(lambda actor: first_match(app, actor, self._contact))

    def _build(self, title: str, contacts: Sequence[WaitingRow]) -> None:
        self.search = SearchField(_("The child's name or kana"))
        self.search.searched.connect(self._on_searched)
        self.search.returnPressed.connect(self._give)
        self.search.down_pressed.connect(self._to_list)
        self._model = RowsModel(_COLUMNS, lambda child: child.id, self)
        self.table = Table(self._model, title, row_height=ROW_TWO_LINES - 8)
        self.table.horizontalHeader().hide()
        self.table.setSelectionMode(Table.SelectionMode.SingleSelection)
        self.table.typed.connect(self.search.take)
        self.table.selected.connect(self._show_button)
        self.table.opened.connect(lambda _id: self._give())
        nobody = _("No child of this school has such a name. Look with fewer letters or by the kana.")
        self.table.set_empty(EmptyState("person-search", _("Nobody found"), nobody))
        self.relationship = Choice(_("Relationship"))
        named = [(code, words.relationship(code)) for code in words.RELATIONSHIPS]
        self.relationship.offer([("", _("Not given")), *named])
        self.give = Button("", "primary", on_click=self._give)
        cancel = Button(_("Cancel"), "big", on_click=self.reject)
        about = Label(_about(contacts), "muted minor", wrap=True)
        relation = FormField(_("Relationship"), self.relationship)
        self.setLayout(
            column(
                column(Label(title, "cardTitle", wrap=True), about, spacing=4),
                self.search,
                (self.table, 1),
                relation,
                row(None, cancel, self.give),
                margin=16,
                spacing=12,
            )
        )
        fit(self, 520, 600)
        self._show_button()

    def child(self) -> ChildRow | None:
        current = self.table.current_id()
        return next((child for child in self._model.rows if child.id == current), None)

    def _ask(self, work: Callable[[Actor], Match]) -> None:
        actor = self._context.session.actor
        self._context.tasks.run(lambda: work(actor), self._take, owner=self, lane="children")

    def _on_searched(self, typed: str) -> None:
        app, contact = self._context, self._contact
        self._ask(lambda actor: Match(typed, matches(app, actor, contact, typed)))

    def _take(self, found: Match) -> None:
        if found.typed and not self.search.text():
            self.search.blockSignals(True)
            self.search.setText(found.typed)
            self.search.selectAll()
            self.search.blockSignals(False)
        self._model.show_rows(found.children)
        if found.children and found.typed:  # without a name the first of a class is nobody's best match
            self.table.selectRow(0)
        self._show_button()
        if not self.table.hasFocus():
            self.search.setFocus()

    def _to_list(self) -> None:
        self.table.setFocus()
        if self.child() is None and self._model.rowCount():
            self.table.selectRow(0)

    def _show_button(self) -> None:
        child = self.child()
        self.give.setEnabled(child is not None)
        named = child.name if child else "…"
        if child and child.homeroom:
            named = _("{name} ({place})").format(name=child.name, place=child.homeroom)
        self.give.set_words(_("Give to {child}").format(child=named))

    def _give(self) -> None:
        child = self.child()
        if child is not None:
            self.accept()
            self.chosen.emit(child, str(self.relationship.value() or ""))


def _about(contacts: Sequence[WaitingRow]) -> str:
    """What is known of them."""
    shown = [" ".join(filter(None, (each.name, *(point.address for point in each.contacts)))) for each in contacts[:3]]
    more = "…" if len(contacts) > len(shown) else ""
    place = contacts[0].place
    given = contacts[0].given_name
    file = _("In the file: {name}").format(name=given) if given not in {"", contacts[0].name} else ""
    return "\n".join(filter(None, ("\n".join(shown) + more, "\u3000".join(filter(None, (place, file))))))
