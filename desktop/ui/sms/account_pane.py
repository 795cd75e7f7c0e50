"""One account: its time, who it is, what was sent, what came in, what was done (B16)."""

from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QStackedWidget, QWidget

from desktop.domain.sms_accounts import AccountDetail, AccountReview
from desktop.domain.sms_messages import MessageRow, OpenReview, ReplyShown
from desktop.i18n import _, format_when
from desktop.ui.sms import account_state as state
from desktop.ui.sms import state as message_state
from desktop.ui.sms.account_actions import AccountActions
from desktop.ui.sms.timer_track import TimerTrack
from desktop.ui.theme import px, theme
from desktop.ui.widgets.bands import NoteBox
from desktop.ui.widgets.empty import EmptyState
from desktop.ui.widgets.marks import Chip
from desktop.ui.widgets.pieces import (
    Button,
    IconLabel,
    Item,
    Label,
    column,
    hline,
    quiet_box,
    refill,
    row,
    scroll,
    widget_of,
)
from desktop.ui.widgets.values import KeyValueGrid
from desktop.wording import sms as sms_words

_MOST_SHOWN = 8
_LEAST_HEIGHT = 480


class AccountPane(QFrame):
    """Shows an account; the owner acts."""

    compare_asked = Signal(int)
    """A review's id: two sides are to be compared."""
    message_asked = Signal(int)

    def __init__(self, *, may_steer: bool) -> None:
        super().__init__()
        self.setObjectName("surface")
        self.detail: AccountDetail | None = None
        self.bar = AccountActions()
        self.bar.setVisible(may_steer)
        self._build()

    def _build(self) -> None:
        self._title = Label("", "pageTitle", wrap=True)
        self._title.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._place = Label("", "muted minor", wrap=True)
        self._place.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.chip = Chip("due")
        self._notes = column(spacing=8)
        self._before = Label("", "muted", wrap=True)
        self.left = Label("", "big")
        self._after = Label("", "muted minor", wrap=True)
        self.track = TimerTrack()
        self._timer = widget_of(column(row(self._before, self.left, None), self._after, self.track, spacing=6))
        self._facts = KeyValueGrid()
        self._lists = column(spacing=8)
        self._content = column(
            column(row((self._title, 1), self.chip), self._place, spacing=2),
            self._notes, self._timer, self._facts, self._lists, None,
            spacing=12, margin=(16, 14, 16, 16),
        )  # fmt: skip
        self._area = scroll(self._content)
        self._empty = EmptyState("phone", _("No account chosen"), _("Choose one from the list to see all about it."))
        self._stack = QStackedWidget()
        self._stack.addWidget(self._empty)
        self._whole = column((self._area, 1), self.bar, spacing=0)
        self._stack.addWidget(widget_of(self._whole))
        self.setLayout(column(self._stack, spacing=0))
        theme.changed.connect(self._place_bar)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_bar()

    def _place_bar(self) -> None:
        """At the foot of the pane; where the type is large, at the end of what is read, which needs the room."""
        into = self._content if self.height() < px(_LEAST_HEIGHT) else self._whole
        if into.indexOf(self.bar) < 0:
            into.addWidget(self.bar)

    def show_nothing(self) -> None:
        self.detail = None
        self._stack.setCurrentIndex(0)

    def show_account(self, detail: AccountDetail, now: datetime) -> None:
        another = self.detail is None or self.detail.row.id != detail.row.id
        self.detail = detail
        self._title.setText(detail.row.name)
        self._place.setText(state.place_words(detail))
        refill(self._notes, *(self._review_box(each) for each in detail.reviews))
        refill(self._lists, *self._texts(detail, now), *self._messages(detail, now), *_history(detail, now))
        self.tell_time(now)
        self.bar.offer(detail)
        self._stack.setCurrentIndex(1)
        if another:
            self._area.verticalScrollBar().setValue(0)

    def tell_time(self, now: datetime) -> None:
        """What depends on the time alone; nothing is fetched for it."""
        detail = self.detail
        if detail is None:
            return
        self.chip.show_state(*state.chip(detail.row, now))
        before, left, after = state.timer_words(detail, now)
        for label, text in ((self._before, before), (self.left, left), (self._after, after)):
            label.setText(text)
            label.setVisible(bool(text))
        track = state.track(detail, now)
        self.track.show_track(track)
        self._timer.setVisible(track is not None)
        self._facts.show_pairs(state.facts(detail, now))

    def _review_box(self, review: AccountReview) -> QWidget:
        said = OpenReview(review.id, review.reason, review.times, review.last_at, review.last_at)
        box = NoteBox("warning", message_state.review_words(said))
        if state.to_compare(review.reason):
            box.add_link(_("Compare…"), lambda: self.compare_asked.emit(review.id))
        return box

    def _texts(self, detail: AccountDetail, now: datetime) -> list[Item]:
        """The newest as it went out, the others in a line each."""
        if not detail.texts:
            return []
        newest, *others = detail.texts
        note = Label(_("Nobody here sees the password."), "muted small", wrap=True)
        said = Label(newest.text if newest.text is not None else _(message_state.UNREADABLE), "minor", wrap=True)
        box = quiet_box(said, widget_of(row(IconLabel("lock", "muted", 14), (note, 1), spacing=6)), spacing=4)
        lines = [_text_line(each, now) for each in others[: _MOST_SHOWN - 1]]
        return [hline(), Label(_("Texts to the phone"), "bold"), _text_line(newest, now), box, *lines]

    def _messages(self, detail: AccountDetail, now: datetime) -> list[Item]:
        if not detail.messages:
            return []
        lines = [self._message_line(each, now) for each in detail.messages[:_MOST_SHOWN]]
        return [hline(), Label(_("Messages about it"), "bold"), *lines]

    def _message_line(self, message: MessageRow, now: datetime) -> QWidget:
        key = message_state.chip(message.state, message.rule)
        chip = Chip(key, sms_words.outcome(message.state, message.rule))
        link = Button(_("Open"), "link", "arrow-right", on_click=lambda: self.message_asked.emit(message.id))
        when = format_when(message.received_at, now)
        link.setAccessibleDescription(f"{message.sender}, {when}")
        where = Label(f"{when} · {message.sender}", "minor", wrap=True)
        return widget_of(row((where, 1), chip, link))


def _text_line(text: ReplyShown, now: datetime) -> QWidget:
    key, word, help_text = message_state.reply_chip(text)
    chip = Chip(key, word)
    chip.setToolTip(help_text)
    when = format_when(text.sent_at or text.created_at, now)
    return widget_of(row((Label(f"{when} · {message_state.reply_title(text)}", "minor", wrap=True), 1), chip))


def _history(detail: AccountDetail, now: datetime) -> list[Item]:
    lines = state.history_words(detail.history, now)
    if not lines:
        return []
    return [hline(), Label(_("What was done"), "bold"), KeyValueGrid(lines)]
