"""What LINE's answers and silences mean (developers.line.biz: Messaging API reference, "Status codes", "Retry")."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from desktop.domain.deliveries import DeliveryError, LineKind, LineOutcome, LineProblem

_USER_ID = re.compile(r"U[0-9a-f]{32}")
_SETTINGS_ARE_WRONG = {401: "unauthorized", 403: "forbidden", 404: "wrong_url", 405: "wrong_url"}
_SETTINGS_REASONS = ("certificate", "wrong_url", "unauthorized", "forbidden")
_WORDS_LENGTH = 200
_REQUEST_ID = re.compile(r"[!-~]{1,100}")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back over HTTP, header names in small letters. `body` is empty where it broke off after the head."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        """The body as a JSON object; empty if it is none."""
        try:
            value = json.loads(self.body)
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}

    @property
    def message(self) -> str:
        return _words(self.json.get("message"))

    @property
    def request_id(self) -> str:
        return self._id("x-line-request-id")

    @property
    def accepted_request_id(self) -> str:
        """Of the request that was accepted with this key before."""
        return self._id("x-line-accepted-request-id")

    def _id(self, header: str) -> str:
        """An id as LINE gives them; what a broken proxy makes of one is left out, it could not even be stored."""
        said = self.headers.get(header, "")
        return said if _REQUEST_ID.fullmatch(said) else ""

    @property
    def retry_after_seconds(self) -> float | None:
        said = self.headers.get("retry-after", "")
        return float(said) if said.isascii() and said.isdigit() else None


class NoAnswerError(Exception):
    """No status line came. `was_sent` is False only if the request certainly never left."""

    def __init__(self, reason: str, *, was_sent: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.was_sent = was_sent


def of_silence(silence: NoAnswerError) -> LineOutcome:
    if silence.was_sent:
        return LineOutcome(LineKind.UNKNOWN, reason=silence.reason)
    kind = LineKind.UNAUTHORIZED if silence.reason in _SETTINGS_REASONS else LineKind.UNAVAILABLE
    return LineOutcome(kind, reason=silence.reason)


def of_status(answer: Answer) -> LineOutcome:
    """Every status but 400 and 429, which need a second question.

    A 200 counts by its status line: whatever happened to the body, LINE had taken the messages.
    """
    status, request_id = answer.status, answer.request_id
    if 200 <= status < 300:
        return LineOutcome(LineKind.ACCEPTED, status, "", request_id)
    if status == 409:
        return LineOutcome(LineKind.ALREADY_ACCEPTED, status, "", request_id, answer.accepted_request_id)
    if status in _SETTINGS_ARE_WRONG or 300 <= status < 400:
        return LineOutcome(LineKind.UNAUTHORIZED, status, _SETTINGS_ARE_WRONG.get(status, "wrong_url"), request_id)
    if status >= 500:
        wait = answer.retry_after_seconds
        return LineOutcome(LineKind.UNKNOWN, status, "server_error", request_id, retry_after_seconds=wait)
    reason = "too_big" if status == 413 else "bad_message"
    return LineOutcome(LineKind.REJECTED_MESSAGE, status, reason, request_id, problems=problems(answer))


def problems(answer: Answer) -> tuple[LineProblem, ...]:
    """What a 400 complains of: its details, or its one message."""
    details = answer.json.get("details")
    found = [
        LineProblem(_words(detail.get("property")), _words(detail.get("message")))
        for detail in (details if isinstance(details, list) else [])
        if isinstance(detail, dict)
    ]
    return tuple(found) or (LineProblem("", answer.message),)


def as_error(outcome: LineOutcome) -> DeliveryError:
    """For questions, which have no outcome of their own."""
    return DeliveryError(outcome.reason, permanent=outcome.kind is LineKind.UNAUTHORIZED)


def raise_unless_ok(answer: Answer) -> None:
    if answer.status == 429:
        raise DeliveryError("rate_limited")
    if answer.status != 200:
        raise as_error(of_status(answer))


def _words(value: object) -> str:
    return _USER_ID.sub("U…", value)[:_WORDS_LENGTH] if isinstance(value, str) else ""
