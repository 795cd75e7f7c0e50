"""Administration: who works here, which schools there are, how mail and LINE are reached, which kinds of notices."""

from typing import ClassVar

from PySide6.QtWidgets import QStackedWidget, QTabBar, QWidget

from desktop.domain.errors import UserError
from desktop.domain.staff import Verb
from desktop.i18n import N_, _
from desktop.ui.administration.kinds_panel import KindsPanel
from desktop.ui.administration.panel import Panel
from desktop.ui.administration.schools_panel import SchoolsPanel
from desktop.ui.administration.settings_panel import SettingsPanel
from desktop.ui.administration.staff_panel import StaffPanel
from desktop.ui.app_context import AppContext
from desktop.ui.errors import words_for
from desktop.ui.page import Page
from desktop.ui.widgets.bands import Band
from desktop.ui.widgets.headers import PageHeader
from desktop.ui.widgets.pieces import column, hline, row, widget_of

TABS: tuple[tuple[str, str, type[Panel], Verb], ...] = (
    ("staff", N_("Staff"), StaffPanel, Verb.MANAGE_STAFF),
    ("schools", N_("Schools"), SchoolsPanel, Verb.MANAGE_STAFF),
    ("settings", N_("Settings"), SettingsPanel, Verb.CHANGE_SETTINGS),
    ("kinds", N_("Kinds of notices"), KindsPanel, Verb.CHANGE_SETTINGS),
)


class AdministrationPage(Page):
    """A tab for each subject; each loads when it is first seen."""

    title: ClassVar[str] = N_("Administration")
    tables: ClassVar[frozenset[str]] = frozenset({
        "staff", "role_grants", "schools", "school_years", "grades", "homerooms", "groups", "settings", "notice_kinds",
        "school_copies",
    })  # fmt: skip

    def __init__(self, app: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(app, parent)
        self._context = app
        self._header = PageHeader(self.heading())
        self.tabs = QTabBar()
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setAccessibleName(self.heading())
        self.band = Band("danger", "")
        self.band.add_button(_("Try again"), self.reload, "refresh")
        self.band.hide()
        self._stack = QStackedWidget()
        self.panels: dict[str, Panel] = {}
        for key, title, kind, verb in TABS:
            if app.session.may_somewhere(verb):
                self._add(key, _(title), kind)
        self.tabs.currentChanged.connect(self._on_tab)
        tabs = widget_of(row((self.tabs, 1), margin=(8, 0, 8, 0)))
        self.setLayout(column(self._header, tabs, hline(), self.band, (self._stack, 1), spacing=0))
        self._show_actions()

    def reload(self) -> None:
        self.band.hide()
        panel = self._panel()
        if panel is not None:
            panel.load()

    def show_target(self, **target: object) -> None:
        """`tab`: staff, schools, settings or kinds."""
        keys = list(self.panels)
        if target.get("tab") in keys:
            self.tabs.setCurrentIndex(keys.index(str(target["tab"])))

    def unsaved(self) -> str:
        if any(panel.unsaved() for panel in self.panels.values()):
            return _("Settings that you changed have not been saved.")
        return ""

    def _add(self, key: str, title: str, kind: type[Panel]) -> None:
        panel = kind(self._context)
        panel.sentence_changed.connect(lambda sentence: self._on_sentence(panel, sentence))
        panel.failed.connect(self._on_failed)
        self.panels[key] = panel
        self._stack.addWidget(panel)
        self.tabs.addTab(title.replace("&", "&&"))
        for action in panel.page_actions():
            self._header.add_action(action)

    def _panel(self) -> Panel | None:
        current = self._stack.currentWidget()
        return current if isinstance(current, Panel) else None

    def _on_tab(self, at: int) -> None:
        self._stack.setCurrentIndex(at)
        self._header.set_sentence("")
        self._show_actions()
        self.reload()

    def _show_actions(self) -> None:
        current = self._panel()
        for panel in self.panels.values():
            for action in panel.page_actions():
                action.setVisible(panel is current)
        if current is not None:
            self.setFocusProxy(current)

    def _on_sentence(self, panel: Panel, sentence: str) -> None:
        if panel is self._panel():
            self._header.set_sentence(sentence)

    def _on_failed(self, error: Exception) -> None:
        """What is shown stays; it may be old."""
        self.band.set_words(_("This could not be fetched; what you see may be old."), words_for(error))
        self.band.show()
        if not isinstance(error, UserError):
            self._context.tasks.report(self, error)
