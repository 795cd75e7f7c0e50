"""A post office for each test of the worker, on either database."""

from pathlib import Path

import pytest

from desktop.store.db import Store
from tests.conftest import Clock
from tests.make import Make
from tests.sending import Post


@pytest.fixture
def post(store: Store, clock: Clock, tmp_path: Path, make: Make) -> Post:
    return Post(store, clock, tmp_path, make)


@pytest.fixture(autouse=True)
def haste(monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker writes down and looks around in shorter turns than in an office; nothing else of it changes."""
    monkeypatch.setattr("desktop.worker.office.SETTLE_S", 0.02)
    monkeypatch.setattr("desktop.worker.office.GLANCE_S", 0.25)
    monkeypatch.setattr("desktop.worker.office.TAKE_OVER_S", 0.3)
