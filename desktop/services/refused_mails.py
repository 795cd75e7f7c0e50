"""Families whose telephones refuse our mails: what they have to allow is said to them by telephone or on paper."""

from desktop.domain.errors import UserError
from desktop.domain.posts import KEPT_FOR, PostState, Template
from desktop.domain.staff import Actor, Places, Verb, places_where
from desktop.domain.unfinished import REFUSED_SINCE, RefusedMail
from desktop.services.clock import utc_now
from desktop.store import audit, family_writing, posts, refused_mails, settings
from desktop.store.db import Clock, Session, Store
from desktop.store.people import Looking

MOST = 500


class RefusedMails:
    """Whoever keeps the roster of a family's school, or helps its citizens."""

    def __init__(self, store: Store, clock: Clock = utc_now) -> None:
        self._store = store
        self._clock = clock

    def rows(self, actor: Actor) -> list[RefusedMail]:
        """Refused of late by a filter, the newest first; not: addresses that do not exist."""
        with self._store.read() as session:
            since = self._clock() - REFUSED_SINCE
            return refused_mails.rows(session, self._looking(session, actor), since, MOST)

    def try_again(self, actor: Actor, contact_id: int) -> None:
        """The family says that it has allowed our mails: use the address again, and see whether one gets through.

        Raises UserError("not_found"), and UserError("refused_mail.on_its_way") while one is being tried.
        """
        with self._store.write(actor) as session:
            looking = self._looking(session, actor)
            found = refused_mails.rows(session, looking, self._clock() - REFUSED_SINCE, 1, contact_id)
            if not found:
                raise UserError("not_found")
            if found[0].trial == PostState.DUE.value:
                raise UserError("refused_mail.on_its_way")
            family_writing.release(session, contact_id)
            language = family_writing.language_of(session, found[0].guardian_id)
            posts.put(session, Template.TRIAL, found[0].address, language, KEPT_FOR)
            audit.record(session, "tried_again", "contact_point", contact_id)

    def _looking(self, session: Session, actor: Actor) -> Looking:
        today = settings.today(session, self._clock())
        verbs = (Verb.HELP_CITIZENS, Verb.EDIT_ROSTER)
        places = Places(frozenset().union(*(places_where(actor, verb, today).scopes for verb in verbs)))
        return Looking(places, Places(frozenset()), today)
