"""Settings in the database."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from desktop.settings import SETTINGS, Settings
from desktop.store import schema
from desktop.store.tables import Setting


def load(session: Session) -> Settings:
    """All settings as they stand. Raises UserError("database.not_initialised")."""
    values = {row.key: row.value for row in session.scalars(select(Setting))}
    return Settings(values, practice=schema.installation(session).practice)


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
