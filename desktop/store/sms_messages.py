"""Messages as they come in: kept once, read for a decision, marked with what became of them (B16).

Its statements are made once: messages come up to hundreds of times a second.
"""

from dataclasses import dataclass
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
from sqlalchemy.orm import Session, aliased

from desktop.domain.errors import UserError
from desktop.domain.sms import REPEATS, REPLIES, SAME_WITHIN, Gateway, MessageState, Rule
from desktop.store import db
from desktop.store.tables import Account, SmsAccount, SmsBlock, SmsMessage, SmsPilotPhone, SmsReply, SmsReview
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
class Received:
    """What of a message never changes. Its sender tells whose turn it is."""

    id: int
    sender: str
    sealed_text: str
    text_hash: str
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """How a message stands at the moment of the decision, and what is known of its sender and of the ID in it.

    `twin` is the same message under another number; `replies` counts those within the flood limit's time; `by_id` and
    `by_phone` are accounts that stand in the way.
    """

    state: str
    rule: str | None
    corrected: str | None
    version: int
    is_blocked: bool
    twin: int | None
    replies: int
    on_pilot: bool
    by_id: int | None
    by_phone: int | None


@dataclass(frozen=True, slots=True)
class Outcome:
    state: MessageState
    rule: Rule
    account_id: int | None = None
    twin: int | None = None


_KEPT = ("gateway", "gateway_id", "sender", "recipient", "network", "sealed_text", "text_hash", "sent_at", "fee")
_NEW = ["gateway", "gateway_id"]
_BY_ITS_CLOCK = postgresql.insert(SmsMessage).values(
    {name: bindparam(name) for name in _KEPT} | {"received_at": func.clock_timestamp()}
)
_KEEP = {
    (True, False): postgresql.insert(SmsMessage).on_conflict_do_nothing(index_elements=_NEW).returning(SmsMessage.id),
    (True, True): _BY_ITS_CLOCK.on_conflict_do_nothing(index_elements=_NEW).returning(SmsMessage.id),
    (False, False): sqlite.insert(SmsMessage).on_conflict_do_nothing(index_elements=_NEW).returning(SmsMessage.id),
}
"""On PostgreSQL; by its own clock, which costs no question for it."""


def keep(session: Session, new: NewMessage) -> int | None:
    """Keep it; None where it came before.

    Nobody is told: PostgreSQL lets one commit at a time tell others, and the worker looks every half second.
    """
    row: dict[str, object] = {name: getattr(new, name) for name in _KEPT}
    is_shared = session.get_bind().dialect.name == "postgresql"
    by_its_clock = is_shared and not session.info.get("clock")
    if not by_its_clock:
        row["received_at"] = db.now(session)
    kept: int | None = session.connection().execute(_KEEP[is_shared, by_its_clock], row).scalar()
    return kept


_RECEIVED = (SmsMessage.id, SmsMessage.sender, SmsMessage.sealed_text, SmsMessage.text_hash, SmsMessage.sent_at)


def find(session: Session, gateway: Gateway, gateway_id: str) -> Received:
    """The message that came under this number."""
    row = session.execute(
        select(*_RECEIVED).where(SmsMessage.gateway == gateway.value, SmsMessage.gateway_id == gateway_id)
    ).one()
    return Received(*row)


def require(session: Session, message_id: int) -> Received:
    """Raises UserError("not_found")."""
    row = session.execute(select(*_RECEIVED).where(SmsMessage.id == message_id)).one_or_none()
    if row is None:
        raise UserError("not_found")
    return Received(*row)


def text_now(session: Session, message_id: int) -> str:
    """The sealed text as it stands: what came in, or what staff made of it last."""
    corrected, sealed = session.execute(
        select(SmsMessage.corrected, SmsMessage.sealed_text).where(SmsMessage.id == message_id)
    ).one()
    return str(corrected or sealed)


def waiting(session: Session, most: int) -> list[Received]:
    """The next that nobody has decided about, the oldest first.

    One whose reply its gateway's own request is to carry is left to that request for a while.
    """
    rows = session.connection().execute(_WAITING, {"most": most, "abandoned": db.now(session) - ANSWERED_BY})
    return [Received(*row) for row in rows]


_WAITING = (
    select(*_RECEIVED)
    .where(
        text("state = 'waiting'"),
        or_(
            SmsMessage.gateway != literal_column(f"'{Gateway.ESMS.value}'"),
            SmsMessage.received_at <= bindparam("abandoned", type_=SmsMessage.received_at.type),
        ),
    )
    .order_by(SmsMessage.id)
    .limit(bindparam("most"))
)


def hold(session: Session, message: Received, id_hash: str) -> Standing:
    """The message is ours until the end of the transaction; with it all that its decision asks for, in one look."""
    now = db.now(session)
    values = {
        "message_id": message.id,
        "sender": message.sender,
        "text_hash": message.text_hash,
        "id_hash": id_hash,
        "sent_from": message.sent_at - SAME_WITHIN,
        "sent_to": message.sent_at + SAME_WITHIN,
        "flood_from": now - REPLIES.within,
    }
    return Standing(*session.connection().execute(_HOLD, values).one())


def _moment(name: str) -> BindParameter[datetime]:
    return bindparam(name, type_=SmsMessage.sent_at.type)


_OTHER = aliased(SmsMessage)
_SENT = _OTHER.sender == bindparam("sender")
_TWIN = (
    select(func.min(_OTHER.id))
    .where(
        _SENT,
        _OTHER.sent_at.between(_moment("sent_from"), _moment("sent_to")),
        _OTHER.text_hash == bindparam("text_hash"),
        _OTHER.state.not_in(("waiting", "duplicate")),
        _OTHER.id != bindparam("message_id"),
    )
    .scalar_subquery()
)
_REPLIES = (
    select(func.count())
    .select_from(_OTHER)
    .where(_SENT, _OTHER.processed_at > _moment("flood_from"), text(REPLIED))
    .scalar_subquery()
)
_THIS = SmsMessage.id == bindparam("message_id")
_HOLD = (
    select(
        SmsMessage.state,
        SmsMessage.rule,
        SmsMessage.corrected,
        SmsMessage.version,
        exists().where(SmsBlock.phone == bindparam("sender")),
        _TWIN,
        _REPLIES,
        exists().where(SmsPilotPhone.phone == bindparam("sender")),
        select(SmsAccount.account_id).where(SmsAccount.id_hash == bindparam("id_hash")).scalar_subquery(),
        select(Account.id).where(Account.login == bindparam("sender")).scalar_subquery(),
    )
    .where(_THIS)
    .with_for_update(of=SmsMessage)
)


def repeats(session: Session, sender: str) -> int:
    """How many new passwords this number had sent to itself within the limit's time."""
    since = db.now(session) - REPEATS.within
    found = session.scalars(
        select(SmsMessage.rule).where(SmsMessage.sender == sender, SmsMessage.processed_at > since, text(REPLIED))
    )
    return found.all().count(Rule.REPEATED)


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


def correct(session: Session, message_id: int, sealed_text: str) -> None:
    """What staff made of its text; what came in stays beside it."""
    _write(session, _CORRECT, {"message_id": message_id, "corrected": sealed_text})


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
