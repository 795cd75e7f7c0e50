"""The city's LINE account: setting it up, and finding out what is wrong with it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Protocol

from desktop.domain.deliveries import DeliveryError, LineQuota
from desktop.domain.errors import UserError
from desktop.domain.line_account import MENU_NAME, LineAccountGateway, Menu, WebhookTest, menu_request
from desktop.domain.staff import CITY, Actor, Verb
from desktop.secrets import Secrets
from desktop.services.checks import Check
from desktop.services.clock import utc_now
from desktop.services.permission import require
from desktop.settings import Settings
from desktop.store import audit, line_events, settings
from desktop.store.db import Clock, Session, Store

OUR_MENUS = MENU_NAME.partition("-")[0]
LITTLE_LEFT = 0.1
SLOW_AFTER = timedelta(minutes=5)
_TESTS = frozenset({"ERROR_STATUS_CODE", "REQUEST_TIMEOUT", "COULD_NOT_CONNECT"})
_KNOWN_REASONS = frozenset({"not_configured", "unauthorized", "proxy_down", "proxy_refused"})


class AccountChannels(Protocol):
    """Makes LINE's account as it is set up."""

    def line_account(self, settings: Settings) -> LineAccountGateway:
        """Raises DeliveryError."""


class LineAccount:
    def __init__(self, store: Store, secrets: Secrets, channels: AccountChannels, clock: Clock = utc_now) -> None:
        self._store = store
        self._secrets = secrets
        self._channels = channels
        self._clock = clock

    def setup_menu(self, actor: Actor, picture: bytes) -> str:
        """Give everybody our menu, drawn anew; menus that we made before go. Gives its id.

        Raises UserError("line.refused") or ("line.off").
        """
        known = self._allowed(actor)
        with self._account(known) as account:
            before = [menu for menu in account.menus() if menu.name.partition("-")[0] == OUR_MENUS]
            made = account.create_menu(menu_request())
            try:
                account.set_menu_picture(made, picture)
                account.show_menu(made)
            except DeliveryError:
                account.delete_menu(made)
                raise
            for menu in before:
                account.delete_menu(menu.menu_id)
        self._record(actor, "set_up_menu")
        return made

    def set_webhook(self, actor: Actor) -> str:
        """Tell LINE where to deliver; gives the address. Raises UserError("line.portal_missing"), ("line.refused")."""
        known = self._allowed(actor)
        url = webhook_url(known)
        if not url.startswith("https://"):
            raise UserError("line.portal_missing")
        with self._account(known) as account:
            account.set_webhook(url)
        self._record(actor, "set_webhook")
        return url

    def _allowed(self, actor: Actor) -> Settings:
        with self._store.read() as session:
            require(actor, Verb.CHANGE_SETTINGS, CITY, settings.today(session, self._clock()))
            known = settings.load(session)
        if known.practice or not known["line.enabled"]:
            raise UserError("line.off")
        return known

    @contextmanager
    def _account(self, known: Settings) -> Iterator[LineAccountGateway]:
        try:
            account = self._channels.line_account(known)
            try:
                yield account
            finally:
                account.close()
        except DeliveryError as error:
            known_reason = error.reason in _KNOWN_REASONS
            code = f"check.line.{error.reason}" if known_reason else "line.refused"
            raise UserError(code, reason=error.reason, detail=error.detail) from error

    def _record(self, actor: Actor, verb: str) -> None:
        with self._store.write(actor) as session:
            audit.record(session, verb, "line_account")

    # What is wrong

    def check(self, actor: Actor) -> list[Check]:
        """Everything that linking and answers need; each check is made, whatever the others find."""
        with self._store.read() as session:
            require(actor, Verb.CHANGE_SETTINGS, CITY, settings.today(session, self._clock()))
            known = settings.load(session)
        if known.practice:
            return [Check("line_token", True, "check.practice_channel")]
        if not known["line.enabled"]:
            return [Check("line_token", True, "check.line_off")]
        return self.look(known)

    def look(self, known: Settings) -> list[Check]:
        """The same for somebody who may, with settings that have LINE switched on."""
        with self._store.read() as session:
            events = self._events(session)
        local = [self._secret(), _portal(known), events]
        try:
            account = self._channels.line_account(known)
            try:
                token = Check("line_token", True, "check.line_token", {"name": account.name()})
                return [token, *local, *self._asked(account, known)]
            finally:
                account.close()
        except DeliveryError as error:
            return [_refused("line_token", error), *local]

    @staticmethod
    def _asked(account: LineAccountGateway, known: Settings) -> Iterator[Check]:
        wanted = webhook_url(known)
        yield from _each("line_webhook", lambda: _webhook(account, wanted))
        yield from _each("line_menu", lambda: [_menu(account.menus(), account.default_menu())])
        yield from _each("line_quota", lambda: [_quota(account.quota())])

    def _secret(self) -> Check:
        try:
            found = self._secrets.get("LINE_CHANNEL_SECRET")
        except UserError as error:
            return Check("line_secret", False, error.code, error.details)
        return Check("line_secret", bool(found), "check.line_secret" if found else "check.line_no_secret")

    def _events(self, session: Session) -> Check:
        now = self._clock()
        counted = line_events.counts(session, now - timedelta(days=1))
        total, failed = sum(counted.values()), counted.get("failed", 0)
        oldest: datetime | None = line_events.oldest_open(session)
        if oldest is not None and now - oldest > SLOW_AFTER:
            waiting = counted.get("waiting", 0) + counted.get("answering", 0)
            return Check("line_events", False, "check.line_events_waiting", {"waiting": waiting, "since": oldest})
        if failed:
            return Check("line_events", False, "check.line_events_failed", {"failed": failed, "count": total})
        return Check("line_events", True, "check.line_events", {"count": total})


def webhook_url(known: Settings) -> str:
    return f"{known['portal.url']}/line/webhook" if known["portal.url"] else ""


def _portal(known: Settings) -> Check:
    url = known["portal.url"]
    if not url:
        return Check("line_portal", False, "check.line_no_portal")
    is_safe = url.startswith("https://")
    return Check("line_portal", is_safe, "check.line_portal" if is_safe else "check.line_plain_portal", {"url": url})


def _each(name: str, look: Callable[[], list[Check]]) -> list[Check]:
    try:
        return look()
    except DeliveryError as error:
        return [_refused(name, error)]


def _webhook(account: LineAccountGateway, wanted: str) -> list[Check]:
    """What LINE knows, and whether calling it works: only LINE can tell how the portal looks from outside."""
    found = account.webhook()
    details = {"url": found.url, "wanted": wanted}
    if not found.url:
        return [Check("line_webhook", False, "check.line_webhook_missing", details)]
    if found.url != wanted:
        return [Check("line_webhook", False, "check.line_webhook_elsewhere", details)]
    is_on = Check("line_webhook", found.is_active, f"check.line_webhook{'' if found.is_active else '_off'}", details)
    return [is_on, _tested(account.test_webhook(wanted))]


def _tested(seen: WebhookTest) -> Check:
    if seen.is_well:
        return Check("line_webhook_test", True, "check.line_webhook_test")
    reason = seen.reason if seen.reason in _TESTS else "other"
    details = {"status": seen.status, "reason": seen.reason, "detail": seen.detail}
    return Check("line_webhook_test", False, f"check.line_webhook_test.{reason}", details)


def _menu(menus: list[Menu], shown: str) -> Check:
    if not shown:
        return Check("line_menu", False, "check.line_no_menu")
    is_ours = any(menu.menu_id == shown and menu.name == MENU_NAME for menu in menus)
    return Check("line_menu", is_ours, "check.line_menu" if is_ours else "check.line_other_menu")


def _quota(quota: LineQuota) -> Check:
    if quota.limit is None or quota.remaining is None:
        return Check("line_quota", True, "check.line_quota_unlimited", {"used": quota.used})
    enough = quota.remaining > quota.limit * LITTLE_LEFT
    details = {"remaining": quota.remaining, "limit": quota.limit}
    return Check("line_quota", enough, "check.line_quota" if enough else "check.line_quota_little", details)


def _refused(name: str, error: DeliveryError) -> Check:
    reason = error.reason if error.reason in _KNOWN_REASONS else "other"
    return Check(name, False, f"check.line.{reason}", {"reason": error.reason, "detail": error.detail})
