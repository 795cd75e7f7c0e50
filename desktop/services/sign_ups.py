"""Helping citizens to their accounts, at the desk: whose mail never came, and sending it again (A17)."""

import secrets as random

from desktop.domain.accounts import TOKEN_LIFE, OpenSignUp, Purpose
from desktop.domain.errors import UserError
from desktop.domain.posts import Template
from desktop.domain.staff import CITY, Actor, Verb
from desktop.services.clock import utc_now
from desktop.services.permission import require
from desktop.store import accounts, audit, db, posts, settings
from desktop.store.db import Clock, Store

MOST = 500


class SignUps:
    """Sign-ups belong to no school, so only whoever helps the whole city sees them."""

    def __init__(self, store: Store, clock: Clock = utc_now) -> None:
        self._store = store
        self._clock = clock

    def open_ones(self, actor: Actor) -> list[OpenSignUp]:
        """Sign-ups whose address nobody has proved yet, the newest first."""
        with self._store.read() as session:
            require(actor, Verb.HELP_CITIZENS, CITY, settings.today(session, self._clock()))
            return accounts.open_sign_ups(session, MOST)

    def send_again(self, actor: Actor, token_id: int) -> None:
        """The mail once more; one that has expired gets a new link and another day.

        Raises UserError("not_found"), or UserError("link.used") for whoever has their account by now.
        """
        with self._store.write(actor) as session:
            require(actor, Verb.HELP_CITIZENS, CITY, settings.today(session, self._clock()))
            token = accounts.token(session, token_id)
            if token is None or token.purpose is not Purpose.ACTIVATE or token.useless:
                raise UserError("not_found")
            if token.is_used or accounts.by_login(session, token.login) is not None:
                raise UserError("link.used")
            life = token.expires_at - db.now(session)
            if is_over := token.expires_at <= db.now(session):
                accounts.begin_anew(session, token_id, random.token_hex(16))
                life = TOKEN_LIFE
            posts.put(session, Template.ACTIVATE, token.address, token.language, life, token_id=token_id)
            audit.record(session, "sent_again", "account_token", token_id, anew=is_over)
