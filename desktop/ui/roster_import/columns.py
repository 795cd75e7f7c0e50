"""The columns of the lists of rows and of problems."""

from desktop.i18n import N_
from desktop.ui.cells import ChipCell
from desktop.ui.roster_import.state import DifferenceLine, ProblemLine, RowLine
from desktop.ui.table import Column

ROWS: tuple[Column[RowLine], ...] = (
    Column(N_("Line"), text=lambda line: line.line, width=64, number=True, tone="muted"),
    Column(N_("Name"), text=lambda line: line.name, tooltip=lambda line: line.name, width=132),
    Column(N_("Class"), text=lambda line: line.place, width=92),
    Column(N_("What happens"), cell=lambda line: ChipCell(line.state, line.word), width=148),
    Column(N_("Details"), text=lambda line: line.detail, tooltip=lambda line: line.detail, width=130, stretch=True,
           tone="muted"),
)  # fmt: skip

PROBLEMS: tuple[Column[ProblemLine], ...] = (
    Column(N_("Line"), text=lambda line: line.line, width=64, number=True, tone="muted"),
    Column(N_("Column"), text=lambda line: line.column, tooltip=lambda line: line.column, width=140),
    Column(N_("Reason"), text=lambda line: line.reason, tooltip=lambda line: line.reason, width=196, stretch=True),
    Column(N_("What happens"), cell=lambda line: ChipCell(line.state, line.word), width=164),
)  # fmt: skip

DIFFERENCES: tuple[Column[DifferenceLine], ...] = (
    Column(N_("Line"), text=lambda line: line.line, width=64, number=True, tone="muted"),
    Column(N_("Child"), text=lambda line: line.name, tooltip=lambda line: line.name, width=120),
    Column(N_("Column"), text=lambda line: line.column, tooltip=lambda line: line.column, width=132, tone="muted"),
    Column(
        N_("Stands here"), text=lambda line: line.current, tooltip=lambda line: line.current, width=130, stretch=True
    ),
    Column(N_("In the file"), text=lambda line: line.said, tooltip=lambda line: line.said, width=150),
    Column(N_("Taken"), cell=lambda line: ChipCell(line.state, line.word), width=180),
)
