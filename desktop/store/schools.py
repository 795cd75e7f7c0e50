"""Schools and their parts: the tree of the rosters, and writing it."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, func, or_, select, true
from sqlalchemy.orm import Session, aliased

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
from desktop.store.enrolled import enrolled_in, open_on, within
from desktop.store.tables import Enrolment, Grade, Group, Homeroom, Membership, Placement, School, SchoolYear

_UNPLACED_POSITION = 99
_NAMED_POSITION = 98

_ROW = (
    School.id,
    School.code,
    School.name,
    School.kind,
    School.phone,
    School.email,
    School.version,
    School.accepts_unseen,
)


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
    numbers = _numbers(session, ids, places, year, today)
    grades = _grades(session, ids, places, year, numbers)
    groups = _groups(session, ids, places, numbers)
    return [
        SchoolTree(
            school,
            year,
            numbers.schools[school.id],
            tuple(grades.get(school.id, ())),
            tuple(groups.get(school.id, ())),
            numbers.placeless[school.id],
        )
        for school in schools
    ]


@dataclass(frozen=True, slots=True)
class _Numbers:
    """Children by school, homeroom, grade and group, and by school those without any class."""

    schools: Counter[int]
    homerooms: Counter[int]
    grades: Counter[int]
    groups: Counter[int]
    placeless: Counter[int]


def _numbers(session: Session, ids: Collection[int], places: Places, year: int, today: date) -> _Numbers:
    """Count by main classes, then add those who are in a second class; the second ones are few."""
    seen = and_(Enrolment.school_id.in_(ids), enrolled_in(year, today), within(places))
    day = day_in_year(today, year)
    numbers = _Numbers(Counter(), Counter(), Counter(), Counter(), Counter())
    for school_id, room_id, grade_id, children in _by_main_class(session, seen, day):
        numbers.schools[school_id] += children
        if room_id is None or grade_id is None:
            numbers.placeless[school_id] += children
        else:
            numbers.homerooms[room_id] += children
            numbers.grades[grade_id] += children
    for school_id, _, second, main in _second_classes(session, seen, day):
        numbers.homerooms.update(second.keys())
        numbers.grades.update(set(second.values()) - {main})
        if main is None:
            numbers.placeless[school_id] -= 1
    members = (
        select(Membership.group_id, func.count(Enrolment.child_id.distinct()))
        .join(Enrolment, Enrolment.id == Membership.enrolment_id)
        .where(seen, open_on(Membership, day))
        .group_by(Membership.group_id)
    )
    for group_id, children in session.execute(members):
        numbers.groups[group_id] = children
    return numbers


def _by_main_class(
    session: Session, seen: ColumnElement[bool], day: date
) -> Iterator[tuple[int, int | None, int | None, int]]:
    """School, main homeroom and its grade (None where there is none), number of children."""
    main = and_(Placement.enrolment_id == Enrolment.id, Placement.kind == "main", open_on(Placement, day))
    rows = session.execute(
        select(Enrolment.school_id, Placement.homeroom_id, func.count())
        .select_from(Enrolment)
        .outerjoin(Placement, main)
        .where(seen)
        .group_by(Enrolment.school_id, Placement.homeroom_id)
    ).all()
    grades = _grade_of(session, {room_id for _, room_id, _ in rows if room_id is not None})
    for school_id, room_id, children in rows:
        yield school_id, room_id, grades.get(room_id), children


def _second_classes(
    session: Session, seen: ColumnElement[bool], day: date
) -> Iterator[tuple[int, int, dict[int, int], int | None]]:
    """Enrolments with a special or exchange class: school, id, those classes with their grades, the main grade."""
    main, main_room = aliased(Placement), aliased(Homeroom)
    rows = session.execute(
        select(Enrolment.school_id, Enrolment.id, Homeroom.id, Homeroom.grade_id, main_room.grade_id)
        .join(Placement, Placement.enrolment_id == Enrolment.id)
        .join(Homeroom, Homeroom.id == Placement.homeroom_id)
        .outerjoin(main, and_(main.enrolment_id == Enrolment.id, main.kind == "main", open_on(main, day)))
        .outerjoin(main_room, main_room.id == main.homeroom_id)
        .where(seen, Placement.kind != "main", open_on(Placement, day))
    )
    found: dict[int, tuple[int, int, dict[int, int], int | None]] = {}
    for school_id, enrolment_id, room_id, grade_id, main_grade in rows:
        entry = found.setdefault(enrolment_id, (school_id, enrolment_id, {}, main_grade))
        entry[2][room_id] = grade_id
    return iter(found.values())


def _grade_of(session: Session, homeroom_ids: Collection[int]) -> dict[int | None, int]:
    rows = session.execute(select(Homeroom.id, Homeroom.grade_id).where(Homeroom.id.in_(homeroom_ids)))
    return {room_id: grade_id for room_id, grade_id in rows}  # noqa: C416 - rows are no pairs to mypy


def _grades(
    session: Session, ids: Collection[int], places: Places, year: int, numbers: _Numbers
) -> Mapping[int, list[GradeNode]]:
    rooms = _homerooms(session, ids, places, year, numbers)
    nodes: dict[int, list[GradeNode]] = {}
    for grade in session.execute(
        select(Grade.id, Grade.school_id, Grade.code, Grade.name)
        .where(Grade.school_id.in_(ids), Grade.year == year)
        .order_by(Grade.position, Grade.code)
    ):
        inside = tuple(rooms.get(grade.id, ()))
        if inside or _whole_school(places, grade.school_id):
            node = GradeNode(grade.id, grade.code, grade.name, numbers.grades[grade.id], inside)
            nodes.setdefault(grade.school_id, []).append(node)
    return nodes


def _whole_school(places: Places, school_id: int) -> bool:
    return places.everywhere or school_id in places.schools


def _homerooms(
    session: Session, ids: Collection[int], places: Places, year: int, numbers: _Numbers
) -> Mapping[int, list[HomeroomNode]]:
    nodes: dict[int, list[HomeroomNode]] = {}
    for room in session.execute(
        select(Homeroom.id, Homeroom.school_id, Homeroom.grade_id, Homeroom.label, Homeroom.name, Homeroom.unplaced)
        .where(Homeroom.school_id.in_(ids), Homeroom.year == year)
        .order_by(Homeroom.unplaced, Homeroom.position, Homeroom.label)
    ):
        if _whole_school(places, room.school_id) or room.id in places.homerooms:
            node = HomeroomNode(room.id, room.label, room.name, room.unplaced, numbers.homerooms[room.id])
            nodes.setdefault(room.grade_id, []).append(node)
    return nodes


def _groups(session: Session, ids: Collection[int], places: Places, numbers: _Numbers) -> Mapping[int, list[GroupNode]]:
    nodes: dict[int, list[GroupNode]] = {}
    for group in session.execute(
        select(Group.id, Group.school_id, Group.kind, Group.name)
        .where(Group.school_id.in_(ids), Group.closed_on.is_(None))
        .order_by(Group.kind, Group.name)
    ):
        if _whole_school(places, group.school_id) or group.id in places.groups:
            node = GroupNode(group.id, group.kind, group.name, numbers.groups[group.id])
            nodes.setdefault(group.school_id, []).append(node)
    return nodes


# Writing


def add(
    session: Session,
    *,
    code: str,
    name: str,
    kind: str,
    phone: str,
    email: str,
    year: int,
    accepts_unseen: bool = False,
) -> int:
    """A new school with one school year. Raises UserError("school.code_taken")."""
    if id_by_code(session, code) is not None:
        raise UserError("school.code_taken", school=code)
    school = School(code=code, name=name, kind=kind, phone=phone, email=email, accepts_unseen=accepts_unseen)
    session.add(school)
    session.flush()
    add_year(session, school.id, year)
    return school.id


def change(session: Session, school_id: int, seen: int, values: Mapping[str, str | bool]) -> list[str]:
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
