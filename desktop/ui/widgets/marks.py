"""Chips, coverage bars and their legend."""

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.i18n import N_, _
from desktop.ui.cells import Coverage
from desktop.ui.painting import chip_width, paint_chip, paint_coverage
from desktop.ui.states import state
from desktop.ui.theme import colour, px
from desktop.ui.widgets.pieces import Label

_BAR_HEIGHT = 8
_LOUD_INSET = 6
LEGEND = (
    ("bar1", N_("Confirmed")),
    ("bar2", N_("Sent")),
    ("bar3", N_("On its way")),
    ("danger", N_("Not sent")),
    ("track", N_("No address")),
)


class Chip(QWidget):
    """A state as icon, word and colour."""

    def __init__(self, key: str, word: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self._key = key
        self._word = word
        self.show_state(key, word)

    def show_state(self, key: str, word: str = "") -> None:
        self._key, self._word = key, word
        self.setAccessibleName(self.word)
        self.setToolTip(state(key).help)
        self.updateGeometry()
        self.update()

    @property
    def word(self) -> str:
        return self._word or state(self._key).word

    def sizeHint(self) -> QSize:
        return QSize(round(chip_width(self.word)) + self._inset(), px(24))

    def minimumSizeHint(self) -> QSize:
        return QSize(px(40), px(24))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        inset = self._inset()
        paint_chip(painter, inset, self.height() / 2, state(self._key), self.word, self.width() - inset + 1)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in {QEvent.Type.FontChange, QEvent.Type.StyleChange}:
            self.updateGeometry()

    def _inset(self) -> int:
        return _LOUD_INSET if state(self._key).loud else 0


class CoverageBar(QWidget):
    """How far a notice got. It never stands without its number beside it."""

    def __init__(self, coverage: Coverage | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._coverage = coverage or Coverage()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.show_coverage(self._coverage)

    def show_coverage(self, coverage: Coverage) -> None:
        self._coverage = coverage
        numbers = (coverage.confirmed, coverage.accepted, coverage.on_its_way, coverage.failed, coverage.none)
        said = (f"{_(msgid)} {number}" for (_tone, msgid), number in zip(LEGEND, numbers, strict=True) if number)
        self.setAccessibleName(", ".join(said))
        self.setToolTip(self.accessibleName())
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(px(120), _BAR_HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return QSize(px(40), _BAR_HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_coverage(painter, QRectF(self.rect()), self._coverage)


class Swatch(QWidget):
    """A patch of a bar's colour."""

    def __init__(self, tone: str) -> None:
        super().__init__()
        self._tone = tone
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(px(12), px(8))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour(self._tone))
        painter.drawRoundedRect(self.rect(), 2, 2)


def legend_items(tones: tuple[str, ...] = ("bar1", "bar2", "danger", "track")) -> list[tuple[Swatch, Label]]:
    """Swatch and word for each part of the bars, to be laid out in a row or a column; once a page."""
    return [(Swatch(tone), Label(_(msgid), "muted small")) for tone, msgid in LEGEND if tone in tones]
