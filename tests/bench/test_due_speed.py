"""From the moment at which a notice is due until its mails are with the server."""

import threading
import time
from datetime import timedelta
from pathlib import Path
from threading import Event

from sqlalchemy import text

from desktop.channels.smtp_connection import ConnectionLimits
from desktop.services.deliveries import Deliveries
from desktop.store.db import Store
from desktop.worker import loop
from tests.bench import city, figures, outbox, peers
from tests.make import Make
from tests.sending import RealChannels

MAILS = figures.size(1_000)
IN = timedelta(seconds=2)


def test_due_at_a_time(any_store: Store, make: Make, postfix: peers.Postfix, journal: Path) -> None:
    """A worker waits; nobody tells it of the time."""
    with postfix.sink() as port:
        outbox.settle_in(any_store, make, **{"email.host": "127.0.0.1", "email.port": port})
        city.build(any_store, MAILS // 2)
        city.due_notice(any_store, make, IN)
        due = time.monotonic() + IN.total_seconds()
        stop = Event()
        channels = RealChannels(limits=ConnectionLimits())
        worker = threading.Thread(target=lambda: loop.run(Deliveries(any_store), channels, journal, stop))
        worker.start()
        try:
            while _accepted(any_store) < MAILS * 0.95:
                assert time.monotonic() < due + 60
                time.sleep(0.05)
            seconds = time.monotonic() - due
        finally:
            stop.set()
            worker.join(30)
    name = any_store.engine.dialect.name
    figures.below(f"due at a time: 95 % of the first 1,000 handed over and marked, {name}", seconds, 10)


def _accepted(store: Store) -> int:
    with store.engine.connect() as connection:
        found = connection.execute(text("SELECT count(*) FROM deliveries WHERE state = 'accepted'"))
        return int(found.scalar_one())
