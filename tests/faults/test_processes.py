"""Worker processes that are killed, put to sleep, or find the disk full."""

import random
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop.store.db import Store
from tests.faults.harness import Families, HookedSmtp, came_again, everything_went_out, unfinished
from tests.faults.mayhem import Mayhem
from tests.faults.processes import Running, Yard, yard
from tests.outgoing import deliveries
from tests.sending import Post, wait_for
from tests.stand_ins import LineServer, SmtpScript

SLOW = SmtpScript(pause_s=0.01)


@pytest.fixture
def yards(post: Post, tmp_path: Path) -> Iterator[Yard]:
    with yard(post, tmp_path) as made:
        yield made


def test_who_was_stopped_and_wakes_sends_nothing_that_another_has_taken_over(
    post: Post, store: Store, families: Families, yards: Yard
) -> None:
    families.notice(mails=80, lines=20)
    stopped: list[Running] = []
    with HookedSmtp("BODY", 12, lambda: stopped[0].put_to_sleep(store), SLOW) as server, LineServer() as line:
        post.use_mail(server)
        post.use_line(line)
        stopped.append(yards.start("sleeper"))
        assert server.done.wait(60)
        other = yards.start("other")
        wait_for(lambda: not unfinished(store))
        sent = len(server.mails)
        stopped[0].send(signal.SIGCONT)
        for each in (*stopped, other):
            each.end()
    everything_went_out(post)
    in_hand = server.connections_then
    assert len(server.mails) - sent <= in_hand
    assert came_again(post) <= 12 + in_hand  # whatever it had not yet told the database, as if its computer were lost


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits another process's files")
@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
@pytest.mark.parametrize("is_killed", [False, True], ids=["goes on", "is killed"])
def test_a_disk_without_room_for_anything_ends_the_sending_until_there_is_some(
    post: Post, store: Store, families: Families, yards: Yard, is_killed: bool
) -> None:
    """Neither journals nor the database can be written: what has been begun by then is all that goes out."""
    import resource  # noqa: PLC0415  not there on Windows

    families.notice(mails=80)
    worker: list[Running] = []

    def files_of_at_most(length: int) -> None:
        resource.prlimit(worker[0].pid, resource.RLIMIT_FSIZE, (length, resource.RLIM_INFINITY))

    with HookedSmtp("BODY", 12, lambda: files_of_at_most(1), SLOW) as server:
        post.use_mail(server)
        worker.append(yards.start())
        assert server.done.wait(60)
        threading.Event().wait(1)
        assert 12 <= len(server.mails) <= 12 + server.connections
        if is_killed:
            worker[0].kill()
            worker[:] = [yards.start()]
        else:
            files_of_at_most(resource.RLIM_INFINITY)
        wait_for(lambda: not unfinished(store))
        worker[0].end()
    everything_went_out(post)
    assert came_again(post) <= (server.connections_then if is_killed else 0)
    assert came_again(post) <= sum(row.in_doubt_count for row in deliveries(store))


@pytest.mark.parametrize("seed", [20261122])
def test_whatever_happens_by_chance_nothing_is_lost(
    post: Post, store: Store, families: Families, yards: Yard, seed: int
) -> None:
    print(f"seed {seed}")  # noqa: T201
    Mayhem(post, families, yards, random.Random(seed)).rage(9)
