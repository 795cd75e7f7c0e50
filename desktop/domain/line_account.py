"""The city's LINE account as LINE knows it: its webhook, its menu; and what to ask of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from desktop.domain.deliveries import LineCall, LineOutcome, LineQuota
from desktop.domain.line import Message, postback_action
from desktop.domain.line_events import LINK_DATA, MENU_LABEL, UNLINK_DATA

MENU_NAME = "renraku-1"
"""By this name the menu is known again; a menu that looks otherwise gets another number."""
MENU_WIDTH, MENU_HEIGHT = 1200, 405
LINK_PART = 800
"""The width of the part on the left; what is drawn in the picture follows it."""
UNLINK_LABEL = "LINE連携をやめる"


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where LINE delivers events. `url` is "" where none is set."""

    url: str
    is_active: bool


@dataclass(frozen=True, slots=True)
class WebhookTest:
    """What LINE saw when it called our webhook."""

    is_well: bool
    status: int
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class Menu:
    menu_id: str
    name: str


class LineTalk(Protocol):
    """Speaking with single people, by the worker. Shared by no two threads."""

    def link_token(self, user_id: str) -> str:
        """A new token by which LINE links this person, good for ten minutes. Raises DeliveryError."""

    def reply(self, reply_token: str, messages: Sequence[Message]) -> LineOutcome:
        """Answer an event, once and for nothing; a token that is spent is the reason `reply_token`."""

    def send(self, call: LineCall) -> LineOutcome: ...

    def close(self) -> None: ...


class LineAccountGateway(Protocol):
    """The account itself. Everything raises DeliveryError; `no_answer…`, `unauthorized` and so on are its reasons."""

    def name(self) -> str:
        """What the account is called."""

    def quota(self) -> LineQuota: ...

    def webhook(self) -> Webhook: ...

    def set_webhook(self, url: str) -> None: ...

    def test_webhook(self, url: str) -> WebhookTest: ...

    def menus(self) -> list[Menu]: ...

    def default_menu(self) -> str:
        """The id of the menu that everybody sees; "" where there is none."""

    def create_menu(self, menu: Message) -> str:
        """Gives its id."""

    def set_menu_picture(self, menu_id: str, png: bytes) -> None: ...

    def show_menu(self, menu_id: str) -> None:
        """To everybody."""

    def delete_menu(self, menu_id: str) -> None: ...

    def close(self) -> None: ...


def menu_request() -> Message:
    """The menu as LINE wants it: linking on the left, ending it on the right (A31-A34).

    What appears in the chat when somebody taps is the menu's own Japanese label: one menu serves everybody.
    """
    link = postback_action(MENU_LABEL, LINK_DATA, MENU_LABEL)
    unlink = postback_action(UNLINK_LABEL, UNLINK_DATA, UNLINK_LABEL)
    return {
        "size": {"width": MENU_WIDTH, "height": MENU_HEIGHT},
        "selected": True,
        "name": MENU_NAME,
        "chatBarText": "メニュー",
        "areas": [
            {"bounds": _bounds(0, LINK_PART), "action": link},
            {"bounds": _bounds(LINK_PART, MENU_WIDTH - LINK_PART), "action": unlink},
        ],
    }


def _bounds(x: int, width: int) -> dict[str, int]:
    return {"x": x, "y": 0, "width": width, "height": MENU_HEIGHT}
