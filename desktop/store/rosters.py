"""What a roster import must know before it writes, read by a fixed number of statements."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import Select, func, or_, select, text, union
from sqlalchemy.orm import Session

from desktop.domain.rosters.known import (
    Base,
    Known,
    KnownContact,
    KnownGuardian,
    KnownGuardianship,
    KnownHomeroom,
    KnownPlacement,
    KnownPupil,
    KnownSchool,
    KnownWaiting,
)
from desktop.store.bulk import highest
from desktop.store.tables import (
    AuditEvent,
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
    School,
    SchoolYear,
    WaitingContact,
)

CODE_SYSTEM = "code"
SOURCE_SYSTEM = "sourced_id"
_CHUNK = 2000  # values in one IN (…), well within what either database takes
_IMPORT_LOCK = 7_263_001
_ELSEWHERE = ("notice", "notice_kind", "setting", "staff")
_NUMBERED = (School, Grade, Homeroom, Group, Child, Enrolment, Guardian, Import)

_GUARDIANS = select(
    Guardian.id,
    Guardian.family_name,
    Guardian.given_name,
    Guardian.family_name_kana,
    Guardian.given_name_kana,
    Guardian.language,
)

T = TypeVar("T")


def lock(session: Session) -> None:
    """One import at a time. SQLite's write transaction is that by itself."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _IMPORT_LOCK})


def mark(session: Session) -> tuple[int, ...]:
    """A mark that moves with everything that people do to rosters; a plan made at this mark still holds while it
    stands, and so do ids that were reserved on SQLite.
    """
    last = select(func.max(AuditEvent.id)).where(AuditEvent.subject.not_in(_ELSEWHERE))
    tables = _NUMBERED if session.get_bind().dialect.name == "sqlite" else ()
    return (session.scalar(last) or 0, *(highest(session, table) for table in tables))


def schools(session: Session, codes: Collection[str]) -> tuple[KnownSchool, ...]:
    """The schools that a file names by their own codes or by those of the ministry; `code` is as the file has it."""
    rows = session.execute(
        select(School.id, School.code, School.mext_code, School.name, School.kind)
        .where(or_(School.code.in_(codes), School.mext_code.in_(codes)))
        .order_by(School.id)
    )
    return tuple(
        KnownSchool(id_, code if code in codes else str(mext_code), name, kind)
        for id_, code, mext_code, name, kind in rows
    )


def school_codes(session: Session, ids: Collection[int] | None) -> list[str]:
    """The codes of these schools, or of all."""
    statement = select(School.code).where(School.closed_on.is_(None)).order_by(School.code)
    return list(session.scalars(statement if ids is None else statement.where(School.id.in_(ids))))


def school_ids(session: Session) -> frozenset[int]:
    return frozenset(session.scalars(select(School.id)))


def known(
    session: Session, schools: Sequence[KnownSchool], years: Collection[int], addresses: Collection[str]
) -> Known:
    """Everything about these schools in these years, and the guardians in the city who have one of the addresses."""
    ids = [school.id for school in schools]
    child_ids = _children_of(ids)
    links = _guardianships(session, child_ids)
    guardian_ids = {link.guardian_id for listed in links.values() for link in listed}
    waiting = tuple(_waiting(session, ids))
    guardian_sources = _guardian_sources(session, ids)
    guardian_ids |= set(guardian_sources.values())
    guardian_ids |= _guardians_with(session, addresses)
    return Known(
        tuple(schools),
        frozenset(_pairs(session, select(SchoolYear.school_id, SchoolYear.year).where(SchoolYear.school_id.in_(ids)))),
        _grades(session, ids, years),
        tuple(_homerooms(session, ids)),
        _groups(session, ids),
        tuple(_pupils(session, ids, years, child_ids)),
        tuple(_guardians(session, ids, sorted(guardian_ids))),
        links,
        frozenset(
            _pairs(
                session,
                select(GuardianSchool.school_id, GuardianSchool.guardian_id).where(GuardianSchool.school_id.in_(ids)),
            )
        ),
        waiting,
        guardian_sources,
    )


def _waiting(session: Session, school_ids: Collection[int]) -> Iterator[KnownWaiting]:
    for guardian_id, school_id, year, homeroom_id, group_id in session.execute(
        select(
            WaitingContact.guardian_id,
            WaitingContact.school_id,
            WaitingContact.year,
            WaitingContact.homeroom_id,
            WaitingContact.group_id,
        ).where(WaitingContact.school_id.in_(school_ids))
    ):
        yield KnownWaiting(guardian_id, (school_id, year, homeroom_id, group_id))


def _pairs(session: Session, statement: Select[int, int]) -> Iterator[tuple[int, int]]:
    return ((first, second) for first, second in session.execute(statement))


def _children_of(school_ids: Collection[int]) -> Any:
    """The ids of every child that was ever at these schools, or has a code there, as a subquery."""
    return union(
        select(Enrolment.child_id).where(Enrolment.school_id.in_(school_ids)),
        select(ChildReference.child_id).where(ChildReference.school_id.in_(school_ids)),
    ).subquery()


def _grades(session: Session, school_ids: Collection[int], years: Collection[int]) -> dict[tuple[int, int, str], int]:
    rows = session.execute(
        select(Grade.school_id, Grade.year, Grade.code, Grade.id).where(
            Grade.school_id.in_(school_ids), Grade.year.in_(years)
        )
    )
    return {(school_id, year, code): grade_id for school_id, year, code, grade_id in rows}


def _homerooms(session: Session, school_ids: Collection[int]) -> Iterator[KnownHomeroom]:
    rows = session.execute(
        select(
            Homeroom.id, Homeroom.school_id, Homeroom.year, Homeroom.grade_id, Grade.code, Homeroom.name,
            Homeroom.label, Homeroom.unplaced,
        )
        .join(Grade, Grade.id == Homeroom.grade_id)
        .where(Homeroom.school_id.in_(school_ids))
    )  # fmt: skip
    return (KnownHomeroom(*row) for row in rows)


def _groups(session: Session, school_ids: Collection[int]) -> dict[int, tuple[tuple[int, str], ...]]:
    found: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for school_id, group_id, name in session.execute(
        select(Group.school_id, Group.id, Group.name).where(Group.school_id.in_(school_ids))
    ):
        found[school_id].append((group_id, name))
    return {school_id: tuple(listed) for school_id, listed in found.items()}


def _pupils(
    session: Session, school_ids: Collection[int], years: Collection[int], child_ids: Any
) -> Iterator[KnownPupil]:
    children = {
        row.id: row
        for row in session.execute(
            select(
                Child.id, Child.family_name, Child.given_name, Child.family_name_kana, Child.given_name_kana,
                Child.sex, Child.birth_date,
            ).where(Child.id.in_(select(child_ids)))
        )
    }  # fmt: skip
    codes = _codes(session, school_ids)
    sources = _child_sources(session, school_ids)
    enrolments, left = _enrolments(session, school_ids, years)
    placements = _placements(session, school_ids, years)
    memberships = _memberships(session, school_ids, years)
    bases = _bases(session, "child", school_ids)
    for school_id, child_id in sorted(left.keys() | codes.keys()):
        own = enrolments.get((school_id, child_id), {})
        yield KnownPupil(
            child_id,
            school_id,
            *children[child_id][1:],
            code=codes.get((school_id, child_id), ""),
            enrolments=own,
            placements={enrolment: placements[enrolment] for enrolment in own.values() if enrolment in placements},
            memberships={
                (enrolment, group): membership
                for enrolment in own.values()
                for group, membership in memberships.get(enrolment, ())
            },
            base=bases.get((school_id, child_id)),
            left=left.get((school_id, child_id), {}),
            sourced_ids=frozenset(sources.get((school_id, child_id), ())),
        )


def _codes(session: Session, school_ids: Collection[int]) -> dict[tuple[int, int], str]:
    rows = session.execute(
        select(ChildReference.school_id, ChildReference.child_id, ChildReference.value).where(
            ChildReference.school_id.in_(school_ids), ChildReference.system == CODE_SYSTEM
        )
    )
    return {(school_id, child_id): value for school_id, child_id, value in rows}


def _child_sources(session: Session, school_ids: Collection[int]) -> dict[tuple[int, int], list[str]]:
    found: dict[tuple[int, int], list[str]] = defaultdict(list)
    for school_id, child_id, value in session.execute(
        select(ChildReference.school_id, ChildReference.child_id, ChildReference.value).where(
            ChildReference.school_id.in_(school_ids), ChildReference.system == SOURCE_SYSTEM
        )
    ):
        found[school_id, child_id].append(value)
    return found


def _guardian_sources(session: Session, school_ids: Collection[int]) -> dict[tuple[int, str], int]:
    rows = session.execute(
        select(GuardianReference.school_id, GuardianReference.value, GuardianReference.guardian_id).where(
            GuardianReference.school_id.in_(school_ids), GuardianReference.system == SOURCE_SYSTEM
        )
    )
    return {(school_id, value): guardian_id for school_id, value, guardian_id in rows}


def _enrolments(
    session: Session, school_ids: Collection[int], years: Collection[int]
) -> tuple[dict[tuple[int, int], dict[int, int]], dict[tuple[int, int], dict[int, date]]]:
    """The open enrolments of the years by school and child, and for everybody who was ever enrolled when one ended."""
    open_ones: dict[tuple[int, int], dict[int, int]] = defaultdict(dict)
    ever: dict[tuple[int, int], dict[int, date]] = {}
    for row in session.execute(
        select(Enrolment.id, Enrolment.school_id, Enrolment.child_id, Enrolment.year, Enrolment.to_date).where(
            Enrolment.school_id.in_(school_ids)
        )
    ):
        left = ever.setdefault((row.school_id, row.child_id), {})
        if row.to_date is not None:
            left[row.year] = max(row.to_date, left.get(row.year, row.to_date))
        elif row.year in years:
            open_ones[row.school_id, row.child_id][row.year] = row.id
    return open_ones, ever


def _placements(session: Session, school_ids: Collection[int], years: Collection[int]) -> dict[int, KnownPlacement]:
    rows = session.execute(
        select(Placement.enrolment_id, Placement.id, Placement.homeroom_id, Placement.student_number)
        .join(Enrolment, Enrolment.id == Placement.enrolment_id)
        .where(
            Enrolment.school_id.in_(school_ids),
            Enrolment.year.in_(years),
            Placement.kind == "main",
            Placement.to_date.is_(None),
        )
    )
    return {enrolment: KnownPlacement(id_, room, number) for enrolment, id_, room, number in rows}


def _memberships(
    session: Session, school_ids: Collection[int], years: Collection[int]
) -> dict[int, list[tuple[int, int]]]:
    found: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for enrolment_id, group_id, membership_id in session.execute(
        select(Membership.enrolment_id, Membership.group_id, Membership.id)
        .join(Enrolment, Enrolment.id == Membership.enrolment_id)
        .where(Enrolment.school_id.in_(school_ids), Enrolment.year.in_(years), Membership.to_date.is_(None))
    ):
        found[enrolment_id].append((group_id, membership_id))
    return found


def _bases(session: Session, kind: str, school_ids: Collection[int]) -> dict[tuple[int, int], Base]:
    rows = session.execute(
        select(ImportBase.school_id, ImportBase.ref, ImportBase.values).where(
            ImportBase.kind == kind, ImportBase.school_id.in_(school_ids)
        )
    )
    return {(school_id, ref): values for school_id, ref, values in rows}


def _guardianships(session: Session, child_ids: Any) -> dict[int, tuple[KnownGuardianship, ...]]:
    found: dict[int, list[KnownGuardianship]] = defaultdict(list)
    for child_id, id_, guardian_id, relationship, position, barred in session.execute(
        select(
            Guardianship.child_id,
            Guardianship.id,
            Guardianship.guardian_id,
            Guardianship.relationship,
            Guardianship.position,
            Guardianship.do_not_contact,
        )
        .where(Guardianship.child_id.in_(select(child_ids)))
        .order_by(Guardianship.position, Guardianship.id)
    ):
        found[child_id].append(KnownGuardianship(id_, guardian_id, relationship, position, barred))
    return {child_id: tuple(listed) for child_id, listed in found.items()}


def _guardians_with(session: Session, addresses: Collection[str]) -> set[int]:
    found: set[int] = set()
    for chunk in chunks(sorted(addresses)):
        found.update(
            session.scalars(
                select(ContactPoint.guardian_id).where(
                    or_(ContactPoint.kind == "email", ContactPoint.kind == "phone", ContactPoint.kind == "line"),
                    ContactPoint.address.in_(chunk),
                )
            )
        )
    return found


def _guardians(session: Session, school_ids: Collection[int], ids: Sequence[int]) -> Iterator[KnownGuardian]:
    bases: dict[int, dict[int, Base]] = defaultdict(dict)
    for (school_id, guardian_id), values in _bases(session, "guardian", school_ids).items():
        bases[guardian_id][school_id] = values
    for chunk in chunks(ids):
        contacts: dict[int, list[KnownContact]] = defaultdict(list)
        for guardian_id, id_, kind, address in session.execute(
            select(ContactPoint.guardian_id, ContactPoint.id, ContactPoint.kind, ContactPoint.address)
            .where(ContactPoint.guardian_id.in_(chunk))
            .order_by(ContactPoint.id)
        ):
            contacts[guardian_id].append(KnownContact(id_, kind, address))
        for row in session.execute(_GUARDIANS.where(Guardian.id.in_(chunk)).order_by(Guardian.id)):
            yield KnownGuardian(*row, contacts=tuple(contacts[row.id]), bases=bases.get(row.id, {}))


def chunks(values: Sequence[T]) -> Iterator[Sequence[T]]:
    return (values[start : start + _CHUNK] for start in range(0, len(values), _CHUNK))
