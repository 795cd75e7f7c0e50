"""Children and guardians: finding, showing and changing them."""

from collections.abc import Sequence
from datetime import date

from desktop.domain.people import ChildDetails, ChildRow, GuardianDetails, GuardianRow, ListQuery, Node
from desktop.domain.staff import Actor, Verb, places_where
from desktop.i18n import LANGUAGES, current_language
from desktop.services.clock import utc_now
from desktop.store import families, people, search, settings
from desktop.store.db import Clock, Store
from desktop.store.people import MOST_ROWS, Looking

Found = tuple[str, int, str, str]
"""Somebody found as one types: `child` or `guardian`, id, title, subtitle."""


class People:
    """The rosters' people. Nobody sees a child or a guardian outside the places their roles are for."""

    def __init__(self, store: Store, clock: Clock = utc_now) -> None:
        self._store = store
        self._clock = clock

    def child_ids(self, actor: Actor, query: ListQuery) -> list[int]:
        """The children a list shows, in its order (kana, name, number, class; with `-` descending)."""
        with self._store.read() as session:
            return people.child_ids(session, _looking(actor, settings.today(session, self._clock())), query)

    def children(self, actor: Actor, ids: Sequence[int], year: int | None = None) -> list[ChildRow]:
        """The rows of children in this order, without those one may not see; their class is that of `year`."""
        with self._store.read() as session:
            return people.child_rows(
                session, _looking(actor, settings.today(session, self._clock())), _bounded(ids), year
            )

    def guardian_ids(self, actor: Actor, query: ListQuery) -> list[int]:
        """The guardians a list shows, in its order (kana or name; with `-` descending)."""
        with self._store.read() as session:
            return people.guardian_ids(session, _looking(actor, settings.today(session, self._clock())), query)

    def guardians(self, actor: Actor, ids: Sequence[int]) -> list[GuardianRow]:
        with self._store.read() as session:
            return people.guardian_rows(session, _looking(actor, settings.today(session, self._clock())), _bounded(ids))

    def child(self, actor: Actor, child_id: int) -> ChildDetails:
        """Raises UserError("not_found"), also for a child the actor may not see."""
        with self._store.read() as session:
            return families.child(
                session, _looking(actor, settings.today(session, self._clock())), child_id, _languages()
            )

    def guardian(self, actor: Actor, guardian_id: int) -> GuardianDetails:
        """Raises UserError("not_found"), also for a guardian the actor may not see."""
        with self._store.read() as session:
            return families.guardian(session, _looking(actor, settings.today(session, self._clock())), guardian_id)

    def counts(self, actor: Actor, node: Node) -> tuple[int, int, int]:
        """Children, guardians, and children whom neither mail nor LINE reaches."""
        with self._store.read() as session:
            return people.counts(session, _looking(actor, settings.today(session, self._clock())), node)

    def find(self, actor: Actor, typed: str, limit: int = 20) -> list[Found]:
        """Children first, then guardians, whose name, number, address or code begins with what was typed."""
        with self._store.read() as session:
            looking = _looking(actor, settings.today(session, self._clock()))
            scopes = looking.rosters.touched_schools
            children = search.find(session, typed, "child", scopes, limit=4 * limit)[:MOST_ROWS]
            guardians = search.find(session, typed, "guardian", scopes, limit=4 * limit)[:MOST_ROWS]
            child_rows = people.child_rows(session, looking, children, None)
            guardian_rows = people.guardian_rows(session, looking, guardians)
        found: list[Found] = [("child", row.id, row.name, f"{row.homeroom} {row.kana}".strip()) for row in child_rows]
        found += [("guardian", row.id, row.name, " · ".join(row.children)) for row in guardian_rows]
        return found[:limit]


def _looking(actor: Actor, today: date) -> Looking:
    return Looking(places_where(actor, Verb.SEE_ROSTER, today), places_where(actor, Verb.SEE_FLAGS, today), today)


def _bounded(ids: Sequence[int]) -> Sequence[int]:
    if len(ids) > MOST_ROWS:
        raise ValueError(f"more than {MOST_ROWS} rows asked for at once")
    return ids


def _languages() -> list[str]:
    """The reader's own language first."""
    return list(dict.fromkeys((current_language(), *LANGUAGES)))
