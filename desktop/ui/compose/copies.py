"""Who else keeps a copy (控え) of a notice: a quiet row of boxes under the audience."""

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QCheckBox, QWidget

from desktop.domain.notices import CopyTo
from desktop.domain.reports import CopyAddress
from desktop.i18n import _
from desktop.ui.audience_numbers import addresses_words
from desktop.ui.notice_view import COPIES
from desktop.ui.widgets.pieces import Button, Label, column, row, widget_of
from desktop.ui.widgets.tags import flow


class CopiesRow(QWidget):
    """`changed` carries those chosen; `addresses_asked`: the sender's own addresses are to be seen or changed."""

    changed = Signal(object)
    addresses_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._known: Sequence[CopyAddress] | None = None
        self.boxes = {to: QCheckBox(_(name)) for to, name in COPIES.items()}
        for box in self.boxes.values():
            box.toggled.connect(lambda _on: self._on_toggled())
        self.addresses = Button(_("Addresses…"), "link", on_click=self.addresses_asked.emit)
        self._hint = Label("", "muted small", wrap=True)
        link = widget_of(row(self.addresses))
        link.setMinimumHeight(next(iter(self.boxes.values())).sizeHint().height())  # on the boxes' line
        choices = flow(*self.boxes.values(), link)
        self.setLayout(column(row(Label(_("Copies"), "muted minor"), 8, (choices, 1)), self._hint, spacing=0))
        self.setAccessibleName(_("Copies"))

    def chosen(self) -> frozenset[CopyTo]:
        return frozenset(to for to, box in self.boxes.items() if box.isChecked())

    def choose(self, copies: frozenset[CopyTo], *, by_city: bool) -> None:
        """Show what is chosen, without `changed`."""
        self.boxes[CopyTo.SCHOOL].setText(_("The city’s addresses") if by_city else _(COPIES[CopyTo.SCHOOL]))
        for to, box in self.boxes.items():
            with QSignalBlocker(box):
                box.setChecked(to in copies)
            box.setAccessibleName(_("Copy: {whom}").format(whom=box.text()))
        self._show_hint()

    def show_addresses(self, known: Sequence[CopyAddress] | None) -> None:
        """Where they would go; None while nobody knows."""
        self._known = known
        for to, box in self.boxes.items():
            box.setToolTip(self._tooltip(to))
        self._show_hint()

    def _on_toggled(self) -> None:
        self._show_hint()
        self.changed.emit(self.chosen())

    def _addresses(self, to: CopyTo) -> list[CopyAddress]:
        return [each for each in self._known or () if each.to is to and each.address]

    def _tooltip(self, to: CopyTo) -> str:
        found = self._addresses(to)
        if found:
            return addresses_words(found)
        if to is CopyTo.APPROVER:
            return _("Whoever approves it, if their address is known")
        return _("No address is known yet")

    def _show_hint(self) -> None:
        """Say where a box that is ticked comes to nothing. Who approves is not known before somebody does."""
        lost = [
            self.boxes[to].text()
            for to in (CopyTo.AUTHOR, CopyTo.SCHOOL)
            if self._known is not None and self.boxes[to].isChecked() and not self._addresses(to)
        ]
        words = _("No address is known yet for: {whom}").format(whom=_(", ").join(lost)) if lost else ""
        self._hint.setText(words)
        self._hint.setVisible(bool(words))
