"""The mail server of a practice database: takes mails, checks them as strictly as real ones do, delivers nothing."""

import asyncio
import logging
import re
from collections import Counter, deque
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import Message

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

logging.getLogger("mail.log").setLevel(logging.WARNING)  # aiosmtpd writes every address at INFO

KEPT_MAILS = 500
MAX_HEADER_LINE = 998
REQUIRED_HEADERS = ("From", "To", "Subject", "Date", "Message-ID", "MIME-Version")

# What happens to an address is told by how it begins: `unknown.tanaka@example.test`.
RECIPIENT_REPLIES = {
    "unknown": "550 5.1.1 User unknown",
    "bounced": "550 5.1.1 User unknown",
    "full": "452 4.2.2 Mailbox full",
}
BODY_REPLIES = {"filter": "550 5.2.0 Rejected by the recipient's filter"}
GREYLIST = "grey"

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_RECIPIENT = re.compile(rf'TO:\s*<({_ATOM}(\.{_ATOM})*|"([^"\\]|\\.)+")@[A-Za-z0-9.-]+>(\s.*)?', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SunkMail:
    """A mail that was accepted. `address` without quotes, as people type it."""

    address: str
    envelope_from: str
    subject: str
    text: str
    data: bytes


class MailSink:
    """What came in since the start: counts for ever, the last mails themselves."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.mails: deque[SunkMail] = deque(maxlen=KEPT_MAILS)
        self._greylisted: set[str] = set()
        self._controller = _Controller(self, hostname="127.0.0.1", port=0, enable_SMTPUTF8=False, ident="practice")

    @property
    def port(self) -> int:
        return self._controller.port

    def start(self) -> None:
        self._controller.start()

    def stop(self) -> None:
        self._controller.stop(no_assert=True)

    async def handle_RCPT(  # noqa: N802  aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        reply = self._reply_for_recipient(address)
        if reply.startswith("2"):
            envelope.rcpt_tos.append(address)
        else:
            self.counts["refused"] += 1
        return reply

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  as above
        data = envelope.original_content or b""
        (address,) = envelope.rcpt_tos[:1]
        fault = fault_of(data)
        reply = f"550 5.6.0 {fault}" if fault else _by_prefix(BODY_REPLIES, address) or "250 2.0.0 Taken"
        if reply.startswith("2"):
            self.counts["accepted"] += 1
            self.mails.append(_sunk(address, envelope.mail_from or "", data))
        else:
            self.counts["refused"] += 1
        return reply

    def _reply_for_recipient(self, address: str) -> str:
        if address.lower().startswith(GREYLIST) and address not in self._greylisted:
            self._greylisted.add(address)
            return "451 4.7.1 Greylisted, try again later"
        return _by_prefix(RECIPIENT_REPLIES, address) or "250 2.1.5 Ok"


class _StrictSmtp(SMTP):
    """aiosmtpd's parser forgets whether a local part was quoted, so the raw command is looked at first."""

    async def smtp_RCPT(self, arg: str) -> None:  # noqa: N802  aiosmtpd's name
        if arg and not _RECIPIENT.fullmatch(arg):
            self.event_handler.counts["refused"] += 1
            await self.push("553 5.1.3 The recipient address is not a valid RFC 5321 address")
            return
        await super().smtp_RCPT(arg)


class _Controller(Controller):
    """A server on a port that the system chose."""

    def factory(self) -> SMTP:
        return _StrictSmtp(self.handler, **self.SMTP_kwargs)

    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]  # aiosmtpd


def fault_of(data: bytes) -> str:
    """What a strict receiver would find wrong with a mail; empty if nothing."""
    head, separator, _ = data.partition(b"\r\n\r\n")
    if not separator:
        return "No empty line after the headers"
    if not head.isascii():
        return "8-bit characters in a header"
    lines = head.split(b"\r\n")
    if any(not line.strip() or len(line) > MAX_HEADER_LINE or b"\n" in line or b"\r" in line for line in lines):
        return "Malformed header line"
    if any(not re.match(rb"[!-9;-~]+:|[ \t]", line) for line in lines):
        return "Not a header"
    return _fault_of_parsed(message_from_bytes(data, policy=policy.compat32))


def _fault_of_parsed(message: Message) -> str:
    for name in REQUIRED_HEADERS:
        if len(message.get_all(name, [])) != 1:
            return f"{name} must appear once"
    if message.defects:
        return f"Malformed: {type(message.defects[0]).__name__}"
    if not re.fullmatch(r"\s*<[^<>@\s]+@[^<>@\s]+>\s*", message["Message-ID"]):
        return "Message-ID is malformed"
    return "" if _text_of(message) is not None else "Text cannot be decoded"


def _text_of(message: Message) -> str | None:
    payload = message.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    try:
        return payload.decode(message.get_content_charset("ascii")).replace("\r\n", "\n")
    except (UnicodeDecodeError, LookupError):
        return None


def _sunk(address: str, envelope_from: str, data: bytes) -> SunkMail:
    message = message_from_bytes(data, policy=policy.compat32)
    subject = str(make_header(decode_header(message["Subject"])))
    return SunkMail(address, envelope_from, subject, _text_of(message) or "", data)


def _by_prefix(replies: dict[str, str], address: str) -> str:
    return next((reply for prefix, reply in replies.items() if address.lower().startswith(prefix)), "")
