"""Channels that nobody has set up yet: they refuse, they never fall back to another."""

from collections.abc import Sequence

from desktop.domain.deliveries import DeliveryError, LineCall, LineOutcome, LineProblem, LineQuota, MailConnection
from desktop.domain.sms_gateways import OutgoingSms, SmsOutcome


def _refusal() -> DeliveryError:
    return DeliveryError("not_configured", permanent=True)


class UnconfiguredMail:
    """Implements `domain.deliveries.MailGateway`."""

    def connect(self) -> MailConnection:
        raise _refusal()


class UnconfiguredLine:
    """Implements `domain.deliveries.LineGateway`."""

    def send(self, call: LineCall) -> LineOutcome:  # noqa: ARG002  the protocol's arguments
        raise _refusal()

    def validate(self, messages: Sequence[dict[str, object]]) -> tuple[LineProblem, ...]:  # noqa: ARG002  as above
        raise _refusal()

    def quota(self) -> LineQuota:
        raise _refusal()

    def prepare(self) -> None:
        """There is nothing to load."""

    def close(self) -> None:
        """There is nothing to let go of."""


class UnconfiguredSms:
    """Implements `domain.sms_gateways.SmsGateway`."""

    def send(self, sms: OutgoingSms) -> SmsOutcome:  # noqa: ARG002  the protocol's argument
        raise _refusal()

    def check(self) -> bool:
        raise _refusal()

    def close(self) -> None:
        """There is nothing to let go of."""
