"""Small dialogs that ask for a reason or a note: locking, closing, blocking a number, settling a review."""

from PySide6.QtWidgets import QPlainTextEdit, QWidget

from desktop.domain.sms import LONGEST_REASON
from desktop.domain.sms_messages import OpenReview
from desktop.i18n import _
from desktop.ui.form_dialog import FormDialog
from desktop.ui.sms.state import review_words
from desktop.ui.widgets.bands import NoteBox
from desktop.ui.widgets.forms import FormField, LineField

LONGEST_NOTE = 1000


class ReasonDialog(FormDialog):
    """Locking, closing and blocking want a reason, for whoever looks at it later."""

    def __init__(self, title: str, button: str, note: str, parent: QWidget | None, *, kind: str = "warning") -> None:
        super().__init__(title, button, parent, width=520, height=340)
        self.body.addWidget(NoteBox(kind, note))
        self.field = LineField(_("Reason"), _("For colleagues; the citizen does not see it."))
        self.body.addWidget(self.field)
        self.field.line.textChanged.connect(lambda _text: self._on_typed())
        self.begin_at(self.field.line)
        self._check()

    def reason(self) -> str:
        return self.field.text().strip()

    def _on_typed(self) -> None:
        self.changed()
        self._check()

    def _check(self) -> None:
        self.allow_unless(reason_problem(self.reason()))


def reason_problem(reason: str) -> str:
    if not reason:
        return _("Write the reason first")
    return _("This is too long.") if len(reason) > LONGEST_REASON else ""


def block_dialog(phone: str, parent: QWidget | None) -> ReasonDialog:
    """A blocked number costs its owner as before, but is neither read nor answered."""
    note = _("What comes from this number will be kept, but neither read nor answered. You can unblock it any time.")
    return ReasonDialog(_("Block {phone}?").format(phone=phone), _("Block {phone}").format(phone=phone), note, parent)


class SettleDialog(FormDialog):
    """Somebody has looked at it, and says in a note what came of that; the note may be empty."""

    def __init__(self, review: OpenReview, parent: QWidget | None) -> None:
        super().__init__(_("Settle this?"), _("Settle"), parent, width=520, height=360)
        self.body.addWidget(NoteBox("info", review_words(review)))
        self.editor = QPlainTextEdit()
        self.editor.setTabChangesFocus(True)
        self.body.addWidget(
            FormField(_("Note"), self.editor, _("What you found out or did."), optional=_("may stay empty")), 1
        )
        self.editor.textChanged.connect(self._on_typed)
        self.begin_at(self.editor)
        self.allow()

    def note(self) -> str:
        return self.editor.toPlainText().strip()

    def _on_typed(self) -> None:
        self.changed()
        self.allow_unless(_("This is too long.") if len(self.note()) > LONGEST_NOTE else "")
