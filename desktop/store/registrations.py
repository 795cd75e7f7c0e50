"""Registrations as their guardians write them. Nobody reads another account's."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from desktop.domain import registrations as domain
from desktop.domain.errors import UserError
from desktop.domain.names import trimmed
from desktop.domain.registrations import ChildGiven, Kind, RegistrationState, SchoolGiven
from desktop.store import db
from desktop.store.tables import Grade, Group, Homeroom, Registration, School

_CHILD = ("family_name", "given_name", "family_name_kana", "given_name_kana", "sex", "birth_date", "relationship")
_OPEN = (RegistrationState.DRAFT.value, RegistrationState.ASKED_BACK.value)
"""States in which the guardian may change it."""


@dataclass(frozen=True, slots=True)
class SchoolPlaces:
    """What can be chosen at a school: classes (id, grade, name, not settled yet) and groups (id, kind, name)."""

    year: int
    homerooms: tuple[tuple[int, str, str, bool], ...]
    groups: tuple[tuple[int, str, str], ...]


def schools(session: Session, today: date) -> list[tuple[int, str, str]]:
    """The schools that take registrations: id, kind, name."""
    rows = session.execute(
        select(School.id, School.kind, School.name)
        .where(or_(School.closed_on.is_(None), School.closed_on > today))
        .order_by(School.kind, School.code)
    )
    return [(id_, kind, name) for id_, kind, name in rows]


def places(session: Session, school_id: int, year: int, today: date) -> SchoolPlaces:
    rooms = session.execute(
        select(Homeroom.id, Grade.name, Homeroom.name, Homeroom.unplaced)
        .join(Grade, Grade.id == Homeroom.grade_id)
        .where(Homeroom.school_id == school_id, Homeroom.year == year)
        .order_by(Grade.position, Homeroom.unplaced, Homeroom.position, Homeroom.id)
    )
    groups = session.execute(
        select(Group.id, Group.kind, Group.name)
        .where(Group.school_id == school_id, or_(Group.closed_on.is_(None), Group.closed_on > today))
        .order_by(Group.kind, Group.name)
    )
    return SchoolPlaces(year, tuple((a, b, c, d) for a, b, c, d in rooms), tuple((a, b, c) for a, b, c in groups))


def begin(
    session: Session, account_id: int, form_token: str, given: ChildGiven, *, for_clerk: bool
) -> tuple[int, bool]:
    """A new draft; its number, and whether it is new: the same form sent twice is one."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    made = session.scalar(
        dialect.insert(Registration)
        .values(
            account_id=account_id,
            form_token=form_token,
            kana_for_clerk=for_clerk,
            group_ids=[],
            created_at=db.now(session),
            **_child_values(given),
        )
        .on_conflict_do_nothing(index_elements=["account_id", "form_token"])
        .returning(Registration.id)
    )
    if made is not None:
        return made, True
    known = session.scalars(
        select(Registration.id).where(Registration.account_id == account_id, Registration.form_token == form_token)
    )
    return known.one(), False


def _child_values(given: ChildGiven) -> dict[str, Any]:
    return {field: getattr(given, field) for field in _CHILD}


def change_child(
    session: Session, account_id: int, registration_id: int, version: int, given: ChildGiven, *, for_clerk: bool
) -> int:
    return _change(session, account_id, registration_id, version, kana_for_clerk=for_clerk, **_child_values(given))


def set_school(
    session: Session, account_id: int, registration_id: int, version: int, given: SchoolGiven, year: int, code_id: int
) -> int:
    return _change(
        session,
        account_id,
        registration_id,
        version,
        school_id=given.school_id,
        homeroom_id=given.homeroom_id,
        year=year,
        group_ids=sorted(given.group_ids),
        student_number=trimmed(given.student_number),
        code_id=code_id,
    )


def submit(session: Session, account_id: int, registration_id: int, version: int) -> int:
    """Raises UserError("registration.no_school") where step 3 is not finished."""
    row = _own(session, account_id, registration_id)
    if row.school_id is None:
        raise UserError("registration.no_school")
    return _change(
        session, account_id, registration_id, version,
        state=RegistrationState.SUBMITTED.value, submitted_at=db.now(session), reason="",
        decision=None, decided_at=None, decided_by=None,
    )  # fmt: skip


def take_back(session: Session, account_id: int, registration_id: int, version: int) -> int:
    """What nobody decided about yet."""
    row = _own(session, account_id, registration_id)
    if row.state not in (*_OPEN, RegistrationState.SUBMITTED.value) or row.decision is not None:
        raise UserError("registration.closed")
    return _written(session, row, version, state=RegistrationState.TAKEN_BACK.value)


def _change(session: Session, account_id: int, registration_id: int, version: int, **values: Any) -> int:
    row = _own(session, account_id, registration_id)
    if row.state not in _OPEN:
        raise UserError("registration.closed")
    return _written(session, row, version, **values)


def _written(session: Session, row: Registration, version: int, **values: Any) -> int:
    """The new version. Raises UserError("registration.changed") where another page of the same guardian was quicker."""
    written: int | None = session.scalar(
        update(Registration)
        .where(Registration.id == row.id, Registration.version == version)
        .values(version=Registration.version + 1, **values)
        .returning(Registration.version),
        execution_options={"synchronize_session": False},
    )
    if written is None:
        raise UserError("registration.changed")
    return written


def _own(session: Session, account_id: int, registration_id: int) -> Registration:
    """Raises UserError("not_found"), also for another account's."""
    row = session.scalar(
        select(Registration).where(Registration.id == registration_id, Registration.account_id == account_id)
    )
    if row is None:
        raise UserError("not_found")
    return row


def of_account(session: Session, account_id: int) -> list[domain.Registration]:
    """All of them, the newest first."""
    rows = session.scalars(
        select(Registration).where(Registration.account_id == account_id).order_by(Registration.id.desc())
    ).all()
    return worded(session, rows)


def one(session: Session, account_id: int, registration_id: int) -> domain.Registration:
    return worded(session, [_own(session, account_id, registration_id)])[0]


def any_one(session: Session, registration_id: int) -> domain.Registration:
    """Whosever it is, for whoever may review it."""
    return worded(session, [session.get_one(Registration, registration_id)])[0]


def grade_of(session: Session, registration_id: int) -> tuple[str, str]:
    """The kind of its school and the code of its grade."""
    row = session.execute(
        select(School.kind, Grade.code)
        .select_from(Registration)
        .join(School, School.id == Registration.school_id)
        .join(Homeroom, Homeroom.id == Registration.homeroom_id)
        .join(Grade, Grade.id == Homeroom.grade_id)
        .where(Registration.id == registration_id)
    ).one()
    return row.kind, row.code


def worded(session: Session, rows: Iterable[Registration]) -> list[domain.Registration]:
    """With the names of their schools, classes and groups."""
    listed = list(rows)
    names = dict(_pairs(session, School.id, School.name, [row.school_id for row in listed]))
    rooms = dict(_pairs(session, Homeroom.id, Homeroom.label, [row.homeroom_id for row in listed]))
    groups = dict(_pairs(session, Group.id, Group.name, [id_ for row in listed for id_ in row.group_ids]))
    return [
        domain.Registration(
            row.id,
            RegistrationState(row.state),
            ChildGiven(*(getattr(row, field) for field in _CHILD)),
            row.kana_for_clerk,
            row.school_id,
            names.get(row.school_id or 0, ""),
            row.year,
            row.homeroom_id,
            rooms.get(row.homeroom_id or 0, ""),
            tuple(groups[id_] for id_ in row.group_ids if id_ in groups),
            row.student_number,
            row.submitted_at,
            row.reason,
            row.version,
            _kind_for_guardian(row.kind),
            row.about_child_id,
            row.old.get("school_id"),
            row.closes_account,
        )
        for row in listed
    ]


def _kind_for_guardian(kind: str) -> Kind:
    """Nobody learns here that a child has another parent."""
    return Kind.NEW_CHILD if kind == Kind.SECOND_PARENT.value else Kind(kind)


def _pairs(session: Session, key: Any, name: Any, ids: Iterable[int | None]) -> list[tuple[int, str]]:
    wanted = {id_ for id_ in ids if id_ is not None}
    return [(id_, text) for id_, text in session.execute(select(key, name).where(key.in_(wanted)))] if wanted else []
