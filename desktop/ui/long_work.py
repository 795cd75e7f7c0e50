"""Work that takes its time: how far it is, how fast it goes, how long it will take, and how it ended."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from PySide6.QtCore import QObject, Qt, Signal, Slot

_REPORT_EVERY_S = 0.1
# Before this much time a rate is a guess that only unsettles.
_RATE_AFTER_S = 1.5


class Cancelled(Exception):  # noqa: N818 - a wish that was granted, no error
    """Raised by long work that stopped because it was asked to."""


class Stage(Enum):
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Ending:
    """What the quiet message at the end says, and where its link leads."""

    text: str
    link: str = ""
    open: Callable[[], None] | None = None


class Progress:
    """What long work holds on its own thread: it tells how far it is and asks whether to stop."""

    def __init__(self, tell: Callable[[int, int, str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._tell = tell
        self._clock = clock
        self._told_at = float("-inf")
        self._cancelled = threading.Event()

    @property
    def cancelled(self) -> bool:
        return self._cancelled.is_set()

    def step(self, done: int, total: int, note: str = "") -> None:
        """Say how far it is; as often as is handy, it is passed on ten times a second. Raises Cancelled when asked to
        stop, so call it where stopping leaves nothing half done."""
        if self.cancelled:
            raise Cancelled
        now = self._clock()
        if done < total and now - self._told_at < _REPORT_EVERY_S:
            return
        self._told_at = now
        self._tell(done, total, note)

    def cancel(self) -> None:
        self._cancelled.set()


class LongWork(QObject):
    """One piece of long work as the desk shows it. Total 0 means that nobody knows how much it is."""

    changed = Signal()
    ended = Signal()
    cancel_asked = Signal()
    _stepped = Signal(int, int, str)

    def __init__(
        self,
        title: str,
        *,
        cancellable: bool = True,
        clock: Callable[[], float] = time.monotonic,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.title = title
        self.cancellable = cancellable
        self.stage = Stage.RUNNING
        self.done = 0
        self.total = 0
        self.note = ""
        self.ending: Ending | None = None
        self.error: Exception | None = None
        self.cancelling = False
        self._clock = clock
        self._started = self._stepped_at = clock()
        self._stepped.connect(self.step, Qt.ConnectionType.AutoConnection)

    def tell(self, done: int, total: int, note: str = "") -> None:
        """`step` from any thread."""
        self._stepped.emit(done, total, note)

    @Slot(int, int, str)
    def step(self, done: int, total: int, note: str = "") -> None:
        self.done, self.total, self.note = done, total, note
        self._stepped_at = self._clock()
        self.changed.emit()

    @property
    def rate(self) -> float | None:
        """Things a second until the last word of it, or None while it is too early to say."""
        passed = self._stepped_at - self._started
        return self.done / passed if self.done and passed >= _RATE_AFTER_S else None

    @property
    def seconds_left(self) -> float | None:
        """Counted down between two words of how far it is; None where it takes longer than it seemed to."""
        if not self.rate or not self.total:
            return None
        left = (self.total - self.done) / self.rate - (self._clock() - self._stepped_at)
        return left if left > 0 else None

    def cancel(self) -> None:
        """Ask it to stop; it ends when it has."""
        if self.stage is Stage.RUNNING and not self.cancelling:
            self.cancelling = True
            self.cancel_asked.emit()
            self.changed.emit()

    def finish(self, ending: Ending) -> None:
        self.ending = ending
        self._end(Stage.DONE)

    def fail(self, error: Exception) -> None:
        self.error = error
        self._end(Stage.FAILED)

    def stop(self) -> None:
        self._end(Stage.CANCELLED)

    def _end(self, stage: Stage) -> None:
        self.stage = stage
        self.changed.emit()
        self.ended.emit()
