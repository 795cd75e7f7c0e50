"""The desk at work: a database that is open, the worker beside it, and everything that follows both."""

from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject, QTimer

from desktop.desk import pages
from desktop.desk.bands import Bands
from desktop.desk.behind import Behind, seats
from desktop.desk.closing import Farewell, farewell, unsent_words
from desktop.desk.finding import FindAnything
from desktop.desk.following import Following
from desktop.desk.line import Line
from desktop.desk.listening import Listener
from desktop.desk.worker_keeper import Stage, WorkerKeeper
from desktop.domain.notices import NoticeState
from desktop.domain.staff import Actor, Verb
from desktop.i18n import _
from desktop.paths import Paths
from desktop.settings import SMS
from desktop.ui.app_context import AppContext
from desktop.ui.context import ANY_TABLE, SECRETS, Desk, SchoolChoice
from desktop.ui.finder import Command
from desktop.ui.main_window import MainWindow
from desktop.ui.page import PageSpec
from desktop.ui.pictures import Visit
from desktop.ui.sign_in.own_password import OwnPasswordDialog

_PAGE_FIRST_MS = 300
_PAGES_LATER_MS = 1500
"""What a worker and the other pages need to start would compete with the first page for this computer."""


@dataclass(frozen=True, slots=True)
class Seat:
    """Somebody who signed in, with the schools they may look at."""

    actor: Actor
    schools: tuple[SchoolChoice, ...]


class Running(QObject):
    """From the opening of a database to its closing; windows come and go meanwhile."""

    def __init__(self, desk: Desk, behind: Behind, paths: Paths, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.behind = behind
        self.context = _context(desk, behind, paths)
        desk.session.use(behind.parts)
        watch = behind.services.watch
        self.line = Line(desk.tasks, watch.newest_event, desk.clock, self)
        self.keeper = WorkerKeeper(paths, behind.worker_orders, desk.clock, behind.another_sends, self)
        self.listener = Listener(behind.url, desk.changes, watch.newest_event, self)
        self.following = Following(self.context, watch, self)
        self.find = FindAnything(self.context)
        self._started = False
        self._fetch = QTimer(self, singleShot=True)
        self._fetch.timeout.connect(self._fetch_pages)
        self.listener.doubted.connect(self.line.try_now)
        self.line.came_back.connect(self._on_back)
        self.keeper.changed.connect(self._on_worker)
        desk.changes.written.connect(self._on_written)

    def start(self) -> None:
        if self._started:
            return
        self._started = True
        self.listener.start()
        self.following.look()
        self.keeper.start(_PAGE_FIRST_MS)
        self._fetch.start(_PAGES_LATER_MS)

    def stop(self, patience_s: float) -> None:
        """Let the worker finish what it has in hand, and wait for it that long."""
        self._fetch.stop()
        self.keeper.stop(patience_s)
        if self._started:
            self.listener.stop()

    def pages(self) -> list[PageSpec]:
        return pages.page_specs(self.context)

    def attach(self, window: MainWindow) -> None:
        """Give a new window its bands, its search and its guard."""
        Bands(window, self.context, self.line, self.keeper, self.following)
        window.set_finder(self.find)
        window.emergency_asked.connect(lambda: self.context.navigator.go("compose", emergency=True))
        window.connection_asked.connect(self._look_again)
        letters = partial(self.context.navigator.go, "letters")
        window.add_command(Command(_("Registration letters…"), letters, "printer"))
        window.add_command(
            Command(_("Change my password…"), partial(self._change_password, window), "key", "Ctrl+Alt+P")
        )

    @property
    def others_send(self) -> bool:
        """Whether this desk may close without keeping anything from going out."""
        return not self.context.sends_here or self.keeper.state.stage is Stage.ELSEWHERE

    def kept_back(self) -> str:
        """What the end of the desk would keep from going out, in words; empty where others send."""
        if self.others_send:
            return ""
        outgoing = self.following.last.outgoing
        return unsent_words(outgoing.seen, outgoing.others, self.context.clock())

    def farewell(self) -> Farewell:
        """The same for a person who closes the window and may let it finish."""
        return Farewell() if self.others_send else farewell(self.following.last.outgoing, self.context.clock())

    def seat_of(self, login: str) -> Seat:
        """In the background: somebody whom the command line names."""
        return self.seat(self.behind.services.staff.actor_for(login))

    def seat(self, actor: Actor) -> Seat:
        """In the background: what somebody who signed in may look at."""
        return Seat(actor, seats(self.behind.services, actor))

    def sights(self) -> list[Visit]:
        """What is worth a picture: each page, and of notices one that was sent and one being written."""
        rows = self.context.notices.rows(self.context.session.actor)
        sent = [row.id for row in rows if row.state is NoticeState.DONE]
        drafts = [row.id for row in rows if row.state is NoticeState.DRAFT]
        visits = [Visit("today", "today"), Visit("notices", "notices")]
        visits += [Visit("notice", "notice", {"notice_id": sent[0]})] if sent else []
        visits += [Visit("compose", "compose", {"notice_id": drafts[0]})] if drafts else []
        visits += [Visit("rosters", "rosters"), Visit("roster_import", "roster_import")]
        if self.context.session.may_somewhere(Verb.HAND_OUT_CODE):
            visits.append(Visit("letters", "letters"))
        visits.append(Visit("registrations", "registrations"))
        if SMS in self.context.session.parts and self.context.session.may(Verb.HELP_BY_SMS):
            visits.append(Visit("sms", "sms"))
        if self.context.session.may_somewhere(Verb.MANAGE_STAFF):
            visits.append(Visit("administration", "administration"))
        return visits

    def _fetch_pages(self) -> None:
        self.context.tasks.run(lambda: pages.fetch(*pages.OTHERS), lambda _loaded: None, owner=self)

    def _change_password(self, window: MainWindow) -> None:
        if self.context.session.signed_in:
            OwnPasswordDialog(self.context, window).open()

    def _on_back(self) -> None:
        """What was missed meanwhile is fetched now."""
        self.context.changes.announce(frozenset({ANY_TABLE}))
        self.keeper.start()

    def _on_written(self, tables: frozenset[str], _schools: object) -> None:
        """The worker was handed its secrets when it was started; others need another worker."""
        if SECRETS in tables:
            self.keeper.restart()

    def _on_worker(self) -> None:
        if self.keeper.state.stage is Stage.DOWN and self.keeper.state.reason == "database.unavailable":
            self.line.try_now()

    def _look_again(self) -> None:
        self.line.try_now()
        self.keeper.start()
        self.following.look()


def _context(desk: Desk, behind: Behind, paths: Paths) -> AppContext:
    services = behind.services
    return AppContext(
        tasks=desk.tasks,
        changes=desk.changes,
        session=desk.session,
        clock=desk.clock,
        navigator=desk.navigator,
        toasts=desk.toasts,
        paths=paths,
        setup=services.setup,
        settings=services.settings,
        staff=services.staff,
        schools=services.schools,
        people=services.people,
        rosters=services.rosters,
        notices=services.notices,
        approvals=services.approvals,
        audiences=services.audiences,
        reports=services.reports,
        release=services.release,
        reviews=services.reviews,
        sign_ups=services.sign_ups,
        line_links=services.line_links,
        inbox=services.inbox,
        unfinished=services.unfinished,
        refused_mails=services.refused_mails,
        letters=services.letters,
        registration_codes=services.registration_codes,
        sms_messages=services.sms_messages,
        sms_steering=services.sms_steering,
        sms_ledger=services.sms_ledger,
        sms_accounts=services.sms_accounts,
        sms_conflicts=services.sms_conflicts,
        saved_lists=services.saved_lists,
        copies=services.copies,
        waiting=services.waiting,
        checks=services.checks,
        secrets=behind.found.secrets,
        sends_here=behind.sends_here,
        practice=behind.practice,
    )
