"""Adding or editing a guardian."""

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QLineEdit, QWidget

from desktop.domain.names import katakana, trimmed
from desktop.domain.people import FieldProblem, GuardianForm
from desktop.i18n import _
from desktop.ui.form_dialog import FormDialog
from desktop.ui.rosters import forms, typed, words
from desktop.ui.rosters.contacts_editor import ContactsEditor
from desktop.ui.rosters.forms import GUARDIAN_FIELDS
from desktop.ui.widgets.forms import Choice, FormField, UnderstoodField
from desktop.ui.widgets.pieces import hline, row, widget_of

_ORDER = ("family_name", "given_name", "family_name_kana", "given_name_kana")


class GuardianDialog(FormDialog):
    """The form of a guardian, seen from one child or (without relationship) by itself."""

    form_changed = Signal(object)

    def __init__(self, form: GuardianForm, child: str, parent: QWidget | None = None) -> None:
        name = f"{form.family_name} {form.given_name}".strip()
        title = _("Edit {name}").format(name=name) if form.id else _("Add a guardian of {child}").format(child=child)
        super().__init__(title, _("Save") if form.id else _("Add"), parent, height=640)
        self._form = form
        self._child = child
        self._touched: set[str] = set()
        self._build()
        self.show_form(form)

    def form(self) -> GuardianForm:
        """The form as it is filled in."""
        texts = {name: _line(self.fields[name]).text() for name in _ORDER}
        return replace(
            self._form,
            family_name=trimmed(texts["family_name"]),
            given_name=trimmed(texts["given_name"]),
            family_name_kana=" ".join(katakana(trimmed(texts["family_name_kana"])).split()),
            given_name_kana=" ".join(katakana(trimmed(texts["given_name_kana"])).split()),
            relationship=str(self.relationship.value() or ""),
            language=str(self.language.value()),
            do_not_contact=self.do_not_contact.isChecked(),
            contacts=self.contacts.contacts(),
        )

    def show_form(self, form: GuardianForm) -> None:
        self._form = form
        for name in _ORDER:
            _line(self.fields[name]).setText(getattr(form, name))
        self.relationship.choose(form.relationship)
        self.language.choose(form.language)
        self.do_not_contact.setChecked(form.do_not_contact)
        self.contacts.show_contacts(form.contacts)
        self._touched.clear()
        self._on_changed()
        self._dirty = False

    def take_version(self, version: int | None) -> None:
        """Save over that version."""
        self._form = replace(self._form, version=version)

    def show_problems(self, problems: Sequence[FieldProblem]) -> None:
        """Say at the fields what is wrong, but not of fields that nobody has come to yet."""
        known = [*self._unread(), *self.contacts.problems(), *problems]
        for name, field in self.fields.items():
            wrong = next((problem for problem in problems if problem.field == name), None)
            if wrong and (name in self._touched or wrong.code != "required"):
                field.show_error(words.problem(wrong.code))
            elif isinstance(field, UnderstoodField):
                field.check()
            else:
                field.clear()
        about_contacts = [problem for problem in problems if problem.field.startswith("contacts")]
        if about_contacts and not self.contacts.problems():
            self.contacts.show_problem(about_contacts[0].code)
        reason = forms.blocked_by(known, GUARDIAN_FIELDS)
        if reason:
            self.block(reason)
        else:
            self.allow()

    def _build(self) -> None:
        self.fields: dict[str, FormField] = {
            "family_name": FormField(_("Family name"), QLineEdit()),
            "given_name": FormField(_("Given name"), QLineEdit()),
            "family_name_kana": UnderstoodField(_("Family name (kana)"), typed.kana),
            "given_name_kana": UnderstoodField(_("Given name (kana)"), typed.kana),
        }
        self.relationship = Choice(_("Relationship"))
        self.relationship.offer(
            [("", _("Not given")), *((code, words.relationship(code)) for code in words.RELATIONSHIPS)],
            self._form.relationship,
        )
        self.language = Choice(_("Reads notices in"))
        self.language.offer(words.languages(), self._form.language)
        self.do_not_contact = QCheckBox(_("Send nothing to this guardian"))
        self.do_not_contact.setToolTip(_("For example because a court said so. They stay in the roster."))
        self.contacts = ContactsEditor()
        relation = FormField(_("Relationship"), self.relationship)
        relation.setVisible(bool(self._child))
        self.do_not_contact.setVisible(bool(self._child))
        for widget in (
            _pair(self.fields["family_name"], self.fields["given_name"]),
            _pair(self.fields["family_name_kana"], self.fields["given_name_kana"]),
            _pair(relation, FormField(_("Reads notices in"), self.language)),
            self.do_not_contact,
            hline(),
            self.contacts,
        ):
            self.body.addWidget(widget)
        self._connect()
        self.begin_at(self.fields["family_name" if not self._form.family_name else "given_name"].editor)

    def _connect(self) -> None:
        for name in _ORDER:
            _line(self.fields[name]).textEdited.connect(lambda _text, name=name: self._on_typed(name))
        self.relationship.picked.connect(lambda _value: self._on_typed("relationship"))
        self.language.picked.connect(lambda _value: self._on_typed("language"))
        self.do_not_contact.toggled.connect(lambda _checked: self._on_typed("do_not_contact"))
        self.contacts.changed.connect(lambda: self._on_typed("contacts"))

    def _on_typed(self, name: str) -> None:
        self._touched.add(name)
        self.changed()
        self._on_changed()

    def _on_changed(self) -> None:
        self.form_changed.emit(self.form())

    def _unread(self) -> list[FieldProblem]:
        kana = {name: _line(self.fields[name]).text() for name in _ORDER}
        return forms.unread_kana(kana)


def _line(field: FormField) -> QLineEdit:
    assert isinstance(field.editor, QLineEdit)
    return field.editor


def _pair(left: QWidget, right: QWidget) -> QWidget:
    return widget_of(row((left, 1), (right, 1), spacing=16))
