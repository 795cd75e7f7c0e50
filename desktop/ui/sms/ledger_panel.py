"""What accounts by text message cost citizens and the city: a month a line, beside it its networks (B13)."""

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Generic, TypeVar

from PySide6.QtWidgets import QFileDialog, QWidget

from desktop.domain.sms_ledger import Cost, Month, NetworkCost, total
from desktop.i18n import N_, _, format_number
from desktop.ui.long_work import Ending, Progress
from desktop.ui.sms import steering_words as words
from desktop.ui.tabbed_page import TabPanel
from desktop.ui.table import Column, RowsModel
from desktop.ui.table_view import Table
from desktop.ui.theme import px, theme
from desktop.ui.widgets.pieces import Button, Label, column, hline, row, scroll
from desktop.ui.widgets.values import Stat
from desktop.wording.sms import network

T = TypeVar("T")


class _Costs(Generic[T]):
    """The columns that every line of costs has."""

    def __init__(self, cost: Callable[[T], Cost]) -> None:
        def number(title: str, read: Callable[[Cost], int], width: int, *, optional: bool = False) -> Column[T]:
            return Column(
                title, text=lambda line: format_number(read(cost(line))), width=width, number=True, optional=optional
            )

        def money(title: str, read: Callable[[Cost], int]) -> Column[T]:
            return Column(title, text=lambda line: words.dong(read(cost(line))), width=140, number=True)

        self.columns = (
            number(N_("Received"), lambda found: found.received, 110),
            money(N_("Citizens paid"), lambda found: found.paid),
            number(N_("Replies sent"), lambda found: found.replies, 120, optional=True),
            number(N_("Parts"), lambda found: found.parts, 90, optional=True),
            money(N_("Replies cost"), lambda found: found.cost),
        )


_MONTHS: tuple[Column[Month], ...] = (
    Column(N_("Month"), text=lambda month: words.month_words(month.first), width=130, stretch=True),
    *_Costs[Month](lambda month: month.total).columns,
)
_NETWORKS: tuple[Column[NetworkCost], ...] = (
    Column(N_("Network"), text=lambda line: network(line.network), width=130, stretch=True),
    *_Costs[NetworkCost](lambda line: line.cost).columns,
)


class LedgerPanel(TabPanel):
    """24 months; the one that is chosen is told network by network."""

    def build(self) -> None:
        self.months = RowsModel(_MONTHS, lambda month: month.first, self)
        self.table = Table(self.months, _("Costs by month"))
        self.networks = RowsModel(_NETWORKS, lambda line: line.network, self)
        self.network_table = Table(self.networks, _("Costs by network"))
        self.month = Label("", "cardTitle")
        self.paid = Stat(_("Citizens paid"))
        self.cost = Stat(_("Replies cost the city"))
        self.xlsx_button = Button(_("Save as Excel…"), "big", "download", on_click=lambda: self.export("xlsx"))
        self.csv_button = Button(_("Save as CSV…"), "big", "download", on_click=lambda: self.export("csv"))
        stats = row(self.paid, self.cost, None, spacing=32, margin=(16, 0, 16, 0))
        heading = row(self.month, None, margin=(16, 8, 16, 0))
        below = (hline(), heading, stats, (self.network_table, 2))
        self.setLayout(column(scroll(column((self.table, 3), *below, spacing=8))))
        self.setFocusProxy(self.table)
        self.table.selected.connect(self._show_month)
        theme.changed.connect(self._measure)
        self._measure()

    def page_actions(self) -> list[QWidget]:
        return [self.csv_button, self.xlsx_button]

    def load(self) -> None:
        actor, ledger = self.context.session.actor, self.context.sms_ledger
        self.run(lambda: ledger.months(actor), self._show, "ledger")

    def _show(self, months: Sequence[Month]) -> None:
        chosen = self._chosen()
        self.months.show_rows(months)
        self.sentence_changed.emit(words.ledger_sentence(total(month.total for month in months)))
        self.table.select_id(chosen or months[0].first)
        self._show_month()

    def _chosen(self) -> date | None:
        return next((each for each in self.table.selected_ids() if isinstance(each, date)), None)

    def _show_month(self) -> None:
        first = self._chosen()
        month = next((each for each in self.months.rows if each.first == first), None)
        if month is not None:
            self.month.setText(words.month_words(month.first))
            self.paid.show_value(words.dong(month.total.paid))
            self.cost.show_value(words.dong(month.total.cost))
            self.networks.show_rows(month.networks)

    def export(self, form: str) -> None:
        """Ask where to, then save all months as a file."""
        kinds = f"{_('Excel workbook')} (*.xlsx)" if form == "xlsx" else "CSV (*.csv)"
        suggested = str(Path.home() / f"{_('SMS costs')}.{form}")
        chosen, _kind = QFileDialog.getSaveFileName(self, _("Save the costs as"), suggested, kinds)
        if chosen:
            self.export_to(Path(chosen))

    def export_to(self, path: Path) -> None:
        actor, ledger = self.context.session.actor, self.context.sms_ledger

        def work(_progress: Progress) -> None:
            path.write_bytes(ledger.exported(actor, "csv" if path.suffix.lower() == ".csv" else "xlsx", network))

        title = _("Saving the costs in {file}").format(file=path.name)
        said = _("The costs were saved in {file}").format(file=path.name)
        self.context.tasks.run_long(work, title, owner=self, ending=lambda _done: Ending(said), cancellable=False)

    def _measure(self) -> None:
        self.table.setMinimumHeight(px(200))
        self.network_table.setMinimumHeight(px(140))
