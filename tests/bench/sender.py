"""A worker as a process of its own, which says how long its sending took: `python -m tests.bench.sender URL JOURNAL`.

It reads one line from stdin and begins then, so that starting Python, loading LINE's SDK and opening the database
are not measured.
"""

import importlib
import json
import sys
import time
from pathlib import Path
from threading import Event

from desktop.channels.smtp_connection import ConnectionLimits
from desktop.services.deliveries import Deliveries
from desktop.store.db import Store
from desktop.worker import loop
from tests.sending import RealChannels


def main() -> None:
    url, journal = sys.argv[1:3]
    token = sys.argv[3] if len(sys.argv) > 3 else ""
    store = Store(url, busy_seconds=60)
    channels = RealChannels(token, ConnectionLimits(), line_seconds=10)
    if token:
        importlib.import_module("desktop.channels.line_client")
    deliveries = Deliveries(store)
    deliveries.settings()
    deliveries.look()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    began, cpu = time.perf_counter(), time.process_time()
    outcome = loop.run(deliveries, channels, Path(journal), Event(), until_idle=True)
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    sys.stdout.write(json.dumps({"seconds": seconds, "cpu": cpu, **outcome.as_json()}) + "\n")
    store.close()


if __name__ == "__main__":
    main()
