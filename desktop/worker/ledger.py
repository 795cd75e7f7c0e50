"""What the slots reported and the database does not know yet, and the leases that are out."""

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from desktop.domain.claims import LineJob, MailClaim, MailResult, MailWish
from desktop.domain.deliveries import LineOutcome
from desktop.domain.errors import UserError
from desktop.services.deliveries import Deliveries
from desktop.worker.moments import boot_seconds
from desktop.worker.slots import LEASE_S, MARGIN_S, Lease, Slot

log = logging.getLogger(__name__)


class Ledger:
    """Belongs to the office's thread. Nothing leaves it before the database has it."""

    def __init__(self, deliveries: Deliveries) -> None:
        self._deliveries = deliveries
        self._accepted: dict[str, list[int]] = {}
        self._results: list[MailResult] = []
        self._unsent: dict[str, list[int]] = defaultdict(list)
        self._calls: list[tuple[LineJob, LineOutcome | None]] = []
        self._finished: list[tuple[Slot[Any], Lease]] = []
        self._unsettled: dict[int, int] = defaultdict(int)  # claims by slot
        self.leases: dict[str, Lease] = {}
        self.renewed_at = 0.0
        self.sent = {"email": 0, "line": 0}

    def renew(self, now: float) -> None:
        """Ask for more time for all that is out. What others have taken over meanwhile is not to be sent any more."""
        held = self._deliveries.renew(list(self.leases))
        for token, lease in self.leases.items():
            lease.deadline = now + LEASE_S - MARGIN_S if token in held else 0.0
        self.renewed_at = now

    def lend(self, slot: Slot[Any], lease: Lease) -> None:
        if not self.leases:
            self.renewed_at = boot_seconds()
        self.leases[lease.token] = lease
        self._unsettled[id(slot)] += 1

    def all_settled(self, slot: Slot[Any]) -> bool:
        """Everything that a slot ever did stands in the database."""
        return not self._unsettled[id(slot)]

    def in_flight(self, channel: str) -> int:
        return sum(lease.channel == channel for lease in self.leases.values())

    def take_results(self) -> list[MailResult]:
        """Take what has become of mails that were not simply accepted."""
        news = [result for lease in self.leases.values() for result in lease.take_results()]
        self._results += news
        return news

    def take_accepted(self) -> None:
        """Take what was accepted of claims that are still being sent. Of those that are finished it is here already."""
        for lease in self.leases.values():
            self._take_accepted(lease)

    def _take_accepted(self, lease: Lease) -> None:
        if accepted := lease.take_accepted():
            self._accepted.setdefault(lease.token, []).extend(accepted)

    def mail_unsent(self, token: str, ids: tuple[int, ...]) -> None:
        self._unsent[token].extend(ids)

    def line_done(self, job: LineJob, outcome: LineOutcome | None) -> None:
        self._calls.append((job, outcome))

    def finished(self, slot: Slot[Any], lease: Lease) -> None:
        self._take_accepted(lease)
        self._finished.append((slot, lease))

    @property
    def waiting(self) -> int:
        """How much waits to be written down."""
        mails = sum(map(len, self._accepted.values())) + len(self._results)
        return mails + len(self._unsent) + len(self._calls) + len(self._finished)

    @property
    def unwritten(self) -> int:
        """How many mails the servers accepted of which the database does not know, those not yet taken included."""
        return sum(map(len, self._accepted.values())) + sum(len(lease.accepted) for lease in self.leases.values())

    @property
    def all_finished(self) -> bool:
        """Nothing more comes of what is out."""
        return len(self._finished) == len(self.leases)

    def write_down(self) -> None:
        """Settle everything. When the database refuses, what it did not take stays for the next time."""
        self._write_the_rest()
        if self._results or self._accepted:
            self._settled(self._settle(self._results, self._accepted))
        self._let_go()

    def write_down_and_claim(self, worker_id: int, wishes: Sequence[MailWish]) -> list[MailClaim]:
        """Settle everything, and lease what is next in the same transaction: half as many wait for the disk."""
        self._write_the_rest()
        try:
            sent, claims = self._deliveries.settle_and_claim(self._results, self._accepted, worker_id, wishes)
        except Exception as error:
            if _is_of_the_database(error):
                raise
            log.exception("what was sent could not be written down with the next claim")
            self.write_down()
            return self._deliveries.claim_mail(worker_id, wishes)
        self._settled(sent)
        self._let_go()
        return claims

    def _write_the_rest(self) -> None:
        if self._unsent:
            self._deliveries.give_back(self._unsent)
            self._unsent = defaultdict(list)
        while self._calls:
            self._settle_call(*self._calls[0])
            self._calls.pop(0)

    def _settled(self, sent: int) -> None:
        self.sent["email"] += sent
        self._results, self._accepted = [], {}

    def _let_go(self) -> None:
        """What became of these claims stands in the database."""
        for slot, lease in self._finished:
            del self.leases[lease.token]
            self._unsettled[id(slot)] -= 1
        self._finished = []

    def _settle(self, results: Sequence[MailResult], accepted: Mapping[str, Sequence[int]]) -> int:
        """An outcome that cannot be written down must not keep the others from it: its lease runs out instead."""
        try:
            return self._deliveries.settle_mail(results, accepted)
        except Exception as error:
            if _is_of_the_database(error):
                raise
            single = [(token, number) for token, ids in accepted.items() for number in ids]
            log.exception("%d outcomes could not be written down together", len(results) + len(single))
            if len(results) + len(single) == 1:
                return 0
        one_by_one = sum(self._settle([result], {}) for result in results)
        return one_by_one + sum(self._settle([], {token: [number]}) for token, number in single)

    def _settle_call(self, job: LineJob, outcome: LineOutcome | None) -> None:
        """As with mails: when its lease has run out the call is made again, with its key."""
        try:
            if outcome is None:
                self._deliveries.give_back_call(job)
            else:
                self.sent["line"] += self._deliveries.settle_line(job, outcome)
        except Exception as error:
            if _is_of_the_database(error):
                raise
            log.exception("what became of a call to LINE could not be written down")


def _is_of_the_database(error: Exception) -> bool:
    """It may take the same later."""
    return isinstance(error, UserError) and error.code.startswith("database.")
