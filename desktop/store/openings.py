"""Whether guardians may take a step already, by the settings."""

from datetime import datetime

from sqlalchemy.orm import Session

from desktop.domain.errors import UserError
from desktop.domain.openings import SETTING_OF, Opening, Step, opening
from desktop.store import settings


def all_steps(session: Session, now: datetime) -> dict[Step, Opening]:
    known = settings.load(session)
    return {step: opening(known.moment(key), now) for step, key in SETTING_OF.items()}


def require(session: Session, step: Step, now: datetime) -> None:
    """Raises UserError("step.not_open", opens=) before its time."""
    found = all_steps(session, now)[step]
    if not found.is_open:
        raise UserError("step.not_open", opens=found.opens_at)
