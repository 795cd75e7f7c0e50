"""One kept connection to a mail server: one recipient a transaction, pipelined where the server can (RFC 2920)."""

import logging
import re
import smtplib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from desktop.channels.smtp_wire import Broken, Reply, Wire
from desktop.domain.deliveries import Journal, MailKind, MailOutcome, MailStage, OutgoingMail
from desktop.domain.mail import AddressError, domain_of, wire_address
from desktop.domain.mail_replies import mail_reason, masked

log = logging.getLogger(__name__)

LAST_PIECE = 65536
QUIT_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """`max_mails` a connection: docomo and au end one at 100 recipients. Times bound a whole reply, not one packet."""

    max_mails: int = 100
    command_seconds: float = 30
    end_of_data_seconds: float = 120


class SmtpConnection:
    """Implements `domain.deliveries.MailConnection` over a connected, signed-in smtplib object."""

    def __init__(self, smtp: smtplib.SMTP, limits: ConnectionLimits) -> None:
        assert smtp.sock is not None
        self._smtp = smtp
        self._wire = Wire(smtp.sock)
        self._limits = limits
        self._pipelining = smtp.has_extn("pipelining")
        self._says_size = smtp.has_extn("size")
        self._max_size = _offered_size(smtp)
        self._alive = True
        self._used = 0
        self._stage = MailStage.CONNECT
        self._begun = False
        self._transaction_open = False
        self._announced: OutgoingMail | None = None  # its envelope is written, its replies are not read yet

    @property
    def alive(self) -> bool:
        return self._alive

    @property
    def room(self) -> int:
        return max(0, self._limits.max_mails - self._used)

    def deliver(self, mails: Sequence[OutgoingMail], journal: Journal) -> Iterator[MailOutcome]:
        """See MailConnection. A NOT_SENT from a fresh connection means that the server takes no mail at present."""
        reason = "connection_lost"
        finished = False
        try:
            for position, mail in enumerate(mails):
                outcome = self._without_asking(mail, reason)
                if outcome is None:
                    outcome = self._attempt(mail, self._following(mails, position), journal)
                    reason = outcome.reason if not self._alive else reason
                yield outcome
            finished = True
        finally:
            if not finished:
                self._drop()

    def close(self) -> None:
        if self._alive and self._announced is None:
            try:
                self._wire.write(b"QUIT\r\n", QUIT_SECONDS)
                self._wire.read(QUIT_SECONDS)
            except Broken as broken:
                log.debug("no answer to QUIT: %s", broken.reason)
        self._drop()

    def _drop(self) -> None:
        self._alive = False
        self._smtp.close()

    def _without_asking(self, mail: OutgoingMail, reason: str) -> MailOutcome | None:
        """An outcome that needs no server, or for which there is none; `reason` is why the connection ended."""
        wrong = self._wrong_with(mail)
        if wrong:
            return MailOutcome(mail.delivery_id, MailKind.REFUSED, MailStage.CONNECT, None, wrong)
        if self._alive and (self.room or self._announced is mail):
            return None
        why = "connection_full" if self._alive else reason or "connection_lost"
        return MailOutcome(mail.delivery_id, MailKind.NOT_SENT, MailStage.CONNECT, None, why)

    def _wrong_with(self, mail: OutgoingMail) -> str:
        try:
            wire_address(mail.address)
        except AddressError:
            return "bad_address"
        try:
            _sender(mail)
        except AddressError:
            return "sender_refused"
        return "too_big" if 0 < self._max_size < len(mail.data) else ""

    def _following(self, mails: Sequence[OutgoingMail], position: int) -> OutgoingMail | None:
        """The mail whose envelope may travel with this one's body."""
        room_needed = 1 if self._announced is mails[position] else 2
        if not self._pipelining or self.room < room_needed:
            return None
        later = (mails[index] for index in range(position + 1, len(mails)))
        return next((mail for mail in later if not self._wrong_with(mail)), None)

    def _attempt(self, mail: OutgoingMail, following: OutgoingMail | None, journal: Journal) -> MailOutcome:
        self._begun = False
        try:
            stage, reply = self._envelope(mail) or self._body(mail, following, journal)
        except Broken as broken:
            self._drop()
            return self._of_broken(mail, broken)
        return _judged(mail, stage, reply)

    def _of_broken(self, mail: OutgoingMail, broken: Broken) -> MailOutcome:
        """Before the server answered MAIL it knew nothing of this mail; after the final dot nobody knows."""
        kind = MailKind.DEFERRED
        if self._stage in (MailStage.CONNECT, MailStage.MAIL):
            kind = MailKind.NOT_SENT
        elif self._begun:
            kind = MailKind.UNKNOWN
        code = broken.reply.code if broken.reply else None
        text = masked(broken.reply.text, mail.address) if broken.reply else ""
        return MailOutcome(mail.delivery_id, kind, self._stage, code, broken.reason, text)

    def _envelope(self, mail: OutgoingMail) -> tuple[MailStage, Reply] | None:
        """MAIL, RCPT and DATA; None when the server waits for the body, otherwise the first no and where it came."""
        if self._announced is not mail:
            self._start_afresh()
        replies = self._ask_at_once(mail) if self._pipelining else self._ask_in_turn(mail)
        self._transaction_open = replies[MailStage.MAIL].is_positive
        refusal = next(((stage, reply) for stage, reply in replies.items() if reply.code >= 400), None)
        if refusal is not None and MailStage.DATA in replies and replies[MailStage.DATA].code == 354:
            self._end_empty_body()
        return refusal

    def _start_afresh(self) -> None:
        self._stage = MailStage.MAIL
        if self._wire.has_unread:
            raise Broken("bad_reply")
        if self._transaction_open:
            self._wire.write(b"RSET\r\n", self._limits.command_seconds)
            self._read(MailStage.MAIL)
            self._transaction_open = False

    def _ask_at_once(self, mail: OutgoingMail) -> dict[MailStage, Reply]:
        if self._announced is not mail:
            self._used += 1
            self._wire.write(b"".join(self._commands(mail).values()), self._limits.command_seconds)
        replies = {stage: self._read(stage) for stage in (MailStage.MAIL, MailStage.RCPT, MailStage.DATA)}
        self._announced = None
        return replies

    def _ask_in_turn(self, mail: OutgoingMail) -> dict[MailStage, Reply]:
        self._used += 1
        replies = {}
        for stage, command in self._commands(mail).items():
            self._stage = stage
            self._wire.write(command, self._limits.command_seconds)
            replies[stage] = self._read(stage)
            if replies[stage].code >= 400:
                break
        return replies

    def _commands(self, mail: OutgoingMail) -> dict[MailStage, bytes]:
        size = f" SIZE={len(mail.data)}" if self._says_size else ""
        return {
            MailStage.MAIL: f"MAIL FROM:<{_sender(mail)}>{size}\r\n".encode("ascii"),
            MailStage.RCPT: f"RCPT TO:<{wire_address(mail.address)}>\r\n".encode("ascii"),
            MailStage.DATA: b"DATA\r\n",
        }

    def _read(self, stage: MailStage) -> Reply:
        """The reply to a command of the envelope. A 421 ends the conversation (RFC 5321 3.8)."""
        self._stage = stage
        reply = self._wire.read(self._limits.command_seconds)
        if reply.code == 421:
            raise Broken("server_busy", reply)
        expected = reply.code == 354 if stage is MailStage.DATA else reply.is_positive
        if not expected and reply.code < 400:
            raise Broken("bad_reply", reply)
        return reply

    def _end_empty_body(self) -> None:
        """RFC 2920 3.1: the server waits for the body of a mail that it gave no recipient; a lone dot ends that."""
        try:
            self._wire.write(b".\r\n", self._limits.command_seconds)
            self._wire.read(self._limits.end_of_data_seconds)
        except Broken as broken:
            log.debug("the mail server hung up on an empty mail: %s", broken.reason)
            self._drop()
        self._transaction_open = False

    def _body(self, mail: OutgoingMail, following: OutgoingMail | None, journal: Journal) -> tuple[MailStage, Reply]:
        """The text with its final dot, and the next envelope behind it; the journal knows before the dot can leave."""
        self._stage = MailStage.END_OF_DATA
        rest = self._send_all_but_the_last_piece(_stuffed(mail.data))
        if following is not None:
            rest += b"".join(self._commands(following).values())
            self._announced = following
            self._used += 1
        journal.begin(mail.delivery_id)
        self._begun = True
        self._wire.write(rest, self._limits.end_of_data_seconds)
        reply = self._wire.read(self._limits.end_of_data_seconds)
        if 300 <= reply.code < 400:
            raise Broken("bad_reply")
        journal.end(mail.delivery_id, reply.code)
        self._transaction_open = False
        if reply.code == 421:
            self._drop()
        return self._stage, reply

    def _send_all_but_the_last_piece(self, body: bytes) -> bytes:
        """A connection that breaks within a long body then leaves no doubt: the final dot had not left."""
        if len(body) > LAST_PIECE:
            self._wire.write(body[:-LAST_PIECE], self._limits.end_of_data_seconds)
        return body[-LAST_PIECE:]


def _sender(mail: OutgoingMail) -> str:
    return wire_address(mail.envelope_from) if mail.envelope_from else ""


def _offered_size(smtp: smtplib.SMTP) -> int:
    offered = smtp.esmtp_features.get("size", "").strip()
    return int(offered) if offered.isascii() and offered.isdigit() else 0


def _stuffed(data: bytes) -> bytes:
    """Dots doubled (RFC 5321 4.5.2), line ends CRLF without exception, and the final dot."""
    if not data.count(b"\r\n") == data.count(b"\n") == data.count(b"\r"):
        data = re.sub(rb"\r\n|\r|\n", b"\r\n", data)
    body = (b"\r\n" + data).replace(b"\r\n.", b"\r\n..")[2:]
    return body + (b".\r\n" if body.endswith(b"\r\n") else b"\r\n.\r\n")


def _judged(mail: OutgoingMail, stage: MailStage, reply: Reply) -> MailOutcome:
    text = masked(reply.text, mail.address)
    if reply.is_positive:
        return MailOutcome(mail.delivery_id, MailKind.ACCEPTED, stage, reply.code, "", text)
    kind = MailKind.REFUSED if reply.code >= 500 else MailKind.DEFERRED
    reason = mail_reason(domain_of(mail.address), stage, reply.code, reply.text)
    return MailOutcome(mail.delivery_id, kind, stage, reply.code, reason, text)
