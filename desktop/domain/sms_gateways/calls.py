"""Reads what is in a gateway's call: raw bytes of anybody's making, so nothing here raises anything but UserError."""

import hmac
import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from ipaddress import IPv6Address, ip_address, ip_network
from urllib.parse import unquote_to_bytes, urlsplit

from desktop.domain.errors import UserError
from desktop.domain.phones import PhoneError, read_phone
from desktop.domain.sms_gateways import FROM_THE_FUTURE, OLDEST, Access, InboundCall

LARGEST_CALL = 64 * 1024
"""Bytes of a query or a body; the longest message that a phone can send needs a quarter of it."""
VIETNAM = timezone(timedelta(hours=7))
"""Has no summer time, so its gateways' local times are plain."""

_MOST_PARAMETERS = 50
_ID = re.compile(r"[!-~]{1,100}")
_LONGEST_NUMBER = 32
_UTF16 = "utf-16-be"
_CHARSETS = {
    "utf-8": "utf-8", "utf8": "utf-8", "us-ascii": "utf-8", "ascii": "utf-8",
    "utf-16be": _UTF16, "utf-16": _UTF16, "ucs-2": _UTF16, "ucs2": _UTF16, "iso-10646-ucs-2": _UTF16,
    "iso-8859-1": "cp1252", "latin1": "cp1252", "windows-1252": "cp1252", "cp1252": "cp1252",
}  # fmt: skip
"""Latin-1 is read as its superset: what differs are control characters, which nobody texts."""


def check_network(call: InboundCall, access: Access) -> None:
    """Raises UserError("sms.network") for a caller outside the networks that are set; none set: anybody may call."""
    networks = [ip_network(part, strict=False) for part in access.networks.split(",") if part]
    if not networks:
        return
    try:
        caller = ip_address(call.address)
    except ValueError:
        raise UserError("sms.network") from None
    if isinstance(caller, IPv6Address) and caller.ipv4_mapped is not None:
        caller = caller.ipv4_mapped
    if not any(caller in network for network in networks):
        raise UserError("sms.network")


def check_signature(signed: bytes, expected: bytes) -> None:
    if not hmac.compare_digest(signed, expected):
        raise UserError("sms.signature")


def require_key(access: Access) -> bytes:
    if not access.key:
        raise UserError("sms.no_key")
    return access.key.encode()


def check_time(sent_at: datetime, now: datetime) -> datetime:
    """Raises UserError("sms.too_old") outside the window in which a message can be new."""
    if not now - OLDEST <= sent_at <= now + FROM_THE_FUTURE:
        raise UserError("sms.too_old")
    return sent_at


def parameters(query: bytes) -> Mapping[str, bytes]:
    """A query's parameters by their names in small letters. Which of two with one name would be meant nobody knows:
    UserError("sms.nonsense").
    """
    if len(query) > LARGEST_CALL or query.count(b"&") > _MOST_PARAMETERS:
        raise UserError("sms.nonsense")
    found: dict[str, bytes] = {}
    for part in query.split(b"&"):
        if not part:
            continue
        name, _, value = part.replace(b"+", b" ").partition(b"=")
        key = unquote_to_bytes(name).decode("ascii", "replace").lower()
        if key in found:
            raise UserError("sms.nonsense")
        found[key] = unquote_to_bytes(value)
    return found


def checked_id(given: str) -> str:
    """A gateway's id as it can be stored and compared. Raises UserError("sms.nonsense")."""
    if not _ID.fullmatch(given):
        raise UserError("sms.nonsense")
    return given


def sender_of(given: str) -> tuple[str, bool]:
    """Its national form, and True, for a Vietnamese mobile number; else what was given, as far as it can be shown."""
    try:
        phone = read_phone(given, "VN")
    except PhoneError:
        return shown(given), False
    if phone.country == "VN" and phone.is_mobile:
        return phone.number, True
    return shown(given), False


def shown(given: str) -> str:
    """A short name or number of another's making, on one line. What cannot be shown is replaced, never left out: out of
    what is no phone there would come one.
    """
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in given.strip())[:_LONGEST_NUMBER]


def without_halves(text: str) -> str:
    """A half of a pair of surrogates, which JSON can carry alone, becomes the sign for the unreadable."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def decoded(raw: bytes, charset: str) -> tuple[str, bool]:
    """A text in the charset that the gateway names; and whether it had to be guessed, because it is another.

    A gateway splits texts at blanks byte by byte, so that of a blank at the end of UTF-16 one byte may be left.
    """
    named = _CHARSETS.get(charset.strip().strip("\"'").lower(), "")
    truly = _recognised(raw, named)
    if truly == _UTF16 and len(raw) % 2:
        raw = raw[:-1]
    text = raw.decode(truly, "replace").removeprefix("\ufeff")
    return text, truly != named or "\ufffd" in text


def _recognised(raw: bytes, named: str) -> str:
    """What the bytes say themselves goes before their label where the two cannot both be right."""
    if raw.startswith(b"\xff\xfe"):
        return "utf-16"
    evens, odds = raw[::2], raw[1::2]
    if odds and evens.count(0) > odds.count(0) and evens.count(0) * 4 >= len(evens):
        return _UTF16
    is_utf8 = _is_utf8(raw)
    if named == _UTF16:
        is_plain = is_utf8 and 0 not in raw and sum(32 <= byte < 127 for byte in raw) * 5 >= 2 * len(raw)
        return "utf-8" if is_plain and raw else _UTF16
    if is_utf8 and (named != "cp1252" or not raw.isascii()):
        return "utf-8"
    return "cp1252"


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def endpoint(url: str, path: str) -> str:
    """Where a gateway takes calls: its setting may be the whole address, or its computer alone."""
    try:
        is_whole = urlsplit(url).path not in ("", "/")
    except ValueError:
        return url  # whoever calls there finds out
    return url if is_whole else url.rstrip("/") + path
