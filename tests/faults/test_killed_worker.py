"""The worker is killed with -9 in the middle of its work, and started again (DESIGN "Sending" 5 and 6)."""

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest

from desktop.channels.practice_line import LineRequest
from desktop.domain.notices import NoticeText
from desktop.store.db import Store
from tests.faults.harness import HookedSmtp
from tests.make import Make
from tests.outgoing import approved_notice, class_of, deliveries, notice_state
from tests.sending import Post, message_ids
from tests.stand_ins import LineServer

ROOT = Path(__file__).resolve().parent.parent.parent
FAMILIES = 40
TWO = {"ja": NoticeText("延期", "延期します"), "vi": NoticeText("Hoãn", "Bị hoãn")}


class Killer:
    """Kills a process, once."""

    def __init__(self) -> None:
        self.pid: int | None = None
        self._lock = threading.Lock()

    def kill(self) -> None:
        with self._lock:
            if self.pid is not None:
                os.kill(self.pid, signal.SIGKILL)
                with suppress(ChildProcessError):  # the test may have seen it die first
                    os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT)
            self.pid = None


class KillingLine(LineServer):
    """Kills its client at the `count`-th call, before LINE takes the messages or after."""

    def __init__(self, count: int, after_accepting: bool, killer: Killer) -> None:
        super().__init__()
        self._count, self._after, self._killer = count, after_accepting, killer

    def respond(self, request: LineRequest) -> tuple[bytes, bool]:
        is_send = request.path.endswith(("message/push", "message/multicast"))
        self._count -= is_send
        if not is_send or self._count != 0:
            return super().respond(request)
        if not self._after:
            self._killer.kill()
            return b"", False
        answer = super().respond(request)
        self._killer.kill()
        return answer


@pytest.fixture
def store(sqlite_store: Store) -> Store:
    return sqlite_store


def start(store: Store, folder: Path, token: str) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "tests.worker.victim", store.url, str(folder), token]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def run_killed_and_again(post: Post, store: Store, folder: Path, killer: Killer, token: str = "") -> None:
    """The second worker is the same program over the same files; it may live in this process."""
    with start(store, folder, token) as first:
        killer.pid = first.pid
        _, said = first.communicate(timeout=30)
    assert first.returncode == -signal.SIGKILL, said.decode()
    post.run()


POINTS = [
    ("GREETING", 1),
    ("MAIL", 1),
    ("RCPT", 2),
    ("DATA", 1),
    ("BODY", 1),
    ("MAIL", 9),
    ("DATA", 17),
    ("BODY", 20),
    ("BODY", FAMILIES),
]


@pytest.mark.parametrize(("step", "count"), POINTS, ids=[f"{step}-{count}" for step, count in POINTS])
def test_no_mail_is_lost_and_what_came_twice_is_counted(
    post: Post, sqlite_store: Store, make: Make, tmp_path: Path, step: str, count: int
) -> None:
    with sqlite_store.bookkeep() as session:
        school = make.school(session)
        children = class_of(session, make, make.homeroom(session, school), FAMILIES)
        notice = approved_notice(session, make, school, children)
    post.deliveries.begin_due()
    killer = Killer()
    with HookedSmtp(step, count, killer.kill) as server:
        post.use_mail(server)
        run_killed_and_again(post, sqlite_store, tmp_path, killer)
    found = message_ids(server)
    rows = deliveries(sqlite_store)
    doubted = sum(row.in_doubt_count for row in rows)
    twice = sum(found.values()) - FAMILIES
    assert len(found) == len(set(server.addresses)) == FAMILIES
    assert max(found.values()) <= 2
    assert twice <= doubted <= server.connections_then
    assert twice >= (step == "BODY")  # the server had it, the worker never heard so
    assert Counter(row.state for row in rows) == {"accepted": FAMILIES}
    assert notice_state(sqlite_store, notice.id) == "done"


@pytest.mark.parametrize(
    ("count", "after_accepting"), [(1, True), (1, False), (2, True)], ids=["accepted", "not-taken", "second-call"]
)
def test_no_line_message_is_lost_and_none_comes_twice(
    post: Post, sqlite_store: Store, make: Make, tmp_path: Path, count: int, after_accepting: bool
) -> None:
    with sqlite_store.bookkeep() as session:
        school = make.school(session)
        children = class_of(session, make, make.homeroom(session, school), 20, line=True, mail=False)
        for child in children[:3]:
            make.guardian(session, child, mail=None, line="", language="vi")
        notice = approved_notice(session, make, school, children, texts=TWO)
    post.deliveries.begin_due()
    killer = Killer()
    with KillingLine(count, after_accepting, killer) as server:
        post.use_line(server)
        run_killed_and_again(post, sqlite_store, tmp_path, killer, server.token)
    assert len(server.got) == 23
    assert set(server.got.values()) == {1}
    assert Counter(row.state for row in deliveries(sqlite_store)) == {"accepted": 23}
    assert len({request.body for request in server.sends}) == 2
    assert notice_state(sqlite_store, notice.id) == "done"
