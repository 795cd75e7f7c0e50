"""Registrations as their guardians write them. Nobody reads another account's."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from desktop.domain import registrations as domain
from desktop.domain.accounts import AccountState
from desktop.domain.errors import UserError
from desktop.domain.names import trimmed
from desktop.domain.own_children import OwnChild, texts_of
from desktop.domain.registrations import ChildGiven, Kind, RegistrationState, SchoolGiven
from desktop.store import db
from desktop.store.tables import Account, Grade, Group, Homeroom, Registration, School

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
    known = _numbered(session, account_id, form_token)
    assert known is not None
    return known, False


def begin_about(
    session: Session, account_id: int, form_token: str, kind: Kind, own: OwnChild, given: ChildGiven, *, for_clerk: bool
) -> int:
    """A draft about a child that the guardian has, beginning with what they see of it."""
    known = _numbered(session, account_id, form_token)
    if known is not None:
        return known
    row = Registration(
        account_id=account_id,
        form_token=form_token,
        kind=kind.value,
        about_child_id=own.child_id,
        old=own.document(),
        kana_for_clerk=for_clerk,
        school_id=own.school_id,
        year=own.year,
        homeroom_id=own.homeroom_id,
        group_ids=sorted(id_ for id_, _ in own.groups),
        student_number=own.student_number,
        created_at=db.now(session),
        **_child_values(given),
    )
    session.add(row)
    session.flush()
    return row.id


def lock_account(session: Session, account_id: int) -> None:
    """Let the pages of one guardian take turns. Raises UserError("not_found") for whoever has just left."""
    found = select(Account.state).where(Account.id == account_id).with_for_update()
    if session.scalar(found) != AccountState.ACTIVE.value:
        raise UserError("not_found")


def count_open(session: Session, account_id: int) -> int:
    """Whatever one guardian has begun and nobody decided."""
    states = (*_OPEN, RegistrationState.SUBMITTED.value)
    found = select(func.count()).where(Registration.account_id == account_id, Registration.state.in_(states))
    return session.scalar(found) or 0


def withdraw(session: Session, registration_id: int, *, closes_account: bool, at_once: bool) -> None:
    """Submit a withdrawal; `at_once` where there is no school that could look at it."""
    row = session.get_one(Registration, registration_id)
    if row.state != RegistrationState.DRAFT.value:
        return
    state = RegistrationState.ACCEPTED if at_once else RegistrationState.SUBMITTED
    now = db.now(session)
    values = {"state": state.value, "submitted_at": now, "looked_at": now, "closes_account": closes_account}
    session.execute(
        update(Registration)
        .where(Registration.id == registration_id)
        .values(**values, child_id=row.about_child_id if at_once else None, version=Registration.version + 1)
    )


def take_back_about(session: Session, account_id: int, child_id: int) -> None:
    """Take back what nobody decided about one child."""
    _take_back(session, account_id, Registration.about_child_id == child_id, Registration.decision.is_(None))


def take_back_all(session: Session, account_id: int) -> None:
    """Take back everything of somebody who leaves, also what was decided and is not carried out yet."""
    _take_back(session, account_id)


def _take_back(session: Session, account_id: int, *which: ColumnElement[bool]) -> None:
    states = (*_OPEN, RegistrationState.SUBMITTED.value)
    session.execute(
        update(Registration)
        .where(Registration.account_id == account_id, Registration.state.in_(states), *which)
        .values(state=RegistrationState.TAKEN_BACK.value, carry_out_at=None, version=Registration.version + 1),
        execution_options={"synchronize_session": False},
    )


def _numbered(session: Session, account_id: int, form_token: str) -> int | None:
    """The registration that began with this form, if it was sent before."""
    return session.scalar(
        select(Registration.id).where(Registration.account_id == account_id, Registration.form_token == form_token)
    )


def _child_values(given: ChildGiven) -> dict[str, Any]:
    return {field: getattr(given, field) for field in _CHILD}


def change_child(
    session: Session, account_id: int, registration_id: int, version: int, given: ChildGiven, *, for_clerk: bool
) -> int:
    return _change(session, account_id, registration_id, version, kana_for_clerk=for_clerk, **_child_values(given))


def set_school(
    session: Session,
    account_id: int,
    registration_id: int,
    version: int,
    given: SchoolGiven,
    year: int,
    code_id: int | None,
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
    if row.kind == Kind.CHANGE.value and not _asks_for_something(row):
        raise UserError("registration.nothing_changed")
    return _change(
        session, account_id, registration_id, version,
        state=RegistrationState.SUBMITTED.value, submitted_at=db.now(session), looked_at=None, reason="",
        decision=None, decided_at=None, decided_by=None,
    )  # fmt: skip


def _asks_for_something(row: Registration) -> bool:
    given = ChildGiven(*(getattr(row, field) for field in _CHILD))
    new: dict[str, object] = {**texts_of(given), "group_ids": sorted(row.group_ids)}
    new |= {"school_id": row.school_id, "homeroom_id": row.homeroom_id, "student_number": row.student_number}
    return any(value != row.old.get(field) for field, value in new.items())


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
