"""Moving children to another class, and taking it back."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from desktop.domain.errors import UserError
from desktop.domain.staff import Places
from desktop.store import audit, undoing
from desktop.store.enrolled import not_ended, within
from desktop.store.people_writing import close_placement, main_placement, place, writing_day
from desktop.store.roster_keys import refresh_child_keys
from desktop.store.rosters import chunks
from desktop.store.tables import Child, Enrolment, Homeroom, Placement
from desktop.store.undoing import Ledger

VERB = "move"


def move(session: Session, child_ids: Sequence[int], homeroom_id: int, places: Places, today: date) -> int:
    """Put children into a class from today on, without a number there; a token for the undo.

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
    ledger = Ledger(session)
    moved = [enrolment.child_id for enrolment in enrolments if _move_one(session, ledger, enrolment, room.id, today)]
    audit.record(session, "moved", "homeroom", room.id, school=room.school_id, children=len(moved))
    steps = {"homeroom": room.id, "school": room.school_id, "children": moved, "ledger": ledger.document()}
    token = undoing.keep(session, VERB, steps)
    touch_children(session, moved, room.school_id, "moved", today)
    return token


def _move_one(session: Session, ledger: Ledger, enrolment: Enrolment, homeroom_id: int, today: date) -> bool:
    """Whether the child was not there already. A class in which it has been since today only is forgotten."""
    day = writing_day(enrolment, today)
    old = main_placement(session, enrolment.id)
    if old is not None:
        if old.homeroom_id == homeroom_id:
            return False
        if old.from_date >= day:
            session.expunge(old)
            ledger.remove(Placement, [old.id])
        else:
            ledger.change(Placement, [old.id])
            close_placement(session, old, day)
    ledger.add(Placement, [place(session, enrolment, homeroom_id, "", day).id])
    return True


def touch_children(session: Session, child_ids: Sequence[int], school_id: int | None, verb: str, today: date) -> None:
    """Tell whoever is editing one of these children that it changed."""
    for chunk in chunks(child_ids):
        session.execute(
            update(Child).where(Child.id.in_(chunk)).values(version=Child.version + 1),
            execution_options={"synchronize_session": False},
        )
    for child_id in child_ids:
        audit.record(session, verb, "child", child_id, school=school_id)
    session.flush()
    refresh_child_keys(session, child_ids, today)


def take_back(session: Session, steps: undoing.Document, today: date) -> None:
    """Put the children back where they were. Raises UserError("undo.changed")."""
    undoing.take_back(session, steps["ledger"])
    touch_children(session, steps["children"], steps["school"], "move_undone", today)
    count = len(steps["children"])
    audit.record(session, "move_undone", "homeroom", steps["homeroom"], school=steps["school"], children=count)
