"""Work off the GUI thread."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Qt, QThreadPool, Signal, Slot
from shiboken6 import isValid

from desktop.domain.errors import UserError
from desktop.ui.long_work import Cancelled, Ending, LongWork, Progress

T = TypeVar("T")

_AT_ONCE = 2
"""Pieces of work in one lane; a desk has as many connections to its database."""


@dataclass(slots=True, eq=False)
class _Job:
    """`Any` because one queue carries results of every type; `run` ties `work` and `done` together."""

    lane: tuple[int, str] | None
    owner: QObject
    work: Callable[[], Any]
    done: Callable[[Any], None]
    failed: Callable[[Exception], None]
    result: Any = None
    error: Exception | None = None

    def let_go(self) -> None:
        """On the GUI thread: a Qt object of which a thread held the last reference would die there."""
        del self.owner, self.work, self.done, self.failed, self.result


@dataclass(slots=True)
class _Lane:
    """Work of which only the newest outcome matters."""

    running: int = 0
    newest: _Job | None = None
    waiting: _Job | None = None

    def take(self, job: _Job) -> bool:
        """Whether it may begin now; otherwise it waits, unless a still newer one comes."""
        self.newest = job
        if self.running >= _AT_ONCE:
            self.waiting = job
            return False
        self.running += 1
        return True


class Tasks(QObject):
    """Runs plain functions on threads and hands each outcome back on the GUI thread.

    The work must not touch a widget; the callbacks may. An owner that is gone hears nothing any more. What no
    `failed` takes goes to `report`, on the GUI thread.
    """

    busy = Signal()
    idle = Signal()
    long_started = Signal(object)
    _settled = Signal(object)

    def __init__(self, report: Callable[[QObject, Exception], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._report = report
        self._pool = _pool(self, threads=4)
        # Long work has threads of its own, so that a click never waits behind an import.
        self._long_pool = _pool(self, threads=2)
        self._lanes: dict[tuple[int, str], _Lane] = {}
        self._running = 0
        self._long: list[LongWork] = []
        self._settled.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def run(
        self,
        work: Callable[[], T],
        done: Callable[[T], None],
        *,
        owner: QObject,
        failed: Callable[[Exception], None] | None = None,
        lane: str = "",
    ) -> None:
        """Call `work` in the background, then `done` with what it returned.

        In one lane of one owner only the newest outcome is delivered: a slow search never overwrites a later one. Nor
        do searches queue up while somebody types: besides an outdated one runs the newest alone, what was asked for
        between them never.
        """
        key = (id(owner), lane) if lane else None
        job = _Job(key, owner, work, done, failed or self._reporter(owner))
        if key is None or self._lanes.setdefault(key, _Lane()).take(job):
            self._begin()
            self._start(job)

    def run_long(
        self,
        work: Callable[[Progress], T],
        title: str,
        *,
        owner: QObject,
        ending: Callable[[T], Ending],
        done: Callable[[T], None] | None = None,
        failed: Callable[[Exception], None] | None = None,
        cancellable: bool = True,
    ) -> LongWork:
        """Call `work` in the background and show it at the foot of the window until it ends.

        `ending` says what the message at its end reads; it is shown even if the owner is gone, and a failure stays
        until somebody has read it. `done` and `failed` are for the owner. Work may only be `cancellable` if it
        reports its steps.
        """
        shown = LongWork(title, cancellable=cancellable)
        progress = Progress(shown.tell)
        shown.cancel_asked.connect(progress.cancel)

        def settle_well(result: T) -> None:
            shown.finish(ending(result))
            if done and isValid(owner):
                done(result)

        def settle_badly(error: Exception) -> None:
            if isinstance(error, Cancelled):
                shown.stop()
                return
            shown.fail(error)
            if failed and isValid(owner):
                failed(error)
            elif not isinstance(error, UserError):
                self._report(self, error)

        self.follow(shown)
        job = _Job(None, self, lambda: work(progress), settle_well, settle_badly)
        self._begin()
        self._start_long(job)
        return shown

    def follow(self, work: LongWork) -> None:
        """Show long work that runs elsewhere, such as the worker's sending; whoever watches it steps it and ends it."""
        self._long.append(work)
        work.ended.connect(lambda: self._long.remove(work))
        self.long_started.emit(work)

    @property
    def is_busy(self) -> bool:
        return self._running > 0

    @property
    def running_long(self) -> tuple[LongWork, ...]:
        return tuple(self._long)

    def close(self, patience_ms: int = 5000) -> bool:
        """Drop what has not started, ask long work to stop and wait. Returns False if some is still running."""
        for work in self.running_long:
            work.cancel()
        self._pool.clear()
        self._long_pool.clear()
        quick = self._pool.waitForDone(patience_ms)
        return self._long_pool.waitForDone(patience_ms) and quick

    def report(self, owner: QObject, error: Exception) -> None:
        """Tell the person about an error that has no better place; on the GUI thread."""
        self._report(owner, error)

    def _reporter(self, owner: QObject) -> Callable[[Exception], None]:
        return lambda error: self._report(owner, error)

    def _begin(self) -> None:
        self._running += 1
        if self._running == 1:
            self.busy.emit()

    def _start(self, job: _Job) -> None:
        self._pool.start(lambda: self._work(job))

    def _start_long(self, job: _Job) -> None:
        self._long_pool.start(lambda: self._work(job))

    def _work(self, job: _Job) -> None:
        _call(job)
        if isValid(self):
            self._settled.emit(job)

    @Slot(object)
    def _deliver(self, job: _Job) -> None:
        self._running -= 1
        try:
            self._hand_over(job)
        finally:
            job.let_go()
            if self._running == 0:
                self.idle.emit()

    def _hand_over(self, job: _Job) -> None:
        if job.lane and not self._is_newest(job, job.lane):
            return
        if not isValid(job.owner):
            return
        if job.error is not None:
            job.failed(job.error)
        else:
            job.done(job.result)

    def _is_newest(self, job: _Job, key: tuple[int, str]) -> bool:
        """A piece of work of this lane has ended; the one that waits may begin."""
        lane = self._lanes[key]
        lane.running -= 1
        if waiting := lane.waiting:
            lane.waiting = None
            lane.running += 1
            self._begin()
            self._start(waiting)
        elif not lane.running:
            del self._lanes[key]
        return lane.newest is job


class InlineTasks(Tasks):
    """The same, at once and on the calling thread. For tests."""

    def _start(self, job: _Job) -> None:
        _call(job)
        self._deliver(job)

    def _start_long(self, job: _Job) -> None:
        self._start(job)


def _call(job: _Job) -> None:
    try:
        job.result = job.work()
    except Exception as error:  # noqa: BLE001 - the one door between threads carries every error to the GUI thread
        job.error = error


def _pool(parent: QObject, threads: int) -> QThreadPool:
    pool = QThreadPool(parent)
    pool.setMaxThreadCount(threads)
    return pool
