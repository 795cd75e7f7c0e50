"""Whoever takes messages in is killed with -9 between any two steps, and the database goes away (B2, B7).

A day is one citizen's message: it comes in, is decided about, and its reply leaves. It is lived once for each of its
steps by a process that dies there; then everything is started again, and the gateway brings the message once more.
"""

import multiprocessing
import os
import re
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from sqlalchemy import create_engine, event, text
from sqlalchemy.pool import NullPool

from desktop.domain.errors import UserError
from desktop.domain.sms import Gateway
from desktop.domain.sms_gateways import SmsKind, SmsOutcome
from desktop.secrets import Secrets
from desktop.services.sms_intake import SmsIntake
from desktop.services.sms_replies import SmsReplies
from desktop.store.db import Store
from desktop.store.tables import SmsMessage, SmsReply
from tests.conftest import Clock
from tests.make import Make
from tests.sms_town import AN, GOOD, SECRETS, SmsTown, esms, good, kannel

_nursery = multiprocessing.get_context("forkserver")
_nursery.set_forkserver_preload(["tests.faults.test_sms_crash", "psycopg"])


class Office:
    """Portal and worker of one city, whose phones are a file: a line for each text that one of them got."""

    def __init__(self, url: str, keys: dict[str, str], gateway: str, phones: Path) -> None:
        self.clock = Clock()
        self.store = Store(url, clock=self.clock, busy_seconds=60)
        secrets = Secrets.handed(keys)
        self.intake = SmsIntake(self.store, secrets, self.clock)
        self.replies = SmsReplies(self.store, secrets, self.clock)
        self._gateway, self._phones = Gateway(gateway), phones

    def live(self, number: int) -> None:
        """The day of citizen `number`."""
        phone = f"09051{number:05}"
        call = (esms if self._gateway is Gateway.ESMS else kannel)(phone, good(number), number, self.clock())
        answer = self.intake.receive(call)
        if answer.reply_id is not None:
            self._got(phone, answer.body.decode())
            self.intake.answered(answer.reply_id)
        while self.intake.take_in():
            pass
        while found := self.replies.claim():
            self._got(found[1].phone, found[1].text)
            self.replies.settle(*found, SmsOutcome(SmsKind.ACCEPTED))

    def _got(self, phone: str, words: str) -> None:
        with self._phones.open("a", encoding="utf-8") as out:
            out.write(f"{phone} {words}\n")


@contextmanager
def steps(store: Store, act: Callable[[int], None]) -> Iterator[None]:
    """Before each statement that changes something, and each commit, `act` is told its number, from 1 on."""
    done = 0

    def step(*_: object) -> None:
        nonlocal done
        done += 1
        act(done)

    def stated(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith(("INSERT", "UPDATE", "DELETE")):
            step()

    event.listen(store.engine, "before_cursor_execute", stated)
    event.listen(store.engine, "commit", step)
    try:
        yield
    finally:
        event.remove(store.engine, "before_cursor_execute", stated)
        event.remove(store.engine, "commit", step)


def die_everywhere(url: str, keys: dict[str, str], gateway: str, phones: Path, pipe: Connection) -> None:
    """The life of a process that lives one day undisturbed, then sends a child to die at each of its steps."""
    office = Office(url, keys, gateway, phones)
    office.live(0)  # learns every statement
    counted: list[int] = []
    with steps(office.store, counted.append):
        office.live(1)
    for number in range(1, len(counted) + 1):
        office.store.engine.dispose()
        if (child := os.fork()) == 0:
            _live_until(office, number)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
        office.clock.turn(minutes=5)  # leases of the dead are over
        office.live(1 + number)  # started again; the gateway never heard anything
    pipe.send(len(counted))


def _live_until(office: Office, step: int) -> None:
    """What comes after it never happens."""
    with steps(office.store, lambda done: os.kill(os.getpid(), signal.SIGKILL) if done == step else None):
        office.live(1 + step)
    os._exit(0)


@pytest.mark.parametrize(("gateway", "database"), [("kannel", "postgres_store"), ("esms", "sqlite_store")])
def test_a_citizen_gets_one_account_and_its_one_password_wherever_somebody_is_killed(
    request: pytest.FixtureRequest, clock: Clock, make: Make, tmp_path: Path, gateway: str, database: str
) -> None:
    store: Store = request.getfixturevalue(database)
    town = SmsTown(store, clock, make, gateway)
    url = store.engine.url.render_as_string(hide_password=False)
    heard, pipe = _nursery.Pipe(duplex=False)
    phones = tmp_path / "phones.txt"
    process = _nursery.Process(target=die_everywhere, args=(url, SECRETS.handover(), gateway, phones, pipe))
    process.start()
    pipe.close()
    with suppress(EOFError):
        died = heard.recv()
    process.join(60)
    assert process.exitcode == 0
    assert died > 15
    accounts = [login for login, _ in town.accounts()]
    assert accounts == [f"09051{number:05}" for number in range(died + 2)]  # each exactly once
    assert len(town.states()) == died + 2
    assert set(town.states()) == {"answered"}
    got: dict[str, list[str]] = {}
    for line in phones.read_text(encoding="utf-8").splitlines():
        got.setdefault(line[:10], []).extend(re.findall(r"TK: (0\d{9}), MK: (\S+)", line) or [line])
    good_words = {words[:14]: words for words in town.words()}
    for phone in accounts:
        assert phone is not None
        assert len(set(got[phone])) == 1, phone
        assert f"TK: {phone}, MK: {got[phone][0][1]} " in good_words[f"TK: {phone}"]


def _connections_end(store: Store) -> None:
    engine = create_engine(store.engine.url, poolclass=NullPool)
    with engine.connect() as connection:
        others = "pid <> pg_backend_pid() AND datname = current_database()"
        connection.execute(text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}"))
    engine.dispose()


def test_a_database_that_goes_away_at_any_step_leaves_nothing_half_done(
    postgres_store: Store, clock: Clock, make: Make
) -> None:
    """The gateway is told to come again, and does; the worker tries again."""
    town = SmsTown(postgres_store, clock, make, "esms")
    town.ask("0912300000", good(0), 0)
    counted: list[int] = []
    with steps(postgres_store, counted.append):
        town.ask("0912300001", good(1), 1)
    for number in range(1, len(counted) + 1):
        phone = f"09051{number:05}"

        def cut(done: int, at: int = number) -> None:
            if done == at:
                _connections_end(postgres_store)

        with steps(postgres_store, cut), suppress(UserError):
            town.ask(phone, good(1 + number), 1 + number)
        assert town.ask(phone, good(1 + number), 1 + number).startswith(f"TK: {phone}, MK: ")
    assert len(town.accounts()) == len(town.replies()) == len(counted) + 2
    assert set(town.states()) == {"answered"}


def test_while_the_database_is_away_the_gateway_is_told_so_and_nothing_is_kept(town: SmsTown) -> None:
    for trouble, code in ((_locked, "database.busy"), (_gone, "database.unavailable")):
        with trouble(town.store), pytest.raises(UserError) as refused:
            town.text(AN, GOOD, "one")
        assert refused.value.code == code
    with _locked(town.store), pytest.raises(UserError, match=r"sms\.signature"):
        town.text(AN, GOOD, "one", key="wrong")  # whoever has no key waits for nothing
    assert (town.count(SmsMessage), town.count(SmsReply)) == (0, 0)
    town.text(AN, GOOD, "one")
    with _locked(town.store), pytest.raises(UserError, match=r"database\.busy"):
        town.take_in()
    assert town.states() == ["waiting"]
    town.take_in()
    assert town.replies() == [(AN, "account")]


@pytest.fixture
def town(sqlite_url: str, clock: Clock, make: Make) -> Iterator[SmsTown]:
    store = Store(sqlite_url, clock=clock, busy_seconds=0.1)
    yield SmsTown(store, clock, make)
    store.close()


@contextmanager
def _locked(store: Store) -> Iterator[None]:
    with store.bookkeep() as session:
        session.connection()
        yield


@contextmanager
def _gone(store: Store) -> Iterator[None]:
    file = Path(store.engine.url.database or "")
    away = file.rename(file.with_suffix(".away"))
    try:
        yield
    finally:
        away.rename(file)
