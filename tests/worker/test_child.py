"""The worker as the desk's child: orders and secrets through one pipe, news through the other."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pytest

from desktop.domain.errors import UserError
from desktop.store.db import Store
from desktop.worker.lock import DataDirLock
from desktop.worker.orders import order_line
from tests.conftest import Clock
from tests.make import Make
from tests.outgoing import approved_notice, class_of, deliveries, states
from tests.sending import Post, wait_for
from tests.stand_ins import HANG, scripted_smtp

ROOT = Path(__file__).resolve().parent.parent.parent


@contextmanager
def child(url: str, folder: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.worker.victim"]
    options = {"database": url, "data_dir": str(folder)}
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdin is not None
        process.stdin.write(order_line(options, {"LINE_CHANNEL_ACCESS_TOKEN": "secret"}))
        process.stdin.flush()
        try:
            yield process
        finally:
            process.kill()


def next_event(pipe: IO[str] | None) -> dict[str, Any]:
    assert pipe is not None
    event: dict[str, Any] = json.loads(pipe.readline())
    return event


@pytest.fixture
def post(sqlite_store: Store, clock: Clock, tmp_path: Path, make: Make) -> Post:
    return Post(sqlite_store, clock, tmp_path, make)


def test_the_child_sends_what_is_approved_later_and_ends_with_the_pipe(
    post: Post, sqlite_store: Store, make: Make, tmp_path: Path
) -> None:
    with scripted_smtp() as server, child(sqlite_store.url, tmp_path) as process:
        post.use_mail(server)
        assert next_event(process.stdout) == {"event": "ready"}
        with sqlite_store.bookkeep() as session:
            school = make.school(session)
            children = class_of(session, make, make.homeroom(session, school), 3)
            approved_notice(session, make, school, children, urgent=True)
        wait_for(lambda: states(sqlite_store) == ["accepted"] * 3)
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(60) == 0
        assert json.loads(list(process.stdout or [])[-1])["event"] == "ended"


def test_the_message_in_hand_is_finished_when_the_desk_closes(
    post: Post, sqlite_store: Store, make: Make, tmp_path: Path
) -> None:
    with sqlite_store.bookkeep() as session:
        school = make.school(session)
        approved_notice(session, make, school, class_of(session, make, make.homeroom(session, school), 1))
    with scripted_smtp(replies={"BODY": HANG}) as server, child(sqlite_store.url, tmp_path) as process:
        post.use_mail(server)
        wait_for(lambda: server.mails)
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(60) == 0
    (mail,) = deliveries(sqlite_store)
    assert (mail.state, mail.in_doubt_count) == ("due", 1)  # it may have arrived: that is written down, not lost


def test_a_second_worker_of_the_same_data_directory_is_refused(tmp_path: Path) -> None:
    with DataDirLock(tmp_path / "worker.lock"), child(f"sqlite:///{tmp_path}/x.db", tmp_path) as process:
        assert next_event(process.stdout) == {"event": "error", "code": "worker.already_running"}
        assert process.wait(60) == 1


def test_the_lock_is_free_again_afterwards(tmp_path: Path) -> None:
    with DataDirLock(tmp_path / "worker.lock"), pytest.raises(UserError, match="already_running"):
        DataDirLock(tmp_path / "worker.lock").__enter__()
    with DataDirLock(tmp_path / "worker.lock"):
        pass


def test_a_child_without_orders_says_so(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.worker.victim"]
    done = subprocess.run(command, cwd=ROOT, input="hello\n", capture_output=True, text=True, check=False)
    assert json.loads(done.stdout) == {"event": "error", "code": "worker.no_orders"}
    assert done.returncode == 1
