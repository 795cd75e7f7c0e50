"""Schools, their trees, and the parts one writes notices to."""

from dataclasses import replace

import pytest
from sqlalchemy import event, select

from desktop.domain.errors import UserError
from desktop.domain.schools import SchoolForm
from desktop.domain.staff import Actor, ActorKind, Grant, Role, Scope, ScopeKind
from desktop.services.schools import Schools
from desktop.store import audit
from desktop.store.db import Store
from desktop.store.tables import Enrolment, Placement
from tests.conftest import Clock
from tests.make import Make


class City:
    """An eastern school with 3-1 (two children, one of them in the club) and an empty 3-2, and a western one."""

    def __init__(self, store: Store, make: Make) -> None:
        with store.write(make.principal()) as session:
            make.installation(session)
            self.east = make.school(session)
            self.west = make.school(session, "H002", "にし中学校", "junior_high")
            self.room1 = make.homeroom(session, self.east, "3-1")
            self.room2 = make.homeroom(session, self.east, "3-2")
            self.west_room = make.homeroom(session, self.west, "1-1")
            self.club = make.group(session, self.east)
            self.first = make.child(session, self.room1, groups=(self.club,))
            self.second = make.child(session, self.room1)
            make.child(session, self.west_room)
            self.clerk = make.staff(session, Role.CLERK, school=self.east)
            audit.record(session, "added", "school")


@pytest.fixture
def city(store: Store, make: Make) -> City:
    return City(store, make)


@pytest.fixture
def schools(store: Store, clock: Clock) -> Schools:
    return Schools(store, clock)


def test_a_tree_counts_the_children_of_each_part(schools: Schools, city: City) -> None:
    tree = schools.tree(city.clerk, city.east.id)
    (grade,) = tree.grades
    assert (tree.year, tree.children, tree.placeless, grade.code, grade.children) == (2026, 2, 0, "3", 2)
    assert [(room.label, room.unplaced, room.children) for room in grade.homerooms] == [
        ("3-1", False, 2),
        ("3-2", False, 0),
        ("3-未定", True, 0),
    ]
    assert [(group.name, group.children) for group in tree.groups] == [("サッカー部", 1)]


def test_children_without_a_class_are_counted_apart(schools: Schools, city: City, store: Store, make: Make) -> None:
    with store.write(make.principal()) as session:
        session.delete(session.query(Placement).order_by(Placement.id).first())
        audit.record(session, "removed", "placement")
    tree = schools.tree(city.clerk, city.east.id)
    assert (tree.children, tree.placeless, tree.grades[0].children) == (2, 1, 1)


def test_another_year_has_its_own_tree(schools: Schools, city: City) -> None:
    tree = schools.tree(city.clerk, city.east.id, 2027)
    assert (tree.children, tree.grades) == (0, ())


def test_a_clerk_sees_their_own_school_alone(schools: Schools, city: City, make: Make) -> None:
    assert [school.code for school in schools.all(city.clerk)] == ["H001"]
    assert [tree.school.code for tree in schools.trees(city.clerk)] == ["H001"]
    assert [school.code for school in schools.all(make.principal())] == ["H001", "H002"]
    with pytest.raises(UserError, match="forbidden"):
        schools.tree(city.clerk, city.west.id)
    with pytest.raises(UserError, match="forbidden"):
        schools.years(city.clerk, city.west.id)
    assert schools.years(city.clerk, city.east.id) == [2026]


def test_a_teacher_sees_the_branch_of_their_class(schools: Schools, city: City) -> None:
    grant = Grant(Role.CLERK, Scope(ScopeKind.HOMEROOM, city.east.id, city.room1.id))
    tree = schools.tree(Actor(ActorKind.STAFF, "teacher", None, (grant,)), city.east.id)
    assert [room.label for grade in tree.grades for room in grade.homerooms] == ["3-1"]
    assert (tree.children, tree.groups) == (2, ())


def test_all_trees_cost_the_same_statements(schools: Schools, city: City, store: Store, make: Make) -> None:
    statements: list[str] = []
    event.listen(store.engine, "before_cursor_execute", lambda *call: statements.append(call[2]))
    schools.tree(city.clerk, city.east.id)
    one = len(statements)
    schools.trees(make.principal())
    assert len(statements) == 2 * one


def test_the_parts_of_a_school_go_from_wide_to_narrow(schools: Schools, city: City) -> None:
    assert schools.parts(city.clerk, city.east.id) == [
        ("school:H001", "ひがし小学校"),
        ("grade:H001/3", "3年"),
        ("homeroom:H001/3-1", "3-1"),
        ("homeroom:H001/3-2", "3-2"),
        ("homeroom:H001/3-未定", "3-未定"),
        ("group:H001/サッカー部", "サッカー部"),
    ]
    assert schools.parts(city.clerk, city.west.id) == []


def test_the_city_and_its_types_stand_before_the_schools(schools: Schools, city: City, make: Make) -> None:
    parts = schools.parts(make.principal())
    assert parts[:4] == [
        ("city", "The whole city"),
        ("type:primary", "All primary schools"),
        ("type:junior_high", "All junior high schools"),
        ("school:H001", "ひがし小学校"),
    ]
    assert ("homeroom:H002/1-1", "にし中学校 1-1") in parts


# Changing them

WEST = SchoolForm("Ｈ００３", " みなみ小学校 ", "primary", "082-000-0003", "minami@school.example")


def test_a_new_school_has_its_year_and_is_seen(schools: Schools, city: City, make: Make) -> None:
    school_id = schools.add(make.principal(), WEST)
    row = next(row for row in schools.all(make.principal()) if row.id == school_id)
    assert (row.code, row.name, row.phone, row.version) == ("H003", "みなみ小学校", "082-000-0003", 1)
    assert schools.years(make.principal(), school_id) == [2026]
    with pytest.raises(UserError, match=r"school\.code_taken"):
        schools.add(make.principal(), WEST)


def test_a_school_is_changed_by_one_at_a_time(schools: Schools, city: City, make: Make) -> None:
    school_id = schools.add(make.principal(), WEST)
    schools.save(make.principal(), replace(WEST, name="南小学校", id=school_id, version=1))
    row = next(row for row in schools.all(make.principal()) if row.id == school_id)
    assert (row.code, row.name, row.version) == ("H003", "南小学校", 2)
    with pytest.raises(UserError, match="changed_elsewhere"):
        schools.save(make.principal(), replace(WEST, id=school_id, version=1))


def test_what_a_school_cannot_be_is_named(schools: Schools) -> None:
    form = SchoolForm("H 1/2", " ", "castle", "0" * 41, "mail")  # type: ignore[arg-type]  # as a caller may get it wrong
    assert [(problem.field, problem.code) for problem in schools.check(form)] == [
        ("code", "school.code_syntax"),
        ("name", "required"),
        ("kind", "required"),
        ("phone", "name.too_long"),
        ("email", "mail.syntax"),
    ]
    assert schools.check(WEST) == []


def test_a_class_brings_its_grade_along(schools: Schools, city: City, make: Make) -> None:
    schools.add_homeroom(city.clerk, city.east.id, 2026, "４", "1")
    with pytest.raises(UserError, match=r"homeroom\.taken"):
        schools.add_homeroom(city.clerk, city.east.id, 2026, "4", "1")
    schools.add_homeroom(city.clerk, city.east.id, 2026, "4", "ひまわり")
    grade = schools.tree(city.clerk, city.east.id).grades[1]
    assert (grade.code, grade.name) == ("4", "4年")
    assert [(room.label, room.unplaced) for room in grade.homerooms] == [
        ("4-1", False),
        ("4-ひまわり", False),
        ("4-未定", True),
    ]


def test_a_group_is_added_once(schools: Schools, city: City) -> None:
    schools.add_group(city.clerk, city.east.id, "other", " 図書委員会 ")
    assert [group.name for group in schools.tree(city.clerk, city.east.id).groups] == ["サッカー部", "図書委員会"]
    with pytest.raises(UserError, match=r"group\.taken"):
        schools.add_group(city.clerk, city.east.id, "other", "図書委員会")


@pytest.mark.parametrize("name", ["", " 　", "a/b", "a;b", "\x00", "あ" * 41])
def test_a_name_that_no_audience_could_hold_is_refused(schools: Schools, city: City, name: str) -> None:
    with pytest.raises(UserError, match=r"part\.name_wrong"):
        schools.add_group(city.clerk, city.east.id, "club", name)
    with pytest.raises(UserError, match=r"part\.name_wrong"):
        schools.add_homeroom(city.clerk, city.east.id, 2026, "3", name)


@pytest.mark.parametrize("grade", ["", "0", "10", "x"])
def test_there_is_no_such_grade(schools: Schools, city: City, grade: str) -> None:
    with pytest.raises(UserError, match=r"grade\.unknown"):
        schools.add_homeroom(city.clerk, city.east.id, 2026, grade, "1")


def test_only_who_may_changes_schools(schools: Schools, city: City) -> None:
    with pytest.raises(UserError, match="forbidden"):
        schools.add(city.clerk, WEST)
    with pytest.raises(UserError, match="forbidden"):
        schools.save(city.clerk, replace(WEST, id=city.east.id, version=1))
    with pytest.raises(UserError, match="forbidden"):
        schools.add_homeroom(city.clerk, city.west.id, 2026, "1", "2")
    with pytest.raises(UserError, match="forbidden"):
        schools.add_group(city.clerk, city.west.id, "club", "将棋部")


def test_a_second_class_counts_too_but_a_child_once_in_its_grade(
    schools: Schools, city: City, store: Store, make: Make
) -> None:
    with store.write(make.principal()) as session:
        special = make.homeroom(session, city.east, "3-なかよし")
        other = make.homeroom(session, city.east, "4-1")
        enrolments = select(Enrolment).where(Enrolment.child_id == city.first.id)
        enrolment = session.scalars(enrolments).one()
        for room in (special, other):
            session.add(
                Placement(
                    enrolment_id=enrolment.id,
                    school_id=city.east.id,
                    homeroom_id=room.id,
                    kind="exchange",
                    from_date=enrolment.from_date,
                )
            )
        audit.record(session, "added", "placement")
    tree = schools.tree(city.clerk, city.east.id)
    counted = {room.label: room.children for grade in tree.grades for room in grade.homerooms if room.children}
    assert counted == {"3-1": 2, "3-なかよし": 1, "4-1": 1}
    assert [(grade.code, grade.children) for grade in tree.grades] == [("3", 2), ("4", 1)]
    assert (tree.children, tree.placeless) == (2, 0)
