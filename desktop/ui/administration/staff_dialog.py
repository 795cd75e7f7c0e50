"""Adding somebody to the staff, or changing their name and roles."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from desktop.domain import passwords
from desktop.domain.dates import DateError, read_date
from desktop.domain.mail import AddressError, check_address
from desktop.domain.staff import CITY, Grant, Role, Scope, ScopeKind, StaffRow
from desktop.i18n import _, format_date
from desktop.ui.form_dialog import FormDialog
from desktop.ui.widgets.forms import Choice, FormField, LineField, UnderstoodField
from desktop.ui.widgets.pieces import Button, IconButton, Label, column, quiet_box, row, widget_of
from desktop.wording import staff as staff_words
from desktop.wording.people import field_problem

Places = Mapping[Scope, str]


@dataclass(frozen=True, slots=True)
class StaffTyped:
    """What is typed about somebody. `password` is None where none is given or none was changed."""

    name: str
    login: str
    email: str
    password: str | None
    grants: tuple[Grant, ...]


class GrantRow(QWidget):
    """One role: which, where, from when until when."""

    changed = Signal()
    removed = Signal()

    def __init__(self, grant: Grant, places: Places) -> None:
        super().__init__()
        self._places = places
        self.role = Choice(_("Role"))
        self.role.offer([(role.value, staff_words.role(role)) for role in Role], grant.role.value)
        self.school = Choice(_("Where"))
        schools = [(scope.school_id, name) for scope, name in places.items() if scope.kind is ScopeKind.SCHOOL]
        self.school.offer([(None, _("The whole city")), *schools])
        self.school.choose(grant.scope.school_id)
        self.part = Choice(_("Class or group"))
        self.from_day = QLineEdit(grant.from_date.isoformat() if grant.from_date else "")
        self.to_day = QLineEdit(grant.to_date.isoformat() if grant.to_date else "")
        self._from_field = FormField(_("From"), self.from_day, optional=_("may stay empty"))
        self._to_field = FormField(_("Until"), self.to_day, optional=_("may stay empty"))
        self._help = Label("", "muted small", wrap=True)
        remove = IconButton("close", _("Remove this role"), self.removed.emit)
        first = row((FormField(_("Role"), self.role), 1), (FormField(_("Where"), self.school), 1), remove)
        second = row((FormField(_("Class or group"), self.part), 2), (self._from_field, 2), (self._to_field, 2))
        self.setLayout(row(quiet_box(first, self._help, second, spacing=8)))
        self._offer_parts(grant.scope)
        self.role.picked.connect(lambda _role: self._on_changed())
        self.school.picked.connect(lambda _school: self._on_school())
        self.part.picked.connect(lambda _part: self._on_changed())
        for line in (self.from_day, self.to_day):
            line.textEdited.connect(lambda _text: self._on_changed())
        self._show()

    def grant(self) -> Grant:
        return Grant(self._role(), self.scope(), _day(self.from_day.text()), _day(self.to_day.text()))

    def scope(self) -> Scope:
        part = self.part.value()
        if isinstance(part, Scope):
            return part
        school = self.school.value()
        return Scope(ScopeKind.SCHOOL, school) if isinstance(school, int) else CITY

    def _role(self) -> Role:
        return Role(str(self.role.value()))

    def is_readable(self) -> bool:
        return all(_is_day(line.text()) for line in (self.from_day, self.to_day))

    def _on_school(self) -> None:
        self._offer_parts(CITY)
        self._on_changed()

    def _offer_parts(self, chosen: Scope) -> None:
        school = self.school.value()
        name = self._places.get(Scope(ScopeKind.SCHOOL, school), "") if isinstance(school, int) else ""
        parts = [
            (scope, words.removeprefix(name).strip())
            for scope, words in self._places.items()
            if scope.school_id == school and scope.kind in {ScopeKind.HOMEROOM, ScopeKind.GROUP}
        ]
        self.part.offer([(None, _("Everything there")), *parts])
        self.part.choose(chosen if chosen.ref is not None else None)
        self.part.setEnabled(bool(parts))

    def _on_changed(self) -> None:
        self._show()
        self.changed.emit()

    def _show(self) -> None:
        self._help.setText(_(staff_words.ROLE_HELP[self._role()]))
        for field, line in ((self._from_field, self.from_day), (self._to_field, self.to_day)):
            text = line.text().strip()
            if not _is_day(text):
                field.show_error(_("This is no day; write it like 2027-03-31."))
            elif text:
                day = _day(text)
                field.show_understood(format_date(day) if day else "")
            else:
                field.clear()


class _PasswordField(LineField):
    """A password that somebody gets from somebody else."""

    def __init__(self, label: str) -> None:
        super().__init__(label, _("At least 8 characters. Tell it to them in person."))
        self.line.setEchoMode(QLineEdit.EchoMode.Password)

    def problem(self, login: str) -> str:
        """Why it will not do, for the bar; the field says so too."""
        name = self.line.accessibleName()
        if not self.text():
            self.clear()
            return _("Still to fill in: {fields}").format(fields=name)
        code = passwords.problem_with(self.text(), login)
        if code:
            self.show_error(field_problem(code))
            return _("Please correct: {fields}").format(fields=name)
        self.show_understood(_("This password will do."))
        return ""


class StaffDialog(FormDialog):
    """The form of a member of staff. A new one gets a first password here."""

    def __init__(self, member: StaffRow | None, places: Places, parent: QWidget | None = None) -> None:
        title = _("Add somebody") if member is None else _("Edit {name}").format(name=member.name)
        super().__init__(title, _("Add") if member is None else _("Save"), parent, height=640)
        self._member = member
        self._places = places
        self.rows: list[GrantRow] = []
        self.name = LineField(_("Name"), text=member.name if member else "")
        self.login = LineField(
            _("Login"), _("Small letters and figures; it stays for good."), text=member.login if member else ""
        )
        self.email = UnderstoodField(
            _("Email"), _understood_email, _("Notices to staff and copies go there. It may stay empty.")
        )
        self.email.line.setText(member.email if member else "")
        self.password = _PasswordField(_("First password"))
        self._grants = column(spacing=8)
        self._build()
        for grant in member.grants if member else (Grant(Role.APPROVER, CITY),):
            self._put(grant)
        self._show()

    @property
    def member(self) -> StaffRow | None:
        return self._member

    def typed(self) -> StaffTyped:
        password = self.password.text() or None
        return StaffTyped(self.name.text().strip(), self.login.text().strip(), self._email(), password, self.grants())

    def _email(self) -> str:
        text = self.email.text().strip()
        return _understood_email(text) if text and self.email.check() else text

    def grants(self) -> tuple[Grant, ...]:
        return tuple(each.grant() for each in self.rows)

    def show_version(self, member: StaffRow) -> None:
        """Take what was saved meanwhile."""
        self._member = member
        self.name.line.setText(member.name)
        self.email.line.setText(member.email)
        while self.rows:
            self._drop(self.rows[0])
        for grant in member.grants:
            self._put(grant)
        self._show()

    def take_version(self, member: StaffRow) -> None:
        """Save over that version."""
        self._member = member
        self._show()

    def add_role(self) -> None:
        self._put(Grant(Role.CLERK, CITY))
        self._on_changed()

    def _build(self) -> None:
        self.login.line.setReadOnly(self._member is not None)
        self.password.setVisible(self._member is None)
        add = Button(_("Add a role"), "", "plus", on_click=self.add_role)
        for widget in (
            widget_of(row((self.name, 1), (self.login, 1), spacing=16)),
            self.email,
            self.password,
            Label(_("Roles"), "bold"),
            widget_of(self._grants),
            widget_of(row(add, None)),
        ):
            self.body.addWidget(widget)
        for field in (self.name, self.login, self.email, self.password):
            field.line.textEdited.connect(lambda _text: self._on_changed())
        self.begin_at(self.name.line)

    def _put(self, grant: Grant) -> None:
        made = GrantRow(grant, self._places)
        made.changed.connect(self._on_changed)
        made.removed.connect(lambda: self._remove(made))
        self._grants.addWidget(made)
        self.rows.append(made)

    def _drop(self, each: GrantRow) -> None:
        self.rows.remove(each)
        each.hide()
        each.deleteLater()

    def _remove(self, each: GrantRow) -> None:
        self._drop(each)
        self._on_changed()

    def _on_changed(self) -> None:
        self.changed()
        self._show()

    def _show(self) -> None:
        self.allow_unless(self._blocked_by())

    def _blocked_by(self) -> str:
        missing = [field for field in (self.name, self.login) if not field.text().strip()]
        if missing:
            return _("Still to fill in: {fields}").format(fields=missing[0].editor.accessibleName())
        if not self.email.check():
            return _("Please correct: {fields}").format(fields=self.email.line.accessibleName())
        if self._member is None and (reason := self.password.problem(self.login.text())):
            return reason
        if not self.rows:
            return _("Give them at least one role")
        if not all(each.is_readable() for each in self.rows):
            return _("Please correct the days")
        return ""


class PasswordDialog(FormDialog):
    """A new password for somebody who has forgotten theirs."""

    def __init__(self, member: StaffRow, parent: QWidget | None = None) -> None:
        title = _("A new password for {name}").format(name=member.name)
        super().__init__(title, _("Set the password"), parent, width=480, height=300)
        self._member = member
        self.password = _PasswordField(_("New password"))
        self.password.line.textEdited.connect(lambda _text: self._show())
        self.body.addWidget(self.password)
        self.begin_at(self.password.line)
        self._show()

    def text(self) -> str:
        return self.password.text()

    def _show(self) -> None:
        self.allow_unless(self.password.problem(self._member.login))


def _understood_email(text: str) -> str:
    """As it will be kept. Raises ValueError in words."""
    try:
        return check_address(text)
    except AddressError as error:
        raise ValueError(field_problem("mail.syntax")) from error


def _day(text: str) -> date | None:
    try:
        return read_date(text) if text.strip() else None
    except DateError:
        return None


def _is_day(text: str) -> bool:
    return not text.strip() or _day(text) is not None
