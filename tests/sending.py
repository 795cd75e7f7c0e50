"""A worker as it really is, between a database and servers on loopback, with short patience."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from email import message_from_bytes
from pathlib import Path
from threading import Event
from typing import Any

from desktop.channels.line import LineChannel, LineSettings
from desktop.channels.smtp import SmtpGateway, SmtpSettings
from desktop.channels.smtp_connection import ConnectionLimits
from desktop.channels.unconfigured import UnconfiguredLine
from desktop.domain.deliveries import DeliveryError, LineGateway, MailGateway
from desktop.services.deliveries import Deliveries
from desktop.settings import Settings
from desktop.store import settings as settings_store
from desktop.store.db import Clock, Store
from desktop.worker import loop
from tests.make import Make
from tests.stand_ins import LineServer, ScriptedSmtp

PATIENCE = ConnectionLimits(command_seconds=1, end_of_data_seconds=1)


@dataclass
class RealChannels:
    """Real gateways of the settings, which point at stand-ins. Implements worker.setup.ChannelFactory."""

    line_token: str = ""
    limits: ConnectionLimits = PATIENCE
    password: str = ""
    line_seconds: float = 0.5
    connect_seconds: float = 1
    ca_file: str = ""

    def mail(self, settings: Settings) -> MailGateway:
        if not settings["email.host"]:
            raise DeliveryError("not_configured", permanent=True)
        return SmtpGateway(
            SmtpSettings(
                settings["email.host"],
                settings["email.port"],
                settings["email.security"],
                settings["email.user"],
                self.password,
                ca_file=self.ca_file,
                connect_seconds=self.connect_seconds,
                limits=self.limits,
            )
        )

    def line(self, settings: Settings) -> LineGateway:
        if not settings["line.enabled"]:
            return UnconfiguredLine()
        return LineChannel(LineSettings(settings["line.api_url"], self.line_token, 1, self.line_seconds))


class Post:
    """The office where a test's notices go out: settings, servers' addresses, and the worker."""

    def __init__(self, store: Store, clock: Clock, folder: Path, make: Make) -> None:
        self.store = store
        self.clock = clock
        self.mail_servers: list[ScriptedSmtp] = []
        self.line_servers: list[LineServer] = []
        self.channels = RealChannels()
        self.deliveries = Deliveries(store, clock)
        self.journal = folder / "journal"
        with store.bookkeep() as session:
            make.installation(session)
        self.set(**{"email.from": "notices@city.example", "city.name": "ひがし市", "email.security": "none"})

    def set(self, **values: Any) -> None:
        with self.store.bookkeep() as session:
            for key, value in values.items():
                settings_store.put(session, key, value)

    def use_mail(self, server: ScriptedSmtp | int) -> None:
        port = server if isinstance(server, int) else server.port
        if isinstance(server, ScriptedSmtp) and server not in self.mail_servers:
            self.mail_servers.append(server)
        self.set(**{"email.host": "127.0.0.1", "email.port": port})

    def use_line(self, server: LineServer) -> None:
        server.clock = self.clock
        if server not in self.line_servers:
            self.line_servers.append(server)
        self.channels = replace(self.channels, line_token=server.token)
        self.set(**{"line.enabled": True, "line.api_url": server.url})

    def run(self) -> loop.Outcome:
        """Send until there is nothing that could be sent now."""
        return loop.run(self.deliveries, self.channels, self.journal, Event(), until_idle=True)

    @contextmanager
    def running(self, journal: Path | None = None) -> Iterator[Event]:
        """A worker that runs beside the test, until the end of the block or until the event is set."""
        stop = Event()
        failed: list[BaseException] = []

        def run() -> None:
            try:
                loop.run(self.deliveries, self.channels, journal or self.journal, stop)
            except BaseException as error:  # noqa: BLE001  told to the test
                failed.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        try:
            yield stop
        finally:
            stop.set()
            thread.join(60)
        assert not failed, failed


def message_ids(server: ScriptedSmtp) -> Counter[str]:
    """How often each mail arrived."""
    return Counter(str(message_from_bytes(mail.data)["Message-ID"]) for mail in server.mails)


def wait_for(condition: Any, seconds: float = 60) -> None:
    """Wait until `condition()` holds; a test that needs it has no signal to wait for.

    The limit ends a test that hangs. It is no part of what is tested, and a loaded machine must not reach it.
    """
    tick = Event()
    for _ in range(int(seconds / 0.02)):
        if condition():
            return
        tick.wait(0.02)
    raise AssertionError("what was waited for did not happen")
