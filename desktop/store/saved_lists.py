"""Audiences under a name: the rules as they are kept."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from desktop.domain.audience import Audience, Part, PartKind, parse_audience
from desktop.domain.errors import UserError
from desktop.domain.notices import NoticeState
from desktop.store import audit
from desktop.store.tables import AuditEvent, Notice, SavedList, School

_UNSENT = or_(
    Notice.state.in_((NoticeState.DRAFT.value, NoticeState.SUBMITTED.value, NoticeState.APPROVED.value)),
    and_(Notice.state == NoticeState.STOPPED.value, Notice.started_at.is_(None)),  # it can be resumed
)


def rows(session: Session) -> list[tuple[int, str, int | None, str, Audience, int]]:
    """All lists by name: id, name, school's id and name ("" for the city), rule, version."""
    found = session.execute(
        select(SavedList, School.name).outerjoin(School, School.id == SavedList.school_id).order_by(SavedList.name)
    )
    return [
        (saved.id, saved.name, saved.school_id, school or "", _rule(saved), saved.version) for saved, school in found
    ]


def _rule(saved: SavedList) -> Audience:
    return parse_audience(saved.include, saved.exclude)


def owner(session: Session, list_id: int) -> int | None:
    """The school whose list it is, None for the city. Raises UserError("not_found")."""
    saved = session.get(SavedList, list_id)
    if saved is None:
        raise UserError("not_found")
    return saved.school_id


def add(session: Session, name: str, school_id: int | None, rule: Audience) -> int:
    """Raises UserError("list.name_taken")."""
    saved = SavedList(name=name, school_id=school_id, **_parts(rule))
    session.add(saved)
    _flush(session, name)
    return saved.id


def change(session: Session, list_id: int, seen: int, name: str, school_id: int | None, rule: Audience) -> list[str]:
    """The names of what changed. Raises UserError: "changed_elsewhere", "list.name_taken", "list.in_use"."""
    saved = session.get_one(SavedList, list_id, with_for_update=True)
    audit.require_version(session, "saved_list", list_id, seen, saved.version)
    wanted = {"name": name, "school_id": school_id, **_parts(rule)}
    changed = [column for column, value in wanted.items() if getattr(saved, column) != value]
    if "name" in changed:
        require_unused(session, saved.name)
    for column in changed:
        setattr(saved, column, wanted[column])
    _flush(session, name)
    return changed


def delete(session: Session, list_id: int, seen: int) -> None:
    """Raises UserError: "changed_elsewhere", "list.in_use"."""
    saved = session.get_one(SavedList, list_id, with_for_update=True)
    audit.require_version(session, "saved_list", list_id, seen, saved.version)
    require_unused(session, saved.name)
    session.delete(saved)
    session.flush()


def _parts(rule: Audience) -> dict[str, list[str]]:
    return {"include": [str(part) for part in rule.include], "exclude": [str(part) for part in rule.exclude]}


def _flush(session: Session, name: str) -> None:
    try:
        session.flush()
    except IntegrityError as error:
        raise UserError("list.name_taken", name=name) from error


def users(session: Session, name: str) -> list[int]:
    """The notices not out yet that name the list."""
    part = str(Part(PartKind.LIST, ref=name))
    unsent = session.execute(select(Notice.id, Notice.include, Notice.exclude).where(_UNSENT).order_by(Notice.id))
    return [row.id for row in unsent if part in row.include or part in row.exclude]


def require_unused(session: Session, name: str) -> None:
    """Raises UserError("list.in_use") with the number of notices that would mean nobody by it any more."""
    if found := users(session, name):
        raise UserError("list.in_use", name=name, count=len(found))


def named(session: Session, list_id: int) -> str:
    """Raises UserError("not_found")."""
    saved = session.get(SavedList, list_id)
    if saved is None:
        raise UserError("not_found")
    return saved.name


def changed_by(session: Session, parts: Iterable[Part], since: datetime) -> frozenset[int]:
    """Who of the staff has changed one of the lists that these parts name."""
    names = {part.ref for part in parts if part.kind is PartKind.LIST}
    if not names:
        return frozenset()
    lists = select(SavedList.id).where(SavedList.name.in_(names))
    found = select(AuditEvent.staff_id).where(
        AuditEvent.subject == "saved_list", AuditEvent.subject_id.in_(lists), AuditEvent.at >= since
    )
    return frozenset(staff_id for staff_id in session.scalars(found) if staff_id is not None)
