"""Icons by name, drawn in the colour of a token.

An icon keeps no colour: it is drawn from its SVG when it is painted, so that it follows the palette by itself.
"""

from functools import lru_cache
from pathlib import Path

from PySide6.QtCore import QByteArray, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from desktop.ui.theme import colour

_FOLDER = Path(__file__).resolve().parents[2] / "resources" / "icons"


def icon(name: str, tone: str = "text", disabled_tone: str = "muted") -> QIcon:
    """An icon for buttons, menus and fields."""
    return QIcon(_Engine(name, tone, disabled_tone))


def pixmap(name: str, tone: str = "text", size: int = 16, dpr: float = 1.0) -> QPixmap:
    """The icon as a picture of `size` logical pixels, for painting."""
    picture = QPixmap(_drawn(name, colour(tone).name(), round(size * dpr)))
    picture.setDevicePixelRatio(dpr)
    return picture


@lru_cache(maxsize=1024)
def _drawn(name: str, rgb: str, device_pixels: int) -> QPixmap:
    svg = _source(name).replace("currentColor", rgb)
    renderer = QSvgRenderer(QByteArray(svg.encode()))
    picture = QPixmap(device_pixels, device_pixels)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    renderer.render(painter, QRectF(0, 0, device_pixels, device_pixels))
    painter.end()
    return picture


@lru_cache(maxsize=256)
def _source(name: str) -> str:
    return (_FOLDER / f"{name}.svg").read_text(encoding="utf-8")


class _Engine(QIconEngine):
    def __init__(self, name: str, tone: str, disabled_tone: str) -> None:
        super().__init__()
        self._name = name
        self._tone = tone
        self._disabled_tone = disabled_tone

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        ratio = painter.device().devicePixelRatioF()
        side = min(rect.width(), rect.height())
        picture = QPixmap(self._picture(round(side * ratio), mode))
        picture.setDevicePixelRatio(ratio)
        corner = QPoint((rect.width() - side) // 2, (rect.height() - side) // 2)
        painter.drawPixmap(rect.topLeft() + corner, picture)

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        return QPixmap(self._picture(min(size.width(), size.height()), mode))

    def clone(self) -> QIconEngine:
        return _Engine(self._name, self._tone, self._disabled_tone)

    def _picture(self, device_pixels: int, mode: QIcon.Mode) -> QPixmap:
        tone = self._disabled_tone if mode == QIcon.Mode.Disabled else self._tone
        return _drawn(self._name, colour(tone).name(), max(1, device_pixels))
