"""Settings in the database."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select, true
from sqlalchemy.orm import Session

from desktop.domain.errors import UserError
from desktop.settings import SETTINGS, Settings
from desktop.store.tables import AuditEvent, Installation, Setting

_LOOKED_THROUGH = 200


def load(session: Session) -> Settings:
    """All settings as they stand. Raises UserError("database.not_initialised")."""
    rows = session.execute(_ALL).all()
    if not rows:
        raise UserError("database.not_initialised")
    return Settings({row.key: row.value for row in rows if row.key is not None}, practice=rows[0].practice)


_ALL = select(Installation.practice, Setting.key, Setting.value).select_from(Installation).outerjoin(Setting, true())
"""One look: every page and every gateway's call begins with it."""


def zone(session: Session) -> ZoneInfo:
    """The city's zone, also where nothing has been set up yet."""
    stored = session.scalar(select(Setting.value).where(Setting.key == "city.timezone"))
    return ZoneInfo(stored or SETTINGS["city.timezone"].default)


def city_name(session: Session) -> str:
    return str(session.scalar(select(Setting.value).where(Setting.key == "city.name")) or "")


def today(session: Session, moment: datetime) -> date:
    """The city's day at this moment: by it grants and school years are judged."""
    return moment.astimezone(zone(session)).date()


def put(session: Session, key: str, value: Any) -> None:
    session.merge(Setting(key=key, value=value))


def last_change(session: Session, key: str) -> tuple[str, datetime] | None:
    """Who last changed a setting, and when, as far as that is not long past."""
    newest = session.execute(
        select(AuditEvent.actor_label, AuditEvent.at, AuditEvent.details)
        .where(AuditEvent.subject == "setting", AuditEvent.subject_id.is_(None))
        .order_by(AuditEvent.id.desc())
        .limit(_LOOKED_THROUGH)
    )
    return next(((who, when) for who, when, details in newest if details.get("key") == key), None)
