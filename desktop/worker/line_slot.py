"""A thread that makes calls to LINE."""

import logging
from dataclasses import dataclass

from desktop.domain.claims import LineJob
from desktop.domain.deliveries import DeliveryError, LineGateway, LineKind, LineOutcome
from desktop.worker.moments import boot_seconds
from desktop.worker.slots import Finished, Lease, LineDone, Slot, Surroundings, Trouble, Works

log = logging.getLogger(__name__)

_STOPS = {LineKind.UNAUTHORIZED: True, LineKind.QUOTA: True, LineKind.UNAVAILABLE: False, LineKind.RATE_LIMITED: False}
"""Outcomes that are about the channel, and whether somebody must do something first."""


@dataclass(frozen=True)
class LineWork:
    """A call to be made; `began_at` is when it was claimed, in boot seconds."""

    job: LineJob
    lease: Lease
    gateway: LineGateway
    began_at: float


class LineSlot(Slot[LineWork]):
    """Makes one call at a time."""

    def __init__(self, name: str, around: Surroundings, *, urgent_only: bool) -> None:
        super().__init__(name, around)
        self.urgent_only = urgent_only

    def do(self, work: LineWork) -> None:
        self.report(LineDone(work.job, self._outcome(work)))
        self.report(Finished(self, work.lease))

    def rest(self) -> None:
        """The gateway keeps the connections; it is shared."""

    def _outcome(self, work: LineWork) -> LineOutcome | None:
        """None if the call was not made."""
        if not self._is_wanted(work):
            return None
        try:
            outcome = work.gateway.send(work.job.call)
        except DeliveryError as error:
            self._complain(error.reason, permanent=error.permanent)
            return None
        except Exception:
            log.exception("a bug while calling LINE")
            outcome = LineOutcome(LineKind.UNKNOWN, reason="bug")
        if outcome.kind in _STOPS:
            self._complain(outcome.reason or outcome.kind, permanent=_STOPS[outcome.kind])
        elif outcome.kind is not LineKind.UNKNOWN:
            self.report(Works("line"))
        return outcome

    def _is_wanted(self, work: LineWork) -> bool:
        if work.lease.over or self._around.stopping.is_set() or not self._around.is_sending(work.job.notice_id):
            return False
        useful_s = work.job.useless_in_s
        return useful_s is None or boot_seconds() < work.began_at + useful_s

    def _complain(self, reason: str, *, permanent: bool) -> None:
        self.report(Trouble("line", reason, permanent, self))
