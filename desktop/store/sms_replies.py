"""Texts that go out: put beside what they answer, leased to a worker, settled."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from desktop.domain.sms import REPLY_USEFUL, Template
from desktop.store import db
from desktop.store.tables import SmsReply


@dataclass(frozen=True, slots=True)
class NewReply:
    """`wording` with its places unfilled; sealed where a person wrote it. `issue` is set where a password goes in."""

    template: Template
    wording: str
    phone: str
    message_id: int | None = None
    account_id: int | None = None
    issue: int | None = None
    written_by: int | None = None


def put(session: Session, new: NewReply, *, answered_by: timedelta | None = None) -> int:
    """Owe somebody a text, within the transaction of what it is about.

    `answered_by`: the gateway's own request carries it; only if that has not been noted by then a call of ours does.
    """
    now = db.now(session)
    row = SmsReply(
        message_id=new.message_id,
        account_id=new.account_id,
        template=new.template.value,
        wording=new.wording,
        issue=new.issue,
        phone=new.phone,
        way="send" if answered_by is None else "answer",
        created_at=now,
        created_by=new.written_by,
        due_at=now if answered_by is None else now + answered_by,
        useless_after=now + REPLY_USEFUL,
    )
    session.add(row)
    session.flush()
    return row.id
