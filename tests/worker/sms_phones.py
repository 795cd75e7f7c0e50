"""Kannel at an address, as the worker reaches it. Implements `worker.sms_desk.SmsFactory`."""

from dataclasses import dataclass

from desktop.channels.sms_gateway import SmsChannel
from desktop.domain.deliveries import DeliveryError
from desktop.domain.sms import Gateway
from desktop.domain.sms_gateways import SmsGateway
from desktop.settings import Settings
from tests.sms_world import SmsStandIn


@dataclass
class Phones:
    url: str
    seconds: float = 0.5
    made: int = 0

    def sms(self, settings: Settings) -> SmsGateway:
        self.made += 1
        if not self.url:
            raise DeliveryError("not_configured", permanent=True)
        known = SmsStandIn(Gateway.KANNEL, url=self.url).access()
        return SmsChannel(Gateway.KANNEL, known, (1, self.seconds))
