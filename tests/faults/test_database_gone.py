"""The database goes away in the middle of sending: nothing is lost, nothing is sent that was not there to be sent."""

import random
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, NullPool, create_engine, text

from desktop.services.sms_replies import SmsReplies
from desktop.store import schema
from desktop.store.db import Store
from tests import postgres
from tests.conftest import Clock
from tests.faults.harness import Families, HookedSmtp, came_again, everything_went_out, judge, recover, unfinished
from tests.make import Make
from tests.outgoing import deliveries
from tests.sending import Post, wait_for
from tests.sms_town import SECRETS, SmsTown, good
from tests.stand_ins import LineServer, ScriptedSmtp, SmtpScript

SLOW = SmtpScript(pause_s=0.02)


@pytest.fixture(scope="module")
def cluster() -> Iterator[postgres.Cluster]:
    with postgres.cluster() as made:
        engine = create_engine(made.url)
        schema.upgrade(engine)
        engine.dispose()
        yield made


def test_postgresql_stops_in_the_middle_and_comes_back(
    cluster: postgres.Cluster, clock: Clock, tmp_path: Path, make: Make
) -> None:
    """A real one, with connections that break and recovery from its log."""
    store = Store(cluster.url, clock=clock, pool_size=10)
    post = Post(store, clock, tmp_path, make)
    families = Families(post, make)
    families.notice(mails=60, lines=30)
    with HookedSmtp("BODY", 20, cluster.stop, SLOW) as server, LineServer() as line:
        post.use_mail(server)
        post.use_line(line)
        with post.running():
            assert server.done.wait(60)
            threading.Event().wait(2)
            cluster.start()
            families.notice(mails=1, urgent=True)
            wait_for(lambda: not unfinished(store))
    everything_went_out(post)
    assert came_again(post) == 0
    judge(post, make)
    store.close()


def test_decisions_about_texts_that_a_power_cut_takes_are_made_again_and_none_whose_reply_has_left(
    cluster: postgres.Cluster, clock: Clock, make: Make
) -> None:
    """The worker's decisions do not wait for the disk; sending does, and takes them along."""
    store = Store(cluster.url, clock=clock, pool_size=10)
    town = SmsTown(store, clock, make)
    phones = [f"09051{number:05}" for number in range(60)]
    for number, phone in enumerate(phones[:30]):
        town.text(phone, good(number))
    town.take_in()
    claimed = SmsReplies(store, SECRETS, clock).claim()
    assert claimed is not None
    for number, phone in enumerate(phones[30:], 30):
        town.text(phone, good(number))
    town.take_in()
    cluster.stop()
    cluster.start()
    assert set(town.states()[:30]) == {"read"}
    assert len(town.states()) == 60
    town.take_in()
    assert [login for login, _ in town.accounts()] == phones
    assert sorted(phone for phone, _ in town.replies()) == phones
    assert claimed[1].text in town.words()
    store.close()


@contextmanager
def now_and_then(act: Callable[[], object]) -> Iterator[None]:
    """Every little while."""
    stop = threading.Event()
    chance = random.Random(3)

    def go_on() -> None:
        while not stop.wait(chance.uniform(0.02, 0.3)):
            act()

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(60)


class Administrator:
    """Who may do anything to the server that the worker uses."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._name = f'"{engine.url.database}"'

    def cut(self) -> None:
        """End everybody's connections."""
        others = "pid <> pg_backend_pid() AND datname = current_database()"
        self._do(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}")

    def demote(self) -> None:
        """As if another had become the server, and this one its standby."""
        self._do(f"ALTER DATABASE {self._name} SET default_transaction_read_only = on")
        self.cut()

    def promote(self) -> None:
        self._do("SET default_transaction_read_only = off", f"ALTER DATABASE {self._name} RESET ALL")
        self.cut()

    def _do(self, *statements: str) -> None:
        with self._engine.connect() as connection:
            for statement in statements:
                connection.execute(text(statement))


class TestPostgresql:
    @pytest.fixture
    def store(self, postgres_store: Store) -> Store:
        return postgres_store

    @pytest.fixture
    def administrator(self, postgres_url: str) -> Iterator[Administrator]:
        engine = create_engine(postgres_url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        yield Administrator(engine)
        engine.dispose()

    def test_connections_that_are_cut_again_and_again_lose_nothing(
        self, post: Post, families: Families, administrator: Administrator
    ) -> None:
        families.notice(mails=120, lines=30)
        with ScriptedSmtp(SLOW) as server, LineServer() as line:
            post.use_mail(server)
            post.use_line(line)
            with post.running(), now_and_then(administrator.cut):
                wait_for(lambda: len(server.mails) >= 100)
            recover(post)
        assert came_again(post) == 0

    def test_a_standby_takes_no_outcome_and_all_of_them_are_written_when_it_is_promoted(
        self, post: Post, families: Families, administrator: Administrator
    ) -> None:
        families.notice(mails=60)
        with HookedSmtp("BODY", 10, administrator.demote, SLOW) as server:
            post.use_mail(server)
            with post.running():
                try:
                    assert server.done.wait(60)
                    threading.Event().wait(1.5)
                finally:
                    administrator.promote()
                wait_for(lambda: len(server.mails) >= 60)
            recover(post)
        assert came_again(post) == 0
        assert sum(row.in_doubt_count for row in deliveries(post.store)) == 0


class TestSqlite:
    @pytest.fixture
    def store(self, sqlite_url: str, clock: Clock) -> Iterator[Store]:
        impatient = Store(sqlite_url, clock=clock, busy_seconds=0.2)
        yield impatient
        impatient.close()

    def test_a_lock_that_outlasts_the_leases_ends_the_sending_and_no_more(
        self, post: Post, families: Families, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What was claimed may not be sent once its lease could have passed to somebody else."""
        for module in ("dispatch", "ledger"):
            monkeypatch.setattr(f"desktop.worker.{module}.LEASE_S", 5.7)  # five seconds of which are the margin
        families.notice(mails=100)
        lock = Lock(str(post.store.engine.url.database))
        with HookedSmtp("BODY", 10, lock.take, SLOW) as server:
            post.use_mail(server)
            with post.running():
                assert server.done.wait(60)
                threading.Event().wait(1.5)
                sent = len(server.mails)
                threading.Event().wait(0.5)
                assert len(server.mails) == sent < 100
                lock.give_back()
                wait_for(lambda: len(server.mails) >= 100)
            recover(post)
        assert came_again(post) == 0


class Lock:
    """Another program that writes to the file and does not come to an end."""

    def __init__(self, file: str) -> None:
        self._connection = sqlite3.connect(file, isolation_level=None, timeout=10, check_same_thread=False)

    def take(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")

    def give_back(self) -> None:
        self._connection.execute("ROLLBACK")
        self._connection.close()
