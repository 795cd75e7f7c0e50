"""The desk's own worker: a child process that is handed its secrets, watched, and started again when it dies."""

import json
import logging
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QProcess, QTimer, Signal

log = logging.getLogger(__name__)

_MAIN = Path(__file__).resolve().parent.parent.parent / "main.py"
_PATIENCE_MS = 5000
_BACK_OFF_MS = (1000, 2000, 5000, 10_000, 30_000, 60_000)
_WELL_AFTER_MS = 60_000


class DeskWorker(QObject):
    """One child at a time. It ends with the pipe between them, so also when the desk dies."""

    told = Signal(dict)
    """What it says: `event` and details, see desktop/worker/child.py."""
    running_changed = Signal(bool)

    def __init__(self, data_dir: Path, order_line: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._arguments = [str(_MAIN), "worker", "--from-desk", "--data-dir", str(data_dir)]
        self._order_line = order_line
        self._deaths = 0
        self._wanted = False
        self._process: QProcess | None = None
        self._well = QTimer(self, singleShot=True, interval=_WELL_AFTER_MS)
        self._well.timeout.connect(self._on_well)
        self._again = QTimer(self, singleShot=True)
        self._again.timeout.connect(self._launch)

    @property
    def running(self) -> bool:
        return self._process is not None

    @property
    def pid(self) -> int:
        return self._process.processId() if self._process else 0

    def start(self) -> None:
        self._wanted = True
        if self._process is None:
            self._launch()

    def stop(self) -> None:
        """Close the pipe and wait: the message in hand is finished, nothing more is begun."""
        self._wanted = False
        self._again.stop()
        process = self._process
        if process is None:
            return
        process.closeWriteChannel()
        if not process.waitForFinished(_PATIENCE_MS):
            log.warning("the worker does not end by itself")
            process.kill()
            process.waitForFinished(_PATIENCE_MS)

    def _launch(self) -> None:
        process = QProcess(self)
        process.setProcessChannelMode(QProcess.ProcessChannelMode.ForwardedErrorChannel)
        process.readyReadStandardOutput.connect(self._on_said)
        process.finished.connect(self._on_finished)
        process.errorOccurred.connect(self._on_error)
        self._process = process
        process.start(sys.executable, self._arguments)
        process.write(self._order_line.encode())
        self._well.start()
        self.running_changed.emit(True)

    def _on_said(self) -> None:
        process = self._process
        while process is not None and process.canReadLine():
            line = bytes(process.readLine().data()).decode("utf-8", "replace")
            if news := _news(line):
                self.told.emit(news)

    def _on_error(self, error: QProcess.ProcessError) -> None:
        """Only a child that could not be started at all says nothing when it is finished."""
        if error is QProcess.ProcessError.FailedToStart:
            self._on_finished()

    def _on_finished(self) -> None:
        self._on_said()
        if self._process is not None:
            self._process.deleteLater()
            self._process = None
        self._well.stop()
        self.running_changed.emit(False)
        if self._wanted:
            wait_ms = _BACK_OFF_MS[min(self._deaths, len(_BACK_OFF_MS) - 1)]
            self._deaths += 1
            log.warning("the worker ended; it is started again in %d ms", wait_ms)
            self._again.start(wait_ms)

    def _on_well(self) -> None:
        self._deaths = 0


def _news(line: str) -> Mapping[str, Any] | None:
    try:
        said = json.loads(line)
    except ValueError:
        return None
    return said if isinstance(said, dict) else None
