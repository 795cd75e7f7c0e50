"""Contacts of whom only an address is known: who they are, and giving them their child (A4)."""

from collections.abc import Sequence
from datetime import date

from desktop.domain.errors import UserError
from desktop.domain.names import trimmed
from desktop.domain.people import FieldProblem, GuardianForm, ListQuery
from desktop.domain.people_checks import check_waiting
from desktop.domain.staff import Actor, Places, Verb, places_where
from desktop.domain.waiting_contacts import WaitingMatch, WaitingPlace, WaitingRow
from desktop.i18n import LANGUAGES
from desktop.services.clock import utc_now
from desktop.store import family_writing, people_writing, settings, waiting_contacts, waiting_matches
from desktop.store.db import Clock, Store
from desktop.store.people import MOST_ROWS, Looking


class WaitingContacts:
    """They are seen and changed like the guardians of the class, group or school where they wait."""

    def __init__(self, store: Store, clock: Clock = utc_now) -> None:
        self._store = store
        self._clock = clock

    def ids(self, actor: Actor, query: ListQuery) -> list[int]:
        """The contacts a list shows, in its order (`name`, `place`; with `-` descending)."""
        with self._store.read() as session:
            return waiting_contacts.ids(session, _looking(actor, settings.today(session, self._clock())), query)

    def rows(self, actor: Actor, ids: Sequence[int]) -> list[WaitingRow]:
        """In this order, without those one may not see."""
        if len(ids) > MOST_ROWS:
            raise ValueError(f"more than {MOST_ROWS} rows asked for at once")
        with self._store.read() as session:
            return waiting_contacts.rows(session, _looking(actor, settings.today(session, self._clock())), ids)

    def places(self, actor: Actor, year: int | None = None) -> list[WaitingPlace]:
        """Where anybody waits whom the actor may see, and how many."""
        with self._store.read() as session:
            return waiting_contacts.places(session, _looking(actor, settings.today(session, self._clock())), year)

    def check(self, form: GuardianForm) -> list[FieldProblem]:
        """Everything that keeps the form from being saved: the name may be empty, an address must be there."""
        return check_waiting(form, LANGUAGES)

    def save(self, actor: Actor, waiting_id: int, form: GuardianForm) -> int:
        """Change a contact's name, language and addresses; the guardian's id, which the form must name.

        Raises UserError: "form.invalid" with `problems`, "changed_elsewhere", "not_found".
        """
        if problems := self.check(form):
            raise UserError("form.invalid", problems=problems, fields=", ".join(each.field for each in problems))
        with self._store.write(actor) as session:
            today = settings.today(session, self._clock())
            (contact,) = waiting_contacts.require(session, [waiting_id], _editable(actor, today))
            if contact.guardian_id != form.id:
                raise UserError("not_found")
            family_writing.change_alone(session, form, today)
            return contact.guardian_id

    def give(self, actor: Actor, waiting_ids: Sequence[int], child_id: int, relationship: str = "") -> int:
        """Make them guardians of the child; a token for `people.undo`.

        Raises UserError("not_found") or UserError("waiting.not_to_contact").
        """
        with self._store.write(actor) as session:
            today = settings.today(session, self._clock())
            places = _editable(actor, today)
            people_writing.require_child(session, child_id, places, today)
            contacts = waiting_contacts.require(session, list(dict.fromkeys(waiting_ids)), places)
            return waiting_contacts.give(session, contacts, child_id, trimmed(relationship), today)

    def matches(self, actor: Actor) -> list[WaitingMatch]:
        """Contacts that look like guardians of children in the same class, group or school."""
        with self._store.read() as session:
            today = settings.today(session, self._clock())
            places = places_where(actor, Verb.EDIT_ROSTER, today)
            return waiting_matches.matches(session, places, today) if places.scopes else []

    def join(self, actor: Actor, waiting_ids: Sequence[int]) -> int:
        """Somebody says that these contacts are the guardians they match: they wait no more. A token for `people.undo`.

        Raises UserError("not_found") where one of them matches nobody any more.
        """
        with self._store.write(actor) as session:
            today = settings.today(session, self._clock())
            places, ids = _editable(actor, today), list(dict.fromkeys(waiting_ids))
            contacts = waiting_contacts.require(session, ids, places)
            if not waiting_matches.all_match(session, ids, places, today):
                raise UserError("not_found")
            return waiting_contacts.join(session, contacts, today)

    def remove(self, actor: Actor, waiting_ids: Sequence[int]) -> int:
        """Let them wait no more; what still waits for them does not go out. A token for `people.undo`."""
        with self._store.write(actor) as session:
            today = settings.today(session, self._clock())
            contacts = waiting_contacts.require(session, list(dict.fromkeys(waiting_ids)), _editable(actor, today))
            return waiting_contacts.remove(session, contacts, today)


def _editable(actor: Actor, today: date) -> Places:
    """Where the actor may change people. Raises UserError("forbidden") for nowhere."""
    places = places_where(actor, Verb.EDIT_ROSTER, today)
    if not places.scopes:
        raise UserError("forbidden", verb=Verb.EDIT_ROSTER.value)
    return places


def _looking(actor: Actor, today: date) -> Looking:
    return Looking(places_where(actor, Verb.SEE_ROSTER, today), places_where(actor, Verb.SEE_FLAGS, today), today)
