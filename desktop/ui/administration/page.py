"""Administration: who works here, which schools there are, how mail and LINE are reached, which kinds of notices."""

from collections.abc import Sequence
from typing import ClassVar

from desktop.domain.staff import Verb
from desktop.i18n import N_
from desktop.ui.administration.kinds_panel import KindsPanel
from desktop.ui.administration.schools_panel import SchoolsPanel
from desktop.ui.administration.settings_panel import SettingsPanel
from desktop.ui.administration.staff_panel import StaffPanel
from desktop.ui.tabbed_page import Tab, TabbedPage


class AdministrationPage(TabbedPage):
    """What holds for everybody who works with the program."""

    title: ClassVar[str] = N_("Administration")
    tables: ClassVar[frozenset[str]] = frozenset({
        "staff", "role_grants", "schools", "school_years", "grades", "homerooms", "groups", "settings", "notice_kinds",
        "school_copies",
    })  # fmt: skip
    all_tabs: ClassVar[Sequence[Tab]] = (
        Tab("staff", N_("Staff"), StaffPanel, Verb.MANAGE_STAFF),
        Tab("schools", N_("Schools"), SchoolsPanel, Verb.MANAGE_STAFF),
        Tab("settings", N_("Settings"), SettingsPanel, Verb.CHANGE_SETTINGS),
        Tab("kinds", N_("Kinds of notices"), KindsPanel, Verb.CHANGE_SETTINGS),
    )
