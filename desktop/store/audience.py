"""Whom an audience means now, as SQL.

A child is meant through an open enrolment of the school year that today lies in: a part is looked up among the
grades, classes and groups of that year, and main, special and exchange classes all count as being in the class.
Both the first and the last day of an enrolment, placement or membership belong to it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, get_args

from sqlalchemy import ColumnElement, Select, and_, false, or_, select, true, tuple_, union
from sqlalchemy.orm import Session

from desktop.domain.audience import Audience, Part, PartKind
from desktop.domain.errors import UserError
from desktop.domain.schools import SchoolKind, school_year
from desktop.store.tables import (
    Child,
    Confirmation,
    Enrolment,
    Grade,
    Group,
    Homeroom,
    Membership,
    Notice,
    NoticeChild,
    Placement,
    Recipient,
    School,
)

Children = Select[int]
"""A statement whose only column is `child_id`, each child once."""

_LATER = {PartKind.STAFF, PartKind.LIST}


@dataclass(frozen=True, slots=True)
class Place:
    """What a part stands for in the tables.

    `ref` is the id of its grade, homeroom, group, child or notice. `school_ids` are the schools it reaches into; None
    is the whole city. `label` is its own name, without its school's; empty for the city and a type of school.
    """

    part: Part
    label: str
    school: str
    school_ids: frozenset[int] | None
    ref: int | None = None


def audience_select(session: Session, audience: Audience, today: date) -> Children:
    """The children whom an audience means on `today`, for a subquery or an INSERT … SELECT.

    Parts that stand for nothing mean nobody (`unknown_parts` names them). Raises UserError("audience.unsupported").
    """
    places = resolve(session, [*audience.include, *audience.exclude], today)
    return children_of(
        [places[part] for part in audience.include if part in places],
        [places[part] for part in audience.exclude if part in places],
        today,
    )


def unknown_parts(session: Session, audience: Audience, today: date) -> tuple[Part, ...]:
    """The parts, included or excluded, that stand for nothing in today's school year."""
    parts = [*audience.include, *audience.exclude]
    places = resolve(session, parts, today)
    return tuple(part for part in parts if part not in places)


def resolve(session: Session, parts: Iterable[Part], today: date) -> dict[Part, Place]:
    """Look parts up; those that stand for nothing are missing from the answer. At most one statement a kind.

    Raises UserError("audience.unsupported").
    """
    by_kind: dict[PartKind, list[Part]] = {}
    for part in parts:
        if part.kind in _LATER:
            raise UserError("audience.unsupported", part=str(part))
        by_kind.setdefault(part.kind, []).append(part)
    found: dict[Part, Place] = {}
    for kind, wanted in by_kind.items():
        found |= _LOOKUPS[kind](session, wanted, today)
    return found


def children_of(include: Sequence[Place], exclude: Sequence[Place], today: date) -> Children:
    """The children of any included place that are in no excluded one."""
    meant = _any_of(include, today).subquery("meant")
    if not exclude:
        return select(meant.c.child_id)
    left_out = _any_of(exclude, today).subquery("left_out")
    rest = select(meant.c.child_id).except_(select(left_out.c.child_id)).subquery("rest")
    return select(rest.c.child_id)


def enrolled_on(today: date) -> ColumnElement[bool]:
    """An enrolment is open on this day, in the school year of this day."""
    return and_(Enrolment.year == school_year(today), _open_on(Enrolment, today))


def _open_on(dated: type[Enrolment | Placement | Membership], today: date) -> ColumnElement[bool]:
    return and_(dated.from_date <= today, or_(dated.to_date.is_(None), dated.to_date >= today))


def main_placement_on(today: date) -> ColumnElement[bool]:
    """A placement is the child's own class on this day."""
    return and_(Placement.kind == "main", _open_on(Placement, today))


# From parts to ids


def _city(_session: Session, parts: Sequence[Part], _today: date) -> dict[Part, Place]:
    return {part: Place(part, "", "", None) for part in parts}


def _types(_session: Session, parts: Sequence[Part], _today: date) -> dict[Part, Place]:
    return {part: Place(part, "", "", None) for part in parts if part.ref in get_args(SchoolKind)}


def _schools(session: Session, parts: Sequence[Part], _today: date) -> dict[Part, Place]:
    rows = session.execute(
        select(School.code, School.id, School.name).where(School.code.in_({part.school for part in parts}))
    )
    known: dict[str, tuple[int, str]] = {row.code: (row.id, row.name) for row in rows}
    found = {part: known[part.school] for part in parts if part.school in known}
    return {part: Place(part, name, name, frozenset({id_}), id_) for part, (id_, name) in found.items()}


def _in_school(
    statement: Select[str, str, int, str, int, str], column: Any, session: Session, parts: Sequence[Part]
) -> dict[Part, Place]:
    """`statement` gives (school code, ref, school id, school name, id, label) for each (code, ref) asked for."""
    pairs = {(part.school, part.ref) for part in parts}
    rows = session.execute(statement.where(tuple_(School.code, column).in_(pairs)))
    known = {(code, ref): (school_id, school, id_, label) for code, ref, school_id, school, id_, label in rows}
    found = {part: known[part.school, part.ref] for part in parts if (part.school, part.ref) in known}
    return {
        part: Place(part, label, school, frozenset({school_id}), id_)
        for part, (school_id, school, id_, label) in found.items()
    }


def _grades(session: Session, parts: Sequence[Part], today: date) -> dict[Part, Place]:
    statement = (
        select(School.code, Grade.code, School.id, School.name, Grade.id, Grade.name)
        .join(School, School.id == Grade.school_id)
        .where(Grade.year == school_year(today))
    )
    return _in_school(statement, Grade.code, session, parts)


def _homerooms(session: Session, parts: Sequence[Part], today: date) -> dict[Part, Place]:
    statement = (
        select(School.code, Homeroom.label, School.id, School.name, Homeroom.id, Homeroom.label.label("shown"))
        .join(School, School.id == Homeroom.school_id)
        .where(Homeroom.year == school_year(today))
    )
    return _in_school(statement, Homeroom.label, session, parts)


def _groups(session: Session, parts: Sequence[Part], today: date) -> dict[Part, Place]:
    statement = (
        select(School.code, Group.name, School.id, School.name, Group.id, Group.name.label("shown"))
        .join(School, School.id == Group.school_id)
        .where(or_(Group.closed_on.is_(None), Group.closed_on > today))
    )
    return _in_school(statement, Group.name, session, parts)


def _single_children(session: Session, parts: Sequence[Part], today: date) -> dict[Part, Place]:
    rows = session.execute(
        select(Child.id, Child.family_name, Child.given_name, Enrolment.school_id, School.name)
        .join(Enrolment, Enrolment.child_id == Child.id)
        .join(School, School.id == Enrolment.school_id)
        .where(Child.id.in_({int(part.ref) for part in parts}), enrolled_on(today))
        .order_by(Enrolment.from_date)
    ).all()
    schools: dict[int, set[int]] = {}
    names: dict[int, tuple[str, str]] = {}
    for id_, family, given, school_id, school in rows:
        schools.setdefault(id_, set()).add(school_id)
        names[id_] = (f"{family} {given}".strip(), school)
    return {
        part: Place(part, *names[id_], frozenset(schools[id_]), id_)
        for part in parts
        if (id_ := int(part.ref)) in names
    }


def _unconfirmed(session: Session, parts: Sequence[Part], _today: date) -> dict[Part, Place]:
    ids = {int(part.ref) for part in parts}
    known = {
        id_: None if school is None else frozenset({school})
        for id_, school in session.execute(select(Notice.id, Notice.school_id).where(Notice.id.in_(ids)))
    }
    return {
        part: Place(part, f"#{part.ref}", "", known[int(part.ref)], int(part.ref))
        for part in parts
        if int(part.ref) in known
    }


_LOOKUPS: Mapping[PartKind, Callable[[Session, Sequence[Part], date], dict[Part, Place]]] = {
    PartKind.CITY: _city,
    PartKind.TYPE: _types,
    PartKind.SCHOOL: _schools,
    PartKind.GRADE: _grades,
    PartKind.HOMEROOM: _homerooms,
    PartKind.GROUP: _groups,
    PartKind.CHILD: _single_children,
    PartKind.UNCONFIRMED: _unconfirmed,
}


# From ids to children


def _any_of(places: Sequence[Place], today: date) -> Any:
    """The union of the places' children: one SELECT a kind, however many places there are."""
    by_kind: dict[PartKind, list[Place]] = {}
    for place in places:
        by_kind.setdefault(place.part.kind, []).append(place)
    selects = [_of_kind(kind, found, today) for kind, found in by_kind.items()]
    if not selects:
        return select(Child.id.label("child_id")).where(false())
    return union(*selects) if len(selects) > 1 else selects[0].distinct()


def _of_kind(kind: PartKind, places: Sequence[Place], today: date) -> Children:
    enrolled = select(Enrolment.child_id).where(enrolled_on(today))
    refs = {place.ref for place in places if place.ref is not None}
    if kind in {PartKind.GRADE, PartKind.HOMEROOM, PartKind.GROUP}:
        return _inside_schools(kind, enrolled, places, refs, today)
    if kind is PartKind.TYPE:
        kinds = {place.part.ref for place in places}
        return enrolled.join(School, School.id == Enrolment.school_id).where(School.kind.in_(kinds))
    narrowed: dict[PartKind, ColumnElement[bool]] = {
        PartKind.CITY: true(),
        PartKind.SCHOOL: Enrolment.school_id.in_(refs),
        PartKind.CHILD: Enrolment.child_id.in_(refs),
        PartKind.UNCONFIRMED: Enrolment.child_id.in_(_without_confirmation(refs)),
    }
    return enrolled.where(narrowed[kind])


def _inside_schools(
    kind: PartKind, enrolled: Children, places: Sequence[Place], refs: set[int], today: date
) -> Children:
    """Naming the schools leads both databases in by the index on enrolments; that of placements is partial."""
    schools = frozenset[int]().union(*(place.school_ids or () for place in places))
    enrolled = enrolled.where(Enrolment.school_id.in_(schools))
    if kind is PartKind.GROUP:
        members = enrolled.join(Membership, Membership.enrolment_id == Enrolment.id)
        return members.where(Membership.group_id.in_(refs), _open_on(Membership, today))
    placed = enrolled.join(Placement, Placement.enrolment_id == Enrolment.id).where(_open_on(Placement, today))
    if kind is PartKind.HOMEROOM:
        return placed.where(Placement.homeroom_id.in_(refs))
    return placed.join(Homeroom, Homeroom.id == Placement.homeroom_id).where(Homeroom.grade_id.in_(refs))


def _without_confirmation(notice_ids: set[int]) -> Children:
    """Children of these notices for whom none of the guardians written to has confirmed."""
    confirmed = (
        select(Recipient.child_id)
        .join(
            Confirmation,
            and_(Confirmation.notice_id == Recipient.notice_id, Confirmation.guardian_id == Recipient.guardian_id),
        )
        .where(Recipient.notice_id == NoticeChild.notice_id, Recipient.child_id == NoticeChild.child_id)
    )
    return select(NoticeChild.child_id).where(NoticeChild.notice_id.in_(notice_ids), ~confirmed.exists())
