"""What the screens show of text messages that came in: lists, one message with all that belongs to it, days."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from desktop.domain.errors import UserError
from desktop.domain.sms import MessageState, ReviewReason, Rule, Template
from desktop.domain.sms_reading import Field

MOST_LISTED = 100_000
"""A list shows the newest; older ones are found by day or by what is typed."""
MOST_COUNTED = 10_000
"""Beyond that a filter says only that there are more."""
MOST_PARTS = 10
"""A text by hand that is longer is no text message any more."""

FILTERS: Mapping[str, tuple[frozenset[MessageState], Rule | None]] = {
    "all": (frozenset(), None),
    "waiting": (frozenset({MessageState.WAITING, MessageState.READ}), None),
    "answered": (frozenset({MessageState.ANSWERED}), None),
    "account": (frozenset(), Rule.ACCOUNT),
    "syntax": (frozenset(), Rule.SYNTAX),
    "id_taken": (frozenset(), Rule.ID_TAKEN),
    "phone_taken": (frozenset(), Rule.PHONE_TAKEN),
    "pilot": (frozenset(), Rule.PILOT),
    "duplicate": (frozenset({MessageState.DUPLICATE}), None),
    "held": (frozenset({MessageState.HELD}), None),
    "gateway_error": (frozenset({MessageState.GATEWAY_ERROR}), None),
}
"""Which states, or which rule, each filter of the list means. `review` (a person has to look) is one more."""


@dataclass(frozen=True, slots=True)
class MessageQuery:
    """What a list shows. `only` is a filter or a rule; `first` and `last` are days of the city, both included.

    `typed`: the beginning of a phone number, a whole ID, or the beginning of an account's name.
    """

    only: str = "all"
    typed: str = ""
    first: date | None = None
    last: date | None = None
    account_id: int | None = None

    @property
    def is_narrowed(self) -> bool:
        return self != MessageQuery()


@dataclass(frozen=True, slots=True)
class MessageRow:
    """A line of the list. `text` has its ID masked; None where it was sealed with another key."""

    id: int
    sender: str
    network: str
    text: str | None
    state: MessageState
    rule: Rule | None
    received_at: datetime
    to_review: bool


@dataclass(frozen=True, slots=True)
class Opening:
    """The top of a list with its rows; `whole` where that is all of it."""

    rows: tuple[MessageRow, ...]
    whole: bool


@dataclass(frozen=True, slots=True)
class ReplyShown:
    """A text that went, or goes, out. `text` is as people may see it: MK ••••; None where it cannot be unsealed.

    `length`, `encoding` and `parts` are those of the text that leaves. `cost` in đồng, known once it is sent.
    """

    id: int
    template: Template
    text: str | None
    length: int
    encoding: str
    parts: int
    state: str
    reason: str
    cost: int
    created_at: datetime
    sent_at: datetime | None
    written_by: str


@dataclass(frozen=True, slots=True)
class AccountShown:
    """The account that a message made, or that stood in its way."""

    id: int
    name: str
    login: str
    state: str
    lock_reason: str
    id_last3: str
    issue: int
    reissues: int
    issue_sent_at: datetime | None
    issue_expires_at: datetime | None
    own_password_at: datetime | None
    verified_at: datetime | None
    made_here: bool


@dataclass(frozen=True, slots=True)
class Paid:
    """What a number has sent, and what that cost its owner, in đồng (B13). `each`: what one costs now."""

    messages: int
    total: int
    each: int
    since: datetime


@dataclass(frozen=True, slots=True)
class OpenReview:
    id: int
    reason: ReviewReason
    times: int
    opened_at: datetime
    last_at: datetime
    message_id: int | None = None
    account_id: int | None = None


@dataclass(frozen=True, slots=True)
class MessageDetail:
    """One message. `fields` point into `text`: what came in, or what staff made of it; the ID is masked in all of it.

    `text` is None where it was sealed with another key. `came_as` is what came in, where staff corrected it.
    """

    row: MessageRow
    gateway: str
    recipient: str
    sent_at: datetime
    fee: int
    version: int
    text: str | None
    came_as: str
    fields: tuple[Field, ...]
    problem: str
    duplicate_of: int | None
    replies: tuple[ReplyShown, ...]
    account: AccountShown | None
    paid: Paid
    blocked: str | None
    reviews: tuple[OpenReview, ...]
    contact: str
    """Whom citizens may ask about it (B15)."""


@dataclass(frozen=True, slots=True)
class WholeMessage:
    """What only those who may correct it see."""

    text: str
    version: int


@dataclass(frozen=True, slots=True)
class Day:
    """What came in on one day: by rule, and what is not decided yet under None."""

    day: date
    by_rule: Mapping[Rule | None, int] = field(default_factory=dict)

    @property
    def received(self) -> int:
        return sum(self.by_rule.values())


def check_answer(text: str, parts: int) -> str:
    """What keeps a text by hand from leaving: `empty`, `control`, `long`; "" for nothing."""
    if not text.strip():
        return "empty"
    if any(not (letter.isprintable() or letter == "\n") for letter in text):
        return "control"
    return "long" if parts > MOST_PARTS else ""


def require_answer(text: str, parts: int) -> None:
    """Raises UserError("sms.answer_empty"), ("sms.answer_control") or ("sms.answer_long")."""
    match check_answer(text, parts):
        case "empty":
            raise UserError("sms.answer_empty")
        case "control":
            raise UserError("sms.answer_control")
        case "long":
            raise UserError("sms.answer_long", most=MOST_PARTS)
