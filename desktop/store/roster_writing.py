"""Writing what a roster import has planned, in bulk."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from desktop.domain.rosters.changes import Changes
from desktop.store import db, roster_undo
from desktop.store.bulk import refresh_statistics, update_rows
from desktop.store.roster_keys import refresh_child_keys, refresh_guardian_keys
from desktop.store.roster_rows import Ids, Moment, address_lane, new_schools
from desktop.store.roster_undo import WayBack
from desktop.store.rosters import CODE_SYSTEM, chunks
from desktop.store.staging import Stage
from desktop.store.tables import (
    Child,
    ChildReference,
    ContactPoint,
    Enrolment,
    Grade,
    Group,
    Guardian,
    GuardianReference,
    GuardianSchool,
    Guardianship,
    Homeroom,
    Import,
    ImportBase,
    Membership,
    Placement,
    SchoolYear,
    WaitingContact,
)
from desktop.store.undoing import end_parts

_MANY = 1000


def add_import(session: Session, import_id: int, file_name: str, content_hash: str, result: Mapping[str, Any]) -> None:
    """A line in the history of imports; the rows written under it name it."""
    session.add(
        Import(
            id=import_id,
            file_name=file_name,
            content_hash=content_hash,
            imported_at=db.now(session),
            imported_by=db.actor(session).label,
            result=dict(result),
            undo={},
        )
    )
    session.flush()


def write(session: Session, stage: Stage, changes: Changes, ids: Ids, moment: Moment) -> None:
    """Write everything: `stage` holds the new rows of these changes."""
    way_back = WayBack(session, changes)
    session.add_all(new_schools(changes, ids))
    session.flush()
    for place in (SchoolYear, Grade, Homeroom, Group):
        stage.pour(place)
    _write_children(session, stage, changes)
    _write_enrolments(session, stage, changes, moment.today, way_back)
    _write_guardians(session, stage, changes, moment)
    _forget_bases(session, changes)
    stage.pour(ImportBase)
    stage.pour_search()
    refresh_child_keys(session, sorted(ref for ref in changes.touched_children if ref > 0), moment.today)
    refresh_guardian_keys(session, sorted(ref for ref in changes.touched_guardians if ref > 0))
    for table, numbers in ids.numbered():
        way_back.added(table, numbers.values())
    roster_undo.store(session, ids.import_id, way_back.document(ids.children, ids.schools))
    if len(changes.children) >= _MANY:
        refresh_statistics(session)


def _write_children(session: Session, stage: Stage, changes: Changes) -> None:
    stage.pour(Child)
    update_rows(session, Child, changes.children_changed)
    for school_id, code in changes.codes_dropped:
        session.execute(
            delete(ChildReference).where(
                ChildReference.school_id == school_id,
                ChildReference.system == CODE_SYSTEM,
                ChildReference.value == code,
            )
        )
    stage.pour(ChildReference)


def _write_enrolments(session: Session, stage: Stage, changes: Changes, today: date, way_back: WayBack) -> None:
    stage.pour(Enrolment)
    _close(session, way_back, Placement, changes.placements_closed, today)
    update_rows(session, Placement, {id_: {"student_number": number} for id_, number in changes.placements_numbered})
    stage.pour(Placement)
    _close(session, way_back, Membership, changes.memberships_closed, today)
    stage.pour(Membership)


def _close(
    session: Session, way_back: WayBack, table: type[Placement | Membership], ids: Sequence[int], today: date
) -> None:
    """End them yesterday: a last day still belongs to what ends on it, and today belongs to what follows."""
    for chunk in chunks(ids):
        end_parts(session, way_back.ledger, table, table.id.in_(chunk), today - timedelta(days=1))
    way_back.mark(table)


def _write_guardians(session: Session, stage: Stage, changes: Changes, moment: Moment) -> None:
    stage.pour(Guardian)
    update_rows(session, Guardian, {ref: values for ref, values in changes.guardians_changed.items() if ref > 0})
    stage.pour(Guardianship)
    update_rows(session, Guardianship, {id_: {"relationship": word} for id_, word in changes.relationships})
    stage.pour(GuardianReference)
    stage.pour(WaitingContact)
    stage.pour(GuardianSchool)
    stage.pour(ContactPoint)
    update_rows(
        session,
        ContactPoint,
        {
            id_: {
                "address": address,
                "lane": address_lane(kind, address),
                "verified_at": moment.now,
                "suppressed_reason": None,
                "suppressed_at": None,
            }
            for id_, kind, address in changes.contacts_changed
        },
    )


def _forget_bases(session: Session, changes: Changes) -> None:
    """What earlier imports said makes room for what this one says."""
    former: dict[tuple[str, int], list[int]] = {}
    for kind, ref, school_id, _ in changes.bases:
        if ref > 0 and school_id > 0:
            former.setdefault((kind, school_id), []).append(ref)
    for (kind, school_id), refs in former.items():
        for chunk in chunks(refs):
            session.execute(
                delete(ImportBase).where(
                    ImportBase.kind == kind, ImportBase.school_id == school_id, ImportBase.ref.in_(chunk)
                ),
                execution_options={"synchronize_session": False},
            )
