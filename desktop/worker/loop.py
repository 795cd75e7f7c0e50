"""Running a worker: the office, and an ear for what other processes write."""

import gc
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event, Thread
from typing import Any, Protocol, runtime_checkable

from desktop.domain.claims import IdleReport, Wait
from desktop.services.deliveries import Deliveries
from desktop.services.posts import Posts
from desktop.services.sms_replies import Left
from desktop.worker.office import Office, Status
from desktop.worker.postman import Postman
from desktop.worker.setup import ChannelFactory


class Companion(Protocol):
    """A thread that works beside the notices, with connections of its own."""

    def start(self) -> None: ...

    def finish(self) -> None:
        """Do what is due now, then end; waits for it."""


@runtime_checkable
class Texting(Protocol):
    """A companion that sends texts, which count as what this worker sent."""

    @property
    def sent(self) -> int: ...

    def left(self) -> Left: ...


Listen = Callable[[Callable[[Any], None], Event], None]
"""`store.changes.ChangeListener.listen`: calls back on each commit until the event is set."""


SMS = "sms"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run sent, by channel, and what it left."""

    sent: dict[str, int]
    left: IdleReport

    def as_json(self) -> dict[str, Any]:
        """As `worker --until-idle --json` prints it."""
        return {
            "sent": sum(self.sent.values()),
            "held": [_wait(one) for one in self.left.held],
            "waiting": [_wait(one) for one in self.left.waiting],
            "sent_by_channel": self.sent,
            "released": self.left.released,
        }


def run(  # noqa: PLR0913  the composition root names each
    deliveries: Deliveries,
    channels: ChannelFactory,
    journal_folder: Path,
    stop: Event,
    *,
    until_idle: bool = False,
    listen: Listen | None = None,
    on_status: Callable[[Status], None] = lambda _status: None,
    keep_awake: Callable[[bool], None] = lambda _wanted: None,
    chores: Callable[[], object] = lambda: None,
    posts: Posts | None = None,
    companions: Callable[[Event], Sequence[Companion]] = lambda _stop: (),
) -> Outcome:
    """Send what is due until `stop` is set, or with `until_idle` until nothing is due now and nothing leased.

    `keep_awake` is told, from the calling thread, whether the computer is needed for what is due soon.
    `posts` are the single mails, sent beside the notices; `companions` makes whatever else works beside them.
    `chores` are done at the start and each hour. The caller holds the DataDirLock of the journals. Raises UserError if
    the database or the journals cannot be used at the start.
    """
    office = Office(deliveries, channels, journal_folder, stop, on_status, keep_awake, chores)
    ended = Event()
    Thread(target=_wake_on_stop, args=(office, stop, ended), daemon=True).start()
    ear = Thread(target=listen or _hear_nothing, args=(lambda _touched: office.wake(), ended), daemon=True)
    ear.start()
    postman = Postman(posts, channels, stop) if posts is not None else None
    if postman is not None:
        postman.start()
    beside = companions(stop)
    for companion in beside:
        companion.start()
    gc.freeze()  # what is there already stays: looking through all of it again and again costs a tenth of the time
    try:
        sent, left = office.run(until_idle=until_idle)
    finally:
        if postman is not None:
            singly = postman.finish()
        for companion in beside:
            companion.finish()
        gc.unfreeze()
        ended.set()
        ear.join(5)
    if postman is not None:
        sent["email"] += singly
    for texting in beside:
        if isinstance(texting, Texting):
            sent, left = _with_texts(texting, sent, left)
    return Outcome(sent, left)


def _with_texts(texting: Texting, sent: dict[str, int], left: IdleReport) -> tuple[dict[str, int], IdleReport]:
    """Where nobody gets accounts by text message there is no word of it."""
    found = texting.left()
    counted = {**sent, SMS: texting.sent} if found.is_used else sent
    if not found.count:
        return counted, left
    reason = "not_released" if not left.released else "channel_stopped" if found.stopped_reason else "retry"
    wait = Wait(None, reason, found.count, found.first_due_at if left.released else None, SMS)
    if left.released:
        return counted, replace(left, waiting=(*left.waiting, wait))
    return counted, replace(left, held=(*left.held, wait))


def _hear_nothing(_on_change: Callable[[Any], None], _stop: Event) -> None:
    """Without an ear the worker looks around each second all the same."""


def _wake_on_stop(office: Office, stop: Event, ended: Event) -> None:
    while not ended.is_set():
        if stop.wait(0.2):
            office.wake()
            return


def _wait(one: Wait) -> dict[str, Any]:
    until = one.until.isoformat() if one.until else None
    return {"notice": one.notice_id, "reason": one.reason, "channel": one.channel, "count": one.count, "until": until}
