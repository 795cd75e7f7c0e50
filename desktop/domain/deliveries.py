"""Messages on their way out, and what the other side said about them.

Reasons are short codes that stay the same for ever (they are stored); whoever shows one words it for the reader.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Protocol


class DeliveryError(Exception):
    """A channel could not be used at all. A permanent one stays so until somebody changes the settings.

    `detail` is the other side's own words, without addresses.
    """

    def __init__(self, reason: str, *, permanent: bool = False, detail: str = "") -> None:
        super().__init__(f"{reason} ({detail})" if detail else reason)
        self.reason = reason
        self.permanent = permanent
        self.detail = detail


class MailKind(StrEnum):
    """What became of one mail in one attempt."""

    ACCEPTED = "accepted"  # 250 after the final dot: the server has it
    REFUSED = "refused"  # 5yz: trying again changes nothing
    DEFERRED = "deferred"  # 4yz, or the connection broke before the final dot: try this mail again later
    UNKNOWN = "unknown"  # the final dot left and no reply came: the server may have it
    NOT_SENT = "not_sent"  # the server was never asked about it: send it over another connection, no attempt used


class MailStage(StrEnum):
    """Where in the conversation an outcome was decided; the same words mean other things at RCPT than after DATA."""

    CONNECT = "connect"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    END_OF_DATA = "end_of_data"


class OutgoingMail(NamedTuple):
    """One mail to one address. `address` is as typed (the channel quotes it).

    `data` and `shared`, one behind the other, are the complete mail, with CRLF. `shared` is what all copies of a notice
    end with, one object for all of them, so that the channel prepares it once; it begins with a line end.
    """

    delivery_id: int
    address: str
    envelope_from: str
    data: bytes
    shared: bytes = b""


class MailOutcome(NamedTuple):
    """`text` holds the server's words with addresses masked, where it did not just accept; `reason` is one of
    `domain.mail_replies.MAIL_REASONS`.

    A reason among its CHANNEL_REASONS is about us or our server, whatever the kind: it says nothing about the family.
    """

    delivery_id: int
    kind: MailKind
    stage: MailStage
    code: int | None = None
    reason: str = ""
    text: str = ""


class Journal(Protocol):
    """A connection's own record of the moments after which a mail may have arrived."""

    def begin(self, delivery_id: int) -> None:
        """Called before the final dot leaves; must have reached the file when it returns."""

    def end(self, delivery_id: int, code: int) -> None:
        """Called after the server's reply to the final dot; may wait for the next `begin` or `flush`."""

    def flush(self) -> None:
        """Called before any waiting for the server; what was told must have reached the file when it returns."""


class MailConnection(Protocol):
    """A kept connection to the mail server, used by one thread."""

    @property
    def alive(self) -> bool:
        """False once the server or the network ended it: close it and connect anew."""

    @property
    def room(self) -> int:
        """How many more mails this connection may carry (carriers limit them); 0: close it and connect anew."""

    def deliver(self, mails: Sequence[OutgoingMail], journal: Journal) -> Iterator[MailOutcome]:
        """Send the mails in order and yield one outcome for each as replies come in; never raises for a server.

        Abandoning the iterator closes the connection; what was begun by then stands in the journal.
        """

    def close(self) -> None:
        """Say QUIT if possible and hang up. May be called twice."""


class MailGateway(Protocol):
    """The mail server as it is set up."""

    def connect(self) -> MailConnection:
        """A new connection, signed in; raises DeliveryError."""


class LineKind(StrEnum):
    """What became of one call to LINE."""

    ACCEPTED = "accepted"
    ALREADY_ACCEPTED = "already_accepted"  # 409: an earlier attempt with this key was accepted; a success
    REJECTED_RECIPIENTS = "rejected_recipients"  # nobody got it; `bad_recipients` are to blame (empty: some of them)
    REJECTED_MESSAGE = "rejected_message"  # nobody got it, and nobody will: the message itself is wrong
    UNAUTHORIZED = "unauthorized"  # token, plan, address or certificate is wrong: stop the channel, tell staff
    RATE_LIMITED = "rate_limited"  # not accepted; wait and send again with the same key
    QUOTA = "quota"  # not accepted; the month's messages are used up: stop the channel, tell staff
    UNKNOWN = "unknown"  # it may have been accepted: only ever again with the same key and body, within 23 h
    UNAVAILABLE = "unavailable"  # the call never reached LINE: again later with the same key


@dataclass(frozen=True, slots=True)
class LineCall:
    """One call exactly as it is stored before the first attempt and repeated on every other.

    `body` is the request's JSON text (made by `domain.line.multicast_call` or `push_call`); these characters are sent.
    """

    retry_key: str
    method: str
    body: str


@dataclass(frozen=True, slots=True)
class LineProblem:
    """What LINE finds wrong: `property` such as "messages[0].text" ("" if LINE does not say), and its words."""

    property: str
    text: str


@dataclass(frozen=True, slots=True)
class LineOutcome:
    """`bad_recipients` are positions in the call's `to`."""

    kind: LineKind
    status: int | None = None
    reason: str = ""
    request_id: str = ""
    accepted_request_id: str = ""
    bad_recipients: tuple[int, ...] = ()
    problems: tuple[LineProblem, ...] = ()
    retry_after_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class LineQuota:
    """This month's messages. `limit` None: no limit. LINE calls `used` approximate."""

    limit: int | None
    used: int

    @property
    def remaining(self) -> int | None:
        return None if self.limit is None else max(0, self.limit - self.used)


class LineGateway(Protocol):
    """LINE as it is set up; may be shared by threads."""

    def send(self, call: LineCall) -> LineOutcome:
        """One attempt. Never raises for the network or for LINE; DeliveryError only if the channel is not set up."""

    def validate(self, messages: Sequence[dict[str, object]]) -> tuple[LineProblem, ...]:
        """What LINE would refuse about these messages; empty if nothing. Raises DeliveryError if it cannot be asked."""

    def quota(self) -> LineQuota:
        """Raises DeliveryError if it cannot be asked."""

    def prepare(self) -> None:
        """Load what the first call would have to wait for; it takes a second. Raises nothing for the settings."""

    def close(self) -> None:
        """Let go of the connections."""
