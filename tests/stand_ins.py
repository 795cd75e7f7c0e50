"""Servers on loopback that do what a test tells them, and remember what they were told.

`ScriptedSmtp` is a mail server with a script; `LineServer` is LINE as documented, with faults on demand.
"""

import contextlib
import re
import socket
import threading
from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from tests.certificates import Certificates, make_certificates
from tests.line_server import Fault, LineServer

__all__ = [
    "CLOSE",
    "HANG",
    "Certificates",
    "Fault",
    "LineServer",
    "ReceivedMail",
    "ScriptedSmtp",
    "SmtpScript",
    "make_certificates",
    "scripted_smtp",
]

HANG = "<say nothing>"
CLOSE = "<close the connection>"

_GOOD = {
    "GREETING": "220 scripted.test ESMTP",
    "MAIL": "250 2.1.0 Ok",
    "RCPT": "250 2.1.5 Ok",
    "DATA": "354 Go ahead",
    "BODY": "250 2.0.0 Queued",
    "RSET": "250 2.0.0 Ok",
    "QUIT": "221 2.0.0 Bye",
    "STARTTLS": "220 2.0.0 Ready",
    "AUTH": "235 2.7.0 Welcome",
}


@dataclass(frozen=True, slots=True)
class ReceivedMail:
    """One mail as it came; `address` and `envelope_from` as on the wire, `data` with dots taken back."""

    envelope_from: str
    address: str
    data: bytes
    parameters: str = ""


@dataclass
class SmtpScript:
    """What the server does. A reply given as a sequence is used up one by one; its last one stays.

    `replies` by step: GREETING EHLO STARTTLS AUTH MAIL RCPT DATA BODY RSET QUIT; a reply may be HANG or CLOSE.
    `recipients` answers RCPT by the address on the wire, `bodies` the end of data by it.
    `close_after_received` and `close_after_sent`: hang up after so many bytes of one connection.
    `pause_s` goes by before each reply, and `garbage` is said behind the one to STARTTLS instead of TLS.
    """

    pipelining: bool = True
    extensions: Sequence[str] = ("8BITMIME",)
    replies: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    recipients: Mapping[str, str] = field(default_factory=dict)
    bodies: Mapping[str, str] = field(default_factory=dict)
    user: str = ""
    password: str = ""
    tls: Certificates | None = None
    implicit_tls: bool = False
    close_after_received: int | None = None
    close_after_sent: int | None = None
    pause_s: float = 0
    garbage: bytes = b""


class _HungUp(Exception):  # noqa: N818  nothing went wrong
    """This end or the other closed the connection."""


class ScriptedSmtp:
    """`with ScriptedSmtp(SmtpScript(…)) as server:` listens on `server.port` of 127.0.0.1."""

    def __init__(self, script: SmtpScript | None = None) -> None:
        self.script = script or SmtpScript()
        self.mails: list[ReceivedMail] = []
        self.commands: list[str] = []
        self.reads: list[bytes] = []
        self.connections = 0
        self.refused: set[str] = set()
        self._used: dict[str, int] = {}
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._accepting = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> Self:
        self._accepting.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def addresses(self) -> list[str]:
        """Whose mails have arrived, in order, without quotes."""
        return [mail.address.replace('"', "") for mail in self.mails]

    def stop(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connected in self._open:
            with contextlib.suppress(OSError):
                connected.shutdown(socket.SHUT_RDWR)
        self._accepting.join(5)
        for thread in self._threads:
            thread.join(5)
        for connected in self._open:
            connected.close()

    def script_of(self, connection: int) -> SmtpScript:
        """What the connection of this number, counted from 1, meets."""
        return self.script

    def reply_to(self, step: str) -> str:
        return _next_of(self.script.replies.get(step, _GOOD[step]), self._used, step)

    def _accept(self) -> None:
        while True:
            try:
                connected, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connected)
            script = self.script_of(self.connections)
            thread = threading.Thread(target=self._serve, args=(connected, script), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connected: socket.socket, script: SmtpScript) -> None:
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        talk = _SmtpTalk(self, script, connected)
        with contextlib.suppress(_HungUp, OSError):
            talk.run()
        talk.hang_up()


def _next_of(wanted: str | Sequence[str], used: dict[str, int], step: str) -> str:
    if isinstance(wanted, str):
        return wanted
    turn = used.get(step, 0)
    used[step] = turn + 1
    return wanted[min(turn, len(wanted) - 1)]


class _SmtpTalk:
    """One conversation."""

    def __init__(self, server: ScriptedSmtp, script: SmtpScript, connected: socket.socket) -> None:
        self._server = server
        self._script = script
        self._used: dict[str, int] = {}
        self._socket = connected
        self._buffer = b""
        self._received = 0
        self._sent = 0
        self._secure = False
        self._mail = ("", "")
        self._recipient = ""

    def run(self) -> None:
        if self._script.implicit_tls:
            self._encrypt()
        self._say(self._reply_to("GREETING"))
        while True:
            line = self._read_line().decode("latin-1")
            self._server.commands.append(line)
            self._obey(*line.partition(" ")[::2])

    def _reply_to(self, step: str) -> str:
        """The server's own script is used up by all of its connections, that of one connection by itself."""
        if self._script is self._server.script:
            return self._server.reply_to(step)
        return _next_of(self._script.replies.get(step, _GOOD[step]), self._used, step)

    def hang_up(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _obey(self, verb: str, rest: str) -> None:
        match verb.upper():
            case "EHLO" | "HELO":
                self._say(self._greet())
            case "STARTTLS":
                self._say(self._reply_to("STARTTLS"))
                self._encrypt()
            case "AUTH":
                self._say(self._sign_in(rest))
            case "MAIL":
                self._take_sender(rest)
            case "RCPT":
                self._take_recipient(rest)
            case "DATA":
                self._take_data()
            case "RSET":
                self._forget()
                self._say(self._reply_to("RSET"))
            case "QUIT":
                self._say(self._reply_to("QUIT"))
                raise _HungUp
            case _:
                self._say("500 5.5.2 What?")

    def _greet(self) -> str:
        scripted = self._script.replies.get("EHLO")
        if isinstance(scripted, str):
            return scripted
        offers = ["PIPELINING"] if self._script.pipelining else []
        offers += self._script.extensions
        if self._script.tls and not self._secure and not self._script.implicit_tls:
            offers.append("STARTTLS")
        if self._script.user:
            offers.append("AUTH PLAIN")
        lines = ["scripted.test", *offers]
        return "\r\n".join(f"250{'-' if n < len(lines) - 1 else ' '}{line}" for n, line in enumerate(lines))

    def _sign_in(self, rest: str) -> str:
        _, _, encoded = rest.partition(" ")
        given = b64decode(encoded).decode().split("\0")[1:] if encoded else []
        if given != [self._script.user, self._script.password]:
            return "535 5.7.8 Bad credentials"
        return self._reply_to("AUTH")

    def _take_sender(self, rest: str) -> None:
        reply = "503 5.5.1 Nested MAIL" if self._mail[0] else self._reply_to("MAIL")
        found = re.fullmatch(r"FROM:<(.*)>\s*(.*)", rest)
        if reply.startswith("2") and found:
            self._mail = (found[1] or "<>", found[2])
        self._say(reply)

    def _take_recipient(self, rest: str) -> None:
        found = re.fullmatch(r"TO:<(.*)>", rest)
        if not self._mail[0] or not found:
            self._say("503 5.5.1 MAIL first")
            return
        reply = self._script.recipients.get(found[1]) or self._reply_to("RCPT")
        if reply.startswith("2"):
            self._recipient = found[1]
        self._note_refusal(found[1], reply)
        self._say(reply)

    def _take_data(self) -> None:
        reply = self._reply_to("DATA")
        if not self._recipient and "DATA" not in self._script.replies:
            reply = "503 5.5.1 RCPT first"
        self._note_refusal(self._recipient, reply)
        self._say(reply)
        if not reply.startswith("354"):
            return
        data = self._read_body()
        address = self._recipient
        reply = self._script.bodies.get(address) or self._reply_to("BODY")
        self._note_refusal(address, reply)
        if address and (reply.startswith("2") or reply in (HANG, CLOSE)):
            self._server.mails.append(ReceivedMail(self._mail[0], address, data, self._mail[1]))
        self._forget()
        self._say(reply if address or reply in (HANG, CLOSE) else "554 5.5.1 No valid recipients")

    def _note_refusal(self, address: str, reply: str) -> None:
        if address and reply.startswith("5"):
            self._server.refused.add(address.replace('"', ""))

    def _forget(self) -> None:
        self._mail, self._recipient = ("", ""), ""

    def _encrypt(self) -> None:
        if self._script.garbage:
            self._socket.sendall(self._script.garbage)
            raise _HungUp
        assert self._script.tls is not None
        self._buffer = b""
        self._socket = self._script.tls.server_context().wrap_socket(self._socket, server_side=True)
        self._secure = True

    def _say(self, reply: str) -> None:
        if self._script.pause_s:
            threading.Event().wait(self._script.pause_s)
        if reply == CLOSE:
            raise _HungUp
        if reply == HANG:
            while self._socket.recv(65536):
                pass
            raise _HungUp
        data = reply.encode("latin-1") + b"\r\n"
        limit = self._script.close_after_sent
        if limit is not None and self._sent + len(data) >= limit:
            self._socket.sendall(data[: limit - self._sent])
            raise _HungUp
        self._sent += len(data)
        self._socket.sendall(data)

    def _read_body(self) -> bytes:
        lines: list[bytes] = []
        while (line := self._read_line()) != b".":
            lines.append(line[1:] if line.startswith(b"..") else line)
        return b"".join(line + b"\r\n" for line in lines)

    def _read_line(self) -> bytes:
        while b"\r\n" not in self._buffer:
            self._buffer += self._receive()
        line, _, self._buffer = self._buffer.partition(b"\r\n")
        return line

    def _receive(self) -> bytes:
        limit = self._script.close_after_received
        wanted = 65536 if limit is None else limit - self._received
        data = self._socket.recv(wanted) if wanted > 0 else b""
        if not data:
            raise _HungUp
        self._received += len(data)
        self._server.reads.append(data)
        return data


@contextlib.contextmanager
def scripted_smtp(**script: object) -> Iterator[ScriptedSmtp]:
    """`with scripted_smtp(pipelining=False, replies={"RCPT": "550 no"}) as server:`"""
    with ScriptedSmtp(SmtpScript(**script)) as server:  # type: ignore[arg-type]  # passed through
        yield server
