"""A notice that goes out or has gone out: each channel, each class, each child."""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QWidget

from desktop.domain.reports import ChannelProgress, NoticeReport, RecipientRow
from desktop.i18n import _
from desktop.ui.context import Desk
from desktop.ui.notice.columns import CLASSES, MINOR_COLUMNS, recipient_columns
from desktop.ui.notice.parts import AttentionBox, ChannelStat, LegendColumn, OthersRow, RecipientPanel
from desktop.ui.notice.recipients import recipient_detail
from desktop.ui.notice.state import (
    ALL_CLASSES,
    FILTERS,
    NO_CLASS,
    attention,
    channel_card,
    class_lines,
    figures,
)
from desktop.ui.notice_view import other_lines
from desktop.ui.table import PagedModel, RowsModel
from desktop.ui.table_view import Table
from desktop.ui.theme import px, theme
from desktop.ui.tokens import HEADER, ROW_COMFORTABLE
from desktop.ui.widgets.beside import Beside, is_narrow
from desktop.ui.widgets.empty import EmptyState
from desktop.ui.widgets.filters import SegmentedFilter
from desktop.ui.widgets.forms import SearchField
from desktop.ui.widgets.pieces import (
    Label,
    card,
    clear_layout,
    column,
    hline,
    named_frame,
    row,
    scroll,
    vline,
    widget_of,
)
from desktop.ui.widgets.values import Stat
from desktop.wording.deliveries import sent_again_words

Order = Literal["class", "name", "state"]

_CLASSES_WIDTH = 256
_LEAST_CLASS_ROWS = 4


class AfterView(QWidget):
    """`asked`: another class, filter, order or name is wanted; then look at the properties."""

    asked = Signal()
    resend_asked = Signal()

    def __init__(
        self,
        desk: Desk,
        fetch: Callable[[Sequence[int]], Mapping[int, RecipientRow]],
        open_recipient: Callable[[RecipientRow], object],
    ) -> None:
        super().__init__()
        self._desk = desk
        self._open_recipient = open_recipient
        self.class_key = ALL_CLASSES
        self.order: Order = "class"
        self._filters: list[str] = []
        self._channels: list[ChannelStat] = []
        self._build(fetch)

    # What the page uses

    @property
    def only(self) -> str:
        return self.filter.key()

    @property
    def typed(self) -> str:
        return self.search.text().strip()

    def begin(self) -> None:
        """Another notice: everybody, all classes."""
        self.class_key, self.order = ALL_CLASSES, "class"
        self.choose("all")
        self.search.clear()
        self.panel.show_detail(None)
        self._model.show_ids(())
        self._class_model.show_rows(())

    def choose(self, only: str) -> None:
        """Narrow the list, without `asked`."""
        if only not in FILTERS:
            return
        if only not in self._filters:
            self._filters = [*self._filters, only]
            self.filter.offer([(key, _(FILTERS[key])) for key in self._filters])
        self.filter.choose(only)

    def show_report(self, report: NoticeReport, *, sending: bool) -> None:
        self._show_channels(report, sending=sending)
        shown = figures(report)
        self._confirmed.show_value(shown.confirmed, shown.families)
        self._attention_stat.show_value(shown.attention)
        self._median.show_value(shown.median)
        self._class_model.show_rows(class_lines(report))
        self._fit_classes()
        if self._class_model.position_of(self.class_key) is None:
            self.class_key = ALL_CLASSES
        if self.classes.current_id() != self.class_key:
            self.classes.select_id(self.class_key)
        self._attention.show_lines(attention(report))
        self.others.show_lines(other_lines(report))
        self._again.setText(sent_again_words(report.sent_again) if report.sent_again else "")
        self._again.setVisible(bool(report.sent_again))
        self._suit_families(report)

    def _suit_families(self, report: NoticeReport) -> None:
        """A notice to staff alone has no classes, and nothing to say of families."""
        families = bool(report.classes or report.waiting.people)
        for widget in (self._family_figures, self.classes, self._legend):
            widget.setVisible(families)
        self._rule.setVisible(families and not is_narrow(self))
        if not families and self.only == "all":
            self.choose("staff")
            self.asked.emit()

    def show_progress(self, channels: Sequence[ChannelProgress]) -> None:
        """The part that moves each second."""
        if len(channels) == len(self._channels):
            for stat, progress in zip(self._channels, channels, strict=True):
                stat.show_card(channel_card(progress, sending=True))

    def show_ids(self, ids: Sequence[int], counts: Mapping[str, int]) -> None:
        self._model.show_ids(ids)
        self._offer_filters(counts)
        self.filter.show_counts(dict(counts))
        self.table.show_sorted(self.order, descending=False)
        self._show_detail()

    # Building

    def _build(self, fetch: Callable[[Sequence[int]], Mapping[int, RecipientRow]]) -> None:
        self._confirmed = Stat(_("Confirmed"), icon="check-all", tone="success")
        self._attention_stat = Stat(_("Need attention"), icon="alert-circle", tone="danger")
        self._median = Stat(_("Until accepted (median)"), icon="timer")
        self._channel_row = row(spacing=16)
        others = row((self._confirmed, 1), vline(), (self._attention_stat, 1), vline(), (self._median, 1), spacing=16)
        self._rule = vline()
        self._family_figures = widget_of(others)
        figures = Beside((widget_of(self._channel_row), 1), (self._rule, 0), (self._family_figures, 1))
        self.others = OthersRow(self._on_others)
        self._again = Label("", "muted minor", wrap=True)
        self._stats = card(figures, self.others, self._again, margin=(16, 12, 16, 12))
        self._list = self._recipients(fetch)
        self._beside = Beside((self._left(), 0), (self._list, 1))
        body = column(self._stats, (self._beside, 1), margin=(16, 0, 16, 16), spacing=16)
        self.setLayout(column((scroll(widget_of(body)), 1)))
        self._measure()
        theme.changed.connect(self._measure)

    def _left(self) -> QFrame:
        self._class_model = RowsModel(CLASSES, lambda line: line.key, self)
        self.classes = Table(self._class_model, _("Classes"), row_height=ROW_COMFORTABLE)
        self.classes.setSelectionMode(Table.SelectionMode.SingleSelection)
        self.classes.selected.connect(self._on_class)
        self._attention = AttentionBox(self._on_attention)
        self._legend = LegendColumn()
        parts = column((self.classes, 100), hline(), self._legend, hline(), self._attention, None, margin=1, spacing=0)
        self._left_card = named_frame("card", parts)
        return self._left_card

    def _recipients(self, fetch: Callable[[Sequence[int]], Mapping[int, RecipientRow]]) -> QFrame:
        self.filter = SegmentedFilter(_("Show"), wrap=True)
        self._offer_filters({})
        self.filter.chosen.connect(lambda _key: self.asked.emit())
        self.search = SearchField(_("Name or reading"))
        self.search.searched.connect(lambda _typed: self.asked.emit())
        self._model = PagedModel(recipient_columns(self._desk.clock), fetch, self._desk.tasks, self)
        self.table = Table(self._model, _("Recipients"))
        self.table.sort_asked.connect(lambda sort, _descending: self._on_sort(sort))
        self.table.selected.connect(self._show_detail)
        self.table.typed.connect(self.search.take)
        self.table.opened.connect(lambda _id: self._open_current())
        self.search.down_pressed.connect(self.table.setFocus)
        self._model.dataChanged.connect(self._show_detail)
        self._model.modelReset.connect(self._measure)  # Qt shows hidden columns again
        self.table.set_empty(
            EmptyState("people", _("Nobody here"), _("Nobody in this notice is in this state or has this name."))
        )
        self.panel = RecipientPanel(self._open_current)
        bars = Beside((self.filter, 1), (self.search, 0), spacing=8)
        head = widget_of(column(bars, margin=(8, 6, 8, 6)))
        inner = column(head, hline(), (self.table, 1), self.panel, margin=1, spacing=0)
        return named_frame("card", inner)

    def _offer_filters(self, counts: Mapping[str, int]) -> None:
        """Those alone in which there is somebody, and the one in force."""
        chosen = self.filter.key() or "all"
        offered = [key for key in FILTERS if key in ("all", chosen) or counts.get(key)]
        if offered != self._filters:
            self._filters = offered
            self.filter.offer([(key, _(FILTERS[key])) for key in offered])
            self.filter.choose(chosen)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._measure()

    def _measure(self) -> None:
        self._rule.setVisible(not self._family_figures.isHidden() and not is_narrow(self))
        for at, each in enumerate(self._model.columns):
            self.table.setColumnHidden(at, each.title in MINOR_COLUMNS and is_narrow(self))
        self._left_card.setMinimumWidth(px(_CLASSES_WIDTH))
        self.table.setMinimumHeight(px(220))
        self.search.setMinimumWidth(px(150))
        self._fit_classes()

    def _fit_classes(self) -> None:
        """All classes where there is room, and never less than a few: the list scrolls, not the page."""
        rows = self._class_model.rowCount()
        self.classes.setMinimumHeight(_classes_height(min(rows, _LEAST_CLASS_ROWS)))
        self.classes.setMaximumHeight(_classes_height(rows))

    def _show_channels(self, report: NoticeReport, *, sending: bool) -> None:
        if len(self._channels) != len(report.channels):
            clear_layout(self._channel_row)
            self._channels = [ChannelStat() for _channel in report.channels]
            for at, stat in enumerate(self._channels):
                if at:
                    self._channel_row.addWidget(vline())
                self._channel_row.addWidget(stat, 1)
        for stat, progress in zip(self._channels, report.channels, strict=True):
            stat.show_card(channel_card(progress, sending=sending))

    # What the reader does

    def _on_class(self) -> None:
        key = self.classes.current_id()
        if isinstance(key, int) and key != self.class_key:
            self.class_key = key
            self.asked.emit()

    def _on_sort(self, sort: str) -> None:
        self.order = "name" if sort == "name" else "state" if sort == "state" else "class"
        self.asked.emit()

    def _on_attention(self, key: str) -> None:
        if key == "failed":
            self.resend_asked.emit()
        elif key in FILTERS:
            self._look_at(key)

    def _on_others(self, key: str) -> None:
        """They are in no class of the list."""
        self.class_key = ALL_CLASSES
        self.classes.select_id(ALL_CLASSES)
        self._look_at(key)

    def _look_at(self, only: str) -> None:
        self.choose(only)
        self.asked.emit()
        self.table.setFocus()

    def _current(self) -> RecipientRow | None:
        index = self.table.currentIndex()
        return self._model.row(index.row()) if index.isValid() else None

    def _show_detail(self) -> None:
        current = self._current()
        detail = recipient_detail(current, self._desk.clock()) if current else None
        self.panel.show_detail(detail)

    def _open_current(self) -> None:
        current = self._current()
        if current is not None:
            self._open_recipient(current)

    @property
    def homeroom_id(self) -> int | None:
        """The class chosen; None for all of them."""
        return None if self.class_key in {ALL_CLASSES, NO_CLASS} else self.class_key


def _classes_height(rows: int) -> int:
    return px(HEADER) + rows * px(ROW_COMFORTABLE) + 2
