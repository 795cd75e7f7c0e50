"""What Ctrl+K finds besides commands: people, classes, notices."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from threading import Lock

from desktop.domain.names import match_key
from desktop.domain.reports import NoticeRow
from desktop.domain.staff import Actor, Verb
from desktop.i18n import _
from desktop.ui.app_context import AppContext
from desktop.ui.finder import Finding
from desktop.ui.notice_view import state_of
from desktop.ui.states import state

MOST_OF_A_KIND = 5
_PLACES = frozenset({"schools", "school_years", "grades", "homerooms", "*"})
_NOTICES = frozenset({"notices", "notice_texts", "*"})


@dataclass(frozen=True, slots=True)
class _Known:
    """Something that is found by its name; `key` is that name as it is compared."""

    key: str
    finding: Finding


class FindAnything:
    """Called in the background for each pause in typing. Classes and notices are few and remembered until written."""

    def __init__(self, context: AppContext) -> None:
        self._context = context
        self._lock = Lock()
        self._places: tuple[Actor, list[_Known]] | None = None
        self._notices: tuple[Actor, list[_Known]] | None = None
        context.changes.written.connect(self._forget)

    def __call__(self, typed: str) -> Sequence[Finding]:
        session = self._context.session
        if not session.signed_in:
            return ()
        actor = session.actor
        words = [match_key(word) for word in typed.split()]
        found: list[Finding] = []
        if session.may_somewhere(Verb.SEE_ROSTER):
            found += _matching(self._known_places(actor), words)
        if session.may_somewhere(Verb.SEE_NOTICE):
            found += _matching(self._known_notices(actor), words)
        return [*self._people(actor, typed), *found]

    def _people(self, actor: Actor, typed: str) -> list[Finding]:
        if not self._context.session.may_somewhere(Verb.SEE_ROSTER):
            return []
        found = self._context.people.find(actor, typed, limit=MOST_OF_A_KIND)
        return [
            Finding(title, subtitle or _KINDS[kind](), "person", self._going("rosters", **{f"{kind}_id": id_}))
            for kind, id_, title, subtitle in found
        ]

    def _known_places(self, actor: Actor) -> list[_Known]:
        with self._lock:
            if self._places is None or self._places[0] != actor:
                self._places = (actor, self._read_places(actor))
            return self._places[1]

    def _read_places(self, actor: Actor) -> list[_Known]:
        known = []
        for tree in self._context.schools.trees(actor):
            school = tree.school
            for room in (room for grade in tree.grades for room in grade.homerooms):
                go = self._going("rosters", school_id=school.id, homeroom_id=room.id)
                known.append(
                    _Known(match_key(f"{room.label} {school.name}"), Finding(room.label, school.name, "people", go))
                )
        return known

    def _known_notices(self, actor: Actor) -> list[_Known]:
        with self._lock:
            if self._notices is None or self._notices[0] != actor:
                self._notices = (actor, self._read_notices(actor))
            return self._notices[1]

    def _read_notices(self, actor: Actor) -> list[_Known]:
        return [
            _Known(
                match_key(row.title),
                Finding(
                    row.title,
                    f"{_('Notice')} · {_state_word(row, self._context.clock())}",
                    "megaphone",
                    self._going("notice", notice_id=row.id),
                ),
            )
            for row in self._context.notices.rows(actor)
        ]

    def _going(self, page: str, **target: object) -> Callable[[], None]:
        return partial(self._context.navigator.go, page, **target)

    def _forget(self, tables: frozenset[str], _schools: object) -> None:
        with self._lock:
            if tables & _PLACES:
                self._places = None
            if tables & _NOTICES:
                self._notices = None


def _state_word(row: NoticeRow, now: datetime) -> str:
    key, words = state_of(row.state, row.held, row.due_at, now)
    return words or state(key).word


_KINDS: dict[str, Callable[[], str]] = {"child": lambda: _("Child"), "guardian": lambda: _("Guardian")}


def _matching(known: Sequence[_Known], words: Sequence[str]) -> list[Finding]:
    return [each.finding for each in known if all(word in each.key for word in words)][:MOST_OF_A_KIND]
