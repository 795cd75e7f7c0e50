"""Messages as they come in: kept once, read for a decision, marked with what became of them (B16).

Its statements are made once: messages come up to hundreds of times a second.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import (
    BindParameter,
    Executable,
    and_,
    bindparam,
    exists,
    func,
    literal_column,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from desktop.domain.errors import UserError
from desktop.domain.sms import REPEATS, REPLIES, SAME_WITHIN, Gateway, MessageState, Rule
from desktop.store import db
from desktop.store.tables import SmsBlock, SmsMessage, SmsPilotPhone, SmsReply, SmsReview
from desktop.store.tables.sms import REPLIED

ANSWERED_BY = timedelta(seconds=60)
"""So long a gateway's own request may carry the reply; after it, ours does."""


@dataclass(frozen=True, slots=True)
class NewMessage:
    gateway: Gateway
    gateway_id: str
    sender: str
    recipient: str
    network: str
    sealed_text: str
    text_hash: str
    sent_at: datetime
    fee: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message that nobody has decided about; its sender tells whose turn it is."""

    id: int
    sender: str


@dataclass(frozen=True, slots=True)
class Stored:
    """A message as it is decided about. `text_now` is sealed: what came in, or what staff made of it."""

    id: int
    sender: str
    sealed_text: str
    corrected: str | None
    text_hash: str
    sent_at: datetime
    received_at: datetime
    state: str
    rule: str | None

    @property
    def text_now(self) -> str:
        return self.corrected or self.sealed_text


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a message's sender at the moment of the decision.

    `twin` is the same message under another number; `replies` and `repeats` count those within the limits' times.
    """

    is_blocked: bool
    twin: int | None
    replies: int
    repeats: int
    on_pilot: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    state: MessageState
    rule: Rule
    account_id: int | None = None
    twin: int | None = None


_KEPT = ("gateway", "gateway_id", "sender", "recipient", "network", "sealed_text", "text_hash", "sent_at", "fee")
_KEEP = {
    "postgresql": postgresql.insert(SmsMessage)
    .on_conflict_do_nothing(index_elements=["gateway", "gateway_id"])
    .returning(SmsMessage.id),
    "sqlite": sqlite.insert(SmsMessage)
    .on_conflict_do_nothing(index_elements=["gateway", "gateway_id"])
    .returning(SmsMessage.id),
}


def keep(session: Session, new: NewMessage) -> int | None:
    """Keep it; None where it came before.

    Nobody is told: PostgreSQL lets one commit at a time tell others, and the worker looks every half second.
    """
    row = {name: getattr(new, name) for name in _KEPT} | {"received_at": db.now(session)}
    kept: int | None = session.connection().execute(_KEEP[session.get_bind().dialect.name], row).scalar()
    return kept


def find(session: Session, gateway: Gateway, gateway_id: str) -> Waiting:
    """The message that came under this number."""
    row = session.connection().execute(_FIND, {"gateway": gateway.value, "gateway_id": gateway_id}).one()
    return Waiting(*row)


_FIND = select(SmsMessage.id, SmsMessage.sender).where(
    SmsMessage.gateway == bindparam("gateway"), SmsMessage.gateway_id == bindparam("gateway_id")
)


def waiting(session: Session, most: int, after: int = 0) -> list[Waiting]:
    """The next that nobody has decided about, the oldest first.

    One whose reply its gateway's own request is to carry is left to that request for a while.
    """
    rows = session.connection().execute(
        _WAITING, {"after": after, "most": most, "abandoned": db.now(session) - ANSWERED_BY}
    )
    return [Waiting(*row) for row in rows]


_WAITING = (
    select(SmsMessage.id, SmsMessage.sender)
    .where(
        text("state = 'waiting'"),
        SmsMessage.id > bindparam("after"),
        or_(
            SmsMessage.gateway != literal_column(f"'{Gateway.ESMS.value}'"),
            SmsMessage.received_at <= bindparam("abandoned", type_=SmsMessage.received_at.type),
        ),
    )
    .order_by(SmsMessage.id)
    .limit(bindparam("most"))
)


def hold(session: Session, message_id: int) -> Stored | None:
    """The message as it stands, ours until the end of the transaction; None where there is no such."""
    row = session.connection().execute(_HOLD, {"id": message_id}).one_or_none()
    return None if row is None else Stored(*row)


_HOLD = (
    select(
        SmsMessage.id, SmsMessage.sender, SmsMessage.sealed_text, SmsMessage.corrected, SmsMessage.text_hash,
        SmsMessage.sent_at, SmsMessage.received_at, SmsMessage.state, SmsMessage.rule,
    )
    .where(SmsMessage.id == bindparam("id"))
    .with_for_update()
)  # fmt: skip


def require(session: Session, message_id: int) -> Stored:
    """As `hold`; raises UserError("not_found")."""
    found = hold(session, message_id)
    if found is None:
        raise UserError("not_found")
    return found


def sender_of(session: Session, message_id: int) -> str:
    """Whose lock a decision about it needs, which comes before the message's. Raises UserError("not_found")."""
    found = session.scalar(select(SmsMessage.sender).where(SmsMessage.id == message_id))
    if found is None:
        raise UserError("not_found")
    return found


def standing(session: Session, message: Stored) -> Standing:
    """Everything that the rules before the text's own ask for, in one look."""
    now = db.now(session)
    values = {
        "id": message.id,
        "sender": message.sender,
        "hash": message.text_hash,
        "from": message.sent_at - SAME_WITHIN,
        "to": message.sent_at + SAME_WITHIN,
        "flood_from": now - REPLIES.within,
        "repeats_from": now - REPEATS.within,
    }
    return Standing(*session.connection().execute(_STANDING, values).one())


def _moment(name: str) -> BindParameter[datetime]:
    return bindparam(name, type_=SmsMessage.sent_at.type)


_SENT = SmsMessage.sender == bindparam("sender")
_TWIN = (
    select(func.min(SmsMessage.id))
    .where(
        _SENT,
        SmsMessage.sent_at.between(_moment("from"), _moment("to")),
        SmsMessage.text_hash == bindparam("hash"),
        SmsMessage.state.not_in(("waiting", "duplicate")),
        SmsMessage.id != bindparam("id"),
    )
    .scalar_subquery()
)
_REPLIES = (
    select(func.count())
    .select_from(SmsMessage)
    .where(_SENT, SmsMessage.processed_at > _moment("flood_from"), text(REPLIED))
    .scalar_subquery()
)
_REPEATS = (
    select(func.count())
    .select_from(SmsMessage)
    .where(
        _SENT,
        SmsMessage.processed_at > _moment("repeats_from"),
        text(REPLIED),
        SmsMessage.rule == literal_column(f"'{Rule.REPEATED.value}'"),
    )
    .scalar_subquery()
)
_STANDING = select(
    exists().where(SmsBlock.phone == bindparam("sender")),
    _TWIN,
    _REPLIES,
    _REPEATS,
    exists().where(SmsPilotPhone.phone == bindparam("sender")),
)


def mark(session: Session, message_id: int, outcome: Outcome) -> None:
    """What became of it."""
    _write(
        session,
        _MARK,
        {
            "message_id": message_id,
            "state": outcome.state.value,
            "rule": outcome.rule.value,
            "account_id": outcome.account_id,
            "duplicate_of": outcome.twin,
            "processed_at": db.now(session),
        },
    )


_THIS = SmsMessage.id == bindparam("message_id")
_MARK = (
    update(SmsMessage)
    .where(_THIS)
    .values(
        state=bindparam("state"),
        rule=bindparam("rule"),
        account_id=bindparam("account_id"),
        duplicate_of=bindparam("duplicate_of"),
        processed_at=bindparam("processed_at"),
        version=SmsMessage.version + 1,
    )
)


def correct(session: Session, message: Stored, sealed_text: str) -> Stored:
    """What staff made of its text; what came in stays beside it."""
    _write(session, _CORRECT, {"message_id": message.id, "corrected": sealed_text})
    return replace(message, corrected=sealed_text)


_CORRECT = update(SmsMessage).where(_THIS).values(corrected=bindparam("corrected"), version=SmsMessage.version + 1)


def reply_to_hand_out(session: Session, message_id: int, since: datetime) -> int | None:
    """The reply that answers a message which came after `since`, for its gateway's own request."""
    return session.scalar(
        select(SmsReply.id)
        .join(SmsMessage, SmsMessage.id == SmsReply.message_id)
        .where(
            SmsReply.message_id == message_id,
            SmsReply.created_by.is_(None),
            SmsReply.state.in_(("due", "sent", "delivered")),
            SmsMessage.received_at > since,
        )
        .order_by(SmsReply.id.desc())
        .limit(1)
    )


def settle_reviews(session: Session, message_id: int, staff_id: int | None) -> None:
    """Whoever has it processed again has looked at it."""
    session.execute(
        update(SmsReview)
        .where(and_(SmsReview.message_id == message_id, SmsReview.settled_at.is_(None)))
        .values(settled_at=db.now(session), settled_by=staff_id),
        execution_options={"synchronize_session": False},
    )


def _write(session: Session, statement: Executable, values: dict[str, object]) -> None:
    session.connection().execute(statement, values)
    db.touch(session, "sms_messages")
