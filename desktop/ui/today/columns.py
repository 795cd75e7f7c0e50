"""The columns of the Today page's lists."""

from desktop.i18n import N_
from desktop.ui.cells import ChipCell, Mark, TextCell, TwoLinesCell
from desktop.ui.table import Column
from desktop.ui.today.state import PlannedLine, WaitingLine

WAITING: tuple[Column[WaitingLine], ...] = (
    Column(
        N_("Needs a look"),
        cell=lambda line: TwoLinesCell(
            line.title, line.detail, Mark(line.icon, "", line.tone), right=line.since, opens=True
        ),
        stretch=True,
    ),
)

PLANNED: tuple[Column[PlannedLine], ...] = (
    Column(N_("Time"), cell=lambda line: TextCell(line.when, bold=True), width=72),
    Column(N_("Notice"), cell=lambda line: TwoLinesCell(line.title, line.about, bold=False), stretch=True),
    Column(N_("State"), cell=lambda line: ChipCell(line.state, line.word), width=140),
)
