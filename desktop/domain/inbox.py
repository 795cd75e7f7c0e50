"""What parents wrote where nobody reads, as staff see it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Incoming:
    """One of them. `sender` is a mail address, or "" for LINE; `guardian` is "" for somebody whom no roster knows."""

    id: int
    channel: str
    kind: str
    guardian: str
    schools: tuple[str, ...]
    sender: str
    subject: str
    words: str
    received_at: datetime
    answered: bool
    handled_at: datetime | None
    handled_by: str


@dataclass(frozen=True, slots=True)
class InboxCounts:
    """How many nobody has dealt with, and how many came in since midnight."""

    new: int
    today: int
