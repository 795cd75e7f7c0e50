"""Painting that tables and small widgets share: chips, coverage bars, text that ends in an ellipsis."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPainterPath

from desktop.ui import theme
from desktop.ui.cells import Coverage
from desktop.ui.icons import pixmap
from desktop.ui.states import State
from desktop.ui.theme import colour, px
from desktop.ui.tokens import HALF

_CHIP_PAD = 5
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


def paint_icon(painter: QPainter, name: str, tone: str, x: float, middle: float, size: int) -> None:
    """An icon centred on `middle`, one pixel low, where it sits best beside Japanese text."""
    ratio = painter.device().devicePixelRatioF()
    painter.drawPixmap(QPointF(round(x), round(middle - size / 2 + 0.5)), pixmap(name, tone, size, ratio))


def paint_text(painter: QPainter, rect: QRectF, text: str, font: QFont, tone: str, *, right: bool = False) -> None:
    """One line in `rect`, with an ellipsis where it does not fit."""
    painter.setFont(font)
    painter.setPen(colour(tone))
    shown = QFontMetricsF(font).elidedText(text, Qt.TextElideMode.ElideRight, rect.width() + 0.5)
    painter.drawText(rect, int(RIGHT if right else LEFT), shown)


def chip_font() -> QFont:
    return theme.font(theme.MINOR)


def chip_width(word: str) -> float:
    """How wide a chip is from its icon to the end of its tint."""
    return px(16) + HALF + QFontMetricsF(chip_font()).horizontalAdvance(word) + px(8) + 1


def paint_chip(painter: QPainter, x: float, middle: float, state: State, word: str, room: float) -> None:
    """Icon and word from `x` on. A loud state's tint begins a little left of it, so that icons stay in line."""
    font = chip_font()
    icon = px(16)
    shown = QFontMetricsF(font).elidedText(word, Qt.TextElideMode.ElideRight, max(0.0, room - icon - HALF - px(8)))
    width = QFontMetricsF(font).horizontalAdvance(shown)
    if state.loud:
        height = px(22)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour(f"{state.tone}_t"))
        tint = QRectF(x - _CHIP_PAD, middle - height / 2, _CHIP_PAD + icon + HALF + width + px(8), height)
        painter.drawRoundedRect(tint, 5, 5)
    paint_icon(painter, state.icon, state.tone, x, middle, icon)
    paint_text(painter, QRectF(x + icon + HALF, middle - px(12), width + 1, px(24)), shown, font, state.tone)


def paint_coverage(painter: QPainter, rect: QRectF, coverage: Coverage) -> None:
    """The parts of a coverage side by side, a gap of one pixel between them, rounded as a whole."""
    total = coverage.total or 1
    outline = QPainterPath()
    outline.addRoundedRect(rect, rect.height() / 2, rect.height() / 2)
    painter.save()
    painter.setClipPath(outline)
    painter.fillRect(rect, colour("track"))
    x = rect.left()
    for number, tone in coverage.parts():
        width = rect.width() * number / total
        if number and tone:
            painter.fillRect(QRectF(x, rect.top(), width, rect.height()), colour(tone))
            if x + width < rect.right() - 0.5:
                painter.fillRect(QRectF(x + width - 1, rect.top(), 1, rect.height()), colour("surface"))
        x += width
    painter.restore()


def paint_share(painter: QPainter, rect: QRectF, share: float, tone: str) -> None:
    """A rounded track, filled from the left as far as `share` (0 to 1); a little of what is left can always be seen."""
    outline = QPainterPath()
    outline.addRoundedRect(rect, rect.height() / 2, rect.height() / 2)
    painter.save()
    painter.setClipPath(outline)
    painter.fillRect(rect, colour("track"))
    if share > 0:
        width = max(rect.height() / 2, rect.width() * min(1.0, share))
        painter.fillRect(QRectF(rect.left(), rect.top(), width, rect.height()), colour(tone))
    painter.restore()
