"""Pages of several subjects: a tab each, made and loaded when it is first seen."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, TypeVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QStackedWidget, QTabBar, QWidget

from desktop.domain.errors import UserError
from desktop.domain.staff import Verb
from desktop.i18n import _
from desktop.ui.app_context import AppContext
from desktop.ui.checked_dialog import save
from desktop.ui.errors import words_for
from desktop.ui.form_dialog import FormDialog
from desktop.ui.page import Page
from desktop.ui.widgets.bands import Band
from desktop.ui.widgets.headers import PageHeader
from desktop.ui.widgets.pieces import column, hline, row, widget_of

T = TypeVar("T")


class TabPanel(QFrame):
    """What one tab shows. It loads whenever it is seen again or its page's tables were written."""

    sentence_changed = Signal(str)
    """What stands under the page's title."""
    failed = Signal(object)
    """It could not be fetched: the page says so in a band, and what is shown stays."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self.setObjectName("surface")
        self.context = context
        self.build()

    def build(self) -> None:
        """Make the widgets; nothing is fetched yet."""
        raise NotImplementedError

    def load(self) -> None:
        """Fetch and show everything anew."""
        raise NotImplementedError

    def page_actions(self) -> list[QWidget]:
        """The buttons at the right of the page's title while this tab is seen."""
        return []

    def show_target(self, **target: object) -> None:
        """What `Navigator.go(page, tab=…, …)` named besides the tab; `load` follows."""

    def focus_search(self) -> bool:
        """Move to this tab's search field (Ctrl+F); False if it has none."""
        return False

    def unsaved(self) -> str:
        """What would be lost if the window closed now, in words; empty if nothing."""
        return ""

    def run(self, work: Callable[[], T], done: Callable[[T], None], lane: str) -> None:
        """Fetch in the background; in one lane only the newest outcome is delivered."""
        self.context.tasks.run(work, done, owner=self, lane=lane, failed=self.failed.emit)

    def do(self, work: Callable[[], object], said: str) -> None:
        """Do something at once and say so."""

        def done(_result: object) -> None:
            self.context.toasts.say(said)
            self.load()

        self.context.tasks.run(work, done, owner=self)

    def save(
        self,
        dialog: FormDialog,
        work: Callable[[], object],
        said: str,
        conflict: Callable[[UserError], None] | None = None,
    ) -> None:
        """Save what a dialog holds: close it and say so, or say in it why not."""
        save(self.context, dialog, work, said, lambda _result: self.load(), conflict)


@dataclass(frozen=True, slots=True)
class Tab:
    """`title` is marked by N_; whoever may do `verb` sees it."""

    key: str
    title: str
    kind: type[TabPanel]
    verb: Verb


class TabbedPage(Page):
    """The tabs that somebody may see, under one title. The first is seen first."""

    all_tabs: ClassVar[Sequence[Tab]] = ()

    def __init__(self, app: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(app, parent)
        self._context = app
        self._header = PageHeader(self.heading())
        self._shown = [tab for tab in self.all_tabs if self.may_see(tab)]
        self.panels: dict[str, TabPanel] = {}
        self.band = Band("danger", "")
        self.band.add_button(_("Try again"), self.reload, "refresh")
        self.band.hide()
        self._stack = QStackedWidget()
        self.tabs = QTabBar()
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setAccessibleName(self.heading())
        for tab in self._shown:
            self.tabs.addTab(_(tab.title).replace("&", "&&"))
        self.tabs.currentChanged.connect(self._on_tab)
        tabs = widget_of(row((self.tabs, 1), margin=(8, 0, 8, 0)))
        self.setLayout(column(self._header, tabs, hline(), self.band, (self._stack, 1), spacing=0))
        self._show_tab()

    def may_see(self, tab: Tab) -> bool:
        return self._context.session.may_somewhere(tab.verb)

    def reload(self) -> None:
        self.band.hide()
        panel = self.panel()
        if panel is not None:
            panel.load()

    def show_target(self, **target: object) -> None:
        """`tab`: a tab's key (without it: the first). The rest is the panel's: see its `show_target`."""
        keys = [tab.key for tab in self._shown]
        wanted = str(target.pop("tab", keys[0] if keys else ""))
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

    def panel(self) -> TabPanel | None:
        """What the tab shows that is seen."""
        at = self.tabs.currentIndex()
        return self.panels.get(self._shown[at].key) if at >= 0 else None

    def _on_tab(self, _at: int) -> None:
        self._show_tab()
        self.reload()

    def _show_tab(self) -> None:
        at = self.tabs.currentIndex()
        if at < 0:
            return
        tab = self._shown[at]
        self._header.set_sentence("")
        if tab.key not in self.panels:
            self._add(tab.key, tab.kind(self._context))
        panel = self.panels[tab.key]
        self._stack.setCurrentWidget(panel)
        self.setFocusProxy(panel)
        for each in self.panels.values():
            for action in each.page_actions():
                action.setVisible(each is panel)

    def _add(self, key: str, panel: TabPanel) -> None:
        panel.sentence_changed.connect(lambda sentence: self._on_sentence(panel, sentence))
        panel.failed.connect(self._on_failed)
        self.panels[key] = panel
        self._stack.addWidget(panel)
        for action in panel.page_actions():
            self._header.add_action(action)

    def _on_sentence(self, panel: TabPanel, sentence: str) -> None:
        if panel is self.panel():
            self._header.set_sentence(sentence)

    def _on_failed(self, error: Exception) -> None:
        """What is shown stays; it may be old."""
        self.band.set_words(_("This could not be fetched; what you see may be old."), words_for(error))
        self.band.show()
        if not isinstance(error, UserError):
            self._context.tasks.report(self, error)
