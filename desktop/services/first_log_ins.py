"""The first log-in of an account that a text message made: its password sets one's own, and does no more (B7).

Nobody has logged in before that: what the log-in gives is a proof, bound to this issue of the password, for an hour.
"""

import secrets as random
from datetime import datetime

from desktop.domain.accounts import (
    FIRST_LOG_IN_LIFE,
    LOG_INS,
    FirstLogIn,
    LoggedIn,
    Purpose,
    check_new_password,
)
from desktop.domain.errors import UserError
from desktop.domain.passwords import normalised
from desktop.domain.people import FieldProblem
from desktop.domain.staff import Actor, ActorKind
from desktop.secrets import Secrets
from desktop.services import citizen_log_ins, passwords
from desktop.services.account_links import Links, token_id_of
from desktop.services.sms_keys import SmsKeys
from desktop.store import accounts, attempts, audit, db, sms_accounts
from desktop.store.accounts import NewToken, Token
from desktop.store.db import Session, Store
from desktop.store.sms_accounts import LANGUAGE, Issued

_NOBODYS = Issued(0, "", "", 0, 0, "", None, None, None)
"""Stands in where no text message made the account, so that the answer takes as long."""


def is_initial(keys: SmsKeys, issued: Issued | None, typed: str, now: datetime) -> bool:
    """Whether this is the initial password that is good now; the same work where there is none."""
    against = issued or _NOBODYS
    is_right = _is_password(keys, against, typed)
    return against.is_good(now) and is_right


def begin(session: Session, keys: SmsKeys, links: Links, issued: Issued, typed: str) -> FirstLogIn | None:
    """For whoever typed the initial password; None where it is good no more by now."""
    held = sms_accounts.lock_row(session, issued.account_id)
    now = db.now(session)
    if not is_initial(keys, held, typed, now):
        return None
    ends_at = min(now + FIRST_LOG_IN_LIFE, held.issue_expires_at or now + FIRST_LOG_IN_LIFE)
    nonce = random.token_hex(16)
    wanted = NewToken(
        Purpose.FIRST_LOG_IN, nonce, held.login, "", LANGUAGE, account_id=held.account_id, expires_at=ends_at
    )
    token_id = accounts.add_token(session, wanted)
    audit.record(session, "typed_initial_password", "account", held.account_id, issue=held.issue)
    return FirstLogIn(links.proof(token_id, nonce))


def _is_password(keys: SmsKeys, issued: Issued, typed: str) -> bool:
    """Whoever copies it out of a text may take a blank along."""
    return keys.is_password(normalised(typed).strip(), issued.account_id, issued.nonce, issued.issue)


class FirstLogIns:
    """Every method raises UserError("log_in.refused") for a proof that is over, used, or of an earlier issue."""

    def __init__(self, store: Store, secrets: Secrets) -> None:
        self._store = store
        self._links = Links(secrets)
        self._keys = SmsKeys(secrets)

    def login(self, proof: str) -> str:
        """Whose password is to be set, for the page that asks for it."""
        return self._open(proof)[0].login

    def check(self, proof: str, password: str, again: str) -> list[FieldProblem]:
        """What is wrong with the new password; that of the text message will not do."""
        return self._problems(self._open(proof)[1], password, again)

    def set_password(self, proof: str, password: str, again: str, terms_version: str) -> LoggedIn:
        """One's own from now on, by whoever agrees to the terms; their session begins.

        Raises UserError("form.wrong") for what `check` finds, or without a version of the terms.
        """
        token, issued = self._open(proof)
        if self._problems(issued, password, again) or not terms_version:
            raise UserError("form.wrong")
        account_id = issued.account_id
        hash_ = passwords.hashed(password, issued.login)
        with self._store.write(Actor(ActorKind.CITIZEN, f"account {account_id}")) as session:
            held = sms_accounts.lock_row(session, account_id)
            if not held.is_good(db.now(session)) or not accounts.use(session, token.id):
                raise UserError("log_in.refused")
            sms_accounts.set_own(session, held, hash_)
            accounts.consent(session, account_id, terms_version)
            attempts.forget(session, LOG_INS, self._links.hidden(LOG_INS.kind, held.login))
            audit.record(session, "set_own_password", "account", account_id, issue=held.issue)
            return citizen_log_ins.begin(session, self._links, account_id)

    def _open(self, proof: str) -> tuple[Token, Issued]:
        token_id = token_id_of(proof)
        with self._store.read() as session:
            token = accounts.token(session, token_id) if token_id is not None else None
            if token is None or not self._links.is_proof(proof, token.id, token.nonce):
                raise UserError("log_in.refused")
            is_over = token.is_used or token.expires_at <= db.now(session)
            issued = sms_accounts.find(session, token.account_id or 0)
            if issued is None or token.purpose is not Purpose.FIRST_LOG_IN or is_over:
                raise UserError("log_in.refused")
            if not issued.is_good(db.now(session)):
                raise UserError("log_in.refused")
        return token, issued

    def _problems(self, issued: Issued, password: str, again: str) -> list[FieldProblem]:
        if _is_password(self._keys, issued, password):
            return [FieldProblem("password", "password.is_initial")]
        return check_new_password(password, again, issued.login)
