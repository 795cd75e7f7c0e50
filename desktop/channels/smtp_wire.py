"""Commands out, replies in, each with a limit on its whole time."""

import re
import socket
import time
from collections.abc import Callable
from typing import NamedTuple

READ_SIZE = 65536
MAX_REPLY = 65536
_REPLY_LINE = re.compile(rb"([2-5]\d\d)(?:([ -])(.*))?", re.DOTALL)
_WHOLE_REPLY = re.compile(rb"([2-5]\d\d)(?: ([^\r\n]*))?\r?\n")
"""The common kind: a single line."""
_ONE_LINE = rb"2\d\d(?: [^\r\n]*)?\r?\n"
_GO_AHEAD = re.compile(_ONE_LINE + _ONE_LINE + rb"354(?: [^\r\n]*)?\r?\n")
"""What a server says to MAIL, RCPT and DATA when all is well."""


class Reply(NamedTuple):
    """A server's answer; several lines are joined by a space."""

    code: int
    said: bytes

    @property
    def text(self) -> str:
        return self.said.decode("utf-8", "replace")

    @property
    def is_positive(self) -> bool:
        return 200 <= self.code < 300


class Broken(Exception):  # noqa: N818  the conversation is what broke
    """The conversation cannot go on: silence, a closed connection, nonsense, or a 421 (then with the reply)."""

    def __init__(self, reason: str, reply: Reply | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.reply = reply


def _nothing() -> None:
    """Nobody wants to know."""


class Wire:
    """A connected socket that speaks in replies. Its own buffer, because a file object cannot bound a whole reply.

    `before_waiting` is called whenever there is nothing to do but wait for the server.
    """

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._patience: float | None = None
        self._buffer = b""
        self._read_up_to = 0
        self.before_waiting: Callable[[], None] = _nothing

    @property
    def has_unread(self) -> bool:
        """Something came that nobody asked for; to read on would take it for the answer to the next command."""
        return self._read_up_to < len(self._buffer)

    def write(self, data: bytes, seconds: float) -> None:
        try:
            self._wait_for(seconds)
            self._socket.sendall(data)
        except TimeoutError as error:
            raise Broken("timeout") from error
        except OSError as error:
            raise Broken("connection_lost") from error

    def read(self, seconds: float) -> Reply:
        deadline = time.monotonic() + seconds
        if self._read_up_to == len(self._buffer):
            self._receive(seconds)
        match = _WHOLE_REPLY.match(self._buffer, self._read_up_to)
        if match is None:
            return self._read_by_lines(deadline)
        self._read_up_to = match.end()
        return Reply(int(match[1]), match[2] or b"")

    def was_let_ahead(self) -> bool:
        """All is well with MAIL, RCPT and DATA, and that has come already: then it is read, otherwise nothing is."""
        match = _GO_AHEAD.match(self._buffer, self._read_up_to)
        if match is None:
            return False
        self._read_up_to = match.end()
        return True

    def _read_by_lines(self, deadline: float) -> Reply:
        texts: list[bytes] = []
        length = 0
        while True:
            line = self._read_line(deadline)
            match = _REPLY_LINE.fullmatch(line)
            length += len(line)
            if match is None or length > MAX_REPLY:
                raise Broken("bad_reply")
            texts.append(match[3] or b"")
            if match[2] != b"-":
                return Reply(int(match[1]), b" ".join(texts))

    def _read_line(self, deadline: float) -> bytes:
        while (end := self._buffer.find(b"\n", self._read_up_to)) < 0:
            if len(self._buffer) - self._read_up_to > MAX_REPLY:
                raise Broken("bad_reply")
            self._receive(deadline - time.monotonic())
        line = self._buffer[self._read_up_to : end]
        self._read_up_to = end + 1
        return line.rstrip(b"\r")

    def _receive(self, seconds: float) -> None:
        """Wait for more, and put it behind what is unread."""
        self.before_waiting()
        if seconds <= 0:
            raise Broken("timeout")
        try:
            self._wait_for(max(seconds, 0.001))
            received = self._socket.recv(READ_SIZE)
        except TimeoutError as error:
            raise Broken("timeout") from error
        except OSError as error:
            raise Broken("connection_lost") from error
        if not received:
            raise Broken("connection_lost")
        self._buffer = self._buffer[self._read_up_to :] + received
        self._read_up_to = 0

    def _wait_for(self, seconds: float) -> None:
        """Saying so again would cost a call to the system each time."""
        if seconds != self._patience:
            self._socket.settimeout(seconds)
            self._patience = seconds
