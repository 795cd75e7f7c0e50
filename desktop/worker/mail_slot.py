"""A mail connection and its thread."""

import logging
from dataclasses import dataclass
from pathlib import Path

from desktop.domain.claims import MailClaim, MailJob, MailResult, NoticeMessage, is_channels_fault
from desktop.domain.deliveries import (
    DeliveryError,
    MailConnection,
    MailKind,
    MailOutcome,
    MailStage,
    OutgoingMail,
)
from desktop.worker.blocked import SameAnswer
from desktop.worker.journal import JournalError, SlotJournal
from desktop.worker.moments import boot_seconds
from desktop.worker.setup import MailComposer, MailSetup
from desktop.worker.slots import Finished, Lease, MailUnsent, Slot, Surroundings, Trouble, Works

log = logging.getLogger(__name__)

FIRST_BATCH = 10
LARGEST_BATCH = 50
"""Two claims may be with a slot, so that at most 100 mails are (DESIGN "Sending" 6)."""
SECONDS_OF_WORK = 0.5


@dataclass(frozen=True)
class MailWork:
    """A claim to be sent, claimed at `began_at` (boot seconds). `journal_clear`: its slot has none unsettled."""

    claim: MailClaim
    lease: Lease
    setup: MailSetup
    messages: dict[int, NoticeMessage]
    began_at: float
    journal_clear: bool


class _Halted(Exception):  # noqa: N818  nothing is wrong: this mail is not to be begun
    """Stopped before the final dot of a mail."""


class MailSlot(Slot[MailWork]):
    """Sends claims of one lane (None: of any) over one kept connection."""

    def __init__(
        self, name: str, around: Surroundings, journal_folder: Path, lane: str | None, *, urgent_only: bool
    ) -> None:
        super().__init__(name, around)
        self.lane = lane
        self.urgent_only = urgent_only
        self.works_since = 0.0
        self._journal = SlotJournal(journal_folder / f"{name}.journal", self._may_begin)
        self._rate = FIRST_BATCH / SECONDS_OF_WORK
        self._connection: MailConnection | None = None
        self._setup: MailSetup | None = None
        self._composer: MailComposer | None = None
        self._is_fresh = False
        self._is_in_trouble = False
        self._work: MailWork | None = None
        self._open: dict[int, MailJob] = {}
        self._begun: set[int] = set()
        self._same = SameAnswer()

    @property
    def batch(self) -> int:
        """How many mails make up a good claim: half a second's work, since one may wait while another is sent."""
        return max(1, min(LARGEST_BATCH, int(self._rate * SECONDS_OF_WORK)))

    def do(self, work: MailWork) -> None:
        """Send a claim. What is begun always gets an outcome; what is not goes back."""
        self._work, self._open, self._begun = work, {job.delivery_id: job for job in work.claim.jobs}, set()
        self._is_in_trouble = False
        started, size = boot_seconds(), len(self._open)
        try:
            self._journal.claim(work.claim.token, settled=work.journal_clear)
            self._send(work)
        except JournalError as error:
            log.warning("no journal can be kept: %s", error)
            self._begun.clear()  # the mail for which there was no room has not left
            self.rest()
            self._complain("no_journal", permanent=False)
        except Exception:
            log.exception("a bug while sending mail")
            self.rest()
        self._hand_back(work)
        self._measure(size - len(self._open), boot_seconds() - started)
        self.report(Finished(self, work.lease))

    def rest(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None
        self.works_since = 0.0

    def leave(self) -> None:
        self._journal.close()

    def _send(self, work: MailWork) -> None:
        mails = self._composed(work)
        while mails and not self._is_in_trouble and self._may_go_on(work):
            mails = [mail for mail in mails if self._is_wanted(self._open[mail.delivery_id])]
            connection = self._connected(work.setup) if mails else None
            if connection is None:
                return
            self._over(connection, mails[: connection.room])
            mails = [mail for mail in mails if mail.delivery_id in self._open]

    def _composed(self, work: MailWork) -> list[OutgoingMail]:
        if self._composer is None or self._setup is not work.setup:
            self.rest()
            self._setup, self._composer = work.setup, MailComposer(work.setup)
        mails = []
        for job in work.claim.jobs:
            try:
                mail = self._composer.compose(job, work.messages[job.notice_id])
            except DeliveryError as error:
                self._complain(error.reason, permanent=error.permanent)
                return []
            if mail is None:
                wrong = MailOutcome(job.delivery_id, MailKind.REFUSED, MailStage.CONNECT, None, "bad_address")
                self._settle(wrong)
            else:
                mails.append(mail)
        return mails

    def _connected(self, setup: MailSetup) -> MailConnection | None:
        """The kept connection, or a new one; None if there is none to be had."""
        if self._connection is not None and self._connection.alive and self._connection.room:
            return self._connection
        self.rest()
        try:
            self._connection = setup.gateway.connect()
        except DeliveryError as error:
            log.info("no connection to the mail server: %s", error)
            self._complain(error.reason, permanent=error.permanent)
            return None
        self._is_fresh = True
        return self._connection

    def _over(self, connection: MailConnection, mails: list[OutgoingMail]) -> None:
        """Send as far as this connection goes."""
        try:
            for outcome in connection.deliver(mails, self._journal):
                if outcome.kind is MailKind.ACCEPTED and not self._is_fresh:
                    self._accept(outcome)
                elif outcome.kind is not MailKind.NOT_SENT:
                    self._works(outcome)
                elif self._is_fresh:
                    self._complain(outcome.reason, permanent=False)
                if self._is_in_trouble:
                    break
        except _Halted:
            log.info("sending was interrupted")
        if not connection.alive or self._is_in_trouble:
            self.rest()

    def _works(self, outcome: MailOutcome) -> None:
        self._settle(outcome)
        if is_channels_fault(outcome):
            self._complain(outcome.reason, permanent=True)
        elif self._same.is_ours:
            self._complain("server_refused", permanent=True)
        elif self._is_fresh:
            self.report(Works("email"))
            self._is_fresh = False
            self.works_since = boot_seconds()

    def _accept(self, outcome: MailOutcome) -> None:
        """The plain case, ten thousand times: nothing but what must be done."""
        assert self._work is not None
        if self._same.is_waiting:
            self._settle(outcome)
            return
        del self._open[outcome.delivery_id]
        self._begun.discard(outcome.delivery_id)
        self._work.lease.accepted.append(outcome.delivery_id)

    def _settle(self, outcome: MailOutcome) -> None:
        job = self._open.pop(outcome.delivery_id)
        self._begun.discard(outcome.delivery_id)
        self._write(self._same.hear(job, outcome))

    def _write(self, known: list[tuple[MailJob, MailOutcome]]) -> None:
        assert self._work is not None
        for job, outcome in known:
            if outcome.kind is MailKind.ACCEPTED:
                self._work.lease.accepted.append(job.delivery_id)
            else:
                self._work.lease.results.append(MailResult(self._work.claim.token, job, outcome))

    def _complain(self, reason: str, *, permanent: bool) -> None:
        if not self._is_in_trouble:
            self._is_in_trouble = True
            self.report(Trouble("email", reason, permanent, self))

    def _hand_back(self, work: MailWork) -> None:
        """Whatever was begun and has no outcome may have arrived; the rest certainly has not."""
        for delivery_id in self._begun & set(self._open):
            self._settle(MailOutcome(delivery_id, MailKind.UNKNOWN, MailStage.END_OF_DATA, None, "connection_lost"))
        self._write(self._same.let_go())
        if self._open:
            self.report(MailUnsent(work.claim.token, tuple(self._open)))

    def _measure(self, sent: int, seconds: float) -> None:
        if sent:
            self._rate = 0.5 * self._rate + 0.5 * sent / max(seconds, 0.001)

    def _may_begin(self, delivery_id: int) -> None:
        """The last look before a mail can arrive (DESIGN "Sending" 4)."""
        assert self._work is not None
        if not self._may_go_on(self._work) or not self._is_wanted(self._open[delivery_id]):
            raise _Halted
        self._begun.add(delivery_id)

    def _may_go_on(self, work: MailWork) -> bool:
        return not work.lease.over and not self._around.stopping.is_set()

    def _is_wanted(self, job: MailJob) -> bool:
        """Its notice has not been stopped, and it is still of use."""
        if not self._around.is_sending(job.notice_id):
            return False
        assert self._work is not None
        return job.useless_in_s is None or boot_seconds() < self._work.began_at + job.useless_in_s
