"""Children who leave a school: their enrolments end, and who may see and find them follows."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date

from sqlalchemy import and_, exists, or_, select, update
from sqlalchemy.orm import Session, aliased

from desktop.domain.errors import UserError
from desktop.domain.schools import last_day as last_day_of
from desktop.domain.staff import Places, Scope, ScopeKind
from desktop.store import audit, family_writing, search, undoing
from desktop.store.enrolled import not_ended, within
from desktop.store.moves import touch_children
from desktop.store.roster_keys import refresh_child_keys
from desktop.store.rosters import chunks
from desktop.store.tables import Enrolment, Guardianship, Membership, Placement
from desktop.store.undoing import Ledger, end_parts

VERB = "withdraw"


def withdraw(
    session: Session, child_ids: Sequence[int], last_day: date, places: Places, today: date, school_id: int | None
) -> int:
    """End what these children have at the school, or in all the places, with `last_day`; a token for the undo.

    What would begin after that day is taken away. Raises UserError("not_found") or UserError("child.left_before").
    """
    enrolments = _enrolments(session, child_ids, places, today, school_id)
    if {enrolment.child_id for enrolment in enrolments} != set(child_ids):
        raise UserError("not_found")
    if any(enrolment.from_date > last_day and enrolment.from_date <= today for enrolment in enrolments):
        raise UserError("child.left_before")
    scopes = _scopes(session, enrolments)
    ledger = Ledger(session)
    _remove(session, ledger, [each.id for each in enrolments if each.from_date > last_day])
    begun = [each for each in enrolments if each.from_date <= last_day]
    for year in sorted({each.year for each in begun}):
        _end(session, ledger, [each.id for each in begun if each.year == year], min(last_day, last_day_of(year)))
    schools = sorted({each.school_id for each in enrolments})
    token = undoing.keep(session, VERB, _steps(child_ids, schools, scopes, ledger))
    _follow(session, child_ids, schools, today, "withdrawn")
    return token


def take_back(session: Session, steps: undoing.Document, today: date) -> None:
    """The children are back as if they had never been withdrawn. Raises UserError("undo.changed")."""
    undoing.take_back(session, steps["ledger"])
    _follow(session, steps["children"], steps["schools"], today, "withdrawal_undone")


def let_go(session: Session, today: date) -> int:
    """Schools no longer find and see those whose last day has passed; how many children that was."""
    ended = _ended(session, today)
    if ended:
        keep_true(session, sorted(ended), today)
        audit.record(session, "let_go", "child", children=len(ended))
    return len(ended)


def keep_true(session: Session, child_ids: Sequence[int], today: date) -> None:
    """Let the schools of these children's families, and where they are found, follow their enrolments."""
    refresh_child_keys(session, child_ids, today)
    family_writing.keep_true(session, sorted(_guardians_of(session, child_ids)), today)


def _follow(session: Session, child_ids: Sequence[int], schools: Iterable[int], today: date, verb: str) -> None:
    keep_true(session, child_ids, today)
    for school_id in schools:
        audit.record(session, verb, "children", school=school_id, children=len(child_ids))
    touch_children(session, child_ids, None, verb, today)


def _enrolments(
    session: Session, child_ids: Sequence[int], places: Places, today: date, school_id: int | None
) -> list[Enrolment]:
    found: list[Enrolment] = []
    for chunk in chunks(child_ids):
        statement = select(Enrolment).where(Enrolment.child_id.in_(chunk), not_ended(today), within(places))
        if school_id is not None:
            statement = statement.where(Enrolment.school_id == school_id)
        found += session.scalars(statement.order_by(Enrolment.id))
    for enrolment in found:
        session.expunge(enrolment)  # only read here; what is written is written in bulk
    return found


def _remove(session: Session, ledger: Ledger, enrolment_ids: Sequence[int]) -> None:
    for table in (Placement, Membership):
        for chunk in chunks(enrolment_ids):
            ledger.remove(table, session.scalars(select(table.id).where(table.enrolment_id.in_(chunk))).all())
    ledger.remove(Enrolment, enrolment_ids)


def _end(session: Session, ledger: Ledger, enrolment_ids: Sequence[int], day: date) -> None:
    """End these enrolments, and the classes and groups of them, with this day; what began later goes."""
    for chunk in chunks(enrolment_ids):
        ledger.change(Enrolment, chunk)
        session.execute(
            update(Enrolment).where(Enrolment.id.in_(chunk)).values(to_date=day, version=Enrolment.version + 1),
            execution_options={"synchronize_session": False},
        )
        for table in (Placement, Membership):
            end_parts(session, ledger, table, table.enrolment_id.in_(chunk), day)


def _scopes(session: Session, enrolments: Collection[Enrolment]) -> list[list[object]]:
    """Where the children were, so that whoever may change them there may also bring them back."""
    found: set[tuple[str, int, int | None]] = set()
    for chunk in chunks([enrolment.id for enrolment in enrolments]):
        rooms = session.execute(
            select(Enrolment.school_id, Placement.homeroom_id)
            .outerjoin(Placement, and_(Placement.enrolment_id == Enrolment.id, Placement.to_date.is_(None)))
            .where(Enrolment.id.in_(chunk))
        )
        found.update(
            (ScopeKind.HOMEROOM.value, school, room) if room else (ScopeKind.SCHOOL.value, school, None)
            for school, room in rooms
        )
    return [list(scope) for scope in sorted(found, key=str)]


def scopes_of(steps: undoing.Document) -> list[Scope]:
    return [Scope(ScopeKind(kind), school_id, ref) for kind, school_id, ref in steps["scopes"]]


def _steps(
    child_ids: Sequence[int], schools: Sequence[int], scopes: list[list[object]], ledger: Ledger
) -> undoing.Document:
    return {"children": list(child_ids), "schools": list(schools), "scopes": scopes, "ledger": ledger.document()}


def _guardians_of(session: Session, child_ids: Sequence[int]) -> set[int]:
    found: set[int] = set()
    for chunk in chunks(child_ids):
        found.update(session.scalars(select(Guardianship.guardian_id).where(Guardianship.child_id.in_(chunk))))
    return found


def _ended(session: Session, today: date) -> set[int]:
    """Children whom a school that they have left still finds."""
    other = aliased(Enrolment)
    still = exists(
        select(other.id).where(
            other.child_id == Enrolment.child_id,
            other.school_id == Enrolment.school_id,
            or_(other.to_date.is_(None), other.to_date >= today),
        )
    )
    found = search.found_at(Enrolment.child_id, "child", Enrolment.school_id)
    return set(session.scalars(select(Enrolment.child_id).where(Enrolment.to_date < today, ~still, found)))
