"""What checks look up."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from desktop.store.tables import Worker


def worker_seen_at(session: Session) -> datetime | None:
    """When any worker was last alive."""
    return session.scalar(select(func.max(Worker.seen_at)))
