"""The rules by which an outcome becomes a delivery's next state."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.domain.claims import (
    CHANNEL_IS_WRONG,
    FEWEST_ATTEMPTS,
    MAX_IN_DOUBT,
    MailJob,
    State,
    mail_verdict,
    outcome_of_code,
    retry_delay,
)
from desktop.domain.deliveries import MailKind, MailOutcome, MailStage

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


def job(*, attempts: int = 0, in_doubt: int = 0, age_hours: float = 0, useless_in_s: float | None = None) -> MailJob:
    made = NOW - timedelta(hours=age_hours)
    return MailJob(1, 1, "a@mail.example", "ja", False, attempts, in_doubt, made, useless_in_s)


def outcome(kind: MailKind, reason: str = "") -> MailOutcome:
    return MailOutcome(1, kind, MailStage.RCPT, None, reason)


def test_waits_grow_and_stay_at_a_quarter_of_an_hour() -> None:
    assert [retry_delay(n).total_seconds() for n in range(9)] == [30, 30, 60, 120, 300, 600, 900, 900, 900]


def test_a_refusal_ends_it_and_a_putting_off_does_not() -> None:
    assert mail_verdict(job(), outcome(MailKind.REFUSED, "unknown_user"), NOW).state is State.FAILED
    assert mail_verdict(job(), outcome(MailKind.DEFERRED, "greylisted"), NOW).state is State.DUE


def test_a_day_is_enough_where_nothing_says_when_it_becomes_useless() -> None:
    put_off = outcome(MailKind.DEFERRED, "greylisted")
    assert mail_verdict(job(age_hours=23.9), put_off, NOW).state is State.DUE
    assert mail_verdict(job(age_hours=24, attempts=90), put_off, NOW).state is State.FAILED
    assert mail_verdict(job(age_hours=40, useless_in_s=60), put_off, NOW).state is State.DUE


def test_a_server_that_was_down_for_days_may_put_off_its_first_mails() -> None:
    put_off = outcome(MailKind.DEFERRED, "greylisted")
    assert mail_verdict(job(age_hours=72), put_off, NOW).state is State.DUE
    assert mail_verdict(job(age_hours=72, attempts=FEWEST_ATTEMPTS - 1), put_off, NOW).state is State.FAILED


def test_what_may_have_arrived_never_ends_as_failed_by_waiting() -> None:
    put_off = outcome(MailKind.DEFERRED, "greylisted")
    assert mail_verdict(job(in_doubt=1, age_hours=30, attempts=90), put_off, NOW).state is State.IN_DOUBT


def test_a_server_that_never_confirms_is_given_up() -> None:
    unknown = outcome(MailKind.UNKNOWN, "timeout")
    assert mail_verdict(job(in_doubt=MAX_IN_DOUBT - 2), unknown, NOW).state is State.DUE
    assert mail_verdict(job(in_doubt=MAX_IN_DOUBT - 1), unknown, NOW).state is State.IN_DOUBT


def test_who_is_only_put_off_is_not_given_up_for_doubts_of_before() -> None:
    """Each worker that died may have left one."""
    put_off = outcome(MailKind.DEFERRED, "greylisted")
    assert mail_verdict(job(in_doubt=MAX_IN_DOUBT + 3), put_off, NOW).state is State.DUE


@pytest.mark.parametrize("reason", ["blocked", "rate_limited", "sender_refused"])
def test_whoever_is_refused_before_anybody_was_named_has_not_failed(reason: str) -> None:
    refused = MailOutcome(1, MailKind.REFUSED, MailStage.MAIL, 554, reason)
    verdict = mail_verdict(job(), refused, NOW)
    assert (verdict.state, verdict.attempted) == (State.DUE, False)
    too_big = MailOutcome(1, MailKind.REFUSED, MailStage.MAIL, 552, "too_big")
    assert mail_verdict(job(), too_big, NOW).state is State.FAILED


@pytest.mark.parametrize("reason", sorted(CHANNEL_IS_WRONG))
def test_what_is_our_fault_fails_nobody_and_costs_no_attempt(reason: str) -> None:
    verdict = mail_verdict(job(), outcome(MailKind.REFUSED, reason), NOW)
    assert (verdict.state, verdict.attempted) == (State.DUE, False)


@pytest.mark.parametrize(("code", "kind"), [(250, "accepted"), (451, "deferred"), (554, "refused")])
def test_a_journal_knows_only_the_code(code: int, kind: str) -> None:
    assert outcome_of_code(1, code).kind == kind


@given(
    kind=st.sampled_from(MailKind),
    reason=st.sampled_from(["", "greylisted", "relay_denied", "timeout"]),
    attempts=st.integers(0, 200),
    in_doubt=st.integers(0, 10),
    age=st.floats(0, 100),
    useless=st.none() | st.floats(0, 1e6),
)
def test_every_outcome_ends_or_comes_again_later(
    kind: MailKind, reason: str, attempts: int, in_doubt: int, age: float, useless: float | None
) -> None:
    verdict = mail_verdict(
        job(attempts=attempts, in_doubt=in_doubt, age_hours=age, useless_in_s=useless), outcome(kind, reason), NOW
    )
    assert (verdict.state is State.DUE) == (verdict.again_after is not None)
    assert verdict.doubt == (kind is MailKind.UNKNOWN)
    assert verdict.state in {State.ACCEPTED, State.FAILED, State.DUE, State.IN_DOUBT}
