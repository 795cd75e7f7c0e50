"""Setting up the city's LINE account, and being told in words what is wrong with it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from desktop import app
from desktop.cli import line as command
from desktop.domain.errors import UserError
from desktop.domain.line_events import LINK_DATA, MENU_LABEL
from desktop.domain.staff import Role
from desktop.secrets import Secrets
from desktop.services.checks import Check, Checks
from desktop.services.line_account import LineAccount
from desktop.services.line_events import LineEvents
from desktop.store import settings as settings_store
from desktop.store.db import Store
from desktop.wording.errors import word
from desktop.wording.line import NAMES
from tests.conftest import Clock
from tests.line_account import Fault
from tests.line_server import TOKEN, LineServer
from tests.line_world import CHANNEL_SECRET, Events, body, sign
from tests.make import Make

PICTURE = Path(command.__file__).parents[2] / "resources" / "line" / "menu.png"
HOOK = "https://portal.example/line/webhook"


@pytest.fixture
def line() -> Iterator[LineServer]:
    with LineServer(limit=1000) as server:
        server.account.webhook = (HOOK, True)
        yield server


class City:
    def __init__(self, store: Store, clock: Clock, make: Make, line: LineServer) -> None:
        self.store, self.clock, self.line, self.actor = store, clock, line, make.principal()
        with store.bookkeep() as session:
            make.installation(session)
        self.set(**{"line.enabled": True, "line.api_url": line.url, "line.data_url": line.url})
        self.set(**{"portal.url": "https://portal.example"})
        self.use()

    def set(self, **values: Any) -> None:
        with self.store.bookkeep() as session:
            for key, value in values.items():
                settings_store.put(session, key, value)

    def use(self, token: str = TOKEN, secret: str = CHANNEL_SECRET) -> None:
        given = {"LINE_CHANNEL_ACCESS_TOKEN": token, "LINE_CHANNEL_SECRET": secret}
        secrets = Secrets.handed({name: value for name, value in given.items() if value})
        self.account = LineAccount(self.store, secrets, app.RealChannels(secrets), self.clock)

    def menu(self) -> str:
        return self.account.setup_menu(self.actor, PICTURE.read_bytes())

    def wrong(self) -> dict[str, str]:
        """What the check complains of, in words."""
        found = self.account.check(self.actor)
        assert {check.name for check in found} <= set(NAMES)
        return {check.name: said(check) for check in found if not check.ok}


def said(check: Check) -> str:
    text = str(word(UserError(check.code, **dict(check.details))))
    assert check.code not in text
    return text


@pytest.fixture
def city(sqlite_store: Store, clock: Clock, make: Make, line: LineServer) -> City:
    return City(sqlite_store, clock, make, line)


def test_the_menu_is_made_with_its_picture_and_shown_to_everybody(city: City, line: LineServer) -> None:
    first = city.menu()
    assert line.account.shown == first
    areas: Any = line.account.menus[first]["areas"]
    assert areas[0]["action"] == {
        "type": "postback", "label": MENU_LABEL, "data": LINK_DATA, "displayText": MENU_LABEL,
    }  # fmt: skip
    second = city.menu()
    assert list(line.account.menus) == [second]
    assert city.wrong() == {}


def test_a_menu_that_line_does_not_take_leaves_the_old_one_alone(city: City, line: LineServer) -> None:
    first = city.menu()
    with pytest.raises(UserError, match=r"line\.refused"):
        city.account.setup_menu(city.actor, b"no picture")
    line.account.faults.append(Fault(500))
    with pytest.raises(UserError, match=r"line\.refused"):
        city.menu()
    assert (list(line.account.menus), line.account.shown) == ([first], first)


def test_somebody_elses_menu_stays_and_is_told_of(city: City, line: LineServer) -> None:
    line.account.menus["richmenu-1"] = {"name": "city festival", "size": {"width": 1200, "height": 405}}
    line.account.shown = "richmenu-1"
    assert "setup-menu" in city.wrong()["line_menu"]
    city.menu()
    assert len(line.account.menus) == 2
    assert city.wrong() == {}


def test_each_thing_that_can_be_wrong_is_said_in_words(city: City, line: LineServer) -> None:
    assert list(city.wrong()) == ["line_menu"]
    city.menu()
    line.account.webhook = None
    assert HOOK in city.wrong()["line_webhook"]
    line.account.webhook = ("https://old.example/hook", True)
    assert "https://old.example/hook" in city.wrong()["line_webhook"]
    assert city.account.set_webhook(city.actor) == HOOK
    assert city.wrong() == {}
    line.account.webhook = (HOOK, False)
    assert "Use webhook" in city.wrong()["line_webhook"]
    line.account.webhook = (HOOK, True)
    line.account.test_result = {"success": False, "statusCode": 401, "reason": "ERROR_STATUS_CODE", "detail": "401"}
    assert "channel secret" in city.wrong()["line_webhook_test"]
    line.account.test_result = {"success": False, "statusCode": 0, "reason": "COULD_NOT_CONNECT", "detail": "tls"}
    assert "public authority" in city.wrong()["line_webhook_test"]
    line.account.test_result = {"success": True, "statusCode": 200}
    line.used = 950
    assert city.wrong()["line_quota"].startswith("Only 50 of 1000")


def test_a_token_a_secret_or_an_address_that_is_missing_or_wrong_is_named(city: City, line: LineServer) -> None:
    city.menu()
    city.use(secret="")
    assert "LINE_CHANNEL_SECRET" in city.wrong()["line_secret"]
    city.use(token="old")
    assert "LINE_CHANNEL_ACCESS_TOKEN" in city.wrong()["line_token"]
    city.use(token="")
    assert "no token" in city.wrong()["line_token"]
    city.use()
    city.set(**{"portal.url": "http://portal.example"})
    assert {"line_portal", "line_webhook"} <= city.wrong().keys()
    with pytest.raises(UserError, match=r"line\.portal_missing"):
        city.account.set_webhook(city.actor)
    line.stop()
    assert "line_token" in city.wrong()


def test_events_that_nobody_takes_in_are_missed(city: City, clock: Clock, sqlite_store: Store) -> None:
    city.menu()
    raw = body(Events(clock).text("a"))
    secrets = Secrets.handed({"LINE_CHANNEL_SECRET": CHANNEL_SECRET})
    LineEvents(sqlite_store, secrets, clock).receive(raw, sign(raw))
    assert city.wrong() == {}
    clock.turn(minutes=6)
    assert "worker" in city.wrong()["line_events"]


def test_line_that_is_off_is_no_fault_and_has_no_menu(city: City) -> None:
    city.set(**{"line.enabled": False})
    assert city.wrong() == {}
    with pytest.raises(UserError, match=r"line\.off"):
        city.menu()


def test_only_who_may_change_settings_may(city: City, sqlite_store: Store, make: Make) -> None:
    with sqlite_store.write(make.principal()) as session:
        clerk = make.staff(session, Role.CLERK)
        session.info["audited"] = True
    for act in (city.account.check, city.account.set_webhook):
        with pytest.raises(UserError, match="forbidden"):
            act(clerk)


def test_the_desks_own_check_of_line_names_the_first_thing_that_is_wrong(
    city: City, line: LineServer, sqlite_store: Store, clock: Clock
) -> None:
    secrets = Secrets.handed({"LINE_CHANNEL_ACCESS_TOKEN": TOKEN, "LINE_CHANNEL_SECRET": CHANNEL_SECRET})
    checks = Checks(sqlite_store, secrets, app.RealChannels(secrets), clock, city.account.look)
    found = {check.name: check for check in checks.all()}
    assert not found["line"].ok
    assert "setup-menu" in said(found["line"])
    city.menu()
    assert {check.name: check for check in checks.all()}["line"].ok
