"""The worker beside the desk: started as a child process, watched, started again when it dies."""

import json
import logging
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot
from shiboken6 import isValid

import desktop
from desktop.paths import Paths

log = logging.getLogger(__name__)

BACK_OFF_S = (1, 2, 5, 10, 30, 60)
_WELL_AFTER_MS = 60_000
_LOOK_AGAIN_S = 15
_RUN = "import sys; from desktop.cli.main import main; sys.exit(main())"
ALREADY_RUNNING = "worker.already_running"


class Stage(Enum):
    OFF = "off"
    """Not wanted here."""
    STARTING = "starting"
    RUNNING = "running"
    DOWN = "down"
    """It ended and will be started again at `retry_at`."""
    ELSEWHERE = "elsewhere"
    """Another worker sends; this desk looks again later whether it still does."""


@dataclass(frozen=True, slots=True)
class WorkerState:
    """How the worker is. `reason`: a code that can be worded, or empty where it ended without a word."""

    stage: Stage = Stage.OFF
    reason: str = ""
    retry_at: datetime | None = None
    may_send: bool = True
    stopped: Mapping[str, str] = field(default_factory=dict)


class WorkerKeeper(QObject):
    """Keeps one child at work. It gets its orders and secrets by its stdin and ends when that closes, so also when
    the desk dies; it is never killed, because a message in hand would be in doubt.

    `orders` gives the line that a child reads first, anew for each child. `sends_elsewhere`, asked on the child's own
    thread before it is started, says whether another worker is alive and this one is not needed.
    """

    changed = Signal()
    _news = Signal(object, object)
    _ended = Signal(object, int)

    def __init__(
        self,
        paths: Paths,
        orders: Callable[[], str],
        clock: Callable[[], datetime],
        sends_elsewhere: Callable[[], bool] = lambda: False,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._paths = paths
        self._orders = orders
        self._clock = clock
        self._sends_elsewhere = sends_elsewhere
        self._child: _Child | None = None
        self._deaths = 0
        self._error = ""
        self.state = WorkerState()
        self._later = QTimer(self, singleShot=True)
        self._later.timeout.connect(self._launch)
        self._well = QTimer(self, singleShot=True, interval=_WELL_AFTER_MS)
        self._well.timeout.connect(self._on_well)
        self._news.connect(self._on_news, Qt.ConnectionType.QueuedConnection)
        self._ended.connect(self._on_ended, Qt.ConnectionType.QueuedConnection)

    @property
    def pid(self) -> int | None:
        """The child's, while it lives."""
        return self._child.pid if self._child else None

    def start(self, after_ms: int = 0) -> None:
        """Keep a worker from now on, or from a little later on; one that waits to be started again need not."""
        if self._child is not None:
            return
        self._later.stop()
        if after_ms:
            self._later.start(after_ms)
        else:
            self._launch()

    def restart(self) -> None:
        """Let the child finish what it has in hand and start another, which gets its orders anew."""
        if self._child is None:
            self.start()
        else:
            self._deaths = 0
            self._child.let_go()

    def stop(self, patience_s: float = 0) -> bool:
        """Want no worker any more: nothing new is begun, the message in hand is finished. False if it still runs."""
        self._later.stop()
        self._well.stop()
        child, self._child = self._child, None
        self._show(Stage.OFF)
        if child is None:
            return True
        child.let_go()
        return child.wait(patience_s)

    def _launch(self) -> None:
        self._error = ""
        self._show(Stage.STARTING)
        self._child = _Child(
            _command_line(self._paths), self._orders, self._sends_elsewhere, self._tell, self._tell_end
        )

    def _tell(self, child: "_Child", news: Mapping[str, Any]) -> None:
        """On the child's thread."""
        if isValid(self):
            self._news.emit(child, news)

    def _tell_end(self, child: "_Child", code: int) -> None:
        """On the child's thread."""
        if isValid(self):
            self._ended.emit(child, code)

    @Slot(object, object)
    def _on_news(self, child: "_Child", news: Mapping[str, Any]) -> None:
        if child is not self._child:
            return
        match news.get("event"):
            case "ready":
                self._well.start()
                self._show(Stage.RUNNING)
            case "status":
                self._show(Stage.RUNNING, may_send=bool(news["may_send"]), stopped=dict(news["stopped"]))
            case "error":
                self._error = str(news["code"])

    @Slot(object, int)
    def _on_ended(self, child: "_Child", code: int) -> None:
        if child is not self._child:
            return
        self._child = None
        self._well.stop()
        if child.not_needed or self._error == ALREADY_RUNNING:
            self._wait(Stage.ELSEWHERE, _LOOK_AGAIN_S)
        elif child.let_gone:
            self._launch()
        else:
            log.warning("the worker ended with %d %s", code, self._error)
            wait_s = BACK_OFF_S[min(self._deaths, len(BACK_OFF_S) - 1)]
            self._deaths += 1
            self._wait(Stage.DOWN, wait_s)

    def _wait(self, stage: Stage, seconds: int) -> None:
        self._later.start(seconds * 1000)
        self._show(stage, reason=self._error, retry_at=self._clock() + timedelta(seconds=seconds))

    def _on_well(self) -> None:
        self._deaths = 0

    def _show(self, stage: Stage, **details: Any) -> None:
        state = WorkerState(stage, **details)
        if state != self.state:
            self.state = state
            self.changed.emit()


class _Child:
    """One process and the thread that starts it and listens to it. All callbacks are made on that thread."""

    def __init__(
        self,
        command: list[str],
        orders: Callable[[], str],
        not_needed: Callable[[], bool],
        tell: Callable[["_Child", Mapping[str, Any]], None],
        tell_end: Callable[["_Child", int], None],
    ) -> None:
        self._command = command
        self._orders = orders
        self._ask = not_needed
        self._tell = tell
        self._tell_end = tell_end
        self._process: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()
        self.not_needed = False
        self.let_gone = False
        # Not a daemon's business to be cut off: but a desk that ends must not wait for a mail server either.
        self._thread = threading.Thread(target=self._live, name="worker's keeper", daemon=True)
        self._thread.start()

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def let_go(self) -> None:
        """Close the pipe: the child ends when it has finished what it has in hand."""
        with self._lock:
            self.let_gone = True
            if self._process is not None and self._process.stdin is not None:
                _close(self._process.stdin)

    def wait(self, patience_s: float) -> bool:
        self._thread.join(patience_s)
        return not self._thread.is_alive()

    def _live(self) -> None:
        try:
            code = self._run()
        except Exception:
            # Whatever keeps a worker from being started, the keeper hears of it and tries again.
            log.exception("the worker cannot be started")
            code = -1
        self._tell_end(self, code)

    def _run(self) -> int:
        if self._ask():
            self.not_needed = True
            return 0
        process = self._start(self._orders())
        if process is None:
            return 0
        assert process.stdout is not None
        with process.stdout:
            for line in process.stdout:
                if news := _read(line):
                    self._tell(self, news)
        code = process.wait()
        with self._lock:
            _close(process.stdin)
        return code

    def _start(self, orders: str) -> subprocess.Popen[str] | None:
        with self._lock:
            if self.let_gone:
                return None
            process = subprocess.Popen(  # noqa: S603 - this very program
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,  # its log says the same
                encoding="utf-8",
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
            self._process = process
            assert process.stdin is not None
            try:
                process.stdin.write(orders)
                process.stdin.flush()
            except OSError:
                _close(process.stdin)  # it died at once; its exit code tells
            return process


def _close(pipe: Any) -> None:
    try:
        pipe.close()
    except OSError:
        log.debug("the worker has closed the pipe already")


def _read(line: str) -> Mapping[str, Any] | None:
    """One line of news; whatever else a library prints is no news."""
    try:
        said = json.loads(line)
    except ValueError:
        return None
    return said if isinstance(said, dict) else None


def _command_line(paths: Paths) -> list[str]:
    """This very program as a child. The database's address goes by the pipe, because it may hold a password."""
    script = Path(desktop.__file__).resolve().parent.parent / "main.py"
    if getattr(sys, "frozen", False):
        program = [sys.executable]
    else:
        program = [sys.executable, str(script)] if script.exists() else [sys.executable, "-c", _RUN]
    return [*program, "--data-dir", str(paths.data_dir), "worker", "--from-desk"]
