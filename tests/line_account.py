"""LINE beside sending, on loopback: replies, link tokens, the webhook's address and menus, each request checked."""

import re
import secrets
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from desktop.channels.practice_line import LineReply, LineRequest, complaint

_USER = r"(U[0-9a-f]{32})"
_MENU = r"(richmenu-[0-9a-f]+)"
PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to one send call instead of a proper answer.

    `accepts`: LINE takes the messages all the same. Then `status` (with `body` and `headers`) goes back; without a
    status nothing does: the server hangs, or closes if `closes`. `cut` sends only so many bytes of the proper answer.
    """

    status: int | None = None
    body: bytes = b'{"message":"scripted"}'
    headers: dict[str, str] = field(default_factory=dict)
    accepts: bool = False
    closes: bool = False
    cut: int | None = None


class LineAccount:
    """`replies` are (reply token, messages) that were taken; a token works once. `link_tokens` say for whom each is.

    `menus` by id, `pictures` too; `shown` is the default one. `webhook` is None or (url, active).
    """

    def __init__(self) -> None:
        self.faults: deque[Fault] = deque()
        self.replies: list[tuple[str, list[dict[str, object]]]] = []
        self.link_tokens: dict[str, str] = {}
        self.menus: dict[str, dict[str, object]] = {}
        self.pictures: dict[str, bytes] = {}
        self.shown = ""
        self.webhook: tuple[str, bool] | None = None
        self.test_result: dict[str, object] = {"success": True, "statusCode": 200, "reason": "OK", "detail": "200"}
        self.tested: list[str] = []
        self._spent: set[str] = set()
        self._routes: list[tuple[str, str, Callable[..., LineReply]]] = [
            ("POST", "/v2/bot/message/reply", self._reply),
            ("POST", f"/v2/bot/user/{_USER}/linkToken", self._link_token),
            ("GET", "/v2/bot/info", self._info),
            ("GET", "/v2/bot/channel/webhook/endpoint", self._endpoint),
            ("PUT", "/v2/bot/channel/webhook/endpoint", self._set_endpoint),
            ("POST", "/v2/bot/channel/webhook/test", self._test),
            ("GET", "/v2/bot/richmenu/list", self._menus),
            ("POST", "/v2/bot/richmenu", self._create),
            ("POST", f"/v2/bot/richmenu/{_MENU}/content", self._picture),
            ("DELETE", f"/v2/bot/richmenu/{_MENU}", self._delete),
            ("POST", f"/v2/bot/user/all/richmenu/{_MENU}", self._show),
            ("GET", "/v2/bot/user/all/richmenu", self._default),
        ]

    def knows(self, path: str) -> bool:
        return any(re.fullmatch(pattern, path) for _method, pattern, _do in self._routes)

    def answer(self, request: LineRequest) -> LineReply:
        for method, pattern, do in self._routes:
            found = re.fullmatch(pattern, request.path)
            if found and method == request.method:
                return do(request, *found.groups())
        return LineReply(405, complaint("Method not allowed"))

    def texts(self) -> list[str]:
        """What was replied, as text."""
        return [str(message.get("text", message.get("altText"))) for _token, sent in self.replies for message in sent]

    def _reply(self, request: LineRequest) -> LineReply:
        token, messages = request.json.get("replyToken"), request.json.get("messages")
        if request.retry_key:
            return LineReply(400, complaint("The retry key is not supported"))
        if not isinstance(messages, list) or not 1 <= len(messages) <= 5:
            return LineReply(400, complaint("The request body has 1 error(s)", ("messages", "Size must be 1 to 5")))
        for message in messages:
            if message.get("type") == "text" and not str(message.get("text", "")).strip():
                return LineReply(400, complaint("The request body has 1 error(s)", ("messages[0].text", "Empty")))
            if message.get("type") == "template" and len(message["template"]["text"]) > 160:
                return LineReply(400, complaint("The request body has 1 error(s)", ("messages[1]", "Too long")))
        if not isinstance(token, str) or not re.fullmatch(r"[0-9a-f]{32}", token) or token in self._spent:
            return LineReply(400, complaint("Invalid reply token"))
        self._spent.add(token)
        self.replies.append((token, messages))
        return LineReply(200, {"sentMessages": [{"id": "1"} for _ in messages]})

    def _link_token(self, _request: LineRequest, user_id: str) -> LineReply:
        token = secrets.token_urlsafe(24)
        self.link_tokens[token] = user_id
        return LineReply(200, {"linkToken": token})

    def _info(self, _request: LineRequest) -> LineReply:
        return LineReply(200, {"userId": "U" + "e" * 32, "basicId": "@city", "displayName": "ひがし市",
                               "chatMode": "bot", "markAsReadMode": "auto"})  # fmt: skip

    def _endpoint(self, _request: LineRequest) -> LineReply:
        if self.webhook is None:
            return LineReply(404, complaint("Not found"))
        return LineReply(200, {"endpoint": self.webhook[0], "active": self.webhook[1]})

    def _set_endpoint(self, request: LineRequest) -> LineReply:
        url = request.json.get("endpoint")
        if not isinstance(url, str) or not url.startswith("https://") or len(url) > 500:
            return LineReply(400, complaint("Invalid webhook endpoint URL"))
        self.webhook = (url, True)
        return LineReply(200)

    def _test(self, request: LineRequest) -> LineReply:
        self.tested.append(str(request.json.get("endpoint")))
        return LineReply(200, {"timestamp": "2026-11-20T03:00:00Z", **self.test_result})

    def _menus(self, _request: LineRequest) -> LineReply:
        listed = [{"richMenuId": menu_id, **menu} for menu_id, menu in self.menus.items()]
        return LineReply(200, {"richmenus": listed})

    def _create(self, request: LineRequest) -> LineReply:
        menu = request.json
        size, areas = menu.get("size", {}), menu.get("areas", [])
        width, height = size.get("width", 0), size.get("height", 0)
        if not (800 <= width <= 2500 and height >= 250 and width / height >= 1.45):
            return LineReply(400, complaint("The size is wrong"))
        if len(menu.get("name", "")) > 300 or len(menu.get("chatBarText", "")) > 14 or not 1 <= len(areas) <= 20:
            return LineReply(400, complaint("The menu is wrong"))
        for area in areas:
            bounds, action = area["bounds"], area["action"]
            is_inside = bounds["x"] + bounds["width"] <= width and bounds["y"] + bounds["height"] <= height
            if not is_inside or action["type"] != "postback" or len(action["data"]) > 300:
                return LineReply(400, complaint("An area is wrong"))
        menu_id = f"richmenu-{secrets.token_hex(16)}"
        self.menus[menu_id] = menu
        return LineReply(200, {"richMenuId": menu_id})

    def _picture(self, request: LineRequest, menu_id: str) -> LineReply:
        if menu_id not in self.menus:
            return LineReply(404, complaint("Not found"))
        size = self.menus[menu_id]["size"]
        is_png = request.body.startswith(PNG) and request.headers.get("content-type") == "image/png"
        measured = (int.from_bytes(request.body[16:20], "big"), int.from_bytes(request.body[20:24], "big"))
        if not is_png or len(request.body) > 1_000_000 or {"width": measured[0], "height": measured[1]} != size:
            return LineReply(400, complaint("The image is not what the menu wants"))
        self.pictures[menu_id] = request.body
        return LineReply(200)

    def _delete(self, _request: LineRequest, menu_id: str) -> LineReply:
        return LineReply(200) if self.menus.pop(menu_id, None) is not None else LineReply(404, complaint("Not found"))

    def _show(self, _request: LineRequest, menu_id: str) -> LineReply:
        if menu_id not in self.pictures:
            return LineReply(400, complaint("must upload richmenu image before applying it to user"))
        self.shown = menu_id
        return LineReply(200)

    def _default(self, _request: LineRequest) -> LineReply:
        if not self.shown:
            return LineReply(404, complaint("no default richmenu"))
        return LineReply(200, {"richMenuId": self.shown})
