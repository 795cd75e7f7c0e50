"""Citizens text, and the worker answers beside its notices: nothing lost, one good password, nobody kept waiting."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import select

from desktop.domain.sms import Gateway
from desktop.domain.sms_gateways import OutgoingSms, SmsGateway, SmsKind, SmsOutcome
from desktop.services.deliveries import Deliveries
from desktop.services.sms_keys import SmsKeys
from desktop.services.sms_replies import SmsReplies
from desktop.services.sms_timer import SmsTimer
from desktop.settings import Settings
from desktop.store import sms_accounts
from desktop.store.db import Store
from desktop.store.tables import ChannelState, Installation, SmsAccount, SmsReply
from desktop.worker import loop
from desktop.worker.sms_desk import SmsDesk, SmsFactory
from tests.conftest import Clock
from tests.make import Make
from tests.sending import RealChannels
from tests.sms_town import AN, BINH, GOOD, OTHER, SECRETS, SmsTown, good
from tests.sms_world import SmsStandIn, sms_gateway
from tests.worker.sms_phones import Phones


@pytest.fixture
def town(store: Store, clock: Clock, make: Make) -> SmsTown:
    return SmsTown(store, clock, make)


@pytest.fixture
def small_town(sqlite_store: Store, clock: Clock, make: Make) -> SmsTown:
    """Where the database makes no difference."""
    return SmsTown(sqlite_store, clock, make)


@pytest.fixture
def kannel() -> Iterator[SmsStandIn]:
    with sms_gateway(Gateway.KANNEL) as world:
        yield world


def desk(town: SmsTown, factory: SmsFactory, stop: Event | None = None, store: Store | None = None) -> SmsDesk:
    at = store or town.store
    return SmsDesk(town.intake, SmsTimer(at), SmsReplies(at, SECRETS, town.clock), factory, stop or Event())


def work(town: SmsTown, kannel: SmsStandIn, seconds: float = 0.5) -> SmsDesk:
    """A worker does what there is to do now, and ends."""
    made = desk(town, Phones(kannel.url, seconds))
    made.start()
    made.finish()
    return made


@contextmanager
def working(town: SmsTown, factory: SmsFactory, *, workers: int = 1) -> Iterator[None]:
    stop = Event()
    desks = [desk(town, factory, stop) for _worker in range(workers)]
    for each in desks:
        each.start()
    try:
        yield
    finally:
        stop.set()
        for each in desks:
            each.finish()


def until(true: Callable[[], bool], seconds: float = 60) -> None:
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends, "it did not come about"
        time.sleep(0.02)


def states(town: SmsTown) -> list[str]:
    with town.store.read() as session:
        return list(session.scalars(select(SmsReply.state).order_by(SmsReply.id)))


def stopped(town: SmsTown) -> list[str | None]:
    with town.store.read() as session:
        return list(session.scalars(select(ChannelState.stopped_reason).where(ChannelState.channel == "sms")))


def good_password(town: SmsTown) -> str:
    """The one that may be used now, of the only account."""
    with town.store.read() as session:
        held = sms_accounts.require(session, session.scalars(select(SmsAccount.account_id)).one())
    assert held.is_good(town.clock())
    return SmsKeys(SECRETS).password(held.account_id, held.nonce, held.issue)


def test_whoever_texts_is_answered_and_a_worker_until_idle_leaves_nothing(town: SmsTown, kannel: SmsStandIn) -> None:
    town.text(AN, GOOD)
    town.text(BINH, "TK,?")
    assert work(town, kannel).sent == 2
    assert {taken.phone for taken in kannel.taken} == {AN, BINH}
    password = good_password(town)
    assert [password in taken.text for taken in sorted(kannel.taken, key=lambda one: one.phone)] == [True, False]
    assert town.states() == ["answered", "refused"]
    assert kannel.complaints == []


def test_the_timer_runs_and_its_text_leaves_in_the_same_run(small_town: SmsTown, kannel: SmsStandIn) -> None:
    small_town.text(AN, GOOD)
    work(small_town, kannel)
    small_town.clock.turn(hours=72)
    assert work(small_town, kannel).sent == 1
    assert f"MK moi: {good_password(small_town)}." in kannel.taken[-1].text


@pytest.mark.parametrize("mood", ["silent", "failing", "nonsense", "cut", "hanging_up", "leading_away"])
def test_whatever_the_gateway_does_the_same_text_leaves_again(
    small_town: SmsTown, kannel: SmsStandIn, mood: str
) -> None:
    kannel.mood = mood
    small_town.text(AN, GOOD)
    work(small_town, kannel, 0.2)
    kannel.mood = "well"
    small_town.clock.turn(minutes=10)
    work(small_town, kannel)
    assert states(small_town) == ["sent"]
    assert {good_password(small_town) in taken.text for taken in kannel.taken} == {True}
    assert len({taken.text for taken in kannel.taken}) == 1


def test_a_gateway_that_hangs_holds_up_neither_reading_nor_the_end(small_town: SmsTown, kannel: SmsStandIn) -> None:
    kannel.mood = "silent"
    with working(small_town, Phones(kannel.url, seconds=60)):
        for number in range(3):
            small_town.text(f"09051234{number:02}", good(number))
        until(lambda: small_town.states() == ["read"] * 3)
        began = time.monotonic()
    assert time.monotonic() - began < 10


def test_after_five_equal_failures_all_texts_wait_and_the_first_success_sets_them_going(
    small_town: SmsTown, kannel: SmsStandIn
) -> None:
    for number in range(8):
        small_town.text(f"09051234{number:02}", good(number))
    kannel.mood = "failing"
    work(small_town, kannel)
    assert kannel.calls == 0  # what fails is not answered by it
    with small_town.store.read() as session:
        assert sorted(session.scalars(select(SmsReply.attempts))) == [0] * 3 + [1] * 5
    assert stopped(small_town) == ["server_error"]
    kannel.mood = "well"
    assert work(small_town, kannel).sent == 8
    assert stopped(small_town) == []


def test_a_gateway_that_refuses_us_costs_no_attempt_and_new_settings_are_tried_at_once(
    small_town: SmsTown, kannel: SmsStandIn
) -> None:
    kannel.mood = "broke"
    small_town.text(AN, GOOD)
    with working(small_town, Phones(kannel.url)):
        until(lambda: stopped(small_town) == ["unauthorized"])
        kannel.mood = "well"
        assert states(small_town) == ["due"]
        small_town.set("sms.user", "another")
        until(lambda: states(small_town) == ["sent"], 10)  # sooner than by waiting
    assert stopped(small_town) == []


def test_without_a_gateway_texts_wait(small_town: SmsTown, kannel: SmsStandIn) -> None:
    small_town.text(AN, GOOD)
    made = desk(small_town, Phones(""))
    made.start()
    made.finish()
    assert (small_town.states(), states(small_town), stopped(small_town)) == (["read"], ["due"], ["not_configured"])
    assert work(small_town, kannel).sent == 1


@pytest.mark.parametrize("what", ["switched off", "not released"])
def test_nothing_is_done_where_nothing_may_be_sent(small_town: SmsTown, kannel: SmsStandIn, what: str) -> None:
    small_town.text(AN, GOOD)
    small_town.text(BINH, OTHER)
    small_town.take_in()
    if what == "switched off":
        small_town.set("sms.enabled", False)
    else:
        with small_town.store.bookkeep() as session:
            session.scalars(select(Installation)).one().released = False
    small_town.clock.turn(hours=72)
    phones = Phones(kannel.url)
    made = desk(small_town, phones)
    made.start()
    made.finish()
    assert (kannel.calls, phones.made, states(small_town)) == (0, 0, ["due", "due"])


def test_two_workers_send_each_text_once(town: SmsTown, kannel: SmsStandIn) -> None:
    for number in range(30):
        town.text(f"09051234{number:02}", good(number))
    with working(town, Phones(kannel.url, 20), workers=2):
        until(lambda: states(town) == ["sent"] * 30)
    assert set(Counter(taken.phone for taken in kannel.taken).values()) == {1}


class Locking:
    """A gateway during whose call the database is closed to everybody else for a while."""

    def __init__(self, path: str) -> None:
        self._path = path
        self.sent = 0

    def sms(self, settings: Settings) -> SmsGateway:
        return self

    def send(self, sms: OutgoingSms) -> SmsOutcome:
        self.sent += 1
        other = sqlite3.connect(self._path, check_same_thread=False, isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")

        def let_go() -> None:
            other.execute("ROLLBACK")
            other.close()

        threading.Timer(1.5, let_go).start()
        return SmsOutcome(SmsKind.ACCEPTED, ref="1")

    def check(self) -> bool:
        return True

    def close(self) -> None:
        """Nothing is open."""


def test_what_became_of_a_text_is_written_down_when_the_database_is_back(
    sqlite_store: Store, sqlite_url: str, clock: Clock, make: Make
) -> None:
    town = SmsTown(sqlite_store, clock, make)
    town.text(AN, GOOD)
    town.take_in()
    hasty = Store(sqlite_url, clock=clock, busy_seconds=0.1)
    gateway = Locking(sqlite_url.removeprefix("sqlite:///"))
    stop = Event()
    made = desk(town, gateway, stop, hasty)
    made.start()
    until(lambda: gateway.sent == 1)
    until(lambda: states(town) == ["sent"])
    stop.set()
    made.finish()
    hasty.close()
    assert gateway.sent == 1


def test_a_worker_that_is_killed_between_sending_and_writing_it_down_leaves_one_good_password(
    store: Store, clock: Clock, make: Make, kannel: SmsStandIn, sqlite_url: str
) -> None:
    clock.now = datetime.now(UTC)  # the process has the real time
    town = SmsTown(store, clock, make)
    town.text(AN, GOOD)
    kannel.mood = "slow"  # it takes the text, and its answer never ends
    url = sqlite_url if store.is_sqlite else store.engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "tests.worker.sms_victim", url, kannel.url, SECRETS.get("DATA_KEY") or ""]
    victim = subprocess.Popen(command, cwd=Path(__file__).parents[2])
    try:
        until(lambda: len(kannel.taken) == 1)
    finally:
        os.kill(victim.pid, signal.SIGKILL)
        victim.wait()
    kannel.mood = "well"
    assert work(town, kannel).sent == 0  # the dead worker's lease holds for two minutes
    clock.turn(minutes=3)
    assert work(town, kannel).sent == 1
    assert [good_password(town) in taken.text for taken in kannel.taken] == [True, True]
    assert kannel.taken[0] == kannel.taken[1]
    with store.read() as session:
        held = session.scalars(select(SmsAccount)).one()
        assert (held.issue, held.issue_expires_at) == (1, clock() + timedelta(hours=72))


def test_a_run_until_idle_counts_texts_and_says_which_wait(town: SmsTown, kannel: SmsStandIn, tmp_path: Path) -> None:
    def run() -> dict[str, object]:
        made = loop.run(
            Deliveries(town.store, town.clock), RealChannels(), tmp_path / "journal", Event(),
            until_idle=True, companions=lambda stop: [desk(town, Phones(kannel.url), stop)],
        )  # fmt: skip
        return made.as_json()

    town.text(AN, GOOD)
    told = run()
    assert (told["sent"], told["sent_by_channel"]) == (1, {"email": 0, "line": 0, "sms": 1})
    assert told["waiting"] == []
    kannel.mood = "failing"
    town.text(BINH, "?")
    waiting = run()["waiting"]
    assert isinstance(waiting, list)
    assert [{**wait, "until": None} for wait in waiting] == [
        {"notice": None, "channel": "sms", "reason": "retry", "count": 1, "until": None}
    ]
