"""A text message as it came, with a numbered line under each field."""

from collections.abc import Iterator, Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QResizeEvent, QTextLayout, QTextOption
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.domain.sms_reading import Field
from desktop.i18n import _
from desktop.ui import theme
from desktop.ui.sms.state import trace, visible
from desktop.ui.theme import colour, px
from desktop.ui.widgets.tooltips import plain_tooltip

_MARGIN = 12
_CIRCLED = "①②③④⑤"


class RawText(QWidget):
    """Painted, because a field may stand anywhere in the text; what it shows is said in words, too."""

    def __init__(self) -> None:
        super().__init__()
        self._text = ""
        self._fields: tuple[Field, ...] = ()
        self._heights: dict[int, int] = {}
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAccessibleName(_("The message as it came"))
        theme.theme.changed.connect(self._remeasure)

    def show_text(self, text: str, fields: Sequence[Field]) -> None:
        """`fields` point into `text`; those that are not there have no line."""
        self._text = visible(text)
        self._fields = tuple(field for field in fields if field.end > field.start)
        said = [f"{line.number} {line.name}: {line.raw}" for line in trace(self._fields)]
        self.setAccessibleDescription(". ".join([self._text, *said]))
        self.setToolTip(plain_tooltip(self._text) if len(self._text) > 200 else "")
        self._remeasure()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        if width in self._heights:
            return self._heights[width]
        layout = self._laid_out(width)
        last = layout.lineAt(layout.lineCount() - 1) if layout.lineCount() else None
        lines = last.y() + last.height() + self._below() if last else px(24)
        self._heights[width] = round(lines) + _MARGIN
        return self._heights[width]

    def sizeHint(self) -> QSize:
        return QSize(px(320), self.heightForWidth(max(self.width(), px(200))))

    def minimumSizeHint(self) -> QSize:
        return QSize(px(120), self.heightForWidth(max(self.width(), px(200))))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._remeasure()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in {QEvent.Type.FontChange, QEvent.Type.StyleChange}:
            self._remeasure()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(colour("hair"))
        painter.setBrush(colour("window"))
        painter.drawRoundedRect(QRectF(self.rect()), 6, 6)
        painter.setPen(colour("text"))
        layout = self._laid_out(self.width())
        corner = QPointF(_MARGIN, _MARGIN / 2)
        layout.draw(painter, corner)
        for field in self._fields:
            self._paint_line(painter, layout, field, corner)

    def _remeasure(self) -> None:
        self._heights.clear()
        self.setFixedHeight(self.heightForWidth(max(self.width(), px(120))))
        self.update()

    def _laid_out(self, width: int) -> QTextLayout:
        """The lines, each with room under it for the fields' lines and numbers."""
        layout = QTextLayout(self._text, theme.font())
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        layout.setTextOption(option)
        layout.beginLayout()
        top, below = 0.0, self._below()
        while (line := layout.createLine()).isValid():
            line.setLineWidth(max(1, width - 2 * _MARGIN))
            line.setPosition(QPointF(0, top))
            top += line.height() + below
        layout.endLayout()
        return layout

    def _below(self) -> float:
        return QFontMetricsF(theme.font(theme.SMALL)).height() + px(4)

    def _paint_line(self, painter: QPainter, layout: QTextLayout, field: Field, corner: QPointF) -> None:
        tone = "danger" if field.problem else "accent"
        first = True
        for left, right, y in self._stretches(layout, field):
            bar = QRectF(corner.x() + left, corner.y() + y + 1, max(right - left, px(6)), px(2))
            painter.fillRect(bar, colour(tone))
            if first:
                painter.setFont(theme.font(theme.SMALL))
                painter.setPen(colour(tone if field.problem else "muted"))
                number = _CIRCLED[field.number - 1] if field.number <= len(_CIRCLED) else str(field.number)
                painter.drawText(QPointF(bar.left(), bar.bottom() + QFontMetricsF(painter.font()).ascent()), number)
            first = False

    def _stretches(self, layout: QTextLayout, field: Field) -> Iterator[tuple[float, float, float]]:
        """From where to where on each line, and how low. Qt counts in UTF-16."""
        start, end = _units(self._text[: field.start]), _units(self._text[: field.end])
        for number in range(layout.lineCount()):
            line = layout.lineAt(number)
            low, high = max(start, line.textStart()), min(end, line.textStart() + line.textLength())
            if low < high:
                edges = sorted((_x(line.cursorToX(low)), _x(line.cursorToX(high))))
                yield edges[0], edges[1], line.y() + line.height()


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _x(found: object) -> float:
    """The binding hands back the place alone or with the position that it belongs to."""
    place = found[0] if isinstance(found, tuple) else found
    assert isinstance(place, (int, float))
    return float(place)
