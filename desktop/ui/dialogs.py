"""Questions and small dialogs. Prefer undo to a question; ask where there is no way back."""

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QWidget

from desktop.i18n import _
from desktop.ui.theme import px
from desktop.ui.widgets.pieces import Button, IconLabel, Label, column, row


class Dialog(QDialog):
    """A dialog that is as tall as its texts need at its width, which Qt does not see to by itself."""

    def __init__(self, width: int = 480, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Renraku")
        self._width = width

    def fit(self) -> None:
        """Take the height that the texts need now; after they have changed, too."""
        layout = self.layout()
        if layout is None:
            return
        width = max(px(self._width), layout.minimumSize().width())
        layout.activate()
        height = layout.totalHeightForWidth(width) if layout.hasHeightForWidth() else layout.sizeHint().height()
        self.setMinimumSize(width, height)
        self.resize(width, height)

    def showEvent(self, event: QShowEvent) -> None:
        self.ensurePolished()
        self.fit()
        super().showEvent(event)


class Question(Dialog):
    """What will happen, in numbers, and a button that says it: "Send to 214 families"."""

    def __init__(
        self,
        title: str,
        text: str,
        button: str,
        *,
        dangerous: bool = False,
        back: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(440, parent)
        icon = IconLabel("alert" if dangerous else "help-circle", "danger" if dangerous else "accent", 24)
        words = column(Label(title, "cardTitle", wrap=True), Label(text, wrap=True), spacing=8)
        kind = "dangerPrimary" if dangerous else "primary"
        self.yes = Button(button, kind, on_click=self.accept)
        self.no = Button(back or _("Back"), "big", on_click=self.reject)
        # What cannot be undone is never one careless Enter away.
        (self.no if dangerous else self.yes).setDefault(True)
        (self.no if dangerous else self.yes).setFocus()
        self.setLayout(column(row(icon, 8, (words, 1)), row(None, self.no, self.yes), margin=24, spacing=24))
        self.setAccessibleName(title)
        self.setAccessibleDescription(text)


def confirm(
    parent: QWidget | None, title: str, text: str, button: str, *, dangerous: bool = False, back: str = ""
) -> bool:
    """Ask and wait for the answer. `back` is what the other button says."""
    question = Question(title, text, button, dangerous=dangerous, back=back, parent=parent)
    return question.exec() == QDialog.DialogCode.Accepted
