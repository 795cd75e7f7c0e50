"""What is done about a message: each asks in a dialog for what it needs, does it, and says so."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from desktop.domain.errors import UserError
from desktop.domain.sms import Rule
from desktop.domain.sms_messages import MessageDetail, OpenReview, WholeMessage
from desktop.i18n import _
from desktop.ui.app_context import AppContext
from desktop.ui.checked_dialog import refuse, save
from desktop.ui.errors import words_for
from desktop.ui.form_dialog import FormDialog
from desktop.ui.sms.answer_dialog import AnswerDialog, PracticeDialog
from desktop.ui.sms.correct_dialog import CorrectDialog
from desktop.ui.sms.reason_dialogs import SettleDialog, block_dialog
from desktop.wording import sms as words


class MessageWork(QObject):
    done = Signal()
    """Something was done; the page looks anew."""

    def __init__(self, context: AppContext, parent: QWidget) -> None:
        super().__init__(parent)
        self._context = context
        self._page = parent
        self.dialog: FormDialog | None = None

    # Correcting

    def correct(self, detail: MessageDetail) -> None:
        """Read the whole text, which is recorded, and offer it."""
        context, actor = self._context, self._context.session.actor
        context.tasks.run(
            lambda: context.sms_messages.whole(actor, detail.row.id),
            lambda whole: self._offer(detail, whole),
            owner=self,
            failed=self._on_refused,
        )

    def _offer(self, detail: MessageDetail, whole: WholeMessage) -> None:
        dialog = CorrectDialog(self._context, detail.row.id, detail.row.sender, whole, self._page)
        self._open(dialog, lambda: self._process(dialog, detail.row.id))

    def _process(self, dialog: CorrectDialog, message_id: int) -> None:
        context, actor = self._context, self._context.session.actor
        text, version = dialog.text(), dialog.version

        def done(rule: Rule) -> None:
            dialog.saved()
            context.toasts.say(_("Processed again: {outcome}").format(outcome=_(words.OUTCOMES[rule])))
            self.done.emit()

        dialog.working()
        context.tasks.run(
            lambda: context.sms_messages.correct_and_process(actor, message_id, text, version),
            done,
            owner=dialog,
            failed=lambda error: refuse(context, dialog, error),
        )

    # Writing

    def write(self) -> None:
        """To any number."""
        self._answer("", None)

    def answer(self, detail: MessageDetail) -> None:
        self._answer(detail.row.sender, detail.row.id)

    def _answer(self, phone: str, message_id: int | None) -> None:
        dialog = AnswerDialog(phone, self._page)
        messages, actor = self._context.sms_messages, self._context.session.actor

        def send() -> None:
            number, text = dialog.number(), dialog.text()
            said = _("The text to {phone} is on its way").format(phone=number)
            self._save(dialog, lambda: messages.answer(actor, number, text, message_id), said)

        self._open(dialog, send)

    def practise(self) -> None:
        dialog = PracticeDialog(self._page)
        messages, actor = self._context.sms_messages, self._context.session.actor

        def send() -> None:
            phone, text = dialog.phone.text(), dialog.text()
            self._save(dialog, lambda: messages.practise(actor, phone, text), _("The message has come in"))

        self._open(dialog, send)

    # Blocking and settling

    def block(self, detail: MessageDetail) -> None:
        phone, message_id = detail.row.sender, detail.row.id
        dialog = block_dialog(phone, self._page)
        context, actor = self._context, self._context.session.actor

        def undo() -> None:
            self._do(lambda: context.sms_messages.unblock(actor, phone, message_id))

        def done(_nothing: object) -> None:
            context.toasts.undoable(_("{phone} is blocked").format(phone=phone), undo)
            self.done.emit()

        def block() -> None:
            reason = dialog.reason()
            said = _("{phone} is blocked").format(phone=phone)
            save(context, dialog, lambda: context.sms_messages.block(actor, phone, reason, message_id), said, done)

        self._open(dialog, block)

    def unblock(self, detail: MessageDetail) -> None:
        messages, actor = self._context.sms_messages, self._context.session.actor
        self._do(lambda: messages.unblock(actor, detail.row.sender, detail.row.id))

    def settle(self, review: OpenReview) -> None:
        dialog = SettleDialog(review, self._page)
        messages, actor = self._context.sms_messages, self._context.session.actor

        def settle() -> None:
            note = dialog.note()
            self._save(dialog, lambda: messages.settle(actor, review.id, note), _("Settled"))

        self._open(dialog, settle)

    # How

    def _open(self, dialog: FormDialog, on_save: Callable[[], object]) -> None:
        self.dialog = dialog
        dialog.save_asked.connect(on_save)
        dialog.open()

    def _save(self, dialog: FormDialog, work: Callable[[], object], said: str) -> None:
        save(self._context, dialog, work, said, lambda _result: self.done.emit())

    def _do(self, work: Callable[[], object]) -> None:
        self._context.tasks.run(work, lambda _done: self.done.emit(), owner=self, failed=self._on_refused)

    def _on_refused(self, error: Exception) -> None:
        if isinstance(error, UserError):
            self._context.toasts.warn(words_for(error, self._context.clock().tzinfo))
            self.done.emit()
        else:
            self._context.tasks.report(self, error)
