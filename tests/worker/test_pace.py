"""How fast a receiving system is written to."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.domain.claims import MailJob, MailResult
from desktop.domain.deliveries import MailKind, MailOutcome, MailStage
from desktop.domain.mail import Lane
from desktop.worker.pace import Pace, Paces


def test_without_a_limit_there_is_always_room() -> None:
    pace = Pace(None)
    pace.take(1000)
    assert (pace.room(0), pace.wait(0)) == (None, 0)


def test_a_second_may_go_at_once_and_then_it_keeps_its_pace() -> None:
    pace = Pace(10)
    assert pace.room(100) == 10
    pace.take(10)
    assert pace.room(100) == 0
    assert pace.wait(100) == pytest.approx(0.25)
    assert pace.room(100.31) == 3
    assert pace.room(200) == 10


def test_what_is_urgent_takes_the_first_one_there_is() -> None:
    pace = Pace(10)
    pace.room(100)
    pace.take(10)
    assert (pace.room(100.11), pace.room(100.11, urgent=True)) == (0, 1)


def test_complaints_halve_the_rate_and_quiet_minutes_bring_it_back() -> None:
    pace = Pace(10)
    pace.slow_down(100)
    pace.slow_down(101)  # another connection, told the same
    assert pace.rate == 5
    pace.slow_down(110)
    assert pace.rate == 2.5
    pace.room(171)
    assert pace.rate == 5
    pace.room(500)
    assert pace.rate == 10


def test_who_has_no_limit_gets_one_by_complaining_and_loses_it_again() -> None:
    pace = Pace(None)
    pace.slow_down(100)
    assert (pace.rate, pace.room(100)) == (20, 0)
    pace.room(161)
    assert pace.rate is None


@given(st.lists(st.tuples(st.floats(0, 2), st.booleans()), max_size=60))
def test_never_more_goes_out_than_the_rate_and_one_burst(steps: list[tuple[float, bool]]) -> None:
    pace, now, taken = Pace(10), 100.0, 0
    pace.room(now)
    for seconds, urgent in steps:
        now += seconds
        room = pace.room(now, urgent=urgent) or 0
        pace.take(room)
        taken += room
    assert taken <= 10 + 10 * (now - 100) + 0.001


def test_only_the_lane_that_complains_is_slowed() -> None:
    paces = Paces()
    paces.use({Lane.DOCOMO: 10, Lane.AU: 10})
    job = MailJob(1, 1, "a@docomo.ne.jp", "ja", False, 0, 0, datetime(2026, 11, 20, tzinfo=UTC), None)
    for kind, reason in (
        (MailKind.ACCEPTED, ""),
        (MailKind.DEFERRED, "greylisted"),
        (MailKind.DEFERRED, "rate_limited"),
    ):
        assert (paces["docomo"].rate, paces["au"].rate) == (10, 10)
        paces.hear(MailResult("t", job, MailOutcome(1, kind, MailStage.RCPT, 421, reason)), 100)
    assert (paces["docomo"].rate, paces["au"].rate) == (5, 10)
    paces.use({Lane.DOCOMO: 4})
    assert (paces["docomo"].rate, paces["au"].rate) == (4, None)
