"""Many exact matches at once, after a look at each."""

from collections.abc import Sequence

from PySide6.QtWidgets import QCheckBox, QDialog, QWidget

from desktop.domain.reviews import ExactMatch
from desktop.i18n import _, format_date, format_number, ngettext
from desktop.ui.registrations.state import guardian_words, place_of
from desktop.ui.widgets.beside import fit
from desktop.ui.widgets.pieces import Button, Label, column, row, scroll, widget_of


class ExactDialog(QDialog):
    """Each with a box that can be cleared; the button says how many are linked."""

    def __init__(self, found: Sequence[ExactMatch], parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Renraku")
        self._found = found
        number = len(found)
        title = ngettext("{n} exact match", "{n} exact matches", number).format(n=format_number(number))
        text = _(
            "Name, reading and date of birth are the same as in the roster, and so is the class or the number. "
            "Nothing else speaks against them. Clear the box of any that you want to look at by itself."
        )
        self.boxes = [self._box(each) for each in found]
        self.yes = Button("", "primary", on_click=self.accept)
        self.no = Button(_("Back"), "big", on_click=self.reject)
        self.all = Button(_("Choose none"), "link", on_click=self._toggle)
        lines = column(*self.boxes, None, spacing=2, margin=(0, 0, 8, 0))
        words = column(Label(title, "cardTitle", wrap=True), Label(text, wrap=True), spacing=8)
        buttons = row(None, self.no, self.yes)
        self.setLayout(
            column(words, row(self.all, None), (scroll(widget_of(lines)), 1), buttons, margin=24, spacing=12)
        )
        self.setAccessibleName(title)
        self.setAccessibleDescription(text)
        self._count()
        fit(self, 860, 560)
        self.yes.setFocus()

    def chosen(self) -> list[tuple[int, int]]:
        """Id and version of those that are to be linked."""
        return [
            (each.row.id, each.row.version)
            for each, box in zip(self._found, self.boxes, strict=True)
            if box.isChecked()
        ]

    def _box(self, found: ExactMatch) -> QCheckBox:
        box = QCheckBox(words(found).replace("&", "&&"))
        box.setChecked(True)
        box.toggled.connect(lambda _on: self._count())
        return box

    def _toggle(self) -> None:
        wanted = not self.chosen()
        for box in self.boxes:
            box.setChecked(wanted)

    def _count(self) -> None:
        number = len(self.chosen())
        self.all.set_words(_("Choose none") if number else _("Choose all"))
        self.yes.setEnabled(bool(number))
        text = ngettext("Link {n} child", "Link {n} children", number)
        self.yes.set_words(text.format(n=format_number(number)))


def words(found: ExactMatch) -> str:
    row_, there = found.row, found.candidate
    born = format_date(row_.birth_date) if row_.birth_date else ""
    number = _("No. {number}").format(number=there.student_number) if there.student_number else ""
    parts = (
        f"{row_.child}（{row_.kana}）",
        born,
        place_of(there),
        number,
        guardian_words(row_.guardian, row_.relationship),
    )
    return "\u3000".join(filter(None, parts))
