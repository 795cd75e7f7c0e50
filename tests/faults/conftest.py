"""The same post office as in the worker's own tests; whatever a test of faults did, it is judged afterwards."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop.store.db import Store
from tests.conftest import Clock
from tests.faults.harness import Families, judge
from tests.make import Make
from tests.sending import Post
from tests.worker.conftest import haste

__all__ = ["haste"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rounds", type=int, default=20, help="of the soak")
    parser.addoption("--seed", type=int, default=1, help="of the soak's first round; the others count on")


@pytest.fixture
def post(store: Store, clock: Clock, tmp_path: Path, make: Make, caplog: pytest.LogCaptureFixture) -> Iterator[Post]:
    caplog.set_level(logging.INFO)
    office = Post(store, clock, tmp_path, make)
    yield office
    logs = (file.read_text(encoding="utf-8") for file in tmp_path.rglob("*.log"))
    judge(office, make, caplog.get_records("call"), "\n".join(logs))


@pytest.fixture
def families(post: Post, make: Make) -> Families:
    return Families(post, make)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that tries a channel again at once, and does not slow down for a server that complains; only for tests
    in which it runs until it is told to stop.
    """
    monkeypatch.setattr("desktop.worker.pace.TOO_FAST", frozenset())
    monkeypatch.setattr("desktop.worker.gate._DOWN_RETRY_S", (0.02,))
    monkeypatch.setattr("desktop.worker.channels.SETTINGS_RETRY_S", 0.05)
    monkeypatch.setattr("desktop.worker.office.BEAT_S", 0.1)
