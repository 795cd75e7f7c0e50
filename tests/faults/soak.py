"""Hours of bad luck in minutes: `make soak ROUNDS=20 SEED=1`. A round that fails names its seed.

Each round is an office of its own, on SQLite and on PostgreSQL, where two worker processes are killed, put to sleep
and started again while servers and the database turn against them.
"""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.harness import Families
from tests.faults.mayhem import Mayhem
from tests.faults.processes import Yard, yard
from tests.sending import Post

EVENTS = 25


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    first, rounds = metafunc.config.getoption("--seed"), metafunc.config.getoption("--rounds")
    metafunc.parametrize("seed", range(first, first + rounds))


@pytest.fixture
def yards(post: Post, tmp_path: Path) -> Iterator[Yard]:
    with yard(post, tmp_path) as made:
        yield made


@pytest.mark.timeout(300)
def test_a_bad_day(post: Post, families: Families, yards: Yard, seed: int) -> None:
    day = Mayhem(post, families, yards, random.Random(seed))
    try:
        day.rage(EVENTS)
    finally:
        print(f"seed {seed}: {', '.join(day.happened)}")  # noqa: T201
