"""What the desk shows of accounts that a text message made, and what staff decide about them (B16, B17)."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from desktop.domain.accounts import AccountState
from desktop.domain.errors import UserError
from desktop.domain.sms import ISSUE_LIFE, LONGEST_REASON, MOST_REISSUES, ReviewReason
from desktop.domain.sms_messages import MessageRow, ReplyShown

MOST_LISTED = 100_000
"""A list shows the newest; older ones are found by what is typed."""
LONGEST_NOTE = 200

FILTERS = (
    "all", "waiting", "day1", "day2", "day3", "reissued1", "reissued2", "reissued3", "locked", "verified",
    "unverified", "conflict", "mismatch", "closed",
)  # fmt: skip
"""`day1` … `day3`: how long ago the text with the password was sent; `reissued1` …: how many followed it by the
three-day rule. Closed accounts stand in `all` and `closed` alone."""


class Stage(StrEnum):
    """How far an account is. `SENDING`: its password has not left yet, so no time runs. `OVER`: its time ran out, and
    the next step follows in a moment. `OWN`: its owner has set a password.
    """

    SENDING = "sending"
    WAITING = "waiting"
    OVER = "over"
    OWN = "own"
    LOCKED = "locked"
    CLOSED = "closed"


class Document(StrEnum):
    """What somebody showed at a desk."""

    CCCD = "cccd"
    CMND = "cmnd"
    PASSPORT = "passport"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class AccountQuery:
    """`only` is one of FILTERS. `typed`: the beginning of a name or a phone number, or a whole ID."""

    only: str = "all"
    typed: str = ""

    @property
    def is_narrowed(self) -> bool:
        return self != AccountQuery()


@dataclass(frozen=True, slots=True)
class Timer:
    """Where an initial password stands in its 72 hours, and in the round of them."""

    reissues: int
    sent_at: datetime | None
    ends_at: datetime | None

    def left(self, now: datetime) -> timedelta | None:
        """None while nothing runs. Never less than nothing, and never more than 72 hours."""
        if self.sent_at is None or self.ends_at is None:
            return None
        return min(max(self.ends_at - now, timedelta()), ISSUE_LIFE)

    @property
    def is_last(self) -> bool:
        """What follows is no further password but the lock."""
        return self.reissues >= MOST_REISSUES


@dataclass(frozen=True, slots=True)
class AccountRow:
    """A line of the list. A closed account has no phone any more."""

    id: int
    name: str
    phone: str
    state: AccountState
    lock_reason: str
    timer: Timer
    own_password_at: datetime | None
    verified_at: datetime | None
    reviews: frozenset[ReviewReason] = frozenset()

    def stage(self, now: datetime) -> Stage:
        if self.state is not AccountState.ACTIVE:
            return Stage(self.state.value)
        if self.own_password_at is not None:
            return Stage.OWN
        left = self.timer.left(now)
        if left is None:
            return Stage.SENDING
        return Stage.WAITING if left else Stage.OVER


@dataclass(frozen=True, slots=True)
class Opening:
    """The top of a list with its rows; `whole` where that is all of it."""

    rows: tuple[AccountRow, ...]
    whole: bool


@dataclass(frozen=True, slots=True)
class Seen:
    """What an account looked like to whoever decides about it.

    That its text left meanwhile, or its owner logged in, changes nothing for them and is not among it.
    """

    phone: str
    state: str
    issue: int
    has_own_password: bool
    verified_at: datetime | None


@dataclass(frozen=True, slots=True)
class DeskCheck:
    """What was looked at before an account is called its owner's, or moves to another phone.

    `id_number`: the ID that the document shows, if it shows one; it is compared, and kept nowhere.
    """

    document: Document
    place: str
    note: str = ""
    id_number: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Verified:
    by: str
    at: datetime
    document: Document
    place: str
    note: str


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """Something that was done to an account. `who` is a staff member's name, or "" for its owner or the system."""

    at: datetime
    verb: str
    who: str
    kind: str
    details: dict[str, object]


@dataclass(frozen=True, slots=True)
class AccountReview:
    """Something about an account at which a person has to look."""

    id: int
    reason: ReviewReason
    times: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class AccountDetail:
    """One account with all that belongs to it. `id_shown` is the ID with all but its last digits hidden."""

    row: AccountRow
    seen: Seen
    plain_name: str
    network: str
    id_shown: str
    id_length: int
    birth_date: date
    issue: int
    made_at: datetime
    completed_at: datetime | None
    guardian_id: int | None
    lock_note: str
    verified: Verified | None
    reviews: tuple[AccountReview, ...]
    messages: tuple[MessageRow, ...]
    texts: tuple[ReplyShown, ...]
    history: tuple[HistoryEntry, ...]
    last_place: str
    """Where the person who asks checked somebody last."""


class ConflictKind(StrEnum):
    """`ID`: another phone used the account's ID. `PHONE`: the account's phone came with another ID. `MISMATCH`: what
    the ID says of its owner does not fit the date of birth.
    """

    ID = "id"
    PHONE = "phone"
    MISMATCH = "mismatch"


@dataclass(frozen=True, slots=True)
class ConflictRow:
    review_id: int
    kind: ConflictKind
    account_id: int
    name: str
    phone: str
    other_phone: str
    times: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Side:
    """One of two who may be the same. What is not known is "" or None."""

    name: str
    plain_name: str
    id_shown: str
    birth_date: date | None
    phone: str
    at: datetime
    verified: bool = False


@dataclass(frozen=True, slots=True)
class Conflict:
    """An account beside the message that wanted its ID or its phone. `other` is None for a MISMATCH, and where the
    text cannot be read any more; `id_year` is the year of birth that the account's ID names, if it names one.
    """

    row: ConflictRow
    message_id: int | None
    holder: Side
    seen: Seen
    other: Side | None
    same_id: bool
    id_year: int | None
    last_place: str

    @property
    def is_open(self) -> bool:
        """Whether there still is an account to decide about."""
        return self.seen.state != AccountState.CLOSED

    @property
    def may_move(self) -> bool:
        """Whether it may be one person with a new phone."""
        return self.row.kind is ConflictKind.ID and self.seen.state == AccountState.ACTIVE

    @property
    def may_replace(self) -> bool:
        """Whether the message can be decided once more, without this account."""
        return self.is_open and self.message_id is not None


def require_check(check: DeskCheck) -> None:
    """Raises UserError("sms.place") where nobody could tell later where it was, ("sms.note") for a note that is too
    long, or missing where the document is none of those named.
    """
    if not 0 < len(check.place.strip()) <= LONGEST_NOTE:
        raise UserError("sms.place")
    least = 1 if check.document is Document.OTHER else 0
    if not least <= len(check.note.strip()) <= LONGEST_NOTE:
        raise UserError("sms.note")


def require_reason(reason: str) -> str:
    """Raises UserError("sms.reason")."""
    said = reason.strip()
    if not 0 < len(said) <= LONGEST_REASON:
        raise UserError("sms.reason")
    return said
