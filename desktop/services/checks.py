"""Whether everything that sending needs is there and works: what `doctor` and the administration page ask."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Protocol
from urllib.parse import urlsplit

from desktop.domain.deliveries import DeliveryError, LineGateway, LineQuota, MailGateway
from desktop.domain.errors import UserError
from desktop.domain.mail import AddressError, check_address
from desktop.domain.sms_gateways import SmsGateway
from desktop.secrets import Secrets
from desktop.services.clock import utc_now
from desktop.services.sms_access import GATEWAYS, PATHS, access_of, gateway_of, lacking
from desktop.settings import SMS, Settings
from desktop.store import checks, sending_release, settings
from desktop.store.db import Clock, Store

WORKER_SILENT_AFTER = timedelta(minutes=2)
_LITTLE_LEFT = 0.1
_HERE = frozenset({"localhost", "127.0.0.1", "::1"})
_ADVICE = frozenset({
    "check.mail.not_configured", "check.mail.server_down", "check.mail.unknown_host", "check.mail.timeout",
    "check.mail.auth_refused", "check.mail.auth_not_offered", "check.mail.auth_not_ascii",
    "check.mail.tls_not_offered", "check.mail.tls_failed", "check.mail.certificate",
    "check.line.not_configured", "check.line.unauthorized", "check.line.proxy_down", "check.line.proxy_refused",
    "check.sms.unreachable", "check.sms.timeout", "check.sms.unauthorized", "check.sms.wrong_url",
    "check.sms.bad_reply", "check.sms.certificate", "check.sms.no_balance", "check.sms.ip_refused",
})  # fmt: skip
"""Reasons for which there is something better to say than the reason itself."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at; `code` says what was found and is worded by desktop/wording."""

    name: str
    ok: bool
    code: str
    details: Mapping[str, object] = field(default_factory=dict)


class Channels(Protocol):
    """Makes the channels as they are set up. Raises DeliveryError."""

    def mail(self, settings: Settings) -> MailGateway: ...

    def line(self, settings: Settings) -> LineGateway: ...

    def sms(self, settings: Settings) -> SmsGateway: ...


class Checks:
    """Every check is made, whatever the others find."""

    def __init__(
        self,
        store: Store,
        secrets: Secrets,
        channels: Channels,
        clock: Clock = utc_now,
        look_at_line: "Callable[[Settings], Sequence[Check]]" = lambda _found: (),
    ) -> None:
        """`look_at_line` finds what else may be wrong with LINE where families link it with the portal."""
        self._look_at_line = look_at_line
        self._store = store
        self._secrets = secrets
        self._channels = channels
        self._clock = clock

    def all(self) -> list[Check]:
        """The database first; what needs its settings is left out where it cannot be read."""
        try:
            with self._store.read() as session:
                found = settings.load(session)
        except UserError as error:
            return [Check("database", False, error.code, error.details), self.data_key(), fonts()]
        database = Check("database", True, "check.practice" if found.practice else "check.database")
        return [database, self.sending(), self.worker(), *self._of_channels(found), self.data_key(), fonts()]

    def _of_channels(self, found: Settings) -> list[Check]:
        if found.practice:
            names = ("mail", "line", *found.parts)
            return [Check(name, True, "check.practice_channel") for name in names]
        return [self.mail(found), sender(found), self.line(found), *([self.sms(found)] if SMS in found.parts else ())]

    def mail(self, found: Settings) -> Check:
        """Connect, encrypt and sign in, as sending does; nothing is sent."""
        try:
            self._channels.mail(found).connect().close()
        except DeliveryError as error:
            return _refused("mail", error, host=found["email.host"], port=found["email.port"])
        return Check("mail", True, "check.mail", {"host": found["email.host"]})

    def line(self, found: Settings) -> Check:
        """Ask LINE what is left of this month's messages; with a portal, whether families can link and are heard."""
        if not found["line.enabled"]:
            return Check("line", True, "check.line_off")
        wrong = [check for check in self._look_at_line(found) if not check.ok] if found["portal.url"] else []
        if wrong:
            return replace(wrong[0], name="line")
        try:
            quota = self._quota(found)
        except DeliveryError as error:
            return _refused("line", error)
        if quota.limit is None or quota.remaining is None:
            return Check("line", True, "check.line_unlimited", {"used": quota.used})
        enough = quota.remaining > quota.limit * _LITTLE_LEFT
        details = {"remaining": quota.remaining, "limit": quota.limit}
        return Check("line", enough, "check.line" if enough else "check.line_little", details)

    def _quota(self, found: Settings) -> LineQuota:
        gateway = self._channels.line(found)
        try:
            return gateway.quota()
        finally:
            gateway.close()

    def sms(self, found: Settings) -> Check:
        """Ask the gateway whether it lets us in, where it can be asked without sending; and whether it can reach us."""
        if not found["sms.enabled"]:
            return Check("sms", True, "check.sms_off")
        gateway = gateway_of(found)
        try:
            missing = lacking(gateway, access_of(found, self._secrets))
        except UserError as error:
            return Check("sms", False, error.code, error.details)
        if missing:
            return Check("sms", False, "check.sms_incomplete", {"missing": ", ".join(missing)})
        portal = _portal_of_sms(found)
        if portal is not None:
            return portal
        told = {"gateway": GATEWAYS[gateway], "url": found["sms.url"], "portal": found["portal.url"] + PATHS[gateway]}
        try:
            is_let_in = self._channels.sms(found).check()
        except DeliveryError as error:
            return _refused("sms", error, **told)
        return Check("sms", True, "check.sms" if is_let_in else "check.sms_answers", told)

    def sending(self) -> Check:
        """Whether this is the database that was last released to send."""
        with self._store.read() as session:
            may_send = sending_release.standing(session).may_send
        return Check("sending", may_send, "check.sending" if may_send else "check.sending_held")

    def worker(self) -> Check:
        """Whether somebody sends."""
        with self._store.read() as session:
            seen = checks.worker_seen_at(session)
        if seen is None:
            return Check("worker", False, "check.worker_never")
        silent = self._clock() - seen > WORKER_SILENT_AFTER
        return Check("worker", not silent, "check.worker_silent" if silent else "check.worker", {"seen": seen})

    def data_key(self) -> Check:
        try:
            self._secrets.data_key()
        except UserError as error:
            return Check("keyring", False, error.code, error.details)
        where = self._secrets.list()["DATA_KEY"] or ""
        return Check("keyring", True, "check.data_key", {"where": where})


def _portal_of_sms(found: Settings) -> Check | None:
    """What is wrong with the address at which gateways and citizens reach us. Passwords are typed there."""
    address = urlsplit(found["portal.url"])
    if not address.hostname:
        return Check("sms", False, "check.sms_no_portal")
    if address.scheme != "https" and address.hostname not in _HERE:
        return Check("sms", False, "check.sms_portal_open", {"portal": found["portal.url"]})
    return None


def sender(found: Settings) -> Check:
    address = found["email.from"]
    if not address:
        return Check("sender", False, "check.no_sender")
    try:
        check_address(address)
    except AddressError:
        return Check("sender", False, "check.bad_sender", {"address": address})
    return Check("sender", True, "check.sender", {"address": address})


def fonts() -> Check:
    """Whether Japanese can be shown; Windows and macOS bring their own fonts."""
    if not sys.platform.startswith("linux"):
        return Check("fonts", True, "check.fonts")
    lister = shutil.which("fc-list")
    if lister is None:
        return Check("fonts", False, "check.fonts_unknown")
    listed = subprocess.run([lister, ":lang=ja"], capture_output=True, timeout=30, check=False)  # noqa: S603 - as found
    found = bool(listed.stdout.strip())
    return Check("fonts", found, "check.fonts" if found else "check.no_fonts")


def _refused(name: str, error: DeliveryError, **details: object) -> Check:
    code = f"check.{name}.{error.reason}"
    told = {**details, "detail": error.detail, "reason": error.reason}
    return Check(name, False, code if code in _ADVICE else f"check.{name}.other", told)
