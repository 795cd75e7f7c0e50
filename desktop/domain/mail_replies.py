"""What a mail server's reply means for the family: carriers use one text for different things."""

import re

from desktop.domain.deliveries import MailStage
from desktop.domain.mail import Lane, lane

MAX_TEXT = 200

RECIPIENT_REASONS = (
    "unknown_user",  # the address does not exist (any more)
    "unknown_domain",
    "bad_address",  # it cannot be an address, or the server does not take its form
    "mailbox_full",
    "account_disabled",
    "filtered",  # the family's own receive filter: ask them to permit our domain
    "greylisted",
    "rate_limited",
    "blocked",  # the receiving system refuses us as sender of bulk or spam
    "too_big",
    "content_refused",
    "refused",  # 5yz without anything recognisable
    "try_later",  # 4yz without anything recognisable
)
CHANNEL_REASONS = (
    "not_configured",
    "server_down",
    "unknown_host",
    "server_busy",
    "server_refused",
    "tls_failed",
    "tls_not_offered",
    "certificate",
    "auth_refused",
    "auth_later",
    "auth_not_offered",
    "auth_not_ascii",
    "auth_required",
    "sender_refused",
    "relay_denied",
    "connection_lost",
    "connection_full",
    "timeout",
    "bad_reply",
)
MAIL_REASONS = RECIPIENT_REASONS + CHANNEL_REASONS

_ENHANCED = re.compile(r"^\s*[245]\.(\d{1,3})\.(\d{1,3})\b")
_BY_ENHANCED = {
    "1.0": "unknown_user",
    "1.1": "unknown_user",
    "1.2": "unknown_domain",
    "1.3": "bad_address",
    "1.6": "unknown_user",
    "1.7": "sender_refused",
    "1.8": "sender_refused",
    "1.10": "unknown_domain",
    "2.1": "account_disabled",
    "2.2": "mailbox_full",
    "2.3": "too_big",
    "3.4": "too_big",
    "4.4": "unknown_domain",
    "7.25": "blocked",
    "7.26": "blocked",
    "7.27": "sender_refused",
}
_BY_WORDS = (
    (r"grey-?list|postgrey|try again in \d+ (sec|min)", "greylisted"),
    (r"(mail ?box|quota|storage)\b.*\b(full|exceed|over)|over ?quota|over quota|too much mail data", "mailbox_full"),
    (r"too (quickly|many (connections|messages|mails|recipients))|rate.?limit|throttl|slow down", "rate_limited"),
    (r"relay(ing)? (access )?(denied|not (permitted|allowed))|unable to relay|not permitted to relay", "relay_denied"),
    (r"authentication (is )?required|must (issue a STARTTLS|authenticate)", "auth_required"),
    (r"account\b.*\b(disabled|limited|inactive|suspended)", "account_disabled"),
    (
        r"(user|recipient|mailbox|address|account)\b.*\b(unknown|not exist|not found|unavailable|invalid|no such)",
        "unknown_user",
    ),
    (r"(unknown|no such|invalid) (user|recipient|mailbox|address|local)", "unknown_user"),
    (r"(domain|host)\b.*\b(not found|unknown|not exist)", "unknown_domain"),
    (r"not a valid (RFC|address)|syntax|malformed address", "bad_address"),
    (r"(size|message|mail)\b.*\b(too (big|large)|exceeds)", "too_big"),
    (r"spam|black ?list|block ?list|blocked|reputation|policy|DMARC|SPF|DKIM|PTR|reverse", "blocked"),
)
_WORDS = tuple((re.compile(pattern, re.IGNORECASE), reason) for pattern, reason in _BY_WORDS)
_UNKNOWN_USER = re.compile(r"(user|recipient)\s+unknown|unknown\s+(user|recipient)|invalid recipient", re.IGNORECASE)
_ADDRESS = re.compile(r"""("(\\.|[^"\\])*"|[^\s<>"'(),;:\[\]]+)@[^\s<>"'(),;:\]]+""")


def mail_reason(domain: str, stage: MailStage, code: int, text: str) -> str:
    """One of MAIL_REASONS for a 4yz or 5yz reply.

    `text` is unmasked: au tells two cases apart by whether it names the address.
    """
    return _of_carrier(lane(domain), stage, code, text) or _of_code(stage, code) or _of_text(stage, code, text)


def _of_carrier(carrier: Lane, stage: MailStage, code: int, text: str) -> str:
    """What docomo and au mean (as collected by github.com/sisimai/rb-sisimai).

    docomo names an existing customer "unknown user" after DATA when the customer's filter refuses the mail; au leaves
    the address out of the same sentence.
    """
    unknown = code == 550 and _UNKNOWN_USER.search(text) is not None
    if carrier is Lane.DOCOMO:
        if re.match(r"\s*5\.2\.0\b", text) or (unknown and stage is MailStage.END_OF_DATA):
            return "filtered"
        return "mailbox_full" if code == 552 and "too much mail data" in text.lower() else ""
    if carrier is Lane.AU and unknown:
        return "filtered" if text.lstrip().startswith(":") else "unknown_user"
    return ""


def _of_code(stage: MailStage, code: int) -> str:
    """Codes that mean one thing whatever the words say."""
    if code in (530, 538):
        return "auth_required"
    if code == 421:
        return "server_busy"
    if code == 523 or (code == 552 and stage is MailStage.MAIL):
        return "too_big"
    return ""


def _of_text(stage: MailStage, code: int, text: str) -> str:
    if stage is MailStage.MAIL:
        return _sender_reason(code, text)
    enhanced = _ENHANCED.match(text)
    known = _BY_ENHANCED.get(f"{enhanced[1]}.{enhanced[2]}", "") if enhanced else ""
    worded = next((reason for pattern, reason in _WORDS if pattern.search(text)), "")
    return _plausible(known, worded) or _of_plain_code(stage, code)


def _plausible(known: str, worded: str) -> str:
    """Gmail says 4.2.1 for "too quickly": for "account disabled" the words know better than the number."""
    return worded or known if known in ("", "account_disabled") else known


def _sender_reason(code: int, text: str) -> str:
    """At MAIL nobody was named yet, so it is us, our address or our speed."""
    words = next((reason for pattern, reason in _WORDS if pattern.search(text)), "")
    if words in ("rate_limited", "relay_denied", "auth_required", "too_big", "blocked", "greylisted"):
        return words
    return "sender_refused" if code >= 500 else "try_later"


def _of_plain_code(stage: MailStage, code: int) -> str:
    if code == 552:
        return "mailbox_full" if stage is MailStage.RCPT else "too_big"
    if stage is MailStage.RCPT:
        by_code = {550: "unknown_user", 551: "unknown_user", 553: "bad_address", 450: "greylisted", 451: "greylisted"}
        return by_code.get(code, "refused" if code >= 500 else "try_later")
    if code >= 500:
        return "content_refused" if stage is MailStage.END_OF_DATA else "refused"
    return "try_later"


def masked(text: str, address: str = "") -> str:
    """The server's words on one line, cut, with every address and the name part of this one taken out."""
    shown = " ".join(text.split())
    if "@" in shown:
        shown = _ADDRESS.sub("…@…", shown)
    local = address.rpartition("@")[0]
    if len(local) > 2 and local.lower() in shown.lower():  # a pattern per address costs more than sending the mail
        shown = re.sub(rf"(?<![\w.]){re.escape(local)}(?![\w.])", "…", shown, flags=re.IGNORECASE)
    return "".join(c for c in shown[:MAX_TEXT] if c.isprintable())
