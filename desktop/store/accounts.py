"""Citizens' accounts, and what proves their addresses."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, exists, func, select, update
from sqlalchemy.orm import Session

from desktop.domain.accounts import TOKEN_LIFE, AccountState, Citizen, LinkState, OpenSignUp, Purpose
from desktop.domain.errors import UserError
from desktop.store import db
from desktop.store.tables import Account, AccountAddress, AccountToken, Consent, Post


@dataclass(frozen=True, slots=True)
class Known:
    """An account as logging in needs it."""

    citizen: Citizen
    address: str
    password_hash: str | None
    state: str


@dataclass(frozen=True, slots=True)
class Token:
    """What a link or code is for. `useless`: it opens nothing, because the address was known already, or was not."""

    id: int
    purpose: Purpose
    nonce: str
    account_id: int | None
    login: str
    address: str
    language: str
    useless: bool
    expires_at: datetime
    is_opened: bool
    is_used: bool
    password_hash: str | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """What a sign-up keeps until its address is proved."""

    family_name: str
    given_name: str
    password_hash: str
    terms_version: str


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token to be made; good for a day, unless it `expires_at` another moment."""

    purpose: Purpose
    nonce: str
    login: str
    address: str
    language: str
    account_id: int | None = None
    useless: bool = False
    given: Given | None = None
    expires_at: datetime | None = None


def by_login(session: Session, login: str) -> Known | None:
    row = session.scalar(select(Account).where(Account.login == login)) if login else None
    return None if row is None else _known(row)


def by_id(session: Session, account_id: int) -> Known:
    """Raises UserError("not_found")."""
    row = session.get(Account, account_id)
    if row is None:
        raise UserError("not_found")
    return _known(row)


def _known(row: Account) -> Known:
    return Known(citizen_of(row), row.address, row.password_hash, row.state)


def citizen_of(row: Account, *, is_incomplete: bool = False) -> Citizen:
    return Citizen(row.id, row.login, row.family_name, row.given_name, row.language, is_incomplete)


def is_still(session: Session, known: Known) -> bool:
    """Whether nobody has locked, closed, moved or given another password to it meanwhile; ours until the end of the
    transaction if not.
    """
    row = session.execute(
        select(Account.login, Account.password_hash, Account.state)
        .where(Account.id == known.citizen.account_id)
        .with_for_update()
    ).one_or_none()
    return row is not None and tuple(row) == (known.citizen.login, known.password_hash, known.state)


def set_hash(session: Session, account_id: int, password_hash: str) -> None:
    session.execute(
        update(Account).where(Account.id == account_id).values(password_hash=password_hash, version=Account.version + 1)
    )


def set_language(session: Session, account_id: int, language: str) -> None:
    session.execute(
        update(Account).where(Account.id == account_id).values(language=language, version=Account.version + 1)
    )


def set_names(session: Session, account_id: int, family_name: str, given_name: str) -> None:
    names = {"family_name": family_name, "given_name": given_name}
    session.execute(update(Account).where(Account.id == account_id).values(**names, version=Account.version + 1))


def consent(session: Session, account_id: int, terms_version: str) -> None:
    """The first time counts."""
    if session.get(Consent, (account_id, terms_version)) is None:
        session.add(Consent(account_id=account_id, terms_version=terms_version, consented_at=db.now(session)))
        session.flush()


def set_login(session: Session, account_id: int, login: str, address: str) -> None:
    """Raises UserError("link.used") where it has become somebody else's log-in meanwhile."""
    _take_turn(session, AccountToken.login == login)
    if by_login(session, login) is not None:
        raise UserError("link.used")
    values = {"login": login, "address": address}
    session.execute(update(Account).where(Account.id == account_id).values(**values, version=Account.version + 1))


def close(session: Session, account_id: int) -> None:
    """Nobody logs in with it any more, and its address may begin anew. What it registered still names it."""
    now = db.now(session)
    session.execute(
        update(Account)
        .where(Account.id == account_id)
        .values(
            state=AccountState.CLOSED.value,
            login=f"closed {account_id}",
            password_hash=None,
            version=Account.version + 1,
        )
    )
    session.execute(
        update(AccountToken)
        .where(AccountToken.account_id == account_id, AccountToken.used_at.is_(None))
        .values(used_at=now)
    )
    session.execute(delete(AccountAddress).where(AccountAddress.account_id == account_id))


# Tokens


def add_token(session: Session, wanted: NewToken) -> int:
    now = db.now(session)
    given = wanted.given
    row = AccountToken(
        purpose=wanted.purpose.value,
        nonce=wanted.nonce,
        account_id=wanted.account_id,
        login=wanted.login,
        address=wanted.address,
        language=wanted.language,
        useless=wanted.useless,
        family_name=given.family_name if given else "",
        given_name=given.given_name if given else "",
        password_hash=given.password_hash if given else None,
        terms_version=given.terms_version if given else None,
        created_at=now,
        expires_at=wanted.expires_at or now + TOKEN_LIFE,
    )
    session.add(row)
    session.flush()
    return row.id


def token(session: Session, token_id: int) -> Token | None:
    row = session.get(AccountToken, token_id)
    if row is None:
        return None
    return Token(
        row.id,
        Purpose(row.purpose),
        row.nonce,
        row.account_id,
        row.login,
        row.address,
        row.language,
        row.useless,
        row.expires_at,
        row.opened_at is not None,
        row.used_at is not None,
        row.password_hash,
    )


def mark_opened(session: Session, token_id: int) -> None:
    """The first time counts."""
    session.execute(
        update(AccountToken)
        .where(AccountToken.id == token_id, AccountToken.opened_at.is_(None))
        .values(opened_at=db.now(session))
    )


def use(session: Session, token_id: int) -> bool:
    """Use a token up; of two at once only one can."""
    now = db.now(session)
    used = session.scalar(
        update(AccountToken)
        .where(AccountToken.id == token_id, AccountToken.used_at.is_(None), AccountToken.expires_at > now)
        .values(used_at=now, opened_at=func.coalesce(AccountToken.opened_at, now))
        .returning(AccountToken.id),
        execution_options={"synchronize_session": False},
    )
    return used is not None


def use_up_resets(session: Session, account_id: int) -> None:
    """Once a password is new, links that were sent for the old one open nothing any more."""
    session.execute(
        update(AccountToken)
        .where(
            AccountToken.account_id == account_id,
            AccountToken.purpose == Purpose.RESET.value,
            AccountToken.used_at.is_(None),
        )
        .values(used_at=db.now(session))
    )


def activate(session: Session, token_id: int) -> int:
    """Make the account of which a sign-up's address is proved now; its number, also where it was made before.

    Raises UserError("link.used") where the address has become somebody's by another sign-up.
    """
    login = select(AccountToken.login).where(AccountToken.id == token_id).scalar_subquery()
    alike = _take_turn(session, AccountToken.login == login)
    row = next(each for each in alike if each.id == token_id)
    if row.account_id is not None:
        return row.account_id
    if by_login(session, row.login) is not None or row.useless or not use(session, token_id):
        raise UserError("link.used")
    made = Account(
        origin="email",
        login=row.login,
        address=row.address,
        family_name=row.family_name,
        given_name=row.given_name,
        language=row.language,
        password_hash=row.password_hash,
        created_at=db.now(session),
    )
    session.add(made)
    session.flush()
    session.add(Consent(account_id=made.id, terms_version=row.terms_version or "", consented_at=row.created_at))
    session.execute(
        update(AccountToken).where(AccountToken.id == token_id).values(account_id=made.id, password_hash=None)
    )
    return made.id


def _take_turn(session: Session, alike: ColumnElement[bool]) -> Sequence[AccountToken]:
    """All tokens of an address, so that two who would have it at once do so one after the other."""
    return session.scalars(
        select(AccountToken)
        .where(alike)
        .order_by(AccountToken.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def open_sign_ups(session: Session, most: int) -> list[OpenSignUp]:
    """The newest sign-up of each address that has no account yet, the newest first."""
    now = db.now(session)
    asked = (AccountToken.purpose == Purpose.ACTIVATE.value, ~AccountToken.useless)
    newest = select(func.max(AccountToken.id)).where(*asked).group_by(AccountToken.login)
    sent = select(func.max(Post.id)).where(Post.token_id == AccountToken.id)
    newest_mail = sent.correlate(AccountToken).scalar_subquery()
    rows = session.execute(
        select(AccountToken, Post.state, Post.reason)
        .outerjoin(Post, Post.id == newest_mail)
        .where(AccountToken.id.in_(newest), AccountToken.used_at.is_(None))
        .where(~exists().where(Account.login == AccountToken.login))
        .order_by(AccountToken.id.desc())
        .limit(most)
    )
    return [
        OpenSignUp(
            row.id,
            f"{row.family_name} {row.given_name}".strip(),
            row.address,
            row.language,
            row.created_at,
            _link_state(row, now),
            mail or "",
            reason or "",
        )
        for row, mail, reason in rows
    ]


def _link_state(row: AccountToken, now: datetime) -> LinkState:
    if row.expires_at <= now:
        return LinkState.EXPIRED
    return LinkState.SENT if row.opened_at is None else LinkState.OPENED


def begin_anew(session: Session, token_id: int, nonce: str) -> None:
    """Give a sign-up that has expired another day, by another link."""
    session.execute(
        update(AccountToken)
        .where(AccountToken.id == token_id, AccountToken.used_at.is_(None))
        .values(nonce=nonce, expires_at=db.now(session) + TOKEN_LIFE, opened_at=None)
    )


def let_go(session: Session, before: datetime) -> None:
    """Forget tokens that ended before, except those that a mail still needs."""
    session.execute(
        delete(AccountToken).where(AccountToken.expires_at < before, ~exists().where(Post.token_id == AccountToken.id))
    )
