"""eSMS.vn (developers.esms.vn): a short code's messages come by GET and are replied to in the answer, as XML; other
texts go by SendMultipleMessage_V4_post_json.

The signature is a plain MD5 over some parts and the private key. It puts no bound on replay, the time window does; it
leaves the sender out, so `sms.networks` should say who may call.
"""

import hashlib
import json
import re
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

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
    VIETNAM,
    check_network,
    check_signature,
    check_time,
    checked_id,
    decoded,
    endpoint,
    parameters,
    require_key,
    sender_of,
    shown,
)
from desktop.domain.sms_gateways.sent import json_object, of_status, stable_id

_SEND = "/MainService.svc/json/SendMultipleMessage_V4_post_json/"
_BALANCE = "/MainService.svc/json/GetBalance_json"
_CUSTOMER_CARE = "2"
_XML = "text/xml; charset=utf-8"
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_STATUS = {"sms.signature": 401, "sms.network": 403, "sms.off": 404, "sms.nonsense": 400, "sms.too_old": 400}
_ACCEPTED = "100"
_CODES = {
    _ACCEPTED: (SmsKind.ACCEPTED, ""),
    "124": (SmsKind.ACCEPTED, "duplicate"),
    "99": (SmsKind.REFUSED, "blocked"),
    "101": (SmsKind.STOP, "unauthorized"),
    "102": (SmsKind.STOP, "no_price"),
    "103": (SmsKind.STOP, "no_balance"),
    "104": (SmsKind.STOP, "brand"),
    "108": (SmsKind.REFUSED, "bad_phone"),
    "118": (SmsKind.STOP, "brand"),
    "140": (SmsKind.STOP, "ip_refused"),
    "146": (SmsKind.REFUSED, "template"),
    "177": (SmsKind.REFUSED, "brand"),
}
"""developers.esms.vn, "Table of error codes"; any other may pass."""


class Esms:
    """`Adapter` and `Sender`."""

    replies_in_answer = True

    def parse(self, call: InboundCall, access: Access, now: datetime) -> Inbound:
        check_network(call, access)
        key = require_key(access)
        given = parameters(call.query)
        parts = (given.get(name, b"") for name in ("cpid", "smsid", "content", "receivertime"))
        check_signature(given.get("sign", b"").lower(), signature(*parts, key))
        if not {"smsid", "content", "sender"} <= given.keys():
            raise UserError("sms.nonsense")
        sender, is_mobile = sender_of(_plain(given["sender"]))
        text, is_guess = decoded(given["content"], "utf-8")
        return Inbound(
            gateway=Gateway.ESMS,
            gateway_id=checked_id(_plain(given["smsid"])),
            sender=sender,
            is_mobile=is_mobile,
            recipient=shown(_plain(given.get("servicenumber", b""))) or access.short_code,
            text=text,
            sent_at=check_time(_time(_plain(given.get("receivertime", b""))), now),
            note="charset" if is_guess else "",
        )

    def answer(self, inbound: Inbound, text: str = "") -> Answer:
        receiver = f"84{inbound.sender[1:]}" if inbound.is_mobile else inbound.sender
        return _response(text, inbound.gateway_id, receiver)

    def refuse(self, code: str) -> Answer:
        """Whatever the status, the body is one that sends nothing to a phone."""
        return _response("", "", "", _STATUS.get(code, 503))

    def request(self, sms: OutgoingSms, access: Access, now: datetime) -> Request | SmsOutcome:  # noqa: ARG002 - Sender's
        fields = {
            **_user(access),
            "Content": sms.text,
            "Phone": sms.phone,
            "Brandname": access.brand,
            "SmsType": _CUSTOMER_CARE,
            "IsUnicode": "1" if sms.encoding == "ucs2" else "0",
            "RequestId": stable_id(access.key, sms),
        }
        return Request("POST", endpoint(access.url, _SEND), json.dumps(fields).encode(), "application/json")

    def outcome(self, status: int, body: bytes) -> SmsOutcome:
        given = json_object(body)
        if status != 200 or "CodeResult" not in given:
            return of_status(status)
        ref = str(given.get("SMSID") or "")
        return _of_code(given["CodeResult"], ref if re.fullmatch(r"[!-~]{1,100}", ref) else "")

    def question(self, access: Access) -> Request | None:
        """Its balance tells whether the user is known, and whether anything is left."""
        whole = endpoint(access.url, _BALANCE)
        url = re.sub(r"/SendMultipleMessage[^/]*/?$", "/GetBalance_json", whole)
        return Request("POST", url, json.dumps(_user(access)).encode(), "application/json")

    def finding(self, status: int, body: bytes) -> SmsOutcome:
        given = json_object(body)
        if status != 200 or "CodeResponse" not in given:
            return of_status(status)
        balance = given.get("Balance")
        if str(given["CodeResponse"]) == _ACCEPTED and isinstance(balance, int | float) and balance <= 0:
            return SmsOutcome(SmsKind.STOP, "no_balance")
        return _of_code(given["CodeResponse"], "")


def signature(*parts: bytes) -> bytes:
    """Of cpid, smsid, content, receiverTime and the private key, in this order."""
    return hashlib.md5(b"".join(parts), usedforsecurity=False).hexdigest().encode()


def _user(access: Access) -> dict[str, str]:
    return {"ApiKey": access.user, "SecretKey": access.password}


def _of_code(code: Any, ref: str) -> SmsOutcome:
    kind, reason = _CODES.get(str(code), (SmsKind.AGAIN, "other"))
    return SmsOutcome(kind, reason, ref)


def _response(message: str, smsid: str, receiver: str, status: int = 200) -> Answer:
    fields = {"Message": message, "Smsid": smsid, "Receiver": receiver}
    inner = "".join(f"<{name}>{escape(_NOT_IN_XML.sub('', value))}</{name}>" for name, value in fields.items())
    return Answer(f"<ClientResponse>{inner}</ClientResponse>".encode(), _XML, status)


def _plain(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def _time(text: str) -> datetime:
    """`yyyyMMddHHmmss`, by Vietnam's clock. It is signed, so one that cannot be read is no message of theirs."""
    if not re.fullmatch(r"[0-9]{14}", text):
        raise UserError("sms.nonsense")
    try:
        return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=VIETNAM)
    except ValueError:
        raise UserError("sms.nonsense") from None
