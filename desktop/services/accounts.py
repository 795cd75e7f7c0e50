"""Citizens' accounts, for the portal: getting one, logging in, a new password.

Whether an address has an account is told to nobody but its reader: known and unknown ones get the same answer after the
same work, which is one password hash and one mail put down (A17).
"""

import secrets as random
from collections.abc import Callable
from dataclasses import replace
from typing import NoReturn

from desktop.domain.accounts import (
    CODES,
    CODES_OF_ADDRESS,
    LOG_INS,
    MAILS,
    TOKEN_LIFE,
    AccountState,
    Citizen,
    FirstLogIn,
    LoggedIn,
    OpenedLink,
    Purpose,
    SignUpForm,
    check_new_password,
    check_sign_up,
    clean_login,
)
from desktop.domain.errors import UserError
from desktop.domain.mail import check_address
from desktop.domain.names import trimmed
from desktop.domain.openings import Step
from desktop.domain.people import FieldProblem
from desktop.domain.posts import Template
from desktop.domain.staff import Actor, ActorKind
from desktop.i18n import LANGUAGES
from desktop.secrets import Secrets
from desktop.services import citizen_log_ins, first_log_ins, passwords
from desktop.services.account_links import Links, session_hash, token_id_of
from desktop.services.clock import utc_now
from desktop.services.sms_keys import SmsKeys
from desktop.store import (
    account_addresses,
    account_guardian,
    accounts,
    attempts,
    audit,
    citizen_sessions,
    db,
    openings,
    posts,
    settings,
    sms_accounts,
)
from desktop.store.accounts import Given, Known, NewToken, Token
from desktop.store.db import Clock, Session, Store
from desktop.store.sms_accounts import Issued

_AT_THE_DOOR = Actor(ActorKind.CITIZEN, "somebody")
"""Whoever has not logged in yet."""
_SUBJECT = "account_token"


class Accounts:
    def __init__(self, store: Store, secrets: Secrets, clock: Clock = utc_now) -> None:
        self._store = store
        self._links = Links(secrets)
        self._keys = SmsKeys(secrets)
        self._clock = clock

    # Getting one

    @staticmethod
    def check_sign_up(form: SignUpForm) -> list[FieldProblem]:
        """Everything that is wrong with the form; empty before `sign_up` may be called."""
        return check_sign_up(form, LANGUAGES)

    def sign_up(self, form: SignUpForm) -> str:
        """Ask for an account: a mail with link and code goes to the address. Gives the reference for `type_code`.

        Raises UserError("form.wrong") for a form that `check_sign_up` finds wrong, UserError("step.not_open", opens=).
        """
        if check_sign_up(form, LANGUAGES):
            raise UserError("form.wrong")
        address, login = check_address(form.email), clean_login(form.email)
        hash_ = passwords.hashed(form.password, login)
        given = Given(trimmed(form.family_name), trimmed(form.given_name), hash_, form.terms_version)
        wanted = NewToken(Purpose.ACTIVATE, random.token_hex(16), login, address, form.language, given=given)
        with self._store.write(_AT_THE_DOOR) as session:
            openings.require(session, Step.SIGN_UP, self._clock())
            if accounts.by_login(session, login) is None:
                return self._post_link(session, Template.ACTIVATE, wanted)
            return self._post_link(session, Template.KNOWN_ALREADY, replace(wanted, useless=True))

    def forgot(self, typed: str, language: str) -> str:
        """Ask for a new password; a mail goes to the address, whoever has it. Gives the reference for `type_code`.

        Raises UserError("form.wrong") for what is no mail address.
        """
        login = clean_login(typed)
        if "@" not in login or language not in LANGUAGES:
            raise UserError("form.wrong")
        wanted = NewToken(Purpose.RESET, random.token_hex(16), login, check_address(typed), language, useless=True)
        with self._store.write(_AT_THE_DOOR) as session:
            known = accounts.by_login(session, login)
            if known is None or known.state == AccountState.CLOSED:
                return self._post_link(session, Template.NOT_KNOWN, wanted)
            hers = replace(
                wanted,
                address=known.address,
                language=known.citizen.language,
                account_id=known.citizen.account_id,
                useless=False,
            )
            return self._post_link(session, Template.RESET, hers)

    def send_again(self, reference: str) -> None:
        """The same mail once more, for whoever waits on the page; beyond a few an hour nothing goes out.

        Raises UserError("link.unknown") or ("link.expired").
        """
        with self._store.write(_AT_THE_DOOR) as session:
            token = self._token(session, reference, self._links.is_reference)
            self._post_again(session, token)

    def _post_link(self, session: Session, template: Template, wanted: NewToken) -> str:
        token_id = accounts.add_token(session, wanted)
        held = attempts.begin(session, MAILS, self._links.hidden(MAILS.kind, wanted.login))
        if held is None:
            posts.put(session, template, wanted.address, wanted.language, TOKEN_LIFE, token_id=token_id)
        audit.record(session, "asked_for", _SUBJECT, token_id, purpose=wanted.purpose.value, mailed=held is None)
        return self._links.reference(token_id, wanted.nonce)

    def _post_again(self, session: Session, token: Token) -> None:
        templates = {
            (Purpose.ACTIVATE, False): Template.ACTIVATE,
            (Purpose.ACTIVATE, True): Template.KNOWN_ALREADY,
            (Purpose.RESET, False): Template.RESET,
            (Purpose.RESET, True): Template.NOT_KNOWN,
            (Purpose.ADD_ADDRESS, False): Template.ADD_ADDRESS,
            (Purpose.CHANGE_LOGIN, False): Template.CHANGE_LOGIN,
            (Purpose.CHANGE_LOGIN, True): Template.KNOWN_ALREADY,
        }
        if attempts.begin(session, MAILS, self._links.hidden(MAILS.kind, token.login)) is None:
            template = templates[token.purpose, token.useless]
            life = token.expires_at - db.now(session)
            posts.put(session, template, token.address, token.language, life, token_id=token.id)
        audit.record(session, "asked_again", _SUBJECT, token.id, purpose=token.purpose.value)

    # Proving an address

    def open_link(self, proof: str) -> OpenedLink:
        """What a link from a mail is for. That it was opened is noted, and nothing else happens (A17).

        Raises UserError("link.unknown"), ("link.expired") or ("link.used").
        """
        with self._store.write(_AT_THE_DOOR) as session:
            token = self._token(session, proof, self._links.is_proof)
            if not token.is_opened:
                accounts.mark_opened(session, token.id)
                audit.record(session, "opened_link", _SUBJECT, token.id, purpose=token.purpose.value)
        if token.useless:
            raise UserError("link.unknown")
        if token.is_used:
            raise UserError("link.used")
        return OpenedLink(token.purpose, token.address, token.language, proof)

    def type_code(self, reference: str, code: str) -> OpenedLink:
        """The code of the mail, typed on the page that was left open: a sign-up becomes an account.

        Raises UserError("code.wrong"), after five of them, or fifty for one address, ("code.held", until=), and as
        `open_link` does.
        """
        with self._store.write(_AT_THE_DOOR) as session:
            token = self._token(session, reference, self._links.is_reference)
            tries = {
                CODES: self._links.hidden(CODES.kind, str(token.id)),
                CODES_OF_ADDRESS: self._links.hidden(CODES_OF_ADDRESS.kind, token.login),
            }
            holds = [until for limit, key in tries.items() if (until := attempts.begin(session, limit, key))]
            audit.record(session, "typed_code", _SUBJECT, token.id, purpose=token.purpose.value)
        if holds:
            raise UserError("code.held", until=max(holds))
        digits = clean_code(code)
        if token.useless or not self._links.is_code(digits, token.id, token.nonce):
            raise UserError("code.wrong")
        if token.is_used:
            raise UserError("link.used")
        with self._store.write(_AT_THE_DOOR) as session:
            for limit, key in tries.items():
                attempts.forget(session, limit, key)
            accounts.mark_opened(session, token.id)
            if token.purpose is Purpose.ACTIVATE:
                accounts.activate(session, token.id)
            audit.record(session, "proved", _SUBJECT, token.id, purpose=token.purpose.value)
        return OpenedLink(token.purpose, token.address, token.language, self._links.proof(token.id, token.nonce))

    def _token(self, session: Session, given: str, is_right: Callable[[str, int, str], bool]) -> Token:
        """The token that a proof or reference is about, while it is good. Raises UserError("link.…")."""
        token_id = token_id_of(given)
        token = accounts.token(session, token_id) if token_id is not None else None
        if token is None or not is_right(given, token.id, token.nonce):
            raise UserError("link.unknown")
        if token.expires_at <= db.now(session):
            raise UserError("link.expired")
        return token

    # Logging in

    def log_in(self, login: str, password: str, proof: str = "", browser: str = "") -> LoggedIn | FirstLogIn:
        """Begin a session; with the proof of a sign-up's link its account begins now, too. The password of a text
        message begins none: it leads to `FirstLogIns`.

        Counted before the password is looked at, for known and unknown logins alike; by itself for whoever has the link
        or a `browser` of before, so that nobody keeps an owner out by wrong tries from elsewhere. Whoever has the
        password of a text message is not held either: nobody guesses 58 bits. Raises
        UserError("log_in.refused"), or after ten wrong ones UserError("log_in.held", until=).
        """
        name = clean_login(login)
        with self._store.bookkeep() as session:
            known, issued = accounts.by_login(session, name), sms_accounts.by_login(session, name)
            now = db.now(session)
            sign_up = self._sign_up_of(session, proof, name)
            key = self._counted_as(name or login[:200], sign_up, browser)
            held = attempts.begin(session, LOG_INS, key)
        is_initial = first_log_ins.is_initial(self._keys, issued, _typed(password), now)
        if held is not None and not is_initial:
            raise UserError("log_in.held", until=held)
        token = sign_up if known is None else None
        stored = known.password_hash if known is not None else token.password_hash if token is not None else None
        is_right = passwords.matches(stored, _typed(password))
        if is_initial and issued is not None:
            return self._first(known, issued, key, _typed(password))
        if not is_right or (known is not None and known.state != AccountState.ACTIVE):
            self._refuse(known)
        with self._store.write(_AT_THE_DOOR) as session:
            is_still = known is None or accounts.is_still(session, known)  # comparing passwords takes its time
            if is_still:
                attempts.forget(session, LOG_INS, key)
                account_id = known.citizen.account_id if known is not None else self._activated(session, token)
                begun = self._begin_session(session, account_id, stored, password)
        if not is_still:
            self._refuse(known)
        return begun

    def _first(self, known: Known | None, issued: Issued, key: str, typed: str) -> FirstLogIn:
        with self._store.write(_AT_THE_DOOR) as session:
            first = first_log_ins.begin(session, self._keys, self._links, issued, typed)
            if first is not None:
                attempts.forget(session, LOG_INS, key)
        if first is None:
            self._refuse(known)
        return first

    def _counted_as(self, login: str, sign_up: Token | None, browser: str) -> str:
        apart = f"link {sign_up.id}" if sign_up else browser if self._links.is_browser(browser, login) else ""
        return self._links.hidden(LOG_INS.kind, f"{login}\0{apart}" if apart else login)

    def _sign_up_of(self, session: Session, proof: str, login: str) -> Token | None:
        """The sign-up whose link was opened, if it is this address's."""
        token_id = token_id_of(proof)
        token = accounts.token(session, token_id) if token_id is not None else None
        if token is None or not self._links.is_proof(proof, token.id, token.nonce) or token.login != login:
            return None
        is_good = token.purpose is Purpose.ACTIVATE and not token.useless and token.expires_at > db.now(session)
        return token if is_good else None

    def _activated(self, session: Session, token: Token | None) -> int:
        if token is None:
            raise AssertionError("a password fitted nobody")
        account_id = accounts.activate(session, token.id)
        audit.record(session, "proved", _SUBJECT, token.id, purpose=token.purpose.value)
        return account_id

    def _refuse(self, known: Known | None) -> NoReturn:
        with self._store.write(_AT_THE_DOOR) as session:
            audit.record(session, "log_in_refused", "account", known.citizen.account_id if known else None)
        raise UserError("log_in.refused")

    def _begin_session(self, session: Session, account_id: int, stored: str | None, password: str) -> LoggedIn:
        anew = passwords.rehashed(stored or "", _typed(password))
        if anew is not None:
            accounts.set_hash(session, account_id, anew)
        return citizen_log_ins.begin(session, self._links, account_id)

    def citizen(self, session_token: str) -> Citizen | None:
        """Who is logged in by this cookie; None when the session is over. Idle ones end after two hours."""
        hash_ = session_hash(session_token)
        with self._store.read() as session:
            found = citizen_sessions.find(session, hash_)
        if found is not None and found[1]:
            with self._store.bookkeep() as session:
                citizen_sessions.see(session, hash_)
        return found[0] if found is not None else None

    def log_out(self, session_token: str) -> None:
        with self._store.bookkeep() as session:
            citizen_sessions.end(session, session_hash(session_token))

    def log_out_everywhere(self, citizen: Citizen) -> None:
        with self._store.write(citizen.actor) as session:
            citizen_sessions.end_all(session, citizen.account_id)
            audit.record(session, "logged_out_everywhere", "account", citizen.account_id)

    # Passwords and language

    def reset(self, proof: str, password: str, again: str) -> str:
        """Set the new password of whoever opened the link, end every session, and let them try again: gives what
        `log_in` takes as their `browser`.

        Raises UserError("link.…") as `open_link` does, or UserError("form.wrong") for what `check_password` finds.
        """
        with self._store.read() as session:
            token = self._token(session, proof, self._links.is_proof)
        if token.useless or token.purpose is not Purpose.RESET or token.account_id is None:
            raise UserError("link.unknown")
        if check_new_password(password, again, token.login):
            raise UserError("form.wrong")
        hash_ = passwords.hashed(password, token.login)
        with self._store.write(_AT_THE_DOOR) as session:
            if not accounts.use(session, token.id):
                raise UserError("link.used")
            accounts.use_up_resets(session, token.account_id)
            attempts.forget(session, LOG_INS, self._links.hidden(LOG_INS.kind, token.login))
            self._change(session, accounts.by_id(session, token.account_id), hash_, "reset_password")
        return self._links.browser(token.login)

    @staticmethod
    def check_password(password: str, again: str, login: str) -> list[FieldProblem]:
        """What is wrong with a new password."""
        return check_new_password(password, again, login)

    def change_password(self, citizen: Citizen, session_token: str, old: str, new: str, again: str) -> None:
        """Ends the sessions everywhere else.

        Raises UserError("log_in.refused") or ("log_in.held") for the old one, UserError("form.wrong") for the new one.
        """
        if check_new_password(new, again, citizen.login):
            raise UserError("form.wrong")
        key = self._links.inside(citizen.account_id)
        with self._store.bookkeep() as session:
            held = attempts.begin(session, LOG_INS, key)
            known = accounts.by_id(session, citizen.account_id)
        if held is not None:
            raise UserError("log_in.held", until=held)
        if not passwords.matches(known.password_hash, _typed(old)):
            raise UserError("log_in.refused")
        hash_ = passwords.hashed(new, citizen.login)
        with self._store.write(citizen.actor) as session:
            if not accounts.is_still(session, known):
                raise UserError("log_in.refused")
            attempts.forget(session, LOG_INS, key)
            self._change(session, known, hash_, "changed_password", but=session_hash(session_token))

    @staticmethod
    def _change(session: Session, known: Known, hash_: str, verb: str, but: str | None = None) -> None:
        account_id = known.citizen.account_id
        accounts.set_hash(session, account_id, hash_)
        citizen_sessions.end_all(session, account_id, but)
        if address := account_addresses.mail_of(session, account_id):
            posts.put(session, Template.PASSWORD_CHANGED, address, known.citizen.language, TOKEN_LIFE)
        audit.record(session, verb, "account", account_id)

    def set_language(self, citizen: Citizen, language: str) -> None:
        """Pages, mails and notices come in it from now on."""
        if language not in LANGUAGES:
            raise UserError("form.wrong")
        with self._store.write(citizen.actor) as session:
            accounts.set_language(session, citizen.account_id, language)
            today = settings.today(session, self._clock())
            account_guardian.follow(session, citizen.account_id, today, language=language)
            audit.record(session, "changed", "account", citizen.account_id, fields=["language"])


def clean_code(typed: str) -> str:
    """Digits of any width, with or without blanks between them."""
    return "".join(str(int(letter)) for letter in typed[:40] if letter.isdecimal())


def _typed(password: str) -> str:
    """What cannot be written in UTF-8 is nobody's password."""
    return password.encode(errors="replace").decode()
