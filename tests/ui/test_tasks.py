"""Work off the GUI thread."""

import threading
from functools import partial

import pytest
from PySide6.QtCore import QObject, QThread
from pytestqt.qtbot import QtBot
from shiboken6 import delete

from desktop.domain.errors import UserError
from desktop.ui.long_work import Ending, LongWork, Progress, Stage
from desktop.ui.tasks import InlineTasks, Tasks

PATIENCE_MS = 5000


def said(text: str) -> Ending:
    return Ending(text)


def test_work_runs_elsewhere_and_its_outcome_comes_back_here(qtbot: QtBot, tasks: Tasks, qapp: QObject) -> None:
    threads: list[QThread] = []
    outcome: list[bool] = []
    tasks.run(
        lambda: threads.append(QThread.currentThread()),
        lambda _none: outcome.append(QThread.currentThread() is qapp.thread()),
        owner=tasks,
    )
    qtbot.waitUntil(lambda: bool(outcome), timeout=PATIENCE_MS)
    assert outcome == [True]
    assert threads[0] is not qapp.thread()


def test_an_error_goes_to_the_one_who_asked(qtbot: QtBot, tasks: Tasks, errors: list[Exception]) -> None:
    caught: list[Exception] = []
    tasks.run(lambda: 1 // 0, lambda _n: None, owner=tasks, failed=caught.append)
    qtbot.waitUntil(lambda: bool(caught), timeout=PATIENCE_MS)
    assert isinstance(caught[0], ZeroDivisionError)
    assert not errors


def test_an_error_that_nobody_takes_goes_to_the_common_report(
    qtbot: QtBot, tasks: Tasks, errors: list[Exception]
) -> None:
    tasks.run(lambda: 1 // 0, lambda _n: None, owner=tasks)
    qtbot.waitUntil(lambda: bool(errors), timeout=PATIENCE_MS)


def test_a_slow_search_never_overwrites_a_later_one(qtbot: QtBot, tasks: Tasks) -> None:
    may_end = threading.Event()
    shown: list[str] = []

    def slow() -> str:
        may_end.wait(PATIENCE_MS / 1000)
        return "old"

    with qtbot.waitSignal(tasks.idle, timeout=PATIENCE_MS):
        tasks.run(slow, shown.append, owner=tasks, lane="search")
        tasks.run(lambda: "new", shown.append, owner=tasks, lane="search")
        may_end.set()
    assert shown == ["new"]


def test_an_owner_that_is_gone_hears_nothing(qtbot: QtBot, tasks: Tasks, errors: list[Exception]) -> None:
    may_end = threading.Event()
    owner = QObject()
    heard: list[bool] = []
    with qtbot.waitSignal(tasks.idle, timeout=PATIENCE_MS):
        tasks.run(lambda: may_end.wait(PATIENCE_MS / 1000), heard.append, owner=owner)
        delete(owner)
        may_end.set()
    assert not heard
    assert not errors


def test_long_work_says_how_far_it_is_and_how_it_ended(qtbot: QtBot, tasks: Tasks) -> None:
    may_end = threading.Event()

    def work(progress: Progress) -> int:
        progress.step(40, 100, "row 40")
        may_end.wait(PATIENCE_MS / 1000)
        return 100

    shown = tasks.run_long(work, "Importing", owner=tasks, ending=lambda n: said(f"{n} children imported"))
    qtbot.waitUntil(lambda: shown.done == 40, timeout=PATIENCE_MS)
    assert (shown.total, shown.note, tasks.running_long) == (100, "row 40", (shown,))
    with qtbot.waitSignal(shown.ended, timeout=PATIENCE_MS):
        may_end.set()
    assert shown.stage is Stage.DONE
    assert shown.ending == said("100 children imported")
    assert tasks.running_long == ()


def test_long_work_stops_at_its_next_step_when_asked(qtbot: QtBot, tasks: Tasks, errors: list[Exception]) -> None:
    def forever(progress: Progress) -> None:
        done = 0
        while True:
            done += 1
            progress.step(done, 0)

    shown = tasks.run_long(forever, "Counting", owner=tasks, ending=lambda _none: said("never"))
    with qtbot.waitSignal(shown.ended, timeout=PATIENCE_MS):
        shown.cancel()
    assert shown.stage is Stage.CANCELLED
    assert not errors


def test_long_work_that_a_person_can_put_right_is_not_a_bug(inline: InlineTasks, errors: list[Exception]) -> None:
    def work(_progress: Progress) -> None:
        raise UserError("roster.empty_file")

    shown = inline.run_long(work, "Importing", owner=inline, ending=lambda _none: said(""))
    assert shown.stage is Stage.FAILED
    assert isinstance(shown.error, UserError)
    assert not errors


def test_a_bug_in_long_work_is_shown_and_reported(inline: InlineTasks, errors: list[Exception]) -> None:
    shown = inline.run_long(lambda _progress: 1 // 0, "Importing", owner=inline, ending=lambda _none: said(""))
    assert shown.stage is Stage.FAILED
    assert isinstance(errors[0], ZeroDivisionError)


def test_rate_and_time_left_are_only_named_once_they_mean_something() -> None:
    now = [100.0]
    work = LongWork("Sending", clock=lambda: now[0])
    now[0] = 101.0
    work.step(10, 115)
    assert work.rate is None
    now[0] = 105.0
    work.step(50, 115)
    assert work.rate == pytest.approx(10.0)
    assert work.seconds_left == pytest.approx(6.5)
    now[0] = 109.0
    assert work.seconds_left == pytest.approx(2.5)
    now[0] = 112.0
    assert work.seconds_left is None


def test_progress_is_passed_on_at_most_ten_times_a_second_and_at_the_end() -> None:
    now = [0.0]
    told: list[int] = []
    progress = Progress(lambda done, _total, _note: told.append(done), clock=lambda: now[0])
    for done in range(1, 1001):
        now[0] = done / 1000
        progress.step(done, 1000)
    assert 5 <= len(told) <= 12
    assert told[-1] == 1000


def test_what_is_typed_quickly_does_not_queue_up(qtbot: QtBot, tasks: Tasks) -> None:
    may_end = threading.Event()
    ran: list[str] = []
    shown: list[str] = []

    def search(typed: str) -> str:
        ran.append(typed)
        may_end.wait(PATIENCE_MS / 1000)
        return typed

    with qtbot.waitSignal(tasks.idle, timeout=PATIENCE_MS):
        for typed in ("s", "sa", "sat", "sato"):
            tasks.run(partial(search, typed), shown.append, owner=tasks, lane="search")
        may_end.set()
    assert shown == ["sato"]
    assert sorted(ran) == ["s", "sa", "sato"]
    with qtbot.waitSignal(tasks.idle, timeout=PATIENCE_MS):
        tasks.run(lambda: search("later"), shown.append, owner=tasks, lane="search")
    assert shown == ["sato", "later"]
