"""The last days as stacked bars: what came in, and what became of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QBrush, QFontMetricsF, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from desktop.domain.sms import Rule
from desktop.domain.sms_messages import Day
from desktop.i18n import N_, _, current_language, format_date, format_number, ngettext
from desktop.ui import theme
from desktop.ui.painting import paint_text
from desktop.ui.theme import colour, px

_GAP = 0.28
_STEPS = (1, 2, 3, 4, 5, 6, 8)
_LINES = 4


@dataclass(frozen=True, slots=True)
class Group:
    """A part of the bars. `only` is the list's filter for it; "" where there is none. Colour never stands alone: parts
    of one colour differ by pattern, and all stand in words under the chart.
    """

    title: str
    rules: frozenset[Rule | None]
    tone: str
    pattern: Qt.BrushStyle = Qt.BrushStyle.SolidPattern
    only: str = ""


_HATCHED = Qt.BrushStyle.BDiagPattern
GROUPS = (
    Group(N_("Account made"), frozenset({Rule.ACCOUNT}), "bar1", only="account"),
    Group(N_("New password"), frozenset({Rule.REPEATED}), "bar1", _HATCHED),
    Group(N_("Wrong syntax"), frozenset({Rule.SYNTAX}), "danger", only="syntax"),
    Group(N_("ID taken"), frozenset({Rule.ID_TAKEN}), "warning", only="id_taken"),
    Group(N_("Phone taken"), frozenset({Rule.PHONE_TAKEN}), "warning", _HATCHED, only="phone_taken"),
    Group(N_("Outside the trial"), frozenset({Rule.PILOT}), "info", only="pilot"),
    Group(N_("Held"), frozenset({Rule.FLOOD, Rule.BLOCKED, Rule.SENDER, Rule.UNDECIDED}), "muted", only="held"),
    Group(N_("Duplicate"), frozenset({Rule.DUPLICATE}), "muted", _HATCHED, only="duplicate"),
    Group(N_("Not processed yet"), frozenset({None}), "info", _HATCHED, only="waiting"),
)


def number_of(day: Day, group: Group) -> int:
    return sum(day.by_rule.get(rule, 0) for rule in group.rules)


def day_in_words(day: Day) -> str:
    """The whole of one bar."""
    received = ngettext("{n} message", "{n} messages", day.received).format(n=format_number(day.received))
    parts = [f"{_(group.title)} {format_number(n)}" for group in GROUPS if (n := number_of(day, group))]
    return f"{format_date(day.day)}: {_(', ').join([received, *parts])}"


def top_of(most: int) -> int:
    """The number at the top of the scale: a round one, not below any bar."""
    size = 1
    while True:
        for step in _STEPS:
            if step * size * _LINES >= most:
                return step * size * _LINES
        size *= 10


def group_brush(group: Group) -> QBrush:
    return QBrush(colour(group.tone), group.pattern)


class DaysChart(QWidget):
    """Left and right move between days, up and down between the parts of one; Enter or a click opens the list."""

    opened = Signal(object, str)
    """A day, and the list's filter; "" for all of that day."""
    moved = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._days: tuple[Day, ...] = ()
        self.at = -1
        self.part = -1
        """The day and the part under the cursor; -1: none, all of it."""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(_("The last 30 days"))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._measure()
        theme.theme.changed.connect(self._measure)

    def show_days(self, days: Sequence[Day]) -> None:
        self._days = tuple(days)
        self.at = len(self._days) - 1 if not 0 <= self.at < len(self._days) else self.at
        self._moved()

    def words(self) -> str:
        """What stands under the cursor."""
        if not 0 <= self.at < len(self._days):
            return ""
        day = self._days[self.at]
        if self.part < 0:
            return day_in_words(day)
        group = GROUPS[self.part]
        return f"{format_date(day.day)}: {_(group.title)} {format_number(number_of(day, group))}"

    def sizeHint(self) -> QSize:
        return QSize(px(720), px(320))

    def _measure(self) -> None:
        self.setMinimumSize(px(320), px(200))

    # Keys and mouse

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space} and self.at >= 0:
            self._open()
        elif key in {Qt.Key.Key_Left, Qt.Key.Key_Right}:
            self._go(self.at + (1 if key == Qt.Key.Key_Right else -1))
        elif key in {Qt.Key.Key_Home, Qt.Key.Key_End}:
            self._go(0 if key == Qt.Key.Key_Home else len(self._days) - 1)
        elif key in {Qt.Key.Key_Up, Qt.Key.Key_Down}:
            self._go_part(1 if key == Qt.Key.Key_Up else -1)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = self._day_at(event.position())
        if at >= 0:
            self.at, self.part = at, self._part_at(at, event.position())
            self._moved()
            self._open()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            at = self._day_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), day_in_words(self._days[at]) if at >= 0 else "", self)
            return True
        return super().event(event)

    def _open(self) -> None:
        self.opened.emit(self._days[self.at].day, GROUPS[self.part].only if self.part >= 0 else "")

    def _go(self, at: int) -> None:
        if 0 <= at < len(self._days):
            self.at, self.part = at, -1
            self._moved()

    def _go_part(self, step: int) -> None:
        """To the next part that this day has; beyond the last one it is all of the day again."""
        if self.at < 0:
            return
        there = [-1, *(n for n, group in enumerate(GROUPS) if number_of(self._days[self.at], group))]
        now = there.index(self.part) if self.part in there else 0
        self.part = there[(now + step) % len(there)]
        self._moved()

    def _moved(self) -> None:
        self.setAccessibleDescription(self.words())
        self.update()
        self.moved.emit()

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        plot, top = self._plot(), self._top()
        self._paint_scale(painter, plot, top)
        for at, day in enumerate(self._days):
            self._paint_day(painter, plot, top, at, day)
        self._paint_dates(painter, plot)

    def _top(self) -> int:
        return top_of(max((day.received for day in self._days), default=0))

    def _plot(self) -> QRectF:
        small = QFontMetricsF(theme.font(theme.SMALL))
        left = small.horizontalAdvance(format_number(self._top())) + px(12)
        return QRectF(
            left, px(10), max(1.0, self.width() - left - px(8)), max(1.0, self.height() - px(12) - 2 * px(16))
        )

    def _paint_scale(self, painter: QPainter, plot: QRectF, top: int) -> None:
        small = theme.font(theme.SMALL)
        for line in range(_LINES + 1):
            y = round(plot.bottom() - plot.height() * line / _LINES)
            painter.fillRect(QRectF(plot.left(), y, plot.width(), 1), colour("hair" if line else "border"))
            number = QRectF(0, y - px(10), plot.left() - px(8), px(20))
            paint_text(painter, number, format_number(top * line // _LINES), small, "muted", right=True)

    def _paint_day(self, painter: QPainter, plot: QRectF, top: int, at: int, day: Day) -> None:
        for part, rect in self._parts(plot, top, at, day).items():
            painter.fillRect(rect, colour("surface"))
            painter.fillRect(rect, group_brush(GROUPS[part]))
            if GROUPS[part].pattern is not Qt.BrushStyle.SolidPattern:
                painter.setPen(QPen(colour(GROUPS[part].tone), 1))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(rect.adjusted(0.5, 0.5, -0.5, -0.5))
        if at == self.at and self.hasFocus():
            painter.setPen(QPen(colour("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(self._ring(plot, top, at, day), 3, 3)

    def _parts(self, plot: QRectF, top: int, at: int, day: Day) -> Mapping[int, QRectF]:
        """The rectangles of a bar by part, from the bottom; a part of which there is any can be seen."""
        slot = plot.width() / len(self._days)
        left, width = plot.left() + slot * (at + _GAP / 2), slot * (1 - _GAP)
        found: dict[int, QRectF] = {}
        y = plot.bottom()
        for part, group in enumerate(GROUPS):
            if number := number_of(day, group):
                height = max(2.0, plot.height() * number / top)
                y -= height
                found[part] = QRectF(left, y, width, height)
        return found

    def _ring(self, plot: QRectF, top: int, at: int, day: Day) -> QRectF:
        parts = self._parts(plot, top, at, day)
        if self.part in parts:
            return parts[self.part].adjusted(-2, -2, 2, 2)
        slot = plot.width() / len(self._days)
        return QRectF(plot.left() + slot * at, plot.top() - 4, slot, plot.height() + 8)

    def _paint_dates(self, painter: QPainter, plot: QRectF) -> None:
        """As many as have room, today among them."""
        if not self._days:
            return
        font = theme.font(theme.SMALL)
        slot = plot.width() / len(self._days)
        every = max(1, int(QFontMetricsF(font).horizontalAdvance("00/00 ") / slot) + 1)
        for at in range(len(self._days) - 1, -1, -every):
            words = short_day(self._days[at].day)
            width = QFontMetricsF(font).horizontalAdvance(words) + 2
            middle = min(plot.left() + slot * (at + 0.5), self.width() - width / 2)
            place = QRectF(middle - width / 2, plot.bottom() + px(6), width, px(20))
            paint_text(painter, place, words, font, "muted")

    def _day_at(self, place: QPointF) -> int:
        plot = self._plot()
        if not self._days or not plot.left() <= place.x() < plot.right():
            return -1
        return min(len(self._days) - 1, int((place.x() - plot.left()) / (plot.width() / len(self._days))))

    def _part_at(self, at: int, place: QPointF) -> int:
        parts = self._parts(self._plot(), self._top(), at, self._days[at])
        return next((part for part, rect in parts.items() if rect.contains(place)), -1)


def short_day(day: date) -> str:
    """Under a bar: 11/20 in Japanese, 20/11 elsewhere."""
    return f"{day.month}/{day.day}" if current_language() == "ja" else f"{day.day}/{day.month}"
