"""Mail addresses as Japanese carriers hand them out, and the bytes of a mail, composed without any I/O."""

import re
import unicodedata
from base64 import b64encode
from binascii import b2a_base64
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from enum import StrEnum
from functools import lru_cache

from desktop.domain.plain_text import clean_line, clean_text

MAX_ADDRESS = 254  # RFC 5321 4.5.3.1.3, without the angle brackets
LINE_LENGTH = 76
RULE = "―" * 12

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_DOT_ATOM = re.compile(rf"{_ATOM}(\.{_ATOM})*")
_ORDINARY = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@[A-Za-z0-9.-]+")
_LOOSE_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+")
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(\.{_LABEL})+")
_PLAIN_ADDRESS = re.compile(rf"({_LOOSE_LOCAL.pattern})@({_DOMAIN.pattern})")
_MESSAGE_ID = re.compile(r"<[!-;=?-~]+@[!-;=?-~]+>")
_LIST_ID = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+")
_HEADER_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
_ENCODED_WORD = 75  # RFC 2047 section 2
_WRAPPER = len("=?utf-8?b??=")


class Lane(StrEnum):
    """Receiving systems that are counted and slowed down separately (connections and rates per domain)."""

    DOCOMO = "docomo"
    AU = "au"
    SOFTBANK = "softbank"
    GMAIL = "gmail"
    OTHER = "other"


_LANES = {
    "docomo.ne.jp": Lane.DOCOMO,
    "ezweb.ne.jp": Lane.AU,
    "au.com": Lane.AU,
    "softbank.ne.jp": Lane.SOFTBANK,
    "i.softbank.jp": Lane.SOFTBANK,
    "vodafone.ne.jp": Lane.SOFTBANK,
    "disney.ne.jp": Lane.SOFTBANK,
    "gmail.com": Lane.GMAIL,
    "googlemail.com": Lane.GMAIL,
}


class AddressError(ValueError):
    """An address that cannot be meant like that.

    `code`: empty, space, character, no_at, many_ats, no_name, no_domain, no_dot, domain or too_long.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def domain_of(address: str) -> str:
    """The part after the last @, in small letters."""
    return address.rpartition("@")[2].lower()


def lane(domain: str) -> Lane:
    """Subdomains count as their carrier (`t.vodafone.ne.jp`)."""
    labels = domain.lower().rstrip(".").split(".")
    tails = (".".join(labels[i:]) for i in range(len(labels)))
    return next((_LANES[tail] for tail in tails if tail in _LANES), Lane.OTHER)


def check_address(typed: str) -> str:
    """The address in half-width and small letters; raises AddressError.

    Small letters, so that one mailbox is one address wherever addresses are compared: RFC 5321 2.4 lets a server tell
    `A@` from `a@` and advises against it; no carrier here does, and a family must not get a notice twice.
    Deliberately lenient: `a..b@`, `a.@` and `.a@` belong to real docomo and au customers; only an answered mail proves
    an address.
    """
    address = unicodedata.normalize("NFKC", typed).strip()
    if len(address) <= MAX_ADDRESS and (plain := _PLAIN_ADDRESS.fullmatch(address)):
        return plain[0].lower()
    if not address:
        raise AddressError("empty")
    local, at, domain = address.rpartition("@")
    if local.startswith('"') and local.endswith('"') and len(local) > 1:
        local = local[1:-1]  # somebody typed the wire form
    _raise_first(
        (any(map(str.isspace, address)), "space"),
        (not at, "no_at"),
        ("@" in local, "many_ats"),
        (not local, "no_name"),
        (not domain, "no_domain"),
        (not address.isascii() or not _LOOSE_LOCAL.fullmatch(local), "character"),
        ("." not in domain, "no_dot"),
        (not _DOMAIN.fullmatch(domain), "domain"),
        (len(address) > MAX_ADDRESS, "too_long"),
    )
    return f"{local}@{domain}".lower()


def _raise_first(*findings: tuple[bool, str]) -> None:
    for found, code in findings:
        if found:
            raise AddressError(code)


@lru_cache(maxsize=1024)
def wire_address(address: str) -> str:
    """The address as SMTP and headers want it: the local part in quotes if it is not a dot-atom (RFC 5321 4.1.2).

    Raises AddressError for what no quoting can carry: control characters, and anything beyond ASCII. Remembered for a
    while, because a mail says its addresses several times.
    """
    if _ORDINARY.fullmatch(address):
        return address
    if not address.isascii() or not address.isprintable():
        raise AddressError("character")
    local, at, domain = address.rpartition("@")
    if not at or not local or not domain or set(domain) & set(' <>"'):
        raise AddressError("domain" if at and local else "no_at")
    if _DOT_ATOM.fullmatch(local) or _is_quoted(local):
        return address
    escaped = local.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"@{domain}'


def _is_quoted(local: str) -> bool:
    return re.fullmatch(r'"([^"\\]|\\.)*"', local) is not None


@dataclass(frozen=True, slots=True)
class MailText:
    """What the copies of one notice in one language have in common.

    `plain` is for feature phones: nothing decorates the footer. `is_answer`: a program answers somebody's mail.
    `sent_at` is aware; `list_id` looks like `notices.h001.city.example`.
    """

    from_name: str
    from_address: str
    subject: str
    body: str
    footer: str
    language: str
    list_id: str
    sent_at: datetime
    plain: bool = False
    is_answer: bool = False


class MailTemplate:
    """One mail serialised once; each copy gets its own To and Message-ID (and greeting) at the price of a join."""

    def __init__(self, text: MailText) -> None:
        if not _LIST_ID.fullmatch(text.list_id):
            raise ValueError("list_id is not a list of labels")
        if text.sent_at.tzinfo is None:
            raise ValueError("sent_at is naive")
        self._first = _from_header(text.from_name, text.from_address) + "\r\nTo: "
        self._rest = f"\r\n{_other_headers(text)}\r\n\r\n".encode("ascii")
        self._text = _join_footer(text)
        self._shared = self._rest + _encode_body(self._text)

    def copy(self, *, to: str, message_id: str) -> tuple[bytes, bytes]:
        """A mail in two pieces: what is its own, and what follows in all copies (one object, begun by a line end).

        Raises as `render` does.
        """
        if not _MESSAGE_ID.fullmatch(message_id):
            raise ValueError("message_id is not <left@right>")
        return f"{self._first}{wire_address(to)}\r\nMessage-ID: {message_id}".encode("ascii"), self._shared

    def render(self, *, to: str, message_id: str, greeting: str = "") -> bytes:
        """The whole mail. `to` is an address as typed, `message_id` has its angle brackets.

        Raises AddressError for an address that cannot be sent, ValueError for a wrong Message-ID.
        """
        own, shared = self.copy(to=to, message_id=message_id)
        if not greeting:
            return own + shared
        return own + self._rest + _encode_body(f"{clean_text(greeting)}\n\n{self._text}")


def _from_header(name: str, address: str) -> str:
    return _fold("From", [*_phrase("From", clean_line(name)), f"<{wire_address(address)}>"])


def _other_headers(text: MailText) -> str:
    headers = [
        _fold("Subject", _unstructured("Subject", clean_line(text.subject))),
        f"Date: {format_datetime(text.sent_at)}",
        f"List-Id: <{text.list_id}>",
        f"Auto-Submitted: auto-{'replied' if text.is_answer else 'generated'}",  # RFC 3834
        "MIME-Version: 1.0",
        'Content-Type: text/plain; charset="utf-8"',
        "Content-Transfer-Encoding: base64",
    ]
    if re.fullmatch(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", text.language):
        headers.append(f"Content-Language: {text.language}")
    return "\r\n".join(headers)


def _join_footer(text: MailText) -> str:
    body, footer = clean_text(text.body).strip("\n"), clean_text(text.footer).strip("\n")
    between = "\n\n" if text.plain else f"\n\n{RULE}\n"
    return f"{body}{between}{footer}\n" if footer else f"{body}\n"


def _encode_body(text: str) -> bytes:
    """Base64 in lines of 76 characters: no 8-bit, no line that a carrier finds too long, no dot to stuff."""
    encoded = b2a_base64(text.replace("\n", "\r\n").encode(), newline=False)
    lines = [encoded[i : i + LINE_LENGTH] for i in range(0, len(encoded), LINE_LENGTH)]
    return b"\r\n".join(lines) + b"\r\n"


def _phrase(header: str, name: str) -> list[str]:
    """A display name (RFC 5322 3.2.5) in pieces that may stand on lines of their own."""
    if not name:
        return []
    if name.isascii() and _fits(header, name) and "=?" not in name:
        return [name] if _HEADER_ATOMS.fullmatch(name) else ['"' + re.sub(r'(["\\])', r"\\\1", name) + '"']
    return _encoded_words(header, name)


def _unstructured(header: str, text: str) -> list[str]:
    return [text] if text.isascii() and _fits(header, text) and "=?" not in text else _encoded_words(header, text)


def _fits(header: str, text: str) -> bool:
    return len(header) + 2 + len(text) <= LINE_LENGTH - 10


def _encoded_words(header: str, text: str) -> list[str]:
    """RFC 2047: whole characters in each word, each word at most 75 long and the first short enough for line one."""
    words, current, room = [], b"", _bytes_in(_ENCODED_WORD - len(header) - 2)
    for character in text:
        encoded = character.encode()
        if len(current) + len(encoded) > room:
            words.append(current)
            current, room = b"", _bytes_in(_ENCODED_WORD)
        current += encoded
    return [f"=?utf-8?b?{b64encode(word).decode('ascii')}?=" for word in [*words, current]]


def _bytes_in(length: int) -> int:
    return (length - _WRAPPER) // 4 * 3


def _fold(header: str, pieces: list[str]) -> str:
    """Pieces on as few lines as keep to 76 characters; the first line is never left empty."""
    lines = [f"{header}:"]
    for piece in pieces:
        if len(lines[-1]) + 1 + len(piece) > LINE_LENGTH and lines != [f"{header}:"]:
            lines.append("")
        lines[-1] += " " + piece
    return "\r\n".join(lines)
