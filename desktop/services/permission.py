"""What every use case asks first: whether the actor may."""

from datetime import date

from desktop.domain.errors import UserError
from desktop.domain.staff import Actor, Scope, Verb, may


def require(actor: Actor, verb: Verb, scope: Scope, today: date) -> None:
    """Raises UserError("forbidden")."""
    if not may(actor, verb, scope, today):
        raise UserError("forbidden", verb=verb.value)
