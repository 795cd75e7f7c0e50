"""The columns of the list of notices."""

from desktop.i18n import N_, _
from desktop.ui.cells import BarCell, Cell, ChipCell, IconsCell, Mark, TextCell
from desktop.ui.notices.state import NoticeLine
from desktop.ui.table import Column


def _mark(line: NoticeLine) -> Cell | None:
    return IconsCell((Mark("emergency", _("Emergency"), "danger"),)) if line.urgent else None


def _sent(line: NoticeLine) -> Cell:
    return BarCell(line.sent, line.numbers) if line.sent else TextCell(line.numbers, "muted")


COLUMNS: tuple[Column[NoticeLine], ...] = (
    Column("", cell=_mark, width=44),
    Column(N_("Title"), cell=lambda line: TextCell(line.title, "danger" if line.urgent else "text", bold=line.urgent),
           stretch=True),
    Column(N_("Audience"), text=lambda line: line.audience, tooltip=lambda line: line.audience, width=190,
           tone="muted"),
    Column(N_("Children"), text=lambda line: line.children, tooltip=lambda line: line.people, width=76,
           number=True),
    Column(N_("State"), cell=lambda line: ChipCell(line.state, line.word), width=190),
    Column(N_("Sent / messages"), cell=_sent, width=180),
    Column(N_("Time"), text=lambda line: line.when, tooltip=lambda line: line.exact, width=132, number=True,
           tone="muted"),
)  # fmt: skip

MINOR_COLUMNS = frozenset({"Audience", "Children", "Time"})
"""Titles of the columns that give way where there is little room."""
