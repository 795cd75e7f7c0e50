"""Leases: one worker has a message at a time, the urgent ones first, and what is settled stays settled."""

import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from desktop.domain.claims import JournalFindings, MailClaim, MailResult, MailWish
from desktop.domain.deliveries import LineKind, LineOutcome, MailKind, MailOutcome, MailStage
from desktop.services.deliveries import Deliveries
from desktop.store.db import Store
from desktop.store.tables import ChannelState, School
from tests.conftest import NOON, Clock
from tests.make import Make
from tests.outgoing import approved_notice, crowd, deliveries, notice_state, set_notice, states

Crowd = Callable[..., int]


@pytest.fixture
def sending(store: Store, clock: Clock, make: Make) -> Deliveries:
    with store.bookkeep() as session:
        make.installation(session)
        make.school(session)
    return Deliveries(store, clock)


@pytest.fixture
def worker(sending: Deliveries) -> int:
    return sending.sign_on("one", "here")


@pytest.fixture
def started(store: Store, make: Make, sending: Deliveries) -> Crowd:
    """A notice on its way to so many addresses; returns its id."""
    rooms = iter(range(1, 9))

    def start(size: int, kind: str = "email", **details: Any) -> int:
        with store.bookkeep() as session:
            school = session.scalars(select(School)).one()
            label = f"3-{next(rooms)}"
            child = crowd(session, make, make.homeroom(session, school, label), size, kind=kind)
            include = [f"homeroom:H001/{label}"]
            notice = approved_notice(session, make, school, [child], include=include, **details).id
        sending.begin_due()
        return notice

    return start


def claim(
    sending: Deliveries, worker: int, limit: int = 9, *, lane: str | None = None, urgent: bool = False
) -> MailClaim:
    (claimed,) = sending.claim_mail(worker, [MailWish(lane, urgent, limit)])
    return claimed


def outcome(kind: MailKind, delivery_id: int, reason: str = "", code: int | None = 250) -> MailOutcome:
    return MailOutcome(delivery_id, kind, MailStage.END_OF_DATA, code, reason)


def settled(mails: MailClaim, kind: MailKind, reason: str = "") -> list[MailResult]:
    return [MailResult(mails.token, job, outcome(kind, job.delivery_id, reason)) for job in mails.jobs]


def test_a_claimed_message_is_nobody_elses(sending: Deliveries, worker: int, started: Crowd) -> None:
    started(5)
    first = claim(sending, worker, 3, lane="other")
    second = claim(sending, worker, 3, lane="other")
    assert (len(first.jobs), len(second.jobs)) == (3, 2)
    assert not {job.delivery_id for job in first.jobs} & {job.delivery_id for job in second.jobs}


def test_connections_that_ask_together_get_what_each_can_take(sending: Deliveries, worker: int, started: Crowd) -> None:
    started(6)
    wishes = [MailWish("other", False, limit) for limit in (1, 3, 9)]
    claims = sending.claim_mail(worker, [*wishes, MailWish("other", True, 2)])
    assert [len(claimed.jobs) for claimed in claims] == [1, 3, 2, 0]
    assert len({job.delivery_id for claimed in claims for job in claimed.jobs}) == 6
    assert sum(sending.settle_mail(settled(claimed, MailKind.ACCEPTED)) for claimed in claims) == 6


def test_what_comes_back_behind_the_last_claim_is_not_forgotten(
    sending: Deliveries, worker: int, started: Crowd
) -> None:
    started(6)
    first, second = claim(sending, worker, 2, lane="other"), claim(sending, worker, 2, lane="other")
    sending.give_back({first.token: [job.delivery_id for job in first.jobs]})
    third = claim(sending, worker, 9, lane="other")
    assert {job.delivery_id for job in third.jobs} >= {job.delivery_id for job in first.jobs}
    assert len(third.jobs) == 4
    sending.give_back({second.token: [job.delivery_id for job in second.jobs]})
    sending.look()
    assert claim(sending, worker, 1, lane="other").jobs[0] in second.jobs


def test_lanes_and_urgency_are_claimed_apart(sending: Deliveries, worker: int, started: Crowd) -> None:
    started(2)
    urgent = started(1, urgent=True)
    assert claim(sending, worker, 9, lane="docomo").jobs == ()
    (job,) = claim(sending, worker, 9, urgent=True).jobs
    assert job.notice_id == urgent
    assert sending.look().due == {("email", "other", False)}


@pytest.mark.parametrize("state", ["stopped", "cancelled", "draft", "done"])
def test_only_a_notice_on_its_way_is_claimed(
    store: Store, sending: Deliveries, worker: int, started: Crowd, state: str
) -> None:
    notice = started(2)
    set_notice(store, notice, state=state)
    assert sending.look().due == frozenset()
    assert claim(sending, worker, 9).jobs == ()


def test_what_is_put_off_or_useless_is_not_claimed(
    sending: Deliveries, worker: int, clock: Clock, started: Crowd
) -> None:
    started(1, useless_after=NOON + timedelta(hours=1))
    mails = claim(sending, worker, 9)
    assert mails.jobs[0].useless_in_s == 3600
    sending.settle_mail(settled(mails, MailKind.DEFERRED, "greylisted"))
    assert claim(sending, worker, 9).jobs == ()
    clock.turn(seconds=30)
    again = claim(sending, worker, 9)
    sending.give_back({again.token: [again.jobs[0].delivery_id]})
    clock.turn(hours=1)
    assert claim(sending, worker, 9).jobs == ()


def test_accepted_is_written_once_and_counted(store: Store, sending: Deliveries, worker: int, started: Crowd) -> None:
    notice = started(3)
    mails = claim(sending, worker, 9)
    assert sending.settle_mail(settled(mails, MailKind.ACCEPTED)) == 3
    assert sending.settle_mail(settled(mails, MailKind.ACCEPTED)) == 0
    row = deliveries(store)[0]
    assert (row.state, row.attempts, row.stage, row.code, row.settled_at) == ("accepted", 1, "end_of_data", 250, NOON)
    assert (row.worker_id, row.lease_token, row.leased_until) == (None, None, None)
    sending.clean_up()
    assert notice_state(store, notice) == "done"


def test_accepted_mails_may_be_told_by_their_numbers_alone(
    store: Store, sending: Deliveries, worker: int, started: Crowd
) -> None:
    started(3)
    mails = claim(sending, worker, 9)
    ids = [job.delivery_id for job in mails.jobs]
    refused = MailResult(mails.token, mails.jobs[0], outcome(MailKind.REFUSED, ids[0], "spam", 550))
    assert sending.settle_mail([], {"lost": ids}) == 0
    assert sending.settle_mail([refused], {mails.token: ids[1:]}) == 2
    by_id = {row.id: (row.state, row.stage, row.code) for row in deliveries(store)}
    assert [by_id[id_] for id_ in ids] == [("failed", "end_of_data", 550), *[("accepted", "end_of_data", 250)] * 2]


def test_marks_and_the_next_claim_can_be_one_transaction(
    store: Store, sending: Deliveries, worker: int, started: Crowd
) -> None:
    started(4)
    first = claim(sending, worker, 3)
    ids = [job.delivery_id for job in first.jobs]
    written, (second,) = sending.settle_and_claim([], {first.token: ids}, worker, [MailWish("other", False, 9)])
    assert (written, len(second.jobs)) == (3, 1)
    assert sorted(states(store)) == ["accepted", "accepted", "accepted", "leased"]


def test_a_lost_lease_settles_nothing(
    store: Store, sending: Deliveries, worker: int, clock: Clock, started: Crowd
) -> None:
    started(1)
    late = claim(sending, worker, 9)
    clock.turn(seconds=61)
    other_worker = sending.sign_on("two", "there")
    assert sending.take_over_expired(other_worker) == 1
    other = claim(sending, worker, 9)
    assert sending.settle_mail(settled(late, MailKind.ACCEPTED)) == 0
    sending.give_back({late.token: [late.jobs[0].delivery_id]})
    assert states(store) == ["leased"]
    assert sending.settle_mail(settled(other, MailKind.ACCEPTED)) == 1


def test_a_renewed_lease_is_not_taken_over(sending: Deliveries, worker: int, clock: Clock, started: Crowd) -> None:
    started(1)
    mails = claim(sending, worker, 9)
    clock.turn(seconds=50)
    assert sending.renew([mails.token, "lost"]) == {mails.token}
    clock.turn(seconds=50)
    assert sending.take_over_expired(sending.sign_on("two", "there")) == 0


def test_a_clock_put_forward_takes_nothing_from_a_worker_that_lives(
    sending: Deliveries, worker: int, clock: Clock, started: Crowd
) -> None:
    started(2)
    mails = claim(sending, worker, 1)
    other = sending.sign_on("two", "there")
    theirs = claim(sending, other, 1)
    clock.turn(hours=1)
    for each in (worker, other):
        sending.beat(each)
    assert sending.look().expired_leases
    assert sending.take_over_expired(other, [theirs.token]) == 0
    assert sending.take_over_expired(worker, [mails.token]) == 0
    assert sending.settle_mail(settled(mails, MailKind.ACCEPTED)) == 1


def test_a_claim_whose_answer_was_lost_comes_back_to_its_worker(
    sending: Deliveries, worker: int, clock: Clock, started: Crowd
) -> None:
    started(1)
    claim(sending, worker, 1)
    assert sending.take_over_expired(worker) == 0
    clock.turn(seconds=61)
    assert sending.take_over_expired(worker) == 1
    assert len(claim(sending, worker, 1).jobs) == 1


def test_several_ways_of_ending_in_one_go(store: Store, sending: Deliveries, worker: int, started: Crowd) -> None:
    started(5)
    mails = claim(sending, worker, 9)
    kinds = [MailKind.ACCEPTED, MailKind.REFUSED, MailKind.DEFERRED, MailKind.UNKNOWN, MailKind.NOT_SENT]
    results = [
        MailResult(mails.token, job, outcome(kind, job.delivery_id, "" if kind is MailKind.ACCEPTED else "refused"))
        for job, kind in zip(mails.jobs, kinds, strict=True)
    ]
    sending.settle_mail(results)
    by_id = {row.id: row for row in deliveries(store)}
    found = [by_id[job.delivery_id] for job in mails.jobs]
    assert [row.state for row in found] == ["accepted", "failed", "due", "due", "due"]
    assert [row.attempts for row in found] == [1, 1, 1, 1, 0]
    assert [row.in_doubt_count for row in found] == [0, 0, 0, 1, 0]
    assert [row.due_at - NOON for row in found] == [timedelta(seconds=s) for s in (0, 0, 30, 30, 0)]


def test_a_dead_workers_journal_says_what_became_of_its_mails(
    store: Store, sending: Deliveries, worker: int, started: Crowd
) -> None:
    started(4)
    mails = claim(sending, worker, 9)
    accepted, refused, begun, untouched = (job.delivery_id for job in mails.jobs)
    token = mails.token
    findings = JournalFindings(
        "one", frozenset({(token, begun), ("older", untouched)}), {(token, accepted): 250, (token, refused): 554}
    )
    assert sending.settle_from_journal(findings) == 4
    by_id = {row.id: row for row in deliveries(store)}
    assert {id_: (row.state, row.in_doubt_count) for id_, row in by_id.items()} == {
        accepted: ("accepted", 0),
        refused: ("failed", 0),
        begun: ("due", 1),
        untouched: ("due", 0),
    }


def test_the_journal_of_an_unknown_worker_changes_nothing(store: Store, sending: Deliveries, started: Crowd) -> None:
    started(1)
    assert sending.settle_from_journal(JournalFindings("never heard of")) == 0
    assert states(store) == ["due"]


def test_many_threads_claim_everything_once(store: Store, sending: Deliveries, worker: int, started: Crowd) -> None:
    started(200)
    seen: Counter[int] = Counter()
    lock = threading.Lock()

    def work() -> None:
        while jobs := claim(sending, worker, 7).jobs:
            with lock:
                seen.update(job.delivery_id for job in jobs)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert (len(seen), set(seen.values())) == (200, {1})


def test_many_workers_begin_a_notice_once(store: Store, sending: Deliveries, make: Make) -> None:
    with store.bookkeep() as session:
        school = session.scalars(select(School)).one()
        child = crowd(session, make, make.homeroom(session, school), 50, kind="email")
        notice = approved_notice(session, make, school, [child]).id
    began: list[bool] = []
    threads = [threading.Thread(target=lambda: began.append(sending.begin(notice))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(began) == [False, False, False, True]
    assert len(deliveries(store)) == 50


def test_a_call_is_stored_before_it_is_made_and_keeps_its_words(
    sending: Deliveries, worker: int, clock: Clock, started: Crowd
) -> None:
    started(3, "line")
    first = sending.claim_line(worker, urgent=False)
    assert first is not None
    assert first.call.method == "multicast"
    assert sending.claim_line(worker, urgent=False) is None
    sending.settle_line(first, LineOutcome(LineKind.UNKNOWN))
    clock.turn(minutes=1)
    again = sending.claim_line(worker, urgent=False)
    assert again is not None
    assert (again.call, again.unknown, again.attempts) == (first.call, True, 2)


def test_a_call_that_was_not_made_leaves_no_doubt(
    store: Store, sending: Deliveries, worker: int, started: Crowd
) -> None:
    started(3, "line")
    job = sending.claim_line(worker, urgent=False)
    assert job is not None
    sending.give_back_call(job)
    again = sending.claim_line(worker, urgent=False)
    assert again is not None
    assert (again.call, again.unknown, again.attempts) == (job.call, False, 1)


def test_a_call_whose_worker_died_is_in_doubt_and_repeated_unchanged(
    sending: Deliveries, worker: int, started: Crowd
) -> None:
    started(3, "line")
    job = sending.claim_line(worker, urgent=False)
    assert job is not None
    sending.settle_from_journal(JournalFindings("one"))
    again = sending.claim_line(worker, urgent=False)
    assert again is not None
    assert (again.call, again.unknown) == (job.call, True)


def test_an_old_key_that_nobody_can_have_accepted_is_replaced(
    sending: Deliveries, worker: int, clock: Clock, started: Crowd
) -> None:
    started(3, "line")
    job = sending.claim_line(worker, urgent=False)
    assert job is not None
    sending.settle_line(job, LineOutcome(LineKind.UNAVAILABLE))
    clock.turn(hours=23)
    sending.clean_up()
    again = sending.claim_line(worker, urgent=False)
    assert again is not None
    assert again.call.retry_key != job.call.retry_key


def test_urgent_calls_are_claimed_apart(sending: Deliveries, worker: int, started: Crowd) -> None:
    started(2, "line")
    urgent = started(2, "line", urgent=True)
    job = sending.claim_line(worker, urgent=True)
    assert job is not None
    assert job.notice_id == urgent
    assert sending.claim_line(worker, urgent=True) is None


def test_a_stopped_channel_is_told_since_when(store: Store, sending: Deliveries, clock: Clock) -> None:
    sending.stop_channel("email", "server_down", timedelta(seconds=5))
    clock.turn(minutes=1)
    sending.stop_channel("email", "auth_refused", timedelta(seconds=60))
    with store.read() as session:
        row = session.scalars(select(ChannelState)).one()
    assert (row.stopped_reason, row.stopped_at, row.retry_at) == (
        "auth_refused",
        NOON,
        NOON + timedelta(minutes=2),
    )
    sending.clear_channel("email")
    assert sending.look().stopped == {}
