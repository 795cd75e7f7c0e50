"""What every use case about accounts by text message asks first: whether the city has them, and whether one may."""

from datetime import datetime

from desktop.domain.errors import UserError
from desktop.domain.staff import CITY, Actor, Verb
from desktop.services.permission import require
from desktop.settings import SMS, Settings
from desktop.store import settings
from desktop.store.db import Session


def require_sms(session: Session, actor: Actor, verb: Verb, now: datetime) -> Settings:
    """The city's settings. Raises UserError("forbidden") or ("sms.off")."""
    known = settings.load(session)
    require(actor, verb, CITY, now.astimezone(known.zone).date())
    if SMS not in known.parts:
        raise UserError("sms.off")
    return known
