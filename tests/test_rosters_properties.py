"""What holds for every roster: twice is once, and what goes out comes back in."""

import itertools
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from desktop.domain.rosters.changes import ImportResult
from desktop.domain.staff import Actor
from desktop.services.roster_files import csv_bytes
from desktop.services.rosters import Rosters
from desktop.store import audit
from desktop.store.db import Store
from tests.conftest import Clock
from tests.make import Make

HEADER = [
    "grade", "homeroom", "student_number", "child_code", "family_name", "given_name", "family_name_kana",
    "given_name_kana", "sex", "birth_date", "groups",
    "guardian1_family_name", "guardian1_given_name", "guardian1_relationship", "guardian1_email", "guardian1_phone",
    "guardian1_language",
    "guardian2_family_name", "guardian2_given_name", "guardian2_relationship", "guardian2_email", "guardian2_phone",
    "guardian2_language",
]  # fmt: skip
TABLES = (
    "children", "child_references", "enrolments", "placements", "memberships", "guardians", "guardianships",
    "guardian_schools", "contact_points", "homerooms", "groups", "search_keys", "search_entries",
)  # fmt: skip

# Few values, so that rows meet: the same people, shared addresses, contradictions.
GUARDIAN = st.tuples(
    st.sampled_from(["青木", "髙橋", "高橋", ""]),
    st.sampled_from(["花", "一", ""]),
    st.sampled_from(["母", "父", "", "大家"]),
    st.sampled_from(["a@mail.example", "b@mail.example", "", "bad"]),
    st.sampled_from(["090-0000-0001", "9000000001", "080-0000-0002", ""]),
    st.sampled_from(["ja", "vi", ""]),
)
ROW = st.tuples(
    st.sampled_from(["3", "4", "x"]),
    st.sampled_from(["1", "3-2", "未定", "", "ひまわり"]),
    st.sampled_from(["", "7"]),
    st.sampled_from(["", "", "c1", "c2"]),
    st.sampled_from(["青木", "髙橋"]),
    st.sampled_from(["海", "空", "陸"]),
    st.sampled_from(["アオキ", "", "ｱｵｷ"]),
    st.sampled_from(["ウミ", "ソラ", ""]),
    st.sampled_from(["男", "F", ""]),
    st.sampled_from(["2017-04-02", "平成29年4月3日", ""]),
    st.sampled_from(["", "サッカー部", "合唱部;サッカー部", "a、b;"]),
)
FILE = st.lists(
    st.tuples(ROW, GUARDIAN, GUARDIAN).map(lambda parts: [*parts[0], *parts[1], *parts[2]]), max_size=7, min_size=1
)
on_a_store = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
numbers = itertools.count(1)


class Town:
    """A new school for each file; everybody of the files before is still there."""

    def __init__(self, store: Store, clock: Clock, make: Make, folder: Path) -> None:
        self.store = store
        self.rosters = Rosters(store, clock)
        self.actor: Actor = make.principal()
        self.code = f"S{next(numbers)}"
        self.folder = folder
        with store.write(self.actor) as session:
            make.school(session, self.code)
            audit.record(session, "added", "school")

    def import_(self, rows: list[list[str]]) -> ImportResult:
        path = self.folder / f"{self.code}.csv"
        path.write_bytes(csv_bytes([HEADER, *rows]))
        return self.rosters.import_(self.actor, self.rosters.read(path, school=self.code))

    def everything(self) -> list[set[tuple[object, ...]]]:
        with self.store.read() as session:
            return [{tuple(row) for row in session.execute(text(f'SELECT * FROM "{table}"'))} for table in TABLES]


@on_a_store
@given(rows=FILE)
def test_any_file_twice_changes_nothing(
    sqlite_store: Store, clock: Clock, make: Make, tmp_path: Path, rows: list[list[str]]
) -> None:
    town = Town(sqlite_store, clock, make, tmp_path)
    first = town.import_(rows)
    before = town.everything()
    second = town.import_(rows)
    assert second.imported == 0
    assert second.unchanged == first.imported
    assert [p.line for p in second.held] == [p.line for p in first.held]
    assert town.everything() == before


@on_a_store
@given(rows=FILE)
def test_what_is_exported_comes_back_without_a_change(
    sqlite_store: Store, clock: Clock, make: Make, tmp_path: Path, rows: list[list[str]]
) -> None:
    town = Town(sqlite_store, clock, make, tmp_path)
    taken = town.import_(rows).imported
    path = tmp_path / "out.xlsx"
    assert town.rosters.export(town.actor, path, school=town.code) == taken
    if not taken:
        return
    before = town.everything()
    again = town.rosters.import_(town.actor, town.rosters.read(path))
    assert (again.imported, again.unchanged, again.held) == (0, taken, ())
    assert town.everything() == before


@on_a_store
@given(first=FILE, second=FILE)
def test_a_second_file_holds_or_takes_every_row_and_then_stands(
    sqlite_store: Store, clock: Clock, make: Make, tmp_path: Path, first: list[list[str]], second: list[list[str]]
) -> None:
    town = Town(sqlite_store, clock, make, tmp_path)
    town.import_(first)
    result = town.import_(second)
    assert result.imported + result.unchanged + len({p.line for p in result.held}) == len(second)
    assert town.import_(second).imported == 0
