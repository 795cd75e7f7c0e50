"""Taking a whole import back, as long as nothing was built on it.

Schools and school years that it made stay, without anybody in them: the audit trail names them.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, func, or_, select, update
from sqlalchemy.orm import Session

from desktop.domain.errors import UserError
from desktop.domain.rosters.changes import Changes
from desktop.store import audit, db, search, undoing
from desktop.store.bulk import insert_rows
from desktop.store.rosters import CODE_SYSTEM, SOURCE_SYSTEM, chunks
from desktop.store.tables import (
    ApprovedChild,
    ApprovedOther,
    AuditEvent,
    Base,
    Child,
    ChildReference,
    ContactPoint,
    Guardian,
    GuardianReference,
    GuardianSchool,
    Guardianship,
    Import,
    ImportBase,
    Membership,
    Notice,
    NoticeChild,
    Placement,
    Recipient,
    WaitingContact,
)
from desktop.store.undoing import Document, Ledger

Ranges = Sequence[Sequence[int]]
_CREEPING = (Placement, Membership, Guardianship, ContactPoint)
"""Tables whose new rows may hang on what stood here before."""


class WayBack:
    """Notes what an import writes, so that it can be taken back. To be made before anything is written."""

    def __init__(self, session: Session, changes: Changes) -> None:
        self._session = session
        self._changes = changes
        self.ledger = Ledger(session)
        self._marks: dict[type[Base], int] = {table: _highest(session, table) for table in _CREEPING}
        self._bases = list(_bases(session, changes))
        self._codes = list(_codes(session, changes.codes_dropped))
        for table, ids in _to_change(changes):
            self.ledger.change(table, ids)

    def mark(self, table: type[Base]) -> None:
        """What is in the table from here on is new; SQLite gives the id of a removed last row once more."""
        self._marks[table] = _highest(self._session, table)

    def added(self, table: type[Base], ids: Iterable[int]) -> None:
        self.ledger.add(table, ids)

    def document(self, children: dict[int, int], schools: dict[int, int]) -> Document:
        """To be asked for when everything is written; what planned children and schools have become."""
        changes = self._changes
        enrolments = {new.enrolment_id for new in changes.placements}
        enrolments |= {new.enrolment_id for new in changes.memberships}
        self._creep(Placement, Placement.enrolment_id, enrolments)
        self._creep(Membership, Membership.enrolment_id, enrolments)
        self._creep(Guardianship, Guardianship.child_id, {new.child_id for new in changes.guardianships})
        self._creep(ContactPoint, ContactPoint.guardian_id, {guardian for guardian, _, _ in changes.contacts})
        return {
            "ledger": self.ledger.document(),
            "bases": self._bases,
            "codes_dropped": self._codes,
            "codes_added": [
                [schools.get(school, school), code] for school, code, child in changes.codes if child not in children
            ],
            "sources_added": {
                "child": [[schools.get(school, school), value] for school, value, _ in changes.child_sources],
                "guardian": [[schools.get(school, school), value] for school, value, _ in changes.guardian_sources],
            },
            "last_bond": _highest(self._session, Guardianship),
            "children": sorted(ref for ref in changes.touched_children if ref > 0),
            "guardians": sorted(ref for ref in changes.touched_guardians if ref > 0),
        }

    def _creep(self, table: type[Base], parent: Any, parents: Collection[int]) -> None:
        """New rows under parents that stood here before; those of new parents go with them."""
        ident: Any = table.__table__.c.id
        for chunk in chunks(sorted(ref for ref in parents if ref > 0)):
            self.ledger.add(
                table, self._session.scalars(select(ident).where(ident > self._marks[table], parent.in_(chunk))).all()
            )


@dataclass(frozen=True, slots=True)
class Undone:
    """Whom an import that was taken back was about, among those who stay."""

    children: list[int]
    guardians: list[int]
    schools: list[int]


def store(session: Session, import_id: int, document: Document) -> None:
    session.execute(update(Import).where(Import.id == import_id).values(undo=document))


def schools_of(session: Session, import_id: int) -> list[int]:
    """The schools that an import was about. Raises UserError("not_found")."""
    if session.get(Import, import_id) is None:
        raise UserError("not_found")
    found = session.scalars(select(AuditEvent.school_id).where(_event_of(import_id), AuditEvent.school_id.is_not(None)))
    return sorted({school for school in found if school is not None})


def take_back(session: Session, import_id: int) -> Undone:
    """Put everything back as it was before the import.

    Raises UserError("import.undone"), ("import.later"), ("import.notices"), ("import.changed") or ("undo.changed").
    """
    row = session.get_one(Import, import_id, with_for_update=True)
    if row.undone_at is not None:
        raise UserError("import.undone")
    document, schools = row.undo, schools_of(session, import_id)
    event = session.scalar(select(func.max(AuditEvent.id)).where(_event_of(import_id))) or 0
    added = document["ledger"]["added"]
    children, guardians = added.get("children", []), added.get("guardians", [])
    _refuse_later(session, event, schools)
    _refuse_notices(session, row, children, guardians, document["children"])
    _refuse_changed(session, event, document, children, guardians)
    if not undoing.is_untouched(session, document["ledger"]):
        raise UserError("undo.changed")
    _delete_waiting(session, import_id)
    _forget_sources(session, document["sources_added"])
    _cascade(session, children, guardians, added.get("enrolments", []))
    _restore_bases(session, import_id, document)
    undoing.restore(session, document["ledger"])
    _restore_codes(session, document)
    row.undone_at, row.undo = db.now(session), {}
    session.flush()
    return Undone(document["children"], document["guardians"], schools)


# Why not


def _refuse_later(session: Session, event: int, schools: Collection[int]) -> None:
    later = select(AuditEvent).where(
        AuditEvent.id > event, AuditEvent.verb == "imported", AuditEvent.school_id.in_(schools)
    )
    for found in session.scalars(later.order_by(AuditEvent.id)):
        undone = session.scalar(select(Import.undone_at).where(Import.id == found.subject_id))
        if undone is None and any(found.details.get(name) for name in ("new", "moved", "changed")):
            raise UserError("import.later", who=found.actor_label, when=found.at)


def _refuse_notices(session: Session, row: Import, children: Ranges, guardians: Ranges, touched: Sequence[int]) -> None:
    """Something was sent, or approved to be sent, to somebody whom the import brought or changed."""
    told = [
        select(Recipient.id).where(
            or_(_within(Recipient.child_id, children), _within(Recipient.guardian_id, guardians))
        ),
        select(NoticeChild.child_id).where(_within(NoticeChild.child_id, children)),
        select(ApprovedChild.child_id).where(_within(ApprovedChild.child_id, children)),
        select(ApprovedOther.ref).where(ApprovedOther.kind == "waiting", _within(ApprovedOther.ref, guardians)),
        _told_as_waiting(row),
        *(
            select(NoticeChild.child_id)
            .join(Notice, Notice.id == NoticeChild.notice_id)
            .where(NoticeChild.child_id.in_(chunk), Notice.started_at > row.imported_at)
            for chunk in chunks(touched)
        ),
    ]
    if any(session.scalar(statement.limit(1)) is not None for statement in told):
        raise UserError("import.notices")


def _told_as_waiting(row: Import) -> Select[int]:
    """Notices that went out since to contacts that the import let wait in more places than one."""
    waits = select(WaitingContact.guardian_id).where(WaitingContact.import_id == row.id)
    return (
        select(Recipient.id)
        .join(Notice, Notice.id == Recipient.notice_id)
        .where(
            Recipient.guardian_id.in_(waits),
            Recipient.child_id.is_(None),
            Recipient.kind == "family",
            Notice.started_at > row.imported_at,
        )
    )


def _refuse_changed(session: Session, event: int, document: Document, children: Ranges, guardians: Ranges) -> None:
    people = {"child": (children, set(document["children"])), "guardian": (guardians, set(document["guardians"]))}
    later = select(AuditEvent).where(AuditEvent.id > event, AuditEvent.subject.in_((*people, "guardianship")))
    for found in session.scalars(later.order_by(AuditEvent.id)):
        kind, ref = found.subject, found.subject_id
        if kind == "guardianship":
            kind, ref = "child", found.details.get("child")
        new, touched = people[kind]
        if ref is not None and (ref in touched or any(first <= ref <= last for first, last in new)):
            raise UserError("import.changed", who=found.actor_label, when=found.at)
    bond = session.scalar(
        select(Guardianship.guardian_id)
        .where(
            Guardianship.id > document["last_bond"],
            or_(_within(Guardianship.child_id, children), _within(Guardianship.guardian_id, guardians)),
        )
        .limit(1)
    )
    if bond is not None:
        change = audit.last_change(session, "guardian", bond)
        raise UserError("import.changed", who=change[0] if change else "", when=change[1] if change else None)


# Back


def _cascade(session: Session, children: Ranges, guardians: Ranges, enrolments: Ranges) -> None:
    """What hangs on new enrolments, children and guardians goes before them."""
    for table in (Placement, Membership):
        _delete(session, table, table.enrolment_id, enrolments)
    for column, new in ((Guardianship.child_id, children), (Guardianship.guardian_id, guardians)):
        _delete(session, Guardianship, column, new)
    _delete(session, ChildReference, ChildReference.child_id, children)
    for owned in (ContactPoint, GuardianSchool, GuardianReference):
        _delete(session, owned, owned.guardian_id, guardians)
    for kind, new in (("child", children), ("guardian", guardians)):
        for first, last in new:
            search.remove(session, kind, first, last)
        _delete(session, ImportBase, ImportBase.ref, new, ImportBase.kind == kind)


def _delete_waiting(session: Session, import_id: int) -> None:
    session.execute(
        delete(WaitingContact).where(WaitingContact.import_id == import_id),
        execution_options={"synchronize_session": False},
    )


def _restore_bases(session: Session, import_id: int, document: Document) -> None:
    session.execute(delete(ImportBase).where(ImportBase.import_id == import_id))
    names = ("kind", "ref", "school_id", "import_id", "values")
    insert_rows(session, ImportBase, [dict(zip(names, base, strict=True)) for base in document["bases"]])


def _forget_sources(session: Session, added: Document) -> None:
    """Before their people go, who may also be some who stay."""
    for table, kind in ((ChildReference, "child"), (GuardianReference, "guardian")):
        values: dict[int, list[str]] = {}
        for school_id, value in added[kind]:
            values.setdefault(school_id, []).append(value)
        for school_id, listed in values.items():
            for chunk in chunks(listed):
                exactly = (table.school_id == school_id, table.system == SOURCE_SYSTEM, table.value.in_(chunk))
                session.execute(delete(table).where(*exactly), execution_options={"synchronize_session": False})


def _restore_codes(session: Session, document: Document) -> None:
    for school_id, code in document["codes_added"]:
        session.execute(
            delete(ChildReference).where(
                ChildReference.school_id == school_id,
                ChildReference.system == CODE_SYSTEM,
                ChildReference.value == code,
            )
        )
    insert_rows(
        session,
        ChildReference,
        [
            {"school_id": school_id, "system": CODE_SYSTEM, "value": code, "child_id": child_id}
            for school_id, code, child_id in document["codes_dropped"]
        ],
    )


def _delete(session: Session, table: type[Base], column: Any, new: Ranges, *conditions: ColumnElement[bool]) -> None:
    for first, last in new:
        session.execute(
            delete(table).where(column.between(first, last), *conditions),
            execution_options={"synchronize_session": False},
        )


def _within(column: Any, new: Ranges) -> ColumnElement[bool]:
    return or_(column.in_(()), *(column.between(first, last) for first, last in new))


def _event_of(import_id: int) -> ColumnElement[bool]:
    return (AuditEvent.verb == "imported") & (AuditEvent.subject == "roster") & (AuditEvent.subject_id == import_id)


def _highest(session: Session, table: type[Base]) -> int:
    return session.scalar(select(func.max(table.__table__.c.id))) or 0


def _to_change(changes: Changes) -> Iterator[tuple[type[Base], list[int]]]:
    yield Child, list(changes.children_changed)
    yield Guardian, [ref for ref in changes.guardians_changed if ref > 0]
    yield Placement, [id_ for id_, _ in changes.placements_numbered]
    yield Guardianship, [id_ for id_, _ in changes.relationships]
    yield ContactPoint, [id_ for id_, _, _ in changes.contacts_changed]


def _bases(session: Session, changes: Changes) -> Iterator[list[object]]:
    """What earlier imports said of those of whom this one says something else."""
    wanted: dict[tuple[str, int], list[int]] = {}
    for kind, ref, school, _ in changes.bases:
        if ref > 0 and school > 0:
            wanted.setdefault((kind, school), []).append(ref)
    for (kind, school), refs in wanted.items():
        for chunk in chunks(refs):
            found = select(
                ImportBase.kind, ImportBase.ref, ImportBase.school_id, ImportBase.import_id, ImportBase.values
            ).where(ImportBase.kind == kind, ImportBase.school_id == school, ImportBase.ref.in_(chunk))
            yield from (list(row) for row in session.execute(found))


def _codes(session: Session, dropped: Iterable[tuple[int, str]]) -> Iterator[list[object]]:
    for school_id, code in dropped:
        known = session.get(ChildReference, (school_id, CODE_SYSTEM, code))
        if known is not None:
            yield [school_id, code, known.child_id]
            session.expunge(known)
