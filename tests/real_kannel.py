"""Kannel itself: bearerbox and smsbox with the configuration that Renraku brings, and phones (fakesmsc) before it."""

import re
import socket
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote_to_bytes

from tests.command_line import ROOT

FAKESMSC = "/usr/lib/kannel/test/fakesmsc"
PATIENCE_S = 60
_EXAMPLE = ROOT / "resources" / "sms" / "kannel.conf.example"
_GOT = re.compile(r"Got message \d+: <8188 (\d+) (\S+) (.*)>")


def wait_until(condition: Callable[[], object], what: str) -> None:
    until = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < until, f"waited in vain for {what}"
        time.sleep(0.05)


class Kannel:
    """`with kannel(…) as found:` runs it; `url` is where texts are handed over."""

    def __init__(self, folder: Path, portal: str, key: str, password: str) -> None:
        self._ports = free_ports(4)
        self._conf = folder / "kannel.conf"
        self._conf.write_text(self._written(folder, portal, key, password), encoding="utf-8")
        self._log = (folder / "kannel.log").open("ab")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._ports[2]}"

    def start(self) -> list["subprocess.Popen[bytes]"]:
        admin = self._ports[0]
        bearerbox = self._box("bearerbox")
        wait_until(lambda: _status(admin), "bearerbox")
        smsbox = self._box("smsbox")
        wait_until(lambda: b"smsbox" in _status(admin), "smsbox")
        return [smsbox, bearerbox]

    @contextmanager
    def phone(self, *message: str) -> Iterator["Phone"]:
        """One phone that sends this, in fakesmsc's words, and then gets texts; the fake centre takes one at a time."""
        process = subprocess.Popen(
            [FAKESMSC, "-H", "127.0.0.1", "-r", str(self._ports[3]), "-i", "0.1", "-m", "1", " ".join(message)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
        )
        phone = Phone(process)
        try:
            wait_until(lambda: phone.has_sent, "the phone to send")
            yield phone
        finally:
            process.terminate()
            phone.end()

    def close(self) -> None:
        self._log.close()

    def _box(self, name: str) -> "subprocess.Popen[bytes]":
        return subprocess.Popen([f"/usr/sbin/{name}", "-v", "2", str(self._conf)], stdout=self._log, stderr=self._log)

    def _written(self, folder: Path, portal: str, key: str, password: str) -> str:
        """The example, with the fake centre in the operator's place."""
        fake = f"group = smsc\nsmsc = fake\nsmsc-id = fake\nport = {self._ports[3]}\nconnect-allow-ip = 127.0.0.1\n\n"
        text = re.sub(r"group = smsc\n.*?\n(?=group)", fake, _EXAMPLE.read_text(encoding="utf-8"), flags=re.DOTALL)
        places = {
            "13000": str(self._ports[0]), "13001": str(self._ports[1]), "13013": str(self._ports[2]),
            "/var/spool/kannel/kannel.store": str(folder / "kannel.store"), "http://127.0.0.1:8080": portal,
            "ADMIN-PASSWORD": "x", "SENDSMS-PASSWORD": password, "THE-KEY": key,
        }  # fmt: skip
        for place, value in places.items():
            text = text.replace(place, value)
        return text


class Phone:
    """`texts` are what came, parts put together as a phone does it."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self._lines: list[str] = []
        self._thread = threading.Thread(target=self._read, name="phone")
        self._thread.start()

    @property
    def has_sent(self) -> bool:
        return any("sent message" in line for line in self._lines)

    @property
    def said(self) -> str:
        return "".join(self._lines)

    def parts(self) -> list[tuple[str, str]]:
        """To whom, and what, part by part."""
        found = [match for line in self._lines if (match := _GOT.search(line))]
        return [(match[1], _text(match[2], match[3])) for match in found]

    def end(self) -> None:
        self._thread.join(PATIENCE_S)
        self._process.wait(PATIENCE_S)
        assert self._process.stderr is not None
        self._process.stderr.close()

    def _read(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self._lines.append(line)


@contextmanager
def kannel(folder: Path, portal: str, key: str, password: str) -> Iterator[Kannel]:
    found = Kannel(folder, portal, key, password)
    boxes = found.start()
    try:
        yield found
    finally:
        for box in boxes:
            box.terminate()
            box.wait(PATIENCE_S)
        found.close()


def part_of(text: str, number: int, of: int) -> str:
    """One part of a long message in fakesmsc's words: header, then text."""
    header = "".join(f"%{byte:02x}" for byte in bytes([5, 0, 3, 42, of, number]))
    return f"udh-text {header} {text}"


def _text(kind: str, content: str) -> str:
    """fakesmsc shows what is not plain by its bytes, and does not say which of them are UCS-2: those with a zero."""
    if kind == "udh":
        _header, kind, content = content.split(" ", 2)
    if kind == "text":
        return content
    raw = unquote_to_bytes(content.replace("+", " "))
    return raw.decode("utf-16-be") if 0 in raw else raw.decode("latin-1")


def _status(port: int) -> bytes:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/status.txt?password=x", timeout=5) as page:
            return bytes(page.read())
    except OSError:
        return b""


def free_ports(number: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    try:
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()
