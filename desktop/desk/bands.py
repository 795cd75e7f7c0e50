"""The bands above the pages and the line at the foot of the sidebar: what everybody must know, whatever they do."""

from datetime import datetime

from PySide6.QtCore import QObject, QTimer, Signal

from desktop.desk.closing import left_of
from desktop.desk.following import Following, Look
from desktop.desk.line import Line
from desktop.desk.worker_keeper import Stage, WorkerKeeper, WorkerState
from desktop.domain.errors import UserError
from desktop.domain.notices import NoticeState
from desktop.domain.reports import NoticeRow
from desktop.domain.sending_release import Standing
from desktop.domain.staff import Verb
from desktop.i18n import _, format_time, ngettext
from desktop.ui.app_context import AppContext
from desktop.ui.main_window import MainWindow
from desktop.ui.release_dialog import open_release
from desktop.ui.widgets.bands import Band
from desktop.wording.errors import word
from desktop.wording.sending_release import HEADLINE, who_can

_MOST_NAMED = 2


class Bands(QObject):
    """Keeps one window's bands true."""

    release_shown = Signal(object)
    """The dialog that releases sending."""

    def __init__(
        self, window: MainWindow, context: AppContext, line: Line, keeper: WorkerKeeper, following: Following
    ) -> None:
        super().__init__(window)
        self._window = window
        self._context = context
        self._line = line
        self._keeper = keeper
        self._following = following
        self._line_band: Band | None = None
        self._worker_band: Band | None = None
        self._held_band: Band | None = None
        self._held_for = (False, "")
        self._tick = QTimer(self, interval=1000)
        self._tick.timeout.connect(self._count_down)
        line.went_down.connect(self._show_line)
        line.came_back.connect(self._on_back)
        line.tried.connect(self._count_down)
        keeper.changed.connect(self._show_worker)
        following.looked.connect(self._on_looked)
        self._show_line()
        self._show_worker()
        if following.last.actor is not None:
            self._on_looked(following.last)

    # The line to the database

    def _show_line(self) -> None:
        if self._line.down_since is None:
            return
        self._line_band = Band("danger", "", icon="disconnected")
        self._line_band.add_button(_("Try now"), self._line.try_now)
        self._window.show_band("line_down", self._line_band)
        self._tick.start()
        self._count_down()
        self._show_worker()

    def _on_back(self) -> None:
        self._line_band = None
        self._window.hide_band("line_down")
        self._show_worker()

    def _count_down(self) -> None:
        now = self._context.clock()
        if self._line_band is not None and self._line.down_since is not None:
            self._line_band.set_words(*line_words(self._line.down_since, self._following.last))
            self._line_band.set_side_note(try_words(self._line.next_try, now))
        if self._worker_band is not None:
            self._worker_band.set_side_note(try_words(self._keeper.state.retry_at, now))
        if self._line_band is None and self._worker_band is None:
            self._tick.stop()

    # The worker

    def _show_worker(self) -> None:
        state = self._keeper.state
        self._show_connection()
        if self._is_held() and not self._line.is_down:
            self._show_held()
        elif self._held_band is not None:
            self._held_band = None
            self._window.hide_band("restored")
        # While the database is away the worker cannot help it, and one band says enough.
        if state.stage is Stage.DOWN and not self._line.is_down:
            self._show_worker_band(state)
        elif state.stage in {Stage.RUNNING, Stage.ELSEWHERE, Stage.OFF} or self._line.is_down:
            self._worker_band = None
            self._window.hide_band("worker")

    def _show_worker_band(self, state: WorkerState) -> None:
        text, more = worker_words(state)
        if self._worker_band is None:
            self._worker_band = Band("danger", text, more, icon="pause-circle")
            self._worker_band.add_button(_("Start it now"), self._keeper.start, "refresh")
            self._window.show_band("worker", self._worker_band)
        self._worker_band.set_words(text, more)
        self._tick.start()
        self._count_down()

    def _is_held(self) -> bool:
        """The worker here says so, or the database, whoever sends from it."""
        standing = self._following.last.standing
        return not self._keeper.state.may_send or (standing is not None and not standing.may_send)

    def _show_held(self) -> None:
        """For an administrator with a way to look and release, for others with whom to ask."""
        standing = self._following.last.standing
        may_release = self._context.session.may(Verb.RELEASE_SENDING)
        more = _("Look at what may already have gone out, and then release sending.")
        if not may_release:
            more = who_can(standing or Standing(may_send=False, epoch=0))
        if self._held_band is not None and self._held_for == (may_release, more):
            return
        self._held_band, self._held_for = Band("danger", _(HEADLINE), more), (may_release, more)
        if may_release:
            self._held_band.add_button(_("Look and release…"), self._open_release)
        self._window.show_band("restored", self._held_band)

    def _open_release(self) -> None:
        open_release(self._context, self._window, self.release_shown.emit)

    def _show_connection(self) -> None:
        if self._line.down_since is not None:
            words = _("No connection since {time}").format(time=format_time(self._line.down_since))
            self._window.set_connection(words, well=False)
        elif self._keeper.state.stage is Stage.DOWN or self._is_held():
            self._window.set_connection(_("Nothing is sent"), well=False)
        else:
            self._window.set_connection(_("Connected"), well=True)

    # What the reader should know

    def _on_looked(self, look: Look) -> None:
        self._show_worker()
        self._window.set_badge("notices", look.waiting)
        self._window.set_badge("registrations", look.registrations)
        if not look.approver_missing:
            self._window.hide_band("approver")
            return
        band = Band(
            "warning",
            _("Nobody is registered yet who approves. Sending a notice takes two people."),
            icon="person-plus",
        )
        if self._context.session.may_somewhere(Verb.MANAGE_STAFF):
            band.add_button(_("Add staff…"), lambda: self._context.navigator.go("administration"))
        self._window.show_band("approver", band)


def line_words(since: datetime, last: Look) -> tuple[str, str]:
    """Since when, and what of the last that is known has not gone out."""
    text = _("Not connected to the database since {time}.").format(time=format_time(since))
    more = [_("What you see is from then. What you write is kept on this computer.")]
    more += [_unsent(row) for row in last.outgoing.seen[:_MOST_NAMED]]
    return text, " ".join(more)


def _unsent(row: NoticeRow) -> str:
    done, total = left_of(row)
    if row.state is NoticeState.SENDING and total > done:
        said = ngettext(
            "{n} message of “{title}” may not have been sent.", "{n} messages of “{title}” may not have been sent.",
            total - done,
        )  # fmt: skip
        return said.format(n=total - done, title=row.title)
    return _("“{title}” has not been sent yet.").format(title=row.title)


def worker_words(state: WorkerState) -> tuple[str, str]:
    """That nothing is sent, and why."""
    more = word(UserError(state.reason)).text if state.reason else _("The part that sends ended without a word.")
    return _("Nothing is being sent at the moment."), more + " " + _("Nothing of what was written is lost.")


def try_words(at: datetime | None, now: datetime) -> str:
    """When the next try is, counted down."""
    if at is None:
        return _("Trying now…")
    seconds = max(0, round((at - now).total_seconds()))
    return ngettext("Next try in {n} second", "Next try in {n} seconds", seconds).format(n=seconds)
