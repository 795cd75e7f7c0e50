"""Long lists of the rosters: the top first, then the rest; a city's tree."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest
from PySide6.QtCore import QModelIndex
from pytestqt.qtbot import QtBot

from desktop.domain.people import ChildRow, ListQuery, Node, Opening
from desktop.domain.staff import Actor, Role
from desktop.services.people import FIRST_ROWS
from desktop.store import audit, people_lists
from desktop.store.db import Store
from desktop.ui.app_context import AppContext
from desktop.ui.rosters.listing import Listing
from desktop.ui.rosters.places import Place
from desktop.ui.rosters.tree import NODE_ROLE, PlacesTree
from desktop.ui.tasks import InlineTasks, Tasks
from tests.make import Make
from tests.ui.office import app_context

CHILDREN = FIRST_ROWS + 20
PATIENCE_S = 10


@pytest.fixture
def clerk(sqlite_store: Store, make: Make) -> Actor:
    with sqlite_store.write(make.principal()) as session:
        school = make.school(session)
        room = make.homeroom(session, school)
        for number in range(CHILDREN):
            make.child(session, room, "森", f"{number:03}", number=str(number))
        audit.record(session, "added", "child")
        return make.staff(session, Role.CLERK, school=school)


@pytest.fixture
def context(
    sqlite_store: Store, inline: InlineTasks, clerk: Actor, clock: Callable[[], datetime], tmp_path: object
) -> AppContext:
    return app_context(sqlite_store, inline, clerk, clock, tmp_path)  # type: ignore[arg-type]  # a Path


class Heard:
    """What a listing said."""

    def __init__(self, context: AppContext) -> None:
        self.listing = Listing(context, context.tasks)
        self.said: list[tuple[str, int]] = []
        self.tops: list[Opening[object]] = []
        self.listing.top_came.connect(self._take_top)
        self.listing.all_came.connect(lambda _kind, _query, ids: self.said.append(("all", len(ids))))

    def _take_top(self, _kind: str, _query: ListQuery, top: Opening[object]) -> None:
        self.tops.append(top)
        self.said.append(("top", len(top.rows)))


def test_a_long_list_comes_in_two_parts(qtbot: QtBot, context: AppContext) -> None:
    heard = Heard(context)
    heard.listing.load("child", ListQuery(order=""))
    qtbot.waitUntil(lambda: len(heard.said) == 2, timeout=5000)
    assert heard.said == [("top", FIRST_ROWS), ("all", CHILDREN)]


def test_a_short_one_in_one(context: AppContext) -> None:
    heard = Heard(context)
    heard.listing.load("child", ListQuery(typed="005", order=""))
    assert heard.said == [("top", 1)]
    assert heard.tops[0].whole


def test_the_list_that_is_shown_is_fetched_anew_as_a_whole(qtbot: QtBot, context: AppContext) -> None:
    heard = Heard(context)
    heard.listing.load("child", ListQuery(order=""))
    qtbot.waitUntil(lambda: len(heard.said) == 2, timeout=5000)
    heard.listing.load("child", ListQuery(order=""))
    assert heard.said[2:] == [("all", CHILDREN)]


def test_a_list_from_its_end_comes_as_a_whole(context: AppContext) -> None:
    heard = Heard(context)
    heard.listing.load("child", ListQuery(order="-kana"))
    assert heard.said == [("all", CHILDREN)]


def test_all_that_was_found_for_a_letter_is_fetched_when_nobody_types_on(qtbot: QtBot, context: AppContext) -> None:
    heard = Heard(context)
    for typed in ("森", "森0"):
        heard.listing.load("child", ListQuery(typed=typed, order=""))
    heard.listing.load("child", ListQuery(typed="森", order=""))
    qtbot.waitUntil(lambda: ("all", CHILDREN) in heard.said, timeout=5000)
    assert heard.said == [("top", FIRST_ROWS), ("top", FIRST_ROWS), ("top", FIRST_ROWS), ("all", CHILDREN)]


def test_very_many_found_ones_say_that_they_stand_by_what_was_typed(
    context: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = Heard(context)
    heard.listing.load("child", ListQuery(typed="森", order=""))
    monkeypatch.setattr(people_lists, "MOST_SORTED", 10)
    heard.listing.load("child", ListQuery(typed="森", order="kana"))
    heard.listing.load("child", ListQuery(typed="森 ", order=""))
    assert [top.by_key for top in heard.tops] == [False, False, True]


def test_a_slow_database_is_said_to_be_slow_and_the_window_lives_on(
    qtbot: QtBot, tasks: Tasks, context: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_answer = threading.Event()
    answer = context.people.first_children

    def slowly(actor: Actor, query: ListQuery) -> Opening[ChildRow] | None:
        may_answer.wait(PATIENCE_S)
        return answer(actor, query)

    monkeypatch.setattr(context.people, "first_children", slowly)
    heard = Heard(replace(context, tasks=tasks))
    with qtbot.waitSignal(heard.listing.late) as late:
        heard.listing.load("child", ListQuery(typed="005", order=""))
    assert late.args == [True]
    with qtbot.waitSignal(heard.listing.late) as late:
        may_answer.set()
    assert late.args == [False]
    assert heard.said == [("top", 1)]


def schools(number: int) -> Place:
    def school(at: int) -> Place:
        grade = Place("1", "30", Node(at, 2026, grade_id=at))
        year = Place("2026", "30", Node(at, 2026), "calendar", (grade,))
        return Place(f"School {at}", "30", Node(school_id=at), "school", (year,))

    return Place("City", "", Node(), "building", tuple(school(at) for at in range(1, number + 1)))


def rows(tree: PlacesTree, index: QModelIndex) -> int:
    return tree.model().rowCount(index)


def test_a_citys_schools_are_filled_when_they_are_opened(qtbot: QtBot) -> None:
    tree = PlacesTree()
    qtbot.addWidget(tree)
    assert tree.show_places([schools(300)], Node())
    root = tree.model().index(0, 0)
    third = tree.model().index(2, 0, root)
    assert (rows(tree, root), rows(tree, third), tree.model().hasChildren(third)) == (300, 0, True)
    tree.expand(third)
    assert rows(tree, third) == 1


def test_a_place_in_a_closed_school_can_be_chosen(qtbot: QtBot) -> None:
    tree = PlacesTree()
    qtbot.addWidget(tree)
    wanted = Node(200, 2026, grade_id=200)
    assert tree.show_places([schools(300)], wanted)
    assert tree.node() == wanted
    assert not tree.show_places([schools(100)], wanted)
    assert tree.node() == Node()


def test_the_same_places_leave_the_tree_as_it_is(qtbot: QtBot) -> None:
    tree = PlacesTree()
    qtbot.addWidget(tree)
    tree.show_places([schools(300)], Node())
    item = tree.model().index(5, 0, tree.model().index(0, 0))
    tree.expand(item)
    tree.show_places([schools(300)], Node(school_id=6))
    assert tree.isExpanded(item)
    assert tree.currentIndex().data(NODE_ROLE) == Node(school_id=6)
