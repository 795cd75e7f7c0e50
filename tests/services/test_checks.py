"""What `doctor` finds, against real servers."""

import base64
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from desktop import app
from desktop.domain.errors import UserError
from desktop.domain.sms import Gateway
from desktop.secrets import Secrets
from desktop.services.checks import WORKER_SILENT_AFTER, Check, Checks
from desktop.store import settings as settings_store
from desktop.store.db import Store
from desktop.store.deliveries import workers
from desktop.wording.checks import NAMES
from desktop.wording.errors import word
from tests.conftest import Clock
from tests.make import Make
from tests.sms_world import BRAND, PASSWORD, USER, sms_gateway
from tests.sms_world import KEY as SMS_KEY
from tests.stand_ins import LineServer, ScriptedSmtp, SmtpScript

KEY = base64.b64encode(bytes(32)).decode()

Given = Callable[..., dict[str, Check]]


@pytest.fixture
def found(sqlite_store: Store, clock: Clock, make: Make) -> Given:
    """`found(secrets, **settings)` gives every check by its name; a setting's dots are written as underscores."""

    def check(secrets: dict[str, str] | None = None, *, practice: bool = False, **settings: Any) -> dict[str, Check]:
        with sqlite_store.bookkeep() as session:
            make.installation(session, practice=practice)
            for name, value in settings.items():
                settings_store.put(session, name.replace("_", ".", 1), value)
        handed = Secrets.handed({"DATA_KEY": KEY, **(secrets or {})})
        return {check.name: check for check in checks(sqlite_store, clock, handed).all()}

    return check


def checks(store: Store, clock: Clock, secrets: Secrets) -> Checks:
    return Checks(store, secrets, app.RealChannels(secrets), clock)


def said(check: Check) -> str:
    return str(word(UserError(check.code, **dict(check.details))))


def test_a_new_database_lacks_a_mail_server_a_sender_and_a_worker(found: Given) -> None:
    result = found()
    assert {name for name, check in result.items() if not check.ok} - {"fonts"} == {"mail", "sender", "worker"}
    assert "settings set email.host" in said(result["mail"])
    assert "settings set email.from" in said(result["sender"])
    assert "worker" in said(result["worker"])


def test_every_check_has_a_name_and_words(found: Given) -> None:
    for check in found().values():
        assert check.name in NAMES
        assert check.code not in said(check)


def test_a_mail_server_that_takes_our_name_and_password_is_well(found: Given) -> None:
    with ScriptedSmtp(SmtpScript(user="office", password="right")) as server:
        mail = {"email_host": "127.0.0.1", "email_port": server.port, "email_security": "none"}
        sender = {"email_from": "office@school.example", "email_user": "office"}
        good = found({"EMAIL_PASSWORD": "right"}, **mail, **sender)["mail"]
        bad = found({"EMAIL_PASSWORD": "wrong"}, **mail, **sender)["mail"]
    assert good.ok
    assert not bad.ok
    assert "secret set EMAIL_PASSWORD" in said(bad)


def test_a_mail_server_that_is_not_there_is_named(found: Given) -> None:
    with ScriptedSmtp() as server:
        port = server.port
    check = found(email_host="127.0.0.1", email_port=port, email_security="none", email_from="a@school.example")["mail"]
    assert (check.ok, check.code) == (False, "check.mail.server_down")
    assert str(port) in said(check)


def test_line_says_what_is_left_of_the_month(found: Given) -> None:
    with LineServer(limit=1000) as line:
        token = {"LINE_CHANNEL_ACCESS_TOKEN": line.token}
        check = found(token, line_enabled=True, line_api_url=line.url)["line"]
    assert check.ok
    assert said(check).startswith("1000 of 1000")


def test_line_with_a_wrong_token_says_where_to_get_one(found: Given) -> None:
    with LineServer() as line:
        check = found({"LINE_CHANNEL_ACCESS_TOKEN": "old"}, line_enabled=True, line_api_url=line.url)["line"]
    assert not check.ok
    assert "secret set LINE_CHANNEL_ACCESS_TOKEN" in said(check)


def test_line_that_is_off_is_no_fault_and_nothing_is_said_of_sms_that_is_off(found: Given) -> None:
    result = found()
    assert (result["line"].code, result["line"].ok) == ("check.line_off", True)
    assert "sms" not in result


def test_sms_that_is_on_says_what_it_lacks(found: Given) -> None:
    assert "sms.url, sms.user, SMS_KEY, SMS_PASSWORD is missing" in said(found(sms_enabled=True)["sms"])
    secrets = {"SMS_KEY": "k", "SMS_PASSWORD": "p"}
    on: dict[str, Any] = {"sms_enabled": True, "sms_url": "http://127.0.0.1:1", "sms_user": "u"}
    assert found(secrets, **on)["sms"].code == "check.sms_no_portal"
    assert found(secrets, **on, portal_url="http://portal.example")["sms"].code == "check.sms_portal_open"
    down = found(secrets, **on, portal_url="https://portal.example")["sms"]
    assert (down.code, "http://127.0.0.1:1" in said(down)) == ("check.sms.unreachable", True)


@pytest.mark.parametrize("gateway", [Gateway.KANNEL, Gateway.ESMS, Gateway.VCOM])
def test_a_gateway_is_asked_whether_it_lets_us_in_and_nothing_is_sent(found: Given, gateway: Gateway) -> None:
    with sms_gateway(gateway) as world:
        on: dict[str, Any] = {"sms_enabled": True, "sms_gateway": gateway.value, "sms_url": world.url,
                              "sms_user": USER, "sms_brand": BRAND, "portal_url": "https://portal.example"}  # fmt: skip
        good = found({"SMS_KEY": SMS_KEY, "SMS_PASSWORD": PASSWORD}, **on)["sms"]
        bad = found({"SMS_KEY": SMS_KEY, "SMS_PASSWORD": "old"}, **on)["sms"]
        assert (world.taken, world.complaints) == ([], [])
    assert good.ok
    assert f"https://portal.example/sms/{gateway.value}" in said(good)
    if gateway is Gateway.VCOM:
        assert good.code == "check.sms_answers"
    else:
        assert (bad.ok, "secret set SMS_PASSWORD" in said(bad)) == (False, True)


def test_a_worker_that_has_been_silent_for_long_is_missed(
    sqlite_store: Store, clock: Clock, make: Make, found: Given
) -> None:
    with sqlite_store.bookkeep() as session:
        workers.register(session, "w", "pc", clock())
    assert found()["worker"].ok
    clock.turn(WORKER_SILENT_AFTER + timedelta(seconds=1))
    assert found()["worker"].code == "check.worker_silent"


def test_a_practice_database_asks_nothing_of_the_outside(found: Given) -> None:
    result = found(practice=True)
    assert (result["mail"].code, result["line"].code) == ("check.practice_channel", "check.practice_channel")
    assert "sender" not in result


def test_without_a_database_the_rest_is_still_checked(sqlite_store: Store, clock: Clock) -> None:
    names = [check.name for check in checks(sqlite_store, clock, Secrets.handed({})).all()]
    assert names == ["database", "keyring", "fonts"]


def test_a_missing_key_is_told(found: Given) -> None:
    check = found({"DATA_KEY": "short"})["keyring"]
    assert not check.ok
    assert "32 bytes" in said(check)
