"""Accounts by text message: a tab each for messages, accounts, days, texts, trial units and costs."""

from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import ClassVar

from PySide6.QtWidgets import QStackedWidget, QTabBar, QWidget

from desktop.domain.errors import UserError
from desktop.domain.staff import Verb
from desktop.i18n import N_, _
from desktop.ui.app_context import AppContext
from desktop.ui.errors import words_for
from desktop.ui.page import Page
from desktop.ui.sms.panel import SmsPanel
from desktop.ui.widgets.bands import Band
from desktop.ui.widgets.headers import PageHeader
from desktop.ui.widgets.pieces import column, hline, row, widget_of


@dataclass(frozen=True, slots=True)
class Tab:
    """`kind` is the panel's class, in the module `module` of this folder: loaded when the tab is first seen."""

    key: str
    title: str
    module: str
    kind: str
    verb: Verb

    def make(self, context: AppContext) -> SmsPanel:
        made = getattr(import_module(f"desktop.ui.sms.{self.module}"), self.kind)(context)
        assert isinstance(made, SmsPanel)
        return made

    @property
    def exists(self) -> bool:
        return find_spec(f"desktop.ui.sms.{self.module}") is not None


TABS = (
    Tab("messages", N_("Incoming messages"), "messages_panel", "MessagesPanel", Verb.HELP_BY_SMS),
    Tab("accounts", N_("Accounts"), "accounts_panel", "AccountsPanel", Verb.HELP_BY_SMS),
    Tab("days", N_("The last 30 days"), "days_panel", "DaysPanel", Verb.HELP_BY_SMS),
    Tab("texts", N_("Texts"), "texts_panel", "TextsPanel", Verb.CHANGE_SETTINGS),
    Tab("pilots", N_("Trial units"), "pilots_panel", "PilotsPanel", Verb.CHANGE_SETTINGS),
    Tab("ledger", N_("Costs"), "ledger_panel", "LedgerPanel", Verb.HELP_BY_SMS),
)


class SmsPage(Page):
    """All of it is the whole city's, whichever school is in view."""

    title: ClassVar[str] = N_("SMS accounts")
    tables: ClassVar[frozenset[str]] = frozenset({
        "sms_messages", "sms_replies", "sms_accounts", "sms_reviews", "sms_blocks", "sms_pilot_units",
        "sms_pilot_phones", "accounts", "settings",
    })  # fmt: skip

    def __init__(self, app: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(app, parent)
        self._context = app
        self._header = PageHeader(self.heading())
        self._tabs_shown = [tab for tab in TABS if tab.exists and app.session.may(tab.verb)]
        self.panels: dict[str, SmsPanel] = {}
        self.band = Band("danger", "")
        self.band.add_button(_("Try again"), self.reload, "refresh")
        self.band.hide()
        self._stack = QStackedWidget()
        self.tabs = QTabBar()
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setAccessibleName(self.heading())
        for tab in self._tabs_shown:
            self.tabs.addTab(_(tab.title).replace("&", "&&"))
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
        keys = [tab.key for tab in self._tabs_shown]
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
        return self.panels.get(self._tabs_shown[at].key) if at >= 0 else None

    def _on_tab(self, _at: int) -> None:
        self._show_tab()
        self.reload()

    def _show_tab(self) -> None:
        at = self.tabs.currentIndex()
        if at < 0:
            return
        tab = self._tabs_shown[at]
        self._header.set_sentence("")
        if tab.key not in self.panels:
            self._add(tab)
        panel = self.panels[tab.key]
        self._stack.setCurrentWidget(panel)
        self.setFocusProxy(panel)
        for each in self.panels.values():
            for action in each.page_actions():
                action.setVisible(each is panel)

    def _add(self, tab: Tab) -> None:
        panel = tab.make(self._context)
        panel.sentence_changed.connect(lambda sentence: self._on_sentence(panel, sentence))
        panel.failed.connect(self._on_failed)
        self.panels[tab.key] = panel
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
