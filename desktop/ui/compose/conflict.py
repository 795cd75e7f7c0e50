"""Somebody else changed the notice meanwhile: both versions, side by side."""

from enum import Enum

from PySide6.QtWidgets import QDialog, QWidget

from desktop.i18n import LANGUAGES, _, format_exact
from desktop.ui.compose.state import Form, audience_words, written
from desktop.ui.notice_view import copies_words
from desktop.ui.widgets.beside import Beside, fit
from desktop.ui.widgets.pieces import Button, IconLabel, Label, card, column, row, scroll, widget_of
from desktop.ui.widgets.values import KeyValueGrid


class Kept(Enum):
    MINE = "mine"
    THEIRS = "theirs"


class ConflictDialog(QDialog):
    """Which of two versions is right. Closing it decides nothing: what was typed stays where it is."""

    def __init__(self, mine: Form, theirs: Form, who: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Renraku")
        self.kept: Kept | None = None
        title = (
            _("{who} changed this notice meanwhile").format(who=who)
            if who
            else _("Somebody else changed this notice meanwhile")
        )
        text = _("Nothing of yours is lost. Look at both and choose which one to keep.")
        self.mine = Button(_("Keep mine"), "primary", on_click=lambda: self._keep(Kept.MINE))
        self.theirs = Button(_("Take theirs"), "big", on_click=lambda: self._keep(Kept.THEIRS))
        back = Button(_("Decide later"), "big", on_click=self.reject)
        both = Beside((_version(_("Yours"), mine, theirs), 1), (_version(_("Theirs"), theirs, mine), 1), narrow=700)
        words = column(Label(title, "cardTitle", wrap=True), Label(text, wrap=True), spacing=4)
        self.setLayout(
            column(
                row(IconLabel("alert", "warning", 24), 8, (words, 1)),
                (scroll(both), 1),
                row(None, back, self.theirs, self.mine),
                margin=24,
                spacing=16,
            )
        )
        self.setAccessibleName(title)
        self.setAccessibleDescription(text)
        fit(self, 860, 560)

    def _keep(self, kept: Kept) -> None:
        self.kept = kept
        self.accept()


def _version(title: str, form: Form, other: Form) -> QWidget:
    """One version; what differs from the other is bold."""
    grid = KeyValueGrid()
    grid.show_pairs([(name, _marked(value, differs=value != _pairs(other).get(name)))
                     for name, value in _pairs(form).items()])  # fmt: skip
    return card(Label(title, "bold"), widget_of(column(grid, margin=0)), None)


def _marked(value: str, *, differs: bool) -> QWidget:
    return Label(value or "–", "bold minor" if differs else "minor", wrap=True)


def _pairs(form: Form) -> dict[str, str]:
    pairs = {}
    for code, name in LANGUAGES.items():
        text = form.text(code)
        if written(text):
            pairs[name] = f"{text.title}\n\n{text.body}"
    pairs[_("Audience")] = audience_words(form)
    pairs[_("Copies")] = copies_words(form.copies)
    pairs[_("Send at")] = format_exact(form.send_at) if form.send_at else _("As soon as it is approved")
    pairs[_("Not after")] = format_exact(form.useless_after) if form.useless_after else "–"
    return pairs
