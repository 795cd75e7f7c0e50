"""From when on each step can be taken (A7, A30)."""

from datetime import datetime

from desktop.portal.context import portal, settings

_SETTINGS = {"log_in_id": "portal.opens_at", "child": "registration.opens_at"}


def opens_at(step: str) -> datetime | None:
    """The moment at which a step opens, in the city's zone; None once it is open."""
    typed = settings()[_SETTINGS[step]]
    if not typed:
        return None
    moment = datetime.fromisoformat(typed).replace(tzinfo=settings().zone)
    return moment if portal().clock() < moment else None
