"""Which class children are put into."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.i18n import _, format_number, ngettext
from desktop.ui.dialogs import Dialog
from desktop.ui.rosters.forms import Choices
from desktop.ui.widgets.forms import Choice, FormField
from desktop.ui.widgets.pieces import Button, Label, column, row


class MoveDialog(Dialog):
    """The button names how many children go where."""

    chosen = Signal(int)

    def __init__(self, number: int, offered: Choices, parent: QWidget | None = None) -> None:
        super().__init__(440, parent)
        self._number = number
        self._offered = offered
        title = ngettext("Change the class of {n} child", "Change the class of {n} children", number)
        self.setWindowTitle(title.format(n=format_number(number)))
        self.room = Choice(_("New class"))
        self.room.offer([(None, _("Choose…")), *((room.id, room.label) for room in offered.rooms)])
        self.room.picked.connect(lambda _room: self._show())
        text = _("They have no student number in the new class yet. You can undo this for 10 minutes.")
        field = FormField(_("New class"), self.room, text)
        self.go = Button("", "primary", on_click=self._choose)
        cancel = Button(_("Cancel"), "big", on_click=self.reject)
        heading = Label(self.windowTitle(), "cardTitle", wrap=True)
        self.setLayout(column(heading, field, 8, row(None, cancel, self.go), margin=24, spacing=16))
        self._show()

    def _show(self) -> None:
        room = self.room.value()
        self.go.setEnabled(isinstance(room, int))
        label = self._offered.room(room) or "…"
        words = ngettext("Move {n} child to {room}", "Move {n} children to {room}", self._number)
        self.go.set_words(words.format(n=format_number(self._number), room=label))

    def _choose(self) -> None:
        room = self.room.value()
        if isinstance(room, int):
            self.accept()
            self.chosen.emit(room)
