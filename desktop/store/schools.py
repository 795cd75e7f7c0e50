"""Schools and their parts: the tree of the rosters, and writing it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Select, and_, func, not_, or_, select, true
from sqlalchemy.orm import Session

from desktop.domain.errors import UserError
from desktop.domain.rosters.places import UNPLACED_NAME, grade_name
from desktop.domain.schools import (
    GradeNode,
    GroupNode,
    HomeroomNode,
    SchoolRow,
    SchoolTree,
    day_in_year,
    first_day,
    last_day,
)
from desktop.domain.staff import CITY, Places, Scope, ScopeKind
from desktop.store import audit
from desktop.store.enrolled import enrolled_in, open_on, placed, within
from desktop.store.tables import Enrolment, Grade, Group, Homeroom, Membership, Placement, School, SchoolYear

_UNPLACED_POSITION = 99
_NAMED_POSITION = 98

_ROW = (School.id, School.code, School.name, School.kind, School.phone, School.email, School.version)


def rows(session: Session, ids: Collection[int] | None, *, today: date | None = None) -> list[SchoolRow]:
    """Schools by their codes; `ids` None means all. With `today`, without those closed by then."""
    statement = select(*_ROW).where(School.id.in_(ids) if ids is not None else true()).order_by(School.code)
    if today is not None:
        statement = statement.where(or_(School.closed_on.is_(None), School.closed_on > today))
    return [SchoolRow(*row) for row in session.execute(statement)]  # type: ignore[arg-type]  # kind: see its CHECK


def id_by_code(session: Session, code: str) -> int | None:
    return session.scalar(select(School.id).where(School.code == code))


@dataclass(frozen=True, slots=True)
class Directory:
    """Schools by their codes, and their classes and groups by (code, label or name)."""

    schools: Mapping[str, int]
    homerooms: Mapping[tuple[str, str], int]
    groups: Mapping[tuple[str, str], int]

    def scope(self, code: str, part: str) -> Scope:
        """What a school's code and a class or group (both may be empty) stand for.

        Raises UserError("school.unknown") or UserError("school.part_unknown").
        """
        if not code:
            return CITY
        if code not in self.schools:
            raise UserError("school.unknown", school=code)
        if not part:
            return Scope(ScopeKind.SCHOOL, self.schools[code])
        if (code, part) in self.homerooms:
            return Scope(ScopeKind.HOMEROOM, self.schools[code], self.homerooms[code, part])
        if (code, part) in self.groups:
            return Scope(ScopeKind.GROUP, self.schools[code], self.groups[code, part])
        raise UserError("school.part_unknown", school=code, part=part)


def directory(session: Session, year: int) -> Directory:
    """All schools with the year's classes and their groups."""
    codes = {id_: code for id_, code in session.execute(select(School.id, School.code))}  # noqa: C416 - rows are no pairs to mypy
    rooms = session.execute(select(Homeroom.school_id, Homeroom.label, Homeroom.id).where(Homeroom.year == year))
    groups = session.execute(select(Group.school_id, Group.name, Group.id))
    return Directory(
        {code: id_ for id_, code in codes.items()},
        {(codes[school], label): id_ for school, label, id_ in rooms},
        {(codes[school], name): id_ for school, name, id_ in groups},
    )


def years(session: Session, school_id: int) -> list[int]:
    """The school years a school has, the newest first."""
    found = session.scalars(
        select(SchoolYear.year).where(SchoolYear.school_id == school_id).order_by(SchoolYear.year.desc())
    )
    return list(found)


def trees(session: Session, schools: Iterable[SchoolRow], places: Places, year: int, today: date) -> list[SchoolTree]:
    """The trees of these schools, pruned to what lies in `places`, by a fixed number of statements."""
    schools = list(schools)
    ids = [school.id for school in schools]
    seen = and_(Enrolment.school_id.in_(ids), enrolled_in(year, today), within(places))
    day = day_in_year(today, year)
    totals = _totals(session, seen)
    placeless = _totals(session, and_(seen, not_(placed(None, None, day))))
    grades = _grades(session, ids, places, year, seen, day)
    groups = _groups(session, ids, places, seen, day)
    return [
        SchoolTree(
            school,
            year,
            totals.get(school.id, 0),
            tuple(grades.get(school.id, ())),
            tuple(groups.get(school.id, ())),
            placeless.get(school.id, 0),
        )
        for school in schools
    ]


def _totals(session: Session, seen: ColumnElement[bool]) -> dict[int, int]:
    statement = (
        select(Enrolment.school_id, func.count(Enrolment.child_id.distinct())).where(seen).group_by(Enrolment.school_id)
    )
    return _counted(session, statement)


def _counted(session: Session, statement: Select[int, int]) -> dict[int, int]:
    return {key: number for key, number in session.execute(statement)}  # noqa: C416 - rows are no pairs to mypy


def _grades(
    session: Session, ids: Collection[int], places: Places, year: int, seen: ColumnElement[bool], day: date
) -> Mapping[int, list[GradeNode]]:
    rooms = _homerooms(session, ids, places, year, seen, day)
    in_grade = _counted(
        session,
        select(Homeroom.grade_id, func.count(Enrolment.child_id.distinct()))
        .join(Placement, Placement.homeroom_id == Homeroom.id)
        .join(Enrolment, Enrolment.id == Placement.enrolment_id)
        .where(seen, open_on(Placement, day))
        .group_by(Homeroom.grade_id),
    )
    nodes: dict[int, list[GradeNode]] = {}
    for grade in session.execute(
        select(Grade.id, Grade.school_id, Grade.code, Grade.name)
        .where(Grade.school_id.in_(ids), Grade.year == year)
        .order_by(Grade.position, Grade.code)
    ):
        inside = tuple(rooms.get(grade.id, ()))
        if inside or _whole_school(places, grade.school_id):
            node = GradeNode(grade.id, grade.code, grade.name, in_grade.get(grade.id, 0), inside)
            nodes.setdefault(grade.school_id, []).append(node)
    return nodes


def _whole_school(places: Places, school_id: int) -> bool:
    return places.everywhere or school_id in places.schools


def _homerooms(
    session: Session, ids: Collection[int], places: Places, year: int, seen: ColumnElement[bool], day: date
) -> Mapping[int, list[HomeroomNode]]:
    numbers = _counted(
        session,
        select(Placement.homeroom_id, func.count(Enrolment.child_id.distinct()))
        .join(Enrolment, Enrolment.id == Placement.enrolment_id)
        .where(seen, open_on(Placement, day))
        .group_by(Placement.homeroom_id),
    )
    nodes: dict[int, list[HomeroomNode]] = {}
    for room in session.execute(
        select(Homeroom.id, Homeroom.school_id, Homeroom.grade_id, Homeroom.label, Homeroom.name, Homeroom.unplaced)
        .where(Homeroom.school_id.in_(ids), Homeroom.year == year)
        .order_by(Homeroom.unplaced, Homeroom.position, Homeroom.label)
    ):
        if _whole_school(places, room.school_id) or room.id in places.homerooms:
            node = HomeroomNode(room.id, room.label, room.name, room.unplaced, numbers.get(room.id, 0))
            nodes.setdefault(room.grade_id, []).append(node)
    return nodes


def _groups(
    session: Session, ids: Collection[int], places: Places, seen: ColumnElement[bool], day: date
) -> Mapping[int, list[GroupNode]]:
    numbers = _counted(
        session,
        select(Membership.group_id, func.count(Enrolment.child_id.distinct()))
        .join(Enrolment, Enrolment.id == Membership.enrolment_id)
        .where(seen, open_on(Membership, day))
        .group_by(Membership.group_id),
    )
    nodes: dict[int, list[GroupNode]] = {}
    for group in session.execute(
        select(Group.id, Group.school_id, Group.kind, Group.name)
        .where(Group.school_id.in_(ids), or_(Group.closed_on.is_(None), Group.closed_on > day))
        .order_by(Group.kind, Group.name)
    ):
        if _whole_school(places, group.school_id) or group.id in places.groups:
            node = GroupNode(group.id, group.kind, group.name, numbers.get(group.id, 0))
            nodes.setdefault(group.school_id, []).append(node)
    return nodes


# Writing


def add(session: Session, *, code: str, name: str, kind: str, phone: str, email: str, year: int) -> int:
    """A new school with one school year. Raises UserError("school.code_taken")."""
    if id_by_code(session, code) is not None:
        raise UserError("school.code_taken", school=code)
    school = School(code=code, name=name, kind=kind, phone=phone, email=email)
    session.add(school)
    session.flush()
    add_year(session, school.id, year)
    return school.id


def change(session: Session, school_id: int, seen: int, values: Mapping[str, str]) -> list[str]:
    """Give a school other values; which of them changed. Raises UserError("changed_elsewhere"), ("not_found")."""
    school = session.get(School, school_id, with_for_update=True)
    if school is None:
        raise UserError("not_found")
    audit.require_version(session, "school", school_id, seen, school.version)
    changed = [field for field, value in values.items() if getattr(school, field) != value]
    for field in changed:
        setattr(school, field, values[field])
    session.flush()
    return changed


def add_year(session: Session, school_id: int, year: int) -> None:
    """Give a school a school year, if it has not got it."""
    known = session.scalar(select(SchoolYear.id).where(SchoolYear.school_id == school_id, SchoolYear.year == year))
    if known is None:
        session.add(SchoolYear(school_id=school_id, year=year, starts_on=first_day(year), ends_on=last_day(year)))
        session.flush()


def add_homeroom(session: Session, school_id: int, year: int, grade_code: str, name: str) -> int:
    """A new class, and its grade if need be. Raises UserError("homeroom.taken")."""
    add_year(session, school_id, year)
    grade = _grade(session, school_id, year, grade_code)
    label = f"{grade_code}-{name}"
    taken = select(Homeroom.id).where(Homeroom.school_id == school_id, Homeroom.year == year, Homeroom.label == label)
    if session.scalar(taken) is not None:
        raise UserError("homeroom.taken", label=label)
    room = _homeroom(grade, name, unplaced=False)
    session.add(room)
    session.flush()
    return room.id


def _grade(session: Session, school_id: int, year: int, code: str) -> Grade:
    """The grade, made if need be with its class for those who have none yet (A25)."""
    of_code = (Grade.school_id == school_id, Grade.year == year, Grade.code == code)
    found = session.scalar(select(Grade).where(*of_code))
    if found is not None:
        return found
    kind = session.get_one(School, school_id).kind
    grade = Grade(school_id=school_id, year=year, code=code, name=grade_name(code, kind), position=int(code))
    session.add(grade)
    session.flush()
    session.add(_homeroom(grade, UNPLACED_NAME, unplaced=True))
    session.flush()
    return grade


def _homeroom(grade: Grade, name: str, *, unplaced: bool) -> Homeroom:
    """Classes with numbers stand in their order, before those with names; the one for the unplaced comes last."""
    number = int(name) if name.isascii() and name.isdigit() and len(name) < 3 else _NAMED_POSITION
    return Homeroom(
        school_id=grade.school_id,
        year=grade.year,
        grade_id=grade.id,
        name=name,
        label=f"{grade.code}-{name}",
        unplaced=unplaced,
        position=_UNPLACED_POSITION if unplaced else number,
    )


def add_group(session: Session, school_id: int, kind: str, name: str) -> int:
    """Raises UserError("group.taken")."""
    if session.scalar(select(Group.id).where(Group.school_id == school_id, Group.name == name)) is not None:
        raise UserError("group.taken", name=name)
    group = Group(school_id=school_id, kind=kind, name=name)
    session.add(group)
    session.flush()
    return group.id
