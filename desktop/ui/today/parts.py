"""The cards of the Today page."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QSizePolicy, QWidget

from desktop.i18n import _
from desktop.ui.table import ListModel, Row
from desktop.ui.table_view import Table
from desktop.ui.theme import effective_width, px, theme
from desktop.ui.today.state import ChannelLine, ClassLine, LatestCard, SendingCard
from desktop.ui.widgets.marks import Chip, CoverageBar, legend_items
from desktop.ui.widgets.pieces import (
    Button,
    ElidedLabel,
    IconLabel,
    Label,
    clear_layout,
    column,
    hline,
    named_frame,
    row,
)
from desktop.ui.widgets.values import ProgressLine, figure

_NARROW = 900


class WholeTable(Table):
    """A short list that stands in a card with all its rows: no header, no scrolling of its own; one click opens."""

    def __init__(self, model: ListModel[Row], name: str, row_height: int) -> None:
        self._lines_px = row_height
        super().__init__(model, name, row_height=row_height)
        self.horizontalHeader().hide()
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(Table.SelectionMode.SingleSelection)
        self.clicked.connect(lambda index: self.opened.emit(model.id_at(index.row())))
        self.doubleClicked.disconnect()
        model.modelReset.connect(self._fit_rows)
        theme.changed.connect(self._fit_rows)
        self._fit_rows()

    def _fit_rows(self) -> None:
        self.setFixedHeight(max(1, self.model().rowCount()) * px(self._lines_px) + 2)


class ChannelProgressRow(QWidget):
    """One channel of a notice that is going out: bar, what is left, how many."""

    def __init__(self) -> None:
        super().__init__()
        self._icon = IconLabel("email", "muted")
        self._name = Label("")
        self._bar = ProgressLine()
        self._note = Label("", "muted minor")
        self._numbers = figure("", "bold")
        self.setLayout(row(self._icon, self._name, (self._bar, 1), self._note, self._numbers, spacing=10))

    def show_line(self, line: ChannelLine) -> None:
        self._icon.show_icon(line.icon, "muted")
        self._name.setText(line.name)
        self._bar.setAccessibleName(f"{line.name} {line.numbers}")
        self._bar.show_progress(line.done, line.total, line.state)
        self._note.setText(line.note)
        self._note.set_role({"failed": "danger minor", "done": "success minor"}.get(line.state, "muted minor"))
        self._numbers.setText(line.numbers)


class SendingFrame(QFrame):
    """A notice on its way, live."""

    def __init__(self, notice_id: int, open_notice: Callable[[int], object]) -> None:
        super().__init__()
        self.setObjectName("card")
        self._title = Label("", "cardTitle")
        self._about = ElidedLabel("", "muted minor")
        self._open = Button(_("Open"), "link", on_click=lambda: open_notice(notice_id))
        self._channels = column(spacing=8)
        self._rows: list[ChannelProgressRow] = []
        head = row(self._title, Chip("sending"), (self._about, 1), self._open, spacing=12)
        self.setLayout(column(head, self._channels, margin=16, spacing=8))

    def show_card(self, card: SendingCard) -> None:
        self._title.setText(card.title)
        self._title.set_role("cardTitle danger" if card.urgent else "cardTitle")
        self._about.set_whole(card.about)
        self.setAccessibleName(card.title)
        while len(self._rows) < len(card.channels):
            made = ChannelProgressRow()
            self._rows.append(made)
            self._channels.addWidget(made)
        for at, shown in enumerate(self._rows):
            shown.setVisible(at < len(card.channels))
            if at < len(card.channels):
                shown.show_line(card.channels[at])


class ClassGrid(QFrame):
    """How far the latest notice got, class by class."""

    def __init__(self, open_notice: Callable[[int], object]) -> None:
        super().__init__()
        self.setObjectName("card")
        self._card: LatestCard | None = None
        self._columns = 3
        self._about = ElidedLabel("", "muted minor")
        self._more = Label("", "muted small")
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(24)
        self._grid.setVerticalSpacing(8)
        self._open = Button(_("Open"), "link", on_click=lambda: self._card and open_notice(self._card.notice_id))
        legend = [item for pair in legend_items() for item in pair]
        self._legend = QWidget()
        self._legend.setLayout(row(*legend))
        title = Label(_("Latest notice by class"), "bold")
        head = row(title, (self._about, 1), self._legend, self._open, spacing=12)
        body = QWidget()
        body.setLayout(column(self._grid, self._more, margin=(16, 12, 16, 12), spacing=8))
        frame = column(spacing=0)
        frame.addLayout(row(_inset(head)))
        frame.addWidget(hline())
        frame.addWidget(body)
        self.setLayout(frame)
        theme.changed.connect(self._arrange)

    def show_card(self, card: LatestCard) -> None:
        if card == self._card:
            return
        self._card = card
        self._about.set_whole(card.about)
        self._more.setText(card.more)
        self._more.setVisible(bool(card.more))
        self._lay_out()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        width = effective_width(self)
        columns = 3 if width >= _NARROW else 2 if width >= 560 else 1
        self._legend.setVisible(width >= _NARROW)
        if columns != self._columns:
            self._columns = columns
            self._lay_out()

    def _lay_out(self) -> None:
        if self._card is None:
            return
        clear_layout(self._grid)
        lines = self._card.classes
        down = -(-len(lines) // self._columns)
        for at, line in enumerate(lines):
            self._grid.addWidget(_class_row(line), at % down, at // down)
        for number in range(3):
            self._grid.setColumnStretch(number, 1 if number < self._columns else 0)


def _class_row(line: ClassLine) -> QWidget:
    name = ElidedLabel(line.label)
    name.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
    name.setFixedWidth(px(72))
    number = figure(line.numbers, "muted minor")
    number.setMinimumWidth(px(64))
    lost = IconLabel("email-off", "warning", words=_("Children who cannot be reached: {n}").format(n=line.unreached))
    count = Label(str(line.unreached), "warning minor")
    count.setFixedWidth(px(20))
    if not line.unreached:
        lost.clear()
        count.clear()
    made = QWidget()
    made.setLayout(row(name, (CoverageBar(line.coverage), 1), number, lost, count))
    return made


def _inset(layout: QWidget | object) -> QWidget:
    made = QWidget()
    made.setLayout(layout)  # type: ignore[arg-type]  # a layout; the pieces' row() takes widgets and layouts alike
    made.layout().setContentsMargins(16, 10, 16, 8)  # type: ignore[union-attr]  # just set
    return made


def titled_card(title: str, *items: QWidget) -> QFrame:
    """A card with its title over a rule; what stands in it goes to its edges."""
    head = Label(title, "bold")
    head.setContentsMargins(16, 10, 16, 8)
    frame = named_frame("card", column(head, hline(), *items, None, spacing=0))
    # Rows in the card keep clear of its rounded edge.
    frame.layout().setContentsMargins(1, 1, 1, 4)  # type: ignore[union-attr]  # just set
    return frame
