"""A worker in a process of its own, so that it can be killed: `python -m tests.worker.victim URL DATA_DIR OPTIONS`."""

import json
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event

from desktop.services.deliveries import Deliveries
from desktop.store.changes import ChangeListener
from desktop.store.db import Store
from desktop.worker import child, loop
from desktop.worker.lock import DataDirLock
from desktop.worker.orders import Orders
from tests.conftest import NOON
from tests.sending import RealChannels

STARTED = time.monotonic()


def clock() -> datetime:
    """The tests' day, so that this works in any year; it runs."""
    return NOON + timedelta(seconds=time.monotonic() - STARTED)


def equip(orders: Orders) -> child.Equipment:
    url, folder = orders.options["database"], Path(orders.options["data_dir"])
    store = Store(url, clock=clock, busy_seconds=60)
    channels = RealChannels(orders.secrets["LINE_CHANNEL_ACCESS_TOKEN"], line_seconds=5)
    return child.Equipment(
        Deliveries(store, clock),
        channels,
        folder / "journal",
        folder / "worker.lock",
        ChangeListener(url).listen,
        lambda: None,
        store.close,
    )


def main(url: str, folder: Path, token: str) -> None:
    """Send until nothing can be sent, as `worker --until-idle` does."""
    store = Store(url, clock=clock, busy_seconds=60)
    with DataDirLock(folder / "worker.lock"):
        outcome = loop.run(
            Deliveries(store, clock), RealChannels(token, line_seconds=5), folder / "journal", Event(), until_idle=True
        )
    store.close()
    sys.stdout.write(json.dumps(outcome.as_json()))


if __name__ == "__main__":
    if sys.argv[1] == "child":
        sys.exit(child.serve(equip, sys.stdin, sys.stdout))
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3])
