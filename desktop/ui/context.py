"""What every page is given."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime

from PySide6.QtCore import QObject, Signal

from desktop.domain.staff import Actor, Verb, may, may_somewhere, school_scope
from desktop.i18n import _
from desktop.ui.tasks import Tasks

Clock = Callable[[], datetime]

ANY_TABLE = "*"
"""Stands among the tables that were written when nobody knows which: SQLite does not tell what others write."""

SECRETS = "secrets"
"""Announced like a table, although passwords and keys stand in none."""


class Changes(QObject):
    """Says, on the GUI thread, which tables were just written and for which schools (None: for any)."""

    written = Signal(object, object)

    def announce(self, tables: frozenset[str], schools: frozenset[int] | None = None) -> None:
        """From any thread: the store's after-commit hook, or whoever polls the database for others' writes."""
        self.written.emit(tables, schools)


@dataclass(frozen=True, slots=True)
class SchoolChoice:
    """A school in the switcher; None is the whole city."""

    id: int | None
    name: str


class Session(QObject):
    """Who sits at this desk, and which school they look at."""

    changed = Signal()
    school_changed = Signal()
    parts_changed = Signal()

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._parts: frozenset[str] = frozenset()
        self._clock = clock
        self._actor: Actor | None = None
        self._locked = False
        self._schools: tuple[SchoolChoice, ...] = ()
        self._school: SchoolChoice | None = None

    @property
    def signed_in(self) -> bool:
        return self._actor is not None and not self._locked

    @property
    def locked(self) -> bool:
        """Whether who was signed in may not look any more; their pages stay as they left them, and are covered."""
        return self._locked

    @property
    def actor(self) -> Actor:
        """Who is signed in. Only pages ask, and pages exist only while somebody is."""
        assert self._actor is not None
        return self._actor

    @property
    def parts(self) -> frozenset[str]:
        """What this city uses of what it need not; see `Settings.parts`."""
        return self._parts

    def use(self, parts: frozenset[str]) -> None:
        if parts != self._parts:
            self._parts = parts
            self.parts_changed.emit()

    @property
    def schools(self) -> tuple[SchoolChoice, ...]:
        return self._schools

    @property
    def school(self) -> SchoolChoice | None:
        return self._school

    @property
    def school_id(self) -> int | None:
        """The school in view; None is the whole city."""
        return self._school.id if self._school else None

    @property
    def today(self) -> date:
        return self._clock().date()

    def may(self, verb: Verb, school_id: int | None = None) -> bool:
        return self.signed_in and may(self.actor, verb, school_scope(school_id), self.today)

    def may_somewhere(self, verb: Verb) -> bool:
        return self.signed_in and may_somewhere(self.actor, verb, self.today)

    def sign_in(self, actor: Actor, schools: tuple[SchoolChoice, ...], school_id: int | None = None) -> None:
        """Seat somebody at the desk, with the schools they may see; the school in view stays if it is among them."""
        self._actor = actor
        self._locked = False
        self._schools = schools
        wanted = self._school.id if self._school else school_id
        kept = next((school for school in schools if school.id == wanted), None)
        self._school = kept or (schools[0] if schools else None)
        self.changed.emit()
        self.school_changed.emit()

    def lock(self) -> None:
        """Until somebody signs in; if it is the same person, they go on where they were."""
        self._locked = True
        self.changed.emit()

    def sign_out(self) -> None:
        self._actor = None
        self._locked = False
        self._schools = ()
        self.changed.emit()

    def look_at(self, school_id: int | None) -> None:
        chosen = next((school for school in self._schools if school.id == school_id), None)
        if chosen and chosen != self._school:
            self._school = chosen
            self.school_changed.emit()


class Navigator(QObject):
    """The way from one screen to another without knowing it: `go("notice", notice_id=12)`."""

    requested = Signal(str, object)
    back_requested = Signal()

    def go(self, page: str, **target: object) -> None:
        """Show the page of that key and hand it the target; see `Page.show_target`."""
        self.requested.emit(page, target)

    def back(self) -> None:
        """Return to the page before this one."""
        self.back_requested.emit()


@dataclass(slots=True)
class Undo:
    """How to take back what was just done, once: from the message or from the list of recent actions."""

    undo: Callable[[], object]
    used: bool = False

    def __call__(self) -> None:
        if not self.used:
            self.used = True
            self.undo()


@dataclass(frozen=True, slots=True)
class Toast:
    """A quiet message at the foot of the window. It stays until the next one, or until it is closed."""

    text: str
    link: str = ""
    open: Callable[[], None] | None = None
    icon: str = "check"
    tone: str = "success"
    hint: str = ""
    sticky: bool = False


class Toasts(QObject):
    shown = Signal(object)

    def show(self, toast: Toast) -> None:
        self.shown.emit(toast)

    def say(self, text: str, link: str = "", open_link: Callable[[], None] | None = None) -> None:
        """Say that something was done, with a link to it."""
        self.show(Toast(text, link, open_link))

    def warn(self, text: str, link: str = "", open_link: Callable[[], None] | None = None) -> None:
        """Say something that must be read: it stays until it is closed."""
        self.show(Toast(text, link, open_link, icon="alert", tone="warning", sticky=True))

    def undoable(self, text: str, undo: Callable[[], object]) -> None:
        """Say what was done and offer to undo it: at once here, and for ten minutes under recent actions.

        `undo` itself refuses, with a UserError, what can no longer be taken back.
        """
        hint = _("Recent actions can be undone for 10 minutes")
        self.show(Toast(text, _("Undo"), Undo(undo), hint=hint))


@dataclass(frozen=True)
class Desk:
    """What the frame and every page need, whatever they are about."""

    tasks: Tasks
    changes: Changes
    session: Session
    clock: Clock
    navigator: Navigator = field(default_factory=Navigator)
    toasts: Toasts = field(default_factory=Toasts)
