"""The last 30 days: what came in, how many accounts were made, what was refused and why."""

from collections.abc import Sequence
from datetime import date

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.domain.sms import REFUSALS, Rule
from desktop.domain.sms_messages import Day
from desktop.i18n import _, format_number
from desktop.ui.pace import Pace
from desktop.ui.sms.chart import GROUPS, DaysChart, Group, group_brush, number_of
from desktop.ui.tabbed_page import TabPanel
from desktop.ui.theme import colour, px
from desktop.ui.widgets.pieces import Button, Label, clear_layout, column, row, scroll, widget_of
from desktop.ui.widgets.tags import FlowLayout
from desktop.ui.widgets.values import Stat

_EVERY_MS = 5000


class DaysPanel(TabPanel):
    """Numbers, bars, and under them in words what stands under the cursor and what each colour means."""

    def build(self) -> None:
        self._pace = Pace(self._load_now, self, _EVERY_MS)
        self.received = Stat(_("Messages in 30 days"))
        self.made = Stat(_("Accounts made"))
        self.refused = Stat(_("Refused"))
        self.chart = DaysChart()
        self.words = Label("", "minor", wrap=True)
        self._legend = FlowLayout(8)
        legend = QWidget()
        legend.setLayout(self._legend)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        legend.setSizePolicy(policy)
        stats = row(self.received, self.made, self.refused, None, spacing=48)
        hint = Label(_("A click, or Enter, shows the messages of a day or of a kind."), "muted small", wrap=True)
        content = column(stats, (self.chart, 1), self.words, legend, hint, spacing=12, margin=(24, 20, 24, 20))
        self.setLayout(column(scroll(content)))
        self.setFocusProxy(self.chart)
        self.chart.opened.connect(self._open)
        self.chart.moved.connect(lambda: self.words.setText(self.chart.words()))

    def load(self) -> None:
        self._pace.ask()

    def show_target(self, **target: object) -> None:
        """It has none of its own."""

    def _load_now(self) -> None:
        actor, messages = self.context.session.actor, self.context.sms_messages
        self.run(lambda: messages.days(actor), self._show, "days")

    def _show(self, days: Sequence[Day]) -> None:
        total = sum(day.received for day in days)
        made = sum(day.by_rule.get(Rule.ACCOUNT, 0) for day in days)
        refused = sum(number for day in days for rule, number in day.by_rule.items() if rule in REFUSALS)
        for stat, number in ((self.received, total), (self.made, made), (self.refused, refused)):
            stat.show_value(format_number(number))
        self.sentence_changed.emit("" if total else _("Nothing has come in yet."))
        self.chart.show_days(days)
        self._show_legend(days)

    def _show_legend(self, days: Sequence[Day]) -> None:
        clear_layout(self._legend)
        for group in GROUPS:
            number = sum(number_of(day, group) for day in days)
            if number:
                self._legend.addWidget(self._legend_item(group, number))

    def _legend_item(self, group: Group, number: int) -> QWidget:
        words = f"{_(group.title)} {format_number(number)}"
        if not group.only:
            return widget_of(row(Patch(group), Label(words, "minor"), spacing=6))
        button = Button(words, "link")
        button.clicked.connect(lambda: self._open(None, group.only))
        return widget_of(row(Patch(group), button, spacing=6))

    def _open(self, day: date | None, only: str) -> None:
        """The list, narrowed to that."""
        target = {"day": day} if day else {}
        self.context.navigator.go("sms", tab="messages", only=only or "all", **target)


class Patch(QWidget):
    """The colour and pattern of a part of the bars."""

    def __init__(self, group: Group) -> None:
        super().__init__()
        self._group = group
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(px(16), px(12))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        rect = QRectF(self.rect())
        painter.fillRect(rect, group_brush(self._group))
        painter.setPen(QPen(colour(self._group.tone), 1))
        painter.drawRect(rect.adjusted(0.5, 0.5, -0.5, -0.5))
