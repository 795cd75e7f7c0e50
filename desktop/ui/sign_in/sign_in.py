"""Signing in with login and password."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QWidget

from desktop.domain.errors import UserError
from desktop.domain.staff import Actor
from desktop.i18n import _
from desktop.ui.app_context import AppContext
from desktop.ui.errors import words_for
from desktop.ui.widgets.bands import NoteBox
from desktop.ui.widgets.forms import FormField
from desktop.ui.widgets.pieces import Button, Label, column, row
from desktop.wording.errors import word

_MARGIN = 24


class SignInView(QFrame):
    """Two fields and a button. What was wrong is said above them, and the password has to be typed anew."""

    signed_in = Signal(object)
    """The actor."""

    def __init__(self, context: AppContext, why: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self._context = context
        self._busy = False
        self.login = QLineEdit()
        self.password = QLineEdit()
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.problem = NoteBox("danger", why)
        self.problem.setVisible(bool(why))
        self.button = Button(_("Sign in"), "primary", on_click=self.sign_in)
        self.setLayout(
            column(
                Label(_("Sign in"), "cardTitle"),
                self.problem,
                FormField(_("Login"), self.login),
                FormField(_("Password"), self.password),
                4,
                row(None, self.button),
                Label(_("Forgotten? An administrator can give you a new password."), "muted small", wrap=True),
                margin=_MARGIN,
                spacing=12,
            )
        )
        for line in (self.login, self.password):
            line.textEdited.connect(lambda _text: self._show())
        self.login.returnPressed.connect(self.password.setFocus)
        self.password.returnPressed.connect(self.sign_in)
        self._show()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.setFocusProxy(self.password if self.login.text() else self.login)
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_problem()

    def sign_in(self) -> None:
        if not self.button.isEnabled():
            return
        context, login, password = self._context, self.login.text(), self.password.text()
        self._busy = True
        self._show()
        context.tasks.run(
            lambda: context.staff.sign_in(login, password), self._welcome, owner=self, failed=self._refused
        )

    def _welcome(self, actor: Actor) -> None:
        self._busy = False
        self.problem.hide()
        self.password.clear()
        self._show()
        self.signed_in.emit(actor)

    def _refused(self, error: Exception) -> None:
        self._busy = False
        if isinstance(error, UserError):
            self.problem.set_words(str(word(error, self._context.clock().tzinfo)))
        else:
            self.problem.set_words(words_for(error))
            self._context.tasks.report(self, error)
        self._fit_problem()
        self.problem.show()
        self.password.clear()
        self.password.setFocus(Qt.FocusReason.OtherFocusReason)
        self._show()

    def _show(self) -> None:
        filled = bool(self.login.text().strip() and self.password.text())
        self.button.setEnabled(filled and not self._busy)
        self.button.set_words(_("Signing in…") if self._busy else _("Sign in"))

    def _fit_problem(self) -> None:
        """All lines of the note: in a card as tall as its content Qt would give it the height of fewer."""
        self.problem.setMinimumHeight(max(0, self.problem.heightForWidth(self.width() - 2 * _MARGIN)))
