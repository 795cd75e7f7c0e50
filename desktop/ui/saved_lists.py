"""Saved lists: audiences under a name. Using one, seeing who is in it, renaming, changing and deleting it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QWidget

from desktop.domain.audience import parse_audience
from desktop.domain.errors import UserError
from desktop.domain.notices import Draft
from desktop.domain.reports import AudiencePreview
from desktop.domain.saved_lists import LONGEST_NAME, SavedListForm, SavedListRow
from desktop.i18n import N_, _, format_number, ngettext
from desktop.ui.app_context import AppContext
from desktop.ui.audience_list import AudienceList
from desktop.ui.audience_numbers import AudienceNumbers
from desktop.ui.cells import Mark, TwoLinesCell
from desktop.ui.checked_dialog import save
from desktop.ui.form_dialog import FormDialog
from desktop.ui.table import Column, RowsModel
from desktop.ui.table_view import Table
from desktop.ui.theme import px
from desktop.ui.tokens import ROW_TWO_LINES
from desktop.ui.widgets.bands import NoteBox
from desktop.ui.widgets.beside import Beside, fit
from desktop.ui.widgets.empty import EmptyState
from desktop.ui.widgets.forms import Choice, FormField, LineField
from desktop.ui.widgets.pieces import Button, Label, column, hline, refill, row, scroll, widget_of
from desktop.ui.widgets.tags import flow
from desktop.wording.errors import word

_CITY = 0
_ICON = Mark("folder", "", "muted")
_COLUMNS: tuple[Column[SavedListRow], ...] = (
    Column(
        N_("Name"),
        cell=lambda each: TwoLinesCell(
            each.name, each.school or _("The city"), Mark("folder", "", "muted"), bold=False
        ),
        tooltip=lambda each: each.words,
        stretch=True,
    ),
)


@dataclass(frozen=True, slots=True)
class Present:
    """The audience that is being put together, and who may own a list: (school, name) pairs, 0 for the city."""

    include: tuple[str, ...]
    exclude: tuple[str, ...]
    words: str
    school_id: int | None
    owners: Sequence[tuple[object, str]]


class NameDialog(FormDialog):
    """The name of a list, and for a new one whose it is."""

    def __init__(self, title: str, button: str, name: str, present: Present | None, parent: QWidget) -> None:
        super().__init__(title, button, parent, width=480, height=380)
        self.name = LineField(_("Name"), _("Notices and files find the list by it."), text=name)
        self.name.line.setMaxLength(LONGEST_NAME)
        self.owner = Choice(_("Whose list it is"))
        self.body.addWidget(self.name)
        if present is not None:
            self.owner.offer(present.owners)
            self.owner.choose(present.school_id or _CITY)
            owner = FormField(_("Whose list it is"), self.owner, _("Everybody who writes for them can use it."))
            owner.setVisible(len(present.owners) > 1)
            for widget in (owner, Label(_("Whom it means"), "muted minor"), Label(present.words, wrap=True)):
                self.body.addWidget(widget)
        self.name.line.textEdited.connect(lambda _text: self._on_typed())
        self.begin_at(self.name.line)
        self._show()

    def school_id(self) -> int | None:
        value = self.owner.value()
        return value if isinstance(value, int) and value != _CITY else None

    def _on_typed(self) -> None:
        self.changed()
        self._show()

    def _show(self) -> None:
        missing = _("Still to fill in: {fields}").format(fields=_("Name"))
        self.allow_unless("" if self.name.text().strip() else missing)


class SavedListsDialog(QDialog):
    """Every list that one may use. With `present` one can be used for it, or be made of it."""

    used = Signal(object)
    """The SavedListRow that is to be added to the audience."""

    def __init__(self, app: AppContext, present: Present | None, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_("Saved lists"))
        self._context = app
        self._present = present
        self._wanted: str | None = None
        self.name_dialog: NameDialog | None = None
        self._build()
        self._load()

    # Building

    def _build(self) -> None:
        self._model = RowsModel(_COLUMNS, lambda each: each.id, self)
        self.table = Table(self._model, _("Saved lists"), row_height=ROW_TWO_LINES - 8)
        self.table.horizontalHeader().hide()
        self.table.setSelectionMode(Table.SelectionMode.SingleSelection)
        self.table.selected.connect(self._show_chosen)
        self.table.opened.connect(lambda _id: self.use())
        text = _("Put an audience together in a notice and save it here under a name: it can be used again and again.")
        self.table.set_empty(EmptyState("folder", _("No lists yet"), text))
        self.numbers = AudienceNumbers(self._show_list)
        self.note = NoteBox("info", "")
        self.note.hide()
        self._undo = self.note.add_link(_("Undo"), self._on_undo)
        self._way_back: Callable[[], object] | None = None
        self._heading = column(spacing=2)
        self._buttons = column(spacing=8)
        self._details = widget_of(
            column(self._heading, hline(), self.numbers, hline(), self._buttons, None, margin=(16, 0, 0, 0), spacing=12)
        )
        self.save_new = Button(_("Save this audience as a list…"), "", "plus", shortcut="Ctrl+N", on_click=self.add)
        present = self._present
        self.save_new.setVisible(present is not None and bool(present.include))
        head = row(Label(_("Saved lists"), "cardTitle"), None, self.save_new)
        close = Button(_("Close"), "big", on_click=self.accept)
        self.use_button = Button(_("Add to the audience"), "primary", on_click=self.use)
        self.use_button.setVisible(present is not None)
        both = Beside((self.table, 1), (scroll(self._details), 1), narrow=560)
        foot = row(None, close, self.use_button)
        self.setLayout(column(head, (both, 1), self.note, foot, margin=16, spacing=12))
        self.table.setMinimumHeight(px(160))
        fit(self, 900, 640)
        self.table.setFocus()

    # Loading and showing

    def _load(self) -> None:
        context, actor = self._context, self._context.session.actor
        context.tasks.run(lambda: context.saved_lists.all(actor), self._show, owner=self, failed=self._failed)

    def _show(self, rows: list[SavedListRow]) -> None:
        self._model.show_rows(rows)
        wanted = next((each.id for each in rows if each.name == self._wanted), None)
        self._wanted = None
        if wanted is not None:
            self.table.select_id(wanted)
        elif rows and not self.table.selected_ids():
            self.table.selectRow(0)
        self._show_chosen()

    def chosen(self) -> SavedListRow | None:
        current = self.table.current_id()
        return next((each for each in self._model.rows if each.id == current), None)

    def _show_chosen(self) -> None:
        chosen = self.chosen()
        self._details.setVisible(chosen is not None)
        self.use_button.setEnabled(chosen is not None)
        if chosen is None:
            return
        unknown = [Label(each, "warning small", wrap=True) for each in unknown_words(chosen)]
        refill(self._heading, Label(chosen.name, "big", wrap=True), Label(chosen.words, "minor", wrap=True), *unknown)
        refill(self._buttons, flow(*self._offered(chosen), spacing=8))
        self.numbers.show_preview(None)
        context, actor, draft = self._context, self._context.session.actor, draft_of(chosen)
        context.tasks.run(
            lambda: context.audiences.preview(actor, draft), self._show_numbers, owner=self, failed=self._failed,
            lane="numbers",
        )  # fmt: skip

    def _show_numbers(self, preview: AudiencePreview) -> None:
        self.numbers.show_preview(preview)

    def _offered(self, chosen: SavedListRow) -> list[Button]:
        if not chosen.editable:
            return []
        found = [Button(_("Rename…"), "", "edit", shortcut="F2", on_click=self.rename)]
        if self._present and self._present.include:
            found.append(Button(_("Let it mean this audience from now on"), "", "swap", on_click=self.replace))
        return [*found, Button(_("Delete"), "danger", "trash", on_click=self.delete)]

    def _show_list(self, *, unreached: bool) -> None:
        chosen = self.chosen()
        if chosen is not None:
            AudienceList(self._context, draft_of(chosen), unreached=unreached, parent=self).open()

    # Doing

    def use(self) -> None:
        chosen = self.chosen()
        if chosen is not None and self._present is not None:
            self.used.emit(chosen)
            self.accept()

    def add(self) -> None:
        """Save what is being put together under a name."""
        present = self._present
        if present is None or not present.include:
            return
        dialog = NameDialog(_("Save this audience as a list"), _("Save"), "", present, self)
        dialog.save_asked.connect(
            lambda: self._store(
                dialog, SavedListForm(_named(dialog), dialog.school_id(), present.include, present.exclude)
            )
        )
        self._open(dialog)

    def rename(self) -> None:
        chosen = self.chosen()
        if chosen is None or not chosen.editable:
            return
        dialog = NameDialog(_("Rename {name}").format(name=chosen.name), _("Rename"), chosen.name, None, self)
        dialog.save_asked.connect(
            lambda: self._store(dialog, _form(chosen, _named(dialog), chosen.include, chosen.exclude))
        )
        self._open(dialog)

    def replace(self) -> None:
        """The chosen list means what is being put together, and can be given back what it meant."""
        chosen, present = self.chosen(), self._present
        if chosen is None or present is None:
            return
        said = _("{name} means this audience now").format(name=chosen.name)
        form = _form(chosen, chosen.name, present.include, present.exclude)
        self._do(
            lambda: self._saved(form),
            said,
            lambda: self._do(lambda: self._restored(chosen), _("{name} is as it was").format(name=chosen.name)),
        )

    def delete(self) -> None:
        chosen = self.chosen()
        if chosen is None or not chosen.editable:
            return
        context, actor = self._context, self._context.session.actor
        again = SavedListForm(chosen.name, chosen.school_id, chosen.include, chosen.exclude)
        self._do(
            lambda: context.saved_lists.delete(actor, chosen.id, chosen.version),
            _("{name} was deleted").format(name=chosen.name),
            lambda: self._do(lambda: self._saved(again), _("{name} is there again").format(name=chosen.name)),
        )

    def _saved(self, form: SavedListForm) -> int:
        return self._context.saved_lists.save(self._context.session.actor, form)

    def _restored(self, before: SavedListRow) -> int:
        """Off the GUI thread: what the list meant before, over the version that is there now."""
        now = next(row for row in self._context.saved_lists.all(self._context.session.actor) if row.id == before.id)
        return self._saved(_form(now, before.name, before.include, before.exclude))

    def _store(self, dialog: NameDialog, form: SavedListForm) -> None:
        said = _("The list “{name}” was saved").format(name=form.name)

        def stored(_list_id: int) -> None:
            self._wanted = form.name
            self._say(said, None)
            self._load()

        save(self._context, dialog, lambda: self._saved(form), said, stored)

    def _do(self, work: Callable[[], object], said: str, way_back: Callable[[], object] | None = None) -> None:
        def done(_result: object) -> None:
            self._say(said, way_back)
            self._load()

        self._context.tasks.run(work, done, owner=self, failed=self._failed)

    def _say(self, words: str, way_back: Callable[[], object] | None) -> None:
        self._way_back = way_back
        self._undo.setVisible(way_back is not None)
        self.note.set_words(words)
        self.note.show()

    def _on_undo(self) -> None:
        way_back, self._way_back = self._way_back, None
        if way_back is not None:
            way_back()

    def _failed(self, error: Exception) -> None:
        if isinstance(error, UserError):
            self._say(str(word(error, self._context.clock().tzinfo)), None)
        else:
            self._context.tasks.report(self, error)

    def _open(self, dialog: NameDialog) -> None:
        self.name_dialog = dialog
        dialog.open()


def draft_of(chosen: SavedListRow) -> Draft:
    """A notice to everybody in a list, only to be counted."""
    return Draft("", chosen.school_id, {}, parse_audience(chosen.include, chosen.exclude), copies=frozenset())


def unknown_words(chosen: SavedListRow) -> list[str]:
    """What a list names that is not there any more."""
    number = len(chosen.unknown)
    if not number:
        return []
    said = ngettext("{n} part is not there any more: {parts}", "{n} parts are not there any more: {parts}", number)
    return [said.format(n=format_number(number), parts=_(", ").join(chosen.unknown))]


def _named(dialog: NameDialog) -> str:
    return dialog.name.text().strip()


def _form(chosen: SavedListRow, name: str, include: tuple[str, ...], exclude: tuple[str, ...]) -> SavedListForm:
    return SavedListForm(name, chosen.school_id, include, exclude, chosen.id, chosen.version)
