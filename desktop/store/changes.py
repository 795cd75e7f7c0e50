"""Hearing of what other processes wrote: LISTEN on PostgreSQL, `PRAGMA data_version` on SQLite."""

import logging
import sqlite3
from collections.abc import Callable
from contextlib import closing
from threading import Event
from typing import Any

from sqlalchemy.engine import make_url

from desktop.store.db import NOTIFY_CHANNEL, Touched, connect_existing, read_payload

log = logging.getLogger(__name__)

ANYTHING: Touched = frozenset({("*", None)})
"""Something was written, nobody knows what: SQLite does not say, and a lost connection may have missed it."""

POLL_SECONDS = 0.25
RECONNECT_SECONDS = 2.0


class ChangeListener:
    """Tells of commits, those of this process included. Uses one connection of its own, opened in `listen`."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._listen = _poll_sqlite if url.startswith("sqlite") else _listen_postgresql

    def listen(self, on_change: Callable[[Touched], None], stop: Event) -> None:
        """Call `on_change` on this thread for each commit until `stop` is set; survives a lost database."""
        while not stop.is_set():
            try:
                self._listen(self._url, on_change, stop)
            except (sqlite3.Error, _Lost) as error:
                log.info("cannot listen for changes: %s", type(error).__name__)
                stop.wait(RECONNECT_SECONDS)
                on_change(ANYTHING)


class _Lost(Exception):  # noqa: N818  the connection to PostgreSQL, which the driver says with errors of its own
    """The connection ended."""


def _poll_sqlite(url: str, on_change: Callable[[Touched], None], stop: Event) -> None:
    """The number changes with every commit of another connection. Reading it takes no lock and no disk."""
    file = make_url(url).database or ":memory:"
    with closing(connect_existing(file, isolation_level=None)) as connection:
        before = _data_version(connection)
        while not stop.wait(POLL_SECONDS):
            now = _data_version(connection)
            if now != before:
                before = now
                on_change(ANYTHING)


def _data_version(connection: sqlite3.Connection) -> int:
    version: int = connection.execute("PRAGMA data_version").fetchone()[0]
    return version


def _listen_postgresql(url: str, on_change: Callable[[Touched], None], stop: Event) -> None:
    """Straight on the driver: SQLAlchemy would want to roll back a connection that is gone, and complain."""
    parsed = make_url(url)
    dialect = parsed.get_dialect()
    driver: Any = dialect.import_dbapi()
    arguments, options = dialect().create_connect_args(parsed)
    try:
        with closing(driver.connect(*arguments, **options, autocommit=True)) as connection:
            connection.execute(f"LISTEN {NOTIFY_CHANNEL}")
            while not stop.is_set():
                for note in connection.notifies(timeout=POLL_SECONDS, stop_after=1):
                    on_change(read_payload(note.payload))
    except driver.OperationalError as error:
        raise _Lost from error
