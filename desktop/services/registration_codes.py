"""The secret code by which a school's families register (A28). No list, search, audit or command ever shows it."""

import hmac
import secrets as random
from datetime import timedelta

from desktop.domain.accounts import TOKEN_LIFE, Citizen
from desktop.domain.errors import UserError
from desktop.domain.posts import Template
from desktop.domain.registration_codes import (
    MOST_OLD_VALID_DAYS,
    OLD_VALID_DAYS,
    TRIES,
    TRIES_AT_SCHOOL,
    CodeStatus,
    new_code,
    shown,
    typed,
)
from desktop.domain.staff import Actor, Verb, school_scope
from desktop.secrets import Secrets
from desktop.services.clock import utc_now
from desktop.services.permission import require
from desktop.store import attempts, audit, posts, registration_codes, settings
from desktop.store.db import Clock, Session, Store

_NONCE_BYTES = 12


class RegistrationCodes:
    def __init__(self, store: Store, secrets: Secrets, clock: Clock = utc_now) -> None:
        self._store = store
        self._secrets = secrets
        self._clock = clock

    def status(self, actor: Actor, school_id: int) -> CodeStatus:
        """What a clerk must know before renewing it: how many letters are out, and until when an old one is good."""
        with self._store.read() as session:
            require(actor, Verb.HAND_OUT_CODE, school_scope(school_id), settings.today(session, self._clock()))
            return self._status(session, school_id)

    def renew(self, actor: Actor, school_id: int, old_valid_days: int = OLD_VALID_DAYS) -> CodeStatus:
        """Make a new code; the old one stays good for some days. Raises UserError("registration_code.days")."""
        with self._store.write(actor) as session:
            require(actor, Verb.HAND_OUT_CODE, school_scope(school_id), settings.today(session, self._clock()))
            if not 0 <= old_valid_days <= MOST_OLD_VALID_DAYS:
                raise UserError("registration_code.days", most=MOST_OLD_VALID_DAYS)
            registration_codes.lock(session, school_id)
            if (old := registration_codes.current(session, school_id)) is not None:
                registration_codes.end(session, old.id, timedelta(days=old_valid_days))
            code_id = self._add(session, school_id)
            letters = old.letters if old is not None else 0
            audit.record(session, "renewed", "registration_code", code_id, school=school_id, letters=letters)
            return self._status(session, school_id)

    def for_letters(self, actor: Actor, school_id: int, letters: int) -> str:
        """The code as so many letters will carry it, for whoever prints them; the first one is made here.

        With 0 it is read for letters that are still being made.
        """
        with self._store.write(actor) as session:
            require(actor, Verb.HAND_OUT_CODE, school_scope(school_id), settings.today(session, self._clock()))
            registration_codes.lock(session, school_id)
            if registration_codes.current(session, school_id) is None:
                self._add(session, school_id)
            current = registration_codes.current(session, school_id)
            assert current is not None
            registration_codes.count_letters(session, current.id, letters)
            verb = "printed" if letters else "read"
            audit.record(session, verb, "registration_code", current.id, school=school_id, letters=letters)
        return shown(self._opened(school_id, current.encrypted))

    def check(self, citizen: Citizen, school_id: int, text: str) -> int:
        """The number of the code that a guardian typed, to be kept with the registration.

        Counted before it is looked at, by account and by school. Raises UserError("registration_code.wrong"), or after
        five wrong ones UserError("registration_code.held", until=).
        """
        key = self._hidden("account", citizen.account_id)
        with self._store.write(citizen.actor) as session:
            held = attempts.begin(session, TRIES, key)
            found = registration_codes.find(session, school_id, self._hash(typed(text))) if held is None else None
            if found is not None:
                attempts.forget(session, TRIES, key)
            else:
                self._count_at_school(session, school_id)
            audit.record(session, "typed", "registration_code", found)
        if held is not None:
            raise UserError("registration_code.held", until=held)
        if found is None:
            raise UserError("registration_code.wrong")
        return found

    def _count_at_school(self, session: Session, school_id: int) -> None:
        """A school at which many codes are wrong is told by mail: perhaps its letters are, or somebody is guessing."""
        key = self._hidden("school", school_id)
        is_news = attempts.begin(session, TRIES_AT_SCHOOL, key) is None
        if not is_news or attempts.held_until(session, TRIES_AT_SCHOOL, key) is None:
            return
        name, address = registration_codes.school_mail(session, school_id)
        if address:
            language = settings.load(session)["city.language"]
            parameters = {"school": name, "count": str(TRIES_AT_SCHOOL.most)}
            posts.put(session, Template.MANY_WRONG_CODES, address, language, TOKEN_LIFE, parameters=parameters)

    def _status(self, session: Session, school_id: int) -> CodeStatus:
        current = registration_codes.current(session, school_id)
        old_letters, old_until = registration_codes.old_ones(session, school_id)
        key = self._hidden("school", school_id)
        return CodeStatus(
            valid_from=current.valid_from if current is not None else None,
            letters=current.letters if current is not None else 0,
            old_letters=old_letters,
            old_until=old_until,
            many_wrong=attempts.held_until(session, TRIES_AT_SCHOOL, key) is not None,
        )

    def _add(self, session: Session, school_id: int) -> int:
        code = new_code()
        return registration_codes.add(session, school_id, self._sealed(school_id, code), self._hash(code))

    # Nothing of this can be undone without the key of the data.

    def _hash(self, code: str) -> str:
        return hmac.digest(self._secrets.subkey("registration-code-hash"), code.encode(), "sha256").hex()

    def _hidden(self, whose: str, number: int) -> str:
        return hmac.digest(self._secrets.subkey("attempts"), f"code {whose} {number}".encode(), "sha256").hex()

    def _sealed(self, school_id: int, code: str) -> bytes:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - 6 MB of a desk's memory

        nonce = random.token_bytes(_NONCE_BYTES)
        key = self._secrets.subkey("registration-code")
        return nonce + AESGCM(key).encrypt(nonce, code.encode(), str(school_id).encode())

    def _opened(self, school_id: int, sealed: bytes) -> str:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - 6 MB of a desk's memory

        key = self._secrets.subkey("registration-code")
        return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], str(school_id).encode()).decode()
