"""Asks what closing the desk shall do with what is still to go out."""

from enum import Enum

from PySide6.QtWidgets import QWidget

from desktop.desk.closing import Farewell
from desktop.i18n import _
from desktop.ui.dialogs import Dialog
from desktop.ui.widgets.pieces import Button, IconLabel, Label, column, row


class Choice(Enum):
    KEEP = "keep"
    """The window stays."""
    FINISH = "finish"
    """The window goes, the sending goes on until nothing is due soon."""
    STOP = "stop"
    """The window goes, and nothing more is sent."""


class ClosingDialog(Dialog):
    """To finish without the window is the default; where nothing is due soon, to keep it open."""

    def __init__(self, farewell: Farewell, parent: QWidget | None = None) -> None:
        super().__init__(520, parent)
        self.choice = Choice.KEEP
        title = _("Renraku has not finished sending") if farewell.finishing else _("Close Renraku?")
        texts = [Label(text, wrap=True) for text in _texts(farewell)]
        self.keep = Button(_("Keep it open"), "big", on_click=self.reject)
        stop = _("Stop and close") if farewell.finishing else _("Close anyway")
        kind = "danger" if farewell.finishing else "dangerPrimary"  # one loud button is enough
        self.stop = Button(stop, kind, on_click=lambda: self._choose(Choice.STOP))
        self.finish = Button(_("Finish in the background"), "primary", on_click=lambda: self._choose(Choice.FINISH))
        self.finish.setVisible(bool(farewell.finishing))
        first = self.finish if farewell.finishing else self.keep
        first.setDefault(True)
        first.setFocus()
        icon = IconLabel("clock" if farewell.finishing else "alert", "accent" if farewell.finishing else "danger", 24)
        words = column(Label(title, "cardTitle", wrap=True), *texts, spacing=8)
        buttons = (
            row(self.stop, None, self.keep, self.finish) if farewell.finishing else row(None, self.keep, self.stop)
        )
        self.setLayout(column(row(column(icon, None), 8, (words, 1)), buttons, margin=24, spacing=24))
        self.setAccessibleName(title)
        self.setAccessibleDescription("\n".join(_texts(farewell)))

    def _choose(self, choice: Choice) -> None:
        self.choice = choice
        self.accept()


def _texts(farewell: Farewell) -> list[str]:
    said = [farewell.finishing] if farewell.finishing else []
    if farewell.finishing:
        said.append(_("Renraku can finish this without its window, and ends by itself when it is done."))
        said.append(_("If you stop, none of it is sent until Renraku is opened again on this computer."))
    return [*said, farewell.later] if farewell.later else said


def ask(farewell: Farewell, parent: QWidget) -> Choice:
    """Ask and wait for the answer; Escape keeps the window."""
    dialog = ClosingDialog(farewell, parent)
    dialog.exec()
    return dialog.choice
