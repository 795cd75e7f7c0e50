"""Accounts by text message: a tab each for messages, accounts, days, texts, trial units and costs."""

from typing import ClassVar

from PySide6.QtWidgets import QStackedWidget, QTabBar, QWidget

from desktop.domain.errors import UserError
from desktop.domain.staff import Verb
from desktop.i18n import N_, _
from desktop.ui.app_context import AppContext
from desktop.ui.errors import words_for
from desktop.ui.page import Page
from desktop.ui.sms.accounts_panel import AccountsPanel
from desktop.ui.sms.days_panel import DaysPanel
from desktop.ui.sms.ledger_panel import LedgerPanel
from desktop.ui.sms.messages_panel import MessagesPanel
from desktop.ui.sms.panel import SmsPanel
from desktop.ui.sms.pilots_panel import PilotsPanel
from desktop.ui.sms.texts_panel import TextsPanel
from desktop.ui.widgets.bands import Band
from desktop.ui.widgets.headers import PageHeader
from desktop.ui.widgets.pieces import column, hline, row, widget_of

TABS: tuple[tuple[str, str, type[SmsPanel], Verb], ...] = (
    ("messages", N_("Incoming messages"), MessagesPanel, Verb.HELP_BY_SMS),
    ("accounts", N_("Accounts"), AccountsPanel, Verb.HELP_BY_SMS),
    ("days", N_("The last 30 days"), DaysPanel, Verb.HELP_BY_SMS),
    ("texts", N_("Texts"), TextsPanel, Verb.CHANGE_SETTINGS),
    ("pilots", N_("Trial units"), PilotsPanel, Verb.CHANGE_SETTINGS),
    ("ledger", N_("Costs"), LedgerPanel, Verb.HELP_BY_SMS),
)


class SmsPage(Page):
    """All of it is the whole city's, whichever school is in view. A tab is made and loads when it is first seen."""

    title: ClassVar[str] = N_("SMS accounts")
    tables: ClassVar[frozenset[str]] = frozenset({
        "sms_messages", "sms_replies", "sms_accounts", "sms_reviews", "sms_blocks", "sms_pilot_units",
        "sms_pilot_phones", "accounts", "settings",
    })  # fmt: skip

    def __init__(self, app: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(app, parent)
        self._context = app
        self._header = PageHeader(self.heading())
        self._tabs_shown = [tab for tab in TABS if app.session.may(tab[3])]
        self.panels: dict[str, SmsPanel] = {}
        self.band = Band("danger", "")
        self.band.add_button(_("Try again"), self.reload, "refresh")
        self.band.hide()
        self._stack = QStackedWidget()
        self.tabs = QTabBar()
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setAccessibleName(self.heading())
        for _key, title, _kind, _verb in self._tabs_shown:
            self.tabs.addTab(_(title).replace("&", "&&"))
        self.tabs.currentChanged.connect(self._on_tab)
        tabs = widget_of(row((self.tabs, 1), margin=(8, 0, 8, 0)))
        self.setLayout(column(self._header, tabs, hline(), self.band, (self._stack, 1), spacing=0))
        self._show_tab()

    def reload(self) -> None:
        self.band.hide()
        panel = self.panel()
        if panel is not None:
            panel.load()

    def show_target(self, **target: object) -> None:
        """`tab`: a tab's key (without it: messages). The rest is the panel's: see its `show_target`."""
        wanted = str(target.pop("tab", "messages"))
        keys = [tab[0] for tab in self._tabs_shown]
        if wanted not in keys:
            return
        self.tabs.blockSignals(True)
        self.tabs.setCurrentIndex(keys.index(wanted))
        self.tabs.blockSignals(False)
        self._show_tab()
        panel = self.panel()
        if panel is not None:
            panel.show_target(**target)
        self.refresh()

    def focus_search(self) -> bool:
        panel = self.panel()
        return panel is not None and panel.focus_search()

    def unsaved(self) -> str:
        return "\n".join(filter(None, (panel.unsaved() for panel in self.panels.values())))

    def panel(self) -> SmsPanel | None:
        """The tab that is seen."""
        at = self.tabs.currentIndex()
        return self.panels.get(self._tabs_shown[at][0]) if at >= 0 else None

    def _on_tab(self, _at: int) -> None:
        self._show_tab()
        self.reload()

    def _show_tab(self) -> None:
        at = self.tabs.currentIndex()
        if at < 0:
            return
        key, _title, kind, _verb = self._tabs_shown[at]
        self._header.set_sentence("")
        if key not in self.panels:
            self._add(key, kind(self._context))
        panel = self.panels[key]
        self._stack.setCurrentWidget(panel)
        self.setFocusProxy(panel)
        for each in self.panels.values():
            for action in each.page_actions():
                action.setVisible(each is panel)

    def _add(self, key: str, panel: SmsPanel) -> None:
        panel.sentence_changed.connect(lambda sentence: self._on_sentence(panel, sentence))
        panel.failed.connect(self._on_failed)
        self.panels[key] = panel
        self._stack.addWidget(panel)
        for action in panel.page_actions():
            self._header.add_action(action)

    def _on_sentence(self, panel: SmsPanel, sentence: str) -> None:
        if panel is self.panel():
            self._header.set_sentence(sentence)

    def _on_failed(self, error: Exception) -> None:
        """What is shown stays; it may be old."""
        self.band.set_words(_("This could not be fetched; what you see may be old."), words_for(error))
        self.band.show()
        if not isinstance(error, UserError):
            self._context.tasks.report(self, error)
