"""What the desk does about errors: words for those a person can put right, one dialog for our bugs."""

import logging
import platform
import traceback
from collections.abc import Callable
from datetime import tzinfo
from pathlib import PurePath

from PySide6.QtCore import QObject, qVersion
from PySide6.QtWidgets import QApplication, QWidget

from desktop import __version__
from desktop.domain.errors import UserError
from desktop.i18n import _
from desktop.ui.dialogs import Dialog
from desktop.ui.widgets.pieces import Button, IconLabel, Label, column, row
from desktop.wording.errors import word

log = logging.getLogger(__name__)


def words_for(error: Exception, zone: tzinfo | None = None) -> str:
    """One or two sentences about any error, for the strip and for bands; moments are told in `zone`."""
    if isinstance(error, UserError):
        return str(word(error, zone))
    return _("Something went wrong inside Renraku. Nothing was lost that had been saved before.")


def details_of(error: Exception) -> str:
    """What a developer needs and nothing personal: kinds of errors and places in the program, never their texts."""
    lines = [f"Renraku {__version__} · Python {platform.python_version()} · Qt {qVersion()} · {platform.system()}"]
    at: BaseException | None = error
    while at is not None:
        code = f" {at.code}" if isinstance(at, UserError) else ""
        lines.append(f"{type(at).__name__}{code}")
        frames = traceback.extract_tb(at.__traceback__)
        lines += [f"  {PurePath(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
        at = at.__cause__ or at.__context__
    return "\n".join(lines)


class Reporter(QObject):
    """Where errors go that no widget has a place for. It is what `Tasks` reports to.

    Many reports at once open one dialog. `zone` is the city's, in which moments are told.
    """

    def __init__(self, window: Callable[[], QWidget | None], zone: Callable[[], tzinfo | None] = lambda: None) -> None:
        super().__init__()
        self._window = window
        self._zone = zone
        self.dialog: ErrorDialog | None = None

    def report(self, _owner: QObject, error: Exception) -> None:
        if isinstance(error, UserError):
            message = word(error, self._zone())
            self._show(ErrorDialog(message.text, message.next_step, parent=self._window()))
            return
        log.error("a bug, shown to the person at the desk", exc_info=error)
        title = _("Something went wrong")
        text = _(
            "This is a fault of Renraku, not yours. What you were just doing may not have been done; what had been "
            "saved before is safe. Please look whether it was done before you try again."
        )
        self._show(ErrorDialog(title, text, details_of(error), parent=self._window()))

    def _show(self, dialog: "ErrorDialog") -> None:
        if self.dialog is not None and self.dialog.isVisible():
            dialog.deleteLater()
            return
        if self.dialog is not None:
            self.dialog.deleteLater()
        self.dialog = dialog
        dialog.open()


class ErrorDialog(Dialog):
    """What happened, what to do now, and the details to copy where it was a bug."""

    def __init__(self, title: str, text: str, details: str = "", parent: QWidget | None = None) -> None:
        super().__init__(480, parent)
        self._details = details
        icon = IconLabel("alert-circle", "danger" if details else "warning", 24)
        words = column(Label(title, "cardTitle", wrap=True), Label(text, wrap=True), spacing=8)
        self.copy_button = Button(_("Copy details"), "", "copy", on_click=self._copy)
        self.copy_button.setVisible(bool(details))
        self.close_button = Button(_("Close"), "primary", on_click=self.accept)
        self.close_button.setDefault(True)
        buttons = row(self.copy_button, None, self.close_button)
        layout = column(row(icon, 8, (words, 1)), 8, buttons, margin=24, spacing=16)
        self.setLayout(layout)
        self.setAccessibleName(title)
        self.setAccessibleDescription(text)

    def _copy(self) -> None:
        QApplication.clipboard().setText(self._details)
        self.copy_button.set_words(_("Copied"))
