"""What is reported about addresses from outside, for many at a time."""

from collections.abc import Collection

from desktop.domain.staff import CITY, Actor, Verb
from desktop.services import permission
from desktop.services.clock import utc_now
from desktop.store import audit, contacts, settings
from desktop.store.db import Clock, Store


class Contacts:
    """Addresses wherever they appear: one may belong to several guardians of several schools."""

    def __init__(self, store: Store, clock: Clock = utc_now) -> None:
        self._store = store
        self._clock = clock

    def suppress(self, actor: Actor, kind: str, addresses: Collection[str], reason: str) -> int:
        """Use these no more, until somebody enters them anew: `bounced` mail, an `unfollowed` LINE account."""
        with self._store.write(actor) as session:
            permission.require(actor, Verb.EDIT_ROSTER, CITY, settings.today(session, self._clock()))
            stopped = contacts.suppress(session, kind, addresses, reason)
            audit.record(session, "suppressed", "contact_point", kind=kind, reason=reason, count=stopped)
            return stopped

    def set_plain(self, actor: Actor, addresses: Collection[str]) -> int:
        """These are addresses of old telephones: they get short mails without decoration."""
        with self._store.write(actor) as session:
            permission.require(actor, Verb.EDIT_ROSTER, CITY, settings.today(session, self._clock()))
            changed = contacts.set_plain(session, addresses)
            audit.record(session, "set_plain", "contact_point", count=changed)
            return changed
