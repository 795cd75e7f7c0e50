"""Reading a mailbox over IMAP (RFC 3501), without changing anything in it; telling returned mails from others."""

import imaplib
import re
import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes

from desktop.domain.deliveries import DeliveryError
from desktop.domain.replies import LARGEST_READ

TIMEOUT_S = 10


@dataclass(frozen=True, slots=True)
class MailboxSettings:
    """`security` is none, starttls or tls. `ca_file` replaces the system's certificate authorities."""

    host: str
    port: int
    security: str
    user: str
    password: str
    folder: str = "INBOX"
    ca_file: str = ""


class ImapMailbox:
    """Implements `services.mailbox.OpenMailbox`: a folder, opened for reading alone."""

    def __init__(self, settings: MailboxSettings) -> None:
        """Raises DeliveryError."""
        if not settings.password:
            raise DeliveryError("no_password", permanent=True)
        with _worded():
            self._imap = _connected(settings)
        try:
            with _worded():
                self._log_in(settings)
                self._open(settings.folder)
        except DeliveryError:
            self.close()
            raise

    def _log_in(self, settings: MailboxSettings) -> None:
        try:
            self._imap.login(settings.user, settings.password)
        except imaplib.IMAP4.abort:
            raise
        except (imaplib.IMAP4.error, UnicodeEncodeError) as error:
            raise DeliveryError("auth_refused", permanent=True) from error

    def _open(self, folder: str) -> None:
        quoted = '"' + folder.replace("\\", "\\\\").replace('"', '\\"') + '"'
        if not folder.isascii() or self._imap.select(quoted, readonly=True)[0] != "OK":
            raise DeliveryError("no_folder", permanent=True)
        self.uid_validity = self._number("UIDVALIDITY")
        self.next_uid = self._number("UIDNEXT")

    def _number(self, name: str) -> int:
        values = self._imap.response(name)[1]
        if not values or not isinstance(values[0], bytes) or not values[0].isdigit():
            raise DeliveryError("bad_reply")
        return int(values[0])

    def after(self, uid: int) -> Sequence[int]:
        with _worded():
            kind, found = self._imap.uid("SEARCH", f"UID {uid + 1}:*")
        if kind != "OK":
            raise DeliveryError("bad_reply")
        numbers = b" ".join(part for part in found if isinstance(part, bytes)).split()
        return sorted(int(number) for number in numbers if number.isdigit() and int(number) > uid)

    def read(self, uid: int) -> bytes:
        with _worded():
            kind, found = self._imap.uid("FETCH", str(uid), f"(BODY.PEEK[]<0.{LARGEST_READ}>)")
        if kind != "OK":
            raise DeliveryError("bad_reply")
        return next((part[1] for part in found if isinstance(part, tuple) and isinstance(part[1], bytes)), b"")

    def close(self) -> None:
        try:
            self._imap.logout()
        except (OSError, imaplib.IMAP4.error):
            return


def is_returned(raw: bytes) -> bool:
    """Whether somebody's mail server tells in it that a mail did not arrive."""
    from flufl.bounce import all_failures  # noqa: PLC0415  40 modules, for the worker alone

    try:
        temporary, permanent = all_failures(message_from_bytes(raw))
    except (ValueError, LookupError, AttributeError, TypeError, re.error):  # it stumbles over some broken mails
        return False
    return bool(temporary or permanent)


def _connected(settings: MailboxSettings) -> imaplib.IMAP4:
    context = ssl.create_default_context(cafile=settings.ca_file or None)
    if settings.security == "tls":
        return imaplib.IMAP4_SSL(settings.host, settings.port, ssl_context=context, timeout=TIMEOUT_S)
    plain = imaplib.IMAP4(settings.host, settings.port, timeout=TIMEOUT_S)
    if settings.security == "starttls":
        plain.starttls(context)
    return plain


@contextmanager
def _worded() -> Iterator[None]:
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise DeliveryError("certificate", permanent=True) from error
    except ssl.SSLError as error:
        raise DeliveryError("tls_failed") from error
    except socket.gaierror as error:
        raise DeliveryError("unknown_host") from error
    except TimeoutError as error:
        raise DeliveryError("timeout") from error
    except ConnectionRefusedError as error:
        raise DeliveryError("server_down") from error
    except (OSError, imaplib.IMAP4.error) as error:
        raise DeliveryError("connection_lost") from error
