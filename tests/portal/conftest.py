"""What the portal's tests ask for."""

import pytest

from desktop.store.db import Store
from tests.conftest import Clock
from tests.make import Make
from tests.portal.town import Town


@pytest.fixture
def town(store: Store, clock: Clock, make: Make) -> Town:
    """On either database."""
    return Town(store, clock, make)


@pytest.fixture
def small_town(sqlite_store: Store, clock: Clock, make: Make) -> Town:
    """Where the database makes no difference."""
    return Town(sqlite_store, clock, make)
