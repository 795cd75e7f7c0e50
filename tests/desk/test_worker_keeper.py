"""The worker beside the desk: real processes, started, watched, killed."""

import os
import signal
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from desktop.desk.behind import Behind
from desktop.desk.place import DeskPlace
from desktop.desk.worker_keeper import Stage, WorkerKeeper
from desktop.worker.lock import DataDirLock
from tests.ui.conftest import tokyo_noon


@pytest.fixture
def keeper(behind: Behind, place: DeskPlace, qtbot: QtBot) -> Iterator[WorkerKeeper]:
    made = WorkerKeeper(place.paths, behind.worker_orders, tokyo_noon)
    yield made
    assert made.stop(60)


def stage(keeper: WorkerKeeper, wanted: Stage) -> bool:
    return keeper.state.stage is wanted


def test_it_starts_a_worker_that_ends_with_the_pipe(keeper: WorkerKeeper, behind: Behind, qtbot: QtBot) -> None:
    keeper.start()
    qtbot.waitUntil(lambda: stage(keeper, Stage.RUNNING), timeout=20_000)
    qtbot.waitUntil(behind.services.watch.somebody_sends, timeout=20_000)
    assert keeper.stop(60)
    assert stage(keeper, Stage.OFF)
    assert not behind.services.watch.somebody_sends()  # it has signed off: nobody cut it short


def test_one_that_is_killed_is_started_again(keeper: WorkerKeeper, qtbot: QtBot) -> None:
    keeper.start()
    qtbot.waitUntil(lambda: stage(keeper, Stage.RUNNING), timeout=20_000)
    first = keeper.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    qtbot.waitUntil(lambda: stage(keeper, Stage.DOWN), timeout=20_000)
    assert keeper.state.retry_at is not None
    qtbot.waitUntil(lambda: stage(keeper, Stage.RUNNING), timeout=20_000)
    assert keeper.pid != first


def test_where_another_worker_has_the_data_directory_it_waits_without_alarm(
    keeper: WorkerKeeper, place: DeskPlace, qtbot: QtBot
) -> None:
    with DataDirLock(place.paths.lock):
        keeper.start()
        qtbot.waitUntil(lambda: stage(keeper, Stage.ELSEWHERE), timeout=20_000)
    keeper.start()
    qtbot.waitUntil(lambda: stage(keeper, Stage.RUNNING), timeout=20_000)


def test_where_others_send_none_is_started(behind: Behind, place: DeskPlace, qtbot: QtBot) -> None:
    keeper = WorkerKeeper(place.paths, behind.worker_orders, tokyo_noon, sends_elsewhere=lambda: True)
    keeper.start()
    qtbot.waitUntil(lambda: stage(keeper, Stage.ELSEWHERE), timeout=20_000)
    assert keeper.pid is None
    assert keeper.stop(60)


def test_one_whose_orders_cannot_be_had_is_tried_again_and_says_why(place: DeskPlace, qtbot: QtBot) -> None:
    keeper = WorkerKeeper(place.paths, lambda: '{"options": {}}\n', tokyo_noon)
    keeper.start()
    qtbot.waitUntil(lambda: stage(keeper, Stage.DOWN), timeout=20_000)
    assert keeper.state.reason == "worker.no_orders"
    assert keeper.stop(60)


def test_a_restart_brings_new_orders(keeper: WorkerKeeper, qtbot: QtBot) -> None:
    keeper.start()
    qtbot.waitUntil(lambda: stage(keeper, Stage.RUNNING), timeout=20_000)
    first = keeper.pid
    keeper.restart()
    qtbot.waitUntil(lambda: keeper.pid not in (None, first) and stage(keeper, Stage.RUNNING), timeout=20_000)
