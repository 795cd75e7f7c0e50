"""The worker as the desk's child process: orders come in by a pipe, news go out by another.

The first line of stdin are the orders, see orders.py. When stdin closes, the desk is gone or wants the worker gone:
the message in hand is finished, nothing more is begun, the process ends. Each line of stdout is a JSON object with
`event`: `ready`, `status` (sent, in_flight, stopped, may_send), `error` (code) or `ended`.
"""

import json
import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any, TextIO

from desktop.domain.errors import UserError
from desktop.services.deliveries import Deliveries
from desktop.services.posts import Posts
from desktop.worker import loop
from desktop.worker.awake import Awake
from desktop.worker.lock import DataDirLock
from desktop.worker.office import Status
from desktop.worker.orders import Orders, read_orders
from desktop.worker.setup import ChannelFactory

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Equipment:
    """What a worker works with; made by the composition root of the orders. `close` is called at the end."""

    deliveries: Deliveries
    channels: ChannelFactory
    journal_folder: Path
    lock_file: Path
    listen: loop.Listen
    chores: Callable[[], object]
    close: Callable[[], None]
    posts: Posts | None = None
    companions: Callable[[Event], Sequence[loop.Companion]] = lambda _stop: ()


def serve(equip: Callable[[Orders], Equipment], stdin: TextIO, stdout: TextIO) -> int:
    """Work until stdin closes; the exit code is 0, or 1 for what a person can put right (told as an `error`)."""
    news = _News(stdout)
    try:
        orders = read_orders(stdin.readline())
        equipment = equip(orders)
        try:
            with DataDirLock(equipment.lock_file):
                _work(equipment, stdin, news)
        finally:
            equipment.close()
    except UserError as error:
        news.tell("error", code=error.code)
        return 1
    news.tell("ended")
    return 0


def _work(equipment: Equipment, stdin: TextIO, news: "_News") -> None:
    stop = Event()
    watch = threading.Thread(target=_stop_at_the_end, args=(stdin, stop), daemon=True)
    watch.start()
    news.tell("ready")
    with Awake() as awake:
        loop.run(
            equipment.deliveries,
            equipment.channels,
            equipment.journal_folder,
            stop,
            listen=equipment.listen,
            chores=equipment.chores,
            posts=equipment.posts,
            companions=equipment.companions,
            on_status=news.tell_status,
            keep_awake=awake.keep,
        )


def _stop_at_the_end(stdin: TextIO, stop: Event) -> None:
    """Whatever else comes is read and left alone; only the end counts."""
    while stdin.readline():
        continue
    stop.set()


class _News:
    """Lines for the desk. A desk that has died hears nothing, and that must not stop a message in hand."""

    def __init__(self, stdout: TextIO) -> None:
        self._stdout = stdout

    def tell(self, event: str, **details: Any) -> None:
        try:
            self._stdout.write(json.dumps({"event": event, **details}) + "\n")
            self._stdout.flush()
        except (OSError, ValueError):
            log.debug("nobody listens any more")

    def tell_status(self, status: Status) -> None:
        self.tell(
            "status",
            sent=status.sent,
            in_flight=status.in_flight,
            stopped=dict(status.stopped),
            may_send=status.may_send,
        )
