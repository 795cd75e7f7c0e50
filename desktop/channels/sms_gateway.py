"""An SMS gateway as a channel: one text, one call, one outcome."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, NamedTuple

from desktop.channels.proxy import proxy_for
from desktop.domain.deliveries import DeliveryError
from desktop.domain.sms_gateways import Request, SmsKind, SmsOutcome
from desktop.domain.sms_gateways.adapters import SENDERS

if TYPE_CHECKING:
    import requests

    from desktop.domain.sms import Gateway
    from desktop.domain.sms_gateways import Access, OutgoingSms

CONNECT_SECONDS = 5
READ_SECONDS = 10
LARGEST_ANSWER = 64 * 1024
_AT_A_TIME = 8 * 1024


class _Answer(NamedTuple):
    status: int
    body: bytes


class SmsChannel:
    """Implements `domain.sms_gateways.SmsGateway`; threads may share it, each call has a connection of its own.

    Nothing of a call is logged or put into an error: its address may hold a password.
    """

    def __init__(
        self, gateway: Gateway, access: Access, timeouts: tuple[float, float] = (CONNECT_SECONDS, READ_SECONDS)
    ) -> None:
        self._sender = SENDERS[gateway]
        self._access = access
        self._timeouts = timeouts

    def send(self, sms: OutgoingSms) -> SmsOutcome:
        """One attempt. A second one says the same."""
        request = self._sender.request(sms, self._access, datetime.now(UTC))
        if isinstance(request, SmsOutcome):
            return request
        answer = self._called(request)
        return answer if isinstance(answer, SmsOutcome) else self._sender.outcome(*answer)

    def check(self) -> bool:
        question = self._sender.question(self._access)
        answer = self._called(question or Request("GET", self._access.url))
        if question is None and not isinstance(answer, SmsOutcome):
            return False
        found = answer if isinstance(answer, SmsOutcome) else self._sender.finding(*answer)
        if found.kind is not SmsKind.ACCEPTED:
            raise DeliveryError(found.reason, permanent=found.kind is SmsKind.STOP)
        return True

    def close(self) -> None:
        """There is nothing to let go of."""

    def _called(self, request: Request) -> _Answer | SmsOutcome:
        """What came back, or what it means that nothing did."""
        connect_s, read_s = self._timeouts
        return _within(connect_s + 2 * read_s, lambda: self._exchanged(request))

    def _exchanged(self, request: Request) -> _Answer | SmsOutcome:
        import requests  # noqa: PLC0415 - only who sends texts needs it
        from requests.exceptions import RequestException  # noqa: PLC0415 - with it
        from urllib3.exceptions import HTTPError  # noqa: PLC0415 - with it: what it lets through

        with requests.Session() as session:
            session.trust_env = False
            try:
                response = session.request(
                    request.method,
                    request.url,
                    data=request.body or None,
                    headers=_headers(request),
                    timeout=self._timeouts,
                    allow_redirects=False,
                    proxies=_proxies(request.url),
                    stream=True,
                )
                return _Answer(response.status_code, _read(response, self._timeouts[1]))
            except (RequestException, HTTPError, ValueError) as error:
                return _of_silence(error)


def _within(seconds: float, ask: Callable[[], _Answer | SmsOutcome]) -> _Answer | SmsOutcome:
    """The timeouts of `requests` hold for each step. A name server that is silent and a gateway that says a byte now
    and then are given up as a whole; their thread ends with their connection, or with the process.
    """
    found: SimpleQueue[_Answer | SmsOutcome] = SimpleQueue()

    def run() -> None:
        try:
            found.put(ask())
        finally:
            found.put(SmsOutcome(SmsKind.UNKNOWN, "fault"))  # read only where a bug left nothing else

    Thread(target=run, name="sms-call", daemon=True).start()
    try:
        return found.get(timeout=seconds)
    except Empty:
        return SmsOutcome(SmsKind.UNKNOWN, "timeout")


def _headers(request: Request) -> dict[str, str]:
    fixed = {"Accept-Encoding": "identity", "Connection": "close", "User-Agent": "Renraku"}
    return {**fixed, "Content-Type": request.mimetype} if request.mimetype else fixed


def _proxies(url: str) -> dict[str, str]:
    proxy = proxy_for(url, "")
    return {"http": proxy, "https": proxy} if proxy else {}


def _read(response: requests.Response, seconds: float) -> bytes:
    """As much of a body as came in this time and is worth reading; the status line has said the most already."""
    from urllib3.exceptions import HTTPError  # noqa: PLC0415 - see SmsChannel._called

    until = time.monotonic() + seconds
    body = b""
    try:
        while len(body) < LARGEST_ANSWER and time.monotonic() < until:
            part = response.raw.read1(_AT_A_TIME)
            if not part:
                break
            body += part
    except (HTTPError, OSError, ValueError):
        pass
    return body


def _of_silence(error: Exception) -> SmsOutcome:
    """Whether a call can have been heard that got no answer."""
    from requests import exceptions as of_requests  # noqa: PLC0415 - see SmsChannel._called
    from urllib3 import exceptions as of_urllib3  # noqa: PLC0415 - with it

    cause = getattr(error.args[0], "reason", None) if error.args else None
    if isinstance(error, of_requests.SSLError):
        return SmsOutcome(SmsKind.STOP, "certificate")
    if isinstance(error, of_requests.ProxyError):
        return SmsOutcome(SmsKind.AGAIN, "proxy_down")
    if isinstance(error, of_requests.ConnectTimeout) or isinstance(cause, of_urllib3.NewConnectionError):
        return SmsOutcome(SmsKind.AGAIN, "unreachable")
    if isinstance(error, of_requests.ReadTimeout):
        return SmsOutcome(SmsKind.UNKNOWN, "timeout")
    if isinstance(error, of_requests.ConnectionError | of_requests.ChunkedEncodingError | of_urllib3.HTTPError):
        is_address = isinstance(error, of_urllib3.LocationValueError)
        return SmsOutcome(SmsKind.STOP, "wrong_url") if is_address else SmsOutcome(SmsKind.UNKNOWN, "connection_lost")
    is_address = isinstance(error, ValueError)  # all the ways in which an address cannot be called
    return SmsOutcome(SmsKind.STOP, "wrong_url") if is_address else SmsOutcome(SmsKind.UNKNOWN, "connection_lost")
