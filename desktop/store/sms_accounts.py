"""Accounts by text message as everything about them writes them: made once, issued anew, locked, moved, closed.

Whoever calls these writes the audit and the texts that belong to it, in the same transaction.
"""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Row, bindparam, func, literal_column, select, true, update
from sqlalchemy.orm import Session

from desktop.domain.accounts import AccountState, Purpose
from desktop.domain.errors import UserError
from desktop.domain.sms import ISSUE_LIFE, LockReason
from desktop.domain.sms_accounts import DeskCheck
from desktop.store import citizen_sessions, db, search
from desktop.store.tables import Account, AccountToken, SmsAccount

LANGUAGE = "vi"
"""Whoever registers by text message reads Vietnamese until they choose otherwise."""


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
    issue_sent_at: datetime | None = None

    def is_good(self, now: datetime) -> bool:
        """Whether the initial password may be used, to set one's own with. Until its text leaves it has no end."""
        in_time = self.issue_expires_at is None or now < self.issue_expires_at
        return self.is_open and in_time

    def is_over(self, now: datetime) -> bool:
        """Whether its text was sent, and nobody used it in time: the timer's next step is due."""
        is_timed = self.issue_sent_at is not None and self.issue_expires_at is not None
        return self.is_open and is_timed and not self.is_good(now)

    @property
    def is_open(self) -> bool:
        """Locked and closed accounts, and those with a password of their owner's, have no initial one and no timer."""
        return self.state == AccountState.ACTIVE and self.own_password_at is None


_ISSUED = (
    Account.id, Account.login, SmsAccount.nonce, SmsAccount.issue, SmsAccount.reissues, Account.state,
    SmsAccount.issue_expires_at, SmsAccount.own_password_at, SmsAccount.message_id, SmsAccount.issue_sent_at,
)  # fmt: skip


def lock_phone(session: Session, phone: str, *, may_be_redone: bool = False) -> None:
    """One transaction at a time decides for a phone, or gives it to an account; it has one time from then on.

    Before any row is locked, the account's own among them. On SQLite all writers take turns.
    `may_be_redone`: the commit need not wait for the disk, since whatever is built upon it does, and takes it along.
    """
    if session.get_bind().dialect.name != "postgresql":
        db.hold_time(session)
        return
    key = int.from_bytes(hashlib.blake2b(f"sms {phone}".encode(), digest_size=8).digest(), signed=True)
    statement = _LOCK_QUICKLY if may_be_redone else _LOCK_PHONE
    db.hold_time(session, session.connection().execute(statement, {"key": key}).one()[1])


_LOCK_PHONE = select(func.pg_advisory_xact_lock(bindparam("key", type_=BigInteger)), func.clock_timestamp())
"""In this order: the time is that after the waiting."""
_LOCK_QUICKLY = _LOCK_PHONE.add_columns(
    func.set_config(literal_column("'synchronous_commit'"), literal_column("'off'"), true())
)


def found_by(plain_name: str, phone: str) -> set[str]:
    """What it is found by: the phone, the name from its beginning, and the given name, which stands last."""
    family, _blank, given = plain_name.rpartition(" ")
    return search.guardian_keys(family, given, "", "", [phone], [])


def find(session: Session, account_id: int) -> Issued | None:
    row = session.execute(
        select(*_ISSUED).join(SmsAccount, SmsAccount.account_id == Account.id).where(Account.id == account_id)
    ).first()
    return _issued(row)


def _issued(row: Row[*tuple[Any, ...]] | None) -> Issued | None:
    return None if row is None else Issued(*row)


def by_login(session: Session, login: str) -> Issued | None:
    """As whoever logs in asks for it: one statement, whether there is such an account or not."""
    row = session.execute(
        select(*_ISSUED).join(SmsAccount, SmsAccount.account_id == Account.id).where(Account.login == login)
    ).first()
    return _issued(row)


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


def note_leaving(session: Session, account_id: int, issue: int) -> None:
    """The text with this issue is about to leave. Nobody may ever say whether it did, so it ends in 72 hours.

    No timer runs before `note_sent`; that, and every further attempt, moves the end.
    """
    note_stayed(session, account_id, issue, db.now(session) + ISSUE_LIFE)


def note_stayed(session: Session, account_id: int, issue: int, ends_at: datetime | None) -> None:
    """The text did not leave after all: it ends when it was to end before `note_leaving`."""
    session.execute(
        update(SmsAccount)
        .where(
            SmsAccount.account_id == account_id,
            SmsAccount.issue == issue,
            SmsAccount.issue_sent_at.is_(None),
            SmsAccount.own_password_at.is_(None),
        )
        .values(issue_expires_at=ends_at, version=SmsAccount.version + 1),
        execution_options={"synchronize_session": False},
    )


def note_sent(session: Session, account_id: int, issue: int) -> None:
    """The text with this issue has been sent: its 72 hours begin.

    An older issue, a second note, or one after the citizen has set their own, changes nothing: no timer starts again.
    """
    now = db.now(session)
    session.execute(
        update(SmsAccount)
        .where(
            SmsAccount.account_id == account_id,
            SmsAccount.issue == issue,
            SmsAccount.issue_sent_at.is_(None),
            SmsAccount.own_password_at.is_(None),
        )
        .values(issue_sent_at=now, issue_expires_at=now + ISSUE_LIFE, version=SmsAccount.version + 1)
    )


def set_own(session: Session, held: Issued, password_hash: str) -> None:
    """The citizen's own password; the initial one is used up, and the timer stops. `held` comes from `lock_row`."""
    _end_all_use(session, held.account_id)
    _write(session, held.account_id, own_password_at=db.now(session), issue_expires_at=None)
    _write_account(session, held.account_id, password_hash=password_hash)


def lock(session: Session, account_id: int, reason: LockReason, note: str = "") -> None:
    """Nobody gets in, and no timer runs; the initial password is gone, and after unlocking stays gone: the next issue
    has begun, whose password nobody has been sent. `note`: why, where a person does it.
    """
    _end_all_use(session, account_id)
    _write(
        session, account_id,
        lock_reason=reason.value, lock_note=note,
        issue=SmsAccount.issue + 1, issue_sent_at=None, issue_expires_at=None,
    )  # fmt: skip
    values = {"password_hash": None} if reason is LockReason.UNCHANGED else {}
    _write_account(session, account_id, state=AccountState.LOCKED.value, **values)


def unlock(session: Session, account_id: int) -> None:
    """It may be used again; without a password of the citizen's own it needs `issue_anew` to be of use."""
    _write(session, account_id, lock_reason=None, lock_note="")
    _write_account(session, account_id, state=AccountState.ACTIVE.value)


def verify(session: Session, account_id: int, staff_id: int, check: DeskCheck) -> None:
    """Somebody looked at a document of its owner's."""
    _write(
        session, account_id,
        verified_at=db.now(session), verified_by=staff_id, verified_document=check.document.value,
        verified_place=check.place.strip(), verified_note=check.note.strip(),
    )  # fmt: skip


def take_back_verification(session: Session, account_id: int) -> None:
    nobody = {"verified_at": None, "verified_by": None, "verified_document": None, "verified_place": None}
    _write(session, account_id, **nobody, verified_note="")


def note_closing(session: Session, account_id: int, note: str) -> None:
    """Why a person closed it."""
    _write(session, account_id, lock_note=note)


def move(session: Session, account_id: int, phone: str) -> None:
    """The log-in is this phone's from now on; whoever calls has locked the phone before the account.

    Raises UserError("sms.phone_taken") where it is another account's.
    """
    lock_phone(session, phone)
    other = session.scalar(select(Account.id).where(Account.login == phone))
    if other is not None and other != account_id:
        raise UserError("sms.phone_taken")
    _end_all_use(session, account_id)
    _write_account(session, account_id, login=phone)
    names = session.execute(select(SmsAccount.name_plain).where(SmsAccount.account_id == account_id)).scalar_one()
    search.replace_keys(session, "account", {account_id: ((), found_by(names, phone))})


def forget_person(session: Session, account_id: int) -> None:
    """On closing: the phone and the ID are free again, and what is no longer needed is gone."""
    _end_all_use(session, account_id)
    _write(
        session,
        account_id,
        id_hash=None,
        sealed_id=None,
        issue_expires_at=None,
        postal_address="",
        closed_at=db.now(session),
    )
    search.remove(session, "account", account_id, account_id)


def expiring(session: Session, most: int) -> list[int]:
    """Accounts whose initial password was sent and whose time is over, the oldest first."""
    is_over = SmsAccount.issue_expires_at <= db.now(session)
    return list(
        session.scalars(
            select(SmsAccount.account_id)
            .where(SmsAccount.own_password_at.is_(None), is_over, SmsAccount.issue_sent_at.is_not(None))
            .order_by(SmsAccount.issue_expires_at)
            .limit(most)
        )
    )


def is_ahead(session: Session) -> bool:
    """Whether a password is good for longer than 72 hours from now: the clock was ahead, and was put right."""
    return session.scalar(select(SmsAccount.account_id).where(*_ahead(session)).limit(1)) is not None


def pull_in(session: Session) -> None:
    """No password stays good for longer than 72 hours from now."""
    session.execute(
        update(SmsAccount)
        .where(*_ahead(session))
        .values(issue_expires_at=db.now(session) + ISSUE_LIFE, version=SmsAccount.version + 1),
        execution_options={"synchronize_session": False},
    )


def _ahead(session: Session) -> tuple[ColumnElement[bool], ...]:
    return (SmsAccount.own_password_at.is_(None), SmsAccount.issue_expires_at > db.now(session) + ISSUE_LIFE)


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
