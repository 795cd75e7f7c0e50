"""LINE messages as JSON values, counted as LINE counts, and calls whose characters never change."""

import json
import re
from collections.abc import Collection, Sequence
from typing import Any

from desktop.domain.deliveries import LineCall
from desktop.domain.plain_text import clean_text

TEXT_LIMIT = 5000  # UTF-16 code units in a text message
ALT_TEXT_LIMIT = 400
BUTTONS_TEXT_LIMIT = 160
LABEL_LIMIT = 20
MAX_RECIPIENTS = 500
MAX_MESSAGES = 5
USER_ID = re.compile(r"U[0-9a-f]{32}")

Message = dict[str, object]


def utf16_units(text: str) -> int:
    """🍎 and 𠮷 count 2."""
    return len(text) + sum(character > "\uffff" for character in text)


def line_text(*parts: str) -> str:
    """The parts that say something, with a blank line between them."""
    return "\n\n".join(cleaned for part in parts if (cleaned := clean_text(part).strip("\n")))


def text_message(text: str) -> Message:
    """Raises ValueError for a text that LINE would refuse; `utf16_units` tells before."""
    cleaned = clean_text(text)
    if not cleaned.strip() or utf16_units(cleaned) > TEXT_LIMIT:
        raise ValueError(f"a LINE text has 1 to {TEXT_LIMIT} units")
    return {"type": "text", "text": cleaned}


def postback_action(label: str, data: str, display_text: str) -> Message:
    """A button that tells our webhook `data` and who pressed; `display_text` appears as what that person said."""
    return {"type": "postback", "label": label[:LABEL_LIMIT], "data": data, "displayText": display_text}


def link_action(label: str, url: str) -> Message:
    return {"type": "uri", "label": label[:LABEL_LIMIT], "uri": url}


def buttons_message(text: str, actions: Sequence[Message]) -> Message:
    """A bubble with 1 to 4 buttons; its text doubles as what the chat list shows."""
    cleaned = clean_text(text)[:BUTTONS_TEXT_LIMIT]
    template = {"type": "buttons", "text": cleaned, "actions": list(actions)}
    return {"type": "template", "altText": cleaned[:ALT_TEXT_LIMIT], "template": template}


def multicast_call(retry_key: str, user_ids: Sequence[str], messages: Sequence[Message]) -> LineCall:
    """One call to up to 500 different people. `retry_key` is a new UUID's text."""
    if not 1 <= len(user_ids) <= MAX_RECIPIENTS or len(set(user_ids)) != len(user_ids):
        raise ValueError(f"a multicast has 1 to {MAX_RECIPIENTS} different recipients")
    return LineCall(retry_key, "multicast", _body(list(user_ids), messages))


def push_call(retry_key: str, user_id: str, messages: Sequence[Message]) -> LineCall:
    """One call to one person: for personal texts, and to find out which of several is wrong."""
    return LineCall(retry_key, "push", _body(user_id, messages))


def recipients(call: LineCall) -> list[str]:
    """Whom a call is for, in the order that `LineOutcome.bad_recipients` counts."""
    to: str | list[str] = json.loads(call.body)["to"]
    return [to] if isinstance(to, str) else to


def call_messages(call: LineCall) -> list[Message]:
    found: list[Message] = json.loads(call.body)["messages"]
    return found


def split_recipients(user_ids: Sequence[str], bad: Collection[int]) -> list[list[str]]:
    """The groups to try (with new keys) after LINE rejected some of these ids; a single unnamed one has none."""
    if bad:
        good = [user_id for position, user_id in enumerate(user_ids) if position not in bad]
        return [good] if good else []
    if len(user_ids) < 2:
        return []
    middle = len(user_ids) // 2
    return [list(user_ids[:middle]), list(user_ids[middle:])]


def canonical_json(value: Any) -> str:
    """One way only to write a JSON value, whatever wrote it and whatever version did."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _body(to: str | list[str], messages: Sequence[Message]) -> str:
    if not 1 <= len(messages) <= MAX_MESSAGES:
        raise ValueError(f"a call has 1 to {MAX_MESSAGES} messages")
    return canonical_json({"to": to, "messages": list(messages), "notificationDisabled": False})
