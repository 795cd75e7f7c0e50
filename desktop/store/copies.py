"""Who keeps a copy (控え) of what goes out, and where: author, approver, the sender's own addresses."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from desktop.domain.mail import domain_of, lane
from desktop.domain.notices import CopyTo
from desktop.domain.reports import CopyAddress
from desktop.store import db
from desktop.store.tables import School, SchoolCopy, Staff


def addresses(session: Session, school_id: int | None) -> tuple[str, ...]:
    """Where a school, or (None) the city, keeps copies."""
    return tuple(session.scalars(select(SchoolCopy.email).where(_of(school_id)).order_by(SchoolCopy.id)))


def set_addresses(session: Session, school_id: int | None, wanted: Collection[str]) -> bool:
    """Make these the addresses, in this order; whether anything changed. Those that stay keep since when."""
    if addresses(session, school_id) == tuple(wanted):
        return False
    known = session.execute(select(SchoolCopy.email, SchoolCopy.added_at).where(_of(school_id)))
    since = {row.email: row.added_at for row in known}
    now = db.now(session)
    session.execute(delete(SchoolCopy).where(_of(school_id)), execution_options={"synchronize_session": False})
    session.add_all(
        SchoolCopy(
            school_id=school_id,
            email=address,
            lane=lane(domain_of(address)).value,
            added_at=since.get(address, now),
        )
        for address in wanted
    )
    session.flush()
    return True


def _of(school_id: int | None) -> Any:
    return SchoolCopy.school_id.is_(None) if school_id is None else SchoolCopy.school_id == school_id


def expected(session: Session, school_id: int | None, author_id: int | None) -> tuple[CopyAddress, ...]:
    """Where copies of a draft would go, as far as that is known before somebody approves it."""
    author = session.execute(select(Staff.name, Staff.email).where(Staff.id == author_id)).one_or_none()
    return (
        CopyAddress(CopyTo.AUTHOR, author.name if author else "", (author.email or "") if author else ""),
        CopyAddress(CopyTo.APPROVER, "", ""),
        *(CopyAddress(CopyTo.SCHOOL, name, address) for name, address in _own(session, school_id)),
    )


def _own(session: Session, school_id: int | None) -> list[tuple[str, str]]:
    """The sender's name and its addresses; an empty one where there are none."""
    if school_id is None:
        return [("", address) for address in addresses(session, None)] or [("", "")]
    rows = session.execute(
        select(School.name, SchoolCopy.email)
        .outerjoin(SchoolCopy, SchoolCopy.school_id == School.id)
        .where(School.id == school_id)
        .order_by(SchoolCopy.id)
    )
    return [(name, address or "") for name, address in rows]
