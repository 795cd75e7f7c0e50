"""The worker's channels: made anew when settings change, closed for a while when they do not work."""

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Thread

from desktop.domain.deliveries import DeliveryError, LineGateway
from desktop.settings import Settings
from desktop.worker.gate import QUOTA_RETRY_S, SETTINGS_RETRY_S, Gate
from desktop.worker.moments import boot_seconds
from desktop.worker.setup import ChannelFactory, MailSetup, channel_values

log = logging.getLogger(__name__)

EMAIL, LINE = "email", "line"


@dataclass
class _Made:
    """Gateways of one set of settings; None where the settings cannot work, or nobody asked yet."""

    values: dict[str, object] = field(default_factory=dict)
    mail: MailSetup | None = None
    line: LineGateway | None = None


class Channels:
    """Both channels with their gates; `on_stop(channel, reason, retry seconds)` and `on_clear(channel)` tell news."""

    def __init__(
        self,
        factory: ChannelFactory,
        installation: str,
        on_stop: Callable[[str, str, float], None],
        on_clear: Callable[[str], None],
    ) -> None:
        self._factory = factory
        self._installation = installation
        self._on_stop = on_stop
        self._on_clear = on_clear
        self._settings: Settings | None = None
        self._made = _Made()
        self.gates = {EMAIL: Gate(), LINE: Gate()}

    def use(self, settings: Settings) -> None:
        """Take over settings; where they differ from those in use, both channels are made and tried anew."""
        self._settings = settings
        if self._made.values == (values := channel_values(settings)):
            return
        self._made = _Made(values)
        for gate in self.gates.values():
            gate.retry_at = 0

    def mail(self) -> MailSetup | None:
        """The mail server as it is set; None, with the gate closed, if it cannot be."""
        if self._made.mail is None and self._settings is not None:
            try:
                sender = _sender(self._settings)
                self._made.mail = MailSetup(self._factory.mail(self._settings), sender, self._installation)
            except DeliveryError as error:
                self.trouble(EMAIL, error.reason, permanent=error.permanent)
        return self._made.mail

    def line(self) -> LineGateway | None:
        """LINE as it is set; None, with the gate closed, if it cannot be."""
        if self._made.line is None and self._settings is not None:
            try:
                self._made.line = self._factory.line(self._settings)
            except DeliveryError as error:
                self.trouble(LINE, error.reason, permanent=error.permanent)
        return self._made.line

    @property
    def line_is_prepared(self) -> bool:
        return self._made.line is not None

    def prepare_line(self) -> None:
        """Something for LINE comes soon: what its first call needs is loaded now, on a thread of its own.

        If LINE cannot be used, that call says so.
        """
        if self._settings is None:
            return
        with suppress(DeliveryError):
            gateway = self._made.line = self._factory.line(self._settings)
            Thread(target=gateway.prepare, name="line-prepare", daemon=True).start()

    def found_stopped(self, channel: str, reason: str) -> None:
        """Another worker, perhaps a dead one, says that it stands still: try it with one message."""
        if channel in self.gates and self.gates[channel].reason is None:
            self.gates[channel].reason = reason

    def trouble(self, channel: str, reason: str, *, permanent: bool) -> None:
        """Close a channel for a while. What needs other settings (or secrets) is made anew before the next try."""
        retry_s: float | None = None
        if permanent:
            retry_s = QUOTA_RETRY_S if reason == "quota" else SETTINGS_RETRY_S
            self._forget(channel)
        elif reason == "rate_limited":
            retry_s = 1.0
        wait = self.gates[channel].trouble(reason, boot_seconds(), retry_s)
        if reason == "rate_limited":
            return
        log.warning("%s stands still (%s), tried again in %d s", channel, reason, wait)
        self._on_stop(channel, reason, wait)

    def works(self, channel: str) -> None:
        if self.gates[channel].fine():
            log.info("%s works again", channel)
            self._on_clear(channel)

    def _forget(self, channel: str) -> None:
        if channel == EMAIL:
            self._made.mail = None
        else:
            self._made.line = None

    def room(self, channel: str, in_flight: int) -> int | None:
        """How many claims may be out more; None: any number."""
        return self.gates[channel].room(boot_seconds(), in_flight)

    def stopped(self) -> dict[str, float]:
        """Channels that stand still, with the seconds until they are tried again."""
        now = boot_seconds()
        return {name: max(0.0, gate.retry_at - now) for name, gate in self.gates.items() if gate.reason is not None}


def _sender(settings: Settings) -> str:
    """The one From address (A11). Practice mail leaves nobody's computer, so it may come from an invented one."""
    sender: str = settings["email.from"] or ("notices@practice.example" if settings.practice else "")
    if not sender:
        raise DeliveryError("not_configured", permanent=True, detail="email.from")
    return sender
