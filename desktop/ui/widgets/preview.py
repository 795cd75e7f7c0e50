"""How a notice will look to a family."""

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPainterPath, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QSizePolicy, QWidget

from desktop.ui import theme
from desktop.ui.icons import pixmap
from desktop.ui.theme import px
from desktop.ui.widgets.pieces import Label, column, hline

# LINE's own colours: the bubble shows what the family sees, whatever the desk's palette.
_SKY = "#D5DFEA"
_BUBBLE = "#FFFFFF"
_INK = "#1C2430"
_QUIET = "#3B4654"
_RULE = "#E3E7EC"
_LINK = "#1F5FA8"
_AVATAR = "#0B6E8F"
_WRAP = int(Qt.TextFlag.TextWordWrap)


class LineBubble(QWidget):
    """A notice as LINE shows it: sender, bubble with title and text, the confirm button, the time."""

    def __init__(self, sender: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sender = sender
        self._title = self._body = self._button = self._time = ""
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.MinimumExpanding)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def set_sender(self, sender: str) -> None:
        self._sender = sender
        self.update()

    def show_notice(self, title: str, body: str, button: str = "", time: str = "") -> None:
        self._title, self._body, self._button, self._time = title, body, button, time
        self.setAccessibleName(f"LINE: {title}")
        self.setAccessibleDescription(body)
        self._remeasure()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return round(self._bubble(width).bottom()) + px(16)

    def sizeHint(self) -> QSize:
        return QSize(px(320), self.heightForWidth(px(320)))

    def minimumSizeHint(self) -> QSize:
        return QSize(px(200), self.heightForWidth(max(self.width(), px(200))))

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
        sky = QPainterPath()
        sky.addRoundedRect(QRectF(self.rect()), 8, 8)
        painter.setClipPath(sky)
        painter.fillRect(self.rect(), QColor(_SKY))
        painter.setPen(Qt.PenStyle.NoPen)
        self._paint_sender(painter)
        self._paint_bubble(painter, self._bubble(self.width()))

    def _remeasure(self) -> None:
        self.setMinimumHeight(self.heightForWidth(max(self.width(), px(200))))
        self.updateGeometry()
        self.update()

    def _bubble(self, width: int) -> QRectF:
        words = self._words_width(width)
        height = px(10) + self._height(self._title, words, bold=True) + px(6) + self._height(self._body, words)
        height += px(12) + (px(36) if self._button else 0)
        return QRectF(px(52), px(32), words + px(24), height)

    def _words_width(self, width: int) -> int:
        return max(px(96), width - px(52) - px(56) - px(24))

    def _height(self, text: str, width: int, *, bold: bool = False) -> int:
        metrics = QFontMetrics(theme.font(0 if bold else theme.MINOR, bold=bold))
        return metrics.boundingRect(QRect(0, 0, width, 100_000), _WRAP, text).height()

    def _paint_sender(self, painter: QPainter) -> None:
        painter.setBrush(QColor(_AVATAR))
        painter.drawEllipse(QRectF(px(12), px(12), px(32), px(32)))
        painter.drawPixmap(
            QPointF(px(20), px(20)), pixmap("bell-ring", _BUBBLE, px(16), painter.device().devicePixelRatioF())
        )
        painter.setFont(theme.font(-1.5))
        painter.setPen(QColor(_QUIET))
        painter.drawText(
            QRectF(px(52), px(10), self.width() - px(60), px(18)), int(Qt.AlignmentFlag.AlignVCenter), self._sender
        )

    def _paint_bubble(self, painter: QPainter, bubble: QRectF) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(_BUBBLE))
        tail = QPainterPath(QPointF(bubble.left() + 6, bubble.top() + 2))
        tail.lineTo(bubble.left() - 7, bubble.top() + 3)
        tail.lineTo(bubble.left() + 6, bubble.top() + 16)
        painter.drawPath(tail)
        painter.drawRoundedRect(bubble, 12, 12)
        words = self._words_width(self.width())
        y = bubble.top() + px(10)
        painter.setPen(QColor(_INK))
        for text, bold in ((self._title, True), (self._body, False)):
            height = self._height(text, words, bold=bold)
            painter.setFont(theme.font(0 if bold else theme.MINOR, bold=bold))
            painter.drawText(QRectF(bubble.left() + px(12), y, words, height + 2), _WRAP, text)
            y += height + px(6)
        if self._button:
            self._paint_button(painter, bubble)
        painter.setPen(QColor(_QUIET))
        painter.setFont(theme.font(-1.5))
        painter.drawText(
            QRectF(bubble.right() + 6, bubble.bottom() - px(18), px(50), px(18)),
            int(Qt.AlignmentFlag.AlignVCenter),
            self._time,
        )

    def _paint_button(self, painter: QPainter, bubble: QRectF) -> None:
        place = QRectF(bubble.left(), bubble.bottom() - px(36), bubble.width(), px(36))
        painter.fillRect(QRectF(place.left(), place.top(), place.width(), 1), QColor(_RULE))
        painter.setPen(QColor(_LINK))
        painter.setFont(theme.font(theme.MINOR, bold=True))
        painter.drawText(place, int(Qt.AlignmentFlag.AlignCenter), self._button)


class MailPreview(QFrame):
    """A notice as a mail program shows it: who it is from, the subject, the plain text."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("card")
        self._from = Label("", "muted minor", wrap=True)
        self._subject = Label("", "bold", wrap=True)
        self._body = Label("", "minor", wrap=True)
        self._body.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._body.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setLayout(column(self._subject, self._from, hline(), (self._body, 1), margin=12))

    def show_mail(self, sender: str, subject: str, body: str) -> None:
        self._from.setText(sender)
        self._subject.setText(subject)
        self._body.setText(body)
        self.setAccessibleName(subject)
        self.setAccessibleDescription(body)
