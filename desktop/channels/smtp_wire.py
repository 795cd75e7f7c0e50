"""Commands out, replies in, each with a limit on its whole time."""

import re
import socket
import time
from dataclasses import dataclass

READ_SIZE = 65536
MAX_REPLY = 65536
_REPLY_LINE = re.compile(rb"([2-5]\d\d)(?:([ -])(.*))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Reply:
    """A server's answer; several lines are joined by a space."""

    code: int
    text: str

    @property
    def is_positive(self) -> bool:
        return 200 <= self.code < 300


class Broken(Exception):  # noqa: N818  the conversation is what broke
    """The conversation cannot go on: silence, a closed connection, nonsense, or a 421 (then with the reply)."""

    def __init__(self, reason: str, reply: Reply | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.reply = reply


class Wire:
    """A connected socket that speaks in replies. Its own buffer, because a file object cannot bound a whole reply."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = b""

    @property
    def has_unread(self) -> bool:
        """Something came that nobody asked for; to read on would take it for the answer to the next command."""
        return bool(self._buffer)

    def write(self, data: bytes, seconds: float) -> None:
        try:
            self._socket.settimeout(seconds)
            self._socket.sendall(data)
        except TimeoutError as error:
            raise Broken("timeout") from error
        except OSError as error:
            raise Broken("connection_lost") from error

    def read(self, seconds: float) -> Reply:
        deadline = time.monotonic() + seconds
        texts: list[str] = []
        length = 0
        while True:
            line = self._read_line(deadline)
            match = _REPLY_LINE.fullmatch(line)
            length += len(line)
            if match is None or length > MAX_REPLY:
                raise Broken("bad_reply")
            texts.append((match[3] or b"").decode("utf-8", "replace"))
            if match[2] != b"-":
                return Reply(int(match[1]), " ".join(texts))

    def _read_line(self, deadline: float) -> bytes:
        while b"\n" not in self._buffer:
            if len(self._buffer) > MAX_REPLY:
                raise Broken("bad_reply")
            self._buffer += self._receive(deadline)
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line.rstrip(b"\r")

    def _receive(self, deadline: float) -> bytes:
        remaining = deadline - time.monotonic()
        try:
            self._socket.settimeout(max(remaining, 0.001))
            received = self._socket.recv(READ_SIZE) if remaining > 0 else None
        except TimeoutError:
            received = None
        except OSError as error:
            raise Broken("connection_lost") from error
        if received is None:
            raise Broken("timeout")
        if not received:
            raise Broken("connection_lost")
        return received
