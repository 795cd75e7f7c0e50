"""Mails that come to our From address: returned ones, automatic ones, and what parents write (RFC 3464, RFC 3834)."""

import hashlib
import html
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header
from email.message import Message
from email.utils import parseaddr, parsedate_to_datetime
from enum import StrEnum

from desktop.domain.deliveries import MailStage
from desktop.domain.mail import AddressError, check_address, domain_of
from desktop.domain.mail_replies import mail_reason
from desktop.domain.plain_text import clean_line, clean_text

LARGEST_READ = 256 * 1024
LONGEST_WORDS = 4000
LONGEST_SUBJECT = 200
HARD_REASONS = frozenset({"unknown_user", "unknown_domain", "bad_address", "account_disabled"})
"""Why an address is not written to any more; a full mailbox or a family's filter is none of these."""

_NOBODY = re.compile(
    r"(mailer-daemon|postmaster|no-?reply|do-?not-?reply|bounces?|root|daemon|majordomo|listserv)\b|.*-(request|bounces)$"
)
_BULK = frozenset({"bulk", "list", "junk", "auto_reply"})
_AUTOMATIC_HEADERS = ("x-autoreply", "x-autorespond", "x-auto-response-suppress", "list-id", "list-unsubscribe",
                      "x-failed-recipients", "x-loop", "feedback-id")  # fmt: skip
_STATUS_LINE = re.compile(r"\b([45]\d\d)[ -](?:#?(\d\.\d{1,3}\.\d{1,3})\s+)?([^\r\n]{0,300})")
_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_AFTER_DATA = re.compile(r">>> DATA|end of DATA", re.IGNORECASE)
_TAGS = re.compile(r"<(script|style)\b.*?</\1>|<[^>]*>", re.DOTALL | re.IGNORECASE)


class LetterKind(StrEnum):
    """`mail` is what a person wrote; `returned` one of ours that did not arrive; `automatic` needs no answer."""

    MAIL = "mail"
    RETURNED = "returned"
    AUTOMATIC = "automatic"


@dataclass(frozen=True, slots=True)
class OurMail:
    """What one of our Message-IDs says: whose table it is in, and the row."""

    is_post: bool
    number: int


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail as it came in. `ours` are mails of ours that a returned one is about; `sender` is "" where it is nobody's.

    `is_final` says of a returned one that it was given up, not that it is late.
    """

    kind: LetterKind
    source_id: str
    sender: str
    subject: str
    words: str
    ours: tuple[OurMail, ...] = ()
    is_final: bool = False
    report: str = ""
    sent_at: datetime | None = None


def read_letter(raw: bytes, installation: str, own: Collection[str], *, found_failed: bool) -> Letter:
    """Understand a mail. `own` are our addresses; `found_failed`: somebody who knows bounces found one in it."""
    message = message_from_bytes(raw)
    sender = _sender(message)
    text = clean_text(_body(message))
    kind = LetterKind.MAIL
    if found_failed or _is_report(message, "delivery-status") or message["x-failed-recipients"]:
        kind = LetterKind.RETURNED
    elif _is_automatic(message, sender) or sender.lower() in {address.lower() for address in own}:
        kind = LetterKind.AUTOMATIC
    stamp = (message["message-id"] or "").strip().encode("utf-8", "replace") or raw
    report = _report_text(message)
    return Letter(
        kind,
        hashlib.sha256(stamp).hexdigest(),
        sender,
        _header(message, "subject")[:LONGEST_SUBJECT],
        text[:LONGEST_WORDS],
        tuple(_ours(raw, installation)) if kind is not LetterKind.MAIL else (),
        not re.search(r"^action:\s*(delayed|delivered|relayed|expanded)", report, re.IGNORECASE | re.MULTILINE),
        f"{report}\n{text}"[:20_000],
        _sent_at(message),
    )


def reason_of(letter: Letter, address: str) -> str:
    """Why a mail to this address came back; one of `mail_replies.MAIL_REASONS`."""
    stage = MailStage.END_OF_DATA if _AFTER_DATA.search(letter.report) else MailStage.RCPT
    diagnostic = re.search(r"^diagnostic-code:[^;\n]*;(.*(?:\n[ \t].*)*)", letter.report, re.IGNORECASE | re.MULTILINE)
    status = re.search(r"^status:\s*(\S+)", letter.report, re.IGNORECASE | re.MULTILINE)
    said = _STATUS_LINE.search(diagnostic[1] if diagnostic else letter.report)
    if said:
        enhanced = said[2] or (status[1] if status else "")
        return mail_reason(domain_of(address), stage, int(said[1]), f"{enhanced} {said[3]}".strip())
    worded = diagnostic[1] if diagnostic else letter.words
    code = 550 if status is None or status[1].startswith("5") else 450
    return mail_reason(
        domain_of(address), MailStage.END_OF_DATA, code, f"{status[1] if status else ''} {worded}".strip()
    )


def _is_automatic(message: Message, sender: str) -> bool:
    """Whatever must not be answered: machines, lists, and whoever has no address to answer to."""
    submitted = _header(message, "auto-submitted").lower()
    return (
        not sender
        or (submitted not in ("", "no"))
        or _header(message, "precedence").lower() in _BULK
        or any(message[name] is not None for name in _AUTOMATIC_HEADERS)
        or _header(message, "return-path") == "<>"
        or message.get_content_type() == "multipart/report"
        or _NOBODY.match(sender.partition("@")[0].lower()) is not None
    )


def _is_report(message: Message, kind: str) -> bool:
    return message.get_content_type() == "multipart/report" and kind in str(message.get_param("report-type", ""))


def _sender(message: Message) -> str:
    try:
        return check_address(parseaddr(_header(message, "from"))[1])
    except AddressError:
        return ""


def _sent_at(message: Message) -> datetime | None:
    try:
        found = parsedate_to_datetime(str(message["date"]))
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError, TypeError):
        return None


def _header(message: Message, name: str) -> str:
    """A header in words, whatever was done to it on the way."""
    pieces = []
    try:
        for piece, charset in decode_header(str(message[name] or "")):
            pieces.append(piece if isinstance(piece, str) else _decoded(piece, charset))
    except ValueError:
        return ""
    return clean_line("".join(pieces))


def _decoded(data: bytes, charset: str | None) -> str:
    try:
        return data.decode(charset or "utf-8", "replace")
    except LookupError:
        return data.decode("utf-8", "replace")


def _body(message: Message) -> str:
    """The text of a mail, of its HTML where there is no other."""
    found = {"text/plain": "", "text/html": ""}
    for part in _parts(message):
        kind = part.get_content_type()
        if kind in found and not found[kind] and part.get_content_disposition() != "attachment":
            found[kind] = _text(part)
    return found["text/plain"].strip() or html.unescape(_TAGS.sub(" ", found["text/html"])).strip()


def _parts(message: Message) -> Iterator[Message]:
    """Those that are the writer's own, not those of a mail within it."""
    if message.get_content_type() == "message/rfc822":
        return
    if not message.is_multipart():
        yield message
        return
    for part in message.get_payload():
        if isinstance(part, Message):
            yield from _parts(part)


def _text(part: Message) -> str:
    data = part.get_payload(decode=True)
    charset = part.get_content_charset()
    return _decoded(data, charset) if isinstance(data, bytes) else ""


def _report_text(message: Message) -> str:
    """The part for machines of a delivery report: its fields, one on a line."""
    for part in message.walk():
        if part.get_content_type() == "message/delivery-status":
            blocks = part.get_payload()
            listed = blocks if isinstance(blocks, list) else []
            return "\n".join(f"{name}: {value}" for block in listed if isinstance(block, Message)
                             for name, value in block.items())  # fmt: skip
    return ""


def _ours(raw: bytes, installation: str) -> Iterator[OurMail]:
    """Message-IDs that only our own mails have: nobody else knows how they begin, so a forged return names none."""
    pattern = rf"<{re.escape(installation[:12])}\.(?:\d+\.)?(p?)(\d{{1,18}})@".encode()
    seen = set()
    for is_post, number in re.findall(pattern, raw):
        one = OurMail(bool(is_post), int(number))
        if one not in seen:
            seen.add(one)
            yield one
