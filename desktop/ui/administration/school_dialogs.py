"""Adding a school, a class, a club; changing a school."""

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from desktop.domain.people import FieldProblem
from desktop.domain.schools import GroupKind, SchoolForm, SchoolKind, SchoolTree
from desktop.i18n import _
from desktop.ui.administration import state
from desktop.ui.form_dialog import FormDialog
from desktop.ui.widgets.forms import Choice, FormField
from desktop.ui.widgets.pieces import row, widget_of
from desktop.wording.people import field_problem

_GRADES = "123456789"


class SchoolDialog(FormDialog):
    """The form of a school; its code is fixed once it exists."""

    form_changed = Signal(object)

    def __init__(self, form: SchoolForm, parent: QWidget | None = None) -> None:
        title = _("Add a school") if form.id is None else _("Edit {name}").format(name=form.name)
        super().__init__(title, _("Add") if form.id is None else _("Save"), parent, height=440)
        self._form = form
        self._touched: set[str] = set()
        self.fields = {
            "name": FormField(_("Name"), QLineEdit()),
            "code": FormField(_("Code"), QLineEdit(), _("Short, like H001. Files name the school by it.")),
            "phone": FormField(_("Phone"), QLineEdit(), _("It stands under every mail, for questions.")),
            "email": FormField(_("Email"), QLineEdit(), _("Where answers to mails go.")),
        }
        self.kind = Choice(_("Kind of school"))
        self.kind.offer([(kind, _(words)) for kind, words in state.SCHOOL_KINDS.items()], form.kind)
        kind = FormField(_("Kind of school"), self.kind)
        for widget in (
            self.fields["name"],
            widget_of(row((self.fields["code"], 1), (kind, 1), spacing=16)),
            widget_of(row((self.fields["phone"], 1), (self.fields["email"], 1), spacing=16)),
        ):
            self.body.addWidget(widget)
        for name, field in self.fields.items():
            _line(field).textEdited.connect(lambda _text, name=name: self._on_typed(name))
        self.kind.picked.connect(lambda _kind: self._on_typed("kind"))
        self.begin_at(_line(self.fields["name"]))
        self.show_form(form)

    def form(self) -> SchoolForm:
        texts = {name: _line(field).text() for name, field in self.fields.items()}
        return replace(
            self._form,
            name=texts["name"],
            code=texts["code"],
            phone=texts["phone"],
            email=texts["email"],
            kind=cast("SchoolKind", self.kind.value()),
        )

    def show_form(self, form: SchoolForm) -> None:
        self._form = form
        for name, field in self.fields.items():
            _line(field).setText(getattr(form, name))
        _line(self.fields["code"]).setReadOnly(form.id is not None)
        self.kind.choose(form.kind)
        self.form_changed.emit(self.form())

    def take_version(self, version: int | None) -> None:
        """Save over that version."""
        self._form = replace(self._form, version=version)

    def show_problems(self, problems: Sequence[FieldProblem]) -> None:
        wrong = {problem.field: problem.code for problem in reversed(problems)}
        for name, field in self.fields.items():
            code = wrong.get(name)
            if code and (name in self._touched or code != "required"):
                field.show_error(field_problem(code))
            else:
                field.clear()
        if not problems:
            self.allow()
            return
        names = [field.editor.accessibleName() for name, field in self.fields.items() if name in wrong]
        self.block(_("Please correct: {fields}").format(fields=_(", ").join(names[:2])))

    def _on_typed(self, name: str) -> None:
        self._touched.add(name)
        self.changed()
        self.form_changed.emit(self.form())


class ClassDialog(FormDialog):
    """A new class of a grade."""

    def __init__(self, tree: SchoolTree, parent: QWidget | None = None) -> None:
        title = _("Add a class to {school}").format(school=tree.school.name)
        super().__init__(title, _("Add"), parent, width=480, height=360)
        names = {grade.code: grade.name for grade in tree.grades}
        self._grade = Choice(_("Grade"))
        self._grade.offer([(code, names.get(code, _("Grade {number}").format(number=code))) for code in _GRADES], "1")
        self._name = QLineEdit()
        self._name.textEdited.connect(lambda _text: self._show())
        self.body.addWidget(FormField(_("Grade"), self._grade))
        self.body.addWidget(FormField(_("Name of the class"), self._name, _("As in 3-1: write 1.")))
        self.begin_at(self._name)
        self._show()

    def grade(self) -> str:
        return str(self._grade.value())

    def name(self) -> str:
        return self._name.text().strip()

    def _show(self) -> None:
        if self.name():
            self.changed()
            self.allow()
        else:
            self.block(_("Still to fill in: {fields}").format(fields=_("Name of the class")))


class GroupDialog(FormDialog):
    """A new club or another group."""

    def __init__(self, tree: SchoolTree, parent: QWidget | None = None) -> None:
        title = _("Add a club or group to {school}").format(school=tree.school.name)
        super().__init__(title, _("Add"), parent, width=480, height=360)
        self._kind = Choice(_("Kind"))
        self._kind.offer([("club", _("Club")), ("other", _("Other group"))], "club")
        self._name = QLineEdit()
        self._name.textEdited.connect(lambda _text: self._show())
        self.body.addWidget(FormField(_("Kind"), self._kind))
        self.body.addWidget(FormField(_("Name"), self._name))
        self.begin_at(self._name)
        self._show()

    def kind(self) -> GroupKind:
        return cast("GroupKind", self._kind.value())

    def name(self) -> str:
        return self._name.text().strip()

    def _show(self) -> None:
        if self.name():
            self.changed()
            self.allow()
        else:
            self.block(_("Still to fill in: {fields}").format(fields=_("Name")))


def _line(field: FormField) -> QLineEdit:
    assert isinstance(field.editor, QLineEdit)
    return field.editor
