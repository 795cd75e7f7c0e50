"""LINE on loopback: as strict as the practice stand-in, with faults on demand, remembering who got what."""

import threading
from collections import Counter, deque
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

from desktop.channels.practice_line import LineReply, LineRequest, LineStandIn, complaint
from tests.certificates import Certificates
from tests.line_account import Fault, LineAccount

__all__ = ["TOKEN", "Fault", "LineServer"]

TOKEN = "channel-token"
KEY_LIFE = timedelta(hours=24)


class LineServer(LineStandIn):
    """`with LineServer() as line:` listens on `line.url` and wants the token `line.token`.

    `faults` are used up by the send calls, one each. `bad_ids` make a multicast fail as a whole, named by position, or
    unnamed with `names_bad_ids = False`. `got` counts messages per person, `copies` those of each notice, `sends` keeps
    every send call. With a `clock` it forgets a retry key after a day, as LINE does (FACTS A3). `account` is everything
    beside sending: replies, link tokens, the webhook's address, menus; `account.faults` are used up by its calls.
    """

    def __init__(
        self,
        faults: Iterable[Fault] = (),
        token: str = TOKEN,
        limit: int | None = None,
        tls: Certificates | None = None,
    ) -> None:
        super().__init__(token, limit, tls.server_context() if tls else None)
        self.faults = deque(faults)
        self.bad_ids: set[str] = set()
        self.names_bad_ids = True
        self.sends: list[LineRequest] = []
        self.got: Counter[str] = Counter()
        self.copies: Counter[tuple[str, str]] = Counter()
        self.clock: Callable[[], datetime] | None = None
        self.account = LineAccount()
        self._first_seen: dict[str, datetime] = {}
        self._stopping = threading.Event()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        self._stopping.set()
        super().stop()

    def texts(self) -> list[str]:
        """The text messages of all send calls so far."""
        return [message.get("text", "") for request in self.sends for message in request.json.get("messages", [])]

    def respond(self, request: LineRequest) -> tuple[bytes, bool]:
        if self.account.knows(request.path):
            fault = self.account.faults.popleft() if self.account.faults else None
        elif not request.path.endswith(("message/push", "message/multicast")):
            return super().respond(request)
        else:
            self.sends.append(request)
            fault = self.faults.popleft() if self.faults else None
        if fault is None:
            return super().respond(request)
        proper = super().respond(request)[0] if fault.accepts else b""
        if fault.cut is not None:
            return proper[: fault.cut], False
        if fault.status is not None:
            return _raw(fault), not fault.closes
        if not fault.closes:
            self._stopping.wait(60)
        return b"", False

    def _answer(self, request: LineRequest) -> LineReply:
        is_ours = request.headers.get("authorization") == f"Bearer {self.token}"
        return (
            self.account.answer(request) if is_ours and self.account.knows(request.path) else super()._answer(request)
        )

    def _send(self, request: LineRequest) -> LineReply:
        self._forget_old(request.retry_key)
        bad = [position for position, user_id in enumerate(request.to) if user_id in self.bad_ids]
        if bad:
            words = f"The property, to[{bad[0]}], in the request body is invalid (line: -, column: -)"
            return LineReply(400, complaint(words if self.names_bad_ids else "Failed to send messages"))
        reply = super()._send(request)
        if reply.status == 200:
            self.got.update(request.to)
            said = str(request.json["messages"])
            self.copies.update((user_id, said) for user_id in request.to)
        return reply

    def _forget_old(self, key: str) -> None:
        if self.clock is not None and self.clock() - self._first_seen.setdefault(key, self.clock()) >= KEY_LIFE:
            self._accepted.pop(key, None)
            self._first_seen[key] = self.clock()


def _raw(fault: Fault) -> bytes:
    headers = {"content-type": "application/json", "content-length": str(len(fault.body)), **fault.headers}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {fault.status} Scripted\r\n{lines}\r\n".encode("latin-1") + fault.body
