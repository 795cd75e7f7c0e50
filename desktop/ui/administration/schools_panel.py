"""The schools of the city, their classes and groups."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtWidgets import QWidget

from desktop.domain.errors import UserError
from desktop.domain.schools import SchoolForm, SchoolRow, SchoolTree
from desktop.domain.staff import Verb
from desktop.i18n import N_, _, format_number, ngettext
from desktop.ui.administration import state
from desktop.ui.administration.panel import ListPanel
from desktop.ui.administration.school_dialogs import ClassDialog, GroupDialog, SchoolDialog
from desktop.ui.cells import TextCell
from desktop.ui.checked_dialog import follow, offer_both
from desktop.ui.copies_dialog import edit_copies
from desktop.ui.form_dialog import Difference, FormDialog
from desktop.ui.table import Column, RowsModel
from desktop.ui.table_view import Table
from desktop.ui.tokens import ROW_COMFORTABLE
from desktop.ui.widgets.pieces import Button, ElidedLabel, Item, Label, hline, row
from desktop.ui.widgets.values import KeyValueGrid

_COLUMNS: tuple[Column[SchoolTree], ...] = (
    Column(N_("Code"), text=lambda tree: tree.school.code, width=88, tone="muted"),
    Column(N_("Name"), cell=lambda tree: TextCell(tree.school.name), tooltip=lambda tree: tree.school.name, width=160,
           stretch=True),
    Column(N_("Kind"), text=lambda tree: state.school_kind(tree.school.kind), width=144, optional=True),
    Column(N_("Children"), text=lambda tree: format_number(tree.children), width=84, number=True),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Found:
    """`copies` by school, of those whose one may see."""

    trees: list[SchoolTree]
    copies: Mapping[int, tuple[str, ...]]


class SchoolsPanel(ListPanel):
    """The list of schools, with the classes and groups of the one that is chosen."""

    def build(self) -> None:
        self._trees: dict[int, SchoolTree] = {}
        self._copies: Mapping[int, tuple[str, ...]] = {}
        self.model = RowsModel(_COLUMNS, lambda tree: tree.school.id, self)
        add = Button(_("Add a school"), "primary", "plus", shortcut="Ctrl+N", on_click=self.add)
        add.setEnabled(self.context.session.may(Verb.CHANGE_SETTINGS))
        self.lay_out(Table(self.model, _("Schools"), row_height=ROW_COMFORTABLE), add)
        self.city_copies = Button(_("The city’s copies…"), "big", "copy", on_click=lambda: self.edit_copies(None))
        self.city_copies.setVisible(self.context.session.may(Verb.WRITE_NOTICE, None))

    def page_actions(self) -> list[QWidget]:
        may = self.context.session.may(Verb.WRITE_NOTICE, None)
        return [*([self.city_copies] if may else []), self.add_button]

    def load(self) -> None:
        context = self.context
        actor = context.session.actor

        def fetch() -> _Found:
            trees = context.schools.trees(actor)
            may = [tree.school.id for tree in trees if context.session.may(Verb.WRITE_NOTICE, tree.school.id)]
            return _Found(trees, {school_id: context.copies.addresses(actor, school_id) for school_id in may})

        self.run(fetch, self._show, "schools")

    def _show(self, found: _Found) -> None:
        trees, self._copies = found.trees, found.copies
        self._trees = {tree.school.id: tree for tree in trees}
        self.model.show_rows(trees)
        number = len(trees)
        self.show_list(ngettext("{n} school", "{n} schools", number).format(n=format_number(number)))

    def chosen(self) -> SchoolTree | None:
        current = self.table.current_id()
        return self._trees.get(current) if isinstance(current, int) else None

    def details(self) -> Sequence[Item]:
        tree = self.chosen()
        if tree is None:
            return [Label(_("Choose a school to see its classes."), "muted", wrap=True)]
        edit = Button(_("Edit"), "", "edit", shortcut="Ctrl+E", on_click=self.edit)
        return [
            row((Label(tree.school.name, "big", wrap=True), 1), edit),
            KeyValueGrid(state.school_pairs(tree.school)),
            *self._copies_box(tree.school.id),
            *_listed(_("Classes, school year {year}").format(year=tree.year), state.class_lines(tree)),
            row(Button(_("Add a class…"), "", "plus", on_click=self.add_class), None),
            *_listed(_("Clubs and groups"), state.group_lines(tree)),
            row(Button(_("Add a group…"), "", "plus", on_click=self.add_group), None),
        ]

    def _copies_box(self, school_id: int) -> list[Item]:
        """Where the school keeps copies of what it sends."""
        if school_id not in self._copies:
            return []
        known = self._copies[school_id]
        edit = Button(_("Edit…"), "link", on_click=lambda: self.edit_copies(school_id))
        edit.setAccessibleName(_("Edit the addresses for copies"))
        nothing = [] if known else [Label(_("None yet: the school keeps no copies."), "muted minor", wrap=True)]
        return [
            hline(),
            row(Label(_("Addresses for copies"), "bold"), None, edit),
            *(ElidedLabel(address, "minor") for address in known),
            *nothing,
        ]

    # Adding and changing

    def edit_copies(self, school_id: int | None) -> None:
        """The addresses that keep a copy of what a school, or (None) the city, sends."""
        tree = self._trees.get(school_id) if school_id is not None else None
        sender = tree.school.name if tree else _("The city")
        edit_copies(self.context, school_id, sender, self, self._take_dialog, self.load)

    def _take_dialog(self, dialog: FormDialog) -> None:
        self.dialog = dialog

    def add(self) -> None:
        dialog = SchoolDialog(SchoolForm("", "", "primary"), self)
        dialog.save_asked.connect(lambda: self._add(dialog))
        self._follow(dialog)

    def _add(self, dialog: SchoolDialog) -> None:
        context, form = self.context, dialog.form()
        actor = context.session.actor
        said = _("{name} was added").format(name=form.name)
        self.save(dialog, lambda: context.schools.add(actor, form), said)

    def edit(self) -> None:
        tree = self.chosen()
        if tree is None:
            return
        dialog = SchoolDialog(form_of(tree.school), self)
        dialog.save_asked.connect(lambda: self._change(dialog))
        self._follow(dialog)

    def _change(self, dialog: SchoolDialog) -> None:
        context, form = self.context, dialog.form()
        actor = context.session.actor
        self.save(
            dialog,
            lambda: context.schools.save(actor, form),
            _("{name} was saved").format(name=form.name),
            conflict=lambda error: self._offer_both(dialog, error),
        )

    def _offer_both(self, dialog: SchoolDialog, error: UserError) -> None:
        context, school_id = self.context, dialog.form().id
        actor = context.session.actor

        def theirs() -> SchoolForm | None:
            return next((form_of(school) for school in context.schools.all(actor) if school.id == school_id), None)

        offer_both(context, dialog, error, theirs, differences)

    def add_class(self) -> None:
        tree = self.chosen()
        if tree is None:
            return
        dialog = ClassDialog(tree, self)
        context, actor = self.context, self.context.session.actor
        dialog.save_asked.connect(
            lambda: self.save(
                dialog,
                lambda: context.schools.add_homeroom(actor, tree.school.id, tree.year, dialog.grade(), dialog.name()),
                _("The class {name} was added").format(name=f"{dialog.grade()}-{dialog.name()}"),
            )
        )
        self.open_dialog(dialog)

    def add_group(self) -> None:
        tree = self.chosen()
        if tree is None:
            return
        dialog = GroupDialog(tree, self)
        context, actor = self.context, self.context.session.actor
        dialog.save_asked.connect(
            lambda: self.save(
                dialog,
                lambda: context.schools.add_group(actor, tree.school.id, dialog.kind(), dialog.name()),
                _("{name} was added").format(name=dialog.name()),
            )
        )
        self.open_dialog(dialog)

    def _follow(self, dialog: SchoolDialog) -> None:
        self.open_dialog(dialog)
        follow(self.context, dialog, self.context.schools.check)


def _listed(heading: str, lines: list[tuple[str, str]]) -> list[Item]:
    nothing = _("None yet. Importing a roster makes those that the file names.")
    return [
        hline(),
        Label(heading, "bold"),
        KeyValueGrid(lines) if lines else Label(nothing, "muted minor", wrap=True),
    ]


def form_of(school: SchoolRow) -> SchoolForm:
    return SchoolForm(
        school.code,
        school.name,
        school.kind,
        school.phone,
        school.email,
        school.id,
        school.version,
        school.accepts_unseen,
    )


def differences(mine: SchoolForm, theirs: SchoolForm) -> list[Difference]:
    fields = [
        Difference(_("Name"), mine.name, theirs.name),
        Difference(_("Kind"), state.school_kind(mine.kind), state.school_kind(theirs.kind)),
        Difference(_("Phone"), mine.phone, theirs.phone),
        Difference(_("Email"), mine.email, theirs.email),
        Difference(_("Without a reviewer"), state.yes_no(mine.accepts_unseen), state.yes_no(theirs.accepts_unseen)),
    ]
    return [field for field in fields if field.mine != field.theirs]
