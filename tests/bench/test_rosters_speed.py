"""How long a city's roster takes: 100,000 children as CSV, 20,000 as OneRoster zip; and how long others must wait."""

import shutil
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from desktop.domain.rosters.changes import ImportResult
from desktop.domain.staff import Actor
from desktop.services.roster_files import csv_bytes
from desktop.services.rosters import Rosters
from desktop.store.db import Store
from desktop.store.tables import Base
from tests.bench import figures
from tests.make import Make
from tests.oneroster_city import Year, city

pytestmark = pytest.mark.timeout(900)
CHILDREN = figures.size(100_000)
CITY = figures.size(20_000)
YEAR = Year(moved=50, left=100, new=75, remailed=60)
HEADER = [
    "school_code", "school_name", "grade", "homeroom", "student_number", "child_code", "family_name",
    "given_name", "family_name_kana", "given_name_kana", "sex", "birth_date", "groups", "guardian1_family_name",
    "guardian1_given_name", "guardian1_relationship", "guardian1_email", "guardian1_phone",
    "guardian2_family_name", "guardian2_given_name", "guardian2_relationship", "guardian2_email",
]  # fmt: skip
FAMILIES = [("佐藤", "サトウ"), ("髙橋", "タカハシ"), ("渡邊", "ワタナベ"), ("山﨑", "ヤマザキ"), ("小林", "コバヤシ")]


def roster(children: int) -> Iterator[list[str]]:
    for number in range(children):
        family, kana = FAMILIES[number % len(FAMILIES)]
        given = chr(0x30A2 + number % 60) + chr(0x30A2 + number // 60 % 60)
        yield [
            f"H{number // 600:03}", f"第{number // 600}小学校", str(number % 6 + 1), str(number // 6 % 3 + 1),
            str(number % 35 + 1), f"C{number:07}", family, f"太郎{number}", kana, given, "男",
            f"20{15 + number % 6}-04-1{number % 9}", "サッカー部" if number % 5 == 0 else "",
            family, f"花{number // 2}", "母", f"g{number // 2}@mail.example", f"090{number // 2:08}",
            family, f"次郎{number}", "父", f"h{number}@docomo.example",
        ]  # fmt: skip


class Waiting:
    """Somebody else who wants to write all the while, and the longest they had to wait."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._over = threading.Event()
        self.longest = 0.0

    @contextmanager
    def watching(self) -> Iterator[None]:
        thread = threading.Thread(target=self._watch)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join()

    def _watch(self) -> None:
        with closing(sqlite3.connect(self._path, timeout=120, isolation_level=None)) as connection:
            while not self._over.wait(0.01):
                began = time.perf_counter()
                connection.execute("BEGIN IMMEDIATE")
                self.longest = max(self.longest, time.perf_counter() - began)
                connection.execute("ROLLBACK")


def database(store: Store) -> Path:
    return Path(str(store.engine.url.database))


def imported(rosters: Rosters, actor: Actor, path: Path) -> ImportResult:
    return rosters.import_(actor, rosters.read(path))


def test_a_hundred_thousand_rows(embedded_store: Store, sqlite_template: Path, make: Make, tmp_path: Path) -> None:
    rosters, actor = Rosters(embedded_store), make.principal()
    path = tmp_path / "roster.csv"
    path.write_bytes(csv_bytes([HEADER, *roster(CHILDREN)]))
    others = Waiting(database(embedded_store))
    with others.watching():
        took = figures.took(lambda: imported(rosters, actor, path))
    figures.below(f"SQLite: CSV of {CHILDREN:,} children, read and imported", took, 30)
    figures.below("SQLite: longest that others waited to write meanwhile", others.longest, 5)
    bare = bare_insert(database(embedded_store), sqlite_template, tmp_path / "bare.db")
    peer = "bare executemany of the same rows"
    figures.note("SQLite: that import beside its rows alone", f"{others.longest / bare:.2f} (wait) × {peer}")
    figures.note("SQLite: the whole of it beside its rows alone", f"{took / bare:.2f} × {peer} ({bare:.1f} s)")
    again = figures.took(lambda: imported(rosters, actor, path))
    figures.note("SQLite: the same CSV again, nothing changes", figures.in_words(again))


def bare_insert(full: Path, template: Path, path: Path) -> float:
    """Every row of the one database put into an empty one, table by table, in one transaction."""
    shutil.copy(template, path)
    with closing(sqlite3.connect(full)) as source, closing(sqlite3.connect(path, isolation_level=None)) as target:
        target.execute("PRAGMA journal_mode=WAL")
        target.execute("PRAGMA cache_size = -131072")
        tables = {}
        for table in Base.metadata.sorted_tables:
            rows = source.execute(f'SELECT * FROM "{table.name}"').fetchall()
            if rows and not target.execute(f'SELECT 1 FROM "{table.name}" LIMIT 1').fetchone():
                tables[table.name] = rows
        return figures.took(lambda: fill(target, tables))


def fill(target: sqlite3.Connection, tables: dict[str, list[tuple[object, ...]]]) -> None:
    target.execute("BEGIN IMMEDIATE")
    for name, rows in tables.items():
        target.executemany(f'INSERT INTO "{name}" VALUES ({", ".join("?" * len(rows[0]))})', rows)
    target.execute("COMMIT")


def test_a_hundred_thousand_rows_on_a_server(shared_store: Store, make: Make, tmp_path: Path) -> None:
    rosters, actor = Rosters(shared_store), make.principal()
    path = tmp_path / "roster.csv"
    path.write_bytes(csv_bytes([HEADER, *roster(CHILDREN)]))
    took = figures.took(lambda: imported(rosters, actor, path))
    figures.note(f"PostgreSQL: CSV of {CHILDREN:,} children, read and imported", figures.in_words(took))


@pytest.mark.usefixtures("shipped_postgres")
def test_a_city_as_oneroster_zip(any_store: Store, make: Make, tmp_path: Path) -> None:
    rosters, actor = Rosters(any_store), make.principal()
    engine = "SQLite" if any_store.is_sqlite else "PostgreSQL"
    path = tmp_path / "city.zip"
    path.write_bytes(city(CITY))
    first = figures.took(lambda: imported(rosters, actor, path))
    again = figures.took(lambda: imported(rosters, actor, path))
    path.write_bytes(city(CITY, YEAR))
    reading = rosters.read(path)
    looked = figures.took(lambda: rosters.preview(actor, reading))
    later = figures.took(lambda: rosters.import_(actor, reading))
    out = figures.took(lambda: rosters.export(actor, tmp_path / "out.zip"))
    words = (
        f"first {first:.1f} s, again {again:.1f} s, a year's changes {looked:.1f} s to look and {later:.1f} s to import"
    )
    figures.note(f"{engine}: OneRoster zip of {CITY:,} children", f"{words}; export {out:.1f} s")
