"""Widgets that a test leaves behind."""

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication


def clear_away() -> None:
    """Destroy every window that is left, as the end of the program would.

    Each would be dressed anew at every change of the palette or the size in the tests after it; hundreds of them made
    that take seconds.
    """
    for widget in QApplication.topLevelWidgets():
        widget.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
