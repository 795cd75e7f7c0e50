"""Texts on their way out: whatever a gateway does, each attempt has an outcome."""

import logging
import socket
from collections.abc import Iterator
from dataclasses import replace

import pytest

from desktop.channels.practice_sms import PracticePhones
from desktop.channels.sms_gateway import SmsChannel
from desktop.channels.unconfigured import UnconfiguredSms
from desktop.domain.deliveries import DeliveryError
from desktop.domain.sms import Gateway
from desktop.domain.sms_gateways import OutgoingSms, SmsGateway, SmsKind
from tests.sms_world import KEY, PASSWORD, SmsStandIn, longest, sms_gateway

SMS = OutgoingSms(7, "0905123456", "TK: 0905123456, MK: aB3&+%d đ\n~", "ucs2", 1, "mo-1")
QUICK = (0.5, 0.5)
ALL = [Gateway.KANNEL, Gateway.ESMS, Gateway.VCOM]


@pytest.fixture(params=ALL)
def world(request: pytest.FixtureRequest) -> Iterator[SmsStandIn]:
    with sms_gateway(request.param) as found:
        yield found
    assert not found.complaints


def channel(world: SmsStandIn, **changed: str) -> SmsChannel:
    return SmsChannel(world.gateway, world.access(**changed), QUICK)


def test_a_text_arrives_letter_by_letter(world: SmsStandIn) -> None:
    found = channel(world, report_url="https://portal.example/sms/kannel/report").send(SMS)
    assert (found.kind, [taken.text for taken in world.taken]) == (SmsKind.ACCEPTED, [SMS.text])
    assert found.ref == ("esms-1" if world.gateway is Gateway.ESMS else "")


def test_a_second_attempt_is_known_where_the_gateway_can_tell(world: SmsStandIn) -> None:
    sends = channel(world)
    assert {sends.send(SMS).kind for _ in range(3)} == {SmsKind.ACCEPTED}
    assert sends.send(replace(SMS, reply_id=8)).kind is SmsKind.ACCEPTED
    assert len(world.taken) == (4 if world.gateway is Gateway.KANNEL else 2)


@pytest.mark.parametrize(
    ("mood", "kind", "reason"),
    [
        ("silent", SmsKind.UNKNOWN, "timeout"),
        ("dripping", SmsKind.UNKNOWN, "timeout"),
        ("hanging_up", SmsKind.UNKNOWN, "connection_lost"),
        ("failing", SmsKind.UNKNOWN, "server_error"),
        ("nonsense", SmsKind.UNKNOWN, "bad_reply"),
        ("leading_away", SmsKind.STOP, "wrong_url"),
        ("broke", SmsKind.STOP, "unauthorized"),
    ],
)
def test_bad_moods_have_outcomes(
    world: SmsStandIn, mood: str, kind: SmsKind, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    world.mood = mood
    in_time = longest(5)
    found = channel(world).send(SMS)
    assert (found.kind, found.reason) == (kind, reason)
    assert in_time()
    for private in ("0905123456", "aB3", PASSWORD, "gate+%26", KEY):
        assert private not in caplog.text.replace("127.0.0.1", "")


@pytest.mark.parametrize("mood", ["cut", "huge", "slow"])
def test_an_answer_that_does_not_end_is_read_no_longer_than_it_is_worth(world: SmsStandIn, mood: str) -> None:
    world.mood = mood
    in_time = longest(5)
    found = channel(world).send(SMS)
    assert in_time()
    if world.gateway is Gateway.KANNEL:  # whose status line says it all
        assert found.kind is SmsKind.ACCEPTED
    else:
        assert found.kind in (SmsKind.ACCEPTED, SmsKind.UNKNOWN)
        assert found.kind is SmsKind.UNKNOWN or mood != "cut"


def test_nobody_there_or_no_address_at_all(world: SmsStandIn) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        nobody = f"http://127.0.0.1:{taken.getsockname()[1]}"
    assert channel(world, url=nobody).send(SMS).reason == "unreachable"
    assert channel(world, url="https" + world.url.removeprefix("http")).send(SMS).kind in (
        SmsKind.STOP,
        SmsKind.UNKNOWN,
    )
    for address in (
        "",
        "http://",
        "ftp://gateway.example",
        "http://[",
        "http://a b/",
        "http://" + "a" * 70 + ".example",
    ):
        found = channel(world, url=address).send(SMS)
        assert found.kind in (SmsKind.STOP, SmsKind.AGAIN), (address, found)


def test_whether_we_are_let_in_is_asked_without_sending(world: SmsStandIn) -> None:
    assert channel(world).check() is (world.gateway is not Gateway.VCOM)
    world.mood = "hanging_up"
    with pytest.raises(DeliveryError, match="connection_lost"):
        channel(world).check()
    world.mood = "well"
    if world.gateway is not Gateway.VCOM:
        with pytest.raises(DeliveryError, match="unauthorized") as refused:
            channel(world, password="other").check()
        assert refused.value.permanent
    assert world.taken == []


def test_an_account_without_money_is_told_apart() -> None:
    with sms_gateway(Gateway.ESMS) as world:
        world.balance = 0
        with pytest.raises(DeliveryError, match="no_balance"):
            channel(world).check()


def test_practice_phones_take_everything_and_the_unconfigured_refuse() -> None:
    phones = PracticePhones()
    kinds: set[SmsGateway] = {phones, UnconfiguredSms()}
    assert phones.send(SMS).kind is SmsKind.ACCEPTED
    assert [text.text for text in phones.texts] == [SMS.text]
    for gateway in kinds - {phones}:
        with pytest.raises(DeliveryError) as refused:
            gateway.send(SMS)
        assert (refused.value.reason, refused.value.permanent) == ("not_configured", True)
