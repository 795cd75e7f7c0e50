"""Schools, their trees, and the parts one writes notices to."""

import pytest
from sqlalchemy import event

from desktop.domain.errors import UserError
from desktop.domain.staff import Actor, ActorKind, Grant, Role, Scope, ScopeKind
from desktop.services.schools import Schools
from desktop.store import audit
from desktop.store.db import Store
from desktop.store.tables import Placement
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
