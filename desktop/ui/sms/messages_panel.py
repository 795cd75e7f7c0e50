"""Messages as they come in, and everything about the one that is chosen (B16)."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from PySide6.QtWidgets import QWidget

from desktop.domain.sms_messages import MessageDetail, MessageQuery, Opening
from desktop.domain.staff import Verb
from desktop.i18n import _
from desktop.ui.pace import Pace
from desktop.ui.sms import state
from desktop.ui.sms.message_list import MessageList
from desktop.ui.sms.message_pane import MessagePane
from desktop.ui.sms.message_work import MessageWork
from desktop.ui.tabbed_page import TabPanel
from desktop.ui.widgets.pieces import Button, column
from desktop.ui.widgets.side_pane import Panes, SidePane

PANE = 496


class MessagesPanel(TabPanel):
    """A list that follows what comes in; what is chosen in it stays chosen."""

    def build(self) -> None:
        self._may_steer = self.context.session.may(Verb.STEER_SMS)
        self._shown: MessageQuery | None = None
        self.work = MessageWork(self.context, self)
        self._pace = Pace(self._load_now, self)
        self.work.done.connect(self._pace.now)
        self.list = MessageList(self.context)
        self.pane = MessagePane(may_steer=self._may_steer)
        self.write = Button(_("Write a text…"), "big", "message", shortcut="Alt+N", on_click=self.work.write)
        self.practise = Button(_("Practice message…"), "big", "phone", shortcut="Alt+M", on_click=self.work.practise)
        self.practise.setEnabled(self.context.practice)
        side = SidePane(self.pane, _("The message"), PANE)
        self._side = side
        self.setLayout(column((Panes(self.list, right=side), 1), spacing=0))
        self.setFocusProxy(self.list)
        self.list.asked.connect(self._pace.now)
        self.list.chosen.connect(self._on_chosen)
        self.list.table.opened.connect(lambda _id: side.unfold())
        self.list.table.set_row_menu(self.pane.bar.fill_menu)
        self.pane.settle_asked.connect(self.work.settle)
        self.pane.account_asked.connect(self._go_to_account)
        self.pane.message_asked.connect(lambda message_id: self.show_target(message_id=message_id))
        self.pane.unblock_asked.connect(lambda: self._work_on(self.work.unblock))
        self.pane.bar.correct_asked.connect(lambda: self._work_on(self.work.correct))
        self.pane.bar.answer_asked.connect(lambda: self._work_on(self.work.answer))
        self.pane.bar.block_asked.connect(lambda: self._work_on(self.work.block))

    def page_actions(self) -> list[QWidget]:
        return [self.practise, self.write] if self.context.practice else [self.write]

    def focus_search(self) -> bool:
        self.list.search.setFocus()
        return True

    def show_target(self, **target: object) -> None:
        """`message_id`; or `only` (a filter or rule), `typed`, `day`, `account_id`."""
        wanted = target.get("message_id")
        if isinstance(wanted, int):
            self.list.want(wanted)
            self._load_detail(wanted)
            self._pace.now()
            return
        only, typed, day, account = (target.get(name) for name in ("only", "typed", "day", "account_id"))
        if target:
            self.list.look_for(
                only=only if isinstance(only, str) else "all",
                typed=typed if isinstance(typed, str) else "",
                day=day if isinstance(day, date) else None,
                account=account if isinstance(account, int) else None,
            )
            self._pace.now()

    def shows(self, query: MessageQuery) -> bool:
        """Whether the list shows what this asks for."""
        return self._shown == query

    # Fetching and showing

    def load(self) -> None:
        self._pace.ask()

    def _load_now(self) -> None:
        """What is shown already is fetched whole. Of another list the top comes first, and then what it is one of."""
        query, actor, messages = self.list.query(), self.context.session.actor, self.context.sms_messages
        if query == self._shown:
            self._load_ids(query)
            self._load_counts(query)
        else:
            self.run(lambda: messages.first(actor, query), lambda top: self._show_top(query, top), "list")
        shown = self.pane.detail
        if shown is not None:
            self._load_detail(shown.row.id)

    def _load_ids(self, query: MessageQuery) -> None:
        actor, messages = self.context.session.actor, self.context.sms_messages
        self.run(lambda: messages.ids(actor, query), lambda ids: self._show_ids(query, ids), "list")

    def _load_counts(self, query: MessageQuery) -> None:
        actor, messages = self.context.session.actor, self.context.sms_messages
        self.run(lambda: messages.counts(actor, query), self._show_counts, "counts")

    def _show_top(self, query: MessageQuery, top: Opening) -> None:
        self._shown = query
        self.list.show_opening(query, top)
        self._load_counts(query)
        if not top.whole:
            self._load_ids(query)

    def _show_ids(self, query: MessageQuery, ids: Sequence[int]) -> None:
        self.list.show_ids(query, ids)

    def _show_counts(self, counts: Mapping[str, int]) -> None:
        self.list.show_counts(counts)
        self.sentence_changed.emit(state.sentence(counts))

    def _on_chosen(self, message_id: int | None) -> None:
        if message_id is None:
            self.pane.show_nothing()
        elif self.pane.detail is None or self.pane.detail.row.id != message_id:
            self._load_detail(message_id)

    def _load_detail(self, message_id: int) -> None:
        actor, messages = self.context.session.actor, self.context.sms_messages
        self.run(lambda: messages.message(actor, message_id), self._show_detail, "detail")

    def _show_detail(self, detail: MessageDetail) -> None:
        if detail != self.pane.detail:
            self.pane.show_message(detail, self.context.clock())

    def _work_on(self, act: Callable[[MessageDetail], None]) -> None:
        if self.pane.detail is not None:
            act(self.pane.detail)

    def _go_to_account(self, account_id: int) -> None:
        self.context.navigator.go("sms", tab="accounts", account_id=account_id)
