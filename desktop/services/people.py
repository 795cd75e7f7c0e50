"""Children and guardians: finding, showing and changing them."""

from array import array
from collections.abc import Callable, Mapping, Sequence
from datetime import date

from desktop.domain.errors import UserError
from desktop.domain.people import (
    ChildDetails,
    ChildForm,
    ChildRow,
    FieldProblem,
    GuardianDetails,
    GuardianForm,
    GuardianRow,
    ListQuery,
    Node,
    Opening,
)
from desktop.domain.people_checks import check_child, check_guardian
from desktop.domain.staff import Actor, Places, Verb, places_where
from desktop.i18n import LANGUAGES, current_language
from desktop.services.clock import utc_now
from desktop.services.permission import require
from desktop.store import (
    families,
    family_writing,
    leaving,
    moves,
    people,
    people_lists,
    people_writing,
    search,
    settings,
    undoing,
    waiting_contacts,
)
from desktop.store.audience_others import first_addresses
from desktop.store.db import Clock, Session, Store
from desktop.store.people import MOST_ROWS, Looking

FIRST_ROWS = 100
"""More than any window shows at once."""

Found = tuple[str, int, str, str]
"""Somebody found as one types: `child` or `guardian`, id, title, subtitle."""


_WAYS_BACK: Mapping[str, Callable[[Session, undoing.Document, date], None]] = {
    moves.VERB: moves.take_back,
    leaving.VERB: leaving.take_back,
    **dict.fromkeys(waiting_contacts.VERBS, waiting_contacts.take_back),
}


class People:
    """The rosters' people. Nobody sees a child or a guardian outside the places their roles are for."""

    def __init__(self, store: Store, clock: Clock = utc_now) -> None:
        self._store = store
        self._clock = clock

    def child_ids(self, actor: Actor, query: ListQuery) -> "array[int]":
        """The children a list shows, in its order (kana, name, number, class; with `-` descending)."""
        with self._store.read() as session:
            return people_lists.child_ids(session, _looking(actor, settings.today(session, self._clock())), query)

    def first_children(self, actor: Actor, query: ListQuery) -> Opening[ChildRow] | None:
        """The top of the list of which `child_ids` gives all. None: it would take as long as that."""
        with self._store.read() as session:
            looking = _looking(actor, settings.today(session, self._clock()))
            first = people_lists.first_children(session, looking, query, FIRST_ROWS + 1)
            if first is None:
                return None
            ids, by_key = first
            rows = people.child_rows(session, looking, ids[:FIRST_ROWS], query.node.year)
        return Opening(ids[:FIRST_ROWS], tuple(rows), len(ids) <= FIRST_ROWS, by_key)

    def children(self, actor: Actor, ids: Sequence[int], year: int | None = None) -> list[ChildRow]:
        """The rows of children in this order, without those one may not see; their class is that of `year`."""
        with self._store.read() as session:
            return people.child_rows(
                session, _looking(actor, settings.today(session, self._clock())), _bounded(ids), year
            )

    def guardian_ids(self, actor: Actor, query: ListQuery) -> "array[int]":
        """The guardians a list shows, in its order (kana or name; with `-` descending)."""
        with self._store.read() as session:
            return people_lists.guardian_ids(session, _looking(actor, settings.today(session, self._clock())), query)

    def first_guardians(self, actor: Actor, query: ListQuery) -> Opening[GuardianRow] | None:
        """The top of the list of which `guardian_ids` gives all. None: it would take as long as that."""
        with self._store.read() as session:
            looking = _looking(actor, settings.today(session, self._clock()))
            first = people_lists.first_guardians(session, looking, query, FIRST_ROWS + 1)
            if first is None:
                return None
            ids, by_key = first
            rows = people.guardian_rows(session, looking, ids[:FIRST_ROWS])
        return Opening(ids[:FIRST_ROWS], tuple(rows), len(ids) <= FIRST_ROWS, by_key)

    def guardians(self, actor: Actor, ids: Sequence[int]) -> list[GuardianRow]:
        with self._store.read() as session:
            return people.guardian_rows(session, _looking(actor, settings.today(session, self._clock())), _bounded(ids))

    def child(self, actor: Actor, child_id: int) -> ChildDetails:
        """Raises UserError("not_found"), also for a child the actor may not see."""
        with self._store.read() as session:
            return families.child(
                session, _looking(actor, settings.today(session, self._clock())), child_id, _languages()
            )

    def guardian(self, actor: Actor, guardian_id: int) -> GuardianDetails:
        """Raises UserError("not_found"), also for a guardian the actor may not see."""
        with self._store.read() as session:
            return families.guardian(session, _looking(actor, settings.today(session, self._clock())), guardian_id)

    def counts(self, actor: Actor, node: Node) -> tuple[int, int, int]:
        """Children, guardians, and children whom neither mail nor LINE reaches."""
        with self._store.read() as session:
            return people_lists.counts(session, _looking(actor, settings.today(session, self._clock())), node)

    def find(self, actor: Actor, typed: str, limit: int = 20) -> list[Found]:
        """Children first, then guardians, whose name, number, address or code begins with what was typed."""
        with self._store.read() as session:
            looking = _looking(actor, settings.today(session, self._clock()))
            scopes = looking.rosters.touched_schools
            children = search.find(session, typed, "child", scopes, limit=4 * limit)[:MOST_ROWS]
            guardians = search.find(session, typed, "guardian", scopes, limit=4 * limit)[:MOST_ROWS]
            child_rows = people.child_rows(session, looking, children, None)
            guardian_rows = people.guardian_rows(session, looking, guardians)
            addresses = first_addresses(session, [row.id for row in guardian_rows if not row.name])
        found: list[Found] = [("child", row.id, row.name, f"{row.homeroom} {row.kana}".strip()) for row in child_rows]
        found += [
            ("guardian", row.id, row.name or addresses.get(row.id, ""), " · ".join(row.children))
            for row in guardian_rows
        ]
        return found[:limit]

    # Changing them

    def check_child(self, form: ChildForm) -> list[FieldProblem]:
        """Everything that keeps a child's form from being saved, field by field."""
        with self._store.read() as session:
            today = settings.today(session, self._clock())
        return check_child(form, today)

    def check_guardian(self, form: GuardianForm) -> list[FieldProblem]:
        """Everything that keeps a guardian's form from being saved, field by field."""
        return check_guardian(form, LANGUAGES)

    def save_child(self, actor: Actor, form: ChildForm) -> int:
        """Add a child to a class, or change one; its id.

        Raises UserError: "form.invalid" with `problems`, "changed_elsewhere", "child.other_school", "child.code_taken".
        """
        _require_valid(self.check_child(form))
        with self._store.write(actor) as session:
            today = settings.today(session, self._clock())
            if form.homeroom_id is not None:
                require(actor, Verb.EDIT_ROSTER, people_writing.homeroom_scope(session, form.homeroom_id), today)
            if form.id is None:
                return people_writing.add_child(session, form, today)
            places = _editable(actor, today)
            people_writing.require_child(session, form.id, places, today)
            people_writing.change_child(session, form.id, form, places, today)
            return form.id

    def save_guardian(self, actor: Actor, child_id: int, form: GuardianForm) -> int:
        """Add a guardian to a child, or change one; their id. What staff enter the school vouches for.

        Raises UserError("form.invalid", problems=) or UserError("changed_elsewhere").
        """
        _require_valid(self.check_guardian(form))
        with self._store.write(actor) as session:
            today = settings.today(session, self._clock())
            places = _editable(actor, today)
            people_writing.require_child(session, child_id, places, today)
            if form.id is not None:
                family_writing.require_guardian(session, form.id, places, today)
            return family_writing.save(session, child_id, form, today)

    def remove_guardianship(self, actor: Actor, guardianship_id: int) -> None:
        """Take a guardian from a child; the person stays for their other children."""
        with self._store.write(actor) as session:
            today = settings.today(session, self._clock())
            child_id, _ = family_writing.bond_of(session, guardianship_id)
            people_writing.require_child(session, child_id, _editable(actor, today), today)
            family_writing.remove_bond(session, guardianship_id, today)

    def release_contact(self, actor: Actor, contact_id: int) -> None:
        """Use a contact point again that was stopped, because the family says that it works now."""
        with self._store.write(actor) as session:
            today = settings.today(session, self._clock())
            guardian_id = family_writing.owner_of(session, contact_id)
            family_writing.require_guardian(session, guardian_id, _editable(actor, today), today)
            family_writing.release(session, contact_id)

    def move(self, actor: Actor, child_ids: Sequence[int], homeroom_id: int) -> int:
        """Put children into another class of their school from today; a token for `undo`.

        Raises UserError("child.other_school").
        """
        with self._store.write(actor) as session:
            today = settings.today(session, self._clock())
            require(actor, Verb.EDIT_ROSTER, people_writing.homeroom_scope(session, homeroom_id), today)
            return moves.move(session, list(dict.fromkeys(child_ids)), homeroom_id, _editable(actor, today), today)

    def withdraw(self, actor: Actor, child_ids: Sequence[int], last_day: date, *, school_id: int | None = None) -> int:
        """End these children's time at a school, or at every school the actor may change; a token for `undo`.

        They still belong there on `last_day`. Raises UserError("not_found") or UserError("child.left_before").
        """
        with self._store.write(actor) as session:
            today = settings.today(session, self._clock())
            leaving.let_go(session, today)
            children = list(dict.fromkeys(child_ids))
            return leaving.withdraw(session, children, last_day, _editable(actor, today), today, school_id)

    def undo(self, actor: Actor, token: int) -> None:
        """Take a move, a withdrawal, or what was done to waiting contacts back, within ten minutes.

        Raises UserError("undo.too_late") or UserError("undo.changed").
        """
        with self._store.write(actor) as session:
            today = settings.today(session, self._clock())
            verb, steps = undoing.recent(session, token)
            if verb == moves.VERB:
                scopes = [people_writing.homeroom_scope(session, steps["homeroom"])]
            else:
                scopes = leaving.scopes_of(steps)
            for scope in scopes:
                require(actor, Verb.EDIT_ROSTER, scope, today)
            if verb == waiting_contacts.GIVEN:  # it takes a guardian from the child again
                people_writing.require_child(session, steps["child"], _editable(actor, today), today)
            _WAYS_BACK[verb](session, steps, today)
            undoing.forget(session, token)

    def let_go(self, actor: Actor) -> int:
        """Let schools forget the children whose last day there has passed; to be asked once a day."""
        with self._store.write(actor) as session:
            return leaving.let_go(session, settings.today(session, self._clock()))


def _editable(actor: Actor, today: date) -> Places:
    """Where the actor may change people. Raises UserError("forbidden") for nowhere."""
    places = places_where(actor, Verb.EDIT_ROSTER, today)
    if not places.scopes:
        raise UserError("forbidden", verb=Verb.EDIT_ROSTER.value)
    return places


def _require_valid(problems: Sequence[FieldProblem]) -> None:
    if problems:
        raise UserError("form.invalid", problems=problems, fields=", ".join(problem.field for problem in problems))


def _looking(actor: Actor, today: date) -> Looking:
    return Looking(places_where(actor, Verb.SEE_ROSTER, today), places_where(actor, Verb.SEE_FLAGS, today), today)


def _bounded(ids: Sequence[int]) -> Sequence[int]:
    if len(ids) > MOST_ROWS:
        raise ValueError(f"more than {MOST_ROWS} rows asked for at once")
    return ids


def _languages() -> list[str]:
    """The reader's own language first."""
    return list(dict.fromkeys((current_language(), *LANGUAGES)))
