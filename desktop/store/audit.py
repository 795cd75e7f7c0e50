"""Writing and reading what people did."""

from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from desktop.domain.errors import UserError
from desktop.store import db
from desktop.store.tables import AuditEvent


def record(
    session: Session,
    verb: str,
    subject: str,
    subject_id: int | None = None,
    *,
    school: int | None = None,
    **details: Any,
) -> None:
    """Leave an audit event of the acting person. `details` are field names, counts, codes: no personal data."""
    acting = db.actor(session)
    event = {
        "at": db.now(session),
        "actor_kind": acting.kind.value,
        "actor_label": acting.label,
        "staff_id": acting.staff_id,
        "via": acting.via,
        "verb": verb,
        "subject": subject,
        "subject_id": subject_id,
        "school_id": school,
        "details": details,
    }
    session.flush()  # somebody of whom it tells may be as new
    session.connection().execute(_RECORD, event)
    db.touch(session, "audit_events", school=school)
    session.info["audited"] = True


_RECORD = insert(AuditEvent)


def last_change(session: Session, subject: str, subject_id: int) -> tuple[str, datetime] | None:
    """Who last changed something, and when."""
    found = session.execute(
        select(AuditEvent.actor_label, AuditEvent.at)
        .where(AuditEvent.subject == subject, AuditEvent.subject_id == subject_id)
        .order_by(AuditEvent.id.desc())
        .limit(1)
    ).one_or_none()
    return (found.actor_label, found.at) if found else None


def newest(session: Session) -> int:
    """The number of the newest event; 0 where nobody has done anything yet."""
    return session.scalar(select(func.max(AuditEvent.id))) or 0


def require_version(session: Session, subject: str, subject_id: int, seen: int, current: int) -> None:
    """Refuse an edit made against an older version. Raises UserError("changed_elsewhere", who=, when=)."""
    if seen == current:
        return
    change = last_change(session, subject, subject_id)
    raise UserError("changed_elsewhere", who=change[0] if change else "", when=change[1] if change else None)
