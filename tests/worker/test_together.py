"""Several workers, a database that is busy, and a worker that goes and comes."""

import sqlite3
import threading
import uuid
from collections import Counter
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from queue import Queue

import pytest
from sqlalchemy import func, select

from desktop.domain.claims import MailWish
from desktop.store.changes import ChangeListener
from desktop.store.db import Store
from desktop.store.tables import Worker
from desktop.worker import loop
from tests.conftest import Clock
from tests.make import Make
from tests.outgoing import approved_notice, class_of, crowd, deliveries, notice_state, states
from tests.sending import Post, message_ids, wait_for
from tests.stand_ins import LineServer, ScriptedSmtp, scripted_smtp


def test_two_workers_at_once_send_each_message_once(post: Post, store: Store, make: Make, tmp_path: Path) -> None:
    with store.bookkeep() as session:
        school = make.school(session)
        room = make.homeroom(session, school)
        children = [crowd(session, make, room, 300, kind="email"), crowd(session, make, room, 600)]
        notice = approved_notice(session, make, school, children)
    with scripted_smtp() as mail, LineServer() as line:
        post.use_mail(mail)
        post.use_line(line)
        with post.running(), post.running(tmp_path / "other"):
            wait_for(lambda: notice_state(store, notice.id) == "done")
    assert Counter(row.state for row in deliveries(store)) == {"accepted": 900}
    assert set(message_ids(mail).values()) == {1}
    assert len(message_ids(mail)) == 300
    assert (len(line.got), set(line.got.values())) == (600, {1})


class LockingSmtp(ScriptedSmtp):
    """Locks the database when the first mail has come, and lets go a while later."""

    def __init__(self, file: str) -> None:
        super().__init__()
        self._file = file
        self._first = threading.Lock()
        self.unlocked = threading.Event()

    def reply_to(self, step: str) -> str:
        if step == "BODY" and self._first.acquire(blocking=False):
            locked = threading.Event()
            threading.Thread(target=self._hold, args=(locked,)).start()
            locked.wait(10)
        return super().reply_to(step)

    def _hold(self, locked: threading.Event) -> None:
        with closing(sqlite3.connect(self._file, isolation_level=None, timeout=10)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            locked.set()
            threading.Event().wait(1.5)
            connection.execute("ROLLBACK")
        self.unlocked.set()


def test_a_locked_database_loses_nothing_and_sends_nothing_twice(
    sqlite_store: Store, clock: Clock, tmp_path: Path, make: Make
) -> None:
    impatient = Store(sqlite_store.url, clock=clock, busy_seconds=0.1)
    post = Post(impatient, clock, tmp_path, make)
    with sqlite_store.bookkeep() as session:
        school = make.school(session)
        child = crowd(session, make, make.homeroom(session, school), 60, kind="email")
        notice = approved_notice(session, make, school, [child])
    file = str(impatient.engine.url.database)
    with LockingSmtp(file) as server:
        post.use_mail(server)
        outcome = post.run()
        assert server.unlocked.wait(60)
    assert outcome.sent["email"] == 60
    assert list(message_ids(server).values()) == [1] * 60
    assert states(sqlite_store) == ["accepted"] * 60
    assert notice_state(sqlite_store, notice.id) == "done"
    impatient.close()


def test_a_worker_of_another_machine_that_is_gone_is_taken_over_from_and_its_mails_counted(
    post: Post, store: Store, clock: Clock, make: Make
) -> None:
    with store.bookkeep() as session:
        school = make.school(session)
        approved_notice(session, make, school, class_of(session, make, make.homeroom(session, school), 3))
    post.deliveries.begin_due()
    gone = post.deliveries.sign_on("gone", "elsewhere")
    assert len(post.deliveries.claim_mail(gone, [MailWish(None, False, 10)])[0].jobs) == 3
    clock.turn(seconds=61)
    with scripted_smtp() as server:
        post.use_mail(server)
        post.run()
    assert len(server.mails) == 3
    assert [row.in_doubt_count for row in deliveries(store)] == [1, 1, 1]
    assert states(store) == ["accepted"] * 3


def test_a_note_from_another_process_wakes_the_worker(
    post: Post, store: Store, make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desktop.worker.office.GLANCE_S", 60.0)
    listener = ChangeListener(store.engine.url.render_as_string(hide_password=False))
    stop = threading.Event()
    with scripted_smtp() as server:
        post.use_mail(server)
        statuses: Queue[object] = Queue()
        thread = threading.Thread(
            target=loop.run,
            args=(post.deliveries, post.channels, post.journal, stop),
            kwargs={"listen": listener.listen, "on_status": statuses.put},
        )
        thread.start()
        statuses.get(timeout=60)
        with store.bookkeep() as session:
            school = make.school(session)
            approved_notice(session, make, school, class_of(session, make, make.homeroom(session, school), 1))
        try:
            wait_for(lambda: touch_until_sent(store, make, server))
        finally:
            stop.set()
            thread.join(60)


def touch_until_sent(store: Store, make: Make, server: ScriptedSmtp) -> bool:
    """The listener starts at a moment of its own: somebody goes on writing until it hears."""
    with store.bookkeep() as session:
        make.school(session, uuid.uuid4().hex)
    return bool(server.mails)


def test_the_worker_says_that_it_is_alive(post: Post, store: Store) -> None:
    with post.running():
        wait_for(lambda: workers(store))
    with store.read() as session:
        worker = session.scalars(select(Worker)).one()
    assert worker.stopped_at is not None


def workers(store: Store) -> int:
    with store.read() as session:
        return session.scalar(select(func.count()).select_from(Worker)) or 0


def test_leaving_gives_back_what_was_not_begun(post: Post, store: Store, make: Make) -> None:
    with store.bookkeep() as session:
        school = make.school(session)
        child = crowd(session, make, make.homeroom(session, school), 300, kind="email")
        approved_notice(session, make, school, [child])
    server = SlowSmtp()
    with server:
        post.use_mail(server)
        with post.running() as stop:
            wait_for(lambda: len(server.mails) > 5)
            stop.set()
    assert set(states(store)) == {"accepted", "due"}
    assert states(store).count("accepted") == len(server.mails)
    assert sum(row.in_doubt_count for row in deliveries(store)) == 0
    assert list(post.journal.iterdir()) == []


class SlowSmtp(ScriptedSmtp):
    """Takes 20 ms for each mail."""

    def reply_to(self, step: str) -> str:
        if step == "BODY":
            threading.Event().wait(0.02)
        return super().reply_to(step)


def test_what_waits_for_its_time_is_named_with_it(post: Post, store: Store, clock: Clock, make: Make) -> None:
    with store.bookkeep() as session:
        school = make.school(session)
        children = class_of(session, make, make.homeroom(session, school), 1)
        later = clock.now + timedelta(hours=3)
        notice = approved_notice(session, make, school, children, due_at=later, send_at=later)
    assert post.run().as_json() == {
        "sent": 0,
        "held": [],
        "waiting": [
            {"notice": notice.id, "reason": "scheduled", "channel": None, "count": 0, "until": later.isoformat()}
        ],
        "sent_by_channel": {"email": 0, "line": 0},
        "released": True,
    }


def test_one_notice_that_cannot_be_begun_does_not_keep_others(
    post: Post, store: Store, make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    with store.bookkeep() as session:
        school = make.school(session)
        children = class_of(session, make, make.homeroom(session, school), 2)
        approved_notice(session, make, school, children, include=["nobody knows"])
        good = approved_notice(session, make, school, children)
    with scripted_smtp() as server:
        post.use_mail(server)
        with post.running():
            wait_for(lambda: notice_state(store, good.id) == "done")
    assert "cannot be begun" in caplog.text
