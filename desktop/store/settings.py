"""Settings in the database."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from desktop.settings import Settings
from desktop.store import schema
from desktop.store.tables import Setting


def load(session: Session) -> Settings:
    """All settings as they stand. Raises UserError("database.not_initialised")."""
    values = {row.key: row.value for row in session.scalars(select(Setting))}
    return Settings(values, practice=schema.installation(session).practice)


def put(session: Session, key: str, value: Any) -> None:
    session.merge(Setting(key=key, value=value))
