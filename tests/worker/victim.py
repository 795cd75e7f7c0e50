"""The desk's child as a process, with channels that lead to stand-ins: `python -m tests.worker.victim`."""

import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

from desktop.services.deliveries import Deliveries
from desktop.store.changes import ChangeListener
from desktop.store.db import Store
from desktop.worker import child
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


if __name__ == "__main__":
    sys.exit(child.serve(equip, sys.stdin, sys.stdout))
