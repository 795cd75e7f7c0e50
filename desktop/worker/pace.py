"""How fast each receiving system is written to: carriers block whoever comes too quickly (FACTS B3)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from desktop.domain.claims import MailResult
from desktop.domain.deliveries import MailKind
from desktop.domain.mail import Lane, domain_of, lane

BURST_S = 1.0
WORTHWHILE_S = 0.25
"""So much of a second's mails must have gathered before bulk is claimed; what is urgent takes a single one."""
RECOVERY_S = 60.0
SAME_TROUBLE_S = 5.0
SLOWED_PER_S = 20.0
"""A system without a limit of its own gets this one when it first complains."""
SLOWEST_PER_S = 0.5
TOO_FAST = frozenset({"rate_limited", "server_busy", "connection_lost"})
"""421, "too quickly" and resets: the ways in which a system says that it was too much."""


@dataclass
class Pace:
    """A token bucket. `limit` None: as fast as it goes. Complaints halve the rate, quiet minutes double it again."""

    limit: float | None
    rate: float | None = field(init=False)
    _tokens: float = field(init=False, default=0.0)
    _filled_at: float = field(init=False, default=0.0)
    _changed_at: float = field(init=False, default=0.0)

    def __post_init__(self) -> None:
        self.rate = self.limit
        self._tokens = self._most

    @property
    def _most(self) -> float:
        return max(1.0, (self.rate or 0.0) * BURST_S)

    def room(self, now: float, *, urgent: bool = False) -> int | None:
        """How many mails may be claimed; None: any number."""
        self._pass(now)
        if self.rate is None:
            return None
        return int(self._tokens) if self._tokens >= self._wanted(urgent=urgent) else 0

    def wait(self, now: float, *, urgent: bool = False) -> float:
        """Seconds until there is room."""
        self._pass(now)
        missing = self._wanted(urgent=urgent) - self._tokens
        return max(0.0, missing / self.rate) if self.rate else 0.0

    def take(self, count: int) -> None:
        """Claimed; what was not is given back with a negative count."""
        self._tokens -= count

    def slow_down(self, now: float) -> None:
        """Too fast. Several connections that are told so at once count as one."""
        if self._changed_at and now < self._changed_at + SAME_TROUBLE_S and self.rate != self.limit:
            return
        self._pass(now)
        self.rate = SLOWED_PER_S if self.rate is None else max(SLOWEST_PER_S, self.rate / 2)
        self._tokens = min(self._tokens, 0.0)
        self._changed_at = now

    def _wanted(self, *, urgent: bool) -> float:
        return 1.0 if urgent else max(1.0, (self.rate or 0.0) * WORTHWHILE_S)

    def _pass(self, now: float) -> None:
        while self.rate != self.limit and now >= self._changed_at + RECOVERY_S:
            self._changed_at += RECOVERY_S
            doubled = (self.rate or 0.0) * 2
            top = self.limit if self.limit is not None else SLOWED_PER_S * 2
            self.rate = self.limit if doubled >= top else doubled
        if self.rate is not None:
            self._tokens = min(self._most, self._tokens + (now - self._filled_at) * self.rate)
        self._filled_at = now


class Paces:
    """The pace of every lane. Belongs to the office's thread."""

    def __init__(self) -> None:
        self._rates: Mapping[Lane, float] = {}
        self._paces = {one.value: Pace(None) for one in Lane}

    def use(self, rates: Mapping[Lane, float]) -> None:
        """Take over the settings; where they changed, everything begins anew."""
        if rates != self._rates:
            self._rates = dict(rates)
            self._paces = {one.value: Pace(rates.get(one)) for one in Lane}

    def __getitem__(self, name: str) -> Pace:
        return self._paces[name]

    def hear(self, result: MailResult, now: float) -> None:
        """An outcome may be a complaint about the speed."""
        outcome = result.outcome
        if outcome.kind is not MailKind.ACCEPTED and outcome.reason in TOO_FAST:
            self._paces[lane(domain_of(result.job.address)).value].slow_down(now)
