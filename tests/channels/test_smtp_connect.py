"""Reaching a mail server: its welcome, encryption and sign-in, and what each failure is called."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop.channels.smtp import SmtpGateway, SmtpSettings
from desktop.domain.deliveries import DeliveryError, MailKind
from tests.channels.mails import THREE, Notes, kinds
from tests.stand_ins import CLOSE, HANG, Certificates, ScriptedSmtp, SmtpScript, make_certificates, scripted_smtp

ACCEPTED = MailKind.ACCEPTED


def refusal(settings: SmtpSettings) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        SmtpGateway(settings).connect()
    return caught.value


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    error = refusal(SmtpSettings("127.0.0.1", port, "none"))
    assert (error.reason, error.permanent) == ("server_down", False)


@pytest.mark.parametrize(
    ("host", "reason"), [("", "not_configured"), ("no-such-host.invalid", "unknown_host"), ("a..b", "unknown_host")]
)
def test_a_host_that_cannot_be_found(host: str, reason: str) -> None:
    assert refusal(SmtpSettings(host, 25, "none")).reason == reason


@pytest.mark.parametrize(
    ("replies", "reason"),
    [
        ({"GREETING": "554 go away"}, "server_refused"),
        ({"GREETING": "421 too many"}, "server_busy"),
        ({"GREETING": "HTTP/1.1 400"}, "bad_reply"),
        ({"GREETING": CLOSE}, "connection_lost"),
        ({"GREETING": HANG}, "timeout"),
        ({"EHLO": HANG}, "timeout"),
        ({"EHLO": CLOSE}, "connection_lost"),
        ({"EHLO": "550 not you"}, "server_refused"),
    ],
)
def test_a_server_that_does_not_welcome_us(replies: dict[str, str], reason: str) -> None:
    with scripted_smtp(replies=replies) as server:
        seconds = 0.2 if HANG in replies.values() else 10
        error = refusal(SmtpSettings("127.0.0.1", server.port, "none", connect_seconds=seconds))
    assert (error.reason, error.permanent) == (reason, False)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def signing_in(certificates: Certificates) -> Iterator[ScriptedSmtp]:
    with scripted_smtp(tls=certificates, user="office", password="open sesame") as server:
        yield server


def encrypted(server: ScriptedSmtp, ca_file: Path | str, password: str = "open sesame") -> SmtpSettings:
    return SmtpSettings("127.0.0.1", server.port, "starttls", "office", password, ca_file=str(ca_file))


def test_starttls_and_sign_in(signing_in: ScriptedSmtp, certificates: Certificates) -> None:
    connection = SmtpGateway(encrypted(signing_in, certificates.ca_file)).connect()
    assert kinds(list(connection.deliver(THREE, Notes()))) == [ACCEPTED] * 3
    connection.close()
    assert signing_in.commands.index("STARTTLS") < next(
        n for n, command in enumerate(signing_in.commands) if command.startswith("AUTH")
    )


def test_tls_from_the_first_byte(certificates: Certificates) -> None:
    with scripted_smtp(tls=certificates, implicit_tls=True) as server:
        settings = SmtpSettings("127.0.0.1", server.port, "tls", ca_file=str(certificates.ca_file))
        connection = SmtpGateway(settings).connect()
        assert kinds(list(connection.deliver(THREE, Notes()))) == [ACCEPTED] * 3
        connection.close()


def test_a_wrong_password_stops_the_channel(signing_in: ScriptedSmtp, certificates: Certificates) -> None:
    error = refusal(encrypted(signing_in, certificates.ca_file, "wrong"))
    assert (error.reason, error.permanent) == ("auth_refused", True)
    assert "wrong" not in str(error)


def test_a_sign_in_that_fails_for_now_does_not(certificates: Certificates) -> None:
    script = SmtpScript(tls=certificates, user="office", password="x", replies={"AUTH": "454 4.7.0 later"})
    with ScriptedSmtp(script) as server:
        error = refusal(encrypted(server, certificates.ca_file, "x"))
    assert (error.reason, error.permanent) == ("auth_later", False)


def test_a_password_that_smtp_cannot_carry() -> None:
    with scripted_smtp() as server:
        error = refusal(SmtpSettings("127.0.0.1", server.port, "none", "office", "ひらけごま"))
    assert (error.reason, error.permanent) == ("auth_not_ascii", True)


def test_a_server_without_sign_in() -> None:
    with scripted_smtp() as server:
        error = refusal(SmtpSettings("127.0.0.1", server.port, "none", "office", "x"))
    assert (error.reason, error.permanent) == ("auth_not_offered", True)


def test_no_mail_goes_out_in_the_clear_when_encryption_is_set() -> None:
    with scripted_smtp() as server:
        error = refusal(SmtpSettings("127.0.0.1", server.port, "starttls"))
    assert (error.reason, error.permanent) == ("tls_not_offered", True)


def test_a_certificate_of_an_unknown_authority(signing_in: ScriptedSmtp) -> None:
    error = refusal(encrypted(signing_in, ""))
    assert (error.reason, error.permanent) == ("certificate", True)


def test_a_certificate_for_another_host(tmp_path: Path) -> None:
    other = make_certificates(tmp_path, "mail.other.test")
    with scripted_smtp(tls=other) as server:
        error = refusal(encrypted(server, other.ca_file))
    assert (error.reason, error.permanent) == ("certificate", True)


def test_tls_to_a_server_that_speaks_plainly() -> None:
    with scripted_smtp() as server:
        assert refusal(SmtpSettings("127.0.0.1", server.port, "tls")).reason == "tls_failed"


def test_a_missing_file_of_authorities() -> None:
    assert refusal(SmtpSettings("127.0.0.1", 25, "tls", ca_file="/nowhere/ca.pem")).reason == "certificate"


def test_our_own_name_stays_here() -> None:
    with scripted_smtp() as server:
        SmtpGateway(SmtpSettings("127.0.0.1", server.port, "none")).connect().close()
    assert server.commands[0] == "ehlo [127.0.0.1]"
