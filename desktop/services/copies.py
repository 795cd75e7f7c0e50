"""Where schools and the city keep copies (控え) of what they send."""

from collections.abc import Iterable, Sequence

from desktop.domain.errors import UserError
from desktop.domain.mail import AddressError, check_address
from desktop.domain.people import FieldProblem
from desktop.domain.staff import Actor, Verb, school_scope
from desktop.services.clock import utc_now
from desktop.services.permission import require
from desktop.store import audit, copies, settings
from desktop.store.db import Clock, Store

MOST_ADDRESSES = 10


class Copies:
    """The sender's own addresses; whoever may write notices there sees and sets them."""

    def __init__(self, store: Store, clock: Clock = utc_now) -> None:
        self._store = store
        self._clock = clock

    def addresses(self, actor: Actor, school_id: int | None) -> tuple[str, ...]:
        """Those of a school, or (None) of the city."""
        with self._store.read() as session:
            require(actor, Verb.WRITE_NOTICE, school_scope(school_id), settings.today(session, self._clock()))
            return copies.addresses(session, school_id)

    def set_addresses(self, actor: Actor, school_id: int | None, addresses: Sequence[str]) -> None:
        """Make these the addresses; empty lines are left out. Raises UserError("form.invalid", problems=)."""
        wanted, problems = _checked(addresses)
        if problems:
            raise UserError("form.invalid", problems=problems, fields="copies")
        with self._store.write(actor) as session:
            require(actor, Verb.WRITE_NOTICE, school_scope(school_id), settings.today(session, self._clock()))
            if copies.set_addresses(session, school_id, wanted):
                audit.record(session, "changed", "school_copies", school_id, school=school_id, count=len(wanted))


def _checked(addresses: Iterable[str]) -> tuple[list[str], list[FieldProblem]]:
    """The addresses as they are kept, each once, and what is wrong with the others."""
    wanted: list[str] = []
    problems: list[FieldProblem] = []
    for typed in addresses:
        if not typed.strip():
            continue
        try:
            wanted.append(check_address(typed))
        except AddressError:
            problems.append(FieldProblem("copies", "mail.syntax"))
    if len(set(wanted)) > MOST_ADDRESSES:
        problems.append(FieldProblem("copies", "contact.too_many"))
    return list(dict.fromkeys(wanted)), problems
