"""The SDK's calls for answers, links, the webhook and the menu. Imported by the first call only."""

from typing import Any

from linebot.v3.messaging import (  # type: ignore[import-untyped]  # the SDK has no types of its own
    ReplyMessageRequest,
    RichMenuRequest,
    SetWebhookEndpointRequest,
    TestWebhookEndpointRequest,
)

from desktop.channels.line_answers import Answer
from desktop.channels.line_client import LineClient
from desktop.domain.line import canonical_json


class LineTalkClient(LineClient):
    """Answered by what really came back, as `LineClient` is."""

    def link_token(self, user_id: str) -> Answer:
        return self._exchange(
            lambda: self._api.issue_link_token_with_http_info(user_id, _request_timeout=self._timeouts)
        )

    def reply(self, reply_token: str, messages: list[Any]) -> Answer:
        body = {"replyToken": reply_token, "messages": messages, "notificationDisabled": False}
        self._pool.expect(canonical_json(body))
        request = ReplyMessageRequest.from_dict(body)
        return self._exchange(lambda: self._api.reply_message_with_http_info(request, _request_timeout=self._timeouts))

    def bot_info(self) -> Answer:
        return self._exchange(lambda: self._api.get_bot_info_with_http_info(_request_timeout=self._timeouts))

    def webhook(self) -> Answer:
        return self._exchange(lambda: self._api.get_webhook_endpoint_with_http_info(_request_timeout=self._timeouts))

    def set_webhook(self, url: str) -> Answer:
        self._pool.expect(canonical_json({"endpoint": url}))
        request = SetWebhookEndpointRequest(endpoint=url)
        return self._exchange(
            lambda: self._api.set_webhook_endpoint_with_http_info(request, _request_timeout=self._timeouts)
        )

    def test_webhook(self, url: str) -> Answer:
        self._pool.expect(canonical_json({"endpoint": url}))
        request = TestWebhookEndpointRequest(endpoint=url)
        return self._exchange(
            lambda: self._api.test_webhook_endpoint_with_http_info(request, _request_timeout=self._timeouts)
        )

    def menus(self) -> Answer:
        return self._exchange(lambda: self._api.get_rich_menu_list_with_http_info(_request_timeout=self._timeouts))

    def default_menu(self) -> Answer:
        return self._exchange(
            lambda: self._api.get_default_rich_menu_id_with_http_info(_request_timeout=self._timeouts)
        )

    def create_menu(self, menu: dict[str, Any]) -> Answer:
        self._pool.expect(canonical_json(menu))
        request = RichMenuRequest.from_dict(menu)
        return self._exchange(
            lambda: self._api.create_rich_menu_with_http_info(request, _request_timeout=self._timeouts)
        )

    def show_menu(self, menu_id: str) -> Answer:
        return self._exchange(
            lambda: self._api.set_default_rich_menu_with_http_info(menu_id, _request_timeout=self._timeouts)
        )

    def delete_menu(self, menu_id: str) -> Answer:
        return self._exchange(
            lambda: self._api.delete_rich_menu_with_http_info(menu_id, _request_timeout=self._timeouts)
        )

    def set_menu_picture(self, data_url: str, menu_id: str, png: bytes) -> Answer:
        """LINE takes pictures at another address, which the SDK's own method for it has built in."""
        return self._exchange(
            lambda: self._api_client.call_api(
                "/v2/bot/richmenu/{richMenuId}/content",
                "POST",
                {"richMenuId": menu_id},
                [],
                {"Content-Type": "image/png"},
                body=png,
                response_types_map={},
                auth_settings=["Bearer"],
                _host=data_url.rstrip("/"),
                _request_timeout=self._timeouts,
            )
        )
