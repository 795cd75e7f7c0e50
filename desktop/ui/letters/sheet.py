"""One side of a letter on A4: where each text stands. Measures are tenths of a millimetre.

The addressee stands where an envelope's window is when the sheet is folded in three; the code and the QR code lie
below the first fold, so that neither is seen in the window nor creased.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontMetricsF, QPainter, QPainterPath, QPen

from desktop.wording.letters import LetterWords

WIDTH, HEIGHT = 2100, 2970
PER_INCH = 254
"""A dot is one tenth of a millimetre."""
LEFT, _RIGHT, BOTTOM = 200, 1900, 2840
_FOLDS = (990, 1980)
_TO = QRectF(220, 170, 860, 270)
_FROM = QRectF(1150, 150, 750, 270)
_TITLE_AT = 500
BOX_AT = 1030
QR = 430
_BODY = 37.0  # 10.5 pt
_LEAST_SCALE = 0.7
_INK, _MUTED, _HAIR = QColor("#111111"), QColor("#4A5260"), QColor("#9AA3AF")
_FAMILIES = ("Noto Sans CJK JP", "Noto Sans JP", "Yu Gothic", "Meiryo", "Hiragino Sans")
_CODE_FAMILIES = ("DejaVu Sans Mono", "Consolas", "Menlo", "Noto Sans Mono CJK JP", "Courier New")
"""In these no two letters of a code can be taken for each other."""
_WRAP = Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextWordWrap
_CENTRED = Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap


@dataclass(frozen=True, slots=True)
class _Text:
    rect: QRectF
    text: str
    font: QFont
    flags: int
    colour: QColor


class Side:
    """Everything of a side but the addressee. Made once for all letters of a school in a language."""

    def __init__(self, words: LetterWords) -> None:
        self._words = words
        self._families = _installed(_FAMILIES)
        self._texts: list[_Text] = []
        self._marks: list[tuple[QRectF, str, QFont]] = []
        self._qr = _modules(words.url)
        scale = 1.0
        self.ends_at = self._arrange(scale)
        while self.ends_at > BOTTOM and scale > _LEAST_SCALE:
            scale -= 0.04
            self.ends_at = self._arrange(scale)

    def paint(self, painter: QPainter, to: Sequence[str]) -> None:
        """Draw the side on something of WIDTH × HEIGHT. `to`: the lines of the addressee."""
        for y in _FOLDS:
            painter.setPen(QPen(_HAIR, 2))
            painter.drawLine(QPointF(60, y), QPointF(110, y))
        self.paint_to(painter, to)
        painter.setPen(QPen(_HAIR, 3))
        painter.drawRoundedRect(self._box, 20, 20)
        painter.fillPath(self._qr.translated(self._qr_at), _INK)
        for rect, number, font in self._marks:
            painter.setPen(QPen(_INK, 3))
            painter.drawEllipse(rect)
            painter.setFont(font)
            painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, number)
        for each in self._texts:
            painter.setPen(each.colour)
            painter.setFont(each.font)
            painter.drawText(each.rect, each.flags, each.text)

    def paint_to(self, painter: QPainter, to: Sequence[str]) -> None:
        """The addressee alone."""
        y = _TO.top()
        for size, bold, line in zip((36.0, 50.0), (False, True), to, strict=False):
            font = _fitting(line, self._font(size, bold=bold), _TO.width())
            height = QFontMetricsF(font).boundingRect(QRectF(0, 0, _TO.width(), 400), _WRAP, line).height()
            painter.setPen(_INK)
            painter.setFont(font)
            painter.drawText(QRectF(_TO.left(), y, _TO.width(), height + 10), _WRAP, line)
            y += height + 14

    # Where everything stands

    def _arrange(self, scale: float) -> float:
        """Lay the side out; says where it ends."""
        words = self._words
        self._texts.clear()
        self._marks.clear()
        right = Qt.AlignmentFlag.AlignRight | Qt.TextFlag.TextWordWrap
        y = _FROM.top()
        for at, line in enumerate(words.school):
            font = self._font(40 if at == 1 else 32, bold=at == 1)
            y = self._put(line, font, _FROM.left(), y, _FROM.width(), flags=right) + 6
        title = self._font(62 * max(scale, 0.8), bold=True)
        y = self._put(words.title, title, LEFT, _TITLE_AT, _RIGHT - LEFT, flags=_CENTRED)
        if words.subtitle:
            under = self._font(_BODY, bold=True)
            y = self._put(words.subtitle, under, LEFT, y + 4, _RIGHT - LEFT, flags=_CENTRED, colour=_MUTED)
        y += 30
        end = self._put(words.intro, self._font(_BODY * scale), LEFT, y, _RIGHT - LEFT)
        return self._arrange_below(max(BOX_AT, end + 30), scale)

    def _arrange_below(self, y: float, scale: float) -> float:
        words = self._words
        y = self._arrange_box(y, scale) + 40
        for number, (heading, text) in enumerate(words.steps, start=1):
            y = self._arrange_step(number, heading, text, y, scale) + 18 * scale
        y += 6
        for label, text in words.notes:
            y = self._pair(label, text, y, scale)
        if words.help:
            y = self._put(words.help_title, self._font(_BODY * scale, bold=True), LEFT, y + 14, _RIGHT - LEFT) + 4
        for label, text in words.help:
            y = self._pair(label, text, y, scale)
        return y

    def _arrange_box(self, top: float, scale: float) -> float:
        """The QR code at the left, the address and the code at its right."""
        words = self._words
        left, width = LEFT + QR + 90, _RIGHT - LEFT - QR - 120
        small = self._font(32 * scale)
        y = self._put(words.url_label, small, left, top + 30, width, colour=_MUTED)
        y = self._put(words.url, _fitting(words.url, self._font(44, bold=True), width), left, y + 2, width)
        y = self._put(words.bookmark, small, left, y + 4, width) + 22
        y = self._put(words.code_label, small, left, y, width, colour=_MUTED)
        code = QFont(_installed(_CODE_FAMILIES))
        code.setPixelSize(96)
        code.setWeight(QFont.Weight.Bold)
        code.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, 8)
        y = self._put(words.code, code, left, y, width)
        y = self._put(words.code_note, small, left, y, width)
        bottom = max(y + 26, top + QR + 60)
        self._box = QRectF(LEFT, top, _RIGHT - LEFT, bottom - top)
        self._qr_at = QPointF(LEFT + 40, top + (bottom - top - QR) / 2)
        return bottom

    def _arrange_step(self, number: int, heading: str, text: str, y: float, scale: float) -> float:
        side = 58 * scale
        bold = self._font((_BODY + 1) * scale, bold=True)
        self._marks.append((QRectF(LEFT, y, side, side), str(number), self._font(_BODY * scale, bold=True)))
        left = LEFT + side + 26
        line = QFontMetricsF(bold).height()
        below = self._put(heading, bold, left, y + max(0.0, (side - line) / 2), _RIGHT - left)
        return max(self._put(text, self._font(_BODY * scale), left, below, _RIGHT - left), y + side)

    def _pair(self, label: str, text: str, y: float, scale: float) -> float:
        """A label with what stands beside it."""
        font, indent = self._font(_BODY * 0.9 * scale), 480
        end = self._put(label, font, LEFT, y, indent - 20, colour=_MUTED)
        return max(end, self._put(text, font, LEFT + indent, y, _RIGHT - LEFT - indent)) + 4

    def _put(
        self, text: str, font: QFont, left: float, top: float, width: float, *,
        flags: int = _WRAP, colour: QColor = _INK,
    ) -> float:  # fmt: skip
        """Note a text; says where it ends."""
        height = QFontMetricsF(font).boundingRect(QRectF(0, 0, width, HEIGHT), flags, text).height()
        # A hair wider than measured, so that it wraps on paper where it did here.
        self._texts.append(_Text(QRectF(left, top, width + 2, height + 4), text, font, flags, colour))
        return top + height

    def _font(self, size: float, *, bold: bool = False) -> QFont:
        font = QFont(self._families)
        font.setPixelSize(round(size))
        font.setWeight(QFont.Weight.Bold if bold else QFont.Weight.Normal)
        font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
        # Local shapes of digits have no characters of their own: who copies or listens would get something else.
        font.setFeature(QFont.Tag("locl"), 0)
        return font


def _fitting(text: str, font: QFont, width: float) -> QFont:
    """The font, smaller where a long address or name would not fit on its line."""
    made = QFont(font)
    while QFontMetricsF(made).horizontalAdvance(text) > width and made.pixelSize() > 28:
        made.setPixelSize(made.pixelSize() - 2)
    return made


def _installed(wanted: Sequence[str]) -> list[str]:
    known = set(QFontDatabase.families())
    return [name for name in (*wanted, *_FAMILIES) if name in known] or [QFont().family()]


def _modules(address: str) -> QPainterPath:
    """The QR code of an address, QR large, in as few rectangles as its rows allow."""
    import segno  # noqa: PLC0415 - 10 MB of a desk's memory

    path = QPainterPath()
    path.setFillRule(Qt.FillRule.WindingFill)
    if not address:
        return path
    matrix = segno.make(address, error="m", micro=False).matrix
    side = QR / len(matrix)
    for y, line in enumerate(matrix):
        x = 0
        for dark, run in groupby(line):
            length = len(list(run))
            if dark:
                path.addRect(x * side, y * side, length * side, side)
            x += length
    return path
