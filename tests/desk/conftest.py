"""A place with a founded database for each test, and the desk opened on it."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.desk.behind import Behind, open_behind
from desktop.desk.place import DeskPlace
from desktop.desk.program import Program
from desktop.desk.worker_keeper import Stage
from desktop.paths import Paths
from desktop.services.setup import FirstStart
from desktop.ui import theme
from tests.desk.families import write_roster
from tests.widgets import PatientBot, clear_away

FORM = FirstStart(
    city="みどり市",
    school_name="ひがし小学校",
    school_code="H001",
    school_kind="primary",
    admin_name="山田 花子",
    admin_login="hana",
    admin_password="correct horse",
    approver_name="佐藤 健",
    approver_login="ken",
    approver_password="battery staple",
)
Open = Callable[..., Program]


@pytest.fixture(scope="session")
def qapp_args() -> list[str]:
    return ["renraku"]


@pytest.fixture
def qtbot(qapp: QApplication, request: pytest.FixtureRequest) -> QtBot:
    return PatientBot(request)


@pytest.fixture(autouse=True)
def _dressed(qapp: QApplication) -> Iterator[None]:
    theme.apply(qapp)
    yield
    clear_away()


@pytest.fixture
def empty_place(tmp_path: Path) -> DeskPlace:
    """A data directory in which Renraku has never been started."""
    return DeskPlace(Paths(tmp_path / "data"), f"sqlite:///{tmp_path / 'data' / 'renraku.sqlite'}")


@pytest.fixture
def place(empty_place: DeskPlace, sqlite_template: Path) -> DeskPlace:
    """The same, with a database: a city, a school, Hana who administers and writes, Ken who approves."""
    empty_place.paths.make()
    shutil.copy(sqlite_template, empty_place.paths.database)
    behind = open_behind(empty_place, lambda _touched: None)
    behind.services.setup.first_start(FORM)
    behind.close()
    return empty_place


@pytest.fixture
def behind(place: DeskPlace) -> Iterator[Behind]:
    """Another process's view of the same database."""
    opened = open_behind(place, lambda _touched: None)
    yield opened
    opened.close()


@pytest.fixture
def school(behind: Behind, tmp_path: Path) -> Behind:
    """The same with families: two third classes, a football club, and somebody who is in none of them."""
    rosters = behind.services.rosters
    rosters.import_(
        behind.services.staff.actor_for("hana"), rosters.read(write_roster(tmp_path / "roster.csv"), school="H001")
    )
    return behind


@pytest.fixture
def open_desk(qapp: QApplication, qtbot: QtBot) -> Iterator[Open]:
    """Open a desk: `open_desk(place, "hana")` with Hana at it, without a login at its front."""
    programs: list[Program] = []

    def begin(place: DeskPlace, login: str = "") -> Program:
        program = Program(qapp, place, login)
        programs.append(program)
        with qtbot.waitSignal(program.seated if login else program.opened, timeout=20_000):
            program.show()
        return program

    yield begin
    for program in programs:
        keeper = program.running.keeper if program.running else None
        program.shut()
        if program.window is not None:
            program.window.set_close_guard(lambda: True)
            program.window.close()
        assert keeper is None or keeper.state.stage is Stage.OFF
