"""Small dialogs that ask for a reason or a note: blocking a number, settling a review."""

from PySide6.QtWidgets import QPlainTextEdit, QWidget

from desktop.domain.sms_messages import OpenReview
from desktop.i18n import _
from desktop.ui.form_dialog import FormDialog
from desktop.ui.sms.state import review_words
from desktop.ui.widgets.bands import NoteBox
from desktop.ui.widgets.forms import FormField, LineField

LONGEST_REASON = 200
LONGEST_NOTE = 1000


class BlockDialog(FormDialog):
    """A blocked number costs its owner as before, but is neither read nor answered."""

    def __init__(self, phone: str, parent: QWidget | None) -> None:
        super().__init__(
            _("Block {phone}?").format(phone=phone),
            _("Block {phone}").format(phone=phone),
            parent,
            width=520,
            height=320,
        )
        note = _(
            "What comes from this number will be kept, but neither read nor answered. You can unblock it any time."
        )
        self.body.addWidget(NoteBox("warning", note))
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
        too_long = len(self.reason()) > LONGEST_REASON
        self.allow_unless(_("This is too long.") if too_long else "" if self.reason() else _("Write the reason first"))


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
