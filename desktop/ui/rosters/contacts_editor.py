"""The contact points of a guardian while they are edited."""

from collections.abc import Sequence
from typing import cast

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QLineEdit, QWidget

from desktop.domain.people import ContactForm, ContactKind, FieldProblem
from desktop.i18n import _
from desktop.ui.rosters import typed, words
from desktop.ui.theme import px, theme
from desktop.ui.widgets.forms import Choice, FormField
from desktop.ui.widgets.pieces import Button, IconButton, Label, clear_layout, column, row

_KIND_WIDTH = 112


class ContactRow(QWidget):
    """One contact point: its kind, its address with what was understood, and a button that takes it away."""

    changed = Signal()
    removed = Signal()

    def __init__(self, contact: ContactForm) -> None:
        super().__init__()
        self._id = contact.id
        self.kind = Choice(_("Kind of contact"))
        self.kind.offer([(kind, _(name)) for kind, (_icon, name) in words.KINDS.items()], contact.kind)
        self.line = QLineEdit(contact.address)
        self.field = FormField(_("Address"), self.line)
        self.plain = QCheckBox(_("Older phone: short mails without decoration"))
        self.plain.setChecked(contact.plain_text_only)
        remove = IconButton("close", _("Remove this contact"), self.removed.emit)
        self._kind_field = FormField(_("Kind"), self.kind)
        top = row(self._kind_field, (self.field, 1), spacing=8)
        top.addWidget(remove)
        self.setLayout(column(top, self.plain, spacing=0))
        self.kind.picked.connect(lambda _kind: self._on_changed())
        self.line.textEdited.connect(lambda _text: self._on_changed())
        self.plain.toggled.connect(lambda _checked: self.changed.emit())
        theme.changed.connect(self._measure)
        self._measure()
        self.check()

    def contact(self) -> ContactForm:
        kind = cast("ContactKind", self.kind.value())
        return ContactForm(kind, self._address(kind), self.plain.isChecked() and kind == "email", self._id)

    def is_readable(self) -> bool:
        """Whether the address is understood; paper needs none."""
        kind = cast("ContactKind", self.kind.value())
        if kind == "paper":
            return True
        try:
            typed.address(kind, self.line.text())
        except ValueError:
            return False
        return bool(self.line.text().strip())

    def check(self) -> None:
        """Say at the field what was understood."""
        kind = cast("ContactKind", self.kind.value())
        self.plain.setVisible(kind == "email")
        self.field.setVisible(kind != "paper")
        text = self.line.text().strip()
        self.field.clear()
        if kind == "paper" or not text:
            return
        try:
            understood = typed.address(kind, text)
        except ValueError as wrong:
            self.field.show_error(str(wrong))
        else:
            if understood != text:
                self.field.show_understood(understood)

    def _address(self, kind: ContactKind) -> str:
        try:
            return typed.address(kind, self.line.text()) if kind != "paper" else ""
        except ValueError:
            return self.line.text().strip()

    def _on_changed(self) -> None:
        self.check()
        self.changed.emit()

    def _measure(self) -> None:
        self._kind_field.setFixedWidth(px(_KIND_WIDTH))


class ContactsEditor(QWidget):
    """All contact points of a guardian, in any number."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[ContactRow] = []
        self._column = column(spacing=12)
        self._nothing = Label(_("Without a contact no notice reaches this guardian."), "muted small", wrap=True)
        add = Button(_("Add a contact"), "", "plus", on_click=self.add)
        head = Label(_("Contacts"), "bold")
        self.setLayout(column(head, self._column, self._nothing, row(add, None), spacing=8))

    def show_contacts(self, contacts: Sequence[ContactForm]) -> None:
        clear_layout(self._column)
        self.rows.clear()
        for contact in contacts:
            self._put(contact)
        self._nothing.setVisible(not self.rows)

    def add(self) -> None:
        """One more: a mail address first, for that is what most families have."""
        kinds = {row_.contact().kind for row_ in self.rows}
        self._put(ContactForm("phone" if "email" in kinds else "email", ""))
        self.rows[-1].line.setFocus()
        self._on_changed()

    def contacts(self) -> tuple[ContactForm, ...]:
        return tuple(each.contact() for each in self.rows)

    def problems(self) -> list[FieldProblem]:
        """Contacts that are not filled in or cannot be read."""
        return [FieldProblem("contacts", "mail.syntax") for each in self.rows if not each.is_readable()]

    def show_problem(self, code: str) -> None:
        """Say at the last contact what is wrong with them together."""
        if self.rows:
            self.rows[-1].field.show_error(words.problem(code))

    def _put(self, contact: ContactForm) -> None:
        made = ContactRow(contact)
        made.changed.connect(self._on_changed)
        made.removed.connect(lambda: self._remove(made))
        self._column.addWidget(made)
        self.rows.append(made)

    def _remove(self, each: ContactRow) -> None:
        self.rows.remove(each)
        each.hide()
        each.deleteLater()
        self._on_changed()

    def _on_changed(self) -> None:
        self._nothing.setVisible(not self.rows)
        self.changed.emit()
