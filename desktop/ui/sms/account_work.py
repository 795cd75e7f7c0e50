"""What is done about an account: each asks in a dialog for what it needs, does it, and says so."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from desktop.domain.errors import UserError
from desktop.domain.sms import Rule
from desktop.domain.sms_accounts import AccountDetail, Conflict, Seen
from desktop.domain.staff import Actor, Verb
from desktop.i18n import _, format_date
from desktop.ui.app_context import AppContext
from desktop.ui.checked_dialog import save
from desktop.ui.errors import words_for
from desktop.ui.form_dialog import FormDialog
from desktop.ui.sms import account_dialogs as dialogs
from desktop.ui.sms.account_state import phone_words
from desktop.ui.sms.conflict_dialog import MOVE, REPLACE, ConflictDialog, times
from desktop.wording import sms as sms_words


class AccountWork(QObject):
    done = Signal()
    """Something was done, or somebody else was quicker; the page looks anew."""

    def __init__(self, context: AppContext, parent: QWidget) -> None:
        super().__init__(parent)
        self._context = context
        self._accounts = context.sms_accounts
        self._page = parent
        self.dialog: FormDialog | None = None

    def act(self, doing: str, detail: AccountDetail) -> None:
        """`doing` as AccountActions names it."""
        {
            "verify": self.verify,
            "take_back": self.take_back,
            "reissue": self.reissue,
            "move": self.move,
            "lock": self.lock,
            "unlock": self.unlock,
            "close": self.close,
        }[doing](detail)

    def verify(self, detail: AccountDetail) -> None:
        facts = " · ".join((detail.row.name, format_date(detail.birth_date), detail.id_shown))
        dialog = dialogs.VerifyDialog(detail, facts, self._page)
        actor, account_id = self._actor, detail.row.id
        said = _("{name} is verified").format(name=detail.row.name)

        def undo(after: Seen) -> None:
            self._do(lambda: self._accounts.take_back_verification(actor, account_id, after))

        def work() -> Seen:
            return self._accounts.verify(actor, account_id, detail.seen, dialog.fields.check())

        self._open(dialog, lambda: self._save(dialog, work, said, undo))

    def take_back(self, detail: AccountDetail) -> None:
        actor, name = self._actor, detail.row.name

        def work() -> Seen:
            return self._accounts.take_back_verification(actor, detail.row.id, detail.seen)

        self._do(work, _("{name} is not verified any more").format(name=name))

    def reissue(self, detail: AccountDetail) -> None:
        dialog = dialogs.ReissueDialog(detail, self._page)
        actor = self._actor
        said = _("A new password is on its way to {phone}").format(phone=phone_words(detail.row.phone))
        work = lambda: self._accounts.reissue(actor, detail.row.id, detail.seen)  # noqa: E731 - one call
        self._open(dialog, lambda: self._save(dialog, work, said))

    def move(self, detail: AccountDetail) -> None:
        dialog = dialogs.MoveDialog(detail, self._page)
        actor = self._actor

        def ask(number: str) -> None:
            self._context.tasks.run(
                lambda: self._accounts.holder_of(actor, number),
                lambda holder: dialog.show_holder(number, holder),
                owner=dialog,
                lane="holder",
            )

        def move() -> None:
            number, check = dialog.number(), dialog.fields.check()
            said = _("{name} logs in with {phone} now").format(name=detail.row.name, phone=phone_words(number))
            self._save(dialog, lambda: self._accounts.move(actor, detail.row.id, detail.seen, number, check), said)

        dialog.number_typed.connect(ask)
        self._open(dialog, move)

    def lock(self, detail: AccountDetail) -> None:
        dialog = dialogs.lock_dialog(detail, self._page)
        actor, account_id = self._actor, detail.row.id
        said = _("The account of {name} is locked").format(name=detail.row.name)

        def undo(after: Seen) -> None:
            self._do(lambda: self._accounts.unlock(actor, account_id, after))

        def work() -> Seen:
            return self._accounts.lock(actor, account_id, detail.seen, dialog.reason())

        self._open(dialog, lambda: self._save(dialog, work, said, undo))

    def unlock(self, detail: AccountDetail) -> None:
        dialog = dialogs.UnlockDialog(detail, self._page)
        actor = self._actor
        said = _("The account of {name} is unlocked").format(name=detail.row.name)
        work = lambda: self._accounts.unlock(actor, detail.row.id, detail.seen)  # noqa: E731 - one call
        self._open(dialog, lambda: self._save(dialog, work, said))

    def close(self, detail: AccountDetail) -> None:
        dialog = dialogs.close_dialog(detail, self._page)
        actor = self._actor
        said = _("The account of {name} is closed").format(name=detail.row.name)

        def work() -> None:
            self._accounts.close(actor, detail.row.id, detail.seen, dialog.reason())

        self._open(dialog, lambda: self._save(dialog, work, said))

    # Conflicts

    def compare(self, review_id: int) -> None:
        actor = self._actor
        self._context.tasks.run(
            lambda: self._context.sms_conflicts.conflict(actor, review_id),
            self._show_sides,
            owner=self,
            failed=self._on_refused,
        )

    def _show_sides(self, conflict: Conflict) -> None:
        may_steer = self._context.session.may(Verb.STEER_SMS)
        when = times(conflict, self._context.clock())
        dialog = ConflictDialog(conflict, when, self._page, may_steer=may_steer)
        self._open(dialog, lambda: self._decide(dialog))

    def _decide(self, dialog: ConflictDialog) -> None:
        actor, conflicts, conflict = self._actor, self._context.sms_conflicts, dialog.conflict
        review_id, seen = conflict.row.review_id, conflict.seen
        reason, check = dialog.reason.text().strip(), dialog.check.check()

        def replaced(rule: Rule) -> None:
            self._context.toasts.say(_("Processed again: {outcome}").format(outcome=_(sms_words.OUTCOMES[rule])))
            self.done.emit()

        if dialog.decision() == REPLACE:
            said = _("The account of {name} is closed").format(name=conflict.row.name)
            save(self._context, dialog, lambda: conflicts.replace(actor, review_id, seen, reason), said, replaced)
        elif dialog.decision() == MOVE:
            phone = phone_words(conflict.row.other_phone)
            said = _("{name} logs in with {phone} now").format(name=conflict.row.name, phone=phone)
            self._save(dialog, lambda: conflicts.move(actor, review_id, seen, check), said)
        else:
            self._save(dialog, lambda: conflicts.keep(actor, review_id, reason), _("Settled"))

    # How

    @property
    def _actor(self) -> Actor:
        return self._context.session.actor

    def _open(self, dialog: FormDialog, on_save: Callable[[], object]) -> None:
        self.dialog = dialog
        dialog.save_asked.connect(on_save)
        dialog.open()

    def _save(
        self,
        dialog: FormDialog,
        work: Callable[[], Seen | None],
        said: str,
        undo: Callable[[Seen], None] | None = None,
    ) -> None:
        def then(after: Seen | None) -> None:
            if undo is not None and after is not None:
                self._context.toasts.undoable(said, lambda: undo(after))
            self.done.emit()

        save(self._context, dialog, work, said, then)

    def _do(self, work: Callable[[], object], said: str = "") -> None:
        def done(_result: object) -> None:
            if said:
                self._context.toasts.say(said)
            self.done.emit()

        self._context.tasks.run(work, done, owner=self, failed=self._on_refused)

    def _on_refused(self, error: Exception) -> None:
        if isinstance(error, UserError):
            self._context.toasts.warn(words_for(error, self._context.clock().tzinfo))
            self.done.emit()
        else:
            self._context.tasks.report(self, error)
