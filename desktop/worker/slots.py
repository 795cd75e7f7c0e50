"""Threads that talk to the outside world, each with one claim in hand and at most one waiting.

They know no database: what they find out they report, and one thread (`office.py`) writes it down for all of them.
"""

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from queue import Empty, Queue
from threading import Event, Thread
from typing import Any, Generic, TypeVar

from desktop.domain.claims import LEASE, LineJob, MailResult
from desktop.domain.deliveries import LineOutcome
from desktop.worker.moments import boot_seconds

log = logging.getLogger(__name__)

IDLE_CLOSE_S = 10.0
LEASE_S = LEASE.total_seconds()
MARGIN_S = 5.0
"""So much before its lease ends a slot begins nothing more with it."""


@dataclass
class Lease:
    """A claim in somebody's hands; the office moves `deadline` (boot seconds) on while it can renew it.

    What has become of its mails lies here until the office takes it: ids of those that the server accepted, and the
    `results` of others. The slot only appends, so that neither waits for the other.
    """

    token: str
    channel: str
    deadline: float
    accepted: list[int] = field(default_factory=list)
    results: list[MailResult] = field(default_factory=list)

    def take_accepted(self) -> list[int]:
        """Those that came since the last time."""
        taken = self.accepted[:]
        del self.accepted[: len(taken)]
        return taken

    def take_results(self) -> list[MailResult]:
        """As above."""
        taken = self.results[:]
        del self.results[: len(taken)]
        return taken

    @property
    def over(self) -> bool:
        return boot_seconds() >= self.deadline


@dataclass(frozen=True)
class MailUnsent:
    """Mails of a claim that were not begun."""

    token: str
    ids: tuple[int, ...]


@dataclass(frozen=True)
class LineDone:
    job: LineJob
    outcome: LineOutcome | None  # None: the call was not made


@dataclass(frozen=True)
class Trouble:
    """A channel could not be used; a permanent trouble needs other settings."""

    channel: str
    reason: str
    permanent: bool
    slot: "Slot[Any]"


@dataclass(frozen=True)
class Works:
    """The other side answered as it should."""

    channel: str


@dataclass(frozen=True)
class Finished:
    """A slot is through with a claim: all that became of it has been reported."""

    slot: "Slot[Any]"
    lease: Lease


@dataclass(frozen=True)
class Woken:
    """Something was written somewhere, or somebody wants the worker to stop."""


Report = MailUnsent | LineDone | Trouble | Works | Finished | Woken


@dataclass(frozen=True)
class Surroundings:
    """What every slot shares: where to report, whether to stop, which notices are on their way."""

    reports: "Queue[Report]"
    stopping: Event
    is_sending: Callable[[int], bool]


Work = TypeVar("Work")


class Slot(ABC, Generic[Work]):
    """One thread with its own connection. `load` and `paused_until` belong to the office."""

    def __init__(self, name: str, around: Surroundings) -> None:
        self.name = name
        self.load = 0
        self.paused_until = 0.0
        self._around = around
        self._inbox: Queue[Work | None] = Queue()
        self._thread = Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def give(self, work: Work) -> None:
        self.load += 1
        self._inbox.put(work)

    def end(self) -> None:
        """No more work comes; what is in hand is brought to an end."""
        self._inbox.put(None)

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def report(self, report: Report) -> None:
        self._around.reports.put(report)

    def _run(self) -> None:
        while True:
            try:
                work = self._inbox.get(timeout=IDLE_CLOSE_S)
            except Empty:
                self.rest()
                continue
            if work is None:
                break
            self.do(work)
        self.rest()
        self.leave()

    @abstractmethod
    def do(self, work: Work) -> None:
        """Send what was claimed and report all of it, then `Finished`. Raises nothing."""

    @abstractmethod
    def rest(self) -> None:
        """Nothing to do: let go of the connection."""

    def leave(self) -> None:
        """No more work will come."""
