"""The bands above the page, in their order."""

from PySide6.QtWidgets import QWidget

from desktop.ui.widgets.bands import Band
from desktop.ui.widgets.pieces import column

# From the top: what stops everything stands above what can wait.
_ORDER = ("line_down", "restored", "worker", "approver", "other")


class BandColumn(QWidget):
    """One band for each key."""

    def __init__(self) -> None:
        super().__init__()
        self._bands: dict[str, Band] = {}
        self._column = column(spacing=0)
        self.setLayout(self._column)

    def show_band(self, key: str, band: Band) -> None:
        """In place of the one of that key. Keys in order: `_ORDER`, then others."""
        self.hide_band(key)
        self._bands[key] = band
        order = [*_ORDER, key]
        before = sum(1 for other in self._bands if other != key and order.index(other) < order.index(key))
        self._column.insertWidget(before, band)

    def hide_band(self, key: str) -> None:
        band = self._bands.pop(key, None)
        if band is not None:
            band.hide()
            band.deleteLater()
