"""Who else keeps a copy (控え) of a notice: a quiet row of boxes under the audience.

What is wished is kept apart from what is shown: a box is ticked only where a copy would go somewhere, and is ticked
as wished once an address is known.
"""

from collections.abc import Sequence
from functools import partial

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
        self._wished: frozenset[CopyTo] = frozenset()
        self.boxes = {to: QCheckBox(_(name)) for to, name in COPIES.items()}
        for to, box in self.boxes.items():
            box.toggled.connect(partial(self._on_toggled, to))
        self.addresses = Button(_("Addresses…"), "link", on_click=self.addresses_asked.emit)
        self._hint = Label("", "muted small", wrap=True)
        link = widget_of(row(self.addresses))
        link.setMinimumHeight(next(iter(self.boxes.values())).sizeHint().height())  # on the boxes' line
        choices = flow(*self.boxes.values(), link)
        self.setLayout(column(row(Label(_("Copies"), "muted minor"), 8, (choices, 1)), self._hint, spacing=0))
        self.setAccessibleName(_("Copies"))

    def chosen(self) -> frozenset[CopyTo]:
        """Those who are to get one, also where no address is known yet."""
        return self._wished

    def choose(self, copies: frozenset[CopyTo], *, by_city: bool) -> None:
        """Show what is chosen, without `changed`."""
        self._wished = copies
        self.boxes[CopyTo.SCHOOL].setText(_("The city’s addresses") if by_city else _(COPIES[CopyTo.SCHOOL]))
        for box in self.boxes.values():
            box.setAccessibleName(_("Copy: {whom}").format(whom=box.text()))
        self._show()

    def show_addresses(self, known: Sequence[CopyAddress] | None) -> None:
        """Where they would go; None while nobody knows."""
        self._known = known
        for to, box in self.boxes.items():
            box.setToolTip(self._tooltip(to))
        self._show()

    def _on_toggled(self, to: CopyTo, on: bool) -> None:
        self._wished = self._wished | {to} if on else self._wished - {to}
        self._show()
        self.changed.emit(self._wished)

    def _addresses(self, to: CopyTo) -> list[CopyAddress]:
        return [each for each in self._known or () if each.to is to and each.address]

    def _tooltip(self, to: CopyTo) -> str:
        found = self._addresses(to)
        if found:
            return addresses_words(found)
        if to is CopyTo.APPROVER:
            return _("Whoever approves it, if their address is known")
        return _("No address is known yet")

    def _is_lost(self, to: CopyTo) -> bool:
        """A copy for them would go nowhere. Who approves is not known before somebody does."""
        return to is not CopyTo.APPROVER and self._known is not None and not self._addresses(to)

    def _show(self) -> None:
        for to, box in self.boxes.items():
            with QSignalBlocker(box):
                box.setChecked(to in self._wished and not self._is_lost(to))
            box.setEnabled(not self._is_lost(to))
        lost = [box.text() for to, box in self.boxes.items() if to in self._wished and self._is_lost(to)]
        words = _("No address is known yet for: {whom}").format(whom=_(", ").join(lost)) if lost else ""
        self._hint.setText(words)
        self._hint.setVisible(bool(words))
