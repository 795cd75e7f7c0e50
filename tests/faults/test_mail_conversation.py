"""A mail server that goes wrong in every way at every step, while a worker goes on and time goes by."""

import random
from collections.abc import Callable, Iterable

import pytest

from desktop.channels.smtp_connection import ConnectionLimits
from desktop.store.db import Store
from tests.faults.harness import (
    Families,
    MoodySmtp,
    bad_once,
    came_again,
    everything_went_out,
    send_while_time_flies,
    unfinished,
)
from tests.sending import Post
from tests.stand_ins import CLOSE, HANG, SmtpScript

SILENCES = 0.3
WRONG = (
    "421 4.3.2 Closing",
    "451 4.3.0 Later",
    "452 4.2.2 Over quota",
    "550 5.1.1 User unknown",
    "552 5.3.4 Too big",
    "554 5.7.1 Blocked by policy",
    CLOSE,
    HANG,
    "hello?",
    "999 ???",
    "\0\xff\xfe",
    "250-Nothing follows",
    "250 " + "x" * 70_000,
    "250 Ok\r\n250 Ok",
)
pytestmark = pytest.mark.usefixtures("impatient")


@pytest.fixture
def store(sqlite_store: Store) -> Store:
    """What is tried here is the talk with servers; claims and outcomes are tested on both databases."""
    return sqlite_store


@pytest.fixture
def send(post: Post) -> Callable[[Iterable[SmtpScript]], MoodySmtp]:
    """Let a worker send over connections of these moods until everything is out."""

    def through(moods: Iterable[SmtpScript]) -> MoodySmtp:
        limits = ConnectionLimits(command_seconds=SILENCES, end_of_data_seconds=SILENCES)
        post.channels.limits, post.channels.connect_seconds = limits, SILENCES
        with MoodySmtp(moods) as server:
            post.use_mail(server)
            send_while_time_flies(post, lambda: not unfinished(post.store))
        everything_went_out(post, but_for=["too_big"])
        return server

    return through


IN_MAILS, AROUND = ("MAIL", "RCPT", "DATA", "BODY"), ("GREETING", "EHLO", "RSET", "QUIT")


@pytest.mark.parametrize(
    ("step", "pipelining"),
    [*((step, True) for step in (*AROUND, *IN_MAILS)), *((step, False) for step in IN_MAILS)],
)
def test_any_answer_at_any_step_loses_nothing(
    post: Post,
    families: Families,
    send: Callable[[Iterable[SmtpScript]], MoodySmtp],
    step: str,
    pipelining: bool,
) -> None:
    families.notice(mails=3 * len(WRONG))
    server = send(bad_once(step, reply, pipelining=pipelining) for reply in WRONG)
    taken_without_a_word = {CLOSE, HANG, "250-Nothing follows", "250 Ok\r\n250 Ok"}
    assert came_again(post) <= len(taken_without_a_word)
    if step != "BODY":
        assert came_again(post) == 0
    assert step in {"GREETING", "EHLO", "QUIT"} or server.connections >= len(WRONG)


@pytest.mark.parametrize("pipelining", [True, False], ids=["pipelined", "in turn"])
@pytest.mark.parametrize(("field", "end", "step"), [("close_after_received", 1300, 13), ("close_after_sent", 330, 5)])
def test_a_conversation_may_end_after_any_byte(
    post: Post,
    families: Families,
    send: Callable[[Iterable[SmtpScript]], MoodySmtp],
    field: str,
    end: int,
    step: int,
    pipelining: bool,
) -> None:
    families.notice(mails=100)
    moods = [SmtpScript(pipelining=pipelining) for _ in range(1, end, step)]
    for position, mood in zip(random.Random(7).sample(range(1, end), len(moods)), moods, strict=True):
        setattr(mood, field, position)
    server = send(moods)
    assert server.connections > len(moods) / 2
