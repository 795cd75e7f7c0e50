"""What somebody who is logged in changes of their own account: addresses, log-in ID, names; and leaving the portal.

What an accepted guardian changes stands in the roster with the same transaction.
"""

import secrets as random
from datetime import date

from desktop.domain.accounts import (
    ADDRESSES,
    LOG_INS,
    MAILS,
    MOST_ADDRESSES,
    TOKEN_LIFE,
    AccountState,
    Citizen,
    Confirmed,
    OwnAddress,
    Purpose,
    check_email,
    check_names,
    clean_login,
)
from desktop.domain.errors import UserError
from desktop.domain.mail import check_address
from desktop.domain.names import trimmed
from desktop.domain.people import FieldProblem
from desktop.domain.posts import Template
from desktop.secrets import Secrets
from desktop.services import passwords
from desktop.services.account_links import Links, token_id_of
from desktop.services.clock import utc_now
from desktop.store import (
    account_addresses,
    account_closing,
    account_guardian,
    accounts,
    attempts,
    audit,
    citizen_sessions,
    db,
    posts,
    registrations,
    settings,
    sms_accounts,
)
from desktop.store.accounts import Known, NewToken, Token
from desktop.store.db import Clock, Session, Store

_CONFIRMED_HERE = (Purpose.ADD_ADDRESS, Purpose.CHANGE_LOGIN)


class OwnAccount:
    """Nobody reaches another's: everything is asked for by the citizen's own number."""

    def __init__(self, store: Store, secrets: Secrets, clock: Clock = utc_now) -> None:
        self._store = store
        self._links = Links(secrets)
        self._clock = clock

    # Mail addresses

    def addresses(self, citizen: Citizen) -> list[OwnAddress]:
        """Where one's notices go, the log-in's address first; one that is not confirmed gets none yet."""
        with self._store.read() as session:
            return account_addresses.of_account(session, citizen.account_id)

    @staticmethod
    def check_email(typed: str) -> list[FieldProblem]:
        return check_email(typed)

    def add_address(self, citizen: Citizen, typed: str, *, plain: bool) -> str:
        """Another address; its own mail must confirm it. Gives the reference for `Accounts.type_code`.

        `plain` is for old telephones. Raises UserError("form.wrong"), ("address.known"), ("address.too_many") and,
        after ten mails a day, ("address.held", until=).
        """
        if check_email(typed):
            raise UserError("form.wrong")
        address = check_address(typed)
        with self._store.write(citizen.actor) as session:
            registrations.lock_account(session, citizen.account_id)
            known = {each.address.lower(): each for each in account_addresses.of_account(session, citizen.account_id)}
            mine = known.get(address.lower())
            if mine is not None and mine.confirmed:
                raise UserError("address.known")
            if mine is None and sum(not each.is_login for each in known.values()) >= MOST_ADDRESSES:
                raise UserError("address.too_many", most=MOST_ADDRESSES)
            account_addresses.add(session, citizen.account_id, address, plain=plain)
            return self._ask(session, citizen, Purpose.ADD_ADDRESS, address)

    def confirm_again(self, citizen: Citizen, address_id: int) -> str:
        """The mail once more, for an address that is not confirmed yet, or at which mails no longer arrived.

        Raises UserError("not_found"), ("address.held", until=).
        """
        with self._store.write(citizen.actor) as session:
            address = account_addresses.one(session, citizen.account_id, address_id).address
            return self._ask(session, citizen, Purpose.ADD_ADDRESS, address)

    def set_plain(self, citizen: Citizen, address_id: int, *, plain: bool) -> None:
        """Short mails without decoration, for old telephones (A36). Raises UserError("not_found")."""
        with self._store.write(citizen.actor) as session:
            account_addresses.one(session, citizen.account_id, address_id)
            account_addresses.set_plain(session, citizen.account_id, address_id, plain=plain)
            account_guardian.follow(session, citizen.account_id, self._today(session))
            audit.record(session, "changed", "account", citizen.account_id, fields=["plain_text_only"])

    def remove_address(self, citizen: Citizen, address_id: int) -> None:
        """Nothing goes there any more, also what waits. Raises UserError("not_found"), ("address.login")."""
        with self._store.write(citizen.actor) as session:
            own = account_addresses.one(session, citizen.account_id, address_id)
            if own.is_login:
                raise UserError("address.login")
            account_addresses.remove(session, citizen.account_id, own.address)
            account_guardian.follow(session, citizen.account_id, self._today(session), gone=[own.address])
            audit.record(session, "changed", "account", citizen.account_id, fields=["addresses"])

    # The log-in ID

    def change_login(self, citizen: Citizen, password: str, typed: str) -> str:
        """Another address to log in with; it holds once its own mail confirms it, and then both are told.

        An address that has a log-in ID already is told so by mail, and nobody else is (A17). Raises
        UserError("form.wrong"), ("log_in.refused"), ("log_in.held", until=), ("address.held", until=), and
        ("login.at_desk") for whoever logs in with a telephone number (B17).
        """
        if "@" not in citizen.login:
            raise UserError("login.at_desk")
        if check_email(typed):
            raise UserError("form.wrong")
        address, login = check_address(typed), clean_login(typed)
        self._require_password(citizen, password)
        with self._store.write(citizen.actor) as session:
            taken = accounts.by_login(session, login) is not None
            return self._ask(session, citizen, Purpose.CHANGE_LOGIN, address, useless=taken)

    def _ask(self, session: Session, citizen: Citizen, purpose: Purpose, address: str, *, useless: bool = False) -> str:
        held = attempts.begin(session, ADDRESSES, self._links.hidden(ADDRESSES.kind, str(citizen.account_id)))
        if held is not None:
            raise UserError("address.held", until=held)
        wanted = NewToken(
            purpose, random.token_hex(16), clean_login(address), address, citizen.language, citizen.account_id, useless
        )
        token_id = accounts.add_token(session, wanted)
        if attempts.begin(session, MAILS, self._links.hidden(MAILS.kind, wanted.login)) is None:
            template = Template.KNOWN_ALREADY if useless else Template(purpose.value)
            posts.put(session, template, address, citizen.language, TOKEN_LIFE, token_id=token_id)
        audit.record(session, "asked_for", "account_token", token_id, purpose=purpose.value)
        return self._links.reference(token_id, wanted.nonce)

    # Confirming, by whoever reads the mail

    def confirm(self, proof: str) -> Confirmed:
        """The button of the page that the mail's link opens, or the code that was typed: the address is theirs.

        Raises UserError("link.unknown"), ("link.expired") or ("link.used").
        """
        with self._store.read() as session:
            token, known = self._token(session, proof)
        with self._store.write(known.citizen.actor) as session:
            registrations.lock_account(session, known.citizen.account_id)  # or it might be leaving at this moment
            if not accounts.use(session, token.id):
                raise UserError("link.used")
            if token.purpose is Purpose.ADD_ADDRESS:
                self._add(session, known, token.address)
            else:
                self._move(session, known, token)
        return Confirmed(token.purpose, token.address)

    def _token(self, session: Session, proof: str) -> tuple[Token, Known]:
        token_id = token_id_of(proof)
        token = accounts.token(session, token_id) if token_id is not None else None
        if token is None or not self._links.is_proof(proof, token.id, token.nonce):
            raise UserError("link.unknown")
        if token.useless or token.account_id is None or token.purpose not in _CONFIRMED_HERE:
            raise UserError("link.unknown")
        if token.expires_at <= db.now(session):
            raise UserError("link.expired")
        known = accounts.by_id(session, token.account_id)
        if token.is_used or known.state != AccountState.ACTIVE.value:
            raise UserError("link.used")
        return token, known

    def _add(self, session: Session, known: Known, address: str) -> None:
        account_id = known.citizen.account_id
        is_login = address.lower() == known.address.lower()
        if not is_login and not account_addresses.confirm(session, account_id, address):
            raise UserError("link.used")  # it was removed meanwhile
        account_guardian.follow(session, account_id, self._today(session), confirmed=address)
        audit.record(session, "confirmed", "account", account_id, fields=["addresses"])

    def _move(self, session: Session, known: Known, token: Token) -> None:
        """The old address is the account's no more, unless the school entered it by itself."""
        account_id = known.citizen.account_id
        accounts.set_login(session, account_id, token.login, token.address)
        account_addresses.remove(session, account_id, token.address)
        account_guardian.follow(
            session, account_id, self._today(session), gone=[known.address], confirmed=token.address
        )
        citizen_sessions.end_all(session, account_id)
        for address in (known.address, token.address):
            posts.put(session, Template.LOGIN_CHANGED, address, known.citizen.language, TOKEN_LIFE)
        audit.record(session, "changed", "account", account_id, fields=["login"])

    # Names, and leaving

    def set_names(self, citizen: Citizen, family_name: str, given_name: str) -> None:
        """One's own. Raises UserError("form.wrong") for what `check_names` finds wrong."""
        if check_names(family_name, given_name):
            raise UserError("form.wrong")
        names = trimmed(family_name), trimmed(given_name)
        with self._store.write(citizen.actor) as session:
            accounts.set_names(session, citizen.account_id, *names)
            account_guardian.follow(session, citizen.account_id, self._today(session), names=names)
            audit.record(session, "changed", "account", citizen.account_id, fields=["names"])

    @staticmethod
    def check_names(family_name: str, given_name: str) -> list[FieldProblem]:
        return check_names(family_name, given_name)

    def close(self, citizen: Citizen, password: str) -> None:
        """Leave the portal: log-in, mails and LINE end at once. That a child has this guardian no more is for its
        school to agree to: each child's withdrawal stands in the reviewers' queue.

        Raises UserError("log_in.refused") or ("log_in.held", until=).
        """
        self._require_password(citizen, password)
        with self._store.write(citizen.actor) as session:
            account_id = citizen.account_id
            if "@" not in citizen.login:
                sms_accounts.lock_row(session, account_id)  # as everybody who acts on such an account
            registrations.lock_account(session, account_id)
            address = account_addresses.mail_of(session, account_id)
            account_closing.close(session, account_id, self._today(session))
            if address:
                posts.put(session, Template.CLOSED, address, citizen.language, TOKEN_LIFE)
            audit.record(session, "closed", "account", account_id)

    def _require_password(self, citizen: Citizen, password: str) -> None:
        """Counted as often as log-ins, and apart from them."""
        key = self._links.inside(citizen.account_id)
        with self._store.bookkeep() as session:
            held = attempts.begin(session, LOG_INS, key)
            known = accounts.by_id(session, citizen.account_id)
        if held is not None:
            raise UserError("log_in.held", until=held)
        if not passwords.matches(known.password_hash, password.encode(errors="replace").decode()):
            raise UserError("log_in.refused")
        with self._store.bookkeep() as session:
            attempts.forget(session, LOG_INS, key)

    def _today(self, session: Session) -> date:
        return settings.today(session, self._clock())
