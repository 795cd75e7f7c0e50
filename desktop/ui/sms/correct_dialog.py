"""Correcting a message and having it processed again."""

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from desktop.domain.errors import UserError
from desktop.domain.sms import Rule
from desktop.domain.sms_messages import WholeMessage
from desktop.domain.sms_reading import read
from desktop.i18n import _
from desktop.ui.app_context import AppContext
from desktop.ui.errors import words_for
from desktop.ui.form_dialog import FormDialog
from desktop.ui.sms import state
from desktop.ui.sms.trace_table import TraceTable
from desktop.ui.widgets.bands import NoteBox
from desktop.ui.widgets.forms import FormField
from desktop.ui.widgets.pieces import Label, column, refill

LONGEST = 2000
_PAUSE_MS = 150


class CorrectDialog(FormDialog):
    """Shows the whole text. Below it, as one types, how it is read and what saving will do."""

    def __init__(
        self, context: AppContext, message_id: int, sender: str, whole: WholeMessage, parent: QWidget | None
    ) -> None:
        title = _("Correct the message from {sender}").format(sender=sender)
        super().__init__(title, _("Process again"), parent, width=680, height=640)
        self._context = context
        self._message_id = message_id
        self.version = whole.version
        self.editor = QPlainTextEdit(whole.text)
        self.editor.setTabChangesFocus(True)
        self.editor.setFixedHeight(self.editor.fontMetrics().lineSpacing() * 4 + 16)
        help_text = _("The form is TK, name, ID, date of birth. That you read the whole text is recorded.")
        self.body.addWidget(FormField(_("Text"), self.editor, help_text))
        self.body.addWidget(Label(_("How it is read now"), "bold"))
        self.trace = TraceTable()
        self.body.addWidget(self.trace)
        self._note_place = column(spacing=0)
        self.body.addLayout(self._note_place)
        self.note: NoteBox | None = None
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self._foresee)
        self.editor.textChanged.connect(self._on_typed)
        self.begin_at(self.editor)
        self._show_reading()
        self._foresee()

    def text(self) -> str:
        return self.editor.toPlainText()

    def _on_typed(self) -> None:
        self.changed()
        self._show_reading()
        self.block(_("Reading…"))
        self._pause.start()

    def _show_reading(self) -> None:
        self.trace.show_lines(state.trace(read(self.text(), self._context.session.today).fields))

    def _foresee(self) -> None:
        """Ask by which rule it would be decided now."""
        if len(self.text()) > LONGEST:
            self.block(_("This is too long."))
            return
        context, text = self._context, self.text()
        actor = context.session.actor
        context.tasks.run(
            lambda: context.sms_messages.foresee(actor, self._message_id, text),
            self._show_foreseen,
            owner=self,
            lane="foresee",
            failed=self._on_failed,
        )

    def _show_foreseen(self, rule: Rule) -> None:
        kind, words = state.foreseen(rule)
        self._show_note(kind, words)
        self.allow()

    def _on_failed(self, error: Exception) -> None:
        self._show_note("danger", words_for(error))
        if isinstance(error, UserError) and error.code != "sms.made_account":
            self.allow()
        else:
            self.block(_("It cannot be processed again"))

    def _show_note(self, kind: str, words: str) -> None:
        self.note = NoteBox(kind, words)
        refill(self._note_place, self.note)
