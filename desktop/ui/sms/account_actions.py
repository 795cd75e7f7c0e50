"""What can be done about the account in view, each with its key."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QSizePolicy

from desktop.domain.accounts import AccountState
from desktop.domain.sms_accounts import AccountDetail
from desktop.i18n import _
from desktop.ui.widgets.pieces import Button, Label, column
from desktop.ui.widgets.tags import flow

VERIFY, REISSUE, MOVE, LOCK, CLOSE = "Alt+V", "Alt+R", "Alt+P", "Alt+K", "Alt+X"


class AccountActions(QFrame):
    """Only for those who steer; what cannot be done says why not. `asked` names the action."""

    asked = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("actionBar")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.verify = Button(_("Verify…"), "primary", "shield", shortcut=VERIFY)
        self.reissue = Button(_("New password…"), "big", "refresh", shortcut=REISSUE)
        self.move_phone = Button(_("New phone…"), "big", "phone", shortcut=MOVE)
        self.lock = Button(_("Lock…"), "", "lock", shortcut=LOCK)
        self.close_account = Button(_("Close…"), "danger", "close-circle", shortcut=CLOSE)
        self._doing = {
            self.verify: "verify",
            self.reissue: "reissue",
            self.move_phone: "move",
            self.lock: "lock",
            self.close_account: "close",
        }
        for button in self._doing:
            button.clicked.connect(lambda _checked=False, button=button: self.asked.emit(self._doing[button]))
        self._reason = Label("", "muted small", wrap=True)
        self.setLayout(column(self._reason, flow(*self._doing, spacing=8), spacing=6, margin=(16, 10, 16, 12)))

    def buttons(self) -> tuple[Button, ...]:
        return tuple(self._doing)

    def offer(self, detail: AccountDetail) -> None:
        state = detail.row.state
        is_open, is_active = state is not AccountState.CLOSED, state is AccountState.ACTIVE
        is_locked = state is AccountState.LOCKED
        self._name(self.verify, "take_back" if detail.verified else "verify")
        self._name(self.lock, "unlock" if is_locked else "lock")
        for button, allowed in (
            (self.verify, is_open),
            (self.reissue, is_active),
            (self.move_phone, is_active),
            (self.lock, is_open),
            (self.close_account, is_open),
        ):
            button.setEnabled(allowed)
        reason = ""
        if not is_open:
            reason = _("This account is closed: nothing can be done with it any more.")
        elif is_locked:
            reason = _("Locked: unlock it before it can move or get a new password.")
        self._reason.setText(reason)
        self._reason.setVisible(bool(reason))
        for button in self._doing:
            button.setAccessibleDescription("" if button.isEnabled() else reason)

    def _name(self, button: Button, doing: str) -> None:
        self._doing[button] = doing
        said = {
            "verify": _("Verify…"),
            "take_back": _("Take back verification"),
            "lock": _("Lock…"),
            "unlock": _("Unlock…"),
        }
        if button.words() != said[doing]:
            button.set_words(said[doing])
