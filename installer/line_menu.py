"""Draws the menu of the city's LINE account (resources/line/menu.png), after a change of it. Needs Japanese fonts."""

import os
import sys
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from PySide6.QtCore import QRectF, Qt  # noqa: E402  after the platform is chosen
from PySide6.QtGui import QColor, QFont, QGuiApplication, QImage, QPainter  # noqa: E402  as above

from desktop.domain.line_account import LINK_PART, MENU_HEIGHT, MENU_WIDTH, UNLINK_LABEL  # noqa: E402  as above
from desktop.domain.line_events import MENU_LABEL  # noqa: E402  as above

FILE = ROOT / "resources" / "line" / "menu.png"
_GAP = 12
_INK, _PAPER, _GREEN, _WHITE = QColor("#1d2b24"), QColor("#eef2ef"), QColor("#05713b"), QColor("#ffffff")


def main() -> None:
    app = QGuiApplication(sys.argv[:1])
    image = QImage(MENU_WIDTH, MENU_HEIGHT, QImage.Format.Format_RGB32)
    image.fill(_PAPER)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    left = QRectF(_GAP, _GAP, LINK_PART - 1.5 * _GAP, MENU_HEIGHT - 2 * _GAP)
    right = QRectF(LINK_PART + _GAP / 2, _GAP, MENU_WIDTH - LINK_PART - 1.5 * _GAP, MENU_HEIGHT - 2 * _GAP)
    split = MENU_LABEL.index("LINE")
    _button(
        painter,
        left,
        _GREEN,
        _WHITE,
        64,
        (MENU_LABEL[:split], MENU_LABEL[split:]),
        ("Link with the portal", "Liên kết với cổng"),
    )
    _button(painter, right, _WHITE, _INK, 42, (UNLINK_LABEL,), ("Unlink", "Hủy liên kết"))
    painter.end()
    FILE.parent.mkdir(exist_ok=True)
    if not image.save(str(FILE)):
        raise SystemExit("the picture could not be saved")
    app.quit()


def _button(
    painter: QPainter,
    area: QRectF,
    ground: QColor,
    ink: QColor,
    size: int,
    big: tuple[str, ...],
    small: tuple[str, ...],
) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ground)
    painter.drawRoundedRect(area, 24, 24)
    painter.setPen(ink)
    lines = [(text, size, QFont.Weight.Bold) for text in big] + [(text, 32, QFont.Weight.Normal) for text in small]
    height = sum(line[1] * 1.35 for line in lines)
    top = area.top() + (area.height() - height) / 2
    for text, pixels, weight in lines:
        font = QFont(["Noto Sans CJK JP", "Noto Sans JP", "sans-serif"])
        font.setPixelSize(pixels)
        font.setWeight(weight)
        painter.setFont(font)
        painter.drawText(QRectF(area.left(), top, area.width(), pixels * 1.35), Qt.AlignmentFlag.AlignCenter, text)
        top += pixels * 1.35


if __name__ == "__main__":
    main()
