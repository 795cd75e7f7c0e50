"""The mail addresses that somebody's notices go to: that of their log-in, and others that they have confirmed.

An account that a text message made logs in with a telephone number, so it has only the others, if any.
"""

from sqlalchemy import ColumnElement, Select, case, delete, func, select, update
from sqlalchemy.orm import Session

from desktop.domain.accounts import AccountState, OwnAddress
from desktop.domain.errors import UserError
from desktop.store import db
from desktop.store.tables import Account, AccountAddress, ContactPoint

LOGIN = 0
"""The number by which one speaks of the log-in's own address."""


def for_mail() -> ColumnElement[str]:
    """In a statement about accounts: where mails about an account go, the log-in's address or the first that was
    confirmed; "" where there is none.
    """
    confirmed = (
        select(AccountAddress.address)
        .where(AccountAddress.account_id == Account.id, AccountAddress.verified_at.is_not(None))
        .order_by(AccountAddress.id)
        .limit(1)
        .correlate(Account)
        .scalar_subquery()
    )
    return case((Account.address != "", Account.address), else_=func.coalesce(confirmed, ""))


def reached_at() -> ColumnElement[str]:
    """As `for_mail`; where there is no mail address, the telephone number, as long as it is theirs."""
    mail = for_mail()
    phone = case((Account.state == AccountState.CLOSED.value, ""), else_=Account.login)
    return case((mail != "", mail), else_=phone)


def mail_of(session: Session, account_id: int) -> str:
    """As `for_mail`, for one account."""
    return session.scalar(select(for_mail()).where(Account.id == account_id)) or ""


def of_account(session: Session, account_id: int) -> list[OwnAddress]:
    """That of the log-in first, if it is one."""
    account = session.get_one(Account, account_id, populate_existing=True)
    stopped = _stopped(session, account.guardian_id)
    first = OwnAddress(
        LOGIN, account.address, account.plain_text_only, confirmed=True,
        stopped=stopped.get(account.address.lower(), ""),
    )  # fmt: skip
    rows = session.scalars(
        select(AccountAddress).where(AccountAddress.account_id == account_id).order_by(AccountAddress.id)
    )
    return [
        *([first] if account.address else []),
        *(
            OwnAddress(
                row.id,
                row.address,
                row.plain_text_only,
                row.verified_at is not None,
                stopped.get(row.address.lower(), ""),
            )
            for row in rows
        ),
    ]


def _stopped(session: Session, guardian_id: int | None) -> dict[str, str]:
    rows = session.execute(
        select(ContactPoint.address, ContactPoint.suppressed_reason).where(
            ContactPoint.guardian_id == guardian_id,
            ContactPoint.kind == "email",
            ContactPoint.suppressed_reason.is_not(None),
        )
    )
    return {address.lower(): reason or "" for address, reason in rows}


def one(session: Session, account_id: int, address_id: int) -> OwnAddress:
    """Raises UserError("not_found"), also for another's."""
    for own in of_account(session, account_id):
        if own.id == address_id:
            return own
    raise UserError("not_found")


def add(session: Session, account_id: int, address: str, *, plain: bool) -> None:
    """One that is to be confirmed; of one that is there already only the form of its mails changes."""
    known = session.scalar(_alike(account_id, address))
    if known is not None:
        known.plain_text_only = plain
    else:
        session.add(
            AccountAddress(account_id=account_id, address=address, plain_text_only=plain, created_at=db.now(session))
        )
    session.flush()


def _alike(account_id: int, address: str) -> Select[AccountAddress]:
    return select(AccountAddress).where(
        AccountAddress.account_id == account_id, func.lower(AccountAddress.address) == address.lower()
    )


def confirm(session: Session, account_id: int, address: str) -> bool:
    """Whether the account still wants it."""
    row = session.scalar(_alike(account_id, address))
    if row is None:
        return False
    row.verified_at = db.now(session)
    session.flush()
    return True


def set_plain(session: Session, account_id: int, address_id: int, *, plain: bool) -> None:
    if address_id == LOGIN:
        session.execute(
            update(Account).where(Account.id == account_id).values(plain_text_only=plain, version=Account.version + 1)
        )
        return
    session.execute(
        update(AccountAddress)
        .where(AccountAddress.account_id == account_id, AccountAddress.id == address_id)
        .values(plain_text_only=plain)
    )


def remove(session: Session, account_id: int, address: str) -> None:
    session.execute(
        delete(AccountAddress).where(
            AccountAddress.account_id == account_id, func.lower(AccountAddress.address) == address.lower()
        )
    )
