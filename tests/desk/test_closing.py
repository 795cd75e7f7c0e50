"""Closing the desk while something is to go out: what it asks, how it stays without its window, how it ends."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.desk.behind import Behind
from desktop.desk.closing import farewell, progress_words
from desktop.desk.closing_dialog import Choice, ClosingDialog
from desktop.desk.only_one import OnlyOne
from desktop.desk.place import DeskPlace
from desktop.desk.program import Program
from desktop.desk.staying import SmallWindow, TraySign
from desktop.desk.worker_keeper import Stage
from desktop.domain.notices import NoticeState
from desktop.services.clock import utc_now
from desktop.services.watch import Due
from desktop.ui.dialogs import Question
from desktop.ui.sign_in.sign_in import SignInView
from tests.desk.closing_answers import answered
from tests.desk.conftest import Open
from tests.desk.test_desk import LONG_MS, approved, use_mail, window
from tests.stand_ins import HANG, scripted_smtp

NOW = utc_now()


@pytest.fixture
def under_way(open_desk: Open, place: DeskPlace, school: Behind, qtbot: QtBot) -> Iterator[Callable[[], Program]]:
    """A desk whose notice hangs in a mail server that does not answer, until the test is over."""
    with scripted_smtp(replies={"BODY": HANG}) as server:
        use_mail(school, server)

        def begin() -> Program:
            program = open_desk(place, "hana")
            approved(school, "遠足の延期")
            qtbot.waitUntil(lambda: "is being sent" in closing(program), timeout=LONG_MS)
            return program

        yield begin


def closing(program: Program) -> str:
    assert program.running is not None
    return program.running.farewell().finishing


def test_what_is_due_in_ten_minutes_can_be_finished_and_what_is_due_tomorrow_cannot(
    place: DeskPlace, school: Behind
) -> None:
    hana = school.services.staff.actor_for("hana")
    now = utc_now()
    approved(school, "遠足の延期", send_at=now + timedelta(minutes=10))
    approved(school, "運動会", send_at=now + timedelta(days=1))
    said = farewell(school.services.watch.outgoing(hana), now)
    assert said.finishing.startswith("“遠足の延期” goes out ")
    assert "運動会" not in said.finishing
    assert said.later.startswith("1 notice has not gone out yet (“運動会” ")


def test_who_may_not_see_the_notices_is_told_their_numbers(place: DeskPlace, school: Behind) -> None:
    now = utc_now()
    approved(school, "遠足の延期", send_at=now + timedelta(minutes=10))
    approved(school, "運動会", send_at=now + timedelta(days=1))
    said = farewell(school.services.watch.outgoing(None), now)
    assert said.finishing == "1 more notice is on its way."
    assert said.later.startswith("1 notice has not gone out yet.")


@pytest.mark.parametrize(
    ("due", "words"),
    [
        ([Due(True, NOW, 13, 200), Due(True, NOW, 0, 14)], "187 of 200 messages are sent."),
        ([Due(False, NOW - timedelta(seconds=1))], "The next notice goes out now."),
        ([Due(False, NOW + timedelta(hours=2))], "Nothing is due at the moment."),
    ],
)
def test_progress_is_told_in_numbers(due: list[Due], words: str) -> None:
    assert progress_words(due, NOW) == words


def test_to_finish_without_the_window_is_the_default(under_way: Callable[[], Program]) -> None:
    program = under_way()
    assert program.running is not None
    dialog = ClosingDialog(program.running.farewell(), program.window)
    assert dialog.finish.isDefault()
    assert "“遠足の延期” is being sent: 5 messages of 5 are left." in dialog.accessibleDescription()
    assert "If you stop, none of it is sent until Renraku is opened again" in dialog.accessibleDescription()
    dialog.deleteLater()


def test_the_desk_without_its_window_goes_on_sending_and_comes_back_when_it_is_called(
    under_way: Callable[[], Program], qtbot: QtBot
) -> None:
    program = under_way()
    answered(Choice.FINISH)
    assert not window(program).close()
    assert not window(program).isVisible()
    assert program.running is not None
    assert program.running.keeper.state.stage is Stage.RUNNING
    assert program._staying is not None
    sign = program._staying.sign
    assert isinstance(sign, SmallWindow)  # no tray without a screen
    assert sign.words.text() == "0 of 5 messages are sent."
    sign.open_button.click()
    assert window(program).isVisible()
    assert not program.desk.session.signed_in
    assert window(program).findChild(SignInView) is not None
    assert program._staying is None


def test_the_desk_without_its_window_ends_when_nothing_is_due_any_more(
    under_way: Callable[[], Program], school: Behind, qtbot: QtBot
) -> None:
    program = under_way()
    answered(Choice.FINISH)
    window(program).close()
    hana = school.services.staff.actor_for("hana")
    notice = school.services.notices.rows(hana)[0]
    with qtbot.waitSignal(program.ended, timeout=LONG_MS):
        school.services.approvals.stop(hana, notice.id)
    assert school.services.notices.get(hana, notice.id).state is NoticeState.STOPPED


def test_stopping_names_what_is_not_sent(under_way: Callable[[], Program], qtbot: QtBot) -> None:
    program = under_way()
    answered(Choice.FINISH)
    window(program).close()
    assert program._staying is not None
    asked: list[str] = []

    def answer() -> None:
        question = QApplication.activeModalWidget()
        assert isinstance(question, Question)
        asked.append(question.accessibleDescription())
        question.yes.click()

    QTimer.singleShot(0, answer)
    with qtbot.waitSignal(program.ended, timeout=LONG_MS):
        program._staying.sign.stop_asked.emit()
    assert "“遠足の延期” is being sent: 5 messages of 5 are left." in asked[0]
    assert "None of it is sent until Renraku is opened again on this computer." in asked[0]


def test_the_sign_beside_the_clock_says_how_far_the_sending_is(qtbot: QtBot) -> None:
    sign = TraySign()
    sign.tell("187 of 200 messages are sent.", 187, 200)
    assert [action.text() for action in sign.menu.actions() if action.text()] == [
        "187 of 200 messages are sent.", "Open Renraku", "Stop sending and close…",
    ]  # fmt: skip
    assert sign.icon.toolTip() == "Renraku – 187 of 200 messages are sent."
    sign.deleteLater()


def test_where_a_desk_is_open_a_second_one_only_calls_it(qtbot: QtBot, tmp_path: Path) -> None:
    first, calls = OnlyOne(tmp_path), []
    assert first.is_ours()
    first.listen(lambda: calls.append("called"))
    second = (
        "import sys; from pathlib import Path; from desktop.desk.only_one import OnlyOne\n"
        "one = OnlyOne(Path(sys.argv[1])); print(one.is_ours(), one.call())"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", second, str(tmp_path)], cwd=Path(__file__).parents[2], stdout=subprocess.PIPE, text=True
    )
    qtbot.waitUntil(lambda: calls == ["called"], timeout=LONG_MS)
    assert process.communicate(timeout=20)[0].split() == ["False", "True"]
    first.leave()
    again = OnlyOne(tmp_path)
    assert again.is_ours()
    again.leave()
