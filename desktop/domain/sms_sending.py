"""What becomes of a text after an attempt to send it: at least once, the same text each time."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from desktop.domain.sms import ReplyState
from desktop.domain.sms_gateways import SmsKind, SmsOutcome

LEASE = timedelta(minutes=2)
"""Longer than any gateway is waited for."""
EQUAL_FAILURES = 5
"""So many failures of one kind in a row are the gateway's, not a number's: all texts wait."""
TOO_LATE = "too_late"
UNDELIVERED = "undelivered"
"""The gateway took it, and later said that the phone never will."""
UNREADABLE = "unreadable"
"""Sealed by another DATA_KEY."""
REPLACED = "replaced"
"""Its password is good for nothing any more: a newer one took its place, or the account is locked, closed or moved."""
_FIRST_S = 10.0
_LONGEST_S = 1800.0
_LONGEST_UNKNOWN_S = 6 * 3600.0
"""Whoever gets a text each time, and whose gateway never says so, is not to get it every half hour."""
_JITTER = 0.4


@dataclass(frozen=True, slots=True)
class SmsVerdict:
    """A text's next state, and when it is tried again if that is `due`. `stayed`: it surely did not leave this time.

    `attempted`: whether that counts as an attempt; the next one waits longer then.
    """

    state: ReplyState
    reason: str = ""
    again_at: datetime | None = None
    stayed: bool = False
    attempted: bool = True


def delay(attempts: int, luck: float, longest_s: float = _LONGEST_S) -> timedelta:
    """10 s, twice as long each time, up to half an hour; a fifth more or less, so that not all come back at once.

    `luck` is between 0 and 1.
    """
    seconds = min(_FIRST_S * 2 ** min(max(attempts, 1) - 1, 16), longest_s)
    return timedelta(seconds=seconds * (1 - _JITTER / 2 + _JITTER * luck))


def judge(outcome: SmsOutcome, attempts: int, now: datetime, useless_after: datetime, luck: float) -> SmsVerdict:
    """`attempts` counts the one that `outcome` is of. What may or may not have left goes again, with the same words."""
    if outcome.kind is SmsKind.ACCEPTED:
        return SmsVerdict(ReplyState.SENT)
    if outcome.kind is SmsKind.REFUSED:
        return SmsVerdict(ReplyState.FAILED, outcome.reason, stayed=True)
    is_stop, stayed = outcome.kind is SmsKind.STOP, outcome.kind is not SmsKind.UNKNOWN
    again_at = now if is_stop else now + delay(attempts, luck, _longest(outcome.kind))
    if again_at >= useless_after:
        return SmsVerdict(ReplyState.FAILED, outcome.reason, stayed=stayed)
    return SmsVerdict(ReplyState.DUE, outcome.reason, again_at, stayed, attempted=not is_stop)


def _longest(kind: SmsKind) -> float:
    return _LONGEST_UNKNOWN_S if kind is SmsKind.UNKNOWN else _LONGEST_S
