"""Approving a notice: another person signs in at the same computer, sees what it is, and decides."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QDialog, QLineEdit, QPlainTextEdit, QWidget

from desktop.domain.errors import UserError
from desktop.domain.reports import AudiencePreview, NoticeDetails
from desktop.domain.staff import Actor, Verb, may, school_scope
from desktop.i18n import _, current_language, format_when
from desktop.ui.app_context import AppContext
from desktop.ui.audience_list import AudienceList
from desktop.ui.audience_numbers import AudienceNumbers
from desktop.ui.notice.before import facts
from desktop.ui.notice.parts import TextTabs
from desktop.ui.notice.state import approve_words, language_order, title_of
from desktop.ui.theme import px, restyle
from desktop.ui.widgets.bands import NoteBox
from desktop.ui.widgets.beside import Beside, fit
from desktop.ui.widgets.forms import FormField
from desktop.ui.widgets.pieces import (
    Button,
    IconLabel,
    Label,
    column,
    hline,
    named_frame,
    quiet_box,
    row,
    scroll,
    widget_of,
)
from desktop.ui.widgets.values import KeyValueGrid
from desktop.wording.errors import word


class SignInPanel(QWidget):
    """Who decides. The one at the desk stays signed in."""

    signed_in = Signal(object)

    def __init__(self, app: AppContext) -> None:
        super().__init__()
        self._context = app
        self.login, self.password = QLineEdit(), QLineEdit()
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self._password_field = FormField(_("Password"), self.password)
        self.button = Button(_("Sign in to approve"), "", "key", on_click=self._sign_in)
        self.login.returnPressed.connect(self.password.setFocus)
        self.password.returnPressed.connect(self._sign_in)
        why = Label(
            _("Another person approves it here with their own password. You stay signed in."), "muted minor", wrap=True
        )
        fields = Beside(
            (FormField(_("Login"), self.login), 1), (self._password_field, 1), (self._lifted(), 0), narrow=500
        )
        self.setLayout(column(why, fields, spacing=8))
        self.setFocusProxy(self.login)

    def _lifted(self) -> QWidget:
        """The button stands beside the fields, not beside their labels."""
        return widget_of(column(Label(" ", "minor"), self.button, None, spacing=4))

    def _sign_in(self) -> None:
        login, password = self.login.text().strip(), self.password.text()
        if not login or not password:
            (self.password if login else self.login).setFocus()
            return
        self.button.setEnabled(False)
        context = self._context
        context.tasks.run(
            lambda: context.staff.sign_in(login, password), self._welcome, owner=self, failed=self._refused
        )

    def _welcome(self, actor: Actor) -> None:
        self.button.setEnabled(True)
        self.password.clear()
        self._password_field.clear()
        self.signed_in.emit(actor)

    def _refused(self, error: Exception) -> None:
        self.button.setEnabled(True)
        if not isinstance(error, UserError):
            self._context.tasks.report(self, error)
            return
        self.refuse(str(word(error, self._context.clock().tzinfo)))

    def refuse(self, words: str) -> None:
        """Say why this person cannot decide here."""
        self._password_field.show_error(words)
        self.password.selectAll()
        self.password.setFocus()


class ApprovalDialog(QDialog):
    """Texts, numbers and names of a submitted notice, and the decision about it."""

    decided = Signal(str)
    """It was decided: what to tell the one at the desk."""

    def __init__(self, app: AppContext, details: NoticeDetails, *, own: bool, parent: QWidget) -> None:
        """`own`: the one at the desk may approve it and needs no second log-in."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_("Approve"))
        self._context = app
        self._details = details
        self._approver: Actor | None = app.session.actor if own else None
        self._build(details)
        self._show_who()
        self._load_preview()

    # Building

    def _build(self, details: NoticeDetails) -> None:
        texts = TextTabs()
        texts.show_texts(dict(details.draft.texts), language_order(details, current_language()))
        grid = KeyValueGrid(facts(details, self._context.clock())[:-1])
        self._numbers = AudienceNumbers(self._show_list)
        side = widget_of(column(self._numbers, hline(), grid, None, spacing=12))
        side.setMinimumWidth(px(340))
        content = widget_of(column(Beside((texts, 1), (side, 0)), margin=(24, 0, 24, 12)))
        title = Label(title_of(details), "pageTitle", wrap=True)
        marks = [IconLabel("emergency", "danger", 24, _("Emergency"))] if details.urgent else []
        head = row(*marks, (title, 1), margin=(24, 20, 24, 8))
        self.setLayout(column(head, (scroll(content), 1), self._decision(details), spacing=0))
        self.setAccessibleName(_("Approve “{title}”").format(title=title_of(details)))
        fit(self, 960, 700)

    def _decision(self, details: NoticeDetails) -> QWidget:
        self.sign_in = SignInPanel(self._context)
        self.sign_in.signed_in.connect(self._on_signed_in)
        self._who = Label("", "bold")
        self._problem = NoteBox("danger", "")
        self._problem.hide()
        self.at_once = QCheckBox(_("Send at once, without the time to take it back"))
        self.back = Button(_("Send back…"), "big", "undo", on_click=lambda: self._ask_reason("back"))
        self.alone = Button(
            _("Send without a second person…"), "danger", "shield", on_click=lambda: self._ask_reason("alone")
        )
        self.approve = Button(_("Approve"), "primary", "check", shortcut="Ctrl+Return", on_click=self._approve)
        self.cancel = Button(_("Close"), "big", on_click=self.reject)
        self._reason = self._reason_box()
        others = widget_of(row(None, self.cancel, self.back, self.approve))
        buttons = Beside((self.alone, 0), (others, 1))
        parts = column(
            self.sign_in, self._who, self._problem, self._reason, self.at_once, buttons, margin=(24, 12, 24, 16)
        )
        return named_frame("actionBar", parts)

    def _reason_box(self) -> QWidget:
        self.reason = QPlainTextEdit()
        self.reason.setTabChangesFocus(True)
        self.reason.setFixedHeight(px(64))
        self._reason_field = FormField(_("Reason"), self.reason)
        self.with_reason = Button("", "big", on_click=self._decide_with_reason)
        self.with_reason.setEnabled(False)
        self.reason.textChanged.connect(lambda: self.with_reason.setEnabled(bool(self.reason.toPlainText().strip())))
        self._mode = ""
        box = quiet_box(self._reason_field, row(None, self.with_reason), spacing=8)
        box.hide()
        return box

    # Who decides

    def _show_who(self) -> None:
        """Before anybody may decide, one signs in; then the buttons stand there."""
        approver, details, context = self._approver, self._details, self._context
        known = approver is not None
        self.sign_in.setVisible(not known)
        self._who.setVisible(known)
        for button in (self.back, self.approve):
            button.setVisible(known)
        self.at_once.setVisible(known and not details.urgent and details.draft.send_at is None)
        if approver is not None:
            self._who.setText(_("{name} decides").format(name=approver.label))
            self.approve.setFocus()
        else:
            self.sign_in.login.setFocus()
        scope = school_scope(details.draft.school_id)
        may_alone = may(context.session.actor, Verb.RELEASE_ALONE, scope, context.session.today)
        self.alone.setVisible(not known and details.urgent and may_alone)

    def _on_signed_in(self, actor: Actor) -> None:
        context, notice_id = self._context, self._details.id

        def ask() -> tuple[bool, NoticeDetails]:
            return context.approvals.may_approve(actor, notice_id), context.notices.get(actor, notice_id)

        context.tasks.run(
            ask, lambda found: self._take_approver(actor, *found), owner=self, failed=self._failed, lane="who"
        )

    def _take_approver(self, actor: Actor, allowed: bool, details: NoticeDetails) -> None:
        if details.version != self._details.version:
            self._show_problem(_("The notice was changed meanwhile. Close this and look at it again."))
            return
        if not allowed:
            own = actor.staff_id == self._context.session.actor.staff_id
            self.sign_in.refuse(
                _("Whoever wrote it or asked for approval cannot approve it. Another person must.")
                if own or actor.staff_id == details.author_id
                else _("{name} cannot approve this notice: the role, or having worked on it, forbids it.").format(
                    name=actor.label
                )
            )
            return
        self._details = details
        self._approver = actor
        self._show_who()
        self._load_preview()

    # What is decided about

    def _load_preview(self) -> None:
        context, draft = self._context, self._details.draft
        actor = self._approver or context.session.actor
        context.tasks.run(
            lambda: context.audiences.preview(actor, draft), self._take_preview, owner=self, failed=self._failed,
            lane="preview",
        )  # fmt: skip

    def _take_preview(self, preview: AudiencePreview) -> None:
        self._numbers.show_preview(preview)
        self.approve.set_words(approve_words(preview))

    def _show_list(self, *, unreached: bool) -> None:
        AudienceList(self._context, self._details.draft, unreached=unreached, parent=self).open()

    # Deciding

    def _approve(self) -> None:
        approver, details, context = self._approver, self._details, self._context
        if approver is None:
            return
        now = self.at_once.isVisible() and self.at_once.isChecked()
        self._run(
            lambda: context.approvals.approve(approver, details.id, now=now, seen=details.binding),
            lambda due_at: self._end(
                _("{name} approved “{title}”. It goes out {when}.").format(
                    name=approver.label, title=title_of(details), when=format_when(due_at, context.clock())
                )
            ),
        )

    def _ask_reason(self, mode: str) -> None:
        self._mode = mode
        alone = mode == "alone"
        self._reason_field.set_label(
            _("Why it goes out without a second person") if alone else _("What should be changed")
        )
        self._reason_field.set_help(
            _("Somebody else must look at it afterwards; it stays on their Today page until then.") if alone else ""
        )
        self.with_reason.set_words(_("Send now, alone") if alone else _("Send back"))
        self.with_reason.setProperty("kind", "dangerPrimary" if alone else "primary")
        restyle(self.with_reason)
        self._reason.show()
        self.reason.setFocus()

    def _decide_with_reason(self) -> None:
        context, details, reason = self._context, self._details, self.reason.toPlainText().strip()
        title = title_of(details)
        if self._mode == "alone":
            actor = context.session.actor
            self._run(
                lambda: context.approvals.release_alone(actor, details.id, reason),
                lambda _due: self._end(_("“{title}” goes out now. Somebody must look at it afterwards.").format(
                    title=title)),
            )  # fmt: skip
        elif self._approver is not None:
            approver = self._approver
            self._run(
                lambda: context.approvals.send_back(approver, details.id, reason),
                lambda _nothing: self._end(_("“{title}” was sent back.").format(title=title)),
            )

    def _run(self, work: object, done: object) -> None:
        for button in (self.approve, self.with_reason):
            button.setEnabled(False)
        self._problem.hide()
        self._context.tasks.run(work, done, owner=self, failed=self._failed)  # type: ignore[arg-type]  # of one type

    def _end(self, words: str) -> None:
        self.decided.emit(words)
        self.accept()

    def _failed(self, error: Exception) -> None:
        self.approve.setEnabled(True)
        self.with_reason.setEnabled(bool(self.reason.toPlainText().strip()))
        if isinstance(error, UserError):
            self._show_problem(str(word(error, self._context.clock().tzinfo)))
        else:
            self._context.tasks.report(self, error)

    def _show_problem(self, words: str) -> None:
        self._problem.set_words(words)
        self._problem.show()
