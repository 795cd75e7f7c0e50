"""Workers in processes of their own, to be killed, stopped and starved.

They are forked from a process that has imported everything, so that one starts in a moment instead of a second.
"""

import logging
import multiprocessing
import os
import signal
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from threading import Event, Thread

from desktop.domain.errors import UserError
from desktop.log import logging_to
from desktop.services.deliveries import Deliveries
from desktop.store import db
from desktop.store.db import Store
from desktop.store.deliveries import accidents, calls, claims
from desktop.worker import channels, dispatch, gate, ledger, loop, office, pace, slots
from desktop.worker.lock import DataDirLock
from tests.conftest import NOON
from tests.sending import Post, RealChannels

log = logging.getLogger(__name__)

_nursery = multiprocessing.get_context("forkserver")
_nursery.set_forkserver_preload(["tests.faults.processes", "desktop.channels.line_client", "psycopg"])


@dataclass(frozen=True)
class Orders:
    """What a worker needs to know. Its leases last for `lease_s` real seconds; `time` is what its clock shows."""

    url: str
    folder: Path
    channels: RealChannels
    time: "Time"
    lease_s: float


@dataclass(frozen=True)
class Time:
    """The tests' day for all processes alike: it began at the monotonic second `started` and goes by so fast."""

    started: float
    speed: float

    def __call__(self) -> datetime:
        return NOON + timedelta(seconds=(time.monotonic() - self.started) * self.speed)


class Running:
    """A worker's process."""

    def __init__(self, orders: Orders) -> None:
        heard, self._pipe = _nursery.Pipe(duplex=False)
        self._process: ForkServerProcess = _nursery.Process(target=_work, args=(orders, heard), daemon=True)
        self._process.start()
        heard.close()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        return self._process.is_alive()

    def has_ended(self, within_s: float) -> bool:
        self._process.join(within_s)
        return not self.is_alive

    def send(self, number: int) -> None:
        """A signal, if it still lives."""
        if self.is_alive:
            os.kill(self.pid, number)

    def put_to_sleep(self, store: Store) -> None:
        """At a moment when it does not hold the lock of an embedded database: nobody else could write then."""
        self.send(signal.SIGSTOP)
        while store.is_sqlite and _is_locked(str(store.engine.url.database)):
            self.send(signal.SIGCONT)
            Event().wait(0.003)
            self.send(signal.SIGSTOP)

    def kill(self) -> None:
        self.send(signal.SIGKILL)
        self._process.join(60)

    def end(self, seconds: float = 30) -> bool:
        """As the desk does: what is in hand is finished. True if it ended well."""
        self._pipe.close()
        self._process.join(seconds)
        assert not self.is_alive
        return self._process.exitcode == 0


class Yard:
    """Starts workers of one office, each with a data directory. Their day goes by `speed` times as fast as ours."""

    def __init__(self, post: Post, folder: Path, speed: float, lease_s: float) -> None:
        self._post, self._folder, self._lease_s = post, folder, lease_s
        self.time = Time(time.monotonic(), speed)
        self._all: list[Running] = []

    def start(self, name: str = "first") -> Running:
        url = self._post.store.engine.url.render_as_string(hide_password=False)
        orders = Orders(url, self._folder / name, self._post.channels, self.time, self._lease_s)
        self._all.append(Running(orders))
        return self._all[-1]

    def clear(self) -> None:
        for each in self._all:
            each.kill()


@contextmanager
def yard(post: Post, folder: Path, *, speed: float = 60, lease_s: float = 1.5) -> Iterator[Yard]:
    made = Yard(post, folder, speed, lease_s)
    try:
        yield made
    finally:
        made.clear()


def _work(orders: Orders, pipe: Connection) -> None:
    """The life of the process."""
    _hurry(orders.lease_s, orders.time.speed)
    stop = Event()
    Thread(target=_stop_at_the_end, args=(pipe, stop), daemon=True).start()
    store = Store(orders.url, clock=orders.time, busy_seconds=60, pool_size=4)
    deliveries = Deliveries(store, orders.time)
    orders.folder.mkdir(exist_ok=True)
    with (
        Path(os.devnull).open("w", encoding="utf-8") as nowhere,
        logging_to(orders.folder, "worker", stream=nowhere),
        DataDirLock(orders.folder / "worker.lock"),
    ):
        try:
            loop.run(deliveries, orders.channels, orders.folder / "journal", stop)
        except UserError as error:
            log.warning("the worker ends: %s", error.code)
            sys.exit(1)
    store.close()


def _stop_at_the_end(pipe: Connection, stop: Event) -> None:
    try:
        pipe.recv()
    except EOFError:
        stop.set()


def _is_locked(file: str) -> bool:
    with closing(sqlite3.connect(file, isolation_level=None, timeout=0)) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
    return False


def _hurry(lease_s: float, speed: float) -> None:
    """Leases that run out while a test waits, a third of them as margin, and a channel that is tried again at once."""
    for module in (dispatch, ledger, office, slots):
        for name, seconds in (("LEASE_S", lease_s), ("MARGIN_S", lease_s / 3)):
            if hasattr(module, name):
                setattr(module, name, seconds)
    for table in (accidents, calls, claims):
        if hasattr(table, "LEASE"):
            table.LEASE = timedelta(seconds=lease_s * speed)  # type: ignore[attr-defined]
    office.BEAT_S, office.TAKE_OVER_S, office.GLANCE_S = lease_s / 8, lease_s / 4, 0.1
    gate._DOWN_RETRY_S = (0.1, 0.1, 0.1, 0.1, 0.1)
    channels.SETTINGS_RETRY_S = 0.5  # type: ignore[attr-defined]  # a name that it imports
    db.ASLEEP_AFTER_S = lease_s
    pace.TOO_FAST = frozenset()
