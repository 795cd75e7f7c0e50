"""The schools of the city, their classes and groups."""

from dataclasses import dataclass

from PySide6.QtWidgets import QWidget

from desktop.domain.errors import UserError
from desktop.domain.schools import SchoolForm, SchoolRow, SchoolTree
from desktop.domain.staff import Verb
from desktop.i18n import N_, _, format_number, ngettext
from desktop.ui.administration import state
from desktop.ui.administration.panel import Panel
from desktop.ui.administration.school_dialogs import ClassDialog, GroupDialog, SchoolDialog
from desktop.ui.cells import TextCell
from desktop.ui.form_dialog import Difference, FormDialog
from desktop.ui.table import Column, RowsModel
from desktop.ui.table_view import Table
from desktop.ui.tokens import PANE_DETAILS, ROW_COMFORTABLE
from desktop.ui.widgets.pieces import Button, Label, clear_layout, column, hline, row, scroll, widget_of
from desktop.ui.widgets.side_pane import Panes, SidePane
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
    trees: list[SchoolTree]


class SchoolsPanel(Panel):
    """The list of schools, with the classes and groups of the one that is chosen."""

    def build(self) -> None:
        self._trees: dict[int, SchoolTree] = {}
        self.dialog: FormDialog | None = None
        self.model = RowsModel(_COLUMNS, lambda tree: tree.school.id, self)
        self.table = Table(self.model, _("Schools"), row_height=ROW_COMFORTABLE)
        self.table.selected.connect(self._show_chosen)
        self.table.opened.connect(lambda _id: self.edit())
        self.add_button = Button(_("Add a school"), "primary", "plus", shortcut="Ctrl+N", on_click=self.add)
        self.add_button.setEnabled(self.context.session.may(Verb.CHANGE_SETTINGS))
        self._details = column(spacing=12, margin=(16, 20, 16, 16))
        pane = SidePane(scroll(widget_of(self._details)), _("Details"), PANE_DETAILS)
        self.setLayout(column((Panes(self.table, right=pane), 1), spacing=0))
        self.setFocusProxy(self.table)

    def page_actions(self) -> list[QWidget]:
        return [self.add_button]

    def load(self) -> None:
        context = self.context
        actor = context.session.actor
        self.run(lambda: _Found(context.schools.trees(actor)), self._show, "schools")

    def _show(self, found: _Found) -> None:
        self._trees = {tree.school.id: tree for tree in found.trees}
        self.model.show_rows(found.trees)
        number = len(found.trees)
        self.sentence_changed.emit(ngettext("{n} school", "{n} schools", number).format(n=format_number(number)))
        if not self.table.selected_ids() and found.trees:
            self.table.selectRow(0)
        self._show_chosen()

    def chosen(self) -> SchoolTree | None:
        current = self.table.current_id()
        return self._trees.get(current) if isinstance(current, int) else None

    def _show_chosen(self) -> None:
        clear_layout(self._details)
        tree = self.chosen()
        if tree is None:
            self._details.addWidget(Label(_("Choose a school to see its classes."), "muted", wrap=True))
            self._details.addStretch(1)
            return
        edit = Button(_("Edit"), "", "edit", shortcut="Ctrl+E", on_click=self.edit)
        self._details.addLayout(row((Label(tree.school.name, "big", wrap=True), 1), edit))
        self._details.addWidget(KeyValueGrid(state.school_pairs(tree.school)))
        self._add_list(_("Classes, school year {year}").format(year=tree.year), state.class_lines(tree))
        self._details.addLayout(row(Button(_("Add a class…"), "", "plus", on_click=self.add_class), None))
        self._add_list(_("Clubs and groups"), state.group_lines(tree))
        self._details.addLayout(row(Button(_("Add a group…"), "", "plus", on_click=self.add_group), None))
        self._details.addStretch(1)

    def _add_list(self, heading: str, lines: list[tuple[str, str]]) -> None:
        self._details.addWidget(hline())
        self._details.addWidget(Label(heading, "bold"))
        if lines:
            self._details.addWidget(KeyValueGrid(lines))
        else:
            nothing = _("None yet. Importing a roster makes those that the file names.")
            self._details.addWidget(Label(nothing, "muted minor", wrap=True))

    # Adding and changing

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
        context, mine = self.context, dialog.form()
        actor = context.session.actor

        def offer(schools: list[SchoolRow]) -> None:
            theirs = next((form_of(school) for school in schools if school.id == mine.id), None)
            if theirs is None:
                dialog.show_error(error, context.clock().tzinfo)
                return
            dialog.theirs_chosen.connect(lambda: dialog.show_form(theirs))
            dialog.mine_chosen.connect(lambda: dialog.take_version(theirs.version))
            dialog.show_conflict(error, differences(mine, theirs), context.clock().tzinfo)

        context.tasks.run(lambda: context.schools.all(actor), offer, owner=dialog)

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
        self._open(dialog)

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
        self._open(dialog)

    def _follow(self, dialog: SchoolDialog) -> None:
        schools = self.context.schools
        dialog.form_changed.connect(
            lambda form: self.context.tasks.run(
                lambda: schools.check(form), dialog.show_problems, owner=dialog, lane="check"
            )
        )
        self._open(dialog)
        dialog.form_changed.emit(dialog.form())

    def _open(self, dialog: FormDialog) -> None:
        self.dialog = dialog
        dialog.open()


def form_of(school: SchoolRow) -> SchoolForm:
    return SchoolForm(school.code, school.name, school.kind, school.phone, school.email, school.id, school.version)


def differences(mine: SchoolForm, theirs: SchoolForm) -> list[Difference]:
    fields = [
        Difference(_("Name"), mine.name, theirs.name),
        Difference(_("Kind"), state.school_kind(mine.kind), state.school_kind(theirs.kind)),
        Difference(_("Phone"), mine.phone, theirs.phone),
        Difference(_("Email"), mine.email, theirs.email),
    ]
    return [field for field in fields if field.mine != field.theirs]
