"""What waits for me, what is going out, what is planned, how far the latest went."""

from typing import ClassVar

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QWidget

from desktop.domain.reports import Today
from desktop.domain.staff import Verb
from desktop.i18n import N_, _
from desktop.ui.app_context import AppContext
from desktop.ui.pace import EVERY_MS, Pace
from desktop.ui.page import Page
from desktop.ui.table import RowsModel
from desktop.ui.theme import px, theme
from desktop.ui.today.columns import PLANNED, WAITING
from desktop.ui.today.parts import ClassGrid, SendingFrame, WholeTable, titled_card
from desktop.ui.today.state import TodayView, view
from desktop.ui.tokens import ROW_TWO_LINES
from desktop.ui.widgets.bands import NoteBox
from desktop.ui.widgets.beside import Beside
from desktop.ui.widgets.headers import PageHeader
from desktop.ui.widgets.pieces import Button, Label, column, scroll, widget_of

_PLAN_WIDTH = 360


class TodayPage(Page):
    """The first page of the day."""

    title: ClassVar[str] = N_("Today")
    tables: ClassVar[frozenset[str]] = frozenset(
        {
            "notices",
            "approvals",
            "deliveries",
            "channel_states",
            "contact_points",
            "confirmations",
            "solo_releases",
            "incoming_messages",
            "sms_replies",
            "sms_reviews",
        }
    )

    def __init__(self, app: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(app, parent)
        self._context = app
        self._pace = Pace(self._load, self)
        self._tick = QTimer(self)
        self._tick.setInterval(EVERY_MS)
        self._tick.timeout.connect(self._load)
        self._sending: dict[int, SendingFrame] = {}
        self._shown: TodayView | None = None
        self._build()

    # What the frame asks

    def reload(self) -> None:
        self._pace.ask()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._tick.stop()

    # Building

    def _build(self) -> None:
        self._header = PageHeader(self.heading())
        may_write = self._context.session.may_somewhere(Verb.WRITE_NOTICE)
        self.write = Button(_("Write a notice"), "primary", "plus", shortcut="Ctrl+N", on_click=self._write)
        self.write.setVisible(may_write)
        self._header.add_action(self.write)
        self._warning = NoteBox("warning", "")
        self._sending_column = column(spacing=8)
        self._waiting_model = RowsModel(WAITING, lambda line: line.kind, self)
        self.waiting = WholeTable(self._waiting_model, _("Needs a look"), ROW_TWO_LINES)
        self.waiting.opened.connect(self._open_waiting)
        self._nothing_waits = _quiet(_("Nothing waits for you."))
        self._planned_model = RowsModel(PLANNED, lambda line: line.notice_id, self)
        self.planned = WholeTable(self._planned_model, _("Planned today"), ROW_TWO_LINES)
        self.planned.opened.connect(self._open_notice)
        self._nothing_planned = _quiet(_("Nothing more goes out today."))
        wait_card = titled_card(_("Needs a look"), self.waiting, self._nothing_waits)
        self._plan_card = titled_card(_("Planned today"), self.planned, self._nothing_planned)
        self._beside = Beside((wait_card, 1), (self._plan_card, 0))
        self.classes = ClassGrid(self._open_notice)
        body = column(
            self._warning, self._sending_column, self._beside, self.classes, None, margin=(16, 0, 16, 16), spacing=16
        )
        self.setLayout(column(self._header, (scroll(widget_of(body)), 1), spacing=0))
        self.setFocusProxy(self.waiting)
        for widget in (self._warning, self.classes):
            widget.hide()
        self._measure()
        theme.changed.connect(self._measure)

    def _measure(self) -> None:
        self._plan_card.setMinimumWidth(px(_PLAN_WIDTH))

    # Showing

    def _load(self) -> None:
        context = self._context
        actor = context.session.actor
        context.tasks.run(lambda: context.reports.today(actor), self._show, owner=self, lane="today")

    def _show(self, today: Today) -> None:
        shown = view(today, self._context.clock(), sends_here=self._context.sends_here)
        self._header.set_title(self.heading(), shown.day)
        self._header.set_sentence(shown.sentence)
        self._warning.setVisible(bool(shown.warning))
        self._warning.set_words(shown.warning)
        self._show_sending(shown)
        self._waiting_model.show_rows(shown.waiting)
        self.waiting.setVisible(bool(shown.waiting))
        self._nothing_waits.setVisible(not shown.waiting)
        self._planned_model.show_rows(shown.planned)
        self.planned.setVisible(bool(shown.planned))
        self._nothing_planned.setVisible(not shown.planned)
        self.classes.setVisible(shown.latest is not None)
        if shown.latest:
            self.classes.show_card(shown.latest)
        self._shown = shown
        self._poll_while(shown.live)

    def _show_sending(self, shown: TodayView) -> None:
        alive = {card.notice_id for card in shown.sending}
        for notice_id in set(self._sending) - alive:
            self._sending.pop(notice_id).deleteLater()
        for card in shown.sending:
            if card.notice_id not in self._sending:
                made = SendingFrame(card.notice_id, self._open_notice)
                self._sending[card.notice_id] = made
                self._sending_column.addWidget(made)
            self._sending[card.notice_id].show_card(card)

    def _poll_while(self, live: bool) -> None:
        """Rates and times left change although nothing is written."""
        if live and self.isVisible():
            if not self._tick.isActive():
                self._tick.start()
        else:
            self._tick.stop()

    # Going elsewhere

    def _write(self) -> None:
        self._context.navigator.go("compose", new=True)

    def _open_notice(self, notice_id: object) -> None:
        self._context.navigator.go("notice", notice_id=notice_id)

    def _open_waiting(self, kind: object) -> None:
        line = next((each for each in self._waiting_model.rows if each.kind == kind), None)
        if line:
            self._context.navigator.go(line.page, **line.target)


def _quiet(text: str) -> Label:
    label = Label(text, "muted minor", wrap=True)
    label.setContentsMargins(16, 16, 16, 16)
    return label
