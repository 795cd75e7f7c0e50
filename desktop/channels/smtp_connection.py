"""One kept connection to a mail server: one recipient a transaction, pipelined where the server can (RFC 2920)."""

import logging
import re
import smtplib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from desktop.channels.smtp_wire import Broken, Reply, Wire
from desktop.domain.deliveries import Journal, MailKind, MailOutcome, MailStage, OutgoingMail
from desktop.domain.mail import AddressError, domain_of, wire_address
from desktop.domain.mail_replies import mail_reason, masked

log = logging.getLogger(__name__)

LAST_PIECE = 65536
QUIT_SECONDS = 2.0
_ENVELOPE = (MailStage.MAIL, MailStage.RCPT, MailStage.DATA)


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """`max_mails` a connection: docomo and au end one at 100 recipients. Times bound a whole reply, not one packet."""

    max_mails: int = 100
    command_seconds: float = 30
    end_of_data_seconds: float = 120


class _Letter(NamedTuple):
    """A mail with its envelope: MAIL, RCPT and DATA, a line each. `wrong` says why no server needs to be asked."""

    mail: OutgoingMail
    envelope: bytes
    wrong: str = ""


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
        self._announced: _Letter | None = None  # its envelope is written, its replies are not read yet
        self._shared: tuple[bytes, bytes] = (b"", b"")  # what copies share, and as it goes over the wire

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
        letters = [self._letter(mail) for mail in mails]
        followers = iter([*[letter for letter in letters if not letter.wrong][1:], None])
        self._wire.before_waiting = journal.flush
        try:
            for letter in letters:
                outcome = self._without_asking(letter, reason)
                following = None if letter.wrong else next(followers)
                if outcome is None:
                    outcome = self._attempt(letter, self._may_announce(letter, following), journal)
                    reason = outcome.reason if not self._alive else reason
                yield outcome
            finished = True
        finally:
            journal.flush()
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

    def _letter(self, mail: OutgoingMail) -> _Letter:
        try:
            recipient = wire_address(mail.address)
        except AddressError:
            return _Letter(mail, b"", "bad_address")
        try:
            sender = wire_address(mail.envelope_from) if mail.envelope_from else ""
        except AddressError:
            return _Letter(mail, b"", "sender_refused")
        size = len(mail.data) + len(mail.shared)
        if 0 < self._max_size < size:
            return _Letter(mail, b"", "too_big")
        said = f" SIZE={size}" if self._says_size else ""
        return _Letter(mail, f"MAIL FROM:<{sender}>{said}\r\nRCPT TO:<{recipient}>\r\nDATA\r\n".encode("ascii"))

    def _without_asking(self, letter: _Letter, reason: str) -> MailOutcome | None:
        """An outcome that needs no server, or for which there is none; `reason` is why the connection ended."""
        number = letter.mail.delivery_id
        if letter.wrong:
            return MailOutcome(number, MailKind.REFUSED, MailStage.CONNECT, None, letter.wrong)
        if self._alive and (self._announced is letter or self.room):
            return None
        why = "connection_full" if self._alive else reason or "connection_lost"
        return MailOutcome(number, MailKind.NOT_SENT, MailStage.CONNECT, None, why)

    def _may_announce(self, letter: _Letter, following: _Letter | None) -> _Letter | None:
        """The next one's envelope travels with this one's body, if there is room for both."""
        room_needed = 1 if self._announced is letter else 2
        return following if self._pipelining and self.room >= room_needed else None

    def _attempt(self, letter: _Letter, following: _Letter | None, journal: Journal) -> MailOutcome:
        self._begun = False
        try:
            stage, reply = self._envelope(letter) or self._body(letter.mail, following, journal)
        except Broken as broken:
            self._drop()
            return self._of_broken(letter.mail, broken)
        return _judged(letter.mail, stage, reply)

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

    def _envelope(self, letter: _Letter) -> tuple[MailStage, Reply] | None:
        """MAIL, RCPT and DATA; None when the server waits for the body, otherwise the first no and where it came."""
        if self._announced is not letter:
            self._start_afresh()
        elif self._wire.was_let_ahead():
            self._announced, self._transaction_open = None, True
            return None
        replies = self._ask_at_once(letter) if self._pipelining else self._ask_in_turn(letter)
        self._transaction_open = replies[0].is_positive
        refusal = next(((_ENVELOPE[turn], reply) for turn, reply in enumerate(replies) if reply.code >= 400), None)
        if refusal is not None and replies[-1].code == 354:
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

    def _ask_at_once(self, letter: _Letter) -> list[Reply]:
        if self._announced is not letter:
            self._used += 1
            self._wire.write(letter.envelope, self._limits.command_seconds)
        replies = [self._read(stage) for stage in _ENVELOPE]
        self._announced = None
        return replies

    def _ask_in_turn(self, letter: _Letter) -> list[Reply]:
        self._used += 1
        replies = []
        for stage, command in zip(_ENVELOPE, letter.envelope.splitlines(keepends=True), strict=True):
            self._stage = stage
            self._wire.write(command, self._limits.command_seconds)
            replies.append(self._read(stage))
            if replies[-1].code >= 400:
                break
        return replies

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

    def _body(self, mail: OutgoingMail, following: _Letter | None, journal: Journal) -> tuple[MailStage, Reply]:
        """The text with its final dot, and the next envelope behind it; the journal knows before the dot can leave."""
        self._stage = MailStage.END_OF_DATA
        rest = self._send_all_but_the_last_piece(self._on_wire(mail))
        if following is not None:
            rest += following.envelope
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

    def _on_wire(self, mail: OutgoingMail) -> bytes:
        """The mail with its final dot; what many copies share is looked through once."""
        if not mail.shared.startswith(b"\r\n"):
            return _ended(_stuffed(mail.data + mail.shared))
        if mail.shared is not self._shared[0]:
            self._shared = mail.shared, _ended(_stuffed(mail.shared))
        return _stuffed(mail.data) + self._shared[1]

    def _send_all_but_the_last_piece(self, body: bytes) -> bytes:
        """A connection that breaks within a long body then leaves no doubt: the final dot had not left."""
        if len(body) > LAST_PIECE:
            self._wire.write(body[:-LAST_PIECE], self._limits.end_of_data_seconds)
        return body[-LAST_PIECE:]


def _offered_size(smtp: smtplib.SMTP) -> int:
    offered = smtp.esmtp_features.get("size", "").strip()
    return int(offered) if offered.isascii() and offered.isdigit() else 0


def _stuffed(data: bytes) -> bytes:
    """Dots doubled (RFC 5321 4.5.2), line ends CRLF without exception."""
    if not data.count(b"\r\n") == data.count(b"\n") == data.count(b"\r"):
        data = re.sub(rb"\r\n|\r|\n", b"\r\n", data)
    return (b"\r\n" + data).replace(b"\r\n.", b"\r\n..")[2:]


def _ended(body: bytes) -> bytes:
    """With the final dot on a line of its own."""
    return body + (b".\r\n" if body.endswith(b"\r\n") else b"\r\n.\r\n")


def _judged(mail: OutgoingMail, stage: MailStage, reply: Reply) -> MailOutcome:
    if reply.is_positive:
        return MailOutcome(mail.delivery_id, MailKind.ACCEPTED, stage, reply.code)
    kind = MailKind.REFUSED if reply.code >= 500 else MailKind.DEFERRED
    reason = mail_reason(domain_of(mail.address), stage, reply.code, reply.text)
    return MailOutcome(mail.delivery_id, kind, stage, reply.code, reason, masked(reply.text, mail.address))
