"""Adding or editing a guardian."""

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtWidgets import QCheckBox, QWidget

from desktop.domain.names import katakana, trimmed
from desktop.domain.people import FieldProblem, GuardianForm
from desktop.i18n import _
from desktop.ui.rosters import forms, words
from desktop.ui.rosters.contacts_editor import ContactsEditor
from desktop.ui.rosters.forms import GUARDIAN_FIELDS
from desktop.ui.rosters.person_dialog import PersonDialog
from desktop.ui.widgets.forms import Choice, FormField
from desktop.ui.widgets.pieces import hline, pair


class GuardianDialog(PersonDialog[GuardianForm]):
    """The form of a guardian, seen from one child or (without relationship) by itself."""

    def __init__(self, form: GuardianForm, child: str, parent: QWidget | None = None) -> None:
        known = (f"{form.family_name} {form.given_name}".strip(), *(contact.address for contact in form.contacts))
        name = next(filter(None, known), "")
        title = _("Edit {name}").format(name=name) if form.id else _("Add a guardian of {child}").format(child=child)
        super().__init__(title, form, GUARDIAN_FIELDS, parent, height=640)
        self._child = child
        self._build()
        self.show_form(form)

    def form(self) -> GuardianForm:
        texts = self.texts()
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

    def fill_in(self, form: GuardianForm) -> None:
        for name, field in self.lines().items():
            field.line.setText(getattr(form, name))
        self.relationship.choose(form.relationship)
        self.language.choose(form.language)
        self.do_not_contact.setChecked(form.do_not_contact)
        self.contacts.show_contacts(form.contacts)

    def unread(self) -> list[FieldProblem]:
        return [*forms.unread_kana(self.texts()), *self.contacts.problems()]

    def show_problems(self, problems: Sequence[FieldProblem]) -> None:
        super().show_problems(problems)
        about_contacts = [problem for problem in problems if problem.field.startswith("contacts")]
        if about_contacts and not self.contacts.problems():
            self.contacts.show_problem(about_contacts[0].code)

    def _build(self) -> None:
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
            *self.name_rows(),
            pair(relation, FormField(_("Reads notices in"), self.language)),
            self.do_not_contact,
            hline(),
            self.contacts,
        ):
            self.body.addWidget(widget)
        self._connect()
        self.begin_at(self.fields["family_name" if not self._form.family_name else "given_name"].editor)

    def _connect(self) -> None:
        self.watch_lines()
        self.relationship.picked.connect(lambda _value: self.on_typed("relationship"))
        self.language.picked.connect(lambda _value: self.on_typed("language"))
        self.do_not_contact.toggled.connect(lambda _checked: self.on_typed("do_not_contact"))
        self.contacts.changed.connect(lambda: self.on_typed("contacts"))
