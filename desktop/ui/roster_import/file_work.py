"""Work on a file: a short one just in the background, a long one with its progress and a way to stop."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QObject

from desktop.domain.errors import UserError
from desktop.ui.long_work import Ending, LongWork, Progress, Stage
from desktop.ui.tasks import Tasks

T = TypeVar("T")
Step = Callable[[int, int], None]

MANY_ROWS = 5_000
_LARGE_FILE = 500_000


def is_large(path: Path) -> bool:
    try:
        return path.stat().st_size > _LARGE_FILE
    except OSError:
        return False


class FileWork(QObject):
    """One piece of work at a time: a new one ends the one before."""

    def __init__(self, tasks: Tasks, owner: QObject) -> None:
        super().__init__(owner)
        self._tasks = tasks
        self._owner = owner
        self._running: LongWork | None = None

    def run(
        self,
        work: Callable[[Step], T],
        done: Callable[[T], None],
        *,
        title: str,
        long: bool,
        failed: Callable[[Exception], None],
        stopped: Callable[[], None],
    ) -> None:
        """`work` is handed what it tells its progress; `stopped` is called when somebody had it stopped."""
        if self._running is not None:
            self._running.cancel()
            self._running = None
        if long:
            self._run_long(work, done, title, failed, stopped)
        else:
            self._tasks.run(lambda: work(_unwatched), done, owner=self._owner, lane="file", failed=failed)

    def _run_long(
        self,
        work: Callable[[Step], T],
        done: Callable[[T], None],
        title: str,
        failed: Callable[[Exception], None],
        stopped: Callable[[], None],
    ) -> None:
        def refusable(progress: Progress) -> T | UserError:
            try:
                return work(progress.step)
            except UserError as error:
                return error  # the page says it itself, not the foot of the window as well

        def settle(result: T | UserError) -> None:
            if isinstance(result, UserError):
                failed(result)
            else:
                done(result)

        running = self._tasks.run_long(
            refusable, title, owner=self._owner, ending=lambda _result: Ending(""), done=settle, failed=failed
        )
        self._running = running if running.stage is Stage.RUNNING else None
        running.ended.connect(lambda: self._on_ended(running, stopped))

    def _on_ended(self, work: LongWork, stopped: Callable[[], None]) -> None:
        if self._running is not work:
            return
        self._running = None
        if work.stage is Stage.CANCELLED:
            stopped()


def _unwatched(done: int, total: int) -> None:
    """Nobody waits for it."""
