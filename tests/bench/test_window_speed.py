"""What somebody at the desk waits for: the window, the list of 300,000 guardians, a letter typed into its search."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from desktop.desk.place import DeskPlace
from desktop.store.db import Store
from desktop.ui import theme
from desktop.ui.rosters.page import RostersPage
from desktop.ui.table import PagedModel
from desktop.ui.table_view import Table
from desktop.ui.tasks import Tasks
from tests.bench import city, figures
from tests.conftest import Clock
from tests.desk.conftest import empty_place, place
from tests.make import Make
from tests.ui.office import app_context, show_page

__all__ = ["empty_place", "place"]

GUARDIANS = 300_000
STEPS = 60


class Paints(QObject):
    """Counts the paintings of a widget."""

    def __init__(self, watched: QWidget) -> None:
        super().__init__()
        self.count = 0
        watched.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802  Qt's name
        self.count += event.type() is QEvent.Type.Paint
        return False


def until_painted(paints: Paints, is_there: Callable[[], bool], act: Callable[[], object]) -> float:
    """Seconds from the act to the painting that shows what came of it."""
    began = time.perf_counter()
    act()
    while not is_there():
        QApplication.processEvents()
        assert time.perf_counter() - began < 20
    before = paints.count
    while paints.count == before:
        QApplication.processEvents()
        assert time.perf_counter() - began < 20
    return time.perf_counter() - began


def has_row(model: PagedModel[Any], position: int) -> bool:
    return model.row(position) is not None


def has_other_count(model: PagedModel[Any], count: int) -> bool:
    return model.rowCount() != count


def go_to(table: Table, position: int) -> None:
    table.scrollTo(table.model().index(position, 0), Table.ScrollHint.PositionAtTop)


@pytest.mark.timeout(600)
def test_three_hundred_thousand_guardians(
    qtbot: QtBot, embedded_store: Store, make: Make, clock: Clock, tmp_path: Path
) -> None:
    theme.apply(QApplication.instance())  # type: ignore[arg-type]  # typed as its base class
    city.build(embedded_store, GUARDIANS // 2)
    errors: list[Exception] = []
    tasks = Tasks(lambda _owner, error: errors.append(error))
    context = app_context(embedded_store, tasks, make.principal(), clock, tmp_path)
    window = show_page(qtbot, context, "rosters", "people", lambda: RostersPage(context))
    page = window.findChild(RostersPage)
    assert page is not None
    lists = page.lists
    model = lists.guardians_model
    table = lists.tables["guardian"]
    paints = Paints(table.viewport())

    qtbot.waitUntil(lambda: lists.children_model.rowCount() > 0 and has_row(lists.children_model, 0), timeout=20_000)

    def shows_all() -> bool:
        return model.rowCount() == GUARDIANS and model.row(0) is not None

    first = until_painted(paints, shows_all, lambda: lists.switch.chosen.emit("guardian"))
    figures.below("300,000 guardians: from the click to the list painted", first, 0.250)
    steps = []
    for number in range(STEPS):
        position = (number * 292_003) % (GUARDIANS - 100)
        steps.append(until_painted(paints, partial(has_row, model, position), partial(go_to, table, position)))
    figures.below("300,000 guardians: a jump to anywhere until its rows are painted, p95", figures.p95(steps), 0.030)
    keys = []
    for _ in range(figures.RUNS):
        until_painted(paints, partial(has_other_count, model, GUARDIANS), partial(lists.search.setText, "佐藤親"))
        for letter in "123":
            other = partial(has_other_count, model, model.rowCount())
            keys.append(until_painted(paints, other, partial(lists.search.insert, letter)))
        until_painted(paints, partial(has_other_count, model, model.rowCount()), lists.search.clear)
        qtbot.waitUntil(shows_all, timeout=20_000)
    figures.below("300,000 guardians: from a key to what it finds painted, p95", figures.p95(keys), 0.030)
    assert tasks.close()
    assert not errors


_START = """
import json, sys, time
began = time.perf_counter()
from desktop.desk import quick_start
quick_start.hold()
from pathlib import Path
from PySide6.QtCore import QEvent, QObject
from desktop.desk.application import make_application, make_program
from desktop.desk.place import DeskPlace
from desktop.paths import Paths
class First(QObject):
    painted = 0.0
    def eventFilter(self, watched, event):
        if event.type() is QEvent.Type.Paint and not self.painted:
            self.painted = time.perf_counter() - began
        return False
app = make_application()
first = First()
app.installEventFilter(first)
folder = Path(sys.argv[1])
program = make_program(app, DeskPlace(Paths(folder), f"sqlite:///{folder / 'renraku.sqlite'}"), "hana")
program.seated.connect(app.quit)
program.show()
app.exec()
app.processEvents()
told = {"painted": first.painted, "usable": time.perf_counter() - began}
status = Path("/proc/self/status").read_text()
told["memory"] = int(status.split("VmHWM:")[1].split()[0])  # getrusage counts in the process that started this one
print(json.dumps(told), flush=True)
program.shut()
"""


def test_the_desk_starts(place: DeskPlace, tmp_path: Path) -> None:
    """From the first line of Python to the window's first painting, and to the page of who is signed in.

    Warm: Python has compiled its modules before, as on any computer where the desk was ever started. Memory is the
    most that was ever resident, shared libraries counted in full; the worker beside the desk is not counted.
    """

    compiled = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(tmp_path / "compiled")}

    def start() -> dict[str, float]:
        done = subprocess.run(
            [sys.executable, "-c", _START, str(place.paths.data_dir)],
            stdout=subprocess.PIPE, text=True, check=True, timeout=60, env=os.environ | compiled,
        )  # fmt: skip
        told: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
        return told

    start()
    starts = [start() for _ in range(figures.RUNS)]
    figures.below("the desk starts: first painting, warm", median(one["painted"] for one in starts), 0.400)
    figures.below("the desk starts: signed in and usable, warm", median(one["usable"] for one in starts), 1.0)
    memory = median(one["memory"] for one in starts) / 1024
    figures.note("memory of the desk, started", f"{memory:.0f} MB", "< 160 MB", memory < 160)
