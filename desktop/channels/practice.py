"""The outside world of a practice database, built in: nothing that is sent leaves this computer."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Self

from desktop.channels.line import LineSettings
from desktop.channels.practice_line import PRACTICE_TOKEN, LineStandIn
from desktop.channels.smtp import SmtpSettings

if TYPE_CHECKING:
    from types import TracebackType

    from desktop.channels.practice_mail import MailSink


class PracticeGateways:
    """A mail server and a LINE on loopback, for as long as one process sends."""

    def __init__(self) -> None:
        from desktop.channels.practice_mail import MailSink  # noqa: PLC0415  aiosmtpd and asyncio, here only

        self.mail: MailSink = MailSink()
        self.line = LineStandIn()
        self._lock = threading.Lock()
        self._running = False

    def start(self) -> tuple[SmtpSettings, LineSettings]:
        """Open both; what to hand to SmtpGateway and LineChannel."""
        with self._lock:
            if not self._running:
                self.mail.start()
                self.line.start()
                self._running = True
        mail = SmtpSettings("127.0.0.1", self.mail.port, "none")
        return mail, LineSettings(self.line.url, PRACTICE_TOKEN)

    def stop(self) -> None:
        """May be called twice."""
        with self._lock:
            if self._running:
                self.mail.stop()
            self.line.stop()
            self._running = False

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
