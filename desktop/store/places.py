"""What the parts of an audience stand for in the tables: schools, classes, groups, people, saved lists.

A part is looked up among the grades, classes and groups of the school year that today lies in.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, get_args

from sqlalchemy import ColumnElement, Select, and_, or_, select, tuple_
from sqlalchemy.orm import Session

from desktop.domain.audience import CITY_OFFICE, EVERYWHERE, Audience, Part, PartKind, parse_audience
from desktop.domain.schools import SchoolKind, school_year
from desktop.store.tables import (
    Child,
    Enrolment,
    Grade,
    Group,
    Homeroom,
    Membership,
    Notice,
    Placement,
    RoleGrant,
    SavedList,
    School,
)


@dataclass(frozen=True, slots=True)
class Place:
    """What a part stands for in the tables.

    `ref` is the id of its grade, homeroom, group, child, list or notice. `school_ids` are the schools it reaches into;
    None is the whole city. `label` is its own name, without its school's; empty for the city and a type of school.
    A saved list holds the places of its own rule, and the parts of it that stand for nothing any more.
    """

    part: Part
    label: str
    school: str
    school_ids: frozenset[int] | None
    ref: int | None = None
    include: tuple["Place", ...] = ()
    exclude: tuple["Place", ...] = ()
    unknown: tuple[Part, ...] = ()

    @property
    def leaves(self) -> tuple["Place", ...]:
        """The places of which it is made: those of a list, or itself."""
        return (*self.include, *self.exclude) if self.part.kind is PartKind.LIST else (self,)


def unknown_parts(session: Session, audience: Audience, today: date) -> tuple[str, ...]:
    """The parts, included or excluded, that stand for nothing in today's school year."""
    parts = [*audience.include, *audience.exclude]
    return unknown_among(parts, resolve(session, parts, today))


def unknown_among(parts: Iterable[Part], places: Mapping[Part, Place]) -> tuple[str, ...]:
    """What of these stands for nothing, as written; a part of a list behind the list's own."""
    return tuple(
        written
        for part in parts
        for written in ([f"{part}: {inner}" for inner in places[part].unknown] if part in places else [str(part)])
    )


def resolve(session: Session, parts: Iterable[Part], today: date) -> dict[Part, Place]:
    """Look parts up; those that stand for nothing are missing from the answer. At most one statement a kind."""
    wanted = list(dict.fromkeys(parts))
    lists = _lists(session, [part for part in wanted if part.kind is PartKind.LIST])
    within = [part for _, rule in lists.values() for part in (*rule.include, *rule.exclude)]
    by_kind: dict[PartKind, list[Part]] = {}
    for part in dict.fromkeys([*wanted, *within]):
        by_kind.setdefault(part.kind, []).append(part)
    found: dict[Part, Place] = {}
    for kind, named in by_kind.items():
        if kind is not PartKind.LIST:
            found |= _LOOKUPS[kind](session, named, today)
    for part, (place, rule) in lists.items():
        found[part] = replace(
            place,
            include=tuple(found[inner] for inner in rule.include if inner in found),
            exclude=tuple(found[inner] for inner in rule.exclude if inner in found),
            unknown=tuple(inner for inner in (*rule.include, *rule.exclude) if inner not in found),
        )
    return {part: found[part] for part in wanted if part in found}


def enrolled_on(today: date) -> ColumnElement[bool]:
    """An enrolment is open on this day, in the school year of this day."""
    return and_(Enrolment.year == school_year(today), open_on(Enrolment, today))


def open_on(dated: type[Enrolment | Placement | Membership], today: date) -> ColumnElement[bool]:
    return and_(dated.from_date <= today, or_(dated.to_date.is_(None), dated.to_date >= today))


def main_placement_on(today: date) -> ColumnElement[bool]:
    """A placement is the child's own class on this day."""
    return and_(Placement.kind == "main", open_on(Placement, today))


def granted_on(today: date) -> ColumnElement[bool]:
    """A grant holds on this day."""
    return and_(
        or_(RoleGrant.from_date.is_(None), RoleGrant.from_date <= today),
        or_(RoleGrant.to_date.is_(None), RoleGrant.to_date >= today),
    )


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


def _staff_places(session: Session, parts: Sequence[Part], today: date) -> dict[Part, Place]:
    wide = {part: Place(part, "", "", None) for part in parts if part.school in {CITY_OFFICE, EVERYWHERE}}
    return _schools(session, [part for part in parts if part not in wide], today) | wide


def _lists(session: Session, parts: Sequence[Part]) -> dict[Part, tuple[Place, Audience]]:
    """The saved lists of these names, each with its rule."""
    if not parts:
        return {}
    rows = session.execute(
        select(SavedList, School.name)
        .outerjoin(School, School.id == SavedList.school_id)
        .where(SavedList.name.in_({part.ref for part in parts}))
    ).all()
    known = {saved.name: (saved, school) for saved, school in rows}
    return {
        part: (
            Place(
                part,
                saved.name,
                school or "",
                None if saved.school_id is None else frozenset({saved.school_id}),
                saved.id,
            ),
            parse_audience(saved.include, saved.exclude),
        )
        for part in parts
        if part.ref in known
        for saved, school in [known[part.ref]]
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
    PartKind.STAFF: _staff_places,
    PartKind.UNCONFIRMED: _unconfirmed,
}
