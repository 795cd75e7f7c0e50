"""Where SMS gateways call: what each hears, what is kept, and what nobody hears who is not the gateway."""

import json
import logging
from collections.abc import Callable
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from desktop.app import build_services
from desktop.domain.sms_gateways import InboundCall
from desktop.domain.sms_gateways.calls import LARGEST_CALL
from desktop.domain.sms_gateways.kannel import report_token
from desktop.portal.app import create_app
from desktop.store.db import Store
from desktop.store.tables import SmsReply
from tests.conftest import Clock
from tests.make import Make
from tests.sms_town import AN, GOOD, KEY, SECRETS, SmsTown, esms, kannel

Open = Callable[[str], tuple[SmsTown, FlaskClient]]


@pytest.fixture
def open_portal(store: Store, clock: Clock, make: Make) -> Open:
    """A city's portal before which a gateway of this name stands."""

    def opened(gateway: str) -> tuple[SmsTown, FlaskClient]:
        town = SmsTown(store, clock, make, gateway)
        return town, create_app(build_services(store, SECRETS, clock), SECRETS, clock).test_client()

    return opened


def get(client: FlaskClient, call: InboundCall, address: str = "192.0.2.1") -> tuple[int, bytes]:
    answer = client.get(
        f"/sms/{call.gateway}?{call.query.decode()}", environ_overrides={"REMOTE_ADDR": address}, buffered=True
    )
    answer.close()
    return answer.status_code, answer.data


def reply_states(store: Store) -> list[str]:
    with store.read() as session:
        return [reply.state for reply in session.query(SmsReply).order_by(SmsReply.id)]


def test_kannel_is_answered_when_its_message_is_kept_and_not_before(open_portal: Open, store: Store) -> None:
    town, client = open_portal("kannel")
    call = kannel(AN, GOOD, 1, town.clock())
    with store.bookkeep() as session:
        session.execute(text("ALTER TABLE sms_messages RENAME TO away"))
    assert get(client, call)[0] in (500, 503)
    with store.bookkeep() as session:
        session.execute(text("ALTER TABLE away RENAME TO sms_messages"))
    assert [get(client, call) for _ in range(3)] == [(200, b"")] * 3
    assert town.states() == ["waiting"]


def test_whoever_is_not_the_gateway_is_refused_and_leaves_nothing(
    open_portal: Open, caplog: pytest.LogCaptureFixture
) -> None:
    town, client = open_portal("kannel")
    caplog.set_level(logging.INFO)
    good = kannel(AN, GOOD, 1, town.clock())
    assert get(client, kannel(AN, GOOD, 1, town.clock(), key="guessed"))[0] == 401
    assert client.get("/sms/kannel").status_code == 401
    town.set("sms.networks", "192.0.2.0/24")
    assert get(client, good, "198.51.100.9")[0] == 403
    assert get(client, kannel(AN, GOOD, 1, town.clock(), id=""))[0] == 200  # it would come for ever
    assert get(client, good)[0] == 200
    assert client.post("/sms/kannel", data="x").status_code == 405
    assert len(town.messages()) == 1
    assert "sms.signature" in caplog.text
    for private in (AN[1:], "Nguyen", KEY, "048090001234"):
        assert private not in caplog.text


@pytest.mark.parametrize("path", ["kannel", "kannel/report", "esms", "vcom", "practice"])
def test_what_is_off_or_of_another_gateway_is_not_there(open_portal: Open, path: str) -> None:
    town, client = open_portal("vcom" if path.startswith("kannel") else "kannel")
    call = client.post if path in ("vcom", "practice") else client.get
    assert call(f"/sms/{path}").status_code == 404
    town.set("sms.enabled", False)
    assert call(f"/sms/{path}").status_code == 404


def test_esms_has_its_reply_in_the_answer_and_that_is_noted_when_it_was_handed_out(open_portal: Open) -> None:
    town, client = open_portal("esms")
    call = esms(AN, GOOD, 1, town.clock())
    answer = client.get(f"/sms/esms?{call.query.decode()}", buffered=False)
    assert reply_states(town.store) == ["due"]
    message = ET.fromstring(answer.data)[0].text or ""
    answer.close()
    assert message.startswith(f"TK: {AN}, MK: ")
    assert reply_states(town.store) == ["sent"]
    assert get(client, call)[1] == answer.data
    assert len(town.messages()) == 1


def test_vcom_hears_its_codes_and_nothing_too_large_is_read(open_portal: Open) -> None:
    town, client = open_portal("vcom")
    wrong = client.post("/sms/vcom", data=b'{"type":"new"}', content_type="application/json")
    assert (wrong.status_code, wrong.get_json()["errors"]["code"]) == (200, 106)
    assert client.post("/sms/vcom", data=b" " * (LARGEST_CALL + 1)).status_code == 413
    assert town.messages() == []


def test_kannel_reports_what_became_of_a_text_and_nobody_else_can(open_portal: Open, store: Store) -> None:
    town, client = open_portal("kannel")
    town.texted(AN, GOOD)
    with store.bookkeep() as session:
        reply = session.query(SmsReply).one()
        reply.state, reply.sent_at = "sent", town.clock()
        number = reply.id
    told = {"reply": str(number), "status": "1", "token": report_token(KEY, number)}

    def report(**changed: str) -> int:
        return client.get(f"/sms/kannel/report?{urlencode({**told, **changed})}").status_code

    assert report(token=KEY) == 401
    assert report(reply=str(number + 1)) == 401
    assert reply_states(town.store) == ["sent"]
    assert report() == 200
    assert reply_states(town.store) == ["delivered"]


def test_a_practice_database_takes_messages_from_anybody_here(sqlite_store: Store, clock: Clock, make: Make) -> None:
    with sqlite_store.bookkeep() as session:
        make.installation(session, practice=True)
    town = SmsTown.__new__(SmsTown)
    town.store, town.clock = sqlite_store, clock
    town.set("sms.enabled", True)
    client = create_app(build_services(sqlite_store, SECRETS, clock), SECRETS, clock).test_client()
    sent = {"id": "1", "from": AN, "to": "8188", "text": GOOD}
    assert client.post("/sms/practice", data=json.dumps(sent)).status_code == 200
    assert client.post("/sms/practice", data=b"?").status_code == 400
    assert [message.sender for message in town.messages()] == [AN]
