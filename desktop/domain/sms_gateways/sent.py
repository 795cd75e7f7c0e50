"""What the gateways that speak JSON have in common where texts go out."""

import hmac
import json
from typing import Any

from desktop.domain.sms_gateways import OutgoingSms, SmsKind, SmsOutcome


def stable_id(key: str, sms: OutgoingSms) -> str:
    """The same for each attempt at one text, by which the gateway knows a second one; another one for any other text,
    also where a restored database counts its replies anew.
    """
    about = f"{sms.reply_id}\0{sms.phone}\0{sms.text}".encode("utf-8", "replace")
    return f"{sms.reply_id}-{hmac.digest(key.encode(), about, 'sha256').hex()[:16]}"


def json_object(body: bytes) -> dict[str, Any]:
    """Empty where it is none; what it holds is anybody's guess."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def of_status(status: int) -> SmsOutcome:
    """An answer that says nothing else."""
    if status in (401, 403):
        return SmsOutcome(SmsKind.STOP, "unauthorized")
    if 300 <= status < 400 or status in (404, 405):
        return SmsOutcome(SmsKind.STOP, "wrong_url")
    if status in (429, 503):
        return SmsOutcome(SmsKind.AGAIN, "busy")
    if 400 <= status < 500:
        return SmsOutcome(SmsKind.REFUSED, "bad_message")
    return SmsOutcome(SmsKind.UNKNOWN, "server_error" if status >= 500 else "bad_reply")
