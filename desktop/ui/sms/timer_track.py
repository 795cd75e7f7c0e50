"""The three-day rule as a line with its steps and where the account stands on it now (B8)."""

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.i18n import _
from desktop.ui import theme
from desktop.ui.painting import paint_text
from desktop.ui.sms.account_state import Step, Track
from desktop.ui.theme import colour, px

_LINE, _DOT, _MARK = 5, 6, 14


class TimerTrack(QWidget):
    """Done steps are filled, coming ones are rings; the next one stands bold, and a mark says where now is."""

    def __init__(self) -> None:
        super().__init__()
        self._track: Track | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_track(self, track: Track | None) -> None:
        self._track = track
        self.setVisible(track is not None)
        self.setAccessibleName(track.words if track else "")
        self.setToolTip(track.words if track else "")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(px(420), px(84))

    def minimumSizeHint(self) -> QSize:
        return QSize(px(240), px(84))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in {QEvent.Type.FontChange, QEvent.Type.StyleChange}:
            self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._track is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = px(32)
        self._paint_line(painter, middle, self._track)
        for number, step in enumerate(self._track.steps):
            self._paint_dot(painter, QPointF(self._x(number), middle), step)
            self._paint_words(painter, number, step, middle)
        self._paint_now(painter, middle, self._track.at)

    def _paint_line(self, painter: QPainter, middle: float, track: Track) -> None:
        first, last = self._x(0), self._x(len(track.steps) - 1)
        height = px(_LINE)
        painter.fillRect(QRectF(first, middle - height / 2, last - first, height), colour("track"))
        painter.fillRect(QRectF(first, middle - height / 2, self._x(track.at) - first, height), colour("accent"))

    def _paint_dot(self, painter: QPainter, centre: QPointF, step: Step) -> None:
        painter.setPen(QPen(colour("accent" if step.done else "border"), 2))
        painter.setBrush(colour("accent" if step.done else "surface"))
        painter.drawEllipse(centre, px(_DOT), px(_DOT))

    def _paint_words(self, painter: QPainter, number: int, step: Step, middle: float) -> None:
        assert self._track is not None
        is_next = not step.done and number > 0 and self._track.steps[number - 1].done
        font = theme.font(theme.MINOR, bold=is_next)
        top, line = middle + px(12), px(19)
        tone = "text" if step.done or is_next else "muted"
        self._put(painter, number, QRectF(0, top, 0, line), step.name, font, tone)
        self._put(painter, number, QRectF(0, top + line, 0, line), step.when, theme.font(theme.SMALL), "muted")

    def _put(self, painter: QPainter, number: int, at: QRectF, text: str, font: QFont, tone: str) -> None:
        """Under its dot, as far as the widget's edges and the neighbours leave room."""
        assert self._track is not None
        room = self.width() / len(self._track.steps)
        width = min(QFontMetricsF(font).horizontalAdvance(text) + 2, room - px(4))
        left = min(max(self._x(number) - width / 2, 0.0), self.width() - width)
        paint_text(painter, QRectF(left, at.top(), width, at.height()), text, font, tone)

    def _paint_now(self, painter: QPainter, middle: float, at: float) -> None:
        x = self._x(at)
        painter.fillRect(QRectF(x - 1, middle - px(_MARK) / 2 - 2, 2, px(_MARK) + 4), colour("text"))
        font = theme.font(theme.SMALL, bold=True)
        word = _("now")
        width = QFontMetricsF(font).horizontalAdvance(word) + 2
        left = min(max(x - width / 2, 0.0), self.width() - width)
        painter.setFont(font)
        painter.setPen(colour("text"))
        painter.drawText(QRectF(left, 0, width, px(20)), int(Qt.AlignmentFlag.AlignCenter), word)

    def _x(self, at: float) -> float:
        """The middle of a step, or a place between two of them."""
        edge = self.width() / 10
        return edge + (self.width() - 2 * edge) * at / 4
