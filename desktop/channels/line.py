"""LINE as a channel: one call, one outcome."""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from desktop.channels.line_answers import (
    Answer,
    NoAnswerError,
    as_error,
    of_silence,
    of_status,
    problems,
    raise_unless_ok,
)
from desktop.channels.proxy import DIRECT, proxy_for
from desktop.domain.deliveries import DeliveryError, LineCall, LineKind, LineOutcome, LineProblem, LineQuota
from desktop.domain.line import call_messages, recipients

if TYPE_CHECKING:
    from desktop.channels.line_client import LineClient

_IN_TO = re.compile(r"\bto\[(\d+)\]")
_IN_MESSAGES = re.compile(r"\bmessages\[\d+\]")


@dataclass(frozen=True, slots=True)
class LineSettings:
    """`api_url` may be plain http (a stand-in). `ca_file` replaces the system's certificate authorities.

    `proxy`: see `proxy_for`.
    """

    api_url: str
    token: str
    connect_seconds: float = 10
    read_seconds: float = 30
    ca_file: str = ""
    proxy: str = DIRECT


class LineChannel:
    """Implements `domain.deliveries.LineGateway`; threads may share it."""

    def __init__(self, settings: LineSettings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._made: LineClient | None = None

    def send(self, call: LineCall) -> LineOutcome:
        """One attempt. A second one with the same call sends the same bytes."""
        client = self._client()
        try:
            answer = client.send(call)
        except NoAnswerError as silence:
            return of_silence(silence)
        if answer.status == 429:
            return self._of_too_many(call, answer)
        if answer.status == 400:
            return self._of_rejected(call, answer)
        return of_status(answer)

    def validate(self, messages: Sequence[dict[str, object]]) -> tuple[LineProblem, ...]:
        """Costs nothing of the quota. Raises DeliveryError if LINE cannot be asked."""
        client = self._client()
        try:
            answer = client.validate(list(messages))
        except NoAnswerError as silence:
            raise as_error(of_silence(silence)) from silence
        if answer.status == 400:
            return problems(answer)
        raise_unless_ok(answer)
        return ()

    def quota(self) -> LineQuota:
        """Raises DeliveryError if LINE cannot be asked."""
        client = self._client()
        try:
            limit, used = client.quota(), client.consumption()
        except NoAnswerError as silence:
            raise as_error(of_silence(silence)) from silence
        raise_unless_ok(limit)
        raise_unless_ok(used)
        kind, value, total = limit.json.get("type"), limit.json.get("value"), used.json.get("totalUsage")
        if kind == "none" and isinstance(total, int):
            return LineQuota(None, total)
        if kind == "limited" and isinstance(value, int) and isinstance(total, int):
            return LineQuota(value, total)
        raise DeliveryError("bad_reply")

    def prepare(self) -> None:
        """Load the SDK. What is wrong with the settings is the first call's to say."""
        with suppress(DeliveryError):
            self._client()

    def close(self) -> None:
        with self._lock:
            if self._made is not None:
                self._made.close()

    def _client(self) -> LineClient:
        """The SDK is loaded by the first call. A token that no header can carry is refused here."""
        settings = self._settings
        if not settings.token or not settings.api_url:
            raise DeliveryError("not_configured", permanent=True)
        if not settings.token.isascii() or not settings.token.isprintable() or " " in settings.token:
            raise DeliveryError("unauthorized", permanent=True, detail="token")
        with self._lock:
            if self._made is None:
                from desktop.channels.line_client import LineClient  # noqa: PLC0415  the SDK: a second and 75 MB

                timeouts = (settings.connect_seconds, settings.read_seconds)
                proxy = proxy_for(settings.api_url, settings.proxy)
                self._made = LineClient(settings.api_url, settings.token, timeouts, settings.ca_file, proxy)
            return self._made

    def _of_too_many(self, call: LineCall, answer: Answer) -> LineOutcome:
        """LINE has one status for two things and asks not to go by its words, so the quota decides.

        The words count only under a plan with a limit, where LINE's own counting is approximate.
        """
        rate_limited = LineOutcome(
            LineKind.RATE_LIMITED,
            429,
            "rate_limited",
            answer.request_id,
            retry_after_seconds=answer.retry_after_seconds,
        )
        try:
            remaining = self.quota().remaining
        except DeliveryError:
            return rate_limited
        if remaining is not None and (remaining < len(recipients(call)) or "month" in answer.message.lower()):
            return LineOutcome(LineKind.QUOTA, 429, "quota", answer.request_id)
        return rate_limited

    def _of_rejected(self, call: LineCall, answer: Answer) -> LineOutcome:
        """Whose fault: the recipients' or the message's. Where LINE does not say, its validation does."""
        complaints = problems(answer)
        named = " ".join(f"{one.property} {one.text}" for one in complaints)
        bad = tuple(sorted({int(n) for n in _IN_TO.findall(named) if int(n) < len(recipients(call))}))
        if not bad and (_IN_MESSAGES.search(named) or not self._is_valid(call)):
            kind, reason = LineKind.REJECTED_MESSAGE, "bad_message"
        else:
            kind, reason = LineKind.REJECTED_RECIPIENTS, "bad_recipient"
            bad = bad or ((0,) if len(recipients(call)) == 1 else ())
        return LineOutcome(kind, 400, reason, answer.request_id, bad_recipients=bad, problems=complaints)

    def _is_valid(self, call: LineCall) -> bool:
        """True also when LINE cannot be asked: then splitting finds out."""
        try:
            return not self.validate(call_messages(call))
        except DeliveryError:
            return True
