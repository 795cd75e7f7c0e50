"""A dialog whose form is checked while it is typed, and how it is saved when somebody else may have been quicker."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Generic, TypeVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.domain.errors import UserError
from desktop.domain.people import ChildForm, FieldProblem, GuardianForm
from desktop.domain.schools import SchoolForm
from desktop.i18n import _
from desktop.ui.context import Desk
from desktop.ui.form_dialog import Difference, FormDialog
from desktop.ui.widgets.forms import FormField, LineField, UnderstoodField
from desktop.wording.people import field_problem

F = TypeVar("F", ChildForm, GuardianForm, SchoolForm)
T = TypeVar("T")


class CheckedDialog(FormDialog, Generic[F]):
    """`form_changed` asks its owner to check the form; `show_problems` says what came of it.

    `names` are marked words for the form's attributes. `fields` are those at which something can be wrong.
    """

    form_changed = Signal(object)

    def __init__(
        self, title: str, form: F, names: Mapping[str, str], parent: QWidget | None, *, height: int = 560
    ) -> None:
        super().__init__(title, _("Add") if form.id is None else _("Save"), parent, height=height)
        self._form: F = form
        self._names = names
        self._touched: set[str] = set()
        self.fields: dict[str, FormField] = {}

    def form(self) -> F:
        """The form as it is filled in."""
        raise NotImplementedError

    def fill_in(self, form: F) -> None:
        """Put the values into the fields."""
        raise NotImplementedError

    def show_form(self, form: F) -> None:
        """Show a version; nothing of it counts as typed."""
        self._form = form
        self.fill_in(form)
        self._touched.clear()
        self.form_changed.emit(self.form())
        self._dirty = False

    def take_version(self, version: int | None) -> None:
        """Save over that version."""
        self._form = replace(self._form, version=version)

    def unread(self) -> list[FieldProblem]:
        """What was typed and cannot be understood."""
        return []

    def words_of(self, code: str) -> str:
        return field_problem(code)

    def show_problems(self, problems: Sequence[FieldProblem]) -> None:
        """Say at the fields what is wrong, but not of those that nobody has come to yet."""
        for name, field in self.fields.items():
            wrong = next((problem for problem in problems if problem.field == name), None)
            if wrong and (name in self._touched or wrong.code != "required"):
                field.show_error(self.words_of(wrong.code))
            elif isinstance(field, UnderstoodField):
                field.check()
            else:
                field.clear()
        self.allow_unless(blocked_by([*self.unread(), *problems], self._names))

    def watch_lines(self) -> None:
        """Follow every field in which one types."""
        for name, field in self.lines().items():
            field.line.textEdited.connect(partial(self._on_line_typed, name))

    def lines(self) -> dict[str, LineField]:
        return {name: field for name, field in self.fields.items() if isinstance(field, LineField)}

    def texts(self) -> dict[str, str]:
        return {name: field.text() for name, field in self.lines().items()}

    def _on_line_typed(self, name: str, _text: str) -> None:
        self.on_typed(name)

    def on_typed(self, name: str) -> None:
        """Something was changed at that attribute of the form."""
        self._touched.add(name)
        self.changed()
        self.form_changed.emit(self.form())


def blocked_by(problems: Sequence[FieldProblem], names: Mapping[str, str]) -> str:
    """Why it cannot be saved yet, for the bar; empty if it can."""
    if not problems:
        return ""
    said = list(dict.fromkeys(_(names.get(problem.field, problem.field)) for problem in problems))
    listed = _(", ").join(said[:3])
    if all(problem.code == "required" for problem in problems):
        return _("Still to fill in: {fields}").format(fields=listed)
    return _("Please correct: {fields}").format(fields=listed)


def follow(desk: Desk, dialog: CheckedDialog[F], check: Callable[[F], Sequence[FieldProblem]]) -> None:
    """Check now and after each change."""

    def ask(form: F) -> None:
        desk.tasks.run(lambda: check(form), dialog.show_problems, owner=dialog, lane="check")

    dialog.form_changed.connect(ask)
    ask(dialog.form())


def save(
    desk: Desk,
    dialog: FormDialog,
    work: Callable[[], T],
    said: str,
    then: Callable[[T], object],
    conflict: Callable[[UserError], object] | None = None,
) -> None:
    """Save what a dialog holds: close it and say so, or say in it why not. `conflict`: somebody else was quicker."""

    def saved(result: T) -> None:
        dialog.saved()
        desk.toasts.say(said)
        then(result)

    def failed(error: Exception) -> None:
        if conflict and isinstance(error, UserError) and error.code == "changed_elsewhere":
            conflict(error)
        else:
            refuse(desk, dialog, error)

    dialog.working()
    desk.tasks.run(work, saved, owner=dialog, failed=failed)


def refuse(desk: Desk, dialog: FormDialog, error: Exception) -> None:
    """Say in the dialog why it was not saved."""
    dialog.show_error(error, desk.clock().tzinfo)
    if not isinstance(error, UserError):
        desk.tasks.report(dialog, error)


def offer_both(
    desk: Desk,
    dialog: CheckedDialog[F],
    error: UserError,
    fetch: Callable[[], F | None],
    differences: Callable[[F, F], Sequence[Difference]],
) -> None:
    """Fetch what somebody else saved and show it beside what stands in the dialog."""
    mine = dialog.form()

    def offer(theirs: F | None) -> None:
        if theirs is None:
            refuse(desk, dialog, error)
            return
        dialog.theirs_chosen.connect(lambda: dialog.show_form(theirs))
        dialog.mine_chosen.connect(lambda: dialog.take_version(theirs.version))
        dialog.show_conflict(error, differences(mine, theirs), desk.clock().tzinfo)

    desk.tasks.run(fetch, offer, owner=dialog, failed=lambda other: refuse(desk, dialog, other))
