"""`main.py portal` as a server runs it."""

import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.command_line import DATA_KEY, ROOT, CommandLine, clean_environ


@pytest.fixture
def renraku(tmp_path: Path) -> CommandLine:
    made = CommandLine(tmp_path / "data")
    made("init", environ={"RENRAKU_SECRET_DATA_KEY": DATA_KEY}).done()
    return made


@contextmanager
def started(renraku: CommandLine, *arguments: str) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """The process, and the address that it says it answers at."""
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "main.py"), "--data-dir", str(renraku.data_dir), "portal", *arguments],
        env={**clean_environ(), "RENRAKU_SECRET_DATA_KEY": DATA_KEY},
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    with process:
        assert process.stderr is not None
        said = process.stderr.readline()
        found = re.search(r"http://\S+", said)
        assert found, said + process.stderr.read()
        yield process, found.group()
        if process.poll() is None:
            process.kill()


def status(url: str) -> int:
    try:
        with urllib.request.urlopen(url) as page:
            return int(page.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM")
def test_it_serves_until_it_is_told_to_end_and_logs_neither_paths_nor_queries(renraku: CommandLine) -> None:
    with started(renraku, "--listen", "127.0.0.1:0") as (process, address):
        assert status(f"{address}/terms?who=hana") == 200
        assert status(f"{address}/health") == 503  # nobody administers it yet
        assert status(f"{address}/link/AAAA-secret") == 404
        process.send_signal(signal.SIGTERM)
        assert process.stderr is not None
        logged = process.stderr.read()
        assert process.wait(timeout=60) == 0
    assert "GET /terms 200" in logged
    assert "GET /link/<proof> 404" in logged
    assert "secret" not in logged
    assert "hana" not in logged


@pytest.mark.parametrize("where", ["8080", "host:port", "host:99999", ":80", "a b:80"])
def test_where_to_listen_is_a_host_and_a_port(renraku: CommandLine, where: str) -> None:
    assert renraku("portal", "--listen", where).code == 2


def test_a_port_that_is_taken_is_said_so(renraku: CommandLine) -> None:
    with started(renraku, "--listen", "127.0.0.1:0") as (_process, address):
        port = address.rpartition(":")[2]
        ended = renraku("portal", "--listen", f"127.0.0.1:{port}", environ={"RENRAKU_SECRET_DATA_KEY": DATA_KEY})
    assert ended.code == 1
    assert port in ended.err
