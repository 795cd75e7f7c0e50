"""What tests of the desk and of its widgets share: patience, and an empty screen afterwards."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

_NOT_TESTED_MS = 1000
_PATIENCE_MS = 60_000


class PatientBot(QtBot):
    """A limit of a second or more ends a test that hangs. It is no part of what is tested, and a loaded machine must
    not reach it: so it is a minute at least.
    """

    def waitUntil(self, callback: Callable[[], bool | None], *, timeout: int = _PATIENCE_MS) -> None:  # noqa: N802
        super().waitUntil(callback, timeout=_patient(timeout))

    def waitSignal(self, signal: Any, *, timeout: int = _PATIENCE_MS, **how: Any) -> Any:  # noqa: N802
        return super().waitSignal(signal, timeout=_patient(timeout), **how)


def _patient(timeout: int) -> int:
    return max(timeout, _PATIENCE_MS) if timeout >= _NOT_TESTED_MS else timeout


def clear_away() -> None:
    """Destroy every window that is left, as the end of the program would.

    Each would be dressed anew at every change of the palette or the size in the tests after it; hundreds of them made
    that take seconds.
    """
    for widget in QApplication.topLevelWidgets():
        widget.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
