"""One text message: as it came, how it was read, which rule decided, what was answered, and the account it is about."""

from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QApplication, QFrame, QStackedWidget, QWidget

from desktop.domain.sms_messages import MessageDetail, OpenReview, ReplyShown
from desktop.i18n import _, current_language
from desktop.ui.sms import state
from desktop.ui.sms.message_actions import MessageActions
from desktop.ui.sms.raw_text import RawText
from desktop.ui.sms.trace_table import TraceTable
from desktop.ui.widgets.bands import NoteBox
from desktop.ui.widgets.empty import EmptyState
from desktop.ui.widgets.marks import Chip
from desktop.ui.widgets.pieces import (
    Button,
    IconLabel,
    Label,
    column,
    hline,
    quiet_box,
    refill,
    row,
    scroll,
    shortcut_words,
    widget_of,
)
from desktop.ui.widgets.values import KeyValueGrid
from desktop.wording import sms as words

SETTLE = "Alt+S"


class MessagePane(QFrame):
    """Shows a message; the owner acts."""

    settle_asked = Signal(object)
    """An OpenReview."""
    account_asked = Signal(int)
    message_asked = Signal(int)
    unblock_asked = Signal()

    def __init__(self, *, may_steer: bool) -> None:
        super().__init__()
        self.setObjectName("surface")
        self.detail: MessageDetail | None = None
        self._may_steer = may_steer
        self.bar = MessageActions(may_steer=may_steer)
        self._build()

    def _build(self) -> None:
        self._title = Label("", "pageTitle", wrap=True)
        self._title.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._place = Label("", "muted minor", wrap=True)
        self.chip = Chip("due")
        self._notes = column(spacing=8)
        self.raw = RawText()
        self._came_as = Label("", "muted minor", wrap=True)
        self.trace = TraceTable()
        self.decided = Label("", "minor", wrap=True)
        self._replies = column(spacing=8)
        self._account = column(spacing=6)
        self.paid = Label("", "minor", wrap=True)
        self.paid.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._read_out = Label("", "muted minor", wrap=True)
        self._read_out.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._copy = Button(_("Copy the answer"), "link", "copy", on_click=self._copy_answer)
        self._contact = Label("", "minor", wrap=True)
        content = column(
            column(row((self._title, 1), self.chip), self._place, spacing=2),
            self._notes,
            _heading(_("How it was read")),
            self.raw,
            self._came_as,
            self.trace,
            self.decided,
            self._replies,
            self._account,
            hline(),
            row(_heading(_("If they ask what it cost")), None, self._copy),
            self.paid,
            self._read_out,
            self._contact,
            None,
            spacing=10,
            margin=(16, 14, 16, 16),
        )
        self._area = scroll(content)
        self._empty = EmptyState("message", _("No message chosen"), _("Choose one from the list to see all about it."))
        self._stack = QStackedWidget()
        self._stack.addWidget(self._empty)
        self._stack.addWidget(widget_of(column((self._area, 1), self.bar, spacing=0)))
        self.setLayout(column(self._stack, spacing=0))

    def show_nothing(self) -> None:
        self.detail = None
        self._stack.setCurrentIndex(0)

    def show_message(self, detail: MessageDetail, now: datetime) -> None:
        another = self.detail is None or self.detail.row.id != detail.row.id
        self.detail = detail
        row_ = detail.row
        self._title.setText(row_.sender)
        self._place.setText(state.place_words(detail, now))
        self.chip.show_state(state.chip(row_.state, row_.rule), words.outcome(row_.state, row_.rule))
        refill(self._notes, *self._note_boxes(detail))
        self.raw.show_text(detail.text if detail.text is not None else _(state.UNREADABLE), detail.fields)
        self._came_as.setText(_("Corrected by staff. It came as: {text}").format(text=detail.came_as))
        self._came_as.setVisible(bool(detail.came_as))
        self.trace.show_lines(state.trace(detail.fields))
        self.trace.setVisible(detail.text is not None)
        self.decided.setText(state.decided(detail))
        refill(self._replies, *self._reply_boxes(detail, now))
        self._show_account(detail, now)
        self._show_paid(detail, now)
        self.bar.offer(detail)
        self._stack.setCurrentIndex(1)
        if another:
            self._area.verticalScrollBar().setValue(0)

    def _note_boxes(self, detail: MessageDetail) -> list[QWidget]:
        boxes: list[QWidget] = [self._review_box(review, first=at == 0) for at, review in enumerate(detail.reviews)]
        if detail.blocked is not None:
            blocked = NoteBox("warning", _("This number is blocked: {reason}").format(reason=detail.blocked))
            if self._may_steer:
                blocked.add_link(_("Unblock"), self.unblock_asked.emit)
            boxes.append(blocked)
        if detail.duplicate_of is not None:
            first = detail.duplicate_of
            note = NoteBox("info", _("The same message came before and was answered then."))
            note.add_link(_("Show that one"), lambda: self.message_asked.emit(first))
            boxes.append(note)
        return boxes

    def _review_box(self, review: OpenReview, *, first: bool) -> QWidget:
        box = NoteBox("warning", state.review_words(review))
        if self._may_steer:
            settle = box.add_link(_("Settle…"), lambda: self.settle_asked.emit(review))
            if first:
                settle.setShortcut(SETTLE)
                settle.setToolTip(shortcut_words(SETTLE))
            settle.setAccessibleDescription(_(words.REVIEWS[review.reason]))
        return box

    def _reply_boxes(self, detail: MessageDetail, now: datetime) -> list[QWidget]:
        return [_reply_box(reply, now) for reply in detail.replies]

    def _show_account(self, detail: MessageDetail, now: datetime) -> None:
        account = detail.account
        if account is None:
            refill(self._account)
            return
        title = _("The account that was made") if account.made_here else _("The account that exists already")
        link = Button(_("Open the account"), "link", "arrow-right")
        link.clicked.connect(lambda: self.account_asked.emit(account.id))
        refill(
            self._account,
            hline(),
            row(_heading(title), None, link),
            KeyValueGrid(state.account_lines(account, now)),
        )

    def _show_paid(self, detail: MessageDetail, now: datetime) -> None:
        self.paid.setText(state.paid_words(detail.paid, now))
        self._read_out.setText(state.paid_in_vietnamese(detail.paid, now))
        self._read_out.setVisible(current_language() != "vi")
        self._contact.setText(_("Questions go to: {contact}").format(contact=detail.contact))
        self._contact.setVisible(bool(detail.contact))

    def _copy_answer(self) -> None:
        """In Vietnamese, to be read out or sent."""
        if self.detail is not None:
            QApplication.clipboard().setText(self._read_out.text())


def _heading(text: str) -> Label:
    return Label(text, "bold")


def _reply_box(reply: ReplyShown, now: datetime) -> QWidget:
    """The bubble: what was sent, how, and how far it got."""
    key, word, help_text = state.reply_chip(reply)
    chip = Chip(key, word)
    chip.setToolTip(help_text)
    text = Label(reply.text if reply.text is not None else _(state.UNREADABLE), "minor", wrap=True)
    text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    parts: list[QWidget] = [text, Label(state.reply_facts(reply, now), "muted small", wrap=True)]
    if state.has_password(reply):
        note = Label(_("Nobody here sees the password."), "muted small", wrap=True)
        parts.append(widget_of(row(IconLabel("lock", "muted", 14), (note, 1), spacing=6)))
    head = row(Label(_("Reply"), "bold"), (Label(state.reply_title(reply), "muted minor", wrap=True), 1), chip)
    box = widget_of(column(head, quiet_box(*parts, spacing=4), spacing=6))
    box.setAccessibleName(f"{_('Reply')}, {state.reply_title(reply)}, {word}")
    return box
