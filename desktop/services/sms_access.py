"""Which SMS gateway a database works with, and what was agreed with it."""

from collections.abc import Mapping

from desktop.domain.sms import Gateway
from desktop.domain.sms_gateways import Access
from desktop.secrets import Secrets
from desktop.settings import Settings

REPORT_PATH = "/sms/kannel/report"
PATHS: Mapping[Gateway, str] = {gateway: f"/sms/{gateway.value}" for gateway in Gateway}
"""Where each gateway hands messages to the portal."""
GATEWAYS: Mapping[Gateway, str] = {Gateway.KANNEL: "Kannel", Gateway.ESMS: "eSMS", Gateway.VCOM: "V-COM"}
"""Their own names, the same in every language."""


def gateway_of(settings: Settings) -> Gateway:
    """A practice database only ever has the practice phones."""
    return Gateway.PRACTICE if settings.practice else Gateway(settings["sms.gateway"])


def access_of(settings: Settings, secrets: Secrets) -> Access:
    """Raises UserError("secrets.…") where the keyring cannot be read."""
    portal = settings["portal.url"]
    return Access(
        url=settings["sms.url"],
        user=settings["sms.user"],
        brand=settings["sms.brand"],
        short_code=settings["sms.short_code"],
        networks=settings["sms.networks"],
        report_url=f"{portal}{REPORT_PATH}" if portal else "",
        key=secrets.get("SMS_KEY") or "",
        password=secrets.get("SMS_PASSWORD") or "",
    )


def lacking(gateway: Gateway, access: Access) -> list[str]:
    """The settings and secrets without which this gateway cannot work."""
    needed = {"sms.url": access.url, "sms.user": access.user, "SMS_KEY": access.key}
    if gateway is not Gateway.VCOM:
        needed["SMS_PASSWORD"] = access.password
    if gateway is Gateway.ESMS:
        needed["sms.brand"] = access.brand
    return [name for name, value in needed.items() if not value]
