"""How long a city's roster takes: 20,000 children. Times are printed, nothing is asserted about them."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from desktop.services.roster_files import csv_bytes
from desktop.services.rosters import Rosters
from desktop.store.db import Store
from tests.conftest import Clock
from tests.make import Make

CHILDREN = 20_000
HEADER = [
    "school_code", "school_name", "grade", "homeroom", "student_number", "child_code", "family_name",
    "given_name", "family_name_kana", "given_name_kana", "sex", "birth_date", "groups", "guardian1_family_name",
    "guardian1_given_name", "guardian1_relationship", "guardian1_email", "guardian1_phone",
    "guardian2_family_name", "guardian2_given_name", "guardian2_relationship", "guardian2_email",
]  # fmt: skip
FAMILIES = [("佐藤", "サトウ"), ("髙橋", "タカハシ"), ("渡邊", "ワタナベ"), ("山﨑", "ヤマザキ"), ("小林", "コバヤシ")]

T = TypeVar("T")


def city() -> list[list[str]]:
    rows = []
    for number in range(CHILDREN):
        family, kana = FAMILIES[number % len(FAMILIES)]
        given = chr(0x30A2 + number % 60) + chr(0x30A2 + number // 60 % 60)
        rows.append(
            [
                f"H{number // 600:03}", f"第{number // 600}小学校", str(number % 6 + 1), str(number // 6 % 3 + 1),
                str(number % 35 + 1), f"C{number:07}", family, f"太郎{number}", kana, given, "男",
                f"20{15 + number % 6}-04-1{number % 9}", "サッカー部" if number % 5 == 0 else "",
                family, f"花{number // 2}", "母", f"g{number // 2}@mail.example", f"090{number // 2:08}",
                family, f"次郎{number}", "父", f"h{number}@docomo.example",
            ]
        )  # fmt: skip
    return rows


def timed(name: str, work: Callable[[], T]) -> T:
    began = time.perf_counter()
    done = work()
    print(f"{name:>24} {time.perf_counter() - began:6.2f} s")
    return done


def test_a_city(store: Store, clock: Clock, make: Make, tmp_path: Path) -> None:
    rosters, actor = Rosters(store, clock), make.principal()
    path = tmp_path / "city.csv"
    path.write_bytes(csv_bytes([HEADER, *city()]))
    print(f"\n{CHILDREN} children on {store.engine.dialect.name}")
    reading = timed("read", lambda: rosters.read(path))
    assert timed("import", lambda: rosters.import_(actor, reading)).imported == CHILDREN
    assert timed("import again", lambda: rosters.import_(actor, reading)).unchanged == CHILDREN
    assert timed("export", lambda: rosters.export(actor, tmp_path / "out.csv")) == CHILDREN
