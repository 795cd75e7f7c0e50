"""The three-day rule: each step once, counted from the sending, whatever workers, clocks and gateways do."""

import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select, update

from desktop.domain.sms import REPLY_USEFUL, Applicant, LockReason, Template
from desktop.domain.sms_gateways import SmsKind, SmsOutcome
from desktop.secrets import Secrets, new_data_key
from desktop.services.sms_replies import SmsReplies
from desktop.services.sms_timer import SmsTimer
from desktop.store import audit, sms_accounts, sms_replies
from desktop.store import settings as settings_store
from desktop.store.db import Session, Store
from desktop.store.sms_replies import NewReply
from desktop.store.tables import AuditEvent, Installation, SmsReply, SmsReview
from tests.conftest import Clock
from tests.make import Make
from tests.sms_office import AN, SmsOffice

SECRETS = Secrets.handed({"DATA_KEY": new_data_key()})
TAKEN = SmsOutcome(SmsKind.ACCEPTED)


@dataclass
class City:
    """Accounts by text message, the worker's timer, and a gateway that takes what it is given."""

    store: Store
    clock: Clock
    make: Make
    texts: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.office = SmsOffice(self.store, SECRETS, self.make)
        self.replies = SmsReplies(self.store, SECRETS, self.clock)
        self.timer = SmsTimer(self.store)
        with self.store.bookkeep() as session:
            self.make.installation(session)
            settings_store.put(session, "sms.enabled", True)

    def send(self, outcome: SmsOutcome = TAKEN) -> int:
        """All that is due; says how many texts were taken."""
        before = len(self.texts)
        while (claimed := self.replies.claim()) is not None:
            self.replies.settle(*claimed, outcome)
            if outcome is TAKEN:
                self.texts.append(claimed[1].text)
        return len(self.texts) - before

    def owe(self, account: int, phone: str, issue: int) -> None:
        with self.store.bookkeep() as session:
            sms_replies.put(session, NewReply(Template.ACCOUNT, "{0} {1}", phone, None, account, issue))

    def hurry(self) -> None:
        """Whatever waits for its next attempt is due now."""
        with self.store.bookkeep() as session:
            session.execute(update(SmsReply).values(due_at=self.clock()))

    @contextmanager
    def acting(self) -> Iterator[Session]:
        with self.store.write(self.make.principal()) as session:
            yield session
            audit.record(session, "changed", "account")

    def audited(self) -> list[str]:
        with self.store.read() as session:
            return list(session.scalars(select(AuditEvent.verb).order_by(AuditEvent.id)))[1:]

    def reviews(self) -> list[tuple[str, str]]:
        with self.store.read() as session:
            return [(each.reason, each.subject) for each in session.scalars(select(SmsReview))]


@pytest.fixture
def city(store: Store, clock: Clock, make: Make) -> City:
    return City(store, clock, make)


def test_after_3_6_and_9_days_a_new_password_goes_and_after_12_the_account_locks(city: City) -> None:
    account = city.office.texted()
    seen = [city.office.password(account)]
    for number in (1, 2, 3):
        city.clock.turn(hours=72, seconds=-1)
        assert city.timer.run() == 0
        city.clock.turn(seconds=1)
        assert not city.office.issued(account).is_good(city.clock())
        assert city.timer.run() == 1
        assert city.send() == 1
        seen.append(city.office.password(account))
        assert city.texts[-1] == (
            f"TK: 0905123456, MK moi: {seen[-1]}. Mat khau cu da bi xoa vi qua 03 ngay chua doi. "
            "De nghi anh chi doi mat khau. Cam on!"
        )
        assert city.office.issued(account).reissues == number
    city.clock.turn(hours=72)
    assert (city.timer.run(), city.timer.run(), city.send()) == (1, 0, 0)
    held = city.office.issued(account)
    assert (held.state, held.is_good(city.clock())) == ("locked", False)
    assert len(set(seen)) == 4
    assert city.reviews() == [("unchanged", f"account {account}")]
    assert city.audited() == ["reissued_by_timer"] * 3 + ["locked_unchanged"]


def test_nothing_counts_while_the_gateway_is_down_and_the_72_hours_count_from_the_sending(city: City) -> None:
    account = city.office.texted()
    city.clock.turn(hours=72)
    city.timer.run()
    for _day in range(10):
        city.send(SmsOutcome(SmsKind.AGAIN, "unreachable"))
        city.clock.turn(days=1)
        assert city.timer.run() == 0
    assert city.send() == 1
    city.clock.turn(hours=71)
    assert city.office.issued(account).is_good(city.clock())
    assert city.timer.run() == 0
    city.clock.turn(hours=1)
    assert city.timer.run() == 1


def test_a_worker_that_was_away_for_long_makes_one_step(city: City) -> None:
    account = city.office.texted()
    city.clock.turn(days=40)
    assert not city.office.issued(account).is_good(city.clock())
    assert [city.timer.run() for _again in range(3)] == [1, 0, 0]
    assert city.send() == 1
    assert city.office.issued(account).reissues == 1


def test_many_workers_make_a_step_once(city: City) -> None:
    account = city.office.texted()
    city.clock.turn(hours=72)
    made: list[int] = []
    together = threading.Barrier(4)

    def work() -> None:
        timer = SmsTimer(city.store)
        together.wait()
        made.append(timer.run())

    workers = [threading.Thread(target=work) for _worker in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sum(made) == 1
    assert city.office.issued(account).issue == 2
    assert city.send() == 1


def test_an_hour_back_puts_a_step_off_by_an_hour_and_a_leap_brings_one_alone(city: City) -> None:
    account = city.office.texted()
    city.clock.turn(hours=24)
    city.clock.turn(hours=-1)
    city.clock.turn(hours=48)
    assert city.timer.run() == 0
    city.clock.turn(hours=1)
    assert city.timer.run() == 1
    city.send()
    city.clock.turn(days=365)
    assert (city.timer.run(), city.send(), city.timer.run()) == (1, 1, 0)
    city.clock.turn(days=-365)  # it was wrong, and is put right: no password is good for a year
    assert city.timer.run() == 0
    city.clock.turn(hours=72)
    assert not city.office.issued(account).is_good(city.clock())
    assert city.timer.run() == 1


@pytest.mark.parametrize("what", ["switched off", "not released"])
def test_no_step_is_made_where_no_text_could_leave(city: City, what: str) -> None:
    city.office.texted()
    city.clock.turn(hours=72)
    with city.store.bookkeep() as session:
        if what == "switched off":
            settings_store.put(session, "sms.enabled", False)
        else:
            session.scalars(select(Installation)).one().released = False
    assert city.timer.run() == 0


# Random sequences against a small model

_numbers = itertools.count(1)
LIFE = timedelta(hours=72)


class OneAccount(RuleBasedStateMachine):
    """One account: what a citizen, staff, the gateway, the clock and two workers do to it, in any order.

    The model knows no issues: `end` is when the password that may be in the citizen's hands stops, `timed` whether
    the gateway took its text, `waits_since` since when a text waits.
    """

    city: City

    @initialize()
    def begin(self) -> None:
        number = next(_numbers)
        applicant = Applicant("Trần Văn Ba", "Tran Van Ba", f"{number:012}", AN.birth_date)
        self.phone = f"09{number:08}"
        self.account = self.city.office.texted(self.phone, applicant, sent=False)
        self.other = SmsTimer(self.city.store)
        self.seen: set[str] = set()
        self.steps, self.is_locked, self.is_own = 0, False, False
        self.anew(1)

    def anew(self, issue: int | None) -> None:
        self.end: datetime | None = None
        self.timed = False
        self.waits_since: datetime | None = None
        if issue is not None:
            self.city.owe(self.account, self.phone, issue)
            self.waits_since = self.now

    @property
    def now(self) -> datetime:
        return self.city.clock()

    @property
    def is_open(self) -> bool:
        return not self.is_locked and not self.is_own

    @property
    def is_good(self) -> bool:
        return self.is_open and self.end is not None and self.now < self.end

    @property
    def is_due(self) -> bool:
        return self.is_open and self.timed and self.end is not None and self.now >= self.end

    @rule(hours=st.sampled_from([1, 24, 71, 72, 73, 240]))
    def time_passes(self, hours: int) -> None:
        self.city.clock.turn(hours=hours)

    @rule()
    def the_clock_goes_back_an_hour(self) -> None:
        self.city.clock.turn(hours=-1)

    @rule()
    def the_gateway_takes_what_is_due(self) -> None:
        leaves = self.could_leave()
        assert self.city.send() == leaves
        if leaves:
            self.end, self.timed = self.now + LIFE, True
            self.seen.add(self.city.office.password(self.account))
        self.waits_since = None

    @rule()
    def the_gateway_is_silent(self) -> None:
        leaves = self.could_leave()
        assert self.city.send(SmsOutcome(SmsKind.UNKNOWN, "timeout")) == 0
        if leaves:
            self.end = self.now + LIFE
            self.seen.add(self.city.office.password(self.account))
        else:
            self.waits_since = None

    def could_leave(self) -> bool:
        self.city.replies.expire()
        self.city.hurry()
        return self.waits_since is not None and self.is_open and self.now < self.waits_since + REPLY_USEFUL

    @rule(workers=st.sampled_from(["one", "two", "the other one is late"]))
    def the_timer_runs(self, workers: str) -> None:
        expected = int(self.is_due)
        if self.end is not None and self.is_open:
            self.end = min(self.end, self.now + LIFE)
        late = self.other.due() if workers == "the other one is late" else []
        made = self.city.timer.run() + sum(self.other.step(each) for each in late)
        assert made + (self.other.run() if workers == "two" else 0) == expected
        if expected and self.steps == 3:
            self.is_locked = True
            self.anew(None)
        elif expected:
            self.steps += 1
            self.anew(None)
            self.waits_since = self.now

    @precondition(lambda self: self.is_good)
    @rule()
    def the_citizen_sets_their_own(self) -> None:
        with self.city.acting() as session:
            sms_accounts.set_own(session, sms_accounts.lock_row(session, self.account), "argon")
        self.is_own = True

    @precondition(lambda self: not self.is_locked)
    @rule()
    def staff_issue_anew(self) -> None:
        with self.city.acting() as session:
            held = sms_accounts.lock_row(session, self.account)
            issue = sms_accounts.issue_anew(session, held, reissues=0).issue
        self.steps, self.is_own = 0, False
        self.anew(issue)

    @precondition(lambda self: not self.is_locked)
    @rule()
    def staff_lock(self) -> None:
        with self.city.acting() as session:
            sms_accounts.lock(session, self.account, LockReason.STAFF)
        self.is_locked = True
        self.anew(None)

    @precondition(lambda self: self.is_locked)
    @rule()
    def staff_unlock(self) -> None:
        with self.city.acting() as session:
            sms_accounts.unlock(session, self.account)
        self.is_locked = False

    @invariant()
    def one_password_at_most_is_good_and_in_its_time(self) -> None:
        held = self.city.office.issued(self.account)
        current = self.city.office.password(self.account)
        good = {each for each in self.seen if each == current and held.is_good(self.now)}
        assert len(good) == int(self.is_good)
        assert (held.reissues, held.state == "locked") == (self.steps, self.is_locked)

    def teardown(self) -> None:
        """The next account finds no timer running but its own."""
        with self.city.acting() as session:
            sms_accounts.set_own(session, sms_accounts.lock_row(session, self.account), "argon")
        self.city.send()


def test_no_order_of_events_makes_two_steps_of_one_or_leaves_two_passwords_good(
    sqlite_store: Store, clock: Clock, make: Make
) -> None:
    OneAccount.city = City(sqlite_store, clock, make)
    run_state_machine_as_test(
        OneAccount, settings=settings(max_examples=8, stateful_step_count=25, suppress_health_check=list(HealthCheck))
    )
