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
