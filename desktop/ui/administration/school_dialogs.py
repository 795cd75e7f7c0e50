"""Adding a school, a class, a club; changing a school."""

from collections.abc import Mapping
from dataclasses import replace
from typing import cast

from PySide6.QtWidgets import QCheckBox, QWidget

from desktop.domain.schools import GroupKind, SchoolForm, SchoolKind, SchoolTree
from desktop.i18n import N_, _
from desktop.ui.administration import state
from desktop.ui.checked_dialog import CheckedDialog
from desktop.ui.form_dialog import FormDialog
from desktop.ui.widgets.forms import Choice, FormField, LineField
from desktop.ui.widgets.pieces import Label, pair

_GRADES = "123456789"
_NAMES: Mapping[str, str] = {"name": N_("Name"), "code": N_("Code"), "phone": N_("Phone"), "email": N_("Email")}
_CERTAIN = N_(
    "Certain are those whose number, kana and birth date are the same as of a child in the roster that nobody has "
    "registered yet. Second parents and families not to be disclosed always wait for a reviewer."
)


class SchoolDialog(CheckedDialog[SchoolForm]):
    """The form of a school; its code is fixed once it exists."""

    def __init__(self, form: SchoolForm, parent: QWidget | None = None) -> None:
        title = _("Add a school") if form.id is None else _("Edit {name}").format(name=form.name)
        super().__init__(title, form, _NAMES, parent, height=560)
        name = LineField(_("Name"))
        code = LineField(_("Code"), _("Short, like H001. Files name the school by it."))
        phone = LineField(_("Phone"), _("It stands under every mail, for questions."))
        email = LineField(_("Email"), _("Where answers to mails go."))
        self.fields = {"name": name, "code": code, "phone": phone, "email": email}
        self.kind = Choice(_("Kind of school"))
        self.kind.offer([(kind, _(words)) for kind, words in state.SCHOOL_KINDS.items()], form.kind)
        for widget in (name, pair(code, FormField(_("Kind of school"), self.kind)), pair(phone, email)):
            self.body.addWidget(widget)
        self.unseen = QCheckBox(_("Accept registrations that are certain without a reviewer"))
        self.unseen.toggled.connect(lambda _on: self.on_typed("accepts_unseen"))
        self.body.addWidget(self.unseen)
        self.body.addWidget(Label(_(_CERTAIN), "muted minor", wrap=True))
        code.line.setReadOnly(form.id is not None)
        self.watch_lines()
        self.kind.picked.connect(lambda _kind: self.on_typed("kind"))
        self.begin_at(name.line)
        self.show_form(form)

    def form(self) -> SchoolForm:
        texts = self.texts()
        return replace(
            self._form,
            name=texts["name"],
            code=texts["code"],
            phone=texts["phone"],
            email=texts["email"],
            kind=cast("SchoolKind", self.kind.value()),
            accepts_unseen=self.unseen.isChecked(),
        )

    def fill_in(self, form: SchoolForm) -> None:
        for name, field in self.lines().items():
            field.line.setText(getattr(form, name))
        self.kind.choose(form.kind)
        self.unseen.setChecked(form.accepts_unseen)


class NamedDialog(FormDialog):
    """Something new that is one of several kinds and has a name."""

    def __init__(self, title: str, kind: str, choice: Choice, name: LineField, parent: QWidget | None = None) -> None:
        super().__init__(title, _("Add"), parent, width=480, height=360)
        self._choice, self.field = choice, name
        name.line.textEdited.connect(lambda _text: self._on_typed())
        self.body.addWidget(FormField(kind, choice))
        self.body.addWidget(name)
        self.begin_at(name.line)
        self._show()

    def name(self) -> str:
        return self.field.text().strip()

    def _on_typed(self) -> None:
        self.changed()
        self._show()

    def _show(self) -> None:
        missing = _("Still to fill in: {fields}").format(fields=self.field.line.accessibleName())
        self.allow_unless("" if self.name() else missing)


class ClassDialog(NamedDialog):
    """A new class of a grade."""

    def __init__(self, tree: SchoolTree, parent: QWidget | None = None) -> None:
        names = {grade.code: grade.name for grade in tree.grades}
        grade = Choice(_("Grade"))
        grade.offer([(code, names.get(code, _("Grade {number}").format(number=code))) for code in _GRADES], "1")
        name = LineField(_("Name of the class"), _("As in 3-1: write 1."))
        title = _("Add a class to {school}").format(school=tree.school.name)
        super().__init__(title, _("Grade"), grade, name, parent)

    def grade(self) -> str:
        return str(self._choice.value())


class GroupDialog(NamedDialog):
    """A new club or another group."""

    def __init__(self, tree: SchoolTree, parent: QWidget | None = None) -> None:
        kind = Choice(_("Kind"))
        kind.offer([("club", _("Club")), ("other", _("Other group"))], "club")
        title = _("Add a club or group to {school}").format(school=tree.school.name)
        super().__init__(title, _("Kind"), kind, LineField(_("Name")), parent)

    def kind(self) -> GroupKind:
        return cast("GroupKind", self._choice.value())
