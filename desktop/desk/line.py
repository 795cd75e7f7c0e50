"""The line to the database: noticing that it is down, trying again, noticing that it is back."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from PySide6.QtCore import QObject, QTimer, Signal

from desktop.domain.errors import UserError
from desktop.ui.tasks import Tasks

log = logging.getLogger(__name__)

UNAVAILABLE = "database.unavailable"
TRIES_AFTER_S = (2, 3, 5, 10, 15, 30)


class Line(QObject):
    """Up until somebody says otherwise. While it is down `probe` is tried, sooner at first, then every half minute.

    `probe` reads something small from the database, in the background.
    """

    went_down = Signal()
    came_back = Signal()
    tried = Signal()
    """Another try is over or due; `next_try` has changed."""

    def __init__(
        self, tasks: Tasks, probe: Callable[[], object], clock: Callable[[], datetime], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._probe = probe
        self._clock = clock
        self._tries = 0
        self._probing = False
        self.down_since: datetime | None = None
        self.next_try: datetime | None = None
        self._later = QTimer(self, singleShot=True)
        self._later.timeout.connect(self.try_now)

    @property
    def is_down(self) -> bool:
        return self.down_since is not None

    def is_about_it(self, error: Exception) -> bool:
        """Whether an error says that the database is away; then the line is down from now on."""
        away = isinstance(error, UserError) and error.code == UNAVAILABLE
        if away:
            self.lost()
        return away

    def lost(self) -> None:
        if self.is_down:
            return
        log.warning("the database does not answer")
        self.down_since = self._clock()
        self._tries = 0
        self._plan()
        self.went_down.emit()

    def try_now(self) -> None:
        """Look at once whether the database answers; also while the line seems to be up."""
        if self._probing:
            return
        self._later.stop()
        self._probing = True
        self.next_try = None
        self.tried.emit()
        self._tasks.run(self._probe, self._on_answer, owner=self, failed=self._on_silence)

    def _on_answer(self, _answer: object) -> None:
        self._probing = False
        if self.is_down:
            log.info("the database answers again")
            self.down_since = None
            self.came_back.emit()

    def _on_silence(self, error: Exception) -> None:
        self._probing = False
        if self.is_down:
            self._plan()
        elif not self.is_about_it(error):
            self._tasks.report(self, error)

    def _plan(self) -> None:
        wait_s = TRIES_AFTER_S[min(self._tries, len(TRIES_AFTER_S) - 1)]
        self._tries += 1
        self.next_try = self._clock() + timedelta(seconds=wait_s)
        self._later.start(wait_s * 1000)
        self.tried.emit()
