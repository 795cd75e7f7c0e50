"""The phones of a practice database: their messages come as plain JSON, and nobody has to sign."""

from datetime import datetime

from desktop.domain.errors import UserError
from desktop.domain.sms import Gateway
from desktop.domain.sms_gateways import Access, Answer, Inbound, InboundCall
from desktop.domain.sms_gateways.calls import LARGEST_CALL, checked_id, sender_of, shown, without_halves
from desktop.domain.sms_gateways.sent import json_object

_STATUS = {"sms.nonsense": 400, "sms.off": 404}


class Practice:
    """`Adapter`: `{"id": …, "from": …, "to": …, "text": …}`."""

    replies_in_answer = False

    def parse(self, call: InboundCall, access: Access, now: datetime) -> Inbound:
        given = json_object(call.body) if len(call.body) <= LARGEST_CALL else {}
        said = [given.get(name, "") for name in ("id", "from", "to", "text")]
        if not all(isinstance(one, str) for one in said):
            raise UserError("sms.nonsense")
        number, sent_by, to, text = (without_halves(one) for one in said)
        sender, is_mobile = sender_of(sent_by)
        return Inbound(
            gateway=Gateway.PRACTICE,
            gateway_id=checked_id(number),
            sender=sender,
            is_mobile=is_mobile,
            recipient=shown(to) or access.short_code,
            text=text,
            sent_at=now,
        )

    def answer(self, inbound: Inbound, text: str = "") -> Answer:  # noqa: ARG002 - the reply is a call of its own
        return Answer()

    def refuse(self, code: str) -> Answer:
        return Answer(status=_STATUS.get(code, 503))
