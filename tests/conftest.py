"""What every test can ask for: a store on either database, a clock to turn, a factory of rows."""

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"  # nobody's own keyring is touched

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import hypothesis
import pytest
from sqlalchemy import create_engine

from desktop import i18n
from desktop.store import schema
from desktop.store.db import Store, Touched
from tests import postgres, statements
from tests.make import Make

statements.share()
pytest_plugins = ("tests.needs",)

hypothesis.settings.register_profile("renraku", deadline=None)  # a loaded machine is slow, not wrong
hypothesis.settings.load_profile("renraku")

NOON = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)  # Friday noon in Japan: no quiet hours, no turn of the year


class Clock:
    """A clock that stands still until it is turned."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def turn(self, delta: timedelta | None = None, **parts: float) -> None:
        """Turn the clock on: `clock.turn(minutes=3)`."""
        self.now += delta if delta is not None else timedelta(**parts)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What tests of a module share is made once: with `--dist loadgroup` one process runs all that ask for it."""
    for item in items:
        info = getattr(item, "_fixtureinfo", None)
        if info and any(found[-1].scope == "module" for found in info.name2fixturedefs.values()):
            item.add_marker(pytest.mark.xdist_group(item.nodeid.partition("::")[0]))


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """Tests read the source texts, whatever the machine speaks."""
    i18n.set_language("en")
    yield
    i18n.set_language("en")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, to be copied."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    engine = create_engine(f"sqlite:///{path}")
    schema.upgrade(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA journal_mode=DELETE")
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A migrated PostgreSQL database. Use `store` or `postgres_store`, which empty it first."""
    with postgres.server() as url:
        engine = create_engine(url)
        schema.upgrade(engine)
        engine.dispose()
        yield url


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    shutil.copy(sqlite_template, tmp_path / "renraku.db")
    return f"sqlite:///{tmp_path / 'renraku.db'}"


@pytest.fixture
def seen() -> list[Touched]:
    """What the store said was written, commit by commit."""
    return []


@pytest.fixture
def sqlite_store(sqlite_url: str, clock: Clock, seen: list[Touched]) -> Iterator[Store]:
    store = Store(sqlite_url, seen.append, clock=clock)
    yield store
    store.close()


@pytest.fixture
def postgres_store(postgres_url: str, clock: Clock, seen: list[Touched]) -> Iterator[Store]:
    store = Store(postgres_url, seen.append, clock=clock, pool_size=10)
    postgres.empty(store.engine)
    yield store
    store.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest) -> Store:
    """Each test that asks for it runs on both databases."""
    chosen: Store = request.getfixturevalue("sqlite_store" if request.param == "sqlite" else "postgres_store")
    return chosen


@pytest.fixture
def make() -> Make:
    return Make(NOON)
