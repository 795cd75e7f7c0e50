"""Where one is in something that goes step by step."""

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from desktop.i18n import _
from desktop.ui.widgets.pieces import IconLabel, Label, clear_layout, row


class StepLine(QWidget):
    """The steps in a row: those that are done with a mark, the present one bold. `names` are marked by N_."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__()
        self._names = tuple(names)
        self._row = row(spacing=8)
        self.setLayout(self._row)
        self.show_step(0)

    def show_step(self, current: int) -> None:
        clear_layout(self._row)
        for at, name in enumerate(self._names):
            if at:
                self._row.addWidget(IconLabel("chevron-right", "muted", 14))
            done = at < current
            self._row.addWidget(IconLabel("check-filled" if done else "circle", "success" if done else "muted", 16))
            self._row.addWidget(Label(f"{at + 1}. {_(name)}", "bold" if at == current else "muted"))
        self._row.addStretch(1)
        self.setAccessibleName(_("Step {number}: {name}").format(number=current + 1, name=_(self._names[current])))
