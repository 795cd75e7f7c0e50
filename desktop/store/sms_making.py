"""Making an account that a text message asked for: once, whoever else asks at the same instant (B7, B10, B12).

Its statements are made once, as those of store/sms_messages: messages come up to hundreds of times a second.
"""

from dataclasses import dataclass

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from desktop.domain.accounts import AccountState
from desktop.domain.sms import Applicant
from desktop.store import db, search
from desktop.store.sms_accounts import LANGUAGE, Issued, found_by
from desktop.store.tables import Account, SmsAccount


@dataclass(frozen=True, slots=True)
class Secured:
    """What the keys make of an ID and for a new account."""

    nonce: str
    id_hash: str
    sealed_id: str


@dataclass(frozen=True, slots=True)
class Taken:
    """Why no account could be made: by the ID (B10), else by the phone (B12)."""

    account_id: int
    by_id: bool


def taken(session: Session, phone: str, id_hash: str) -> Taken | None:
    """Whose the ID or the phone is; the ID is asked for first, from whichever phone it comes."""
    by_id, by_phone = session.connection().execute(_TAKEN, {"phone": phone, "id_hash": id_hash}).one()
    if by_id is not None:
        return Taken(by_id, by_id=True)
    return None if by_phone is None else Taken(by_phone, by_id=False)


_TAKEN = select(
    select(SmsAccount.account_id).where(SmsAccount.id_hash == bindparam("id_hash")).scalar_subquery(),
    select(Account.id).where(Account.login == bindparam("phone")).scalar_subquery(),
)


def make(
    session: Session, phone: str, applicant: Applicant, secured: Secured, message_id: int | None
) -> Issued | Taken:
    """The account of this phone and ID; of several at one instant exactly one is made, the others learn whose it is.

    Tried before it is asked for, since almost always both are free.
    """
    connection = session.connection()
    account_id = _insert_account(session, phone, applicant)
    if account_id is not None and _insert_sms_account(session, account_id, applicant, secured, message_id):
        _make_findable(session, account_id, phone, applicant)
        db.touch(session, "accounts", "sms_accounts")
        return Issued(account_id, phone, secured.nonce, 1, 0, AccountState.ACTIVE.value, None, None, message_id)
    if account_id is not None:  # the ID was another phone's meanwhile
        connection.execute(_UNMAKE, {"made": account_id})
    found = taken(session, phone, secured.id_hash)
    if found is None:
        raise AssertionError("neither the phone nor the ID was free, and neither is anybody's")
    return found


_UNMAKE = delete(Account).where(Account.id == bindparam("made"))
_INSERT_ACCOUNT = {
    "postgresql": postgresql.insert(Account).on_conflict_do_nothing(index_elements=["login"]).returning(Account.id),
    "sqlite": sqlite.insert(Account).on_conflict_do_nothing(index_elements=["login"]).returning(Account.id),
}
_INSERT_SMS_ACCOUNT = {
    "postgresql": postgresql.insert(SmsAccount)
    .on_conflict_do_nothing(index_elements=["id_hash"])
    .returning(SmsAccount.account_id),
    "sqlite": sqlite.insert(SmsAccount)
    .on_conflict_do_nothing(index_elements=["id_hash"])
    .returning(SmsAccount.account_id),
}


def _insert_account(session: Session, phone: str, applicant: Applicant) -> int | None:
    values = {
        "origin": "sms",
        "login": phone,
        "address": "",
        "family_name": applicant.name,
        "language": LANGUAGE,
        "created_at": db.now(session),
    }
    made: int | None = session.connection().execute(_INSERT_ACCOUNT[_dialect(session)], values).scalar()
    return made


def _insert_sms_account(
    session: Session, account_id: int, applicant: Applicant, secured: Secured, message_id: int | None
) -> bool:
    values = {
        "account_id": account_id,
        "nonce": secured.nonce,
        "id_hash": secured.id_hash,
        "sealed_id": secured.sealed_id,
        "id_last3": applicant.id_number[-3:],
        "name_typed": applicant.name,
        "name_plain": applicant.plain_name,
        "birth_date": applicant.birth_date,
        "message_id": message_id,
    }
    return session.connection().execute(_INSERT_SMS_ACCOUNT[_dialect(session)], values).scalar() is not None


def _dialect(session: Session) -> str:
    return session.get_bind().dialect.name


def _make_findable(session: Session, account_id: int, phone: str, applicant: Applicant) -> None:
    search.add_keys(session, "account", {account_id: ((), found_by(applicant.plain_name, phone))})
