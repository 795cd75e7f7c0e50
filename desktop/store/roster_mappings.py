"""How a school's files name their columns, remembered from import to import."""

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from desktop.store.tables import RosterMapping, School


def recall(
    session: Session, header_hash: str, school_code: str, schools: Collection[int] | None
) -> Mapping[str, str] | None:
    """The corrections made for such headers at the named school, or else at one of these (None: any)."""
    statement = (
        select(RosterMapping.mapping)
        .join(School, School.id == RosterMapping.school_id)
        .where(RosterMapping.header_hash == header_hash)
        .order_by(School.code != school_code, RosterMapping.school_id)
        .limit(1)
    )
    if schools is not None:
        statement = statement.where(RosterMapping.school_id.in_(schools))
    return session.scalar(statement)


def remember(session: Session, school_ids: Iterable[int], header_hash: str, chosen: Mapping[str, str]) -> None:
    """Keep these corrections for the schools; none are forgotten."""
    ids = list(school_ids)
    session.execute(
        delete(RosterMapping).where(RosterMapping.school_id.in_(ids), RosterMapping.header_hash == header_hash)
    )
    if chosen:
        session.add_all(
            RosterMapping(school_id=school_id, header_hash=header_hash, mapping=dict(chosen)) for school_id in ids
        )
