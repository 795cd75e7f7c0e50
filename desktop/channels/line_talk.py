"""LINE beside sending: answering single people, and the account's own webhook and menu."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from desktop.channels.line_answers import (
    Answer,
    NoAnswerError,
    as_error,
    of_silence,
    of_status,
    problems,
    raise_unless_ok,
)
from desktop.channels.proxy import proxy_for
from desktop.domain.deliveries import DeliveryError, LineCall, LineKind, LineOutcome, LineQuota
from desktop.domain.line_account import Menu, Webhook, WebhookTest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from desktop.channels.line import LineSettings
    from desktop.channels.line_talk_client import LineTalkClient
    from desktop.domain.line import Message

_MENU_ID = re.compile(r"richmenu-[0-9a-zA-Z-]{1,80}")


class LineTalkChannel:
    """Implements `domain.line_account.LineTalk` and `LineAccountGateway`, with connections of its own.

    So neither a slow answer nor a menu's picture ever stands before a notice.
    """

    def __init__(self, settings: LineSettings, data_url: str) -> None:
        self._settings = settings
        self._data_url = data_url
        self._made: LineTalkClient | None = None

    # People

    def link_token(self, user_id: str) -> str:
        answer = self._asked(lambda client: client.link_token(user_id))
        token = answer.json.get("linkToken")
        if not isinstance(token, str) or not token:
            raise DeliveryError("bad_reply")
        return token

    def reply(self, reply_token: str, messages: Sequence[Message]) -> LineOutcome:
        return self._attempt(lambda client: client.reply(reply_token, list(messages)))

    def send(self, call: LineCall) -> LineOutcome:
        return self._attempt(lambda client: client.send(call))

    def _attempt(self, ask: Callable[[LineTalkClient], Answer]) -> LineOutcome:
        client = self._client()
        try:
            answer = ask(client)
        except NoAnswerError as silence:
            return of_silence(silence)
        if answer.status == 429:
            wait = answer.retry_after_seconds
            return LineOutcome(LineKind.RATE_LIMITED, 429, "rate_limited", answer.request_id, retry_after_seconds=wait)
        if answer.status == 400:
            is_spent = "reply token" in answer.message.lower()
            reason = "reply_token" if is_spent else "bad_message"
            return LineOutcome(LineKind.REJECTED_MESSAGE, 400, reason, answer.request_id, problems=problems(answer))
        return of_status(answer)

    # The account

    def name(self) -> str:
        return str(self._asked(lambda client: client.bot_info()).json.get("displayName", ""))

    def quota(self) -> LineQuota:
        limit = self._asked(lambda client: client.quota()).json
        total = self._asked(lambda client: client.consumption()).json.get("totalUsage")
        value = limit.get("value") if limit.get("type") == "limited" else None
        if not isinstance(total, int) or not isinstance(value, int | None):
            raise DeliveryError("bad_reply")
        return LineQuota(value, total)

    def webhook(self) -> Webhook:
        """LINE answers 404 where none was ever set."""
        answer = self._asked(lambda client: client.webhook(), may_miss=True).json
        return Webhook(str(answer.get("endpoint", "")), answer.get("active") is True)

    def set_webhook(self, url: str) -> None:
        self._asked(lambda client: client.set_webhook(url))

    def test_webhook(self, url: str) -> WebhookTest:
        found = self._asked(lambda client: client.test_webhook(url)).json
        status = found.get("statusCode")
        return WebhookTest(
            found.get("success") is True,
            status if isinstance(status, int) else 0,
            str(found.get("reason", "")),
            str(found.get("detail", ""))[:200],
        )

    def menus(self) -> list[Menu]:
        listed = self._asked(lambda client: client.menus()).json.get("richmenus")
        found = [one for one in (listed if isinstance(listed, list) else []) if isinstance(one, dict)]
        return [Menu(_menu_id(one), str(one.get("name", ""))) for one in found]

    def default_menu(self) -> str:
        answer = self._asked(lambda client: client.default_menu(), may_miss=True).json
        return _menu_id(answer) if answer.get("richMenuId") else ""

    def create_menu(self, menu: Message) -> str:
        return _menu_id(self._asked(lambda client: client.create_menu(menu)).json)

    def set_menu_picture(self, menu_id: str, png: bytes) -> None:
        self._asked(lambda client: client.set_menu_picture(self._data_url, menu_id, png))

    def show_menu(self, menu_id: str) -> None:
        self._asked(lambda client: client.show_menu(menu_id))

    def delete_menu(self, menu_id: str) -> None:
        self._asked(lambda client: client.delete_menu(menu_id), may_miss=True)

    def close(self) -> None:
        if self._made is not None:
            self._made.close()

    def _asked(self, ask: Callable[[LineTalkClient], Answer], *, may_miss: bool = False) -> Answer:
        client = self._client()
        try:
            answer = ask(client)
        except NoAnswerError as silence:
            raise as_error(of_silence(silence)) from silence
        if may_miss and answer.status == 404:
            return Answer(200, answer.headers, b"{}")
        if answer.status == 400:
            found = problems(answer)
            raise DeliveryError("bad_request", permanent=True, detail=found[0].text)
        raise_unless_ok(answer)
        return answer

    def _client(self) -> LineTalkClient:
        settings = self._settings
        if not settings.token or not settings.api_url:
            raise DeliveryError("not_configured", permanent=True)
        if not settings.token.isascii() or not settings.token.isprintable() or " " in settings.token:
            raise DeliveryError("unauthorized", permanent=True, detail="token")
        if self._made is None:
            from desktop.channels.line_talk_client import LineTalkClient  # noqa: PLC0415  the SDK: a second and 75 MB

            timeouts = (settings.connect_seconds, settings.read_seconds)
            proxy = proxy_for(settings.api_url, settings.proxy)
            self._made = LineTalkClient(settings.api_url, settings.token, timeouts, settings.ca_file, proxy)
        return self._made


class UnconfiguredTalk:
    """LINE that nobody has set up: it refuses."""

    def link_token(self, user_id: str) -> str:  # noqa: ARG002  the protocol's argument
        raise DeliveryError("not_configured", permanent=True)

    def reply(self, reply_token: str, messages: Sequence[Message]) -> LineOutcome:  # noqa: ARG002  as above
        raise DeliveryError("not_configured", permanent=True)

    def send(self, call: LineCall) -> LineOutcome:  # noqa: ARG002  as above
        raise DeliveryError("not_configured", permanent=True)

    def close(self) -> None:
        """There is nothing to let go of."""


def _menu_id(found: dict[str, Any]) -> str:
    """As LINE gives them; anything else is not sent back in an address."""
    said = found.get("richMenuId")
    if not isinstance(said, str) or not _MENU_ID.fullmatch(said):
        raise DeliveryError("bad_reply")
    return said
