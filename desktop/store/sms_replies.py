"""Texts that go out: put beside what they answer, leased to a worker, settled.

Rows are locked in this order: the reply, its message, its account.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, insert, literal_column, or_, select, update
from sqlalchemy.orm import Session

from desktop.domain.accounts import AccountState
from desktop.domain.sms import REPLY_USEFUL, MessageState, ReplyState, ReviewReason, Template
from desktop.domain.sms_sending import LEASE, REPLACED, TOO_LATE, UNDELIVERED, SmsVerdict
from desktop.store import db, sms_accounts, sms_reviews
from desktop.store.tables import Account, SmsAccount, SmsMessage, SmsReply

_DUE = SmsReply.state == literal_column("'due'")
"""Written out, not bound: both databases use the partial index only where they see its condition."""
_QUIETLY = {"synchronize_session": False}


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


@dataclass(frozen=True, slots=True)
class Owed:
    """A text as whoever sends it needs it. `login` and `nonce` are empty where no password goes in.

    `is_current`: whether the password that goes in is still that of the account, whose log-in is still this phone.
    `ended_at`: when it was to end before this attempt (None: never).
    """

    id: int
    lease: str
    template: Template
    wording: str
    phone: str
    attempts: int
    useless_after: datetime
    message_id: int | None
    account_id: int | None
    issue: int | None
    login: str
    nonce: str
    is_current: bool
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """How a text left."""

    gateway: str
    ref: str
    encoding: str
    parts: int
    cost: int


def put(session: Session, new: NewReply, *, answered_by: timedelta | None = None) -> int:
    """Owe somebody a text, within the transaction of what it is about.

    `answered_by`: the gateway's own request carries it; only if that has not been noted by then a call of ours does.
    """
    now = db.now(session)
    values = {
        "message_id": new.message_id,
        "account_id": new.account_id,
        "template": new.template.value,
        "wording": new.wording,
        "issue": new.issue,
        "phone": new.phone,
        "way": "send" if answered_by is None else "answer",
        "created_at": now,
        "created_by": new.written_by,
        "due_at": now if answered_by is None else now + answered_by,
        "useless_after": now + REPLY_USEFUL,
    }
    session.flush()
    reply_id = session.connection().execute(_PUT, values).scalar_one()
    db.touch(session, "sms_replies")
    if answered_by is not None and new.account_id is not None and new.issue is not None:
        sms_accounts.note_leaving(session, new.account_id, new.issue)
    return int(reply_id)


_PUT = insert(SmsReply).returning(SmsReply.id)


def _free(now: datetime) -> ColumnElement[bool]:
    return or_(SmsReply.lease_until.is_(None), SmsReply.lease_until <= now)


def is_any_due(session: Session) -> bool:
    """Whether one could leave now, or is being sent."""
    return session.scalar(select(SmsReply.id).where(_DUE, SmsReply.due_at <= db.now(session)).limit(1)) is not None


def claim(session: Session, lease: str) -> Owed | None:
    """Lease the one that has been due for longest. A worker that dies leaves it to others when the lease is over.

    What its password is no longer good for is cancelled on the way; the password's end is noted before it leaves.
    """
    now = db.now(session)
    while True:
        found = session.scalar(
            select(SmsReply.id)
            .where(_DUE, SmsReply.due_at <= now, SmsReply.useless_after > now, _free(now))
            .order_by(SmsReply.due_at, SmsReply.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if found is None:
            return None
        _write(session, found, lease=lease, lease_until=now + LEASE, attempts=SmsReply.attempts + 1)
        claimed = owed(session, found)
        if claimed.is_current:
            if claimed.account_id is not None and claimed.issue is not None:
                sms_accounts.note_leaving(session, claimed.account_id, claimed.issue)
            return claimed
        _end(session, found, ReplyState.CANCELLED, REPLACED)
        _move_message(session, claimed, {MessageState.READ}, MessageState.ANSWERED)  # nothing is on its way any more


def is_known(session: Session, reply_id: int) -> bool:
    return session.scalar(select(SmsReply.id).where(SmsReply.id == reply_id)) is not None


def owed(session: Session, reply_id: int) -> Owed:
    """One text, whoever asks. Raises NoResultFound."""
    row, login, nonce, issue, own_password_at, state, ended_at = session.execute(
        select(
            SmsReply,
            Account.login,
            SmsAccount.nonce,
            SmsAccount.issue,
            SmsAccount.own_password_at,
            Account.state,
            SmsAccount.issue_expires_at,
        )
        .outerjoin(Account, Account.id == SmsReply.account_id)
        .outerjoin(SmsAccount, SmsAccount.account_id == SmsReply.account_id)
        .where(SmsReply.id == reply_id)
        .execution_options(populate_existing=True)
    ).one()
    is_current = row.issue is None or (
        issue == row.issue and own_password_at is None and state == AccountState.ACTIVE.value and login == row.phone
    )
    return Owed(
        row.id, row.lease or "", Template(row.template), row.wording, row.phone, row.attempts, row.useless_after,
        row.message_id, row.account_id, row.issue, login or "", nonce or "", is_current, ended_at,
    )  # fmt: skip


def gateway_id(session: Session, answering: Owed, gateway: str) -> str:
    """What this gateway calls the message that a text answers, or the last one from its reader's phone; else empty."""
    known = select(SmsMessage.gateway_id).where(SmsMessage.gateway == gateway)
    own = session.scalar(known.where(SmsMessage.id == answering.message_id)) if answering.message_id else None
    last = known.where(SmsMessage.sender == answering.phone).order_by(SmsMessage.sent_at.desc()).limit(1)
    return own or session.scalar(last) or ""


def settle(session: Session, claimed: Owed, verdict: SmsVerdict, sent: Sent | None) -> bool:
    """Whether it was still open. That a text was taken is noted whoever holds the lease by now."""
    mine = SmsReply.id == claimed.id if sent is not None else SmsReply.lease == claimed.lease
    held = session.scalar(select(SmsReply.id).where(SmsReply.id == claimed.id, mine, _DUE).with_for_update())
    if held is None:
        return False
    if verdict.stayed:
        _stayed(session, claimed)
    if sent is not None:
        _sent(session, claimed, sent)
    elif verdict.again_at is None:
        fail(session, claimed, verdict.reason)
    else:
        _write(
            session, held,
            due_at=verdict.again_at, reason=verdict.reason or None, lease=None, lease_until=None,
            attempts=SmsReply.attempts if verdict.attempted else SmsReply.attempts - 1,
        )  # fmt: skip
    return True


def _stayed(session: Session, text: Owed) -> None:
    """It did not leave this time: its password ends when it would have without."""
    if text.account_id is not None and text.issue is not None:
        sms_accounts.note_stayed(session, text.account_id, text.issue, text.ended_at)


def answered(session: Session, reply_id: int, sent: Sent) -> bool:
    """The gateway's own request has carried it; whether that was news."""
    held = session.scalar(select(SmsReply.id).where(SmsReply.id == reply_id, _DUE).with_for_update())
    if held is not None:
        _sent(session, owed(session, held), sent)
    return held is not None


def _sent(session: Session, text: Owed, sent: Sent) -> None:
    now = db.now(session)
    _write(
        session, text.id,
        state=ReplyState.SENT.value, gateway=sent.gateway, gateway_ref=sent.ref or None, encoding=sent.encoding,
        parts=sent.parts, cost=sent.cost, reason=None, sent_at=now, settled_at=now, lease=None, lease_until=None,
    )  # fmt: skip
    _move_message(session, text, {MessageState.READ, MessageState.GATEWAY_ERROR}, MessageState.ANSWERED)
    if text.account_id is not None and text.issue is not None:
        sms_accounts.note_sent(session, text.account_id, text.issue)


def fail(session: Session, text: Owed, reason: str) -> None:
    """It never got there, and a person has to know. A refusal stays one: its reply's state stands beside it."""
    _end(session, text.id, ReplyState.FAILED, reason)
    _move_message(session, text, {MessageState.READ, MessageState.ANSWERED}, MessageState.GATEWAY_ERROR)
    account = sms_accounts.find(session, text.account_id) if text.account_id else None
    about = f"account {text.account_id}" if text.account_id else text.phone
    sms_reviews.ask(
        session,
        ReviewReason.GATEWAY,
        f"message {text.message_id}" if text.message_id else about,
        message_id=text.message_id or (account.message_id if account else None),
        account_id=text.account_id,
    )


def reported(session: Session, reply_id: int, sent: Sent, *, is_delivered: bool) -> bool:
    """What the gateway says became of it at the phone; whether that was news. `sent`: for one not noted as sent yet.

    That the phone has it is believed at any time; that it never will, only of the text that was sent last.
    """
    row = session.execute(
        select(SmsReply.state, SmsReply.lease_until).where(SmsReply.id == reply_id).with_for_update()
    ).one_or_none()
    if row is None or row.state not in (ReplyState.DUE, ReplyState.SENT, ReplyState.FAILED):
        return False
    text = owed(session, reply_id)
    is_in_hand = row.lease_until is not None and row.lease_until > db.now(session)
    if row.state != ReplyState.SENT and (not text.attempts or not (is_delivered or is_in_hand)):
        return False
    if row.state != ReplyState.SENT:
        _sent(session, text, sent)
    if is_delivered:
        _write(session, reply_id, state=ReplyState.DELIVERED.value, settled_at=db.now(session))
    else:
        fail(session, text, UNDELIVERED)
    return True


def give_back(session: Session, claimed: Owed) -> None:
    """What was not begun goes back as if it had not been taken."""
    _stayed(session, claimed)
    session.execute(
        update(SmsReply)
        .where(SmsReply.id == claimed.id, SmsReply.lease == claimed.lease, _DUE)
        .values(lease=None, lease_until=None, attempts=SmsReply.attempts - 1),
        execution_options=_QUIETLY,
    )


def hurry(session: Session) -> None:
    """The gateway works again: what waits only for its next attempt is due."""
    now = db.now(session)
    session.execute(
        update(SmsReply).where(_DUE, SmsReply.attempts > 0, SmsReply.due_at > now, _free(now)).values(due_at=now),
        execution_options=_QUIETLY,
    )


def expire(session: Session, most: int) -> int:
    """What waited too long does not leave any more; a person looks."""
    now = db.now(session)
    over = session.scalars(
        select(SmsReply.id)
        .where(_DUE, SmsReply.useless_after <= now, _free(now))
        .limit(most)
        .with_for_update(skip_locked=True)
    ).all()
    for reply_id in over:
        fail(session, owed(session, reply_id), TOO_LATE)
    return len(over)


def left(session: Session) -> tuple[int, datetime | None]:
    """How many still have to leave, and when the first of them may."""
    count, first = session.execute(select(func.count(), func.min(SmsReply.due_at)).where(_DUE)).one()
    return count, first


def _end(session: Session, reply_id: int, state: ReplyState, reason: str) -> None:
    now = db.now(session)
    _write(session, reply_id, state=state.value, reason=reason or None, settled_at=now, lease=None, lease_until=None)


def _move_message(session: Session, text: Owed, before: set[MessageState], after: MessageState) -> None:
    if text.message_id is None:
        return
    session.execute(
        update(SmsMessage)
        .where(SmsMessage.id == text.message_id, SmsMessage.state.in_(sorted(before)))
        .values(state=after.value, version=SmsMessage.version + 1),
        execution_options=_QUIETLY,
    )


def _write(session: Session, reply_id: int, **values: object) -> None:
    session.execute(update(SmsReply).where(SmsReply.id == reply_id).values(**values), execution_options=_QUIETLY)
