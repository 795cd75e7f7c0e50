"""Kannel 1.4 (User's Guide 1.4.5, "SMS gateway"): get-url in, sendsms out, delivery reports by dlr-url.

Kannel does not sign: its get-url carries the key. It fetches again whatever is not answered 200 or 202, as often as
`http-request-retry` says, so what could never be kept is answered 200. No time is too old: what waited in its queue for
days is still somebody's message, and whoever could replay a call holds the key and could as well make one.
"""

import hmac
import re
from datetime import UTC, datetime
from urllib.parse import urlencode

from desktop.domain.errors import UserError
from desktop.domain.sms import Gateway
from desktop.domain.sms_gateways import (
    FROM_THE_FUTURE,
    Access,
    Answer,
    Inbound,
    InboundCall,
    OutgoingSms,
    Report,
    Request,
    SmsKind,
    SmsOutcome,
)
from desktop.domain.sms_gateways.calls import (
    check_network,
    check_signature,
    checked_id,
    decoded,
    endpoint,
    parameters,
    require_key,
    sender_of,
    shown,
)

_SENDSMS = "/cgi-bin/sendsms"
_FINAL_REPORTS = 19
"""Delivered, not delivered, refused by the network; nothing of what happens between."""
_DELIVERED = b"1"
_NOT_DELIVERED = (b"2", b"16")
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d(?::\d\d)?)")
_LARGEST_ID = 2**63 - 1
_STATUS = {"sms.signature": 401, "sms.no_key": 503, "sms.network": 403, "sms.off": 404}
_USELESS_AGAIN = frozenset({"sms.nonsense"})


class Kannel:
    """`Adapter` and `Sender`."""

    replies_in_answer = False

    def parse(self, call: InboundCall, access: Access, now: datetime) -> Inbound:
        check_network(call, access)
        key = require_key(access)
        given = parameters(call.query)
        check_signature(given.get("key", b""), key)
        if not {"id", "from", "text"} <= given.keys():
            raise UserError("sms.nonsense")
        sender, is_mobile = sender_of(_plain(given["from"]))
        text, is_guess = decoded(given["text"], _plain(given.get("charset", b"")))
        said = _time(_plain(given.get("time", b"")), now)
        notes = ("charset" if is_guess else "", "" if said else "time")
        return Inbound(
            gateway=Gateway.KANNEL,
            gateway_id=checked_id(_plain(given["id"])),
            sender=sender,
            is_mobile=is_mobile,
            recipient=shown(_plain(given.get("to", b""))) or access.short_code,
            text=text,
            sent_at=said or now,
            note=" ".join(note for note in notes if note),
        )

    def answer(self, inbound: Inbound, text: str = "") -> Answer:  # noqa: ARG002 - the reply is a call of its own
        return Answer()

    def refuse(self, code: str) -> Answer:
        return Answer(status=200 if code in _USELESS_AGAIN else _STATUS.get(code, 503))

    def request(self, sms: OutgoingSms, access: Access, now: datetime) -> Request | SmsOutcome:  # noqa: ARG002 - Sender's
        fields = {
            **_user(access),
            "from": access.short_code,
            "to": sms.phone,
            "text": sms.text,
            "charset": "UTF-8",
            "coding": "2" if sms.encoding == "ucs2" else "0",
        }
        if access.report_url and access.key:
            token = report_token(access.key, sms.reply_id)
            address = f"{access.report_url}?reply={sms.reply_id}&token={token}&status=%d"
            fields |= {"dlr-mask": str(_FINAL_REPORTS), "dlr-url": address}
        return Request("GET", f"{endpoint(access.url, _SENDSMS)}?{urlencode(fields, errors='replace')}")

    def outcome(self, status: int, body: bytes) -> SmsOutcome:
        """`0: Accepted for delivery`, `3: Queued for later delivery`, both 202; else an error in words."""
        if status == 202 or (status == 200 and body[:2] in (b"0:", b"3:")):
            return SmsOutcome(SmsKind.ACCEPTED, "queued" if body[:2] == b"3:" else "")
        if status in (401, 403):
            return SmsOutcome(SmsKind.STOP, "unauthorized")
        if 300 <= status < 400 or status in (404, 405):
            return SmsOutcome(SmsKind.STOP, "wrong_url")
        if status == 503:
            return SmsOutcome(SmsKind.AGAIN, "busy")
        if status >= 500:
            return SmsOutcome(SmsKind.UNKNOWN, "server_error")
        return SmsOutcome(SmsKind.REFUSED, "bad_message") if status >= 400 else SmsOutcome(SmsKind.UNKNOWN, "bad_reply")

    def question(self, access: Access) -> Request | None:
        """A text to nobody: whom Kannel knows is told that the receiver is missing, and nothing is sent."""
        return Request("GET", f"{endpoint(access.url, _SENDSMS)}?{urlencode(_user(access))}")

    def finding(self, status: int, body: bytes) -> SmsOutcome:
        if status == 400 and b"receiver" in body.lower():
            return SmsOutcome(SmsKind.ACCEPTED)
        found = self.outcome(status, body)
        return found if found.kind is SmsKind.STOP else SmsOutcome(SmsKind.UNKNOWN, found.reason or "bad_reply")


def report(call: InboundCall, access: Access) -> Report:
    """What became of a text, as Kannel tells it at the dlr-url. Raises as `parse` does, save for the network: it comes
    to the portal's own address, often by a proxy, and the token proves who was told where to report.
    """
    require_key(access)
    given = parameters(call.query)
    reply_id = _number(_plain(given.get("reply", b"")))
    check_signature(given.get("token", b""), report_token(access.key, reply_id).encode())
    status = given.get("status", b"")
    if status != _DELIVERED and status not in _NOT_DELIVERED:
        raise UserError("sms.nonsense")
    return Report(reply_id, status == _DELIVERED)


def report_token(key: str, reply_id: int) -> str:
    """Lets Kannel report about this text and no other; the key itself is in no address that we hand out."""
    return hmac.digest(key.encode(), b"report %d" % reply_id, "sha256").hex()


def _user(access: Access) -> dict[str, str]:
    return {"username": access.user, "password": access.password}


def _plain(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def _number(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,19}", text) or int(text) > _LARGEST_ID:
        raise UserError("sms.nonsense")
    return int(text)


def _time(text: str, now: datetime) -> datetime | None:
    """`%t`: UTC, by the second (by the minute in Kannel before 1.4); None where a clock is wrong or nothing is said."""
    found = _TIME.fullmatch(text.strip())
    if found is None:
        return None
    try:
        said = datetime.fromisoformat(f"{found[1]}T{found[2]}").replace(tzinfo=UTC)
    except ValueError:
        return None
    return said if said <= now + FROM_THE_FUTURE else None
