"""The worker is killed with -9 in the middle of its work, and started again (DESIGN "Sending" 5 and 6)."""

from collections.abc import Iterator
from pathlib import Path
from queue import Queue

import pytest

from desktop.channels.practice_line import LineRequest
from desktop.domain.notices import NoticeText
from desktop.store.db import Store
from tests.faults.harness import Families, HookedSmtp, came_again, everything_went_out
from tests.faults.processes import Running, Yard, yard
from tests.make import Make
from tests.outgoing import approved_notice, class_of, deliveries
from tests.sending import Post, message_ids
from tests.stand_ins import LineServer

FAMILIES = 40
TWO = {"ja": NoticeText("延期", "延期します"), "vi": NoticeText("Hoãn", "Bị hoãn")}
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


@pytest.fixture
def store(sqlite_store: Store) -> Store:
    return sqlite_store


@pytest.fixture
def yards(post: Post, tmp_path: Path) -> Iterator[Yard]:
    with yard(post, tmp_path, speed=1, lease_s=60) as made:
        yield made


class Victim:
    """A worker that shall die."""

    def __init__(self, yards: Yard) -> None:
        self._yards = yards
        self._started: Queue[Running] = Queue()

    def start(self) -> None:
        """Over the same files as the office's own worker, which comes after it."""
        self._worker = self._yards.start(".")
        self._started.put(self._worker)

    def kill(self) -> None:
        self._started.get(timeout=60).kill()

    def is_dead(self) -> bool:
        return self._worker.has_ended(60)


class KillingLine(LineServer):
    """Kills its client at the `count`-th call, before LINE takes the messages or after."""

    def __init__(self, count: int, after_accepting: bool, victim: Victim) -> None:
        super().__init__()
        self._count, self._after, self._victim = count, after_accepting, victim

    def respond(self, request: LineRequest) -> tuple[bytes, bool]:
        is_send = request.path.endswith(("message/push", "message/multicast"))
        self._count -= is_send
        if not is_send or self._count != 0:
            return super().respond(request)
        if not self._after:
            self._victim.kill()
            return b"", False
        answer = super().respond(request)
        self._victim.kill()
        return answer


@pytest.mark.parametrize(("step", "count"), POINTS, ids=[f"{step}-{count}" for step, count in POINTS])
def test_no_mail_is_lost_and_what_came_twice_is_counted(
    post: Post, families: Families, yards: Yard, step: str, count: int
) -> None:
    families.notice(mails=FAMILIES)
    victim = Victim(yards)
    with HookedSmtp(step, count, victim.kill) as server:
        post.use_mail(server)
        victim.start()
        assert victim.is_dead()
        post.run()
    everything_went_out(post)
    doubted = sum(row.in_doubt_count for row in deliveries(post.store))
    assert max(message_ids(server).values()) <= 2
    assert came_again(post) <= doubted <= server.connections_then
    assert came_again(post) >= (step == "BODY")  # the server had it, the worker never heard so


@pytest.mark.parametrize(
    ("count", "after_accepting"), [(1, True), (1, False), (2, True)], ids=["accepted", "not-taken", "second-call"]
)
def test_no_line_message_is_lost_and_none_comes_twice(
    post: Post, make: Make, yards: Yard, count: int, after_accepting: bool
) -> None:
    with post.store.bookkeep() as session:
        school = make.school(session)
        children = class_of(session, make, make.homeroom(session, school), 20, line=True, mail=False)
        for child in children[:3]:
            make.guardian(session, child, mail=None, line="", language="vi")
        approved_notice(session, make, school, children, texts=TWO)
    victim = Victim(yards)
    with KillingLine(count, after_accepting, victim) as server:
        post.use_line(server)
        victim.start()
        assert victim.is_dead()
        post.run()
    everything_went_out(post)
    assert len(server.got) == 23
    assert len({request.body for request in server.sends}) == 2
