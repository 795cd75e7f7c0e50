"""Somebody is found however their name, number or address is begun."""

import pytest

from desktop.store import audit, search
from desktop.store.db import Session, Store
from desktop.store.staging import Stage
from tests.make import Make


@pytest.mark.parametrize("typed", ["髙橋", "髙", "たかは", "ﾀｶﾊｼ", "タカハシ　ミサ", "美咲", "みさき"])
def test_a_child_is_found_as_it_is_typed(store: Store, make: Make, typed: str) -> None:
    with store.write(make.principal()) as session:
        room = make.homeroom(session, make.school(session))
        child = make.child(session, room, "髙橋", "美咲", kana=("タカハシ", "ミサキ"))
        make.child(session, room, "青木", "陽菜")
        audit.record(session, "added", "child")
    with store.read() as session:
        assert search.find(session, typed, "child", None) == [child.id]
        assert search.find(session, typed, "child", [room.school_id]) == [child.id]
        assert search.find(session, typed, "child", [999]) == []
        assert search.find(session, typed, "guardian", None) == []


@pytest.mark.parametrize("typed", ["nguyen", "Nguyễn Vă", "binh", "0905123456", "+84 905", "3456", "BINH@mail"])
def test_a_guardian_is_found_as_they_are_typed(store: Store, make: Make, typed: str) -> None:
    with store.write(make.principal()) as session:
        keys = search.guardian_keys("Nguyễn", "Văn Bình", "", "", ["0905123456"], ["binh@mail.example"])
        keys |= search.guardian_keys("Bình", "", "", "", [], [])
        search.replace_keys(session, "guardian", {7: ([1], keys)})
        audit.record(session, "added", "guardian")
    with store.read() as session:
        assert search.find(session, typed, "guardian", [1]) == [7]


def test_nothing_typed_finds_nobody(store: Store) -> None:
    with store.read() as session:
        assert search.find(session, " 　", "child", None) == []


def test_new_keys_replace_the_old(store: Store, make: Make) -> None:
    with store.write(make.principal()) as session:
        search.replace_keys(session, "child", {1: ([1], {"ア"}), 2: ([1], {"イ"})})
        search.replace_keys(session, "child", {1: ([2], {"ウ"})})
        audit.record(session, "changed", "child")
    with store.read() as session:
        assert search.find(session, "う", "child", [2]) == [1]
        assert search.find(session, "あ", "child", None) == []
        assert search.find(session, "い", "child", None) == [2]


def test_people_that_come_in_many_at_once_are_found_at_each_of_their_schools(store: Store, make: Make) -> None:
    at: dict[int, list[int]] = {1: [], 2: [1], 3: [1, 2], 4: [2, 3, 12]}
    entries = [("guardian", ref, search.scopes_text(schools), ["アオキ", "aoki"]) for ref, schools in at.items()]

    def fill(session: Session) -> None:
        stages.append(Stage(session, lambda _rows: None))
        stages[0].fill_search(entries)

    stages: list[Stage] = []
    with store.write(make.principal(), fill) as session:
        stages[0].pour_search()
        audit.record(session, "imported", "roster")
    with store.read() as session:
        found = {school: search.find(session, "あおき", "guardian", [school]) for school in (1, 2, 3, 12)}
        assert found == {1: [2, 3], 2: [3, 4], 3: [4], 12: [4]}
        assert search.find(session, "aoki", "guardian", None) == [1, 2, 3, 4]
