"""Registrations that somebody began and never sent, among them children without a school (A23)."""

from desktop.domain.errors import UserError
from desktop.domain.posts import KEPT_FOR, Template
from desktop.domain.staff import Actor, Places, Verb, places_where
from desktop.domain.unfinished import BEGUN_FOR, REMINDED_FOR, Unfinished
from desktop.services.clock import utc_now
from desktop.store import audit, posts, settings, unfinished
from desktop.store.db import Clock, Session, Store

MOST = 500


class UnfinishedRegistrations:
    """Whoever keeps a school's roster or helps citizens sees those of the school; the city's also those of none yet."""

    def __init__(self, store: Store, clock: Clock = utc_now) -> None:
        self._store = store
        self._clock = clock

    def rows(self, actor: Actor) -> list[Unfinished]:
        """The newest first; what was begun within the hour may still be being typed."""
        with self._store.read() as session:
            return unfinished.rows(session, self._places(session, actor), self._clock() - BEGUN_FOR, MOST)

    def remind(self, actor: Actor, registration_id: int) -> None:
        """A mail to the guardian: something is missing yet.

        Raises UserError("not_found"), ("address.none") for whoever has no mail address, and within a day of the last
        one UserError("registration.reminded").
        """
        with self._store.write(actor) as session:
            now = self._clock()
            found = unfinished.rows(session, self._places(session, actor), now - BEGUN_FOR, 1, registration_id)
            if not found:
                raise UserError("not_found")
            row = found[0]
            if row.reminded_at is not None and row.reminded_at > now - REMINDED_FOR:
                raise UserError("registration.reminded")
            if "@" not in row.address:
                raise UserError("address.none")
            parameters = {"child": row.child, "registration": str(registration_id)}
            posts.put(session, Template.GO_ON, row.address, row.language, KEPT_FOR, parameters=parameters)
            audit.record(session, "reminded", "registration", registration_id)

    def _places(self, session: Session, actor: Actor) -> Places:
        today = settings.today(session, self._clock())
        verbs = (Verb.HELP_CITIZENS, Verb.EDIT_ROSTER)
        return Places(frozenset().union(*(places_where(actor, verb, today).scopes for verb in verbs)))
