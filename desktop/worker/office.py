"""The one thread of the worker that knows the database: it claims for the slots, and writes down what they report.

Between two glances at the database lies a second at most; a note from another process shortens that.
"""

import logging
import socket
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import Empty, Queue
from threading import Event
from typing import Any

from desktop.domain.claims import IdleReport, Outlook
from desktop.domain.errors import UserError
from desktop.domain.sending_release import Witness
from desktop.services.deliveries import Deliveries
from desktop.settings import mail_rates
from desktop.worker import crew, journal, witness
from desktop.worker.channels import EMAIL, Channels
from desktop.worker.dispatch import Dispatcher
from desktop.worker.ledger import Ledger
from desktop.worker.moments import boot_seconds
from desktop.worker.setup import ChannelFactory
from desktop.worker.slots import (
    LEASE_S,
    Finished,
    LineDone,
    MailUnsent,
    Report,
    Slot,
    Surroundings,
    Trouble,
    Woken,
    Works,
)

log = logging.getLogger(__name__)

GLANCE_S = 1.0
SHORTEST_S = 0.1
"""Between two glances, however much is written: PostgreSQL tells of the worker's own commits as well."""
SETTLE_S = 0.2
SETTLE_COUNT = 100
LAST_WORDS_S = 0.005
BEAT_S = 5.0
TAKE_OVER_S = 2 * BEAT_S
"""So long leases must look over before they are taken for it: whoever lives has said so by then, by any clock."""
CHORES_S = 3600.0
CLEAN_UP_S = 60.0
"""What was stopped becomes useless while nothing is sent, too."""


@dataclass(frozen=True, slots=True)
class Status:
    """How the worker does, for whoever watches it."""

    sent: int
    in_flight: int
    stopped: tuple[tuple[str, str], ...]
    may_send: bool


class Office:
    """One worker process. `run` is its life."""

    def __init__(
        self,
        deliveries: Deliveries,
        factory: ChannelFactory,
        journal_folder: Path,
        stop: Event,
        on_status: Callable[[Status], None] = lambda _status: None,
        keep_awake: Callable[[bool], None] = lambda _wanted: None,
        chores: Callable[[], object] = lambda: None,
    ) -> None:
        self._deliveries = deliveries
        self._folder = journal_folder
        self._stop = stop
        self._on_status = on_status
        self._chores = chores
        self._keep_awake = keep_awake
        self._uuid = uuid.uuid4().hex
        self._reports: Queue[Report] = Queue()
        self._stopping = Event()
        self._ledger = Ledger(deliveries)
        self._installation = deliveries.installation()[0]
        self._channels = Channels(factory, self._installation, self._tell_stop, self._tell_clear)
        self._untold: dict[str, tuple[str, float] | None] = {}
        self._dispatcher = Dispatcher(deliveries, self._channels, self._ledger)
        self._not_before: dict[int, float] = {}
        self._is_idle = False
        self._last_status: Status | None = None
        self._next_glance = self._last_glance = self._next_beat = self._next_settling = 0.0
        self._next_clean_up = self._next_chores = 0.0
        self._may_send = False
        self._witness: Witness | None = None
        self._over_since: float | None = None
        around = Surroundings(self._reports, self._stopping, self._dispatcher.is_sending)
        connections = int(deliveries.settings()["email.connections"])
        self._mail_slots = crew.mail_slots(around, journal_folder / self._uuid, connections)
        line_slots = crew.line_slots(around)
        self._slots: list[Slot[Any]] = [*self._mail_slots, *line_slots]
        self._dispatcher.employ(self._mail_slots, line_slots)

    def wake(self) -> None:
        """Something was written, or it is time to stop. May be called from any thread."""
        self._reports.put(Woken())

    def run(self, *, until_idle: bool) -> tuple[dict[str, int], IdleReport]:
        """Send until told to stop, or until nothing can be sent now. Says how much went out and what is left."""
        with self._deliveries.attending():
            return self._run(until_idle=until_idle)

    def _run(self, *, until_idle: bool) -> tuple[dict[str, int], IdleReport]:
        self._witness = witness.read(self._folder, self._installation)
        self._may_send = self._deliveries.check_place(self._witness, self._uuid)
        self._sign_on()
        self._settle_the_dead()
        self._start_slots()
        try:
            while not self._stop.is_set() and not (until_idle and self._is_idle):
                self._turn()
        finally:
            self._end_slots()
        stopped = {name: _in(seconds) for name, seconds in self._channels.stopped().items()}
        report = self._deliveries.idle_report(stopped)
        self._deliveries.sign_off(self._worker_id)
        if not self._ledger.waiting:
            journal.forget(self._folder, self._uuid)
        return self._ledger.sent, report

    # One turn

    def _turn(self) -> None:
        """Listen, look around, hand out, write down. A database in trouble costs a second, never an outcome."""
        try:
            for step in (self._listen, self._look_around, self._hand_out, self._write_down, self._tell_status):
                self._take_step(step)
        except UserError as error:
            log.warning("the database cannot be used now: %s", error.code)
            self._stop.wait(GLANCE_S)

    def _take_step(self, step: Callable[[], None]) -> None:
        """A bug in one step does not keep the worker from the others."""
        try:
            step()
        except Exception as error:
            if isinstance(error, UserError) and error.code.startswith("database."):
                raise
            log.exception("the worker goes on after a bug")
            self._stop.wait(GLANCE_S)

    def _listen(self) -> None:
        self._hear(self._patience())
        now = boot_seconds()
        for result in self._ledger.take_results():
            self._dispatcher.paces.hear(result, now)
        if now >= self._next_settling or self._ledger.unwritten >= SETTLE_COUNT:
            self._ledger.take_accepted()
        self._tell_channels()

    def _hand_out(self) -> None:
        if not self._stop.is_set() and self._dispatcher.hand_out(self._worker_id):
            self._next_glance = 0

    def _patience(self) -> float:
        """How long nothing may be done but listen."""
        until = min(self._next_glance, self._next_settling) if self._ledger.leases else self._next_glance
        return max(0.0, min(until, self._dispatcher.room_at) - boot_seconds())

    def _hear(self, seconds: float) -> None:
        """Take what the slots report: the first one is waited for, the rest is what lies there."""
        try:
            self._take(self._reports.get(timeout=seconds) if seconds else self._reports.get_nowait())
            for _ in range(self._reports.qsize()):
                self._take(self._reports.get_nowait())
        except Empty:
            return

    def _take(self, report: Report) -> None:
        match report:
            case MailUnsent(token, ids):
                self._ledger.mail_unsent(token, ids)
            case LineDone(job, outcome):
                self._ledger.line_done(job, outcome)
                self._next_settling = 0
            case Finished(slot, lease):
                slot.load -= 1
                self._ledger.finished(slot, lease)
            case Trouble():
                self._take_trouble(report)
            case Works(channel):
                self._channels.works(channel)
            case Woken():
                self._next_glance = min(self._next_glance, self._last_glance + SHORTEST_S)

    def _take_trouble(self, trouble: Trouble) -> None:
        """One connection that cannot be had is the server's limit, not its end, while others go on working."""
        others = [slot for slot in self._mail_slots if slot is not trouble.slot and slot.works_since]
        if trouble.channel == EMAIL and not trouble.permanent and others:
            trouble.slot.paused_until = boot_seconds() + BEAT_S
        else:
            self._channels.trouble(trouble.channel, trouble.reason, permanent=trouble.permanent)

    def _write_down(self) -> None:
        """What has not gone into the database with a claim goes there when its time has come."""
        now = boot_seconds()
        if now < self._next_settling and self._ledger.waiting < SETTLE_COUNT and not self._ledger.all_finished:
            return
        self._next_settling = now + SETTLE_S
        if not self._ledger.waiting:
            return
        self._ledger.write_down()
        if not self._ledger.leases:
            self._next_glance = 0

    # Looking around

    def _look_around(self) -> None:
        now = boot_seconds()
        self._keep_leases()
        if now >= self._next_beat:
            self._beat()
            self._next_beat = now + BEAT_S
        if now >= self._next_glance:
            self._last_glance = now
            self._next_glance = now + GLANCE_S
            self._glance()

    def _glance(self) -> None:
        """See what there is to do, and start what is due."""
        settings = self._deliveries.settings()
        self._channels.use(settings)
        self._dispatcher.paces.use(mail_rates(settings["email.rates"]))
        outlook = self._deliveries.look()
        if not outlook.may_send and self._deliveries.check_place(self._witness, self._uuid):
            outlook = self._deliveries.look()
        is_over = self._are_over(outlook.expired_leases)
        if outlook.may_send and (outlook.to_begin or is_over):
            for notice_id in outlook.to_begin:
                self._begin(notice_id)
            if is_over:
                self._deliveries.take_over_expired(self._worker_id, self._ledger.leases)
            outlook = self._deliveries.look()
        if boot_seconds() >= self._next_chores:
            self._next_chores = boot_seconds() + CHORES_S
            self._chores()
        if outlook.sending or boot_seconds() >= self._next_clean_up:
            self._next_clean_up = boot_seconds() + CLEAN_UP_S
            if self._deliveries.clean_up():
                outlook = self._deliveries.look()
        self._see(outlook)

    def _are_over(self, look_over: bool) -> bool:
        """There are leases that have looked over for a while."""
        if not look_over:
            self._over_since = None
            return False
        if self._over_since is None:
            self._over_since = boot_seconds()
        return boot_seconds() >= self._over_since + TAKE_OVER_S

    def _begin(self, notice_id: int) -> None:
        """A notice that cannot be begun, for whatever reason, must not keep others from going out."""
        if boot_seconds() < self._not_before.get(notice_id, 0):
            return
        try:
            self._deliveries.begin(notice_id)
        except Exception as error:
            if isinstance(error, UserError) and error.code.startswith("database."):
                raise
            log.exception("notice %d cannot be begun", notice_id)
            self._not_before[notice_id] = boot_seconds() + LEASE_S

    def _see(self, outlook: Outlook) -> None:
        self._may_send = outlook.may_send
        for channel, reason in outlook.stopped.items():
            self._channels.found_stopped(channel, reason)
        self._keep_awake(outlook.soon)
        if outlook.soon and not self._channels.line_is_prepared and self._deliveries.line_is_near():
            self._channels.prepare_line()
        self._dispatcher.see(outlook)
        leased = outlook.leased and outlook.may_send  # else they are another copy's, until somebody releases them
        busy = self._ledger.leases or self._ledger.waiting or leased or not self._reports.empty()
        self._is_idle = not busy and not self._dispatcher.could_go_on

    # Beginning and end

    def _sign_on(self) -> None:
        self._worker_id = self._deliveries.sign_on(self._uuid, socket.gethostname())
        self._remember(0)

    def _beat(self) -> None:
        """The database counts on. Where it knows less than it did, it was put back under this worker."""
        beats, known = self._deliveries.beat(self._worker_id), self._witness
        if known is not None and known.worker == self._uuid and beats <= known.beats:
            self._may_send = self._deliveries.check_place(replace(known, beats=known.beats + 1), self._uuid)
        if beats:
            self._remember(beats)
        else:
            self._sign_on()

    def _remember(self, beats: int) -> None:
        """What is not released is not what this worker knows: it would vouch for whatever it found."""
        if not self._may_send:
            return
        self._witness = Witness(self._uuid, beats, self._deliveries.installation()[1])
        witness.write(self._folder, self._installation, self._witness)

    def _settle_the_dead(self) -> None:
        """Only this process may own what lies in the data directory, so whoever else left something there is dead."""
        for found in journal.findings(self._folder, self._uuid):
            settled = self._deliveries.settle_from_journal(found)
            log.info("%d deliveries of a worker that died are settled by its journal", settled)
            journal.forget(self._folder, found.worker_uuid)

    def _start_slots(self) -> None:
        for slot in self._slots:
            slot.start()

    def _end_slots(self) -> None:
        """What is in hand is finished, the rest goes back, and everything is written down."""
        self._stopping.set()
        for slot in self._slots:
            slot.end()
        while any(slot.alive for slot in self._slots) or not self._reports.empty():
            self._hear(LAST_WORDS_S)
            self._at_the_end(self._keep_leases)
        self._ledger.take_results()
        self._ledger.take_accepted()
        self._at_the_end(self._ledger.write_down)
        self._at_the_end(self._tell_channels)

    def _keep_leases(self) -> None:
        """Renew them when a third of their time is over."""
        now = boot_seconds()
        if self._ledger.leases and now >= self._ledger.renewed_at + LEASE_S / 3:
            self._ledger.renew(now)

    def _at_the_end(self, duty: Callable[[], None]) -> None:
        """The journals say what the database does not take any more."""
        try:
            duty()
        except UserError as error:
            log.warning("left to the journal: %s", error.code)

    # Telling

    def _tell_stop(self, channel: str, reason: str, retry_s: float) -> None:
        self._untold[channel] = (reason, retry_s)

    def _tell_clear(self, channel: str) -> None:
        self._untold[channel] = None

    def _tell_channels(self) -> None:
        for channel, news in list(self._untold.items()):
            if news is None:
                self._deliveries.clear_channel(channel)
            else:
                self._deliveries.stop_channel(channel, news[0], timedelta(seconds=news[1]))
            del self._untold[channel]

    def _tell_status(self) -> None:
        stopped = tuple(
            sorted((name, gate.reason) for name, gate in self._channels.gates.items() if gate.reason is not None)
        )
        status = Status(sum(self._ledger.sent.values()), len(self._ledger.leases), stopped, self._may_send)
        if status != self._last_status:
            self._last_status = status
            self._on_status(status)


def _in(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)
