"""What the benchmarks share: a PostgreSQL as its packagers ship it, the peers, and the sheet at the end."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from desktop.store import schema
from desktop.store.db import Store
from tests import postgres
from tests.bench import figures, peers


@pytest.fixture(scope="session")
def shipped_postgres() -> Iterator[str]:
    """A migrated database on a server that keeps what it is told: every commit reaches the disk."""
    with postgres.server(safe=True) as url:
        engine = create_engine(url)
        schema.upgrade(engine)
        engine.dispose()
        yield url


@pytest.fixture
def shared_store(shipped_postgres: str) -> Iterator[Store]:
    """Empty, on PostgreSQL, by the real clock."""
    store = Store(shipped_postgres, pool_size=10)
    postgres.empty(store.engine)
    yield store
    store.close()


@pytest.fixture
def embedded_store(sqlite_url: str) -> Iterator[Store]:
    """Empty, on SQLite, by the real clock."""
    store = Store(sqlite_url, busy_seconds=60)
    yield store
    store.close()


@pytest.fixture(params=["embedded_store", "shared_store"])
def any_store(request: pytest.FixtureRequest) -> Store:
    chosen: Store = request.getfixturevalue(request.param)
    return chosen


@pytest.fixture(scope="session")
def postfix(tmp_path_factory: pytest.TempPathFactory) -> peers.Postfix:
    """postfix's test programs, unpacked from the Debian package; skips where that is not to be had."""
    found = peers.unpack_postfix(tmp_path_factory.mktemp("postfix"))
    if found is None:
        pytest.skip("Debian's postfix package cannot be fetched here")
    return found


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "journal"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A server's connection that is collected later than it was closed is no reason to end without a figure."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if figures.SHEET:
        terminalreporter.section("figures")
    for line in figures.sheet():
        terminalreporter.line(line)
