"""Saving the rows that an import holds back, to be put right and imported again."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from desktop.domain.rosters.reading import Reading
from desktop.domain.rosters.rows import Problem
from desktop.i18n import _, format_number, ngettext
from desktop.ui.app_context import AppContext
from desktop.wording import rosters as words


def ask_where_to_save(page: QWidget, reading: Reading) -> Path | None:
    stem, _dot, ending = reading.name.rpartition(".")
    suggested = _("{file}, held back").format(file=stem or reading.name)
    ending = ending if ending.lower() in {"csv", "xlsx"} else "csv"
    chosen, _kind = QFileDialog.getSaveFileName(page, _("Save the held rows as"), f"{suggested}.{ending}")
    return Path(chosen) if chosen else None


def save_held(
    context: AppContext,
    page: QWidget,
    reading: Reading,
    problems: Sequence[Problem],
    path: Path,
    refused: Callable[[Exception], None],
) -> None:
    def save() -> int:
        return context.rosters.held_rows_file(
            reading, problems, path, reason_header=words.reason_header(), word=words.reason
        )

    def saved(number: int) -> None:
        text = ngettext("{n} row was saved in {file}", "{n} rows were saved in {file}", number)
        context.toasts.say(text.format(n=format_number(number), file=path.name))

    context.tasks.run(save, saved, owner=page, failed=refused)
