"""The terms of use to which a guardian agreed, as the portal shows them."""

from PySide6.QtWidgets import QDialog, QWidget

from desktop.i18n import _
from desktop.ui.theme import px
from desktop.ui.widgets.pieces import Button, Label, column, row, scroll
from desktop.wording import terms


class TermsDialog(QDialog):
    """In the language of the desk; a version that the city's files no longer have is said to be missing."""

    def __init__(self, version: str, city: str, parent: QWidget | None) -> None:
        super().__init__(parent)
        title = _("Terms of use, version {version}").format(version=version)
        self.setWindowTitle(title)
        known = version in terms.versions()
        blocks = terms.text(version, city) if known else [("p", _("There is no text of this version any more."))]
        labels = [Label(text, "bold" if kind == "h2" else "", wrap=True) for kind, text in blocks]
        close = Button(_("Close"), "primary", on_click=self.accept)
        text = scroll(column(*labels, None, spacing=8, margin=4))
        self.setLayout(column(Label(title, "cardTitle"), (text, 1), row(None, close), margin=24, spacing=16))
        self.resize(px(640), px(560))
