"""The window: top bar, sidebar, the page in view, bands above it, the strip below."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QSettings, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QPaintEvent, QResizeEvent, QShortcut
from PySide6.QtWidgets import QMainWindow, QStackedWidget, QWidget

from desktop.domain.errors import UserError
from desktop.domain.staff import Actor
from desktop.i18n import _
from desktop.ui.band_column import BandColumn
from desktop.ui.context import Desk
from desktop.ui.dialogs import confirm
from desktop.ui.errors import words_for
from desktop.ui.finder import Command, Provider
from desktop.ui.page import Page, PageSpec
from desktop.ui.recent import RecentActions
from desktop.ui.sidebar import Sidebar
from desktop.ui.theme import BODY_PT, effective_width, theme
from desktop.ui.top_bar import TopBar
from desktop.ui.widgets.bands import Band, practice_band
from desktop.ui.widgets.pieces import column, row
from desktop.ui.widgets.strip import BottomStrip

_NARROW_BELOW = 900
_HISTORY = 30
_BIGGEST = 2.0


class MainWindow(QMainWindow):
    """The frame around all pages."""

    emergency_asked = Signal()
    connection_asked = Signal()
    sign_out_asked = Signal()
    switch_user_asked = Signal()
    language_asked = Signal(str)
    page_shown = Signal(str)
    first_painted = Signal()

    def __init__(
        self,
        desk: Desk,
        specs: Sequence[PageSpec],
        *,
        practice: bool = False,
        settings: QSettings | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Renraku")
        self.setMinimumSize(800, 560)
        self._desk = desk
        self._specs = {spec.key: spec for spec in specs}
        self._pages: dict[str, Page] = {}
        self._history: list[tuple[str, dict[str, object]]] = []
        self._own_commands: list[Command] = []
        self._close_guard: Callable[[], bool] = lambda: True
        self._settings = settings
        self._painted = False
        self._first: tuple[str, dict[str, object]] | None = None
        self._seated: Actor | None = None
        self._build(practice)
        self._connect()
        self._add_shortcuts()
        self._restore_geometry()
        self._show_places()

    # What the application uses

    def offer(self, specs: Sequence[PageSpec], *, practice: bool) -> None:
        """The pages of a database that was opened meanwhile, and whether it is there to practise."""
        self._specs = {spec.key: spec for spec in specs}
        self._practice.setVisible(practice)
        self._show_places()

    @property
    def current_key(self) -> str:
        return self._history[-1][0] if self._history else ""

    def go(self, key: str, target: dict[str, object] | None = None) -> None:
        """Show a page and hand it its target. Before the first painting it only remembers where to go."""
        if not self._painted:
            self._first = (key, target or {})
            return
        if key not in self._specs or not self._desk.session.signed_in:
            return
        if not self._may_see(self._specs[key]):
            self._desk.toasts.warn(words_for(UserError("forbidden")))
            return
        self._history.append((key, target or {}))
        del self._history[:-_HISTORY]
        self._show_page(key, target or {})

    def back(self) -> None:
        """The page before this one, as it was reached."""
        if len(self._history) > 1:
            self._history.pop()
            self._show_page(*self._history[-1])

    def page(self, key: str) -> Page | None:
        """The page of that key if it has been visited."""
        return self._pages.get(key)

    def show_front(self, front: QWidget | None) -> None:
        """Cover everything but the practice band: while the database opens and while nobody is signed in.

        None takes the cover away. The window owns what it is given.
        """
        before = self._cover.widget(1)
        if before is not None:
            self._cover.removeWidget(before)
            before.deleteLater()
        if front is not None:
            self._cover.addWidget(front)
            self._cover.setCurrentWidget(front)
            front.setFocus(Qt.FocusReason.OtherFocusReason)

    def set_badge(self, key: str, number: int) -> None:
        self.sidebar.set_badge(key, number)

    def set_connection(self, words: str, *, well: bool) -> None:
        self.sidebar.set_connection(words, well=well)

    def show_band(self, key: str, band: Band) -> None:
        """Show a band above the page, in place of the one of that key."""
        self._band_column.show_band(key, band)

    def hide_band(self, key: str) -> None:
        self._band_column.hide_band(key)

    def set_finder(self, provider: Provider | None) -> None:
        """How Ctrl+K finds people, classes and notices."""
        self.top.finder.set_provider(provider)

    def add_command(self, command: Command) -> None:
        """Something that Ctrl+K finds and whose shortcut works everywhere."""
        self._own_commands.append(command)
        if command.shortcut:
            self._shortcut(command.shortcut, command.run)

    def set_close_guard(self, guard: Callable[[], bool]) -> None:
        """`guard` says whether the window may close, and asks the person where it must."""
        self._close_guard = guard

    def commands(self) -> list[Command]:
        """Every command, with its shortcut, for Ctrl+K and the menu."""
        places = enumerate(self._places(), 1)
        return [
            *(Command(_(spec.title), partial(self.go, spec.key), spec.icon, f"Ctrl+{at}") for at, spec in places),
            *self._own_commands,
            *self._school_commands(),
            Command(_("Emergency"), self.emergency_asked.emit, "emergency", "Ctrl+Shift+E"),
            Command(_("Recent actions"), self._show_recent, "history", "Ctrl+Shift+Z"),
            Command(_("Reload"), self._reload, "refresh", "F5"),
            Command(_("Back"), self.back, "arrow-left", "Alt+Left"),
            Command(_("Larger text"), lambda: self._resize_text(1.1), "plus", "Ctrl++"),
            Command(_("Smaller text"), lambda: self._resize_text(1 / 1.1), "minus", "Ctrl+-"),
            Command(_("Normal text size"), lambda: self._resize_text(0), "refresh", "Ctrl+0"),
        ]

    def _school_commands(self) -> list[Command]:
        session = self._desk.session
        return [
            Command(_("Look at {school}").format(school=choice.name), partial(session.look_at, choice.id), "school")
            for choice in session.schools
        ]

    # Building

    def _build(self, practice: bool) -> None:
        desk = self._desk
        self.top = TopBar(desk.session, desk.tasks, self.commands)
        self.sidebar = Sidebar()
        self.stack = QStackedWidget()
        self.stack.addWidget(QWidget())
        self.recent = RecentActions(desk.toasts, desk.clock, self)
        self.strip = BottomStrip(desk.tasks, desk.toasts, lambda error: words_for(error, desk.clock().tzinfo))
        self._band_column = BandColumn()
        body = column(self._band_column, (self.stack, 1), spacing=0)
        middle = row(self.sidebar, (body, 1), spacing=0)
        frame = QWidget()
        frame.setLayout(column(self.top, (middle, 1), self.strip, spacing=0))
        self._cover = QStackedWidget()
        self._cover.addWidget(frame)
        self._practice = practice_band()
        self._practice.setVisible(practice)
        root = QWidget()
        root.setLayout(column(self._practice, (self._cover, 1), spacing=0))
        self.setCentralWidget(root)

    def _connect(self) -> None:
        desk = self._desk
        self.sidebar.chosen.connect(self._on_chosen)
        self.sidebar.emergency_asked.connect(self.emergency_asked)
        self.sidebar.recent_asked.connect(self._show_recent)
        self.sidebar.connection_asked.connect(self.connection_asked)
        self.top.sign_out_asked.connect(self.sign_out_asked)
        self.top.switch_user_asked.connect(self.switch_user_asked)
        self.top.language_asked.connect(self.language_asked)
        self.top.finder.left.connect(self._focus_page)
        desk.navigator.requested.connect(self.go)
        desk.navigator.back_requested.connect(self.back)
        desk.session.changed.connect(self._on_session_changed)
        desk.session.parts_changed.connect(self._on_parts_changed)
        theme.changed.connect(self._fit)

    def _add_shortcuts(self) -> None:
        """The sidebar's emergency button has its own, so that its menu entry only shows it."""
        for number in range(1, 10):
            self._shortcut(f"Ctrl+{number}", partial(self._go_to_place, number))
        self._shortcut("Ctrl+K", self.top.finder.start)
        self._shortcut("Ctrl+F", self._focus_search)
        self._shortcut("Ctrl+Shift+Z", self._show_recent)
        self._shortcut("F5", self._reload)
        self._shortcut("Alt+Left", self.back)
        self._shortcut("Ctrl++", lambda: self._resize_text(1.1))
        self._shortcut("Ctrl+-", lambda: self._resize_text(1 / 1.1))
        self._shortcut("Ctrl+0", lambda: self._resize_text(0))

    def _shortcut(self, keys: str, run: Callable[[], object]) -> None:
        shortcut = QShortcut(QKeySequence(keys), self)
        shortcut.activated.connect(run)

    # Pages

    def _places(self) -> list[PageSpec]:
        session = self._desk.session
        if not session.signed_in:
            return []
        return [spec for spec in self._specs.values() if not spec.under and self._may_see(spec)]

    def _may_see(self, spec: PageSpec) -> bool:
        session = self._desk.session
        if spec.part and spec.part not in session.parts:
            return False
        return not spec.verbs or any(map(session.may if spec.whole_city else session.may_somewhere, spec.verbs))

    def _show_places(self) -> None:
        self.sidebar.show_places([(spec.key, _(spec.title), spec.icon) for spec in self._places()])
        if self.current_key:
            self._mark(self.current_key)

    def _show_page(self, key: str, target: dict[str, object]) -> None:
        page = self._pages.get(key)
        if page is None:
            page = self._specs[key].make()
            self._pages[key] = page
            self.stack.addWidget(page)
        self._mark(key)
        self.strip.toast.action_taken()
        if target:
            page.show_target(**target)
        self.stack.setCurrentWidget(page)
        self.setWindowTitle(f"{_(self._specs[key].title)} – Renraku")
        self._focus_page()
        self.page_shown.emit(key)

    def _mark(self, key: str) -> None:
        self.sidebar.mark(self._specs[key].under or key)

    def _on_chosen(self, key: str) -> None:
        if key != self.current_key:
            self.go(key)

    def _go_to_place(self, number: int) -> None:
        places = self._places()
        if number <= len(places):
            self.go(places[number - 1].key)

    def _on_session_changed(self) -> None:
        """Pages hold what their reader may see: another reader gets new ones, one with other roles keeps theirs."""
        session = self._desk.session
        self._show_places()
        if session.locked:
            return
        before, self._seated = self._seated, session.actor if session.signed_in else None
        if before and self._seated and before.staff_id == self._seated.staff_id:
            self._leave_forbidden_pages()
        else:
            self._drop_pages()
            self._go_home()

    def _on_parts_changed(self) -> None:
        self._show_places()
        if self._desk.session.signed_in:
            self._leave_forbidden_pages()

    def _leave_forbidden_pages(self) -> None:
        here = self.current_key
        self._history = [step for step in self._history if self._may_see(self._specs[step[0]])]
        for key in [key for key in self._pages if not self._may_see(self._specs[key])]:
            self._drop_page(key)
        if here not in self._pages:
            self._go_home()

    def _go_home(self) -> None:
        places = self._places()
        if places:
            self.go(places[0].key)

    def _show_recent(self) -> None:
        self.recent.open_beside(self.sidebar.recent)

    def _drop_pages(self) -> None:
        self.recent.forget()
        self.stack.setCurrentIndex(0)
        for key in list(self._pages):
            self._drop_page(key)
        self._history.clear()

    def _drop_page(self, key: str) -> None:
        page = self._pages.pop(key)
        self.stack.removeWidget(page)
        page.deleteLater()

    def _focus_page(self) -> None:
        page = self.stack.currentWidget()
        if page is not None and not page.isAncestorOf(self.focusWidget() or self):
            page.setFocus(Qt.FocusReason.OtherFocusReason)

    def _focus_search(self) -> None:
        page = self.stack.currentWidget()
        if not (isinstance(page, Page) and page.focus_search()):
            self.top.finder.start()

    def _reload(self) -> None:
        page = self.stack.currentWidget()
        if isinstance(page, Page):
            page.refresh()

    # Size

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            QTimer.singleShot(0, self, self._open_first)

    def _open_first(self) -> None:
        self.first_painted.emit()
        session = self._desk.session
        if not session.signed_in:
            return
        self._seated = session.actor
        key, target = self._first or ("", {})
        if key:
            self.go(key, target)
        elif not self._history:
            self._go_home()

    def _fit(self) -> None:
        self.sidebar.set_narrow(effective_width(self) < _NARROW_BELOW)
        self.top.fit()

    def _resize_text(self, factor: float) -> None:
        """Make all text larger or smaller; 0 is the normal size. It never gets smaller than that."""
        size = max(BODY_PT, min(BODY_PT * _BIGGEST, self.font().pointSizeF() * factor))
        theme.set_body_size(size)
        if self._settings is not None:
            self._settings.setValue("window/textSize", size)

    # Closing and coming back

    def closeEvent(self, event: QCloseEvent) -> None:
        said = "\n".join(reason for reason in (page.unsaved() for page in self._pages.values()) if reason)
        keep, leave = _("Keep it open"), _("Close anyway")
        unsaved = said and not confirm(self, _("Close Renraku?"), said, leave, dangerous=True, back=keep)
        if unsaved or not self._close_guard():
            event.ignore()
            return
        if self._settings is not None:
            self._settings.setValue("window/geometry", self.saveGeometry())
        super().closeEvent(event)

    def _restore_geometry(self) -> None:
        self.resize(1280, 800)
        if self._settings is None:
            return
        geometry = self._settings.value("window/geometry")
        if geometry is not None:
            self.restoreGeometry(geometry)
        size = self._settings.value("window/textSize", type=float)
        if isinstance(size, float) and size > BODY_PT:
            theme.set_body_size(size)
