"""LINE answering everything that it may, or nothing; then it is well again (FACTS A2 and A3)."""

import random

import pytest

from desktop.store.db import Store
from tests.faults.harness import Families, recover, turn
from tests.outgoing import deliveries
from tests.sending import Post
from tests.stand_ins import Fault, LineServer

HTML = b"<html><body>502 Bad Gateway</body></html>"
NOT_TAKEN = {
    "401": Fault(401),
    "403": Fault(403),
    "404": Fault(404),
    "405": Fault(405, HTML),
    "302": Fault(302, b"", {"location": "http://elsewhere.test/"}),
    "429 by rate": Fault(429, b'{"message":"The API rate limit has been exceeded. Try again later."}'),
    "429 not JSON": Fault(429, HTML, {"retry-after": "1"}),
    "500": Fault(500),
    "502 not JSON": Fault(502, HTML),
    "503": Fault(503, b"", {"retry-after": "30"}),
    "hangs up": Fault(closes=True),
    "silent": Fault(),
    "nonsense": Fault(999, b"\xff\0"),
}
TAKEN = {
    "taken, 500": Fault(500, accepts=True),
    "taken, hangs up": Fault(accepts=True, closes=True),
    "taken, silent": Fault(accepts=True),
    "taken, 200 not JSON": Fault(200, HTML, accepts=True),
    "taken, 200 breaks off": Fault(200, b"{}", {"content-length": "99"}, accepts=True, closes=True),
    "taken, 200 with odd headers": Fault(200, b"{}", {"x-line-request-id": "a\0b", "x-" * 40: "é"}, accepts=True),
    "taken, 504": Fault(504, HTML, accepts=True),
}


@pytest.fixture
def store(sqlite_store: Store) -> Store:
    """Calls and outcomes are tested on both databases beside this."""
    return sqlite_store


@pytest.mark.parametrize("fault", [*NOT_TAKEN, *TAKEN])
def test_what_line_answers_is_made_good_without_anybody(post: Post, families: Families, fault: str) -> None:
    families.notice(lines=5)
    families.notice(lines=1, urgent=True)
    post.channels.line_seconds = 0.2
    with LineServer([(NOT_TAKEN | TAKEN)[fault]] * 3) as line:
        post.use_line(line)
        recover(post)
    assert len(line.got) == 6


def test_an_answer_may_break_off_anywhere(post: Post, families: Families) -> None:
    cuts = random.Random(11).sample(range(1, 160), 12)
    for _ in cuts:
        families.notice(lines=2)
    with LineServer([Fault(accepts=True, cut=cut) for cut in cuts]) as line:
        post.use_line(line)
        recover(post)
    assert len(line.got) == 2 * len(cuts)


def test_a_key_that_line_forgot_while_nobody_sent_is_not_used_again(post: Post, families: Families) -> None:
    """The computer was off for a day, in the middle of a call."""
    notice = families.notice(lines=3)
    with LineServer([Fault(accepts=True, closes=True)]) as line:
        post.use_line(line)
        post.run()
        turn(post, minutes=25 * 60)
        post.run()
    assert {row.state for row in deliveries(post.store, notice)} == {"in_doubt"}
    assert len(line.sends) == 1
