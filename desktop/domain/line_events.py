"""What LINE tells our webhook (FACTS A5, A6), read so that nothing it may send can hurt, and what is owed in answer."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from desktop.domain.deliveries import LineKind, LineOutcome
from desktop.domain.errors import UserError
from desktop.domain.line import USER_ID
from desktop.domain.plain_text import clean_text

LARGEST_BODY = 4 * 1024 * 1024
LARGEST_CLAIM = 50
LEASE = timedelta(minutes=2)
KEPT_FOR = timedelta(days=7)
"""How long an event that is dealt with stays, so that it is known when it is delivered again."""
LONGEST_WORDS = 2000

MENU_LABEL = "市民ポータルサイトLINE連携"
"""What the menu of the city's account says (A31–A34); it is written like that, whatever the reader's language."""
LINK_DATA = "line=link"
UNLINK_DATA = "line=unlink"
UNLINK_SURELY_DATA = "line=unlink-surely"

REPLY_TOKEN_GOOD_FOR = timedelta(seconds=50)
REPLY_TOKEN_LAST = timedelta(minutes=19)
"""LINE allows a minute from the delivery, and for one delivered again twenty minutes from the event; less a little."""
_DELAYS_S = (1, 3, 8, 15, 30, 60, 120, 300)


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event as it is kept. `at` None: LINE gave no time that could be one."""

    event_id: str
    user_id: str | None
    kind: str
    at: datetime | None
    body: str


def signature_fits(secret: str, raw: bytes, signature: str | None) -> bool:
    """Whether LINE signed exactly these bytes; takes the same time wherever a wrong one differs."""
    expected = base64.b64encode(hmac.new(secret.encode(), raw, hashlib.sha256).digest())
    return hmac.compare_digest(expected, (signature or "").strip().encode("utf-8", "replace"))


def read_body(raw: bytes) -> list[NewEvent]:
    """Each event of a delivery, the same one twice only once; LINE's verification has none.

    Raises UserError("line.nonsense") for what is no delivery at all: it is refused, so that LINE's statistics show it.
    """
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise UserError("line.nonsense") from error
    events = body.get("events") if isinstance(body, dict) else None
    if not isinstance(events, list):
        raise UserError("line.nonsense")
    found = [_new_event(event) for event in events]
    return list({event.event_id: event for event in found}.values())


def _new_event(event: object) -> NewEvent:
    values: Mapping[str, Any] = event if isinstance(event, dict) else {}
    body = json.dumps(event, sort_keys=True)
    said = values.get("webhookEventId")
    is_id = isinstance(said, str) and 0 < len(said) <= 100 and said.isascii() and said.isprintable()
    kind = values.get("type")
    return NewEvent(
        str(said) if is_id else f"sha256:{hashlib.sha256(body.encode()).hexdigest()}",
        _user_of(values),
        kind if isinstance(kind, str) and kind.isascii() and kind.isalpha() and len(kind) <= 40 else "unknown",
        _moment(values.get("timestamp")),
        body,
    )


def _user_of(event: Mapping[str, Any]) -> str | None:
    """The person an event is of; groups and rooms are nobody."""
    source = event.get("source")
    user_id = source.get("userId") if isinstance(source, dict) and source.get("type", "user") == "user" else None
    return user_id if isinstance(user_id, str) and USER_ID.fullmatch(user_id) else None


def _moment(milliseconds: object) -> datetime | None:
    if not isinstance(milliseconds, int) or not 0 < milliseconds < 32_503_680_000_000:
        return None
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


class Happening(StrEnum):
    """What an event is about, as far as we care."""

    FOLLOWED = "followed"
    UNFOLLOWED = "unfollowed"
    ASKED_FOR_LINK = "asked_for_link"
    ASKED_TO_UNLINK = "asked_to_unlink"
    UNLINKED = "unlinked"
    LINKED = "linked"
    LINK_FAILED = "link_failed"
    SAID = "said"
    TOOK_BACK = "took_back"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Told:
    """An event, understood. `said` is the kind of message; `message_ref` is LINE's name for it."""

    happening: Happening
    reply_token: str = ""
    nonce: str = ""
    said: str = ""
    words: str = ""
    message_ref: str = ""
    may_answer: bool = True


_SAID = {"text": "text", "image": "picture", "sticker": "sticker", "video": "video", "audio": "voice", "file": "file"}
_POSTBACKS = {
    LINK_DATA: Happening.ASKED_FOR_LINK,
    MENU_LABEL: Happening.ASKED_FOR_LINK,
    UNLINK_DATA: Happening.ASKED_TO_UNLINK,
    UNLINK_SURELY_DATA: Happening.UNLINKED,
}


def understand(body: str) -> Told:
    """What a kept event means; whatever is not known is OTHER, because LINE adds kinds at any time."""
    event = json.loads(body)
    if not isinstance(event, dict):
        return Told(Happening.OTHER)
    token = event.get("replyToken")
    common: dict[str, Any] = {
        "reply_token": token if isinstance(token, str) and token.isascii() and len(token) <= 200 else "",
        "may_answer": event.get("mode", "active") == "active",
    }
    kind = event.get("type")
    read = _READERS.get(kind) if isinstance(kind, str) else None
    return read(event, common) if read is not None else Told(Happening.OTHER, **common)


def _postback(event: Mapping[str, Any], common: dict[str, Any]) -> Told:
    return Told(_POSTBACKS.get(_text(_part(event, "postback").get("data")), Happening.OTHER), **common)


def _unsent(event: Mapping[str, Any], common: dict[str, Any]) -> Told:
    return Told(Happening.TOOK_BACK, message_ref=_text(_part(event, "unsend").get("messageId")), **common)


def _part(event: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = event.get(name)
    return part if isinstance(part, dict) else {}


def _linked(event: Mapping[str, Any], common: dict[str, Any]) -> Told:
    link = _part(event, "link")
    happening = {"ok": Happening.LINKED, "failed": Happening.LINK_FAILED}.get(_text(link.get("result")))
    return Told(happening or Happening.OTHER, nonce=_text(link.get("nonce")), **common)


def _said(event: Mapping[str, Any], common: dict[str, Any]) -> Told:
    message = _part(event, "message")
    words = _text(message.get("text")) or _text(message.get("fileName"))
    if words.strip() == MENU_LABEL:
        return Told(Happening.ASKED_FOR_LINK, **common)
    said = _SAID.get(_text(message.get("type")), "other")
    return Told(Happening.SAID, said=said, words=words, message_ref=_text(message.get("id")), **common)


def _text(value: object) -> str:
    return clean_text(value)[:LONGEST_WORDS] if isinstance(value, str) else ""


_READERS: Mapping[str, Callable[[Mapping[str, Any], dict[str, Any]], Told]] = {
    "follow": lambda _event, common: Told(Happening.FOLLOWED, **common),
    "unfollow": lambda _event, common: Told(Happening.UNFOLLOWED, **common),
    "postback": _postback,
    "accountLink": _linked,
    "message": _said,
    "unsend": _unsent,
}


class Answer(StrEnum):
    """What somebody is answered."""

    GREETING = "greeting"
    LINK = "link"
    NOT_OPEN = "not_open"
    LINKED = "linked"
    LINK_LATE = "link_late"
    UNLINK = "unlink"
    UNLINKED = "unlinked"
    NOT_LINKED = "not_linked"
    NOT_READ = "not_read"


_USEFUL_FOR = {Answer.NOT_READ: timedelta(hours=12), Answer.GREETING: timedelta(minutes=10)}
_USEFUL_OTHERWISE = timedelta(minutes=30)
BY_REPLY_ALONE = frozenset({Answer.GREETING})
"""Not worth a message of the month's quota once the free reply is lost."""


class EventState(StrEnum):
    WAITING = "waiting"
    ANSWERING = "answering"
    DONE = "done"
    IGNORED = "ignored"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class OpenEvent:
    """An event leased to a worker: to be taken in, or to be answered."""

    id: int
    lease: str
    state: EventState
    user_id: str | None
    at: datetime
    received_at: datetime
    body: str
    answer: Answer | None
    attempts: int
    unsure: bool
    retry_key: str | None
    call_body: str | None

    def useless_at(self) -> datetime:
        """An answer that comes later helps nobody."""
        return self.received_at + _USEFUL_FOR.get(self.answer or Answer.LINK, _USEFUL_OTHERWISE)

    def may_reply(self, told: Told, now: datetime) -> bool:
        """Whether the reply token is still good; a call that was begun is gone on with."""
        fresh = now - self.received_at < REPLY_TOKEN_GOOD_FOR and now - self.at < REPLY_TOKEN_LAST
        return bool(told.reply_token) and self.retry_key is None and fresh


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of an answer: `push` says that the reply token is spent without having brought it."""

    state: EventState
    reason: str
    again_at: datetime | None = None
    unsure: bool = False
    push: bool = False


def judge(event: OpenEvent, outcome: LineOutcome, now: datetime) -> Verdict:
    """A reply that may have arrived is tried again by the same token, of which LINE takes one use only."""
    if outcome.kind in (LineKind.ACCEPTED, LineKind.ALREADY_ACCEPTED):
        return Verdict(EventState.DONE, "")
    if outcome.reason == "reply_token":
        if event.unsure:
            return Verdict(EventState.DONE, "")
        return _again(event, outcome, now, push=True)
    if outcome.kind in (LineKind.REJECTED_MESSAGE, LineKind.REJECTED_RECIPIENTS):
        return Verdict(EventState.FAILED, outcome.reason)
    return _again(event, outcome, now, unsure=event.unsure or outcome.kind is LineKind.UNKNOWN)


def delay_of(attempts: int) -> timedelta:
    """How long to wait before the next attempt."""
    return timedelta(seconds=_DELAYS_S[min(attempts, len(_DELAYS_S) - 1)])


def _again(
    event: OpenEvent, outcome: LineOutcome, now: datetime, *, unsure: bool = False, push: bool = False
) -> Verdict:
    delay = timedelta() if push else delay_of(event.attempts)
    if outcome.retry_after_seconds is not None:
        delay = max(delay, min(timedelta(seconds=outcome.retry_after_seconds), timedelta(minutes=10)))
    if now + delay >= event.useless_at():
        return Verdict(EventState.FAILED, outcome.reason, unsure=unsure)
    return Verdict(EventState.ANSWERING, outcome.reason, now + delay, unsure, push)
