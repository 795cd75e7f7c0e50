"""The columns of a notice's page."""

from datetime import datetime

from desktop.domain.reports import RecipientRow
from desktop.i18n import N_, format_exact, format_when
from desktop.ui.cells import BarCell, Cell, ChipCell, TextCell
from desktop.ui.context import Clock
from desktop.ui.notice.recipients import channel_chip, child_words, guardian_words, last_moment, number_words
from desktop.ui.notice.state import ALL_CLASSES, ClassLine
from desktop.ui.table import Column

CLASSES: tuple[Column[ClassLine], ...] = (
    Column(N_("Homeroom"), cell=lambda line: TextCell(line.label, bold=line.key == ALL_CLASSES), width=100),
    Column(N_("Sent / children"), cell=lambda line: BarCell(line.coverage, line.numbers), stretch=True),
)


def _chip(row: RecipientRow, channel: str) -> Cell:
    key = channel_chip(row, channel)
    return ChipCell(key) if key else TextCell("–", "muted")


def _confirmed(row: RecipientRow) -> Cell:
    return ChipCell("confirmed") if row.confirmed else TextCell("–", "muted")


def _reading(row: RecipientRow) -> str:
    return row.child_kana or child_words(row)


def recipient_columns(clock: Clock) -> tuple[Column[RecipientRow], ...]:
    def when(row: RecipientRow) -> str:
        moment = last_moment(row)
        return format_when(moment, clock()) if moment else "–"

    def exact(row: RecipientRow) -> str:
        moment: datetime | None = last_moment(row)
        return format_exact(moment.astimezone(clock().tzinfo)) if moment else ""

    return (
        Column(N_("No."), text=number_words, width=84, sort="class"),
        Column(
            N_("Name"),
            text=child_words,
            width=120,
            sort="name",
            tooltip=lambda row: row.child_kana or child_words(row),
        ),
        Column(N_("Guardians or role"), text=guardian_words, tone="muted", stretch=True, tooltip=guardian_words),
        Column(N_("Email"), cell=lambda row: _chip(row, "email"), width=176, sort="state"),
        Column(N_("LINE"), cell=lambda row: _chip(row, "line"), width=108),
        Column(N_("Confirmation"), cell=_confirmed, width=100),
        Column(N_("Time"), text=when, tooltip=exact, width=72, number=True, tone="muted"),
    )


MINOR_COLUMNS = frozenset({"Guardians or role", "Confirmation"})
"""Titles of the columns that give way where there is little room."""
