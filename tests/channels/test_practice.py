"""The built-in mail server and LINE of a practice database are as strict as real ones."""

import http.client
import smtplib
import subprocess
import sys
import uuid
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest

from desktop.channels.line import LineChannel
from desktop.channels.practice import PracticeGateways
from desktop.channels.practice_line import LineRequest, LineStandIn
from desktop.channels.practice_mail import fault_of
from desktop.channels.smtp import SmtpGateway, SmtpSettings
from desktop.channels.unconfigured import UnconfiguredMail
from desktop.domain.deliveries import DeliveryError, LineKind, MailKind, MailOutcome, OutgoingMail
from desktop.domain.line import multicast_call, text_message
from desktop.domain.mail import MailTemplate, MailText

SENT_AT = datetime(2026, 11, 2, 8, 30, tzinfo=UTC)
TEMPLATE = MailTemplate(
    MailText(
        *("第一小学校", "renraku@city.example", "【第一小学校】遠足の延期", "延期します。🍎", "第一小学校", "ja"),
        list_id="notices.h001.city.example",
        sent_at=SENT_AT,
    )
)
GOOD = TEMPLATE.render(to="a@example.test", message_id="<1@city.example>")


class Silent:
    """A journal that nobody reads."""

    def begin(self, delivery_id: int) -> None:
        """Nothing."""

    def end(self, delivery_id: int, code: int) -> None:
        """Nothing."""

    def flush(self) -> None:
        """Nothing."""


@pytest.fixture
def practice() -> Iterator[PracticeGateways]:
    with PracticeGateways() as gateways:
        yield gateways


def send(settings: SmtpSettings, *addresses: str, data: bytes = b"") -> list[MailOutcome]:
    mails = [
        OutgoingMail(n, to, "bounce@city.example", data or TEMPLATE.render(to=to, message_id=f"<{n}@city.example>"))
        for n, to in enumerate(addresses)
    ]
    connection = SmtpGateway(settings).connect()
    outcomes = list(connection.deliver(mails, Silent()))
    connection.close()
    return outcomes


def verdicts(outcomes: Sequence[MailOutcome]) -> list[tuple[str, str, str]]:
    return [(one.kind.value, one.stage.value, one.reason) for one in outcomes]


def test_a_mail_arrives_and_can_be_looked_at(practice: PracticeGateways) -> None:
    settings, _ = practice.start()
    assert [one.kind for one in send(settings, "a@example.test", "a..b@docomo.ne.jp")] == [MailKind.ACCEPTED] * 2
    first, second = practice.mail.mails
    assert (first.address, first.subject) == ("a@example.test", "【第一小学校】遠足の延期")
    assert first.text.startswith("延期します。🍎\n")
    assert second.address == "a..b@docomo.ne.jp"
    assert practice.mail.counts["accepted"] == 2


def test_some_addresses_are_refused_as_real_ones_are(practice: PracticeGateways) -> None:
    settings, _ = practice.start()
    addresses = ["unknown.x@example.test", "bounced1@docomo.ne.jp", "filter@docomo.ne.jp", "full@example.test"]
    assert verdicts(send(settings, *addresses)) == [
        ("refused", "rcpt", "unknown_user"),
        ("refused", "rcpt", "unknown_user"),
        ("refused", "end_of_data", "filtered"),
        ("deferred", "rcpt", "mailbox_full"),
    ]
    assert practice.mail.counts == {"refused": 4}


def test_a_greylisted_address_takes_the_second_attempt(practice: PracticeGateways) -> None:
    settings, _ = practice.start()
    assert verdicts(send(settings, "grey@example.test")) == [("deferred", "rcpt", "greylisted")]
    assert [one.kind for one in send(settings, "grey@example.test")] == [MailKind.ACCEPTED]


@pytest.mark.parametrize("address", ["a..b@docomo.ne.jp", ".a@docomo.ne.jp", "a.@docomo.ne.jp"])
def test_an_address_that_should_be_quoted_is_refused_without_quotes(practice: PracticeGateways, address: str) -> None:
    settings, _ = practice.start()
    with smtplib.SMTP(settings.host, settings.port, "office.test") as plain:
        plain.ehlo()
        plain.mail("x@city.example")
        assert plain.rcpt(address)[0] == 553
        local, _, domain = address.partition("@")
        assert plain.rcpt(f'"{local}"@{domain}')[0] == 250


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (b"Subject: ", b"X-Subject: ", "Subject must appear once"),
        (b"To: ", b"To: b@example.test\r\nTo: ", "To must appear once"),
        (b"MIME-Version: 1.0\r\n", b"", "MIME-Version must appear once"),
        (b"<1@city.example>", b"1", "Message-ID is malformed"),
        (b"From: ", b"From: \xe6\xa0\xa1 ", "8-bit characters in a header"),
        (b"From: ", b"From:\r\n \r\n ", "Malformed header line"),
        (b"From: ", b"From: " + b"x" * 998, "Malformed header line"),
        (b"Date: ", b"Date ", "Not a header"),
        (b"utf-8", b"us-ascii", "Text cannot be decoded"),
        (b"utf-8", b"no-such-set", "Text cannot be decoded"),
        (b"\r\n\r\n", b"\r\n", "No empty line after the headers"),
    ],
)
def test_a_malformed_mail_is_found_out(old: bytes, new: bytes, fault: str) -> None:
    assert fault_of(GOOD) == ""
    assert fault_of(GOOD.replace(old, new)) == fault


def test_a_malformed_mail_is_refused_after_its_text(practice: PracticeGateways) -> None:
    settings, _ = practice.start()
    (outcome,) = send(settings, "a@example.test", data=GOOD.replace(b"Date: ", b"X-Date: "))
    assert (outcome.kind, outcome.code, outcome.reason) == (MailKind.REFUSED, 550, "content_refused")
    assert not practice.mail.mails


def test_a_line_too_long_is_refused(practice: PracticeGateways) -> None:
    settings, _ = practice.start()
    (outcome,) = send(settings, "a@example.test", data=GOOD + b"x" * 1200 + b"\r\n")
    assert (outcome.kind, outcome.code) == (MailKind.REFUSED, 500)


def test_line_takes_a_call_and_knows_it_again(practice: PracticeGateways) -> None:
    _, settings = practice.start()
    call = multicast_call(str(uuid.uuid4()), ["U" + "0" * 32, "U" + "1" * 32], [text_message("延期")])
    channel = LineChannel(settings)
    assert [channel.send(call).kind for _ in range(2)] == [LineKind.ACCEPTED, LineKind.ALREADY_ACCEPTED]
    assert practice.line.used == 2
    assert practice.line.counts == {"multicast 200": 1, "multicast 409": 1}
    assert practice.line.calls[0].to == ["U" + "0" * 32, "U" + "1" * 32]


def test_line_counts_against_its_quota_but_not_the_blocked(practice: PracticeGateways) -> None:
    _, settings = practice.start()
    practice.line.limit = 1
    practice.line.blocked = {"U" + "0" * 32}
    channel = LineChannel(settings)
    both = ["U" + "0" * 32, "U" + "1" * 32]
    kinds = [channel.send(multicast_call(str(uuid.uuid4()), both, [text_message("x")])).kind for _ in range(2)]
    assert kinds == [LineKind.ACCEPTED, LineKind.QUOTA]


def ask(stand_in: LineStandIn, body: bytes, path: str = "multicast", **changed: str) -> tuple[int, object]:
    headers = {"authorization": "Bearer practice", "content-type": "application/json", **changed}
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    reply = stand_in.answer(LineRequest("POST", f"/v2/bot/message/{path}", headers, body))
    return reply.status, reply.content.get("details", reply.content.get("message"))


TO, TEXT = f'"to":["U{"0" * 32}"]', '"messages":[{"type":"text","text":"x"}]'


@pytest.mark.parametrize(
    ("body", "changed", "status"),
    [
        (f"{{{TO},{TEXT}}}", {}, 200),
        (f"{{{TO},{TEXT}}}", {"authorization": "Bearer other"}, 401),
        (f"{{{TO},{TEXT}}}", {"content_type": "text/plain"}, 415),
        (f"{{{TO},{TEXT}}}", {"x_line_retry_key": "not a uuid"}, 400),
        (f"{{{TO},{TEXT}}}", {"path": "broadcasts"}, 404),
        (f"{{{TO},{TEXT}" + " " * 2_100_000 + "}", {}, 413),
        ("{", {}, 400),
        ("[]", {}, 400),
        (f"{{{TEXT}}}", {}, 400),
        (f'{{"to":[],{TEXT}}}', {}, 400),
        (f'{{"to":["U{"A" * 32}"],{TEXT}}}', {}, 400),
        (f'{{"to":"U{"0" * 32}",{TEXT}}}', {"path": "push"}, 200),
        (f"{{{TO},{TEXT}}}", {"path": "push"}, 400),
        (f"{{{TO}}}", {}, 400),
        (f'{{{TO},"messages":[{{"type":"text"}}]}}', {}, 400),
        (f'{{{TO},"messages":[{{"type":"note","text":"x"}}]}}', {}, 400),
        (f'{{{TO},"messages":["x"]}}', {}, 400),
        (f'{{{TO},"messages":[{{"type":"template"}}]}}', {}, 400),
    ],
)
def test_line_is_strict(body: str, changed: dict[str, str], status: int) -> None:
    stand_in = LineStandIn()
    assert ask(stand_in, body.encode(), **changed)[0] == status
    stand_in.stop()


def test_501_recipients_are_one_too_many() -> None:
    stand_in = LineStandIn()
    ids = ",".join(f'"U{number:032x}"' for number in range(501))
    assert ask(stand_in, f'{{"to":[{ids}],{TEXT}}}'.encode()) == (
        400,
        [{"property": "to", "message": "Size must be between 1 and 500"}],
    )
    stand_in.stop()


def test_a_connection_is_kept(practice: PracticeGateways) -> None:
    _, settings = practice.start()
    connection = http.client.HTTPConnection(urlsplit(settings.api_url).netloc)
    for _ in range(2):
        connection.request("GET", "/v2/bot/message/quota", headers={"Authorization": "Bearer practice"})
        response = connection.getresponse()
        assert response.read() == b'{"type": "none"}'
        assert not response.will_close
    connection.close()


def test_stopping_twice_is_no_error() -> None:
    gateways = PracticeGateways()
    gateways.start()
    gateways.stop()
    gateways.stop()


def test_the_heavy_libraries_are_not_loaded_before_they_are_needed() -> None:
    modules = "line, practice, practice_line, smtp, unconfigured"
    heavy = "{'linebot', 'urllib3', 'aiosmtpd', 'asyncio'}"
    code = f"import sys; from desktop.channels import {modules}; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_unconfigured_mail_refuses() -> None:
    with pytest.raises(DeliveryError) as caught:
        UnconfiguredMail().connect()
    assert (caught.value.reason, caught.value.permanent) == ("not_configured", True)
