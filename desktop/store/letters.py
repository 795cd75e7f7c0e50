"""The children whose families get a letter."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, exists, or_, select, true
from sqlalchemy.orm import Session

from desktop.domain.letters import Addressee, LetterOrder, number_key
from desktop.domain.registrations import RegistrationState
from desktop.domain.schools import day_in_year
from desktop.store.enrolled import enrolled_in, open_on
from desktop.store.ids import among
from desktop.store.tables import (
    Account,
    Child,
    Enrolment,
    Grade,
    Guardian,
    Guardianship,
    Homeroom,
    Placement,
    Registration,
    School,
)


@dataclass(frozen=True, slots=True)
class LetterSchool:
    id: int
    name: str
    phone: str


def registered() -> ColumnElement[bool]:
    """A guardian of the child has a log-in that is not closed, or is about to be linked to the child."""
    with_account = (
        select(Guardianship.id)
        .join(Account, Account.guardian_id == Guardianship.guardian_id)
        .where(Guardianship.child_id == Child.id, Account.state != "closed")
    )
    decided = select(Registration.id).where(
        Registration.child_id == Child.id, Registration.state == RegistrationState.SUBMITTED.value
    )
    return or_(exists(with_account), exists(decided))


def addressees(
    session: Session, order: LetterOrder, schools: Collection[int] | None, year: int, today: date
) -> dict[LetterSchool, list[Addressee]]:
    """By school (None: of any), in order of their codes; within it by class, number, kana.

    Those of `order.language` where the family's own is not known or not wanted.
    """
    found: dict[LetterSchool, list[Row[Any]]] = {}
    for row in session.execute(_children(session, order, schools, year, today)):
        found.setdefault(LetterSchool(row.school_id, row.school, row.phone), []).append(row)
    languages = _languages(session, order, [row.id for rows in found.values() for row in rows])
    return {
        school: [_addressee(row, languages.get(row.id, order.language)) for row in sorted(rows, key=_place)]
        for school, rows in found.items()
    }


def _children(
    session: Session, order: LetterOrder, schools: Collection[int] | None, year: int, today: date
) -> Any:  # a Select of more columns than its type can name
    day = day_in_year(today, year)
    statement = (
        select(
            Child.id,
            Child.family_name,
            Child.given_name,
            Child.family_name_kana,
            Child.given_name_kana,
            School.id.label("school_id"),
            School.name.label("school"),
            School.phone,
            Grade.name.label("grade"),
            Grade.position.label("grade_position"),
            Homeroom.label,
            Homeroom.position,
            Homeroom.unplaced,
            Placement.student_number,
        )
        .join(Enrolment, Enrolment.child_id == Child.id)
        .join(School, School.id == Enrolment.school_id)
        .outerjoin(
            Placement,
            and_(Placement.enrolment_id == Enrolment.id, Placement.kind == "main", open_on(Placement, day)),
        )
        .outerjoin(Homeroom, Homeroom.id == Placement.homeroom_id)
        .outerjoin(Grade, Grade.id == Homeroom.grade_id)
        .where(enrolled_in(year, today), Enrolment.school_id.in_(schools) if schools is not None else true())
        .order_by(School.code)
    )
    if order.homeroom_id is not None:
        statement = statement.where(Homeroom.id == order.homeroom_id)
    if order.child_ids:
        statement = statement.where(among(session, Child.id, order.child_ids))
    return statement.where(~registered()) if order.only_unregistered else statement


def _languages(session: Session, order: LetterOrder, child_ids: list[int]) -> dict[int, str]:
    """The language of each child's first guardian."""
    if not order.family_language:
        return {}
    rows = session.execute(
        select(Guardianship.child_id, Guardian.language)
        .join(Guardian, Guardian.id == Guardianship.guardian_id)
        .where(among(session, Guardianship.child_id, child_ids))
        .order_by(Guardianship.position.desc(), Guardianship.id.desc())
    )
    return {child_id: language for child_id, language in rows}  # noqa: C416 - rows are no pairs to mypy; the first stays


def _place(row: Row[Any]) -> tuple[object, ...]:
    """Those without a class come last."""
    room = (row.grade_position, row.unplaced, row.position, row.label) if row.label is not None else ()
    kana = (row.family_name_kana, row.given_name_kana, row.id)
    return (row.label is None, *room, number_key(row.student_number or ""), *kana)


def _addressee(row: Row[Any], language: str) -> Addressee:
    return Addressee(
        child_id=row.id,
        name=f"{row.family_name} {row.given_name}".strip(),
        grade=row.grade or "",
        homeroom=row.label or "",
        unplaced=bool(row.unplaced),
        student_number=row.student_number or "",
        language=language,
    )
