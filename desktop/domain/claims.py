"""What the worker holds while it sends, and the rules by which an outcome becomes a delivery's next state."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from desktop.domain.deliveries import LineCall, MailKind, MailOutcome, MailStage
from desktop.domain.notices import NoticeText

LEASE = timedelta(seconds=60)
GIVE_UP_AFTER = timedelta(hours=24)
"""How long a mail without a *useless after* is tried."""
FEWEST_ATTEMPTS = 6
"""Nor is it given up before it was tried this often: the day may have gone by while the mail server was down."""
NOT_CONFIGURED = "not_configured"
"""The reason of a channel that is switched off, or that nobody has set up."""
DO_NOT_CONTACT = "do_not_contact"
ADDRESS_CHANGED = "address_changed"
"""Reasons of what was cancelled because nobody may, or can, read it there any more."""
MAX_IN_DOUBT = 5
"""A server that takes mails and never says so gets each this often; then a person must decide."""
RETRY_KEY_LIFE = timedelta(hours=23)
"""LINE forgets a retry key after 24 h; from then on it would send again (FACTS A3)."""
MISSED_AFTER = timedelta(minutes=15)
SOON = timedelta(minutes=15)
"""So long before something is due the computer is kept awake for it."""

_DELAYS_MINUTES = (0.5, 1, 2, 5, 10, 15)
CHANNEL_IS_WRONG = frozenset({"sender_refused", "relay_denied", "auth_required", "server_refused"})
"""Refusals that are about us and not about a family: they stop the channel and fail nobody's delivery."""


class State(StrEnum):
    """States of a delivery (DESIGN "Sending" 11)."""

    DUE = "due"
    LEASED = "leased"
    ACCEPTED = "accepted"
    IN_DOUBT = "in_doubt"
    FAILED = "failed"
    BOUNCED = "bounced"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class NoticeMessage:
    """What a notice says, to be put into mails and LINE messages; it cannot change while it is sent.

    `kinds` are the kind's names by language; `sender` is the school, or the city where no school sends; Message-IDs of
    its mails name the sending `epoch` in which it set out and end with `mail_domain`.
    """

    id: int
    kinds: Mapping[str, str]
    texts: Mapping[str, NoticeText]
    sender: str
    sender_code: str
    phone: str
    email: str
    started_at: datetime
    mail_domain: str = ""
    epoch: int = 1


class MailJob(NamedTuple):
    """One claimed mail. `wanted_at` is when it came to be, or was last asked for again by staff.

    `useless_in_s` is what was left of its useful time when it was claimed; None: no end.
    """

    delivery_id: int
    notice_id: int
    address: str
    languages: str
    plain: bool
    attempts: int
    in_doubt_count: int
    wanted_at: datetime
    useless_in_s: float | None


@dataclass(frozen=True, slots=True)
class MailWish:
    """What a connection would send next: up to `limit` mails of a lane (None: of any)."""

    lane: str | None
    urgent: bool
    limit: int


@dataclass(frozen=True, slots=True)
class MailClaim:
    token: str
    jobs: tuple[MailJob, ...]


@dataclass(frozen=True, slots=True)
class LineJob:
    """One claimed call to LINE. `unknown`: an earlier attempt with its key ended without an answer."""

    token: str
    call_id: int
    call: LineCall
    notice_id: int
    unknown: bool
    attempts: int
    useless_in_s: float | None


@dataclass(frozen=True, slots=True)
class MailResult:
    """What came of one mail of a claim."""

    token: str
    job: MailJob
    outcome: MailOutcome


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a delivery becomes. `again_after` is set for DUE; `doubt`: the mail may have arrived nevertheless."""

    state: State
    reason: str | None = None
    again_after: timedelta | None = None
    attempted: bool = True
    doubt: bool = False


def retry_delay(attempts: int) -> timedelta:
    """How long to wait after so many attempts: 30 s, 1, 2, 5, 10, 15, 15 … minutes."""
    return timedelta(minutes=_DELAYS_MINUTES[min(max(attempts, 1), len(_DELAYS_MINUTES)) - 1])


def mail_verdict(job: MailJob, outcome: MailOutcome, now: datetime) -> Verdict:
    """Judge one attempt at a mail (DESIGN "Sending" 6)."""
    if outcome.kind is MailKind.ACCEPTED:
        return Verdict(State.ACCEPTED)
    if outcome.kind is MailKind.NOT_SENT or is_channels_fault(outcome):
        return Verdict(State.DUE, outcome.reason, timedelta(), attempted=False)
    if outcome.kind is MailKind.REFUSED:
        return Verdict(State.FAILED, outcome.reason)
    doubt = outcome.kind is MailKind.UNKNOWN
    in_doubt = job.in_doubt_count + doubt
    delay = retry_delay(job.attempts + 1)
    is_old = job.useless_in_s is None and now + delay > job.wanted_at + GIVE_UP_AFTER
    if (doubt and in_doubt >= MAX_IN_DOUBT) or (is_old and job.attempts + 1 >= FEWEST_ATTEMPTS):
        return Verdict(State.IN_DOUBT if in_doubt else State.FAILED, outcome.reason, doubt=doubt)
    return Verdict(State.DUE, outcome.reason, delay, doubt=doubt)


def is_channels_fault(outcome: MailOutcome) -> bool:
    """A refusal that every other mail would get as well: at MAIL nobody has been named yet."""
    is_ours = outcome.stage is MailStage.MAIL and outcome.reason != "too_big"
    return outcome.kind is MailKind.REFUSED and (is_ours or outcome.reason in CHANNEL_IS_WRONG)


def outcome_of_code(delivery_id: int, code: int) -> MailOutcome:
    """What a journal's `end` says: only the code of the reply to the final dot is known."""
    kind = MailKind.ACCEPTED if 200 <= code < 300 else MailKind.REFUSED if code >= 500 else MailKind.DEFERRED
    reason = {MailKind.ACCEPTED: "", MailKind.REFUSED: "content_refused", MailKind.DEFERRED: "try_later"}[kind]
    return MailOutcome(delivery_id, kind, MailStage.END_OF_DATA, code, reason)


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the worker must know about the rest of the world before it goes on.

    `due` holds what could be claimed now: (channel, lane, urgent). `stopped` are channels that stand still, with
    their reasons. `soon`: something is to be sent within SOON or is being sent. `may_send` is false for a database that
    was restored, copied or moved and not yet released.
    """

    may_send: bool
    sending: frozenset[int]
    due: frozenset[tuple[str, str, bool]]
    stopped: Mapping[str, str]
    to_begin: tuple[int, ...]
    expired_leases: bool
    leased: bool
    soon: bool


@dataclass(frozen=True, slots=True)
class Wait:
    """Something that does not go out now. `until` None: somebody must do something first.

    `notice_id` is None for texts to citizens (channel `sms`), which are of no notice.
    """

    notice_id: int | None
    reason: str
    count: int
    until: datetime | None
    channel: str | None = None


@dataclass(frozen=True, slots=True)
class IdleReport:
    """What is left when nothing can be sent now: held by a person's decision to make, or waiting for its time.

    A database that is not `released` sends nothing until an administrator has looked at it.
    """

    held: tuple[Wait, ...] = ()
    waiting: tuple[Wait, ...] = ()
    released: bool = True


@dataclass(frozen=True, slots=True)
class JournalFindings:
    """What a dead worker's journals say of the leases it still has: `ended` codes by (token, delivery)."""

    worker_uuid: str
    begun: frozenset[tuple[str, int]] = frozenset()
    ended: Mapping[tuple[str, int], int] = field(default_factory=dict)
