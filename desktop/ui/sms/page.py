"""Accounts by text message: a tab each for messages, accounts, days, texts, trial units and costs."""

from collections.abc import Sequence
from typing import ClassVar

from desktop.domain.staff import Verb
from desktop.i18n import N_
from desktop.ui.sms.accounts_panel import AccountsPanel
from desktop.ui.sms.days_panel import DaysPanel
from desktop.ui.sms.ledger_panel import LedgerPanel
from desktop.ui.sms.messages_panel import MessagesPanel
from desktop.ui.sms.pilots_panel import PilotsPanel
from desktop.ui.sms.texts_panel import TextsPanel
from desktop.ui.tabbed_page import Tab, TabbedPage


class SmsPage(TabbedPage):
    """All of it is the whole city's, whichever school is in view."""

    title: ClassVar[str] = N_("SMS accounts")
    tables: ClassVar[frozenset[str]] = frozenset({
        "sms_messages", "sms_replies", "sms_accounts", "sms_reviews", "sms_blocks", "sms_pilot_units",
        "sms_pilot_phones", "accounts", "settings",
    })  # fmt: skip
    all_tabs: ClassVar[Sequence[Tab]] = (
        Tab("messages", N_("Incoming messages"), MessagesPanel, Verb.HELP_BY_SMS),
        Tab("accounts", N_("Accounts"), AccountsPanel, Verb.HELP_BY_SMS),
        Tab("days", N_("The last 30 days"), DaysPanel, Verb.HELP_BY_SMS),
        Tab("texts", N_("Texts"), TextsPanel, Verb.CHANGE_SETTINGS),
        Tab("pilots", N_("Trial units"), PilotsPanel, Verb.CHANGE_SETTINGS),
        Tab("ledger", N_("Costs"), LedgerPanel, Verb.HELP_BY_SMS),
    )

    def may_see(self, tab: Tab) -> bool:
        return self._context.session.may(tab.verb)
