"""Accounts by text message as everything about them writes them: made once, issued anew, locked, moved, closed.

Whoever calls these writes the audit and the texts that belong to it, in the same transaction.
"""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from desktop.domain.accounts import AccountState, Purpose
from desktop.domain.errors import UserError
from desktop.domain.sms import ISSUE_LIFE, Applicant, LockReason
from desktop.store import citizen_sessions, db, search
from desktop.store.tables import Account, AccountToken, SmsAccount

LANGUAGE = "vi"
"""Whoever registers by text message reads Vietnamese until they choose otherwise."""


@dataclass(frozen=True, slots=True)
class Secured:
    """What the keys make of an ID and for a new account."""

    nonce: str
    id_hash: str
    sealed_id: str


@dataclass(frozen=True, slots=True)
class Issued:
    """An account as its initial password needs it. `issue` follows at once on every new one."""

    account_id: int
    login: str
    nonce: str
    issue: int
    reissues: int
    state: str
    issue_expires_at: datetime | None
    own_password_at: datetime | None
    message_id: int | None

    def is_good(self, now: datetime) -> bool:
        """Whether the initial password may be used, to set one's own with. Until its text is sent it has no end."""
        in_time = self.issue_expires_at is None or now < self.issue_expires_at
        return self.state == AccountState.ACTIVE and self.own_password_at is None and in_time


@dataclass(frozen=True, slots=True)
class Taken:
    """Why no account could be made: by the ID (B10), else by the phone (B12)."""

    account_id: int
    by_id: bool


_ISSUED = (
    Account.id, Account.login, SmsAccount.nonce, SmsAccount.issue, SmsAccount.reissues, Account.state,
    SmsAccount.issue_expires_at, SmsAccount.own_password_at, SmsAccount.message_id,
)  # fmt: skip


def taken(session: Session, phone: str, id_hash: str) -> Taken | None:
    """Whose the ID or the phone is; the ID is asked for first, from whichever phone it comes."""
    by_id = session.scalar(select(SmsAccount.account_id).where(SmsAccount.id_hash == id_hash))
    if by_id is not None:
        return Taken(by_id, by_id=True)
    by_phone = session.scalar(select(Account.id).where(Account.login == phone))
    return None if by_phone is None else Taken(by_phone, by_id=False)


def make(
    session: Session, phone: str, applicant: Applicant, secured: Secured, message_id: int | None
) -> Issued | Taken:
    """The account of this phone and ID; of several at one instant exactly one is made, the others learn whose it is."""
    if found := taken(session, phone, secured.id_hash):
        return found
    place = session.begin_nested()
    account_id = _insert_account(session, phone, applicant)
    if account_id is not None and _insert_sms_account(session, account_id, applicant, secured, message_id):
        place.commit()
        _make_findable(session, account_id, phone, applicant)
        db.touch(session, "sms_accounts")
        return require(session, account_id)
    place.rollback()
    found = taken(session, phone, secured.id_hash)
    if found is None:
        raise AssertionError("neither the phone nor the ID was free, and neither is anybody's")
    return found


def _insert_account(session: Session, phone: str, applicant: Applicant) -> int | None:
    values = {
        "origin": "sms",
        "login": phone,
        "address": "",
        "family_name": applicant.name,
        "language": LANGUAGE,
        "created_at": db.now(session),
    }
    statement = _insert(session, Account).values(**values).on_conflict_do_nothing(index_elements=["login"])
    return session.scalar(statement.returning(Account.id))


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
    statement = _insert(session, SmsAccount).values(**values).on_conflict_do_nothing(index_elements=["id_hash"])
    return session.scalar(statement.returning(SmsAccount.account_id)) is not None


def _insert(session: Session, table: type[Account] | type[SmsAccount]) -> postgresql.Insert | sqlite.Insert:
    return postgresql.insert(table) if session.get_bind().dialect.name == "postgresql" else sqlite.insert(table)


def _make_findable(session: Session, account_id: int, phone: str, applicant: Applicant) -> None:
    keys = search.guardian_keys(applicant.plain_name, "", "", "", [phone], [])
    search.add_keys(session, "account", {account_id: ((), keys)})


def find(session: Session, account_id: int) -> Issued | None:
    row = session.execute(
        select(*_ISSUED).join(SmsAccount, SmsAccount.account_id == Account.id).where(Account.id == account_id)
    ).first()
    return None if row is None else Issued(*row)


def require(session: Session, account_id: int) -> Issued:
    """Raises UserError("not_found") for what no text message made."""
    found = find(session, account_id)
    if found is None:
        raise UserError("not_found")
    return found


def lock_row(session: Session, account_id: int) -> Issued:
    """The account as it stands, ours until the end of the transaction: two who act on it do so one after the other."""
    session.execute(select(SmsAccount.account_id).where(SmsAccount.account_id == account_id).with_for_update())
    session.execute(select(Account.id).where(Account.id == account_id).with_for_update())
    return require(session, account_id)


def issue_anew(session: Session, held: Issued, *, reissues: int) -> Issued:
    """The next initial password takes the place of any other, also of the citizen's own; whoever is in is out.

    `held` comes from `lock_row`. `reissues` counts those of this round that the system made by itself; a person's
    begin a new round with 0. The time runs from `note_sent` on.
    """
    _end_all_use(session, held.account_id)
    _write(
        session, held.account_id,
        issue=held.issue + 1, reissues=reissues, issue_sent_at=None, issue_expires_at=None, own_password_at=None,
    )  # fmt: skip
    _write_account(session, held.account_id, password_hash=None)
    return require(session, held.account_id)


def note_sent(session: Session, account_id: int, issue: int) -> None:
    """The text with this issue has been sent: its 72 hours begin. An older issue, or a second note, changes nothing."""
    now = db.now(session)
    session.execute(
        update(SmsAccount)
        .where(SmsAccount.account_id == account_id, SmsAccount.issue == issue, SmsAccount.issue_sent_at.is_(None))
        .values(issue_sent_at=now, issue_expires_at=now + ISSUE_LIFE, version=SmsAccount.version + 1)
    )


def set_own(session: Session, held: Issued, password_hash: str) -> None:
    """The citizen's own password; the initial one is used up, and the timer stops. `held` comes from `lock_row`."""
    _end_all_use(session, held.account_id)
    _write(session, held.account_id, own_password_at=db.now(session), issue_expires_at=None)
    _write_account(session, held.account_id, password_hash=password_hash)


def lock(session: Session, account_id: int, reason: LockReason) -> None:
    """Nobody gets in, and no timer runs; the initial password is gone."""
    _end_all_use(session, account_id)
    _write(session, account_id, lock_reason=reason.value, issue_expires_at=None)
    values = {"password_hash": None} if reason is LockReason.UNCHANGED else {}
    _write_account(session, account_id, state=AccountState.LOCKED.value, **values)


def unlock(session: Session, account_id: int) -> None:
    """It may be used again; without a password of the citizen's own it needs `issue_anew` to be of use."""
    _write(session, account_id, lock_reason=None)
    _write_account(session, account_id, state=AccountState.ACTIVE.value)


def move(session: Session, account_id: int, phone: str) -> None:
    """The log-in is this phone's from now on. Raises UserError("sms.phone_taken") where it is another account's."""
    other = session.scalar(select(Account.id).where(Account.login == phone))
    if other is not None and other != account_id:
        raise UserError("sms.phone_taken")
    _end_all_use(session, account_id)
    _write_account(session, account_id, login=phone)
    names = session.execute(select(SmsAccount.name_plain).where(SmsAccount.account_id == account_id)).scalar_one()
    search.replace_keys(session, "account", {account_id: ((), search.guardian_keys(names, "", "", "", [phone], []))})


def forget_person(session: Session, account_id: int) -> None:
    """On closing: the phone and the ID are free again, and what is no longer needed is gone."""
    _end_all_use(session, account_id)
    _write(session, account_id, id_hash=None, sealed_id=None, issue_expires_at=None, postal_address="")
    search.remove(session, "account", account_id, account_id)


def expiring(session: Session, most: int) -> list[int]:
    """Accounts whose initial password's time is over, the oldest first."""
    return list(
        session.scalars(
            select(SmsAccount.account_id)
            .where(SmsAccount.own_password_at.is_(None), SmsAccount.issue_expires_at <= db.now(session))
            .order_by(SmsAccount.issue_expires_at)
            .limit(most)
        )
    )


def birth_date(session: Session, account_id: int) -> date:
    return session.execute(select(SmsAccount.birth_date).where(SmsAccount.account_id == account_id)).scalar_one()


def _end_all_use(session: Session, account_id: int) -> None:
    """Whoever is logged in is out, and what would set a password from an issue is used up."""
    citizen_sessions.end_all(session, account_id)
    session.execute(
        update(AccountToken)
        .where(
            AccountToken.account_id == account_id,
            AccountToken.purpose.in_((Purpose.FIRST_LOG_IN.value, Purpose.RESET.value)),
            AccountToken.used_at.is_(None),
        )
        .values(used_at=db.now(session))
    )


def _write(session: Session, account_id: int, **values: object) -> None:
    session.execute(
        update(SmsAccount).where(SmsAccount.account_id == account_id).values(**values, version=SmsAccount.version + 1),
        execution_options={"synchronize_session": False},
    )


def _write_account(session: Session, account_id: int, **values: object) -> None:
    session.execute(
        update(Account).where(Account.id == account_id).values(**values, version=Account.version + 1),
        execution_options={"synchronize_session": False},
    )
