"""Follows what goes on for whoever is signed in: badges, the strip of notices on their way, what closing would keep."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal

from desktop.desk.closing import left_of
from desktop.domain.errors import UserError
from desktop.domain.notices import NoticeState
from desktop.domain.reports import NoticeRow
from desktop.domain.sending_release import Standing
from desktop.domain.staff import Actor, Verb
from desktop.i18n import _, format_number, ngettext
from desktop.services.watch import Outgoing, Watch, all_counts
from desktop.ui.app_context import AppContext
from desktop.ui.context import ANY_TABLE
from desktop.ui.long_work import Ending, LongWork
from desktop.ui.pace import EVERY_MS, Pace

TABLES = frozenset({
    "notices", "submissions", "approvals", "solo_releases", "deliveries", "staff", "role_grants", "registrations",
    "installation", "settings",
})  # fmt: skip
MOST_STRIPS = 3


@dataclass(frozen=True, slots=True)
class Look:
    """How things stand for one reader. `actor` None: nobody is signed in.

    `reader` is the same person with the roles of now; None where they may not sign in any more. `standing` says
    whether this database may send, `parts` what this city uses of the program.
    """

    actor: Actor | None
    outgoing: Outgoing
    reader: Actor | None = None
    waiting: int = 0
    registrations: int = 0
    approver_missing: bool = False
    standing: Standing | None = None
    parts: frozenset[str] = frozenset()


class Following(QObject):
    """Asks in the background: when something was written, and each second while something is being sent."""

    looked = Signal(object)
    roles_changed = Signal(object)
    """Who is signed in, as they are now."""
    dismissed = Signal()
    """Who is signed in may not be so any more."""

    def __init__(self, context: AppContext, watch: Watch, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._watch = watch
        self._works: dict[int, LongWork] = {}
        self._known_sent: frozenset[int] | None = None
        self.last = Look(None, Outgoing())
        self._pace = Pace(self._ask, self)
        self._tick = QTimer(self, interval=EVERY_MS)
        self._tick.timeout.connect(self._pace.ask)
        context.changes.written.connect(self._on_written)
        context.session.changed.connect(self._on_session)

    def look(self) -> None:
        """Look now."""
        self._pace.now()

    def _on_session(self) -> None:
        """Another reader may not see what the last one saw."""
        for work in self._works.values():
            work.finish(Ending(""))
        self._works.clear()
        self._known_sent = None
        self.look()

    def _on_written(self, tables: frozenset[str], _schools: object) -> None:
        if tables & TABLES or ANY_TABLE in tables:
            self._pace.ask()

    def _ask(self) -> None:
        session = self._context.session
        actor = session.actor if session.signed_in else None
        self._context.tasks.run(partial(self._read, actor), self._show, owner=self, failed=self._on_failed, lane="look")

    def _read(self, actor: Actor | None) -> Look:
        """In the background."""
        reader = self._watch.reader(actor) if actor else None
        outgoing = self._watch.outgoing(reader)
        standing, parts = self._context.release.standing(), self._context.settings.all().parts
        if reader is None:
            return Look(actor, outgoing, standing=standing, parts=parts)
        waiting = self._watch.waiting_notices(reader)
        registrations = sum(self._context.reviews.counts(reader).values())
        missing = self._context.staff.approver_missing()
        return Look(actor, outgoing, reader, waiting, registrations, missing, standing, parts)

    def _on_failed(self, error: Exception) -> None:
        """What cannot be looked at now is looked at again; that the database is away is said elsewhere."""
        if not isinstance(error, UserError) or error.code == "database.unavailable":
            self._context.tasks.report(self, error)

    def _show(self, look: Look) -> None:
        session = self._context.session
        if (session.actor if session.signed_in else None) != look.actor:
            return
        self.last = look
        session.use(look.parts)
        if look.reader != look.actor:
            self._tell_of_the_reader(look.reader)
        if look.reader is not None:
            self._show_strips([row for row in look.outgoing.seen if row.state is NoticeState.SENDING])
            self._say_what_was_sent(look.outgoing.sent)
        self.looked.emit(look)

    def _tell_of_the_reader(self, reader: Actor | None) -> None:
        if reader is None:
            self.dismissed.emit()
        else:
            self.roles_changed.emit(reader)

    # The strip

    def _show_strips(self, sending: list[NoticeRow]) -> None:
        shown = sending[:MOST_STRIPS]
        for notice_id in set(self._works) - {row.id for row in shown}:
            self._end(notice_id, self._works.pop(notice_id))
        for row in shown:
            work = self._works.get(row.id)
            if work is None:
                work = self._works[row.id] = self._begin(row)
            work.step(*left_of(row))
        if self._works and not self._tick.isActive():
            self._tick.start()
        elif not self._works:
            self._tick.stop()

    def _say_what_was_sent(self, sent: tuple[NoticeRow, ...]) -> None:
        """A small notice is out before anybody could see it on its way."""
        known, self._known_sent = self._known_sent, frozenset(row.id for row in sent)
        if known is None:
            return
        for row in reversed(sent):
            if row.id not in known:
                self._context.toasts.say(_sent_words(row), _("Show"), self._going_to(row.id))

    def _going_to(self, notice_id: int) -> Callable[[], None]:
        return partial(self._context.navigator.go, "notice", notice_id=notice_id)

    def _begin(self, row: NoticeRow) -> LongWork:
        may_stop = self._context.session.may(Verb.STOP_NOTICE, row.school_id)
        work = LongWork(_("Sending “{title}”").format(title=row.title), cancellable=may_stop, parent=self)
        work.cancel_asked.connect(partial(self._stop, row.id))
        self._context.tasks.follow(work)
        return work

    def _stop(self, notice_id: int) -> None:
        context, actor = self._context, self._context.session.actor
        context.tasks.run(lambda: context.approvals.stop(actor, notice_id), lambda _done: self.look(), owner=self)

    def _end(self, notice_id: int, work: LongWork) -> None:
        """It is not on its way any more. That it was sent is said of all notices; that it was stopped, here."""
        context, actor = self._context, self._context.session.actor
        context.tasks.run(
            lambda: context.notices.get(actor, notice_id).state,
            lambda state: work.finish(self._ending(state, notice_id, work)),
            owner=work,
            failed=lambda _error: work.finish(Ending("")),
        )

    def _ending(self, state: NoticeState, notice_id: int, work: LongWork) -> Ending:
        if state is NoticeState.STOPPED:
            return Ending(_("{what}: stopped.").format(what=work.title), _("Show"), self._going_to(notice_id))
        return Ending("")


def _sent_words(row: NoticeRow) -> str:
    """Only what is known: handed over is not read. Staff's mails and copies are messages like any other."""
    counts = [(state, count) for states in all_counts(row) for state, count in states.items()]
    sent = sum(count for state, count in counts if state == "accepted")
    rest = sum(count for _state, count in counts) - sent
    said = ngettext("“{title}”: {n} message was sent.", "“{title}”: {n} messages were sent.", sent)
    words = said.format(title=row.title, n=format_number(sent))
    if not rest:
        return words
    missing = ngettext("{n} was not.", "{n} were not.", rest).format(n=format_number(rest))
    return f"{words} {missing}"
