"""What is asked before something is done to an account: a look at a document, a number, a reason."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.domain.accounts import AccountState
from desktop.domain.mobile_networks import mobile_sender
from desktop.domain.sms_accounts import LONGEST_NOTE, AccountDetail, AccountRow, DeskCheck, Document
from desktop.i18n import _
from desktop.ui.form_dialog import FormDialog
from desktop.ui.sms.account_state import phone_words
from desktop.ui.sms.reason_dialogs import ReasonDialog
from desktop.ui.widgets.bands import NoteBox
from desktop.ui.widgets.forms import Choice, FormField, LineField, UnderstoodField
from desktop.ui.widgets.pieces import column
from desktop.wording import sms_accounts as words


class CheckFields(QWidget):
    """Which document was shown, where, and a note; the place is where its reader was last."""

    changed = Signal()

    def __init__(self, place: str) -> None:
        super().__init__()
        self.document = Choice(_("Document"))
        self.document.offer([(kind, _(title)) for kind, title in words.DOCUMENTS.items()], Document.CCCD)
        self.place = LineField(_("Seen at"), _("The office or the counter at which you saw it"), text=place)
        self.note = LineField(_("Note"), _("No numbers of the document"), optional=_("may stay empty"))
        compared = _("Its digits are compared with the account’s, and kept nowhere.")
        self.id_number = LineField(_("ID on the document"), compared, optional=_("may stay empty"))
        document = FormField(_("Document"), self.document)
        self.setLayout(column(document, self.id_number, self.place, self.note, spacing=12))
        self.document.picked.connect(lambda _kind: self.changed.emit())
        for field in (self.id_number, self.place, self.note):
            field.line.textEdited.connect(lambda _text: self.changed.emit())

    def check(self) -> DeskCheck:
        kind = Document(str(self.document.value()))  # Qt keeps but the text of it
        return DeskCheck(kind, self.place.text().strip(), self.note.text().strip(), self.id_number.text())

    def problem(self) -> str:
        """Why it is not enough yet; "" where it is."""
        said = self.check()
        if not said.place:
            return _("Write where you saw the document")
        if said.document is Document.OTHER and not said.note:
            return _("Write in the note which document it was")
        return _("This is too long.") if max(len(said.place), len(said.note)) > LONGEST_NOTE else ""


class VerifyDialog(FormDialog):
    """Somebody stands at the counter with a document that shows name, date of birth and ID."""

    def __init__(self, detail: AccountDetail, facts: str, parent: QWidget | None) -> None:
        name = detail.row.name
        super().__init__(
            _("Verify {name}").format(name=name), _("I have seen the document"), parent, width=560, height=600
        )
        self.body.addWidget(NoteBox("info", _("Compare with the document: {facts}").format(facts=facts)))
        self.fields = CheckFields(detail.last_place)
        self.body.addWidget(self.fields)
        self.fields.changed.connect(self._on_typed)
        self.begin_at(self.fields.document)
        self.allow_unless(self.fields.problem())

    def _on_typed(self) -> None:
        self.changed()
        self.allow_unless(self.fields.problem())


class MoveDialog(FormDialog):
    """The new number in any writing; `number_typed` asks whose it is, `show_holder` says so."""

    number_typed = Signal(str)

    def __init__(self, detail: AccountDetail, parent: QWidget | None) -> None:
        title = _("Move {name} to another phone").format(name=detail.row.name)
        super().__init__(title, _("Move"), parent, width=560, height=720)
        note = _("{old} will be free again. A new password goes to the new phone; a password of their own ends.")
        self.body.addWidget(NoteBox("info", note.format(old=phone_words(detail.row.phone))))
        self._old = detail.row.phone
        self._holder = ""
        self.phone = UnderstoodField(
            _("New mobile number"), self._understood, _("A Vietnamese one, written in any way")
        )
        self.body.addWidget(self.phone)
        self.fields = CheckFields(detail.last_place)
        self.body.addWidget(self.fields)
        self.phone.line.textChanged.connect(lambda _text: self._on_number())
        self.fields.changed.connect(self._on_typed)
        self.begin_at(self.phone.line)
        self._allow()

    def number(self) -> str:
        return mobile_sender(self.phone.text()) or ""

    def show_holder(self, number: str, holder: AccountRow | None) -> None:
        """Whose the number is, if it still stands there."""
        if number != self.number():
            return
        self._holder = holder.name if holder else ""
        if holder is not None:
            self.phone.show_error(_("{name} logs in with this phone already.").format(name=holder.name))
        else:
            self.phone.show_understood(_("{phone} is free").format(phone=phone_words(number)))
        self._allow()

    def _understood(self, typed: str) -> str:
        number = mobile_sender(typed)
        if number is None:
            raise ValueError(_("This is no Vietnamese mobile number."))
        if number == self._old:
            raise ValueError(_("The account logs in with this phone already."))
        return phone_words(number)

    def _on_number(self) -> None:
        self._holder = ""
        self._on_typed()
        if self.number() and self.number() != self._old:
            self.number_typed.emit(self.number())

    def _on_typed(self) -> None:
        self.changed()
        self._allow()

    def _allow(self) -> None:
        number = self.number()
        if not number or number == self._old:
            self.block(_("Enter the new mobile number first"))
        elif self._holder:
            self.block(_("That number is not free"))
        else:
            self.allow_unless(self.fields.problem())


class ReissueDialog(FormDialog):
    """Says where the password goes, and what ends by it."""

    def __init__(self, detail: AccountDetail, parent: QWidget | None) -> None:
        phone = phone_words(detail.row.phone)
        title = _("Send {name} a new password?").format(name=detail.row.name)
        super().__init__(title, _("Send to {phone}").format(phone=phone), parent, width=520, height=320)
        self.body.addWidget(
            NoteBox("info", _("A new password goes to {phone}. Nobody here sees it.").format(phone=phone), "lock")
        )
        if detail.row.own_password_at is not None:
            ends = _("Their own password ends now, and whoever is logged in is logged out.")
            self.body.addWidget(NoteBox("warning", ends))
        else:
            self.body.addWidget(NoteBox("info", _("The former password ends now; they have 72 hours again.")))
        self.allow()


def lock_dialog(detail: AccountDetail, parent: QWidget | None) -> ReasonDialog:
    name = detail.row.name
    note = _("Nobody gets in with it until somebody unlocks it; whoever is logged in is logged out.")
    return ReasonDialog(_("Lock the account of {name}?").format(name=name), _("Lock"), note, parent)


def close_dialog(detail: AccountDetail, parent: QWidget | None) -> ReasonDialog:
    name = detail.row.name
    note = _(
        "There is no way back. Phone and ID are free again; what they had registered for children waits for its"
        " school as a withdrawal."
    )
    title = _("Close the account of {name}?").format(name=name)
    return ReasonDialog(title, _("Close {phone}").format(phone=phone_words(detail.row.phone)), note, parent)


def unlock_note(detail: AccountDetail) -> str:
    """What unlocking does, in words."""
    assert detail.row.state is AccountState.LOCKED
    if detail.row.own_password_at is not None:
        return _("They log in with their own password again.")
    return _("A new password goes to {phone}. Nobody here sees it.").format(phone=phone_words(detail.row.phone))


class UnlockDialog(FormDialog):
    def __init__(self, detail: AccountDetail, parent: QWidget | None) -> None:
        title = _("Unlock the account of {name}?").format(name=detail.row.name)
        super().__init__(title, _("Unlock"), parent, width=520, height=300)
        if detail.lock_note:
            self.body.addWidget(NoteBox("info", _("It was locked because: {reason}").format(reason=detail.lock_note)))
        self.body.addWidget(NoteBox("info", unlock_note(detail), "lock"))
        self.allow()
