"""What parents wrote to the city's LINE account and mail address: read by staff, so that nothing is lost."""

from collections.abc import Collection
from datetime import date, datetime, time

from desktop.domain.errors import UserError
from desktop.domain.inbox import InboxCounts, Incoming
from desktop.domain.staff import Actor, Places, Verb, places_where
from desktop.services.clock import utc_now
from desktop.store import audit, incoming, settings
from desktop.store.db import Clock, Session, Store

MOST = 500


class Inbox:
    """Whoever answers for a school's roster, or helps its citizens, reads what its guardians wrote."""

    def __init__(self, store: Store, clock: Clock = utc_now) -> None:
        self._store = store
        self._clock = clock

    def rows(self, actor: Actor, *, handled: bool = False) -> list[Incoming]:
        """What nobody has dealt with, with `handled` everything; the newest first."""
        with self._store.read() as session:
            places = self._places(session, actor)
            today = settings.today(session, self._clock())
            return incoming.rows(session, places, today, handled=handled, most=MOST)

    def counts(self, actor: Actor) -> InboxCounts:
        with self._store.read() as session:
            zone = settings.zone(session)
            today = self._clock().astimezone(zone).date()
            midnight = datetime.combine(today, time(), zone)
            return incoming.counts(session, self._places(session, actor), today, midnight)

    def handled(self, actor: Actor, ids: Collection[int]) -> int:
        """Somebody has dealt with these; says how many nobody had before.

        Raises UserError("not_found") if one of them is none that the actor sees.
        """
        with self._store.write(actor) as session:
            places = self._places(session, actor)
            today = settings.today(session, self._clock())
            seen = {one.id for one in incoming.rows(session, places, today, handled=True, most=len(ids), only=ids)}
            if seen != set(ids):
                raise UserError("not_found")
            done = incoming.handle(session, ids, actor.staff_id)
            audit.record(session, "handled", "incoming_message", count=done)
            return done

    def _places(self, session: Session, actor: Actor) -> Places:
        return inbox_places(actor, settings.today(session, self._clock()))


def inbox_places(actor: Actor, today: date) -> Places:
    """Whose messages somebody may read: where they help citizens, or answer for the roster."""
    verbs = (Verb.HELP_CITIZENS, Verb.EDIT_ROSTER)
    return Places(frozenset().union(*(places_where(actor, verb, today).scopes for verb in verbs)))
