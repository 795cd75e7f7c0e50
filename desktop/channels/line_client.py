"""LINE's SDK and the HTTP beneath it. Imported by the first call only: it costs a second and 75 MB."""

import json
import logging
import ssl
import threading
from collections.abc import Callable
from typing import Any

import urllib3
from linebot.v3.messaging import (  # type: ignore[import-untyped]  # the SDK has no types of its own
    ApiClient,
    Configuration,
    MessagingApi,
    MulticastRequest,
    PushMessageRequest,
    ValidateMessageRequest,
)
from linebot.v3.messaging.exceptions import ApiException  # type: ignore[import-untyped]  # as above
from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    LocationValueError,
    NameResolutionError,
    NewConnectionError,
    ProxyError,
    ReadTimeoutError,
    SSLError,
)

from desktop.channels.line_answers import Answer, NoAnswerError
from desktop.domain.deliveries import LineCall
from desktop.domain.line import canonical_json

log = logging.getLogger(__name__)

_UNREAD = b"{}"  # what the SDK is given as body: it stumbles over anything unexpected, and its reading is not used


class LineClient:
    """The SDK's calls, answered by what really came back instead of by what the SDK makes of it."""

    def __init__(self, api_url: str, token: str, timeouts: tuple[float, float], ca_file: str, proxy: str = "") -> None:
        configuration = Configuration(host=api_url.rstrip("/"), access_token=token)
        self._timeouts = timeouts
        self._pool = _ProxyPool(ca_file, proxy) if proxy else _Pool(ca_file)
        self._api_client = ApiClient(configuration)
        self._api_client.rest_client.pool_manager = self._pool
        self._api = MessagingApi(self._api_client)

    def send(self, call: LineCall) -> Answer:
        """The stored call, character by character; ValueError if the SDK cannot express it (then nothing was sent)."""
        self._pool.expect(call.body)
        request = json.loads(call.body)
        options = {"x_line_retry_key": call.retry_key, "_request_timeout": self._timeouts}
        if call.method == "multicast":
            multicast = MulticastRequest.from_dict(request)
            return self._exchange(lambda: self._api.multicast_with_http_info(multicast, **options))
        push = PushMessageRequest.from_dict(request)
        return self._exchange(lambda: self._api.push_message_with_http_info(push, **options))

    def validate(self, messages: list[dict[str, object]]) -> Answer:
        self._pool.expect(canonical_json({"messages": messages}))
        request = ValidateMessageRequest.from_dict({"messages": messages})
        return self._exchange(lambda: self._api.validate_push_with_http_info(request, _request_timeout=self._timeouts))

    def quota(self) -> Answer:
        return self._exchange(lambda: self._api.get_message_quota_with_http_info(_request_timeout=self._timeouts))

    def consumption(self) -> Answer:
        return self._exchange(
            lambda: self._api.get_message_quota_consumption_with_http_info(_request_timeout=self._timeouts)
        )

    def close(self) -> None:
        self._pool.clear()

    def _exchange(self, ask: Callable[[], object]) -> Answer:
        self._pool.forget()
        try:
            ask()
        except HTTPError as error:
            raise _no_answer(error) from error
        except ApiException as error:
            if self._pool.answer is None:  # TLS broke within the conversation
                raise NoAnswerError("connection_lost", was_sent=True) from error
        except ValueError:
            if self._pool.answer is None:
                raise
        answer = self._pool.answer
        assert answer is not None
        return answer


class _Pool(urllib3.PoolManager):
    """Connections to LINE, without hidden retries or redirects.

    Each thread's last answer stays here, because the SDK keeps one for all threads and loses what it cannot parse.
    """

    def __init__(self, ca_file: str, **options: Any) -> None:
        super().__init__(
            num_pools=2, maxsize=8, retries=False, ca_certs=ca_file or None, cert_reqs=ssl.CERT_REQUIRED, **options
        )
        self.pool_classes_by_scheme = {"http": HTTPConnectionPool, "https": _HttpsPool}
        self._own = threading.local()

    @property
    def answer(self) -> Answer | None:
        found: Answer | None = getattr(self._own, "answer", None)
        return found

    def expect(self, body: str) -> None:
        """What this thread's next request must contain: the SDK drops what its models do not know."""
        self._own.expected = body

    def forget(self) -> None:
        self._own.answer = None

    def request(self, method: str, url: str, body: Any = None, **options: Any) -> Any:  # type: ignore[override]
        options.pop("fields", None)
        options["preload_content"] = False
        response = self.urlopen(method, url, body=self._checked(body), redirect=False, **options)
        data = _read_what_came(response)
        headers = {name.lower(): value for name, value in response.headers.items()}
        self._own.answer = Answer(response.status, headers, data)
        return urllib3.HTTPResponse(_UNREAD, {"content-type": "application/json"}, response.status)

    def _checked(self, body: str | bytes | None) -> bytes | None:
        if body is None or isinstance(body, bytes):  # a picture goes as it is
            return body
        written = canonical_json(json.loads(body))
        if written != self._own.expected:
            raise ValueError("the request would not be what was stored")
        return written.encode()


class _ProxyPool(_Pool, urllib3.ProxyManager):
    """The same through a proxy, which sees LINE's name but nothing of what is said: TLS goes through its tunnel."""

    def __init__(self, ca_file: str, proxy: str) -> None:
        at = urllib3.util.parse_url(proxy)
        headers = urllib3.make_headers(proxy_basic_auth=at.auth) if at.auth else None
        super().__init__(ca_file, proxy_url=at._replace(auth=None).url, proxy_headers=headers)


class _Connection(HTTPSConnection):
    """Tells a failed handshake (nothing was sent) from a connection that failed later."""

    def connect(self) -> None:
        try:
            super().connect()
        except (OSError, SSLError) as error:
            raise NewConnectionError(self, type(error).__name__) from error


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _Connection


def _read_what_came(response: Any) -> bytes:
    """The status line decides; a body that breaks off or cannot be unpacked changes nothing about it."""
    try:
        data: bytes = response.read()
    except (HTTPError, OSError) as error:
        log.debug("an answer of LINE broke off: %s", type(error).__name__)
        return b""
    return data


def _no_answer(error: HTTPError) -> NoAnswerError:
    if isinstance(error, LocationValueError):
        return NoAnswerError("wrong_url", was_sent=False)
    if isinstance(error, NameResolutionError):
        return NoAnswerError("unknown_host", was_sent=False)
    if isinstance(error, ProxyError):
        return _of_proxy(error.original_error)
    if isinstance(error, NewConnectionError):
        return NoAnswerError(_of_handshake(error.__cause__), was_sent=False)
    if isinstance(error, ConnectTimeoutError):
        return NoAnswerError("timeout", was_sent=False)
    return NoAnswerError("timeout" if isinstance(error, ReadTimeoutError) else "connection_lost", was_sent=True)


def _of_proxy(error: Exception) -> NoAnswerError:
    """urllib3 blames the proxy also where a connection broke that had been made: only a failure to make one counts."""
    if not isinstance(error, ConnectTimeoutError):
        return NoAnswerError("connection_lost", was_sent=True)
    reason = _of_handshake(error.__cause__) if isinstance(error, NewConnectionError) else "timeout"
    return NoAnswerError("proxy_down" if reason in {"server_down", "timeout"} else reason, was_sent=False)


def _of_handshake(cause: BaseException | None) -> str:
    if str(cause).startswith("Tunnel connection failed"):  # urllib3 has no kind of its own for it
        return "proxy_refused"
    if isinstance(cause, ssl.SSLCertVerificationError):
        return "certificate"
    if isinstance(cause, (ssl.SSLError, SSLError)):
        return "tls_failed"
    return "timeout" if isinstance(cause, TimeoutError) else "server_down"
