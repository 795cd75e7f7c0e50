"""LINE for a practice database: the endpoints that a notice needs, as strict as documented, delivering nothing."""

import json
import re
import socket
import ssl
import threading
import uuid
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from desktop.domain.line import MAX_MESSAGES, MAX_RECIPIENTS, TEXT_LIMIT, USER_ID, utf16_units

PRACTICE_TOKEN = "practice"  # noqa: S105  it opens nothing
KEPT_CALLS = 500
MAX_BODY = 2 * 1024 * 1024
MESSAGE_TYPES = {"text", "template", "flex", "image", "sticker"}
_RETRY_KEY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_SEND = re.compile(r"/v2/bot/message/(push|multicast)")
_VALIDATE = re.compile(r"/v2/bot/message/validate/(push|multicast|reply|narrowcast|broadcast)")


@dataclass(frozen=True, slots=True)
class LineRequest:
    """One HTTP request; header names in small letters."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def retry_key(self) -> str:
        return self.headers.get("x-line-retry-key", "")

    @property
    def json(self) -> dict[str, Any]:
        """Empty if the body is no JSON object."""
        try:
            value = json.loads(self.body)
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}

    @property
    def to(self) -> list[str]:
        to = self.json.get("to")
        return to if isinstance(to, list) else [to] if isinstance(to, str) else []


@dataclass(frozen=True, slots=True)
class LineReply:
    """What goes back: `content` becomes JSON."""

    status: int
    content: Mapping[str, object] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def raw(self) -> bytes:
        """The whole answer in one piece: head and body apart cost 40 ms each by Nagle's algorithm."""
        body = json.dumps(self.content).encode()
        fixed = {"content-type": "application/json", "content-length": str(len(body))}
        lines = [f"{name}: {value}" for name, value in {**fixed, **self.headers}.items()]
        head = "\r\n".join([f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}", *lines])
        return head.encode("latin-1") + b"\r\n\r\n" + body


def complaint(message: str, *details: tuple[str, str]) -> dict[str, object]:
    """The body of LINE's 400s."""
    if not details:
        return {"message": message}
    return {"message": message, "details": [{"property": name, "message": words} for name, words in details]}


class LineStandIn:
    """Answers like LINE. `limit` is the month's quota (None: none); `blocked` people are sent to, but not counted."""

    def __init__(
        self, token: str = PRACTICE_TOKEN, limit: int | None = None, tls: ssl.SSLContext | None = None
    ) -> None:
        self.token = token
        self.limit = limit
        self.used = 0
        self.blocked: set[str] = set()
        self.counts: Counter[str] = Counter()
        self.calls: deque[LineRequest] = deque(maxlen=KEPT_CALLS)
        self._accepted: dict[str, str] = {}
        self._lock = threading.Lock()
        self._http = _HttpServer(self, tls)
        self._scheme = "https" if tls else "http"

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self._http.server_port}"

    def start(self) -> None:
        self._http.start()

    def stop(self) -> None:
        self._http.stop()

    def respond(self, request: LineRequest) -> tuple[bytes, bool]:
        """What goes back over the wire, and whether the connection stays open after it."""
        return self.answer(request).raw(), True

    def answer(self, request: LineRequest) -> LineReply:
        """The documented behaviour."""
        with self._lock:
            self.calls.append(request)
            reply = self._answer(request)
            self.counts[f"{request.path.rpartition('/')[2]} {reply.status}"] += 1
        request_id = str(uuid.uuid4())
        return LineReply(reply.status, reply.content, {"x-line-request-id": request_id, **reply.headers})

    def _answer(self, request: LineRequest) -> LineReply:
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return LineReply(401, complaint("Authentication failed. Confirm the access token."))
        if request.method == "GET":
            return self._answer_question(request.path)
        is_check = _VALIDATE.fullmatch(request.path) is not None
        if not is_check and not _SEND.fullmatch(request.path):
            return LineReply(404, complaint("Not found"))
        refusal = _of_form(request)
        if refusal is not None:
            return refusal
        return (_of_messages(request) or LineReply(200)) if is_check else self._send(request)

    def _answer_question(self, path: str) -> LineReply:
        if path == "/v2/bot/message/quota":
            limited = {"type": "limited", "value": self.limit}
            return LineReply(200, {"type": "none"} if self.limit is None else limited)
        if path == "/v2/bot/message/quota/consumption":
            return LineReply(200, {"totalUsage": self.used})
        return LineReply(404, complaint("Not found"))

    def _send(self, request: LineRequest) -> LineReply:
        key = request.retry_key
        if key and not _RETRY_KEY.fullmatch(key):
            return LineReply(400, complaint("The retry key is invalid"))
        if key in self._accepted:
            accepted = {"x-line-accepted-request-id": self._accepted[key]}
            return LineReply(409, complaint("The retry key is already accepted"), accepted)
        refusal = _of_recipients(request) or _of_messages(request)
        if refusal is not None:
            return refusal
        counted = len(set(request.to) - self.blocked)
        if self.limit is not None and self.used + counted > self.limit:
            return LineReply(429, complaint("You have reached your monthly limit."))
        self.used += counted
        request_id = str(uuid.uuid4())
        if key:
            self._accepted[key] = request_id
        sent = [{"id": str(uuid.uuid4().int)[:18]} for _ in request.json["messages"]]
        content = {"sentMessages": sent} if request.path.endswith("push") else {}
        return LineReply(200, content, {"x-line-request-id": request_id})


def _of_form(request: LineRequest) -> LineReply | None:
    if len(request.body) > MAX_BODY:
        return LineReply(413, complaint("Request entity too large"))
    if not request.headers.get("content-type", "").startswith("application/json"):
        return LineReply(415, complaint("Unsupported media type"))
    return None if request.json else LineReply(400, complaint("The request body could not be parsed as JSON"))


def _of_recipients(request: LineRequest) -> LineReply | None:
    to = request.json.get("to")
    if request.path.endswith("push"):
        is_right = isinstance(to, str) and USER_ID.fullmatch(to)
        return None if is_right else LineReply(400, complaint("The property, 'to', in the request body is invalid"))
    if not isinstance(to, list) or not 1 <= len(to) <= MAX_RECIPIENTS:
        details = ("to", f"Size must be between 1 and {MAX_RECIPIENTS}")
        return LineReply(400, complaint("The request body has 1 error(s)", details))
    for position, user_id in enumerate(to):
        if not isinstance(user_id, str) or not USER_ID.fullmatch(user_id):
            words = f"The property, to[{position}], in the request body is invalid"
            return LineReply(400, complaint(words))
    return None


def _of_messages(request: LineRequest) -> LineReply | None:
    messages = request.json.get("messages")
    if not isinstance(messages, list) or not 1 <= len(messages) <= MAX_MESSAGES:
        problems = [("messages", f"Size must be between 1 and {MAX_MESSAGES}")]
    else:
        problems = [found for n, message in enumerate(messages) for found in _of_message(f"messages[{n}]", message)]
    if not problems:
        return None
    return LineReply(400, complaint(f"The request body has {len(problems)} error(s)", *problems))


def _of_message(name: str, message: object) -> list[tuple[str, str]]:
    kind = message.get("type") if isinstance(message, dict) else None
    if not isinstance(message, dict) or kind not in MESSAGE_TYPES:
        return [(f"{name}.type", "Must be one of the known types")]
    if kind == "text":
        text = message.get("text")
        if not isinstance(text, str) or not text:
            return [(f"{name}.text", "May not be empty")]
        if utf16_units(text) > TEXT_LIMIT:
            return [(f"{name}.text", f"Length must be between 0 and {TEXT_LIMIT}")]
    if kind == "template" and not message.get("altText"):
        return [(f"{name}.altText", "May not be empty")]
    return []


class _HttpServer(ThreadingHTTPServer):
    """Knows its open connections, so that stopping ends them too."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, stand_in: LineStandIn, tls: ssl.SSLContext | None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_side=True)
        self.stand_in = stand_in
        self._open: dict[threading.Thread, socket.socket] = {}
        self._serving = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)

    def start(self) -> None:
        self._serving.start()

    def stop(self) -> None:
        if self._serving.is_alive():
            self.shutdown()
            self._serving.join(5)
        for thread, connected in list(self._open.items()):
            _shut(connected)
            thread.join(5)
        self.server_close()

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        self._open[threading.current_thread()] = request
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._open.pop(threading.current_thread(), None)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no error here."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _HttpServer

    def do_GET(self) -> None:
        self._respond(b"")

    def do_POST(self) -> None:
        self._respond(self.rfile.read(int(self.headers.get("content-length") or 0)))

    def do_PUT(self) -> None:
        self.do_POST()

    def do_DELETE(self) -> None:
        self.do_POST()

    def _respond(self, body: bytes) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        raw, stays_open = self.server.stand_in.respond(LineRequest(self.command, self.path, headers, body))
        self.wfile.write(raw)
        self.close_connection = self.close_connection or not stays_open

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  http.server's name
        """Nothing on the console."""


def _shut(connected: socket.socket) -> None:
    try:
        connected.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
