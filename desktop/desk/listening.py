"""What is written, here and elsewhere, as the pages are told of it."""

import logging
from collections.abc import Callable
from threading import Event, Thread

from PySide6.QtCore import QObject, Signal
from shiboken6 import isValid

from desktop.domain.errors import UserError
from desktop.store.changes import ANYTHING, ChangeListener
from desktop.store.db import Touched
from desktop.ui.context import ANY_TABLE, Changes

log = logging.getLogger(__name__)

OF_THE_WORKER = frozenset(
    {"notices", "notice_children", "recipients", "deliveries", "delivery_recipients", "line_calls", "channel_states"}
)
"""What a worker writes by itself, without an audit event."""


def announce(changes: Changes, touched: Touched) -> None:
    """Tell the pages; callable from any thread."""
    tables = frozenset(table for table, _school in touched)
    schools = {school for _table, school in touched}
    if isValid(changes):
        changes.announce(tables, None if None in schools else frozenset(s for s in schools if s is not None))


class Listener(QObject):
    """Hears of other processes' commits, on a thread of its own.

    SQLite says only that something was written. People's writes leave an audit event, a worker's do not: where there
    is no new one, a worker has written, and only the pages about sending reload. A shared database says what was
    written; when it has to say "anything", its line was lost, and `doubted` asks whether it still is.
    """

    doubted = Signal()

    def __init__(
        self, url: str, changes: Changes, newest_event: Callable[[], int], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._embedded = url.startswith("sqlite")
        self._changes = changes
        self._newest_event = newest_event
        self._seen = 0
        self._stop = Event()
        self._thread = Thread(target=self._listen, args=(ChangeListener(url),), name="listener", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, patience_s: float = 5) -> None:
        self._stop.set()
        self._thread.join(patience_s)

    def _listen(self, listener: ChangeListener) -> None:
        try:
            self._seen = self._newest_event() if self._embedded else 0
        except UserError:
            log.info("what was written before is not known")
        listener.listen(self._on_touched, self._stop)

    def _on_touched(self, touched: Touched) -> None:
        if self._stop.is_set() or not isValid(self):
            return
        if touched != ANYTHING:
            announce(self._changes, touched)
        elif self._embedded:
            self._changes.announce(self._tables())
        else:
            self.doubted.emit()

    def _tables(self) -> frozenset[str]:
        try:
            newest = self._newest_event()
        except UserError:  # it is away or busy; whoever reads next finds out
            return frozenset({ANY_TABLE})
        if newest == self._seen:
            return OF_THE_WORKER
        self._seen = newest
        return frozenset({ANY_TABLE})
