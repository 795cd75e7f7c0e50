"""From the first window to the last: what stands in front of the work, languages, errors, and the end."""

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from desktop import i18n
from desktop.desk import pages
from desktop.desk.application import picture_desk
from desktop.desk.place import DeskPlace
from desktop.desk.program import Program
from desktop.desk.worker_keeper import Stage
from desktop.ui.sign_in.first_start import FirstStartView
from desktop.ui.sign_in.sign_in import SignInView
from desktop.ui.widgets.empty import EmptyState
from tests.desk.conftest import FORM, Open
from tests.desk.test_desk import LONG_MS, away, window
from tests.desk.test_whole_path import type_into

ROOT = Path(__file__).resolve().parent.parent.parent


def front(program: Program, kind: type[QWidget]) -> QWidget | None:
    """What covers the window, if it is of that kind."""
    shown = [found for found in window(program).findChildren(kind) if found.isVisible()]
    return shown[0] if shown else None


def words(widget: QWidget | None) -> str:
    assert widget is not None
    return "\n".join(label.text() for label in widget.findChildren(QLabel))


def button(widget: QWidget | None, text: str) -> QPushButton:
    assert widget is not None
    return next(each for each in widget.findChildren(QPushButton) if text in each.text())


def write_version(place: DeskPlace, version: str) -> None:
    with closing(sqlite3.connect(place.paths.database)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (version,))
        connection.commit()


def test_a_data_directory_without_a_database_begins_with_the_first_start(
    open_desk: Open, empty_place: DeskPlace
) -> None:
    program = open_desk(empty_place)
    assert isinstance(front(program, FirstStartView), FirstStartView)
    assert program.running is None


def test_a_founded_database_asks_who_is_there_and_the_worker_runs_meanwhile(
    open_desk: Open, place: DeskPlace, qtbot: QtBot
) -> None:
    program = open_desk(place)
    view = front(program, SignInView)
    assert isinstance(view, SignInView)
    type_into(view.login, FORM.admin_login)
    type_into(view.password, FORM.admin_password)
    with qtbot.waitSignal(program.seated, timeout=LONG_MS):
        qtbot.keyClick(view.password, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window(program).current_key == "today", timeout=LONG_MS)
    assert front(program, SignInView) is None
    running = program.running
    assert running is not None
    qtbot.waitUntil(lambda: running.keeper.state.stage is Stage.RUNNING, timeout=LONG_MS)


def test_who_signs_out_leaves_nothing_to_be_seen(open_desk: Open, place: DeskPlace, qtbot: QtBot) -> None:
    program = open_desk(place, "hana")
    qtbot.waitUntil(lambda: window(program).current_key == "today", timeout=LONG_MS)
    window(program).sign_out_asked.emit()
    assert isinstance(front(program, SignInView), SignInView)
    assert window(program).page("today") is None
    window(program).go("rosters")
    assert window(program).current_key == ""


def test_a_newer_database_is_refused_with_a_clear_line(open_desk: Open, place: DeskPlace) -> None:
    write_version(place, "9999")
    shown = front(open_desk(place), EmptyState)
    assert "The database was made by a newer Renraku than this one." in words(shown)
    assert "Install the newer version on this computer, too." in words(shown)


def test_an_older_database_is_brought_up_to_date_when_somebody_says_so(
    open_desk: Open, place: DeskPlace, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    write_version(place, "0000")
    program = open_desk(place)
    shown = front(program, EmptyState)
    assert "The database comes from an older Renraku" in words(shown)

    upgraded: list[bool] = []

    def upgrade(_setup: object, practice: bool) -> None:
        write_version(place, "0001")
        upgraded.append(practice)

    monkeypatch.setattr("desktop.services.setup.Setup.create", upgrade)  # there is only one version yet
    with qtbot.waitSignal(program.opened, timeout=LONG_MS):
        qtbot.mouseClick(button(shown, "Bring it up to date"), Qt.MouseButton.LeftButton)
    assert upgraded == [False]
    assert isinstance(front(program, SignInView), SignInView)


def test_a_database_that_cannot_be_opened_is_said_and_can_be_tried_again(
    open_desk: Open, place: DeskPlace, qtbot: QtBot
) -> None:
    with away(place.paths.database):
        program = open_desk(place)
        shown = front(program, EmptyState)
        assert "The database does not answer." in words(shown)
    with qtbot.waitSignal(program.opened, timeout=LONG_MS):
        qtbot.mouseClick(button(shown, "Try again"), Qt.MouseButton.LeftButton)
    assert isinstance(front(program, SignInView), SignInView)


def test_the_language_chosen_at_the_entrance_is_remembered(
    open_desk: Open, place: DeskPlace, qapp: QApplication
) -> None:
    program = open_desk(place)
    before = window(program)
    before.language_asked.emit("ja")
    assert window(program) is not before
    assert "ログイン" in words(front(program, SignInView))
    i18n.set_language("en")
    Program(qapp, place)
    assert i18n.current_language() == "ja"


class Manager:
    """A session manager that asks before the computer is shut down."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def allowsInteraction(self) -> bool:  # noqa: N802 - Qt's name
        return True

    def release(self) -> None:
        self.told.append("release")

    def cancel(self) -> None:
        self.told.append("cancel")


@pytest.mark.parametrize(("goes_on", "told"), [(True, ["release"]), (False, ["release", "cancel"])])
def test_shutting_down_asks_what_closing_asks(
    goes_on: bool, told: list[str], open_desk: Open, place: DeskPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = open_desk(place, "hana")
    assert program.running is not None
    monkeypatch.setattr(program.running, "kept_back", lambda: "1 notice has not gone out yet.")
    answer: Callable[..., bool] = lambda *_arguments, **_words: goes_on  # noqa: E731
    monkeypatch.setattr("desktop.desk.program.confirm", answer)
    manager = Manager()
    program._on_commit_data(manager)  # type: ignore[arg-type]  # Qt makes none for tests
    assert manager.told == told


def test_what_nobody_caught_is_told_once_with_details_to_copy(open_desk: Open, place: DeskPlace) -> None:
    program = open_desk(place, "hana")
    program.on_bug(ValueError, ValueError("hana@mail.example"), None)
    dialog = program._reporter.dialog
    assert dialog is not None
    assert "This is a fault of Renraku, not yours." in dialog.accessibleDescription()
    dialog.close()


def test_pictures_show_every_page_with_its_data(place: DeskPlace, tmp_path: Path, qapp: QApplication) -> None:
    files = picture_desk(place, "hana", tmp_path / "pictures")
    listed = ["today", "notices", "rosters", "roster_import", "letters", "registrations", "administration"]
    assert [file.stem for file in files] == listed
    assert all(file.stat().st_size > 10_000 for file in files)


def test_the_window_needs_nothing_of_sqlalchemy_to_be_painted() -> None:
    """What the start imports before the first painting, in a process of its own."""
    script = (
        "import sys, desktop.cli.desk, desktop.desk.application, desktop.ui.main_window\n"
        "slow = {'sqlalchemy', 'alembic', 'linebot', 'requests', 'keyring', 'psycopg', 'aiosmtpd'}\n"
        "print(sorted(slow & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_each_page_of_the_sidebar_bears_its_own_title(open_desk: Open, place: DeskPlace) -> None:
    """The frame names pages before they are loaded."""
    program = open_desk(place, "hana")
    assert program.running is not None
    for spec in program.running.pages():
        page = spec.make()
        assert (spec.key, page.title) == (spec.key, spec.title)
        page.deleteLater()
    assert [spec.key for spec in program.running.pages()] == [pages.FIRST, *pages.OTHERS]
