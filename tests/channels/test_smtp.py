"""Mail over real sockets: what each answer, silence or hang-up of a server becomes."""

from collections.abc import Sequence

import pytest

from desktop.channels.smtp import SmtpGateway, SmtpSettings
from desktop.channels.smtp_connection import ConnectionLimits, SmtpConnection
from desktop.domain.deliveries import DeliveryError, MailKind, MailOutcome, MailStage, OutgoingMail
from desktop.domain.mail_replies import CHANNEL_REASONS
from tests.channels.mails import THREE, Notes, kinds, mails
from tests.stand_ins import CLOSE, HANG, ScriptedSmtp, SmtpScript, scripted_smtp

ACCEPTED, REFUSED, DEFERRED = MailKind.ACCEPTED, MailKind.REFUSED, MailKind.DEFERRED
UNKNOWN, NOT_SENT = MailKind.UNKNOWN, MailKind.NOT_SENT
QUICK = ConnectionLimits(command_seconds=0.3, end_of_data_seconds=0.3)
PATIENT = ConnectionLimits(command_seconds=10, end_of_data_seconds=10)
both_ways = pytest.mark.parametrize("pipelining", [True, False], ids=["pipelined", "in turn"])


def connect(server: ScriptedSmtp, limits: ConnectionLimits = PATIENT) -> SmtpConnection:
    return SmtpGateway(SmtpSettings("127.0.0.1", server.port, "none", limits=limits)).connect()


def deliver(
    server: ScriptedSmtp,
    outgoing: Sequence[OutgoingMail],
    limits: ConnectionLimits = PATIENT,
    notes: Notes | None = None,
) -> list[MailOutcome]:
    connection = connect(server, limits)
    try:
        return list(connection.deliver(outgoing, notes or Notes()))
    finally:
        connection.close()


@both_ways
def test_every_mail_goes_out_over_one_connection(pipelining: bool) -> None:
    notes = Notes()
    with scripted_smtp(pipelining=pipelining) as server:
        outcomes = deliver(server, THREE, notes=notes)
    assert [(o.delivery_id, o.kind, o.stage, o.code) for o in outcomes] == [
        (number, ACCEPTED, MailStage.END_OF_DATA, 250) for number in (1, 2, 3)
    ]
    assert server.addresses == ["a@example.test", "b@example.test", "c@example.test"]
    assert server.connections == 1
    assert server.commands[-1] == "QUIT"
    assert notes.lines == [(word, number) for number in (1, 2, 3) for word in ("begin", "end")]


def test_a_pipelining_server_gets_the_next_envelope_behind_the_body() -> None:
    with scripted_smtp() as server:
        deliver(server, THREE)
    assert sum(b"hello\r\n.\r\nMAIL FROM" in read for read in server.reads) == 2


def test_a_second_batch_uses_the_same_connection() -> None:
    with scripted_smtp() as server:
        connection = connect(server)
        list(connection.deliver(THREE[:1], Notes()))
        list(connection.deliver(THREE[1:], Notes()))
        connection.close()
        connection.close()
    assert len(server.mails) == 3
    assert server.connections == 1


@both_ways
def test_dots_and_line_ends_arrive_as_they_left(pipelining: bool) -> None:
    data = b"Subject: x\r\n\r\n.\r\n..\r\n.dot\r\nend\r\n"
    with scripted_smtp(pipelining=pipelining) as server:
        deliver(server, mails("a@example.test", data=data))
        deliver(server, mails("a@example.test", data=b"Subject: x\n\n.\nlone\r.\nend"))
    assert server.mails[0].data == data
    assert server.mails[1].data == b"Subject: x\r\n\r\n.\r\nlone\r\n.\r\nend\r\n"


@both_ways
def test_what_copies_share_arrives_behind_what_is_their_own(pipelining: bool) -> None:
    shared, other = b"\r\nSubject: x\r\n\r\n.\r\nend", b"\nSubject: y\n\n.end\n"
    copies = [
        OutgoingMail(number, f"{number}@example.test", "", f"To: {number}@example.test".encode(), piece)
        for number, piece in enumerate((shared, shared, other, shared), start=1)
    ]
    with scripted_smtp(pipelining=pipelining) as server:
        deliver(server, copies)
    assert [mail.data for mail in server.mails] == [
        b"To: 1@example.test\r\nSubject: x\r\n\r\n.\r\nend\r\n",
        b"To: 2@example.test\r\nSubject: x\r\n\r\n.\r\nend\r\n",
        b"To: 3@example.test\r\nSubject: y\r\n\r\n.end\r\n",
        b"To: 4@example.test\r\nSubject: x\r\n\r\n.\r\nend\r\n",
    ]


def test_a_long_mail_arrives_whole() -> None:
    data = b"Subject: x\r\n\r\n" + b"0123456789.\r\n.\r\n" * 20_000
    with scripted_smtp() as server:
        outcomes = deliver(server, mails("a@example.test", "b@example.test", data=data))
    assert kinds(outcomes) == [ACCEPTED, ACCEPTED]
    assert server.mails[0].data == data


def test_an_address_against_the_rules_travels_quoted() -> None:
    with scripted_smtp() as server:
        deliver(server, mails("a..b@docomo.ne.jp", ".a.@ezweb.ne.jp", "-a--b@ezweb.ne.jp"))
    assert [mail.address for mail in server.mails] == [
        '"a..b"@docomo.ne.jp',
        '".a."@ezweb.ne.jp',
        "-a--b@ezweb.ne.jp",
    ]


@both_ways
@pytest.mark.parametrize("address", ["親@example.test", "a@example.test>\r\nRCPT TO:<b@example.test", "nobody"])
def test_an_impossible_address_never_reaches_the_server(pipelining: bool, address: str) -> None:
    with scripted_smtp(pipelining=pipelining) as server:
        outcomes = deliver(server, mails("a@example.test", address, "c@example.test"))
    assert kinds(outcomes) == [ACCEPTED, REFUSED, ACCEPTED]
    assert outcomes[1].reason == "bad_address"
    assert len(server.mails) == 2


@both_ways
def test_a_sender_that_cannot_be_one_is_our_fault(pipelining: bool) -> None:
    odd = [OutgoingMail(9, "b@example.test", "学校@city.example", b"x\r\n")]
    with scripted_smtp(pipelining=pipelining) as server:
        outcomes = deliver(server, [*THREE[:1], *odd, *THREE[1:]])
    assert kinds(outcomes) == [ACCEPTED, REFUSED, ACCEPTED, ACCEPTED]
    assert outcomes[1].reason in CHANNEL_REASONS


def test_an_empty_sender_is_a_sender() -> None:
    with scripted_smtp() as server:
        deliver(server, [OutgoingMail(1, "a@example.test", "", b"x\r\n")])
    assert server.mails[0].envelope_from == "<>"


@both_ways
@pytest.mark.parametrize("when", ["first", "middle", "last", "all"])
@pytest.mark.parametrize("reply", ["550 5.1.1 User unknown", "451 4.7.1 Greylisted"])
def test_a_refused_recipient_harms_no_other(pipelining: bool, when: str, reply: str) -> None:
    refused = {"first": [1], "middle": [2], "last": [3], "all": [1, 2, 3]}[when]
    by_address = {mail.address: reply for mail in THREE if mail.delivery_id in refused}
    notes = Notes()
    with scripted_smtp(pipelining=pipelining, recipients=by_address) as server:
        outcomes = deliver(server, THREE, notes=notes)
    verdict = (REFUSED, "unknown_user") if reply.startswith("5") else (DEFERRED, "greylisted")
    for outcome in outcomes:
        expected = verdict if outcome.delivery_id in refused else (ACCEPTED, "")
        assert (outcome.kind, outcome.reason) == expected
    assert len(server.mails) == 3 - len(refused)
    assert {number for _, number in notes.lines}.isdisjoint(refused)


def test_a_server_that_wants_a_body_for_nobody_gets_a_lone_dot() -> None:
    with scripted_smtp(recipients={"b@example.test": "550 no"}, replies={"DATA": "354 Go"}) as server:
        outcomes = deliver(server, THREE)
    assert kinds(outcomes) == [ACCEPTED, REFUSED, ACCEPTED]
    assert outcomes[1].stage is MailStage.RCPT
    assert server.addresses == ["a@example.test", "c@example.test"]


@both_ways
@pytest.mark.parametrize(
    ("step", "stage"),
    [("MAIL", MailStage.MAIL), ("DATA", MailStage.DATA), ("BODY", MailStage.END_OF_DATA)],
)
@pytest.mark.parametrize(("reply", "kind"), [("554 5.3.0 no", REFUSED), ("451 4.3.0 later", DEFERRED)])
def test_a_no_at_any_stage_is_this_mails_alone(
    pipelining: bool, step: str, stage: MailStage, reply: str, kind: MailKind
) -> None:
    good = {"MAIL": "250 ok", "DATA": "354 go", "BODY": "250 ok"}[step]
    with scripted_smtp(pipelining=pipelining, replies={step: [good, reply, good]}) as server:
        outcomes = deliver(server, THREE)
    assert kinds(outcomes) == [ACCEPTED, kind, ACCEPTED]
    assert (outcomes[1].stage, outcomes[1].code) == (stage, int(reply[:3]))
    assert server.addresses == ["a@example.test", "c@example.test"]


@both_ways
@pytest.mark.parametrize(
    ("step", "kind"), [("MAIL", NOT_SENT), ("RCPT", DEFERRED), ("DATA", DEFERRED), ("BODY", DEFERRED)]
)
def test_a_421_ends_the_connection_without_doubt(pipelining: bool, step: str, kind: MailKind) -> None:
    good = {"MAIL": "250 ok", "RCPT": "250 ok", "DATA": "354 go", "BODY": "250 ok"}[step]
    notes = Notes()
    with scripted_smtp(pipelining=pipelining, replies={step: [good, "421 4.3.2 closing", good]}) as server:
        connection = connect(server)
        outcomes = list(connection.deliver(THREE, notes))
        assert not connection.alive
    assert kinds(outcomes) == [ACCEPTED, kind, NOT_SENT]
    assert (outcomes[1].code, outcomes[1].reason) == (421, "server_busy")
    assert outcomes[2].reason == "server_busy"
    assert notes.in_doubt == set()


@both_ways
@pytest.mark.parametrize(
    ("step", "kind"), [("MAIL", NOT_SENT), ("RCPT", DEFERRED), ("DATA", DEFERRED), ("BODY", UNKNOWN)]
)
@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (CLOSE, "connection_lost"),
        (HANG, "timeout"),
        ("hello?", "bad_reply"),
        ("999 ???", "bad_reply"),
        ("", "bad_reply"),
    ],
)
def test_only_after_the_final_dot_is_there_doubt(
    pipelining: bool, step: str, kind: MailKind, fault: str, reason: str
) -> None:
    good = {"MAIL": "250 ok", "RCPT": "250 ok", "DATA": "354 go", "BODY": "250 ok"}[step]
    notes = Notes()
    limits = QUICK if fault == HANG else PATIENT
    with scripted_smtp(pipelining=pipelining, replies={step: [good, fault]}) as server:
        outcomes = deliver(server, THREE, limits, notes)
    assert kinds(outcomes) == [ACCEPTED, kind, NOT_SENT]
    assert outcomes[1].reason == reason
    assert notes.in_doubt == ({2} if kind is UNKNOWN else set())


@both_ways
@pytest.mark.parametrize(("step", "reply"), [("DATA", "250 ok"), ("BODY", "354 more"), ("RCPT", "354 go")])
def test_an_answer_of_the_wrong_kind_is_no_acceptance(pipelining: bool, step: str, reply: str) -> None:
    with scripted_smtp(pipelining=pipelining, replies={step: reply}) as server:
        outcomes = deliver(server, THREE[:1], QUICK)
    assert kinds(outcomes) == [UNKNOWN if step == "BODY" else DEFERRED]
    assert outcomes[0].reason == "bad_reply"


@both_ways
def test_an_answer_too_many_is_not_taken_for_the_next_one(pipelining: bool) -> None:
    with scripted_smtp(pipelining=pipelining, replies={"BODY": "250 ok\r\n250 ok"}) as server:
        outcomes = deliver(server, THREE)
    assert kinds(outcomes)[0] is ACCEPTED
    assert ACCEPTED not in kinds(outcomes)[1:]
    assert server.addresses == ["a@example.test"]


@both_ways
def test_a_reply_in_drops_cannot_outlast_its_time(pipelining: bool) -> None:
    endless = "\r\n".join(["250-still thinking"] * 5000)
    with scripted_smtp(pipelining=pipelining, replies={"RCPT": endless}) as server:
        outcomes = deliver(server, THREE[:1], QUICK)
    assert kinds(outcomes) == [DEFERRED]


def test_a_reply_of_several_lines_is_one_reply() -> None:
    with scripted_smtp(replies={"RCPT": "550-5.1.1 The account\r\n550 5.1.1 does not exist"}) as server:
        (outcome,) = deliver(server, THREE[:1])
    assert outcome.text == "5.1.1 The account 5.1.1 does not exist"
    assert outcome.reason == "unknown_user"


def test_the_servers_words_are_kept_without_addresses() -> None:
    with scripted_smtp(replies={"RCPT": "550 <taro.y@example.test> taro.y is unknown"}) as server:
        (outcome,) = deliver(server, mails("taro.y@example.test"))
    assert "taro" not in outcome.text


def _judge_every_position(script: SmtpScript, field: str, positions: range) -> None:
    """However far it came: nothing accepted that is not there, nothing there that is thought unsent."""
    seen: set[MailKind] = set()
    for position in positions:
        setattr(script, field, position)
        notes = Notes()
        with ScriptedSmtp(script) as server:
            try:
                outcomes = deliver(server, THREE[:2], notes=notes)
            except DeliveryError:
                continue
        by_kind = {kind: {o.delivery_id for o in outcomes if o.kind is kind} for kind in MailKind}
        arrived = {mail.delivery_id for mail in THREE if mail.address in server.addresses}
        assert [o.delivery_id for o in outcomes] == [1, 2], position
        assert by_kind[ACCEPTED] <= arrived <= by_kind[ACCEPTED] | by_kind[UNKNOWN], position
        assert notes.in_doubt == by_kind[UNKNOWN], position
        seen |= set(kinds(outcomes))
    assert seen >= {ACCEPTED, UNKNOWN, NOT_SENT}


@both_ways
def test_a_server_may_hang_up_after_any_byte_it_read(pipelining: bool) -> None:
    _judge_every_position(SmtpScript(pipelining=pipelining), "close_after_received", range(1, 280))


@both_ways
def test_a_server_may_hang_up_after_any_byte_it_said(pipelining: bool) -> None:
    _judge_every_position(SmtpScript(pipelining=pipelining), "close_after_sent", range(1, 250))


def test_what_was_not_fetched_from_the_iterator_ends_the_connection() -> None:
    with scripted_smtp() as server:
        connection = connect(server)
        outcomes = connection.deliver(THREE, Notes())
        next(outcomes)
        outcomes.close()  # type: ignore[attr-defined]  # it is a generator
        assert not connection.alive
    assert server.addresses == ["a@example.test"]


@both_ways
def test_a_connection_carries_no_more_than_its_share(pipelining: bool) -> None:
    with scripted_smtp(pipelining=pipelining, recipients={"a@example.test": "550 no"}) as server:
        connection = connect(server, ConnectionLimits(max_mails=2))
        outcomes = list(connection.deliver(THREE, Notes()))
        assert connection.alive
        assert connection.room == 0
        connection.close()
    assert kinds(outcomes) == [REFUSED, ACCEPTED, NOT_SENT]
    assert outcomes[2].reason == "connection_full"
    assert not any("c@example.test" in command for command in server.commands)


def test_a_connection_that_timed_out_while_idle_costs_no_attempt() -> None:
    with scripted_smtp(replies={"MAIL": "421 4.4.2 idle too long"}) as server:
        assert kinds(deliver(server, THREE[:1])) == [NOT_SENT]


def test_the_size_is_announced_and_a_mail_too_big_stays_here() -> None:
    with scripted_smtp(extensions=["SIZE 100"]) as server:
        small, big = mails("a@example.test"), mails("b@example.test", data=b"x" * 101)
        outcomes = deliver(server, [*small, *big, *small])
    assert [(o.kind, o.reason) for o in outcomes] == [(ACCEPTED, ""), (REFUSED, "too_big"), (ACCEPTED, "")]
    assert server.mails[0].parameters == f"SIZE={len(small[0].data)}"


@pytest.mark.parametrize("extensions", [["SIZE"], ["SIZE 0"], ["SIZE lots"]])
def test_a_size_without_a_number_limits_nothing(extensions: list[str]) -> None:
    with scripted_smtp(extensions=extensions) as server:
        assert kinds(deliver(server, THREE[:1])) == [ACCEPTED]
