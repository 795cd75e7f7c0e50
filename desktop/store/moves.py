"""Moving children to another class, and taking it back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from desktop.domain.errors import UserError
from desktop.domain.staff import Places
from desktop.store import audit, db
from desktop.store.enrolled import not_ended, within
from desktop.store.people_writing import close_placement, main_placement, place, writing_day
from desktop.store.roster_keys import refresh_child_keys
from desktop.store.tables import AuditEvent, Child, Enrolment, Homeroom, Placement

UNDONE_WITHIN = timedelta(minutes=10)

Step = dict[str, int]
"""What became of one child's class: its `child`, the placement `closed` and that `opened`, each with its version."""


def move(session: Session, child_ids: Sequence[int], homeroom_id: int, places: Places, today: date) -> int:
    """Put children into a class from today on, without a number there; the audit event that says so.

    Raises UserError("child.other_school").
    """
    room = session.get_one(Homeroom, homeroom_id)
    enrolments = session.scalars(
        select(Enrolment)
        .where(
            Enrolment.child_id.in_(child_ids),
            Enrolment.school_id == room.school_id,
            Enrolment.year == room.year,
            not_ended(today),
            within(places),
        )
        .order_by(Enrolment.id)
    ).all()
    if {enrolment.child_id for enrolment in enrolments} != set(child_ids):
        raise UserError("child.other_school")
    steps = [step for enrolment in enrolments if (step := _move_one(session, enrolment, room.id, today)) is not None]
    _touch_children(session, [step["child"] for step in steps], room.school_id, "moved")
    audit.record(session, "moved", "homeroom", room.id, school=room.school_id, children=len(steps), steps=steps)
    event = next(row for row in session.new if isinstance(row, AuditEvent) and row.subject == "homeroom")
    session.flush()
    return event.id


def _move_one(session: Session, enrolment: Enrolment, homeroom_id: int, today: date) -> Step | None:
    day = writing_day(enrolment, today)
    old = main_placement(session, enrolment.id)
    step: Step = {"child": enrolment.child_id}
    if old is not None:
        if old.homeroom_id == homeroom_id:
            return None
        close_placement(session, old, day)
        step |= {"closed": old.id, "closed_version": old.version}
    new = place(session, enrolment, homeroom_id, "", day)
    return step | {"opened": new.id, "opened_version": new.version}


def _touch_children(session: Session, child_ids: Sequence[int], school_id: int, verb: str) -> None:
    """Tell whoever is editing one of these children that it changed."""
    session.execute(update(Child).where(Child.id.in_(child_ids)).values(version=Child.version + 1))
    for child_id in child_ids:
        audit.record(session, verb, "child", child_id, school=school_id)
    session.flush()
    refresh_child_keys(session, child_ids)


@dataclass(frozen=True, slots=True)
class Move:
    """A move that may still be taken back: from which class, and what became of each child."""

    homeroom_id: int
    school_id: int
    steps: tuple[Step, ...]


def recent(session: Session, token: int) -> Move:
    """Raises UserError("undo.too_late") or UserError("undo.changed")."""
    event = session.get(AuditEvent, token)
    if event is None or (event.verb, event.subject) != ("moved", "homeroom"):
        raise UserError("undo.changed")
    if db.now(session) - event.at > UNDONE_WITHIN:
        raise UserError("undo.too_late")
    return Move(event.subject_id or 0, event.school_id or 0, tuple(event.details["steps"]))


def take_back(session: Session, move: Move) -> None:
    """Put the children back where they were, only while nothing was built on it. Raises UserError("undo.changed")."""
    for step in move.steps:
        opened = _unchanged(session, step["opened"], step["opened_version"])
        if opened.to_date is not None:
            raise UserError("undo.changed")
        session.delete(opened)
        session.flush()
        if "closed" in step:
            _unchanged(session, step["closed"], step["closed_version"]).to_date = None
            session.flush()
    _touch_children(session, [step["child"] for step in move.steps], move.school_id, "move_undone")
    audit.record(session, "move_undone", "homeroom", move.homeroom_id, school=move.school_id, children=len(move.steps))


def _unchanged(session: Session, placement_id: int, version: int) -> Placement:
    found = session.get(Placement, placement_id, with_for_update=True)
    if found is None or found.version != version:
        raise UserError("undo.changed")
    return found
