"""A citizen's account and their LINE: how far they are linked (A30–A34)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

NONCE_BYTES = 32
NONCE_LIFE = timedelta(minutes=10)
"""As long as LINE's link token lives."""
ACCOUNT_LINK_PAGE = "https://access.line.me/dialog/bot/accountLink"
LONGEST_LINK_TOKEN = 200


class LinkState(StrEnum):
    NONE = "none"
    FRIEND = "friend"
    LINKING = "linking"
    LINKED = "linked"
    REFUSED = "refused"
    BLOCKED = "blocked"
    UNLINKED = "unlinked"


@dataclass(frozen=True, slots=True)
class LinkStatus:
    """`opens_at` is None once linking is open; `is_offered` False where the city has no LINE."""

    state: LinkState
    opens_at: datetime | None
    is_offered: bool


@dataclass(frozen=True, slots=True)
class FailedLink:
    """A linking that did not come about: `reason` is `refused` by LINE, or `late` where LINE never said anything."""

    account_id: int
    name: str
    address: str
    language: str
    at: datetime
    reason: str
    invited_at: datetime | None
