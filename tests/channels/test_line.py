"""LINE through its own SDK, over real HTTP: what each answer or silence becomes, and what is sent twice."""

import json
import socket
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.channels.line import LineChannel, LineSettings
from desktop.channels.unconfigured import UnconfiguredLine
from desktop.domain.deliveries import DeliveryError, LineCall, LineKind, LineOutcome, LineProblem, LineQuota
from desktop.domain.line import (
    TEXT_LIMIT,
    buttons_message,
    canonical_json,
    line_text,
    link_action,
    multicast_call,
    postback_action,
    push_call,
    recipients,
    split_recipients,
    text_message,
    utf16_units,
)
from tests.stand_ins import Fault, LineServer, make_certificates

HELLO = [text_message("遠足は延期です 🍎 𠮷 Đặng")]
HANGS = Fault()
CLOSES = Fault(closes=True)


def user(number: int) -> str:
    return f"U{number:032x}"


def multicast(*numbers: int, key: str = "") -> LineCall:
    return multicast_call(key or str(uuid.uuid4()), [user(number) for number in numbers], HELLO)


def channel(server: LineServer, token: str = "", read_seconds: float = 10) -> LineChannel:
    return LineChannel(LineSettings(server.url, token or server.token, 5, read_seconds))


@pytest.fixture
def line() -> Iterator[LineServer]:
    with LineServer() as server:
        yield server


def answer(fault: Fault, call: LineCall | None = None, limit: int | None = None) -> LineOutcome:
    """One call to a server with this fault."""
    with LineServer([fault], limit=limit) as server:
        sender = channel(server, read_seconds=0.3 if fault == HANGS else 10)
        outcome = sender.send(call or multicast(1, 2))
        sender.close()
    return outcome


def test_a_multicast_reaches_everybody_once(line: LineServer) -> None:
    outcome = channel(line).send(multicast(1, 2, 3))
    assert outcome.kind is LineKind.ACCEPTED
    assert outcome.request_id
    assert line.got == {user(1): 1, user(2): 1, user(3): 1}
    assert line.texts() == [HELLO[0]["text"]]


def test_a_push_reaches_one(line: LineServer) -> None:
    assert channel(line).send(push_call(str(uuid.uuid4()), user(1), HELLO)).kind is LineKind.ACCEPTED
    assert line.got == {user(1): 1}
    assert line.sends[0].path == "/v2/bot/message/push"


def test_five_hundred_at_once(line: LineServer) -> None:
    assert channel(line).send(multicast(*range(500))).kind is LineKind.ACCEPTED
    assert sum(line.got.values()) == 500


def test_the_key_and_the_stored_characters_are_what_is_sent(line: LineServer) -> None:
    call = multicast(1, 2)
    sender = channel(line)
    sender.send(call)
    sender.send(call)
    channel(line).send(call)
    assert {request.body for request in line.sends} == {call.body.encode()}
    assert {request.retry_key for request in line.sends} == {call.retry_key}
    assert line.got == {user(1): 1, user(2): 1}


def test_buttons_survive_the_sdk(line: LineServer) -> None:
    actions = [
        postback_action("確認しました", "confirm=1", "確認しました"),
        link_action("開く", "https://city.example/n/1"),
    ]
    call = multicast_call(str(uuid.uuid4()), [user(1)], [*HELLO, buttons_message("お知らせ", actions)])
    assert channel(line).send(call).kind is LineKind.ACCEPTED
    assert line.sends[0].body == call.body.encode()


def test_what_the_sdk_would_drop_is_never_sent(line: LineServer) -> None:
    body = canonical_json({"to": [user(1)], "messages": [{"type": "text", "text": "x", "nonsense": 1}]})
    with pytest.raises(ValueError, match="stored"):
        channel(line).send(LineCall(str(uuid.uuid4()), "multicast", body))
    assert line.sends == []


def test_a_repeated_key_counts_as_accepted(line: LineServer) -> None:
    call = multicast(1)
    first = channel(line).send(call)
    second = channel(line).send(call)
    assert second.kind is LineKind.ALREADY_ACCEPTED
    assert second.accepted_request_id == first.request_id
    assert line.got == {user(1): 1}


@pytest.mark.parametrize(
    ("fault", "kind", "reason"),
    [
        (Fault(401), LineKind.UNAUTHORIZED, "unauthorized"),
        (Fault(403), LineKind.UNAUTHORIZED, "forbidden"),
        (Fault(404), LineKind.UNAUTHORIZED, "wrong_url"),
        (Fault(301, headers={"location": "/elsewhere"}), LineKind.UNAUTHORIZED, "wrong_url"),
        (Fault(409), LineKind.ALREADY_ACCEPTED, ""),
        (Fault(413), LineKind.REJECTED_MESSAGE, "too_big"),
        (Fault(415), LineKind.REJECTED_MESSAGE, "bad_message"),
        (Fault(429), LineKind.RATE_LIMITED, "rate_limited"),
        (Fault(500), LineKind.UNKNOWN, "server_error"),
        (Fault(503), LineKind.UNKNOWN, "server_error"),
        (Fault(500, body=b"\xff\xfe<html>"), LineKind.UNKNOWN, "server_error"),
        (Fault(401, body=b"\xff\xfe<html>"), LineKind.UNAUTHORIZED, "unauthorized"),
        (HANGS, LineKind.UNKNOWN, "timeout"),
        (CLOSES, LineKind.UNKNOWN, "connection_lost"),
        (Fault(accepts=True, closes=True), LineKind.UNKNOWN, "connection_lost"),
        (Fault(accepts=True, cut=5), LineKind.UNKNOWN, "connection_lost"),
    ],
)
def test_what_an_answer_becomes(fault: Fault, kind: LineKind, reason: str) -> None:
    outcome = answer(fault)
    assert (outcome.kind, outcome.reason) == (kind, reason)


@pytest.mark.parametrize("body", [b"", b"{}", b"<html>", b"\xff\xfe", b"[1]", b'{"sentMessages": 3}', b"null"])
@pytest.mark.parametrize("is_push", [True, False])
def test_a_200_is_an_acceptance_whatever_its_body(body: bytes, is_push: bool) -> None:
    call = push_call(str(uuid.uuid4()), user(1), HELLO) if is_push else multicast(1)
    outcome = answer(Fault(200, body, {"x-line-request-id": "r1"}), call)
    assert (outcome.kind, outcome.request_id) == (LineKind.ACCEPTED, "r1")


@pytest.mark.parametrize("odd", ["", "a\0b", "x" * 5000, "\xe9\xff"])
def test_an_odd_request_id_is_left_out(odd: str) -> None:
    outcome = answer(Fault(409, b"{}", {"x-line-request-id": odd, "x-line-accepted-request-id": odd}))
    assert (outcome.kind, outcome.request_id, outcome.accepted_request_id) == (LineKind.ALREADY_ACCEPTED, "", "")


def test_a_200_that_breaks_off_is_an_acceptance() -> None:
    assert answer(Fault(200, b"{}", {"content-length": "50"}, closes=True)).kind is LineKind.ACCEPTED


def test_after_a_doubt_the_same_call_finds_out(line: LineServer) -> None:
    line.faults.extend([Fault(accepts=True, closes=True), Fault(500), Fault(accepts=True, cut=5)])
    call, sender = multicast(1, 2), channel(line)
    seen = [sender.send(call).kind for _ in range(4)]
    assert seen == [LineKind.UNKNOWN, LineKind.UNKNOWN, LineKind.UNKNOWN, LineKind.ALREADY_ACCEPTED]
    assert line.got == {user(1): 1, user(2): 1}


def test_a_doubt_is_asked_about_once_only(line: LineServer) -> None:
    line.faults.append(CLOSES)
    assert channel(line).send(multicast(1)).kind is LineKind.UNKNOWN
    assert len(line.sends) == 1


def test_a_named_bad_id_is_found_by_its_position(line: LineServer) -> None:
    line.bad_ids = {user(7)}
    outcome = channel(line).send(multicast(*range(20)))
    assert (outcome.kind, outcome.bad_recipients) == (LineKind.REJECTED_RECIPIENTS, (7,))
    assert not line.got


def test_an_id_of_the_wrong_form_is_found_by_its_position(line: LineServer) -> None:
    call = multicast_call(str(uuid.uuid4()), [user(1), "Uxyz"], HELLO)
    assert channel(line).send(call).bad_recipients == (1,)


def test_an_unnamed_bad_id_is_the_recipients_fault_when_the_message_is_valid(line: LineServer) -> None:
    line.bad_ids, line.names_bad_ids = {user(7)}, False
    outcome = channel(line).send(multicast(*range(20)))
    assert (outcome.kind, outcome.bad_recipients) == (LineKind.REJECTED_RECIPIENTS, ())


def test_a_single_bad_recipient(line: LineServer) -> None:
    line.bad_ids, line.names_bad_ids = {user(1)}, False
    outcome = channel(line).send(push_call(str(uuid.uuid4()), user(1), HELLO))
    assert (outcome.kind, outcome.bad_recipients) == (LineKind.REJECTED_RECIPIENTS, (0,))


def test_splitting_reaches_all_but_the_bad_ones(line: LineServer) -> None:
    line.bad_ids, line.names_bad_ids = {user(3), user(11)}, False
    waiting, lost = [[user(number) for number in range(16)]], []
    while waiting:
        ids = waiting.pop()
        outcome = channel(line).send(multicast_call(str(uuid.uuid4()), ids, HELLO))
        if outcome.kind is LineKind.REJECTED_RECIPIENTS:
            groups = split_recipients(ids, outcome.bad_recipients)
            waiting += groups
            lost += [ids[position] for position in outcome.bad_recipients]
    assert sorted(lost) == sorted(line.bad_ids)
    assert line.got == {user(number): 1 for number in range(16) if number not in (3, 11)}


def test_a_bad_message_is_the_messages_fault(line: LineServer) -> None:
    body = canonical_json(
        {"to": [user(1)], "messages": [{"type": "text", "text": "あ" * 5001}], "notificationDisabled": False}
    )
    outcome = channel(line).send(LineCall(str(uuid.uuid4()), "multicast", body))
    assert outcome.kind is LineKind.REJECTED_MESSAGE
    assert outcome.problems == (LineProblem("messages[0].text", "Length must be between 0 and 5000"),)


def test_a_message_is_checked_without_sending(line: LineServer) -> None:
    sender = channel(line)
    assert sender.validate(HELLO) == ()
    assert sender.validate([{"type": "text", "text": "𠮷" * 2501}])[0].property == "messages[0].text"
    assert line.sends == []


@pytest.mark.parametrize(
    ("limit", "used", "words", "kind"),
    [
        (None, 10, "The API rate limit has been exceeded.", LineKind.RATE_LIMITED),
        (None, 10, "You have reached your monthly limit.", LineKind.RATE_LIMITED),
        (200, 10, "The API rate limit has been exceeded.", LineKind.RATE_LIMITED),
        (200, 200, "anything", LineKind.QUOTA),
        (200, 199, "anything", LineKind.QUOTA),
        (200, 100, "You have reached your monthly limit.", LineKind.QUOTA),
    ],
)
def test_the_two_kinds_of_429(limit: int | None, used: int, words: str, kind: LineKind) -> None:
    body = json.dumps({"message": words}).encode()
    with LineServer([Fault(429, body, {"retry-after": "7"})], limit=limit) as server:
        server.used = used
        outcome = channel(server).send(multicast(1, 2))
    assert outcome.kind is kind
    assert outcome.retry_after_seconds == (7 if kind is LineKind.RATE_LIMITED else None)


def test_a_429_is_a_rate_limit_while_the_quota_cannot_be_asked(line: LineServer) -> None:
    line.faults.append(Fault(429))
    assert channel(line, token="wrong").send(multicast(1)).kind is LineKind.RATE_LIMITED


def test_the_quota_is_read(line: LineServer) -> None:
    line.used = 30
    assert channel(line).quota() == LineQuota(None, 30)
    line.limit = 20
    assert channel(line).quota() == LineQuota(20, 30)
    assert channel(line).quota().remaining == 0


def test_questions_raise_what_stops_them(line: LineServer) -> None:
    with pytest.raises(DeliveryError) as caught:
        channel(line, token="wrong").quota()
    assert (caught.value.reason, caught.value.permanent) == ("unauthorized", True)
    with pytest.raises(DeliveryError, match="unauthorized"):
        channel(line, token="wrong").validate(HELLO)


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    sender = LineChannel(LineSettings(f"http://127.0.0.1:{port}", "token"))
    outcome = sender.send(multicast(1))
    assert (outcome.kind, outcome.reason) == (LineKind.UNAVAILABLE, "server_down")
    with pytest.raises(DeliveryError) as caught:
        sender.quota()
    assert (caught.value.reason, caught.value.permanent) == ("server_down", False)


@pytest.mark.parametrize(
    ("url", "kind", "reason"),
    [
        ("http://no-such-host.invalid", LineKind.UNAVAILABLE, "unknown_host"),
        ("http://", LineKind.UNAUTHORIZED, "wrong_url"),
        ("ftp://127.0.0.1", LineKind.UNAUTHORIZED, "wrong_url"),
        ("http://[::1", LineKind.UNAUTHORIZED, "wrong_url"),
    ],
)
def test_a_wrong_address_of_the_service(url: str, kind: LineKind, reason: str) -> None:
    outcome = LineChannel(LineSettings(url, "token")).send(multicast(1))
    assert (outcome.kind, outcome.reason) == (kind, reason)


@pytest.mark.parametrize("token", ["", "トークン", "two words", "line\nend"])
def test_a_token_that_cannot_be_one(line: LineServer, token: str) -> None:
    with pytest.raises(DeliveryError) as caught:
        LineChannel(LineSettings(line.url, token)).send(multicast(1))
    assert caught.value.permanent
    assert line.sends == []


def test_an_unconfigured_line_refuses() -> None:
    with pytest.raises(DeliveryError) as caught:
        UnconfiguredLine().send(multicast(1))
    assert (caught.value.reason, caught.value.permanent) == ("not_configured", True)


def test_https_with_our_own_authority_and_without(tmp_path: Path) -> None:
    certificates = make_certificates(tmp_path)
    with LineServer(tls=certificates) as server:
        trusting = LineChannel(LineSettings(server.url, server.token, ca_file=str(certificates.ca_file)))
        assert trusting.send(multicast(1)).kind is LineKind.ACCEPTED
        doubting = LineChannel(LineSettings(server.url, server.token)).send(multicast(2))
        trusting.close()
    assert (doubting.kind, doubting.reason) == (LineKind.UNAUTHORIZED, "certificate")
    assert server.got == {user(1): 1}


def test_https_that_breaks_within_the_conversation_leaves_doubt(tmp_path: Path) -> None:
    certificates = make_certificates(tmp_path)
    with LineServer([CLOSES], tls=certificates) as server:
        sender = LineChannel(LineSettings(server.url, server.token, ca_file=str(certificates.ca_file)))
        assert sender.send(multicast(1)).kind is LineKind.UNKNOWN


def test_a_missing_file_of_authorities_sends_nothing(tmp_path: Path) -> None:
    settings = LineSettings("https://127.0.0.1:1", "token", ca_file=str(tmp_path / "none.pem"))
    assert LineChannel(settings).send(multicast(1)).kind is LineKind.UNAVAILABLE


def test_https_to_a_server_that_speaks_plainly(line: LineServer) -> None:
    outcome = LineChannel(LineSettings(line.url.replace("http:", "https:"), "token")).send(multicast(1))
    assert (outcome.kind, outcome.reason) == (LineKind.UNAVAILABLE, "tls_failed")


def test_threads_share_a_channel_without_mixing_answers(line: LineServer) -> None:
    line.bad_ids = {user(number) for number in range(0, 60, 3)}
    sender = channel(line)
    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda number: sender.send(multicast(number)), range(60)))
    rejected = [number for number, one in enumerate(outcomes) if one.kind is LineKind.REJECTED_RECIPIENTS]
    assert rejected == list(range(0, 60, 3))
    assert sum(line.got.values()) == 40


def test_units_are_counted_as_line_counts() -> None:
    assert [utf16_units(text) for text in ("", "あ", "🍎", "𠮷", "👨‍👩‍👧")] == [0, 1, 2, 2, 8]


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_units_are_those_of_utf16(text: str) -> None:
    assert utf16_units(text) * 2 == len(text.encode("utf-16-le"))


def test_a_text_too_long_or_empty_is_refused_here() -> None:
    assert text_message("あ" * TEXT_LIMIT)
    for text in ("あ" * (TEXT_LIMIT + 1), "𠮷" * 2501, "", " \n"):
        with pytest.raises(ValueError, match="LINE text"):
            text_message(text)


def test_parts_without_words_leave_no_gap() -> None:
    assert line_text("【第一小学校】", "", "延期\r\nします\n", "\n") == "【第一小学校】\n\n延期\nします"


def test_a_call_knows_whom_it_is_for() -> None:
    assert recipients(multicast(1, 2)) == [user(1), user(2)]
    assert recipients(push_call("k", user(3), HELLO)) == [user(3)]


@pytest.mark.parametrize("ids", [[], [user(1)] * 2, [user(number) for number in range(501)]])
def test_a_multicast_is_for_1_to_500_different_people(ids: list[str]) -> None:
    with pytest.raises(ValueError, match="recipients"):
        multicast_call("k", ids, HELLO)


@given(st.lists(st.integers(), unique=True, max_size=20), st.sets(st.integers(0, 25)))
def test_a_split_keeps_everybody_who_is_not_named(numbers: list[int], bad: set[int]) -> None:
    ids = [str(number) for number in numbers]
    kept = [one for group in split_recipients(ids, bad) for one in group]
    if bad:
        assert kept == [one for position, one in enumerate(ids) if position not in bad]
    else:
        assert kept == (ids if len(ids) > 1 else [])
