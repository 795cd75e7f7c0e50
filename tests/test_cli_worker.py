"""The worker as a process: on a server until it is told to stop, and as the desk's child."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from desktop.worker.orders import order_line
from tests.command_line import DATA_KEY, ROOT, CommandLine, clean_environ


@pytest.fixture
def renraku(tmp_path: Path) -> CommandLine:
    made = CommandLine(tmp_path / "data")
    made("init").done()
    return made


@contextmanager
def started(renraku: CommandLine, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "main.py"), "--data-dir", str(renraku.data_dir), *arguments],
        env=clean_environ(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    with process:
        yield process
        if process.poll() is None:
            process.kill()


def workers_seen(renraku: CommandLine) -> int:
    engine = create_engine(f"sqlite:///{renraku.data_dir / 'renraku.sqlite'}")
    with engine.connect() as connection:
        count: int = connection.execute(text("SELECT count(*) FROM workers")).scalar_one()
    engine.dispose()
    return count


def wait_for_a_worker(renraku: CommandLine) -> None:
    until = time.monotonic() + 60
    while not workers_seen(renraku):
        assert time.monotonic() < until
        time.sleep(0.05)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM")
def test_a_worker_on_a_server_ends_well_when_it_is_told_to(renraku: CommandLine) -> None:
    with started(renraku, "worker", "--json") as process:
        wait_for_a_worker(renraku)
        process.send_signal(signal.SIGTERM)
        out, _err = process.communicate(timeout=60)
    assert process.returncode == 0
    assert json.loads(out)["sent"] == 0


def test_a_second_worker_of_the_same_folder_is_refused(renraku: CommandLine) -> None:
    with started(renraku, "worker") as process:
        wait_for_a_worker(renraku)
        second = renraku.run("worker", "--until-idle")
        process.kill()
    assert second.code == 1
    assert "already" in second.err


def test_the_desks_child_gets_its_orders_by_a_pipe_and_ends_with_it(renraku: CommandLine) -> None:
    options = {"data_dir": str(renraku.data_dir), "url": f"sqlite:///{renraku.data_dir / 'renraku.sqlite'}"}
    with started(renraku, "worker", "--from-desk") as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(order_line(options, {"DATA_KEY": DATA_KEY}))
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["event"] == "ready"
        process.stdin.close()
        events = [json.loads(line)["event"] for line in process.stdout]
        assert process.wait(60) == 0
    assert events[-1] == "ended"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM")
def test_the_desks_child_leaves_its_end_to_the_desk(renraku: CommandLine) -> None:
    """Signing out of the computer tells every process to end; a message in hand is finished all the same."""
    options = {"data_dir": str(renraku.data_dir), "url": f"sqlite:///{renraku.data_dir / 'renraku.sqlite'}"}
    with started(renraku, "worker", "--from-desk") as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(order_line(options, {"DATA_KEY": DATA_KEY}))
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["event"] == "ready"
        process.send_signal(signal.SIGTERM)
        process.stdin.close()
        assert [json.loads(line)["event"] for line in process.stdout][-1] == "ended"
        assert process.wait(60) == 0


def test_a_child_without_orders_says_so(renraku: CommandLine) -> None:
    ended = renraku.run("worker", "--from-desk")
    assert ended.code == 1
    assert ended.json == {"event": "error", "code": "worker.no_orders"}
