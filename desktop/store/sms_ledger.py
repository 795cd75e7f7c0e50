"""What text messages cost, counted from indices alone: no message and no reply is looked at."""

from collections import defaultdict
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from desktop.domain.mobile_networks import network_of
from desktop.domain.sms import Rule
from desktop.domain.sms_ledger import Cost
from desktop.store.planning import think_big
from desktop.store.tables import SmsMessage, SmsReply

_PREFIX = 3
_IS_PAID = or_(SmsMessage.rule.is_(None), SmsMessage.rule != Rule.DUPLICATE.value)
"""What a network handed over twice was sent, and paid for, once."""


def between(session: Session, begins: datetime, ends: datetime) -> dict[str, Cost]:
    """By network; messages count when they came, replies when they left. `ends` is not included."""
    think_big(session)
    found: defaultdict[str, Cost] = defaultdict(Cost)
    received = (
        select(SmsMessage.network, func.count(), func.sum(SmsMessage.fee))
        .where(SmsMessage.received_at >= begins, SmsMessage.received_at < ends, _IS_PAID)
        .group_by(SmsMessage.network)
    )
    for network, count, paid in session.execute(received):
        found[network] += Cost(received=count, paid=int(paid))
    prefix = func.substr(SmsReply.phone, 1, _PREFIX)
    sent = (
        select(prefix, func.count(), func.sum(SmsReply.parts), func.sum(SmsReply.cost))
        .where(SmsReply.sent_at >= begins, SmsReply.sent_at < ends)
        .group_by(prefix)
    )
    for digits, count, parts, cost in session.execute(sent):
        network = network_of(digits + "0" * (10 - _PREFIX))
        found[network] += Cost(replies=count, parts=int(parts), cost=int(cost))
    return dict(found)
