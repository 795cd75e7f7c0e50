"""LINE's deliveries as they come while a whole city answers: the portal as a process, on PostgreSQL (FACTS A5: 2 s).

The client runs on the same processors as portal and database, so that the figures are on the careful side.
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

from desktop.store import settings as settings_store
from desktop.store.db import Store
from tests.bench import figures
from tests.command_line import DATA_KEY, ROOT, clean_environ
from tests.conftest import Clock
from tests.line_world import CHANNEL_SECRET, Events, body, sign
from tests.make import Make

PER_S = 200
SECONDS = 3 if figures.QUICK else 30
CALLERS = 32


@contextmanager
def portal(store: Store, folder: Path) -> Iterator[int]:
    """The portal as a server runs it; gives its port."""
    url = store.engine.url.render_as_string(hide_password=False).replace("+psycopg", "")
    command = [sys.executable, str(ROOT / "main.py"), "--data-dir", str(folder), "--database", url,
               "portal", "--listen", "127.0.0.1:0"]  # fmt: skip
    secrets = {"RENRAKU_SECRET_DATA_KEY": DATA_KEY, "RENRAKU_SECRET_LINE_CHANNEL_SECRET": CHANNEL_SECRET}
    with subprocess.Popen(
        command, env={**clean_environ(), **secrets}, stderr=subprocess.PIPE, encoding="utf-8"
    ) as process:
        assert process.stderr is not None
        port = int(process.stderr.readline().rpartition(":")[2])
        threading.Thread(target=lambda: list(process.stderr or ()), daemon=True).start()
        try:
            yield port
        finally:
            process.terminate()


class Caller(threading.local):
    """LINE's side of one connection."""

    connection: http.client.HTTPConnection | None = None

    def deliver(self, port: int, raw: bytes, due: float) -> float:
        """Seconds from when the event happened to its answer, whoever was late."""
        time.sleep(max(0.0, due - time.perf_counter()))
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.connection.request("POST", "/line/webhook", raw, {"x-line-signature": sign(raw)})
        answer = self.connection.getresponse()
        answer.read()
        assert answer.status == 200
        return time.perf_counter() - due


def test_deliveries_of_line(shared_store: Store, make: Make, tmp_path: Path) -> None:
    with shared_store.bookkeep() as session:
        make.installation(session)
        settings_store.put(session, "portal.url", "http://127.0.0.1")
    say = Events(Clock(datetime.now(UTC)))
    deliveries = [body(say.text(str(number), f"U{number:032x}")) for number in range(PER_S * SECONDS)]
    caller = Caller()
    with portal(shared_store, tmp_path) as port, ThreadPoolExecutor(CALLERS) as pool:
        caller.deliver(port, body(), time.perf_counter())
        begin = time.perf_counter() + 0.5
        waits = [pool.submit(caller.deliver, port, raw, begin + n / PER_S) for n, raw in enumerate(deliveries)]
        took = sorted(wait.result() for wait in waits)
    cuts = quantiles(took, n=100)
    figures.below(f"webhook, {PER_S} events/s for {SECONDS} s, p99", cuts[98], 0.5, f"p50 {figures.in_words(cuts[49])}")
