"""Messages of citizens while a city's paper tells everybody to text: Kannel's path through the portal as a process, to
the replies that a worker's process has queued, on a PostgreSQL whose every commit reaches the disk.

The callers run on the same processors as portal, worker and database, so that the figures are on the careful side.
"""

import http.client
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles

from sqlalchemy import func, select

from desktop.store import settings as settings_store
from desktop.store.db import Store
from desktop.store.tables import SmsAccount, SmsReply
from tests.bench import figures
from tests.command_line import DATA_KEY, ROOT, clean_environ
from tests.make import Make
from tests.sms_town import KEY, good, kannel

PER_S = 200
SECONDS = 3 if figures.QUICK else 30
CALLERS = 32


@contextmanager
def program(store: Store, folder: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Portal or worker as a server runs it."""
    url = store.engine.url.render_as_string(hide_password=False).replace("+psycopg", "")
    command = [sys.executable, str(ROOT / "main.py"), "--data-dir", str(folder), "--database", url, *arguments]
    secrets = {"RENRAKU_SECRET_DATA_KEY": DATA_KEY, "RENRAKU_SECRET_SMS_KEY": KEY}
    environ = {**clean_environ(), **secrets}
    with subprocess.Popen(command, env=environ, stderr=subprocess.PIPE, encoding="utf-8") as process:
        try:
            yield process
        finally:
            process.terminate()


@contextmanager
def portal(store: Store, folder: Path) -> Iterator[int]:
    """Gives its port."""
    with program(store, folder, "portal", "--listen", "127.0.0.1:0") as process:
        assert process.stderr is not None
        port = int(process.stderr.readline().rpartition(":")[2])
        threading.Thread(target=lambda: list(process.stderr or ()), daemon=True).start()
        yield port


@contextmanager
def worker(store: Store, folder: Path) -> Iterator[None]:
    with program(store, folder, "worker") as process:
        threading.Thread(target=lambda: list(process.stderr or ()), daemon=True).start()
        yield


class Caller(threading.local):
    """Kannel's side of one connection."""

    connection: http.client.HTTPConnection | None = None

    def bring(self, port: int, query: bytes, due: float) -> float:
        """Seconds from when the message came to its answer, whoever was late."""
        time.sleep(max(0.0, due - time.perf_counter()))
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.connection.request("GET", f"/sms/kannel?{query.decode()}")
        answer = self.connection.getresponse()
        answer.read()
        assert answer.status == 200
        return time.perf_counter() - due


def _count(store: Store, table: type[SmsReply | SmsAccount]) -> int:
    with store.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def _queries(total: int) -> list[bytes]:
    """Four of five ask for an account, the fifth got it wrong."""
    now = datetime.now(UTC)
    texts = (good(number) if number % 5 else f"xin chao {number}" for number in range(total))
    return [kannel(f"09{number:08}", text, number, now).query for number, text in enumerate(texts)]


def test_messages_from_the_webhook_to_their_replies(shared_store: Store, make: Make, tmp_path: Path) -> None:
    total = PER_S * SECONDS
    with shared_store.bookkeep() as session:
        make.installation(session)
        for key, value in (("portal.url", "http://127.0.0.1"), ("sms.enabled", True), ("sms.gateway", "kannel")):
            settings_store.put(session, key, value)
    caller = Caller()
    warm, *queries = _queries(total + 1)
    with (
        portal(shared_store, tmp_path / "portal") as port,
        worker(shared_store, tmp_path / "worker"),
        ThreadPoolExecutor(CALLERS) as pool,
    ):
        caller.bring(port, warm, time.perf_counter())
        while not _count(shared_store, SmsReply):
            time.sleep(0.05)
        begin = time.perf_counter() + 0.5
        waits = [pool.submit(caller.bring, port, query, begin + n / PER_S) for n, query in enumerate(queries)]
        took = sorted(wait.result() for wait in waits)
        behind = figures.took(lambda: _wait_for(shared_store, total + 1))
    cuts = quantiles(took, n=100)
    what = f"SMS webhook, {PER_S} messages/s for {SECONDS} s"
    figures.below(f"{what}, p99", cuts[98], 0.5, f"p50 {figures.in_words(cuts[49])}")
    figures.below("SMS, from the last answer to the last reply queued", behind, 2)
    assert _count(shared_store, SmsAccount) == total - total // 5


def _wait_for(store: Store, replies: int) -> None:
    deadline = time.monotonic() + 120
    while (found := _count(store, SmsReply)) < replies:
        assert time.monotonic() < deadline, f"{found} of {replies} replies"
        time.sleep(0.05)
