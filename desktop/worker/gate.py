"""Whether a channel is open, stands still, or may be tried with a single message."""

from dataclasses import dataclass

SETTINGS_RETRY_S = 60.0
QUOTA_RETRY_S = 600.0
_DOWN_RETRY_S = (5.0, 10.0, 20.0, 40.0, 60.0)


@dataclass
class Gate:
    """One channel as this worker finds it. After a trouble it is probed, not stormed. Times are boot seconds."""

    reason: str | None = None
    retry_at: float = 0
    failures: int = 0

    def trouble(self, reason: str, now: float, retry_s: float | None = None) -> float:
        """Close; says for how many seconds. Without `retry_s` the waits grow from trouble to trouble.

        Several connections that meet the same trouble at once count as one.
        """
        if retry_s is None and self.reason is not None and now < self.retry_at:
            return self.retry_at - now
        wait = _DOWN_RETRY_S[min(self.failures, len(_DOWN_RETRY_S) - 1)] if retry_s is None else retry_s
        self.reason = reason
        self.retry_at = now + wait
        self.failures += 1
        return wait

    def fine(self) -> bool:
        """It works; True if that is news."""
        was_stopped = self.reason is not None
        self.reason, self.failures = None, 0
        return was_stopped

    def room(self, now: float, in_flight: int) -> int | None:
        """How many claims may be out more: None for any number, 1 for a probe, 0 while it is closed."""
        if self.reason is None:
            return None
        return 1 if now >= self.retry_at and not in_flight else 0
