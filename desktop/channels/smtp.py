"""The city's mail server: how to reach it, and what went wrong when it cannot be reached."""

import smtplib
import socket
import ssl
from dataclasses import dataclass, field
from typing import Literal

from desktop.channels.smtp_connection import ConnectionLimits, SmtpConnection
from desktop.domain.deliveries import DeliveryError
from desktop.domain.mail_replies import masked

Security = Literal["none", "starttls", "tls"]


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """`ca_file` replaces the system's certificate authorities; `helo_name` empty: our own IP address is said."""

    host: str
    port: int
    security: Security
    user: str = ""
    password: str = ""
    helo_name: str = ""
    ca_file: str = ""
    connect_seconds: float = 30
    limits: ConnectionLimits = field(default_factory=ConnectionLimits)


class SmtpGateway:
    """A mail server; one TLS context serves all of its connections."""

    def __init__(self, settings: SmtpSettings) -> None:
        self._settings = settings
        self._tls = _tls_context(settings) if settings.security != "none" else None

    def connect(self) -> SmtpConnection:
        """A new connection, encrypted and signed in as set; raises DeliveryError."""
        _check_settings(self._settings)
        try:
            return self._connect()
        except smtplib.SMTPException as error:
            raise _of_smtp(error) from error
        except OSError as error:
            raise _of_network(error) from error
        except ValueError as error:
            raise DeliveryError("bad_reply") from error  # a challenge that is no base64

    def _connect(self) -> SmtpConnection:
        smtp = self._open()
        try:
            self._introduce(smtp)
        except BaseException:
            smtp.close()
            raise
        return SmtpConnection(smtp, self._settings.limits)

    def _open(self) -> smtplib.SMTP:
        """Connect and read the greeting. The name is set beforehand: finding out our own can take the DNS's time."""
        settings = self._settings
        where, seconds = (settings.host, settings.port, settings.helo_name or "localhost"), settings.connect_seconds
        if settings.security == "tls":
            return smtplib.SMTP_SSL(*where, timeout=seconds, context=self._tls)
        return smtplib.SMTP(*where, timeout=seconds)

    def _introduce(self, smtp: smtplib.SMTP) -> None:
        settings = self._settings
        if not settings.helo_name:
            smtp.local_hostname = _address_literal(smtp)
        if settings.security == "starttls":
            smtp.starttls(context=self._tls)
        smtp.ehlo_or_helo_if_needed()
        if settings.user:
            smtp.login(settings.user, settings.password)


def _check_settings(settings: SmtpSettings) -> None:
    """What smtplib would answer with a bug, or not at all."""
    if not settings.host:
        raise DeliveryError("not_configured", permanent=True)
    if not (settings.user + settings.password).isascii():
        raise DeliveryError("auth_not_ascii", permanent=True)
    try:
        settings.host.encode("idna")
    except UnicodeError as error:
        raise DeliveryError("unknown_host", permanent=True) from error


def _tls_context(settings: SmtpSettings) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=settings.ca_file or None)
    except (OSError, ssl.SSLError) as error:
        raise DeliveryError("certificate", permanent=True, detail="ca_file") from error


def _address_literal(smtp: smtplib.SMTP) -> str:
    """RFC 5321 4.1.3. A PC's own name may be Japanese or private, and the relay does not need it."""
    assert smtp.sock is not None
    address = smtp.sock.getsockname()[0].partition("%")[0]
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"


def _of_smtp(error: smtplib.SMTPException) -> DeliveryError:
    """What smtplib raised while connecting, as a reason; a permanent one needs somebody to change the settings."""
    if isinstance(error, smtplib.SMTPResponseException):
        return _of_reply(error)
    if isinstance(error, smtplib.SMTPServerDisconnected):
        cause = error.__context__
        return _of_network(cause) if isinstance(cause, OSError) else DeliveryError("connection_lost")
    reason = "tls_not_offered" if "STARTTLS" in str(error) else "auth_not_offered"
    return DeliveryError(reason, permanent=True)


def _of_reply(error: smtplib.SMTPResponseException) -> DeliveryError:
    said = error.smtp_error
    words = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    detail = masked(f"{error.smtp_code} {words}")
    is_temporary, is_final = 400 <= error.smtp_code < 500, 500 <= error.smtp_code < 600
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return DeliveryError("auth_refused" if is_final else "auth_later", permanent=is_final, detail=detail)
    if not is_temporary and not is_final:
        return DeliveryError("bad_reply")
    return DeliveryError("server_busy" if is_temporary else "server_refused", detail=detail)


def _of_network(error: OSError) -> DeliveryError:
    match error:
        case ssl.SSLCertVerificationError():
            return DeliveryError("certificate", permanent=True, detail=error.verify_message)
        case ssl.SSLError():
            return DeliveryError("tls_failed", detail=error.reason or "")
        case socket.gaierror():
            return DeliveryError("unknown_host")
        case TimeoutError():
            return DeliveryError("timeout")
        case ConnectionResetError() | BrokenPipeError():
            return DeliveryError("connection_lost")
    return DeliveryError("server_down")
