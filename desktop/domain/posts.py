"""Single mails that the system owes somebody, and what becomes of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from desktop.domain.claims import is_channels_fault
from desktop.domain.deliveries import MailKind, MailOutcome

LEASE = timedelta(minutes=2)
LARGEST_CLAIM = 10
KEPT_FOR = timedelta(days=30)
_DELAYS_MINUTES = (0.5, 1, 2, 5, 10, 15)


class Template(StrEnum):
    """What a single mail is about."""

    ACTIVATE = "activate"  # the link and code of a sign-up
    KNOWN_ALREADY = "known_already"  # a sign-up for an address that has an account
    RESET = "reset"  # the link and code for a new password
    NOT_KNOWN = "not_known"  # a new password was wanted for an address that has no account
    MANY_WRONG_CODES = "many_wrong_codes"  # to a school: many families typed a wrong registration code
    ACCEPTED = "accepted"  # a registration stands in the roster
    REFUSED = "refused"
    CHANGED = "changed"  # a change of a child's data stands in the roster
    WITHDRAWN = "withdrawn"  # a child is the guardian's no longer
    ASKED_BACK = "asked_back"  # something in it is to be put right by the guardian
    LINE_AGAIN = "line_again"  # linking LINE did not come about: how to start anew
    NOT_READ = "not_read"  # somebody answered a mail that nobody reads
    ADD_ADDRESS = "add_address"  # the link and code by which an address is confirmed
    CHANGE_LOGIN = "change_login"  # the same for another log-in ID
    LOGIN_CHANGED = "login_changed"  # to the old address and the new one
    CLOSED = "closed"  # somebody has left the portal
    GO_ON = "go_on"  # a registration was begun and not sent
    TRIAL = "trial"  # whether mail gets through to an address again
    PASSWORD_CHANGED = "password_changed"  # noqa: S105  no password: the news of one


class PostState(StrEnum):
    DUE = "due"
    SENT = "sent"
    FAILED = "failed"
    EXPIRED = "expired"
    TAKEN_BACK = "taken_back"


@dataclass(frozen=True, slots=True)
class Post:
    """One of them, leased to be sent. `link` and `code` are put in now; they stand nowhere."""

    id: int
    lease: str
    template: Template
    address: str
    language: str
    message_id: str
    attempts: int
    created_at: datetime
    useless_after: datetime
    parameters: Mapping[str, str]
    token_id: int | None = None
    link: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class PostVerdict:
    """What becomes of a post: its next state, and when it is tried again if that is `due`."""

    state: PostState
    reason: str
    again_at: datetime | None = None


def judge(post: Post, outcome: MailOutcome, now: datetime) -> PostVerdict:
    """At least once: what may or may not have arrived goes again, with the same Message-ID."""
    if outcome.kind is MailKind.ACCEPTED:
        return PostVerdict(PostState.SENT, "")
    if outcome.kind is MailKind.REFUSED and not is_channels_fault(outcome):
        return PostVerdict(PostState.FAILED, outcome.reason)
    delay = _DELAYS_MINUTES[min(max(post.attempts - 1, 0), len(_DELAYS_MINUTES) - 1)]
    again_at = now if outcome.kind is MailKind.NOT_SENT else now + timedelta(minutes=delay)
    if again_at >= post.useless_after:
        return PostVerdict(PostState.EXPIRED, outcome.reason)
    return PostVerdict(PostState.DUE, outcome.reason, again_at)
