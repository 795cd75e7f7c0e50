"""Units that try accounts by text message, and their numbers."""

from collections.abc import Collection, Sequence

from sqlalchemy import delete, distinct, exists, func, insert, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from desktop.domain.errors import UserError
from desktop.domain.sms_pilots import Block, PilotUnit
from desktop.store import db
from desktop.store.tables import SmsBlock, SmsPilotPhone, SmsPilotUnit, Staff


def units(session: Session) -> list[PilotUnit]:
    """By name."""
    counted = (
        select(SmsPilotPhone.unit_id, func.count().label("phones")).group_by(SmsPilotPhone.unit_id).subquery("counted")
    )
    statement = (
        select(SmsPilotUnit.id, SmsPilotUnit.name, func.coalesce(counted.c.phones, 0), SmsPilotUnit.version)
        .outerjoin(counted, counted.c.unit_id == SmsPilotUnit.id)
        .order_by(SmsPilotUnit.name)
    )
    return [PilotUnit(*row) for row in session.execute(statement)]


def phones_together(session: Session) -> int:
    """How many numbers stand on the lists, each counted once."""
    return session.scalar(select(func.count(distinct(SmsPilotPhone.phone)))) or 0


def require(session: Session, unit_id: int) -> SmsPilotUnit:
    """Raises UserError("not_found")."""
    found = session.get(SmsPilotUnit, unit_id)
    if found is None:
        raise UserError("not_found")
    return found


def is_name_taken(session: Session, name: str, except_id: int | None) -> bool:
    same = func.lower(SmsPilotUnit.name) == name.lower()
    other = select(SmsPilotUnit.id).where(same, SmsPilotUnit.id != (except_id or 0))
    return bool(session.scalar(select(exists(other))))


def phones(session: Session, unit_id: int) -> list[str]:
    return list(
        session.scalars(
            select(SmsPilotPhone.phone).where(SmsPilotPhone.unit_id == unit_id).order_by(SmsPilotPhone.phone)
        )
    )


def add(session: Session, name: str) -> int:
    unit = SmsPilotUnit(name=name, created_at=db.now(session))
    session.add(unit)
    session.flush()
    return unit.id


def rename(session: Session, unit: SmsPilotUnit, name: str) -> None:
    """Also where it keeps its name: another version begins, because its list may be another one."""
    unit.name = name
    flag_modified(unit, "name")
    session.flush()


def set_phones(session: Session, unit_id: int, wanted: Collection[str]) -> None:
    """These and no others."""
    before, after = set(phones(session, unit_id)), set(wanted)
    gone = sorted(before - after)
    for at in range(0, len(gone), 500):
        session.execute(
            delete(SmsPilotPhone).where(SmsPilotPhone.unit_id == unit_id, SmsPilotPhone.phone.in_(gone[at : at + 500]))
        )
    if new := sorted(after - before):
        session.execute(insert(SmsPilotPhone), [{"unit_id": unit_id, "phone": phone} for phone in new])


def remove(session: Session, unit_id: int) -> None:
    session.execute(delete(SmsPilotPhone).where(SmsPilotPhone.unit_id == unit_id))
    session.delete(require(session, unit_id))


def units_with(session: Session, phone: str) -> Sequence[str]:
    """The names of the units on whose list a number stands."""
    return session.scalars(
        select(SmsPilotUnit.name)
        .join(SmsPilotPhone, SmsPilotPhone.unit_id == SmsPilotUnit.id)
        .where(SmsPilotPhone.phone == phone)
        .order_by(SmsPilotUnit.name)
    ).all()


def blocks(session: Session) -> list[Block]:
    """Numbers that are not listened to, the newest first."""
    statement = (
        select(SmsBlock.phone, SmsBlock.reason, func.coalesce(Staff.name, ""), SmsBlock.blocked_at)
        .outerjoin(Staff, Staff.id == SmsBlock.blocked_by)
        .order_by(SmsBlock.blocked_at.desc(), SmsBlock.phone)
    )
    return [Block(*row) for row in session.execute(statement)]
