"""Answers the dialog that closing asks."""

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from desktop.desk.closing_dialog import Choice, ClosingDialog


def answered(choice: Choice) -> list[str]:
    """The next closing dialog is answered so; what it says is kept."""
    said: list[str] = []

    def answer() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, ClosingDialog)
        said.append(dialog.accessibleDescription())
        {Choice.KEEP: dialog.keep, Choice.FINISH: dialog.finish, Choice.STOP: dialog.stop}[choice].click()

    QTimer.singleShot(0, answer)
    return said
