"""Linking a citizen's account with their LINE, by LINE's own account link (A30-A34, FACTS A6)."""

import secrets as random
from datetime import timedelta
from urllib.parse import urlencode

from desktop.domain.accounts import Citizen
from desktop.domain.errors import UserError
from desktop.domain.line_links import LONGEST_LINK_TOKEN, NONCE_BYTES, FailedLink, LinkStatus
from desktop.domain.posts import Template
from desktop.domain.staff import CITY, Actor, Verb
from desktop.services.clock import utc_now
from desktop.services.line_events import nonce_hash
from desktop.services.permission import require
from desktop.store import account_addresses, accounts, audit, db, line_links, posts, registrations, settings
from desktop.store.db import Clock, Store

MOST = 500
FAILED_SINCE = timedelta(days=90)
INVITATION_LIFE = timedelta(days=3)


class LineLinks:
    """What citizens do on the portal, and what helps those for whom it did not work."""

    def __init__(self, store: Store, clock: Clock = utc_now) -> None:
        self._store = store
        self._clock = clock

    # A citizen's own

    def state(self, citizen: Citizen) -> LinkStatus:
        """How far they are, and when linking opens if it has not yet."""
        with self._store.read() as session:
            known = settings.load(session)
            opens = known.moment("line.opens_at")
            opens_at = opens if opens is not None and db.now(session) < opens else None
            return LinkStatus(line_links.state(session, citizen.account_id), opens_at, known["line.enabled"])

    def arrive(self, citizen: Citizen) -> LinkStatus:
        """Somebody came by the link that LINE's menu gave them: at least they are a friend of the city's account."""
        with self._store.write(citizen.actor) as session:
            registrations.lock_account(session, citizen.account_id)  # who taps twice comes one after the other
            if line_links.arrive(session, citizen.account_id):
                audit.record(session, "came_from_line", "account", citizen.account_id)
        return self.state(citizen)

    def begin(self, citizen: Citizen, link_token: str) -> str:
        """They allow it here: where to send the browser, so that LINE asks them, too. Good for ten minutes, once.

        Raises UserError("line.not_open", opens=) before the opening, ("line.token") for what LINE never gave.
        """
        if not link_token or len(link_token) > LONGEST_LINK_TOKEN or not link_token.isascii():
            raise UserError("line.token")
        if not link_token.isprintable():
            raise UserError("line.token")
        nonce = random.token_urlsafe(NONCE_BYTES)
        with self._store.write(citizen.actor) as session:
            known = settings.load(session)
            opens = known.moment("line.opens_at")
            if opens is not None and db.now(session) < opens:
                raise UserError("line.not_open", opens=opens)
            registrations.lock_account(session, citizen.account_id)
            line_links.begin(session, citizen.account_id, nonce_hash(nonce))
            audit.record(session, "linking_line", "account", citizen.account_id)
        return f"{known['line.link_url']}?{urlencode({'linkToken': link_token, 'nonce': nonce})}"

    def unlink(self, citizen: Citizen) -> None:
        """At any time. LINE has nothing to undo: the mapping was ours alone (FACTS A6)."""
        with self._store.write(citizen.actor) as session:
            today = settings.today(session, self._clock())
            if line_links.unlink(session, citizen.account_id, today):
                audit.record(session, "unlinked_line", "account", citizen.account_id)

    # For whoever helps citizens

    def failed(self, actor: Actor) -> list[FailedLink]:
        """Linkings that did not come about and were not tried again, the newest first."""
        with self._store.read() as session:
            require(actor, Verb.HELP_CITIZENS, CITY, settings.today(session, self._clock()))
            return line_links.failed(session, db.now(session) - FAILED_SINCE, MOST)

    def invite(self, actor: Actor, account_id: int) -> None:
        """Write to them how to start again. Raises UserError("not_found") for somebody who is not on the list,
        ("address.none") for whoever has no mail address.
        """
        with self._store.write(actor) as session:
            require(actor, Verb.HELP_CITIZENS, CITY, settings.today(session, self._clock()))
            listed = line_links.failed(session, db.now(session) - FAILED_SINCE, MOST)
            if account_id not in {one.account_id for one in listed}:
                raise UserError("not_found")
            address = account_addresses.mail_of(session, account_id)
            if not address:
                raise UserError("address.none")
            language = accounts.by_id(session, account_id).citizen.language
            posts.put(session, Template.LINE_AGAIN, address, language, INVITATION_LIFE)
            line_links.note_invitation(session, account_id)
            audit.record(session, "invited_to_line", "account", account_id)
