"""SMS gateways on loopback, as strict as documented: they check every call, and can be in several bad moods."""

import base64
import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from desktop.domain.sms import Gateway
from desktop.domain.sms_gateways import Access

USER, PASSWORD, KEY, BRAND, SHORT_CODE = "city", "gate & way", "invented sms key", "CHINHQUYEN", "8188"
MOODS = (
    "well", "silent", "failing", "nonsense", "cut", "huge", "slow", "dripping", "leading_away", "broke", "hanging_up",
)  # fmt: skip
"""`broke`: it refuses us; `slow`: a byte of the body now and then, for ever, `dripping`: of the head; `cut`: it ends
within its answer.
"""
_JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Taken:
    """A text that a phone got. `number` is what the gateway tells two texts apart by, where it does."""

    phone: str
    text: str
    number: str = ""


Told = tuple[int, str, bytes]


@dataclass
class SmsStandIn:
    """`taken` holds each text once, where the gateway knows a second attempt; `calls` counts them all."""

    gateway: Gateway
    mood: str = "well"
    key: str = KEY
    balance: int = 5000
    taken: list[Taken] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    calls: int = 0
    url: str = ""
    over: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def access(self, **changed: str) -> Access:
        """What the city knows of it."""
        known = {"url": self.url, "user": USER, "brand": BRAND, "short_code": SHORT_CODE, "networks": "",
                 "report_url": "", "key": self.key, "password": PASSWORD, **changed}  # fmt: skip
        return Access(**known)

    def answer(self, method: str, target: str, body: bytes) -> Told:
        with self._lock:
            self.calls += 1
            ways: Mapping[Gateway, Callable[[str, str, bytes], Told]] = {
                Gateway.KANNEL: self._kannel, Gateway.ESMS: self._esms, Gateway.VCOM: self._vcom,
            }  # fmt: skip
            return ways[self.gateway](method, target, body)

    def _kannel(self, method: str, target: str, body: bytes) -> Told:
        address = urlsplit(target)
        given = {name: values[0] for name, values in parse_qs(address.query, keep_blank_values=True).items()}
        if method != "GET" or address.path != "/cgi-bin/sendsms":
            return 404, "text/html", b"not here"
        if (given.get("username"), given.get("password")) != (USER, PASSWORD):
            return 403, "text/html", b"Authorization failed for sendsms"
        if not given.get("to"):
            return 400, "text/html", b"Missing receiver number, rejected"
        is_right = given["from"] == SHORT_CODE and given["charset"] == "UTF-8" and given["coding"] in "02"
        if "dlr-url" in given:
            is_right = is_right and given["dlr-mask"] == "19" and "%d" in given["dlr-url"] and self.key not in target
        self._expect(is_right, "sendsms")
        self.taken.append(Taken(given["to"], given["text"]))
        return 202, "text/html", b"0: Accepted for delivery"

    def _esms(self, method: str, target: str, body: bytes) -> Told:
        given = json.loads(body)
        if (given["ApiKey"], given["SecretKey"]) != (USER, PASSWORD):
            return 200, _JSON, b'{"CodeResult":"101","CodeResponse":"101","ErrorMessage":"Authorize Failed"}'
        if target == "/MainService.svc/json/GetBalance_json":
            return 200, _JSON, json.dumps({"Balance": self.balance, "CodeResponse": "100", "UserID": 1}).encode()
        is_right = method == "POST" and target == "/MainService.svc/json/SendMultipleMessage_V4_post_json/"
        self._expect(is_right and (given["SmsType"], given["Brandname"]) == ("2", BRAND), "eSMS")
        new = Taken(given["Phone"], given["Content"], given["RequestId"])
        if any(new.number == old.number for old in self.taken):
            return 200, _JSON, b'{"CodeResult":"124","ErrorMessage":"RequestId is exist"}'
        self.taken.append(new)
        return 200, _JSON, json.dumps({"CodeResult": "100", "SMSID": f"esms-{len(self.taken)}"}).encode()

    def _vcom(self, method: str, target: str, body: bytes) -> Told:
        if method == "GET":
            return 405, _JSON, b"{}"
        given: dict[str, Any] = json.loads(body)
        signed = f"{given['client_id']}{given['request_id']}{given['mt_code']}{self.key}{given['time']}"
        if given["checksum"] != base64.b64encode(hashlib.sha256(signed.encode()).digest()).decode():
            return 200, _JSON, b'{"errors":{"code":106,"status":"error","message":"wrong checksum"}}'
        is_right = target == "/api/v2/send-mt" and given["client_id"] == USER and len(given["mt_code"]) <= 50
        self._expect(is_right and given["service_id"] == SHORT_CODE and given["is_charged"] in (0, 1), "V-COM")
        new = Taken(given["request_id"], given["message"], given["mt_code"])
        if new in self.taken:
            return 200, _JSON, b'{"errors":{"code":104,"status":"error","message":"MT is duplicated"}}'
        self.taken.append(new)
        return 200, _JSON, b'{"data":{"code":200,"status":"success","message":"Thanks"}}'

    def _expect(self, is_right: bool, what: str) -> None:
        if not is_right:
            self.complaints.append(what)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    world: SmsStandIn

    def do_GET(self) -> None:
        self._go()

    def do_POST(self) -> None:
        self._go()

    def _go(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        world = self.world
        if world.mood == "hanging_up":
            self.close_connection = True
            return
        if world.mood == "silent":
            world.over.wait(60)
            self.close_connection = True
            return
        if world.mood == "dripping":
            self._drip()
            return
        if world.mood in ("cut", "huge", "slow"):  # it took the text first
            status, kind, content = world.answer(self.command, self.path, body)
            self._say(status, kind, content, world.mood)
            return
        moods: dict[str, Told] = {
            "failing": (500, "text/html", b"<h1>Internal error</h1>"),
            "nonsense": (200, "text/html", b"\xff\xfe<html>Welcome to the guest network"),
            "leading_away": (302, "text/html", b""),
            "broke": (403, "text/html", b"Authorization failed for sendsms"),
        }
        self._say(*(moods.get(world.mood) or world.answer(self.command, self.path, body)))

    def _drip(self) -> None:
        self.close_connection = True
        try:
            self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            while not self.world.over.wait(0.05):
                self.wfile.write(b"x")
        except OSError:
            pass

    def _say(self, status: int, kind: str, content: bytes, mood: str = "well") -> None:
        if mood == "huge":
            content += b" " * 50_000_000
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if status == 302:
            self.send_header("Location", "http://127.0.0.1:1/elsewhere")
        self.send_header("Content-Length", str(len(content) + (500 if mood in ("cut", "slow") else 0)))
        self.end_headers()
        try:
            self.wfile.write(content[: len(content) // 2] if mood == "cut" else content)
            while mood == "slow" and not self.world.over.wait(0.05):
                self.wfile.write(b" ")
        except OSError:
            pass
        self.close_connection = mood != "well"

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the base class's name
        """Tests look at what was taken."""


@contextmanager
def sms_gateway(gateway: Gateway) -> Iterator[SmsStandIn]:
    world = SmsStandIn(gateway)
    handler = type("Handler", (_Handler,), {"world": world})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    world.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), name="sms gateway")
    thread.start()
    try:
        yield world
    finally:
        world.over.set()
        server.shutdown()
        thread.join()
        server.server_close()


def longest(seconds: float) -> Callable[[], bool]:
    """Whether no more than this has gone by since."""
    began = time.monotonic()
    return lambda: time.monotonic() - began < seconds
