"""The desk from its first window to its last: one window at a time, and what stands behind it."""

import logging
import sys
from collections.abc import Callable
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from PySide6.QtCore import (
    QLibraryInfo,
    QObject,
    QSettings,
    Qt,
    QTranslator,
    Signal,
)
from PySide6.QtGui import QSessionManager
from PySide6.QtWidgets import QApplication, QWidget

from desktop.desk import fronts
from desktop.desk.place import DeskPlace
from desktop.domain.staff import Actor
from desktop.i18n import LANGUAGES, N_, _, current_language, set_language
from desktop.ui.context import Changes, Desk, Session
from desktop.ui.dialogs import confirm
from desktop.ui.errors import Reporter
from desktop.ui.main_window import MainWindow
from desktop.ui.tasks import Tasks

if TYPE_CHECKING:  # the window paints before anything is imported that needs SQLAlchemy
    from desktop.desk.behind import Behind
    from desktop.desk.running import Running, Seat
    from desktop.desk.staying import Staying
    from desktop.store.db import Touched

log = logging.getLogger(__name__)

DEFAULT_ZONE = "Asia/Tokyo"
_LOCKED = N_("An administrator has closed this login. What was being written stays here until somebody else signs in.")
_PATIENCE_S = 5
"""How long the end of the program waits for the message that the worker has in hand; the worker itself waits longer."""


class CityClock:
    """The time in the city's zone, which is known when its database is open."""

    def __init__(self) -> None:
        self.zone = ZoneInfo(DEFAULT_ZONE)

    def __call__(self) -> datetime:
        return datetime.now(self.zone)


class Program(QObject):
    """The desk from its first window to its last. `sign_in_as` is somebody whom the command line seats at it."""

    opened = Signal()
    """The database is open; the window shows the sign-in, the first start, or what keeps from both."""
    seated = Signal()
    """Somebody is signed in and sees their first page."""
    ended = Signal()
    """What was to be finished without the window is done, or was stopped."""

    def __init__(self, app: QApplication, place: DeskPlace, sign_in_as: str = "") -> None:
        super().__init__()
        self._app = app
        self._place = place
        self._next: Callable[[Running], Seat] | None = (
            (lambda running: running.seat_of(sign_in_as)) if sign_in_as else None
        )
        self._translator: QTranslator | None = None
        self.clock = CityClock()
        self.settings = QSettings(str(place.settings_file), QSettings.Format.IniFormat)
        self._reporter = Reporter(lambda: self.window, lambda: self.clock.zone)
        self.tasks = Tasks(self._report)
        self.changes = Changes()
        self.desk = Desk(self.tasks, self.changes, Session(self.clock), self.clock)
        self.window: MainWindow | None = None
        self.behind: Behind | None = None
        self.running: Running | None = None
        self._founding: Running | None = None
        self._staying: Staying | None = None
        self._speak(str(self.settings.value("language", current_language())))
        self.desk.session.school_changed.connect(self._remember_school)
        app.commitDataRequest.connect(self._on_commit_data)

    # Windows

    def show(self) -> None:
        """Paint the window; everything else begins when it stands."""
        self._make_window(fronts.opening(), practice=self._place.looks_like_practice())
        assert self.window is not None
        self.window.first_painted.connect(self.open)

    def _make_window(self, front: QWidget | None, *, practice: bool) -> None:
        """A window in the language and mode that hold now, in the place of the one before."""
        before = self.window
        window = MainWindow(self.desk, [], practice=practice, settings=self.settings)
        self.window = window
        window.language_asked.connect(self.change_language)
        window.sign_out_asked.connect(self.sign_out)
        window.switch_user_asked.connect(self.sign_out)
        window.set_close_guard(self._may_close)
        window.show_front(front)
        if self.running:
            self._furnish(window, self.running)
        if before is not None:
            window.restoreGeometry(before.saveGeometry())
        window.show()
        if before is not None:
            before.hide()
            before.deleteLater()

    def _furnish(self, window: MainWindow, running: "Running") -> None:
        """Give a window the pages of the open database, and what goes on in it."""
        window.offer(running.pages(), practice=self._practice())
        running.attach(window)

    def change_language(self, code: str) -> None:
        if code == current_language() or self.window is None:
            return
        self.settings.setValue("language", code)
        self._speak(code)
        key = self.window.current_key
        self._make_window(self._front(), practice=self._practice())
        if key and self.desk.session.signed_in:
            self.window.go(key)

    def _speak(self, code: str) -> None:
        """In our own words and in Qt's, as far as Qt has them."""
        set_language(code if code in LANGUAGES else current_language())
        if self._translator is not None:
            self._app.removeTranslator(self._translator)
        self._translator = QTranslator(self)
        folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
        if self._translator.load(f"qtbase_{current_language()}", folder):
            self._app.installTranslator(self._translator)

    def _practice(self) -> bool:
        return self.behind.practice if self.behind else self._place.looks_like_practice()

    # Opening the database

    def open(self) -> None:
        """Import what needs SQLAlchemy and open the database, in the background."""
        self.tasks.run(self._open_behind, self._on_opened, owner=self, failed=self._on_open_failed, lane="open")

    def _open_behind(self) -> "Behind":
        """In the background. What the first page needs comes along."""
        from desktop.desk import behind, entrance, pages, running  # noqa: PLC0415 - the window paints first

        pages.fetch(pages.FIRST)
        opened = behind.open_behind(self._place, self._announce)
        assert entrance
        assert running
        return opened

    def _on_opened(self, behind: "Behind") -> None:
        self.behind = behind
        if behind.time_zone:
            self.clock.zone = ZoneInfo(behind.time_zone)
        if behind.state == "ready":
            self._run(behind)
        else:
            self._show_front()
        self.opened.emit()

    def _on_open_failed(self, error: Exception) -> None:
        log.warning("the database cannot be opened", exc_info=error)
        self._cover(fronts.failed(error, self._try_again, self._leave))
        self.opened.emit()

    def _try_again(self) -> None:
        self._cover(fronts.opening())
        self.open()

    def _run(self, behind: "Behind") -> None:
        self.running = self._make_running(behind)
        assert self.window is not None
        self._furnish(self.window, self.running)
        if self._next:
            self._seat(self._next)
        else:
            self._show_front()
            self._start_running()

    def _make_running(self, behind: "Behind") -> "Running":
        from desktop.desk.running import Running  # noqa: PLC0415 - imported by then, in the background

        running = Running(self.desk, behind, self._place.paths, self)
        running.following.roles_changed.connect(self._on_roles_changed)
        running.following.dismissed.connect(self._on_dismissed)
        return running

    def _announce(self, touched: "Touched") -> None:
        """After each commit of this process, on the thread that made it."""
        from desktop.desk.listening import announce  # noqa: PLC0415 - imported by then

        announce(self.changes, touched)

    def _start_running(self) -> None:
        """What goes on beside the window begins when somebody can use it."""
        if self.running is not None:
            self.running.start()

    # The way in

    def _front(self) -> QWidget | None:
        """What covers the window now; None while somebody is signed in."""
        behind = self.behind
        if behind is None:
            return fronts.opening()
        from desktop.desk import entrance  # noqa: PLC0415 - imported by then, in the background

        if behind.state == "older":
            return fronts.older(self._upgrade, self._leave)
        if behind.state == "newer":
            return fronts.newer(self._leave)
        if self.running is None:
            self._founding = self._founding or self._make_running(behind)
            return entrance.first_start(self._founding.context, self._on_founded)
        if self.desk.session.signed_in:
            return None
        why = _LOCKED if self.desk.session.locked else ""
        return entrance.sign_in(self.running.context, self._on_signed_in, _(why) if why else "")

    def _cover(self, front: QWidget | None) -> None:
        if self.window is not None:
            self.window.show_front(front)

    def _show_front(self) -> None:
        self._cover(self._front())

    def _on_signed_in(self, actor: Actor) -> None:
        self._seat(lambda running: running.seat(actor))

    def _on_founded(self, actor: Actor) -> None:
        """The first administrator is made, and works on at once; the database is opened anew as what it now is."""
        behind = self.behind
        assert behind is not None
        self._cover(fronts.opening())
        self._next = lambda running: running.seat(actor)
        self.tasks.run(behind.keep_key, lambda _kept: self._reopen(), owner=self, failed=self._on_key_not_kept)

    def _on_key_not_kept(self, error: Exception) -> None:
        """Work goes on without; `doctor` says so again."""
        self._reopen()
        self.tasks.report(self, error)

    def _upgrade(self) -> None:
        behind = self.behind
        assert behind is not None
        self._cover(fronts.opening())
        self.tasks.run(behind.upgrade, lambda _done: self._reopen(), owner=self, failed=self._on_open_failed)

    def _reopen(self) -> None:
        self._close_behind()
        self.open()

    def _seat(self, find: "Callable[[Running], Seat]") -> None:
        running = self.running
        assert running is not None
        self.tasks.run(lambda: find(running), self._on_seat, owner=self, failed=self._on_no_seat)

    def _on_seat(self, seat: "Seat") -> None:
        self._next = None
        login = f"school/{seat.actor.staff_id}"
        remembered = self.settings.value(login)
        self.desk.session.sign_in(seat.actor, seat.schools, int(remembered) if remembered else None)
        self._show_front()
        self._start_running()
        self.seated.emit()

    def _on_no_seat(self, error: Exception) -> None:
        self._next = None
        self._show_front()
        self._start_running()
        self.tasks.report(self, error)

    def _on_roles_changed(self, reader: Actor) -> None:
        """Whoever is at the desk goes on with the roles of now."""
        running = self.running
        if running is not None:
            self.tasks.run(lambda: running.seat(reader), self._on_seat_changed, owner=self, lane="roles")

    def _on_seat_changed(self, seat: "Seat") -> None:
        session = self.desk.session
        if session.signed_in and session.actor.staff_id == seat.actor.staff_id:
            session.sign_in(seat.actor, seat.schools)

    def _on_dismissed(self) -> None:
        self.desk.session.lock()
        self._show_front()

    def sign_out(self) -> None:
        self.desk.session.sign_out()
        self._show_front()

    def _remember_school(self) -> None:
        session = self.desk.session
        if session.signed_in:
            self.settings.setValue(f"school/{session.actor.staff_id}", session.school_id or "")

    # Errors

    def _report(self, owner: QObject, error: Exception) -> None:
        """That the database is away is said once, by a band; everything else where the frame says it."""
        if self.running is None or not self.running.line.is_about_it(error):
            self._reporter.report(owner, error)

    def on_bug(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """What nobody caught: for `sys.excepthook`."""
        if isinstance(error, Exception):
            self._reporter.report(self, error)
        else:
            sys.__excepthook__(kind, error, trace)

    # The end

    def _may_close(self) -> bool:
        """Whether the window may close; what is due soon may be finished without it."""
        said = self.running.farewell() if self.running else None
        if said is None or not (said.finishing or said.later) or self.window is None:
            return True
        from desktop.desk.closing_dialog import Choice, ask  # noqa: PLC0415 - imported by then

        choice = ask(said, self.window)
        if choice is Choice.FINISH:
            self._stay()
        return choice is Choice.STOP

    def _stay(self) -> None:
        """Go on without the window until nothing is due soon."""
        from desktop.desk.staying import Staying  # noqa: PLC0415 - few closings need it

        assert self.running is not None
        assert self.window is not None
        self._app.setQuitOnLastWindowClosed(False)
        self._staying = Staying(self.running.following, self.clock, self)
        self._staying.window_asked.connect(self.come_to_the_front)
        self._staying.finished.connect(self.ended)
        self._staying.begin()
        self.window.hide()

    def come_to_the_front(self) -> None:
        """Show the window to somebody who looks for it. After it was closed, it asks anew who is there."""
        if self._staying is not None:
            self._end_staying()
            self.sign_out()
        if self.window is not None:
            self.window.setWindowState(self.window.windowState() & ~Qt.WindowState.WindowMinimized)
            self.window.show()
            self.window.raise_()
            self.window.activateWindow()

    def _end_staying(self) -> None:
        staying, self._staying = self._staying, None
        if staying is not None:
            staying.end()
            staying.deleteLater()
            self._app.setQuitOnLastWindowClosed(True)

    def _leave(self) -> None:
        if self.window is not None:
            self.window.close()

    def _on_commit_data(self, manager: QSessionManager) -> None:
        """The computer is being shut down, or its user signs out of it."""
        said = self.running.kept_back() if self.running else ""
        if not said or self.window is None or not manager.allowsInteraction():
            return
        keep, leave = _("Keep it open"), _("Close anyway")
        go_on = confirm(self.window, _("Close Renraku?"), said, leave, dangerous=True, back=keep)
        manager.release()
        if not go_on:
            manager.cancel()

    def _close_behind(self) -> None:
        founding, self._founding = self._founding, None
        running, self.running = self.running, None
        behind, self.behind = self.behind, None
        if running is not None:
            running.stop(_PATIENCE_S)
            running.deleteLater()
        if founding is not None:
            founding.deleteLater()
        if behind is not None:
            behind.close()

    def shut(self) -> None:
        """After the last window: the worker ends, the database is closed."""
        self._end_staying()
        self.settings.sync()
        self.tasks.close()
        self._close_behind()
