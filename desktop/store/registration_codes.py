"""Schools' registration codes, as nobody can read them here: encrypted for the letters, hashed for comparing."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from desktop.domain.errors import UserError
from desktop.store import db
from desktop.store.tables import RegistrationCode, School


@dataclass(frozen=True, slots=True)
class Current:
    """The code that letters carry now."""

    id: int
    encrypted: bytes
    valid_from: datetime
    letters: int


def lock(session: Session, school_id: int) -> None:
    """Let nobody else renew this school's code meanwhile. Raises UserError("not_found")."""
    if session.scalar(select(School.id).where(School.id == school_id).with_for_update()) is None:
        raise UserError("not_found")


def current(session: Session, school_id: int) -> Current | None:
    row = session.scalar(
        select(RegistrationCode).where(RegistrationCode.school_id == school_id, RegistrationCode.valid_until.is_(None))
    )
    return None if row is None else Current(row.id, row.code_encrypted, row.valid_from, row.letters)


def add(session: Session, school_id: int, encrypted: bytes, code_hash: str) -> int:
    row = RegistrationCode(
        school_id=school_id, code_encrypted=encrypted, code_hash=code_hash, valid_from=db.now(session)
    )
    session.add(row)
    session.flush()
    return row.id


def end(session: Session, code_id: int, after: timedelta) -> datetime:
    """Let a code run out; says when."""
    until = db.now(session) + after
    session.execute(update(RegistrationCode).where(RegistrationCode.id == code_id).values(valid_until=until))
    return until


def count_letters(session: Session, code_id: int, letters: int) -> None:
    session.execute(
        update(RegistrationCode)
        .where(RegistrationCode.id == code_id)
        .values(letters=RegistrationCode.letters + letters)
    )


def find(session: Session, school_id: int, code_hash: str) -> int | None:
    """The code of this school that is good now and has this hash."""
    now = db.now(session)
    return session.scalar(
        select(RegistrationCode.id).where(
            RegistrationCode.code_hash == code_hash,
            RegistrationCode.school_id == school_id,
            or_(RegistrationCode.valid_until.is_(None), RegistrationCode.valid_until > now),
        )
    )


def old_ones(session: Session, school_id: int) -> tuple[int, datetime | None]:
    """How many letters are out with codes that were replaced and are still good, and until when at the latest."""
    row = session.execute(
        select(func.coalesce(func.sum(RegistrationCode.letters), 0), func.max(RegistrationCode.valid_until)).where(
            RegistrationCode.school_id == school_id, RegistrationCode.valid_until > db.now(session)
        )
    ).one()
    return int(row[0]), row[1]


def school_mail(session: Session, school_id: int) -> tuple[str, str]:
    """The school's name and mail address (maybe empty)."""
    row = session.get_one(School, school_id)
    return row.name, row.email
