"""What somebody at the desk waits for in the list of 300,000 guardians, at rest and while a worker sends."""

import gc
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QEventLoop, QObject, QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.domain.people import GuardianRow, ListQuery
from desktop.store.db import Store
from desktop.ui import theme
from desktop.ui.rosters.page import RostersPage
from desktop.ui.table import PagedModel
from desktop.ui.table_view import Table
from desktop.ui.tasks import Tasks
from tests.bench import city, figures, outbox, peers
from tests.conftest import Clock
from tests.make import Make
from tests.ui.office import app_context, show_page

GUARDIANS = figures.size(300_000)
STEPS = 60
TYPED = ("佐藤親12", "さとうおや1", "80012345", "guardian2123")
MAILS = figures.size(400_000, least=150_000)
PATIENCE_S = 20
PAUSE_MS = 250
WAIT = QEventLoop.ProcessEventsFlag.WaitForMoreEvents


class Reader(QObject):
    """Somebody who looks at the list. Between events the desk sleeps, as it does on a real desk."""

    def __init__(self, table: Table) -> None:
        super().__init__()
        self.table = table
        self._waits_for: Callable[[], bool] | None = None
        self._seen = False
        table.viewport().installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802  Qt's name
        if event.type() is QEvent.Type.Paint and self._waits_for and self._waits_for():
            self._seen = True
        return False

    def until_painted(self, is_there: Callable[[], bool], act: Callable[[], object]) -> float:
        """Seconds from the act to the end of the painting that shows what came of it."""
        self._seen, self._waits_for = False, is_there
        began = time.perf_counter()
        act()
        while not self._seen:
            QApplication.processEvents(WAIT)
            assert time.perf_counter() - began < PATIENCE_S
        self._waits_for = None
        return time.perf_counter() - began

    def rest(self) -> None:
        """Read for a moment."""
        loop = QEventLoop()
        QTimer.singleShot(PAUSE_MS, loop.quit)
        loop.exec()


class GuardiansList:
    """The page with everybody's guardians."""

    def __init__(self, qtbot: QtBot, page: RostersPage) -> None:
        self._qtbot = qtbot
        self._lists = page.lists
        self._found = ""
        page.listing.top_came.connect(self._take_top)
        self.model: PagedModel[GuardianRow] = page.lists.guardians_model
        self.reader = Reader(page.lists.tables["guardian"])

    def shows_all(self) -> bool:
        return self.model.rowCount() == GUARDIANS and self._has(0)

    def until_all(self) -> None:
        self._qtbot.waitUntil(self.shows_all, timeout=PATIENCE_S * 1000)
        self.reader.rest()

    def open(self) -> tuple[float, float]:
        """From the click until the first rows are painted, and until it is known how long the list is."""
        began = time.perf_counter()
        first = self.reader.until_painted(lambda: self._has(0), lambda: self._lists.switch.chosen.emit("guardian"))
        if not self.shows_all():
            self.reader.until_painted(self.shows_all, lambda: None)
        whole = time.perf_counter() - began
        self.reader.rest()
        return first, whole

    def jump(self, number: int) -> float:
        """To any place of the list, by the scroll bar."""
        at = (number * 292_003) % (GUARDIANS - 100)
        table = self.reader.table
        index = table.model().index(at, 0)
        return self.reader.until_painted(
            partial(self._has, at), partial(table.scrollTo, index, Table.ScrollHint.PositionAtTop)
        )

    def page_down(self) -> float:
        """A screen further, as by holding the key down."""
        bar = self.reader.table.verticalScrollBar()
        at = min(bar.value() + 2 * bar.pageStep() - 2, GUARDIANS - 1)
        return self.reader.until_painted(partial(self._has, at), partial(bar.setValue, bar.value() + bar.pageStep()))

    def type(self, word: str) -> list[float]:
        """Key by key, each after what the one before found was looked at."""
        times = []
        for end in range(1, len(word) + 1):
            act = partial(self._lists.search.insert, word[end - 1])
            times.append(self.reader.until_painted(partial(self._shows, word[:end]), act))
            self.reader.rest()
        self._lists.search.clear()
        self.until_all()
        return times

    def _take_top(self, _kind: str, query: ListQuery, _top: object) -> None:
        self._found = query.typed

    def _shows(self, typed: str) -> bool:
        return self._found == typed and (self.model.rowCount() == 0 or self._has(0))

    def _has(self, position: int) -> bool:
        return self.model.rowCount() > position and self.model.row(position) is not None


@pytest.fixture
def errors() -> list[Exception]:
    return []


@pytest.fixture
def guardians(
    qtbot: QtBot, embedded_store: Store, make: Make, clock: Clock, tmp_path: Path, errors: list[Exception]
) -> Iterator[GuardiansList]:
    theme.apply(QApplication.instance())  # type: ignore[arg-type]  # typed as its base class
    city.build(embedded_store, GUARDIANS // 2)
    tasks = Tasks(lambda _owner, error: errors.append(error))
    context = app_context(embedded_store, tasks, make.principal(), clock, tmp_path)
    window = show_page(qtbot, context, "rosters", "people", lambda: RostersPage(context))
    page = window.findChild(RostersPage)
    assert page is not None
    qtbot.waitUntil(lambda: not tasks.is_busy and page.lists.children_model.rowCount() > 0, timeout=PATIENCE_S * 1000)
    yield GuardiansList(qtbot, page)
    assert tasks.close()


def measure(guardians: GuardiansList, when: str) -> None:
    what = f"{GUARDIANS:,} guardians{when}"
    memory = resident()
    first, whole = guardians.open()
    figures.below(f"{what}: from the click to the first rows painted", first, 0.250)
    figures.below(f"{what}: until the scroll bar knows them all", whole, 0.500)
    jumps = [guardians.jump(number) for number in range(STEPS)]
    figures.below(f"{what}: a jump to anywhere until its rows are painted, p95", figures.p95(jumps), 0.030)
    guardians.reader.rest()
    screens = [guardians.page_down() for _ in range(STEPS)]
    figures.below(f"{what}: a screen further, p95", figures.p95(screens), 0.030)
    keys = [seconds for word in TYPED for seconds in guardians.type(word)]
    figures.below(f"{what}: from a key to what it finds painted, p95", figures.p95(keys), 0.030)
    gc.collect()
    figures.note(f"{what}: memory that the open list takes", f"{(resident() - memory) / 1e6:.0f} MB")


def resident() -> int:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * 4096


@pytest.mark.timeout(600)
def test_three_hundred_thousand_guardians(guardians: GuardiansList, errors: list[Exception]) -> None:
    measure(guardians, "")
    assert not errors


@pytest.mark.timeout(600)
def test_while_a_worker_sends_on_the_same_database(
    guardians: GuardiansList,
    embedded_store: Store,
    make: Make,
    postfix: peers.Postfix,
    journal: Path,
    errors: list[Exception],
) -> None:
    with postfix.sink() as port:
        outbox.settle_in(embedded_store, make, **{"email.host": "127.0.0.1", "email.port": port})
        notice_id = outbox.notice(embedded_store, make)
        outbox.fill(embedded_store, notice_id, MAILS)
        with sending(embedded_store, journal):
            measure(guardians, ", while a worker sends")
            assert is_sending(embedded_store)
    assert not errors


@contextmanager
def sending(store: Store, journal: Path) -> Iterator[None]:
    """A worker's process that is at it."""
    command = [sys.executable, "-m", "tests.bench.sender", store.url, str(journal), ""]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline() == "ready\n"
        process.stdin.write("go\n")
        process.stdin.flush()
        try:
            while not is_sending(store):
                assert process.poll() is None
                time.sleep(0.05)
            yield
        finally:
            process.kill()


def is_sending(store: Store) -> bool:
    """Some mails are out, and some are not."""
    with store.engine.connect() as connection:
        found = connection.exec_driver_sql("SELECT DISTINCT state FROM deliveries LIMIT 5")
        return {"accepted", "due"} <= {state for (state,) in found}
