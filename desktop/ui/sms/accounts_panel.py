"""Accounts that citizens' texts made, and everything about the one that is chosen (B16)."""

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QMenu

from desktop.domain.sms_accounts import FILTERS, AccountDetail, AccountQuery, Opening
from desktop.domain.staff import Verb
from desktop.i18n import _
from desktop.ui.pace import Pace
from desktop.ui.sms import account_state as state
from desktop.ui.sms.account_list import AccountList
from desktop.ui.sms.account_pane import AccountPane
from desktop.ui.sms.account_work import AccountWork
from desktop.ui.tabbed_page import TabPanel
from desktop.ui.widgets.pieces import column
from desktop.ui.widgets.side_pane import Panes, SidePane

PANE = 496
_MINUTE_MS = 60_000


class AccountsPanel(TabPanel):
    """A list that follows what happens; what is chosen in it stays chosen. The time that is left goes on by itself."""

    def build(self) -> None:
        self._shown: AccountQuery | None = None
        self._wanted: int | None = None
        """An account that was asked for by its number, until another is chosen."""
        self._filling = False
        self.work = AccountWork(self.context, self)
        self._pace = Pace(self._load_now, self)
        self.work.done.connect(self._pace.now)
        self.list = AccountList(self.context)
        self.pane = AccountPane(may_steer=self.context.session.may(Verb.STEER_SMS))
        self._side = SidePane(self.pane, _("The account"), PANE)
        self.setLayout(column((Panes(self.list, right=self._side), 1), spacing=0))
        self.setFocusProxy(self.list)
        self.list.asked.connect(self._pace.now)
        self.list.chosen.connect(self._on_chosen)
        self.list.table.opened.connect(lambda _id: self._side.unfold())
        self.list.table.set_row_menu(self._fill_menu)
        self.pane.compare_asked.connect(self.work.compare)
        self.pane.message_asked.connect(self._go_to_message)
        self.pane.bar.asked.connect(self._act)
        self._minute = QTimer(self)
        self._minute.setInterval(_MINUTE_MS)
        self._minute.timeout.connect(self.tell_time)
        self._minute.start()

    def focus_search(self) -> bool:
        self.list.search.setFocus()
        return True

    def show_target(self, **target: object) -> None:
        """`account_id`; or `only` (one of FILTERS), `typed`."""
        wanted = target.get("account_id")
        if isinstance(wanted, int):
            self._wanted = wanted
            self.list.look_for()
            self._load_detail(wanted)
            self._side.unfold()
            self._pace.now()
            return
        only, typed = target.get("only"), target.get("typed")
        if target:
            self._wanted = None
            known = only if isinstance(only, str) and only in FILTERS else "all"
            self.list.look_for(only=known, typed=typed if isinstance(typed, str) else "")
            self._pace.now()

    def tell_time(self) -> None:
        if self.isVisible():
            self.list.tell_time()
            self.pane.tell_time(self.context.clock())

    # Fetching and showing

    def load(self) -> None:
        self._pace.ask()

    def _load_now(self) -> None:
        query, actor, accounts = self.list.query(), self.context.session.actor, self.context.sms_accounts
        if query == self._shown:
            self._load_ids(query)
        else:
            self.run(lambda: accounts.first(actor, query), lambda top: self._show_top(query, top), "list")
        self.run(lambda: accounts.counts(actor, query), self._show_counts, "counts")
        if self.pane.detail is not None:
            self._load_detail(self.pane.detail.row.id)

    def _load_ids(self, query: AccountQuery) -> None:
        actor, accounts = self.context.session.actor, self.context.sms_accounts
        self.run(lambda: accounts.ids(actor, query), lambda ids: self._show_ids(query, ids), "list")

    def _show_top(self, query: AccountQuery, top: Opening) -> None:
        self._shown = query
        self._fill(lambda: self.list.show_opening(query, top))
        if not top.whole:
            self._load_ids(query)

    def _show_ids(self, query: AccountQuery, ids: Sequence[int]) -> None:
        self._fill(lambda: self.list.show_ids(query, ids))

    def _fill(self, show: Callable[[], None]) -> None:
        """The list chooses its first row where nothing is chosen; whoever was asked for comes before."""
        self._filling = True
        show()
        self._filling = False
        if self._wanted is not None:
            self.list.table.select_id(self._wanted)

    def _show_counts(self, counts: Mapping[str, int]) -> None:
        self.list.show_counts(counts)
        self.sentence_changed.emit(state.sentence(counts))

    def _on_chosen(self, account_id: int | None) -> None:
        if self._wanted is not None and (self._filling or account_id == self._wanted):
            return
        self._wanted = None
        if account_id is None:
            self.pane.show_nothing()
        elif self.pane.detail is None or self.pane.detail.row.id != account_id:
            self._load_detail(account_id)

    def _load_detail(self, account_id: int) -> None:
        actor, accounts = self.context.session.actor, self.context.sms_accounts
        self.run(lambda: accounts.account(actor, account_id), self._show_detail, "detail")

    def _show_detail(self, detail: AccountDetail) -> None:
        if detail != self.pane.detail:
            self.pane.show_account(detail, self.context.clock())

    def _fill_menu(self, menu: QMenu) -> None:
        """What the buttons do, for the row under the cursor once its details are here."""
        detail = self.pane.detail
        if detail is None or detail.row.id != self.list.current():
            return
        for button in self.pane.bar.buttons() if self.context.session.may(Verb.STEER_SMS) else ():
            menu.addAction(button.words(), button.click).setEnabled(button.isEnabled())
        messages = menu.addAction(_("Show its messages"))
        messages.triggered.connect(lambda: self.context.navigator.go("sms", tab="messages", account_id=detail.row.id))

    def _act(self, doing: str) -> None:
        if self.pane.detail is not None:
            self.work.act(doing, self.pane.detail)

    def _go_to_message(self, message_id: int) -> None:
        self.context.navigator.go("sms", tab="messages", message_id=message_id)
