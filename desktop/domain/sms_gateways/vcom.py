"""V-COM (support.v-com.vn 24000046090 and …091): messages come as JSON with a checksum, and twice more after 20 seconds
each unless the answer's status is 200; replies go by send-mt, with the message's own request_id.

The checksum leaves the text out, so `sms.networks` should say who may call.
"""

import base64
import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from desktop.domain.errors import UserError
from desktop.domain.sms import Gateway
from desktop.domain.sms_gateways import (
    Access,
    Answer,
    Inbound,
    InboundCall,
    OutgoingSms,
    Request,
    SmsKind,
    SmsOutcome,
)
from desktop.domain.sms_gateways.calls import (
    LARGEST_CALL,
    VIETNAM,
    check_network,
    check_signature,
    check_time,
    checked_id,
    endpoint,
    require_key,
    sender_of,
    shown,
    without_halves,
)
from desktop.domain.sms_gateways.sent import json_object, of_status, stable_id

SEND = "/api/v2/send-mt"
_COMMAND = "TK"
_JSON = "application/json"
_TYPES = ("new", "recovery")
"""A recovery is handed over on the city's wish; if it was kept already, its id says so."""
_CODES = {
    200: (SmsKind.ACCEPTED, ""),
    104: (SmsKind.ACCEPTED, "duplicate"),
    106: (SmsKind.STOP, "unauthorized"),
    108: (SmsKind.STOP, "ip_refused"),
}
_WRONG, _NETWORK = 106, 108
_STATUS = {"sms.signature": 200, "sms.nonsense": 200, "sms.too_old": 200, "sms.network": 403, "sms.off": 404}


class Vcom:
    """`Adapter` and `Sender`."""

    replies_in_answer = False

    def parse(self, call: InboundCall, access: Access, now: datetime) -> Inbound:
        check_network(call, access)
        require_key(access)
        given = _read(call.body)
        named = {name: _text(given.get(name)) for name in ("client_id", "request_id", "phone", "checksum", "time")}
        signed = (named["client_id"], named["request_id"], named["phone"], access.key, named["time"])
        check_signature(_bytes(named["checksum"]), checksum(*signed).encode())
        if access.user and named["client_id"] != access.user:
            raise UserError("sms.signature")
        message = given.get("message")
        if not isinstance(message, str) or given.get("type", "new") not in _TYPES:
            raise UserError("sms.nonsense")
        sender, is_mobile = sender_of(without_halves(named["phone"]))
        return Inbound(
            gateway=Gateway.VCOM,
            gateway_id=checked_id(named["request_id"]),
            sender=sender,
            is_mobile=is_mobile,
            recipient=shown(without_halves(_text(given.get("service_id")))) or access.short_code,
            text=without_halves(message),
            sent_at=check_time(_time(named["time"]), now),
        )

    def answer(self, inbound: Inbound, text: str = "") -> Answer:  # noqa: ARG002 - the reply is a call of its own
        """The same for one that comes again: it has nothing to mend."""
        return _answer({"data": {"code": 200, "status": "success", "message": ""}})

    def refuse(self, code: str) -> Answer:
        number = _NETWORK if code == "sms.network" else _WRONG
        return _answer({"errors": {"code": number, "status": "error", "message": code}}, _STATUS.get(code, 503))

    def request(self, sms: OutgoingSms, access: Access, now: datetime) -> Request | SmsOutcome:
        """`is_charged` 0: what citizens pay is for their own message."""
        if not sms.mo_id:
            return SmsOutcome(SmsKind.REFUSED, "no_message")
        code, time = stable_id(access.key, sms), int(now.timestamp())
        fields = {
            "client_id": access.user,
            "request_id": sms.mo_id,
            "service_id": access.short_code,
            "command_code": _COMMAND,
            "mt_code": code,
            "message": sms.text,
            "is_charged": 0,
            "time": time,
            "checksum": checksum(access.user, sms.mo_id, code, access.key, str(time)),
        }
        return Request("POST", endpoint(access.url, SEND), json.dumps(fields).encode(), _JSON)

    def outcome(self, status: int, body: bytes) -> SmsOutcome:
        given = json_object(body)
        inner = given.get("data") or given.get("errors")
        code = inner.get("code") if isinstance(inner, dict) else None
        if status != 200 or not isinstance(code, int):
            return of_status(status)
        kind, reason = _CODES.get(code, (SmsKind.AGAIN, "other"))
        return SmsOutcome(kind, reason)

    def question(self, access: Access) -> Request | None:  # noqa: ARG002 - Sender's
        """V-COM can only be asked to send."""
        return None

    def finding(self, status: int, body: bytes) -> SmsOutcome:
        return self.outcome(status, body)


def checksum(*parts: str) -> str:
    together = "".join(parts).encode("utf-8", "surrogatepass")
    return base64.b64encode(hashlib.sha256(together).digest()).decode()


def _read(body: bytes) -> dict[str, Any]:
    """One object in which each name stands once. Raises UserError("sms.nonsense")."""
    if len(body) > LARGEST_CALL:
        raise UserError("sms.nonsense")
    try:
        found = json.loads(body, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise UserError("sms.nonsense") from None
    if not isinstance(found, dict):
        raise UserError("sms.nonsense")
    return found


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError(pairs)
    return found


def _text(value: object) -> str:
    """As it stood in the JSON, where numbers may be quoted or not."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return str(value)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _answer(content: dict[str, Any], status: int = 200) -> Answer:
    return Answer(json.dumps(content).encode(), _JSON, status)


def _time(text: str) -> datetime:
    """Seconds or milliseconds since 1970, or 14 digits by Vietnam's clock."""
    if not text.isascii() or not text.isdigit() or not 9 <= len(text) <= 14:
        raise UserError("sms.nonsense")
    try:
        if len(text) == 14:
            return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=VIETNAM)
        return datetime.fromtimestamp(int(text) / (1000 if len(text) == 13 else 1), UTC)
    except (ValueError, OverflowError, OSError):
        raise UserError("sms.nonsense") from None
