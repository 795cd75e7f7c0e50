"""Staff, their grants and their sign-ins."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import and_, case, delete, or_, select, update
from sqlalchemy.orm import Session

from desktop.domain.errors import UserError
from desktop.domain.mail import domain_of, lane
from desktop.domain.staff import Grant, Role, Scope, ScopeKind, StaffRow
from desktop.store import audit, db
from desktop.store.tables import RoleGrant, Staff

MOST_ATTEMPTS = 10
LOCKED_FOR = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Account:
    """What signing in needs to know of somebody."""

    id: int
    login: str
    name: str
    active: bool
    password_hash: str | None
    guardian_id: int | None
    locked_until: datetime | None


@dataclass(frozen=True, slots=True)
class Attempt:
    """A sign-in that was counted before its password is looked at, so that many at once gain nothing.

    `locked_until` is set where no password is looked at any more.
    """

    account: Account
    locked_until: datetime | None


def account(session: Session, login: str) -> Account | None:
    row = session.scalar(select(Staff).where(Staff.login == login))
    return None if row is None else _account(row)


def account_by_id(session: Session, staff_id: int) -> Account:
    """Raises UserError("not_found")."""
    row = session.get(Staff, staff_id)
    if row is None:
        raise UserError("not_found")
    return _account(row)


def _account(row: Staff) -> Account:
    return Account(row.id, row.login, row.name, row.active, row.password_hash, row.guardian_id, row.locked_until)


def anybody(session: Session) -> bool:
    """Whether there is any staff yet."""
    return session.scalar(select(Staff.id).limit(1)) is not None


def begin_attempt(session: Session, login: str) -> Attempt | None:
    """Count an attempt to sign in; None where nobody could sign in by this login. The last allowed one locks.

    A success takes the count back by `forget_attempts`.
    """
    now = db.now(session)
    over = and_(Staff.locked_until.is_not(None), Staff.locked_until <= now)
    number = case((over, 1), else_=Staff.failed_logins + 1)
    counted = session.scalar(
        update(Staff)
        .where(Staff.login == login, or_(Staff.locked_until.is_(None), Staff.locked_until <= now))
        .values(failed_logins=number, locked_until=case((number >= MOST_ATTEMPTS, now + LOCKED_FOR), else_=None))
        .returning(Staff.id),
        execution_options={"synchronize_session": False},
    )
    row = session.scalar(select(Staff).where(Staff.login == login))
    if row is None or not row.active:
        return None
    return Attempt(_account(row), row.locked_until if counted is None else None)


def forget_attempts(session: Session, staff_id: int) -> None:
    session.execute(update(Staff).where(Staff.id == staff_id).values(failed_logins=0, locked_until=None))


def set_hash(session: Session, staff_id: int, password_hash: str) -> None:
    session.execute(update(Staff).where(Staff.id == staff_id).values(password_hash=password_hash))


def grants_of(session: Session, ids: Collection[int]) -> dict[int, tuple[Grant, ...]]:
    rows = session.scalars(select(RoleGrant).where(RoleGrant.staff_id.in_(ids)).order_by(RoleGrant.id))
    grants: dict[int, tuple[Grant, ...]] = {}
    for row in rows:
        scope = Scope(ScopeKind(row.scope_kind), row.school_id, row.ref)
        grant = Grant(Role(row.role), scope, row.from_date, row.to_date)
        grants[row.staff_id] = (*grants.get(row.staff_id, ()), grant)
    return grants


def rows(session: Session) -> list[StaffRow]:
    """Everybody, by name."""
    found = session.scalars(select(Staff).order_by(Staff.active.desc(), Staff.name, Staff.id)).all()
    grants = grants_of(session, [row.id for row in found])
    now = db.now(session)
    return [
        StaffRow(
            row.id,
            row.login,
            row.name,
            row.active,
            grants.get(row.id, ()),
            row.version,
            row.locked_until if row.locked_until is not None and row.locked_until > now else None,
            row.password_hash is not None,
            row.email or "",
        )
        for row in found
    ]


def add(session: Session, login: str, name: str, password_hash: str | None, email: str = "") -> int:
    """Raises UserError("staff.login_taken")."""
    if account(session, login) is not None:
        raise UserError("staff.login_taken", login=login)
    row = Staff(login=login, name=name, password_hash=password_hash, created_at=db.now(session), **_reached_at(email))
    session.add(row)
    session.flush()
    return row.id


def set_email(session: Session, staff_id: int, seen: int, email: str) -> None:
    """Raises UserError("changed_elsewhere") or ("not_found")."""
    edit(session, staff_id, seen)
    session.execute(update(Staff).where(Staff.id == staff_id).values(**_reached_at(email)))


def _reached_at(email: str) -> dict[str, str | None]:
    return {"email": email or None, "lane": lane(domain_of(email)).value if email else ""}


def replace_grants(session: Session, staff_id: int, grants: Iterable[Grant]) -> None:
    session.execute(delete(RoleGrant).where(RoleGrant.staff_id == staff_id))
    granted_by = db.actor(session).label
    session.add_all(
        RoleGrant(
            staff_id=staff_id,
            role=grant.role.value,
            scope_kind=grant.scope.kind.value,
            school_id=grant.scope.school_id,
            ref=grant.scope.ref,
            from_date=grant.from_date,
            to_date=grant.to_date,
            granted_by=granted_by,
        )
        for grant in dict.fromkeys(grants)
    )
    session.flush()


def edit(session: Session, staff_id: int, seen: int, *, name: str | None = None, active: bool | None = None) -> None:
    """Begin a person's edit of a member of staff. Raises UserError("changed_elsewhere") or ("not_found")."""
    row = session.get(Staff, staff_id, with_for_update=True)
    if row is None:
        raise UserError("not_found")
    audit.require_version(session, "staff", staff_id, seen, row.version)
    values = {"name": name, "active": active}
    session.execute(
        update(Staff)
        .where(Staff.id == staff_id)
        .values(version=Staff.version + 1, **{key: value for key, value in values.items() if value is not None})
    )


def take_in(
    session: Session, known: StaffRow | None, login: str, name: str, grants: Collection[Grant], email: str
) -> None:
    """Add somebody without a password, or give somebody known this name, these grants and this address, if any."""
    if known is None:
        replace_grants(session, add(session, login, name, None, email), grants)
        return
    is_moved = email not in {"", known.email}
    if known.name != name or set(known.grants) != set(grants) or is_moved:
        edit(session, known.id, known.version, name=name)
        replace_grants(session, known.id, grants)
    if is_moved:
        session.execute(update(Staff).where(Staff.id == known.id).values(**_reached_at(email)))


def lock_administrators(session: Session) -> None:
    """Let nobody else take an administrator away until this transaction ends."""
    session.execute(
        select(Staff.id)
        .join(RoleGrant, RoleGrant.staff_id == Staff.id)
        .where(RoleGrant.role == Role.ADMINISTRATOR.value)
        .order_by(Staff.id)
        .with_for_update(of=Staff)
    ).all()


def administrators(session: Session, today: date) -> set[int]:
    """Who may manage the whole city today."""
    found = session.scalars(
        select(Staff.id)
        .join(RoleGrant, RoleGrant.staff_id == Staff.id)
        .where(
            Staff.active,
            RoleGrant.role == Role.ADMINISTRATOR.value,
            RoleGrant.scope_kind == ScopeKind.CITY.value,
            or_(RoleGrant.from_date.is_(None), RoleGrant.from_date <= today),
            or_(RoleGrant.to_date.is_(None), RoleGrant.to_date >= today),
        )
    )
    return set(found)
