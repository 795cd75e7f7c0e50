"""A message in and its reply out, by each gateway as it is set up."""

import base64
import hashlib
import json
import re
from collections.abc import Callable
from datetime import datetime
from threading import Event

import pytest

from desktop.app import RealChannels, Services, build_services
from desktop.domain.sms import Gateway
from desktop.domain.sms_gateways import InboundCall
from desktop.secrets import Secrets, new_data_key
from desktop.store import settings as settings_store
from desktop.store.db import Store
from desktop.store.tables import SmsReply
from desktop.worker.sms_desk import SmsDesk
from tests.conftest import Clock
from tests.make import Make
from tests.sms_town import AN, GOOD, KEY, esms, kannel
from tests.sms_world import BRAND, PASSWORD, USER, SmsStandIn, sms_gateway

SECRETS = Secrets.handed({"DATA_KEY": new_data_key(), "SMS_KEY": KEY, "SMS_PASSWORD": PASSWORD})


def vcom(sender: str, text: str, number: object, at: datetime) -> InboundCall:
    fields = {"type": "new", "client_id": USER, "request_id": str(number), "service_id": "8188", "command_code": "TK",
              "message": text, "telco": "VT", "phone": f"84{sender[1:]}", "time": int(at.timestamp())}  # fmt: skip
    signed = f"{USER}{number}{fields['phone']}{KEY}{fields['time']}"
    fields["checksum"] = base64.b64encode(hashlib.sha256(signed.encode()).digest()).decode()
    return InboundCall(Gateway.VCOM, b"", json.dumps(fields).encode())


CALLS: dict[Gateway, Callable[[str, str, object, datetime], InboundCall]] = {
    Gateway.KANNEL: kannel, Gateway.ESMS: esms, Gateway.VCOM: vcom,
}  # fmt: skip


def set_up(store: Store, clock: Clock, make: Make, world: SmsStandIn) -> Services:
    settings = {"sms.enabled": True, "sms.gateway": world.gateway.value, "sms.url": world.url, "sms.user": USER,
                "sms.brand": BRAND, "portal.url": "https://portal.example"}  # fmt: skip
    with store.bookkeep() as session:
        make.installation(session)
        for key, value in settings.items():
            settings_store.put(session, key, value)
    return build_services(store, SECRETS, clock)


def work(services: Services) -> None:
    """A worker does what there is to do now, and ends."""
    desk = SmsDesk(services.sms_intake, services.sms_timer, services.sms_replies, RealChannels(SECRETS), Event())
    desk.start()
    desk.finish()


@pytest.mark.parametrize("gateway", [Gateway.KANNEL, Gateway.VCOM])
def test_a_message_is_answered_by_a_call(gateway: Gateway, sqlite_store: Store, clock: Clock, make: Make) -> None:
    with sms_gateway(gateway) as world:
        world.key = KEY
        services = set_up(sqlite_store, clock, make, world)
        services.sms_intake.receive(CALLS[gateway](AN, GOOD, "in-1", clock()))
        work(services)
        assert world.complaints == []
    (taken,) = world.taken
    assert re.match(rf"TK: {AN}, MK: \w{{10}} la tai khoan", taken.text)
    assert taken.phone == (AN if gateway is Gateway.KANNEL else "in-1")


def test_a_reply_whose_answer_never_arrived_goes_by_a_call_with_the_same_password(
    sqlite_store: Store, clock: Clock, make: Make
) -> None:
    with sms_gateway(Gateway.ESMS) as world:
        world.key = KEY
        services = set_up(sqlite_store, clock, make, world)
        answer = services.sms_intake.receive(esms(AN, GOOD, "in-1", clock()))
        work(services)
        assert world.taken == []  # the answer is still on its way, for all we know
        clock.turn(seconds=61)
        work(services)
        work(services)
        assert world.complaints == []
    assert [(taken.phone, f"<Message>{taken.text}</Message>" in answer.body.decode()) for taken in world.taken] == [
        (AN, True)
    ]
    with sqlite_store.read() as session:
        reply = session.query(SmsReply).one()
        assert (reply.state, reply.gateway_ref) == ("sent", "esms-1")
