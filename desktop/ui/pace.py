"""Reloading no more often than the eye can follow."""

from collections.abc import Callable

from PySide6.QtCore import QElapsedTimer, QObject, QTimer

EVERY_MS = 1000


class Pace(QObject):
    """Calls `run` at once if it has rested, otherwise once more when it has: a sending worker writes five times a
    second."""

    def __init__(self, run: Callable[[], object], parent: QObject, every_ms: int = EVERY_MS) -> None:
        super().__init__(parent)
        self._run = run
        self._every_ms = every_ms
        self._since = QElapsedTimer()
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self.now)

    def ask(self) -> None:
        """Run now or soon."""
        passed = self._since.elapsed() if self._since.isValid() else self._every_ms
        if passed >= self._every_ms:
            self.now()
        elif not self._later.isActive():
            self._later.start(self._every_ms - passed)

    def now(self) -> None:
        """Run now: the reader has just done something and looks for its effect."""
        self._later.stop()
        self._since.start()
        self._run()
