"""What can be done about the message in view, each with its key."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QMenu, QSizePolicy

from desktop.domain.mobile_networks import mobile_sender
from desktop.domain.sms_messages import MessageDetail
from desktop.i18n import _
from desktop.ui.sms import state
from desktop.ui.widgets.pieces import Button, Label, column
from desktop.ui.widgets.tags import flow

CORRECT, ANSWER, BLOCK = "Alt+R", "Alt+A", "Alt+B"


class MessageActions(QFrame):
    """Correct and block are only for those who steer; what cannot be done says why not."""

    correct_asked = Signal()
    answer_asked = Signal()
    block_asked = Signal()

    def __init__(self, *, may_steer: bool) -> None:
        super().__init__()
        self.setObjectName("actionBar")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.block = Button(_("Block…"), "big", "stop-circle", shortcut=BLOCK)
        self.answer = Button(_("Answer by hand…"), "big", "message", shortcut=ANSWER)
        self.correct = Button(_("Correct…"), "primary", "edit", shortcut=CORRECT)
        for button, asked in (
            (self.block, self.block_asked),
            (self.answer, self.answer_asked),
            (self.correct, self.correct_asked),
        ):
            button.clicked.connect(lambda _checked=False, asked=asked: asked.emit())
        self._may_steer = may_steer
        self._reason = Label("", "muted small", wrap=True)
        buttons = flow(*((self.correct, self.answer, self.block) if may_steer else (self.answer,)), spacing=8)
        self.setLayout(column(self._reason, buttons, spacing=6, margin=(16, 10, 16, 10)))

    def offer(self, detail: MessageDetail) -> None:
        reasons = []
        correctable = state.may_correct(detail.row) and detail.text is not None
        self.correct.setEnabled(correctable)
        if not correctable and self._may_steer:
            reasons.append(_("A password came of it, so it cannot be processed again."))
        reachable = mobile_sender(detail.row.sender) is not None
        self.answer.setEnabled(reachable)
        if not reachable:
            reasons.append(_("No text can be sent to this sender."))
        self.block.setEnabled(detail.blocked is None)
        self._reason.setText(" ".join(reasons))
        self._reason.setVisible(bool(reasons))

    def fill_menu(self, menu: QMenu) -> None:
        """The same in the list's row menu, with the keys."""
        offered = (self.correct, self.answer, self.block) if self._may_steer else (self.answer,)
        for button in offered:
            action = menu.addAction(button.words(), button.click)
            action.setEnabled(button.isEnabled())
            action.setShortcut(button.shortcut())
            action.setShortcutVisibleInContextMenu(True)
