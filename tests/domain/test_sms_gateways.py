"""How the SMS gateways speak: what is believed, what is refused and how, what goes out and what the answer means."""

import base64
import hashlib
import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, quote_from_bytes, urlencode, urlsplit
from xml.etree import ElementTree as ET

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from desktop.domain.errors import UserError
from desktop.domain.sms import Gateway
from desktop.domain.sms_gateways import Access, Inbound, InboundCall, OutgoingSms, Report, Request, SmsKind, kannel
from desktop.domain.sms_gateways.adapters import ADAPTERS, SENDERS
from desktop.domain.sms_gateways.calls import LARGEST_CALL, decoded

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
KEY = "sms key & more"
TEXT = "TK,Nguyễn Văn Ân,048090001234,20/12/1990"
ACCESS = Access(
    url="http://gateway.example",
    user="city",
    brand="CHINHQUYEN",
    short_code="8188",
    networks="",
    report_url="https://portal.example/sms/kannel/report",
    key=KEY,
    password="pass word&",
)
SMS = OutgoingSms(7, "0905123456", "TK: 0905123456, MK: aB3 & đ", "ucs2", 1, "mo-1")


def by_kannel(raw: bytes = TEXT.encode(), **changed: str) -> InboundCall:
    fields = {"key": KEY, "id": "u-1", "from": "+84905123456", "to": "8188", "charset": "UTF-8",
              "time": "2026-11-20 02:59:30", **changed}  # fmt: skip
    return InboundCall(Gateway.KANNEL, f"{urlencode(fields)}&text={quote_from_bytes(raw)}".encode(), b"", "10.0.0.7")


def by_esms(content: bytes = TEXT.encode(), **changed: str) -> InboundCall:
    fields = {"sender": "84905123456", "serviceNumber": "8188", "keyword": "TK", "cpid": "9", "smsid": "e-1",
              "receiverTime": "20261120095930", **changed}  # fmt: skip
    signed = b"".join([fields["cpid"].encode(), fields["smsid"].encode(), content, fields["receiverTime"].encode()])
    fields.setdefault("sign", hashlib.md5(signed + KEY.encode(), usedforsecurity=False).hexdigest().upper())
    return InboundCall(Gateway.ESMS, f"{urlencode(fields)}&content={quote_from_bytes(content)}".encode())


def by_vcom(**changed: Any) -> InboundCall:
    fields: dict[str, Any] = {
        "type": "new", "client_id": "city", "request_id": "v-1", "service_id": "8188", "command_code": "TK",
        "message": TEXT, "telco": "VT", "phone": "84905123456", "time": int(NOW.timestamp()) - 30, **changed,
    }  # fmt: skip
    signed = "".join(str(fields[name]) for name in ("client_id", "request_id", "phone"))
    digest = hashlib.sha256(f"{signed}{KEY}{fields['time']}".encode("utf-8", "surrogatepass")).digest()
    fields.setdefault("checksum", base64.b64encode(digest).decode())
    return InboundCall(Gateway.VCOM, b"", json.dumps(fields).encode())


def read(call: InboundCall, access: Access = ACCESS, now: datetime = NOW) -> Inbound:
    return ADAPTERS[call.gateway].parse(call, access, now)


def refusal(call: InboundCall, access: Access = ACCESS, now: datetime = NOW) -> str:
    with pytest.raises(UserError) as refused:
        read(call, access, now)
    assert not refused.value.details
    return refused.value.code


@pytest.mark.parametrize("call", [by_kannel(), by_esms(), by_vcom()], ids=["kannel", "esms", "vcom"])
class TestEveryGateway:
    def test_what_it_hands_over_is_read_alike(self, call: InboundCall) -> None:
        found = read(call)
        assert (found.gateway, found.sender, found.is_mobile, found.recipient) == (
            call.gateway, "0905123456", True, "8188",
        )  # fmt: skip
        assert (found.text, found.sent_at, found.note) == (TEXT, NOW - timedelta(seconds=30), "")

    def test_another_key_is_refused(self, call: InboundCall) -> None:
        assert refusal(call, replace(ACCESS, key="other")) == "sms.signature"
        assert refusal(call, replace(ACCESS, key="")) == "sms.no_key"

    def test_a_recording_played_again_is_refused_where_the_call_is_signed(self, call: InboundCall) -> None:
        if call.gateway is not Gateway.KANNEL:
            assert refusal(call, now=NOW + timedelta(hours=24)) == "sms.too_old"
            assert refusal(call, now=NOW - timedelta(minutes=16)) == "sms.too_old"
        assert read(call, now=NOW + timedelta(hours=23)).text == TEXT
        assert read(call, now=NOW - timedelta(minutes=14)).text == TEXT

    @pytest.mark.parametrize(
        ("networks", "address", "may"),
        [
            ("10.0.0.0/24", "10.0.0.7", True),
            ("10.0.0.0/24,192.0.2.1/32", "::ffff:192.0.2.1", True),
            ("10.0.0.0/24", "10.0.1.7", False),
            ("10.0.0.0/24", "", False),
            ("2001:db8::/32", "2001:db8::1", True),
        ],
    )
    def test_only_its_own_networks_may_call(self, call: InboundCall, networks: str, address: str, *, may: bool) -> None:
        access, call = replace(ACCESS, networks=networks), replace(call, address=address)
        if may:
            assert read(call, access).text == TEXT
        else:
            assert refusal(call, access) == "sms.network"


@pytest.mark.parametrize(
    ("given", "sender", "is_mobile"),
    [
        ("84905123456", "0905123456", True),
        ("+84 1205123456", "0705123456", True),
        ("0905123456", "0905123456", True),
        ("8188", "8188", False),
        ("+819012345678", "+819012345678", False),
        ("Viettel\n\x00", "Viettel\ufffd\ufffd", False),
        ("", "", False),
        ("x" * 500, "x" * 32, False),
    ],
)
def test_senders_are_in_their_national_form_or_as_given(given: str, sender: str, *, is_mobile: bool) -> None:
    call = by_kannel()
    found = read(replace(call, query=call.query.replace(b"%2B84905123456", quote_from_bytes(given.encode()).encode())))
    assert (found.sender, found.is_mobile) == (sender, is_mobile)


@pytest.mark.parametrize("charset", ["utf-8", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("label", ["UTF-8", "UTF-16BE", "WINDOWS-1252", "ISO-8859-1", "8-BIT", "klingon", ""])
@pytest.mark.parametrize("text", [TEXT, "TK;Le Thi Be;201499999;1.2.1990", "Đặng Thị Hà"])
def test_a_charset_that_lies_is_found_out(text: str, charset: str, label: str) -> None:
    try:
        raw = text.encode(charset)
    except UnicodeEncodeError:
        return
    assert decoded(raw, label)[0] == text
    true_labels = {"utf-8": {"UTF-8"}, "utf-16-be": {"UTF-16BE"}, "cp1252": {"WINDOWS-1252", "ISO-8859-1", "UTF-8"}}
    if label in {"UTF-8", "UTF-16BE", "klingon"} and label not in true_labels[charset]:
        assert read(by_kannel(raw, charset=label)).note == "charset"


def test_a_text_in_latin_letters_is_taken_by_its_label() -> None:
    assert decoded("Núñez é".encode("cp1252"), "WINDOWS-1252") == ("Núñez é", False)
    assert decoded("Núñez é".encode("cp1252"), "UTF-8") == ("Núñez é", True)


def test_what_kannel_leaves_of_a_blank_at_the_end_is_dropped() -> None:
    split = b" ".join("TK,Hà Anh ".encode("utf-16-be").split())  # as Kannel does, byte by byte
    assert decoded(split, "UTF-16BE") == ("TK,Hà Anh", False)


def test_long_and_strange_texts_arrive_whole() -> None:
    for text in ("", "x", "đ" * 2000, "\x00", "😀" * 300, "'; DROP TABLE sms_messages; --"):
        assert read(by_kannel(text.encode())).text == text
        assert read(by_esms(text.encode())).text == text
        assert read(by_vcom(message=text)).text == text
    assert read(by_vcom(message="\ud800a")).text == "\ufffda"


@pytest.mark.parametrize(
    "query",
    [
        b"",
        b"id=1&from=0905123456&text=x",
        f"{urlencode({'key': KEY})}&id=1&from=0905123456".encode(),
        f"{urlencode({'key': KEY})}&id=&from=0905123456&text=x".encode(),
        f"{urlencode({'key': KEY})}&id=1%002&from=0905123456&text=x".encode(),
        f"{urlencode({'key': KEY})}&id=1&from=0905123456&text=x&TEXT=y".encode(),
        f"{urlencode({'key': KEY})}&id=1&from=0905123456&text={'x' * LARGEST_CALL}".encode(),
    ],
)
def test_kannel_calls_without_their_parts_are_refused(query: bytes) -> None:
    assert refusal(InboundCall(Gateway.KANNEL, query)) in {"sms.signature", "sms.nonsense"}


def test_kannels_time_is_utc_and_may_be_missing() -> None:
    assert read(by_kannel(time="2026-11-20 02:59")).sent_at == NOW - timedelta(minutes=1)
    found = read(by_kannel(time="yesterday", charset="?"))
    assert (found.sent_at, found.note) == (NOW, "charset time")


def test_a_changed_part_breaks_a_signature() -> None:
    good = by_esms()
    assert refusal(replace(good, query=good.query.replace(b"e-1", b"e-2"))) == "sms.signature"
    assert refusal(replace(good, query=good.query.replace(b"%2C", b"%3B"))) == "sms.signature"
    whole = by_vcom()
    assert refusal(replace(whole, body=whole.body.replace(b"84905123456", b"84905123457"))) == "sms.signature"
    assert refusal(by_vcom(client_id="somebody")) == "sms.signature"


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"nonsense", b"\xff\xfe", b"[" * 60_000, b'{"a":1,"a":2}', b'{"time":' + b"9" * 5000 + b"}", b"1"],
)
def test_vcom_calls_that_are_no_json_object_are_refused(body: bytes) -> None:
    assert refusal(InboundCall(Gateway.VCOM, b"", body)) in {"sms.nonsense", "sms.signature"}


def test_vcom_brings_messages_again_on_wish_and_names_times_in_several_ways() -> None:
    assert read(by_vcom(type="recovery")).gateway_id == "v-1"
    assert refusal(by_vcom(type="old")) == "sms.nonsense"
    assert refusal(by_vcom(message=5)) == "sms.nonsense"
    for good in (str(int(NOW.timestamp())), int(NOW.timestamp() * 1000), "20261120100000"):
        assert read(by_vcom(time=good)).sent_at == NOW
    for bad in (True, -5, "", "99999999999999", 10**30, "²²²²²²²²²²", None):
        assert refusal(by_vcom(time=bad)) in {"sms.nonsense", "sms.signature"}


anything = st.one_of(
    st.binary(max_size=300),
    st.builds(lambda fields: urlencode(fields).encode(), st.dictionaries(st.text(max_size=8), st.binary(max_size=40))),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
        max_leaves=8,
    ).map(lambda value: json.dumps(value).encode()),
)


@given(anything, st.binary(max_size=100), st.sampled_from(list(Gateway)))
@example(b"&&=&=%&%=%zz&key", b"", Gateway.KANNEL)
def test_no_bytes_make_reading_raise_anything_else(raw: bytes, text: bytes, gateway: Gateway) -> None:
    signed = {Gateway.KANNEL: by_kannel(text), Gateway.ESMS: by_esms(text)}.get(gateway)
    calls = [InboundCall(gateway, raw, raw, raw.decode("latin-1"))]
    calls += [replace(signed, query=signed.query + b"&" + raw), signed] if signed else []
    for call in calls:
        try:
            found = read(call, replace(ACCESS, networks="10.0.0.0/8" if len(raw) % 2 else ""))
        except UserError as error:
            ADAPTERS[gateway].refuse(error.code)
        else:
            assert found.text.encode("utf-8") is not None
            ADAPTERS[gateway].answer(found, found.text)
    decoded(raw, text.decode("latin-1"))


@given(st.integers(0, 999), st.binary(max_size=200) | anything, st.sampled_from(list(SENDERS)))
def test_no_answer_makes_an_outcome_impossible(status: int, body: bytes, gateway: Gateway) -> None:
    SENDERS[gateway].outcome(status, body)
    SENDERS[gateway].finding(status, body)


def test_what_waited_in_kannels_queue_is_taken_however_late_and_a_clock_ahead_counts_as_now() -> None:
    assert read(by_kannel(), now=NOW + timedelta(days=9)).sent_at == NOW - timedelta(seconds=30)
    ahead = read(by_kannel(), now=NOW - timedelta(hours=1))
    assert (ahead.sent_at, ahead.note) == (NOW - timedelta(hours=1), "time")


# Answers


def test_kannel_comes_again_only_where_that_can_help() -> None:
    refuse = ADAPTERS[Gateway.KANNEL].refuse
    codes = ("sms.nonsense", "sms.signature", "sms.network", "sms.off", "sms.no_key", "database.down")
    assert [refuse(code).status for code in codes] == [200, 401, 403, 404, 503, 503]
    assert ADAPTERS[Gateway.KANNEL].answer(read(by_kannel()), "text").body == b""


def test_esms_is_replied_to_in_the_answer() -> None:
    answer = ADAPTERS[Gateway.ESMS].answer(read(by_esms()), "TK: <1> & \x01đ ]]>")
    found = ET.fromstring(answer.body)
    assert {part.tag: part.text for part in found} == {
        "Message": "TK: <1> & đ ]]>", "Smsid": "e-1", "Receiver": "84905123456",
    }  # fmt: skip
    assert ET.fromstring(ADAPTERS[Gateway.ESMS].answer(read(by_esms())).body)[0].text is None
    refused = ADAPTERS[Gateway.ESMS].refuse("sms.signature")
    assert (refused.status, ET.fromstring(refused.body)[0].text) == (401, None)


@pytest.mark.parametrize(
    ("code", "status", "number"),
    [("sms.signature", 200, 106), ("sms.nonsense", 200, 106), ("sms.network", 403, 108), ("database.down", 503, 106)],
)
def test_vcom_hears_its_own_codes(code: str, status: int, number: int) -> None:
    refused = ADAPTERS[Gateway.VCOM].refuse(code)
    assert (refused.status, json.loads(refused.body)["errors"]["code"]) == (status, number)
    kept = ADAPTERS[Gateway.VCOM].answer(read(by_vcom()))
    assert (kept.status, json.loads(kept.body)["data"]["code"]) == (200, 200)


# Texts that go out


def asked(gateway: Gateway, sms: OutgoingSms = SMS, access: Access = ACCESS) -> Request:
    request = SENDERS[gateway].request(sms, access, NOW)
    assert isinstance(request, Request)
    return request


def test_kannel_is_asked_to_send_and_to_report() -> None:
    address = urlsplit(asked(Gateway.KANNEL).url)
    fields = {name: values[0] for name, values in parse_qs(address.query, strict_parsing=True).items()}
    report = urlsplit(fields.pop("dlr-url"))
    assert (address.netloc, address.path) == ("gateway.example", "/cgi-bin/sendsms")
    assert fields == {
        "username": "city", "password": "pass word&", "from": "8188", "to": "0905123456", "text": SMS.text,
        "charset": "UTF-8", "coding": "2", "dlr-mask": "19",
    }  # fmt: skip
    assert KEY not in report.query
    told = report.query.replace("%d", "1").encode()
    call = InboundCall(Gateway.KANNEL, told)
    assert kannel.report(call, ACCESS) == Report(7, is_delivered=True)
    assert kannel.report(call, replace(ACCESS, networks="10.9.0.0/16")) == Report(7, is_delivered=True)
    assert kannel.report(replace(call, query=told.replace(b"status=1", b"status=16")), ACCESS) == Report(7, False)
    for false in (
        told.replace(b"reply=7", b"reply=8"),
        told.replace(b"token=", b"token=0"),
        b"",
        b"reply=" + b"9" * 30,
    ):
        with pytest.raises(UserError):
            kannel.report(replace(call, query=false), ACCESS)
    with pytest.raises(UserError, match="nonsense"):
        kannel.report(replace(call, query=told.replace(b"status=1", b"status=8")), ACCESS)
    assert "dlr-url" not in asked(Gateway.KANNEL, access=replace(ACCESS, report_url="")).url
    whole = asked(Gateway.KANNEL, access=replace(ACCESS, url="http://10.0.0.1:13013/send")).url
    assert whole.startswith("http://10.0.0.1:13013/send?")


def test_esms_is_asked_as_documented_and_knows_a_second_attempt() -> None:
    request = asked(Gateway.ESMS)
    fields = json.loads(request.body)
    number = fields.pop("RequestId")
    assert request.url == "http://gateway.example/MainService.svc/json/SendMultipleMessage_V4_post_json/"
    assert fields == {
        "ApiKey": "city", "SecretKey": "pass word&", "Content": SMS.text, "Phone": "0905123456",
        "Brandname": "CHINHQUYEN", "SmsType": "2", "IsUnicode": "1",
    }  # fmt: skip
    assert json.loads(asked(Gateway.ESMS).body)["RequestId"] == number
    assert json.loads(asked(Gateway.ESMS, replace(SMS, text="other")).body)["RequestId"] != number


def test_vcom_is_asked_with_the_messages_own_id() -> None:
    request = asked(Gateway.VCOM)
    fields = json.loads(request.body)
    signed = f"{fields['client_id']}{fields['request_id']}{fields['mt_code']}{KEY}{fields['time']}"
    assert fields["checksum"] == base64.b64encode(hashlib.sha256(signed.encode()).digest()).decode()
    assert (fields["client_id"], fields["request_id"], fields["message"]) == ("city", "mo-1", SMS.text)
    assert fields["mt_code"] == json.loads(asked(Gateway.VCOM).body)["mt_code"]
    assert re.fullmatch(r"[0-9a-f-]{1,50}", fields["mt_code"])
    without = SENDERS[Gateway.VCOM].request(replace(SMS, mo_id=""), ACCESS, NOW)
    assert not isinstance(without, Request)
    assert (without.kind, without.reason) == (SmsKind.REFUSED, "no_message")


@pytest.mark.parametrize(
    ("gateway", "status", "body", "kind", "reason"),
    [
        (Gateway.KANNEL, 202, b"0: Accepted for delivery", "accepted", ""),
        (Gateway.KANNEL, 202, b"3: Queued for later delivery", "accepted", "queued"),
        (Gateway.KANNEL, 403, b"Authorization failed for sendsms", "stop", "unauthorized"),
        (Gateway.KANNEL, 503, b"Temporal failure, try again later.", "again", "busy"),
        (Gateway.KANNEL, 400, b"Empty text not allowed, rejected", "refused", "bad_message"),
        (Gateway.KANNEL, 500, b"", "unknown", "server_error"),
        (Gateway.KANNEL, 200, b"<html>Welcome to our network", "unknown", "bad_reply"),
        (Gateway.KANNEL, 302, b"", "stop", "wrong_url"),
        (Gateway.ESMS, 200, b'{"CodeResult":"100","SMSID":"a1"}', "accepted", ""),
        (Gateway.ESMS, 200, b'{"CodeResult":"124"}', "accepted", "duplicate"),
        (Gateway.ESMS, 200, b'{"CodeResult":"103"}', "stop", "no_balance"),
        (Gateway.ESMS, 200, b'{"CodeResult":108}', "refused", "bad_phone"),
        (Gateway.ESMS, 200, b'{"CodeResult":"999"}', "again", "other"),
        (Gateway.ESMS, 200, b'{"CodeResult":', "unknown", "bad_reply"),
        (Gateway.ESMS, 502, b"Bad gateway", "unknown", "server_error"),
        (Gateway.VCOM, 200, b'{"data":{"code":200}}', "accepted", ""),
        (Gateway.VCOM, 200, b'{"errors":{"code":104}}', "accepted", "duplicate"),
        (Gateway.VCOM, 200, b'{"errors":{"code":106}}', "stop", "unauthorized"),
        (Gateway.VCOM, 200, b'{"errors":{"code":102}}', "again", "other"),
        (Gateway.VCOM, 200, b'{"data":[]}', "unknown", "bad_reply"),
        (Gateway.VCOM, 429, b"", "again", "busy"),
    ],
)
def test_what_answers_mean(gateway: Gateway, status: int, body: bytes, kind: str, reason: str) -> None:
    outcome = SENDERS[gateway].outcome(status, body)
    assert (outcome.kind, outcome.reason) == (kind, reason)


def test_secrets_and_people_do_not_show_in_what_might_be_logged() -> None:
    shown = f"{ACCESS!r} {by_kannel()!r} {read(by_kannel())!r} {SMS!r} {asked(Gateway.KANNEL)!r}"
    for secret in (KEY, "pass", "0905123456", "Nguy", "048090001234", "aB3"):
        assert secret not in shown
