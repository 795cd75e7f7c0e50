"""Clocks that jump, and a worker that slept while another took over (DESIGN "Sending" 4)."""

import pytest

from desktop.store.db import Store
from tests.faults.harness import Families, HookedSmtp, came_again, recover, turn, unfinished
from tests.outgoing import deliveries
from tests.sending import Post, wait_for
from tests.stand_ins import LineServer, SmtpScript


@pytest.mark.parametrize("minutes", [60, -60], ids=["forward", "back"])
@pytest.mark.usefixtures("impatient")
def test_a_clock_that_jumps_under_two_workers_sends_nothing_again(
    post: Post, store: Store, families: Families, minutes: int
) -> None:
    families.notice(mails=60, lines=10)
    families.notice(mails=1, urgent=True)
    with HookedSmtp("BODY", 15, lambda: turn(post, minutes), SmtpScript(pause_s=0.02)) as server, LineServer() as line:
        post.use_mail(server)
        post.use_line(line)
        with post.running(), post.running(post.journal.with_name("other")):
            assert server.done.wait(60)
            if minutes > 0:
                wait_for(lambda: not unfinished(store))
        turn(post, max(0, -minutes))  # put right again: what was due waits for its hour
        recover(post)
    assert came_again(post) == 0
    assert sum(row.in_doubt_count for row in deliveries(store)) == 0
