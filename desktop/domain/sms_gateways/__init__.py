"""What the SMS gateways share: a call as it comes in, the message in it, the answer, a text that goes out.

Each gateway has one `Adapter` beside this file. None of them does any I/O, and nothing that comes in makes one raise
anything but UserError.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal, Protocol

from desktop.domain.sms import Gateway

OLDEST = timedelta(hours=24)
"""A message that says it is older is a recording of a call, played again."""
FROM_THE_FUTURE = timedelta(minutes=15)
"""How far a gateway's clock may be ahead of ours."""


@dataclass(frozen=True, slots=True)
class Access:
    """What the city and its gateway agreed on. `report_url`: where it tells what became of a text; empty: nowhere."""

    url: str
    user: str
    brand: str
    short_code: str
    networks: str
    report_url: str
    key: str = field(repr=False)
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class InboundCall:
    """A request of a gateway as it came, nothing of it checked. `address`: who called."""

    gateway: Gateway
    query: bytes = field(default=b"", repr=False)
    body: bytes = field(default=b"", repr=False)
    address: str = ""


@dataclass(frozen=True, slots=True)
class Inbound:
    """A message that its gateway really handed over.

    `sender` is the phone in its national form; where it is no phone, what the gateway gave (`is_mobile` is false then,
    as for whatever else no text can be sent to). `note`: what had to be guessed (`charset`, `time`), for the log.
    """

    gateway: Gateway
    gateway_id: str
    sender: str = field(repr=False)
    is_mobile: bool
    recipient: str
    text: str = field(repr=False)
    sent_at: datetime
    note: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back to the gateway. `reply_id`: the reply whose text is in it."""

    body: bytes = field(default=b"", repr=False)
    mimetype: str = "text/plain; charset=utf-8"
    status: int = 200
    reply_id: int | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a text that the gateway took."""

    reply_id: int
    is_delivered: bool


@dataclass(frozen=True, slots=True)
class OutgoingSms:
    """A text ready to go. `phone` is national; `mo_id` is the gateway's id of the message that it answers, or of the
    last one of its reader.
    """

    reply_id: int
    phone: str = field(repr=False)
    text: str = field(repr=False)
    encoding: Literal["gsm7", "ucs2"]
    parts: int = 1
    mo_id: str = ""


class SmsKind(StrEnum):
    """What became of one text in one attempt."""

    ACCEPTED = "accepted"
    AGAIN = "again"  # not taken, and it may be another time
    REFUSED = "refused"  # not taken, and this text never will be
    STOP = "stop"  # not taken, nor is any other until somebody changes the settings
    UNKNOWN = "unknown"  # it may have been taken: no answer came, or none that means anything


@dataclass(frozen=True, slots=True)
class SmsOutcome:
    """`reason` is a short code that stays the same for ever; `ref` is what the gateway calls the text."""

    kind: SmsKind
    reason: str = ""
    ref: str = ""


class SmsGateway(Protocol):
    """Sends texts. Raises DeliveryError only where the settings cannot work; threads may share it."""

    def send(self, sms: OutgoingSms) -> SmsOutcome: ...

    def check(self) -> bool:
        """Ask whether we would be let in, without sending; False where this gateway cannot be asked more than whether
        it answers. Raises DeliveryError.
        """
        ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Request:
    """A call to a gateway. It holds passwords and texts, so nobody logs any of it."""

    method: Literal["GET", "POST"]
    url: str = field(repr=False)
    body: bytes = field(default=b"", repr=False)
    mimetype: str = ""


class Adapter(Protocol):
    """How one gateway hands messages over. `replies_in_answer`: the reply to one is the answer to its call."""

    @property
    def replies_in_answer(self) -> bool: ...

    def parse(self, call: InboundCall, access: Access, now: datetime) -> Inbound:
        """Raises UserError("sms.network"), ("sms.no_key") where we have none to compare, ("sms.signature"),
        ("sms.nonsense") and ("sms.too_old").
        """
        ...

    def answer(self, inbound: Inbound, text: str = "") -> Answer:
        """It is kept. `text` goes to the phone where the gateway replies by the answer; empty: nothing does."""
        ...

    def refuse(self, code: str) -> Answer:
        """It is not kept. Whether the gateway brings it again depends on whether that could help."""
        ...


class Sender(Protocol):
    """How one gateway takes texts, over HTTP."""

    def request(self, sms: OutgoingSms, access: Access, now: datetime) -> Request | SmsOutcome:
        """An outcome where this text could not even be asked for."""
        ...

    def outcome(self, status: int, body: bytes) -> SmsOutcome: ...

    def question(self, access: Access) -> Request | None:
        """Asks whether we would be let in; None: this gateway takes no question."""
        ...

    def finding(self, status: int, body: bytes) -> SmsOutcome:
        """What the answer to the question says: accepted, or why nothing would be."""
        ...
