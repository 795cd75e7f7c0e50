"""Lists of text messages that came in, one with all that belongs to it, and how many came when.

Without statistics SQLite takes any index for a good one. So each list is read from the one index that has its order,
and what is found by a number, an ID or a name is few enough to be put in order here.
"""

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, false, func, literal, select, union_all
from sqlalchemy.orm import Session

from desktop.domain.errors import UserError
from desktop.domain.sms import MessageState, ReviewReason, Rule
from desktop.domain.sms_messages import FILTERS, MOST_COUNTED, MOST_LISTED, AccountShown, OpenReview
from desktop.store import search
from desktop.store.ids import among, ids_of
from desktop.store.planning import think_big
from desktop.store.tables import Account, SmsAccount, SmsMessage, SmsPilotPhone, SmsReply, SmsReview, Staff

REVIEW = "review"
_MOST_ACCOUNTS = 500
_LAST = "9" * 20
"""No number that begins alike comes after this one, whatever rules a database orders texts by."""
_NEWEST = (SmsMessage.received_at.desc(), SmsMessage.id.desc())


@dataclass(frozen=True, slots=True)
class Looking:
    """A query as the database can answer it. `phone` is whole, `phone_begins` a beginning; "" where neither was typed.

    `first` is included, `before` is not.
    """

    only: str = "all"
    phone: str = ""
    phone_begins: str = ""
    id_hash: str = ""
    name: str = ""
    first: datetime | None = None
    before: datetime | None = None
    account_id: int | None = None

    @property
    def is_typed(self) -> bool:
        return bool(self.phone or self.phone_begins or self.id_hash or self.name)


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message as it lies in the database, its texts sealed."""

    id: int
    gateway: str
    sender: str
    recipient: str
    network: str
    sealed_text: str
    corrected: str | None
    sent_at: datetime
    received_at: datetime
    state: str
    rule: str | None
    account_id: int | None
    duplicate_of: int | None
    fee: int
    version: int
    to_review: bool


@dataclass(frozen=True, slots=True)
class StoredReply:
    """A text that goes out; `wording` is sealed where a person wrote it."""

    id: int
    template: str
    wording: str
    login: str
    state: str
    reason: str | None
    encoding: str | None
    parts: int
    cost: int
    created_at: datetime
    sent_at: datetime | None
    written_by: str | None


# `Any`: more columns than the types of a statement can tell.
_MESSAGE: tuple[Any, ...] = (
    SmsMessage.id, SmsMessage.gateway, SmsMessage.sender, SmsMessage.recipient, SmsMessage.network,
    SmsMessage.sealed_text, SmsMessage.corrected, SmsMessage.sent_at, SmsMessage.received_at, SmsMessage.state,
    SmsMessage.rule, SmsMessage.account_id, SmsMessage.duplicate_of, SmsMessage.fee, SmsMessage.version,
)  # fmt: skip
_REPLY: tuple[Any, ...] = (
    SmsReply.id, SmsReply.template, SmsReply.wording, func.coalesce(Account.login, ""), SmsReply.state,
    SmsReply.reason, SmsReply.encoding, SmsReply.parts, SmsReply.cost, SmsReply.created_at, SmsReply.sent_at,
    Staff.name,
)  # fmt: skip
_ACCOUNT: tuple[Any, ...] = (
    Account.id, SmsAccount.name_typed, Account.login, Account.state, func.coalesce(SmsAccount.lock_reason, ""),
    SmsAccount.id_last3, SmsAccount.issue, SmsAccount.reissues, SmsAccount.issue_sent_at,
    SmsAccount.issue_expires_at, SmsAccount.own_password_at, SmsAccount.verified_at,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Candidate:
    id: int
    received_at: datetime
    state: str
    rule: str | None


def ids(session: Session, looking: Looking, most: int = MOST_LISTED) -> "array[int]":
    """The newest first, `most` at the most."""
    think_big(session)
    if (found := _candidates(session, looking)) is not None:
        fitting = sorted(_fitting(session, found, looking), key=lambda each: (each.received_at, each.id), reverse=True)
        return array("q", (each.id for each in fitting[:most]))
    return ids_of(session, _from_index(looking).limit(most))


def counts(session: Session, looking: Looking) -> dict[str, int]:
    """How many each filter would show, as far as MOST_COUNTED and one more."""
    think_big(session)
    wanted = [*FILTERS, REVIEW]
    if (found := _candidates(session, replace(looking, only="all"))) is not None:
        numbers = {only: len(_fitting(session, found, replace(looking, only=only))) for only in wanted}
        return {only: min(number, MOST_COUNTED + 1) for only, number in numbers.items()}
    parts = [_counted(replace(looking, only=only)).label(f"n{at}") for at, only in enumerate(wanted)]
    return dict(zip(wanted, session.execute(select(*parts)).one(), strict=True))


def _counted(looking: Looking) -> Any:
    """`Any`: a scalar subquery's type knows no value."""
    if looking.only == REVIEW:
        few: Select[Any] = _reviewed(looking)
    else:
        few = select(literal(1)).select_from(SmsMessage).where(*_conditions(looking))
    return select(func.count()).select_from(few.limit(MOST_COUNTED + 1).subquery()).scalar_subquery()


def _conditions(looking: Looking) -> list[ColumnElement[bool]]:
    states, rule = _meant(looking.only)
    found: list[ColumnElement[bool]] = []
    if len(states) == 1:
        found.append(SmsMessage.state == next(iter(states)))
    elif states:
        found.append(SmsMessage.state.in_(sorted(states)))
    if rule is not None:
        found.append(SmsMessage.rule == rule)
    return found + _in_time(looking)


def _in_time(looking: Looking) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if looking.first is not None:
        found.append(SmsMessage.received_at >= looking.first)
    if looking.before is not None:
        found.append(SmsMessage.received_at < looking.before)
    return found


def _meant(only: str) -> tuple[frozenset[str], str | None]:
    """States and rule of a filter; also a rule's own name is one."""
    if only in FILTERS:
        states, rule = FILTERS[only]
        return frozenset(state.value for state in states), None if rule is None else rule.value
    if only in set(Rule):
        return frozenset(), only
    if only in set(MessageState):
        return frozenset({only}), None
    raise UserError("not_found")


def _from_index(looking: Looking) -> Select[Any]:
    return select(SmsMessage.id).where(*_conditions(looking)).order_by(*_NEWEST)


def _reviewed(looking: Looking) -> Select[Any]:
    """Messages at which a person has to look."""
    messages = select(SmsReview.message_id).where(_open(), SmsReview.message_id.is_not(None))
    if not _in_time(looking):
        return messages.distinct()
    return select(SmsMessage.id).where(SmsMessage.id.in_(messages), *_in_time(looking))


def _open() -> ColumnElement[bool]:
    return SmsReview.settled_at.is_(None)


def _candidates(session: Session, looking: Looking) -> list[_Candidate] | None:
    """Those that were asked for one by one, in no order; None where a whole index is meant."""
    which = _asked_for(session, looking)
    if which is None:
        return None
    columns = (SmsMessage.id, SmsMessage.received_at, SmsMessage.state, SmsMessage.rule)
    found: dict[int, _Candidate] = {}
    for condition in which:
        statement = select(*columns).where(condition).limit(MOST_LISTED)
        found.update((row.id, _Candidate(*row)) for row in session.execute(statement))
    return list(found.values())


def _asked_for(session: Session, looking: Looking) -> list[ColumnElement[bool]] | None:
    if looking.account_id is not None:
        return [SmsMessage.account_id == looking.account_id]
    if looking.is_typed:
        return _typed(session, looking)
    if looking.only == REVIEW:
        return [SmsMessage.id.in_(select(SmsReview.message_id).where(_open(), SmsReview.message_id.is_not(None)))]
    return None


def _typed(session: Session, looking: Looking) -> list[ColumnElement[bool]]:
    which: list[ColumnElement[bool]] = []
    if looking.phone:
        which.append(SmsMessage.sender == looking.phone)
    elif looking.phone_begins:
        begins = looking.phone_begins
        which.append(SmsMessage.sender.between(begins, begins + _LAST))
    if looking.id_hash:
        account = select(SmsAccount.account_id).where(SmsAccount.id_hash == looking.id_hash)
        which.append(SmsMessage.account_id.in_(account))
    if looking.name:
        accounts = search.find(session, looking.name, "account", None, _MOST_ACCOUNTS)
        which.append(among(session, SmsMessage.account_id, accounts))
    return which


def _fitting(session: Session, found: Sequence[_Candidate], looking: Looking) -> list[_Candidate]:
    """Those of the candidates that the filter and the days leave."""
    fitting = [each for each in found if _is_in_time(each.received_at, looking)]
    if looking.only == REVIEW:
        about = among(session, SmsReview.message_id, [each.id for each in fitting])
        reviewed = set(session.scalars(select(SmsReview.message_id).where(_open(), about)))
        return [each for each in fitting if each.id in reviewed]
    states, rule = _meant(looking.only)
    return [each for each in fitting if (not states or each.state in states) and (rule is None or each.rule == rule)]


def _is_in_time(moment: datetime, looking: Looking) -> bool:
    return (looking.first is None or moment >= looking.first) and (looking.before is None or moment < looking.before)


# Rows


def rows(session: Session, message_ids: Sequence[int]) -> list[StoredMessage]:
    """In the order of the ids; those that are gone are left out."""
    reviewed = select(SmsReview.id).where(_open(), SmsReview.message_id == SmsMessage.id).exists()
    statement = select(*(*_MESSAGE, reviewed)).where(among(session, SmsMessage.id, message_ids))
    found = {row[0]: StoredMessage(*row) for row in session.execute(statement)}
    return [found[message_id] for message_id in message_ids if message_id in found]


def require(session: Session, message_id: int) -> StoredMessage:
    """Raises UserError("not_found")."""
    found = rows(session, [message_id])
    if not found:
        raise UserError("not_found")
    return found[0]


def replies(session: Session, message_id: int) -> list[StoredReply]:
    """The texts that answer a message, the oldest first."""
    statement = (
        select(*_REPLY)
        .outerjoin(Account, Account.id == SmsReply.account_id)
        .outerjoin(Staff, Staff.id == SmsReply.created_by)
        .where(SmsReply.message_id == message_id)
        .order_by(SmsReply.id)
    )
    return [StoredReply(*row) for row in session.execute(statement)]


def account(session: Session, account_id: int, message_id: int) -> AccountShown | None:
    """The account that a message is about; None where no text message made it."""
    statement = select(*(*_ACCOUNT, func.coalesce(SmsAccount.message_id == message_id, false())))
    row = session.execute(
        statement.join(SmsAccount, SmsAccount.account_id == Account.id).where(Account.id == account_id)
    ).first()
    return None if row is None else AccountShown(*row)


def paid(session: Session, sender: str) -> tuple[int, int, datetime | None]:
    """How many messages a number has sent, what they cost its owner, and since when."""
    row = session.execute(
        select(func.count(), func.coalesce(func.sum(SmsMessage.fee), 0), func.min(SmsMessage.received_at)).where(
            SmsMessage.sender == sender
        )
    ).one()
    return row[0], int(row[1]), row[2]


def is_on_pilot(session: Session, phone: str) -> bool:
    """Whether a unit that tries accounts by text message has the number on its list."""
    return session.scalar(select(SmsPilotPhone.phone).where(SmsPilotPhone.phone == phone).limit(1)) is not None


def open_reviews(session: Session, message_id: int | None, most: int) -> list[OpenReview]:
    """Those about a message, or all; the newest first."""
    about = (SmsReview.message_id == message_id,) if message_id is not None else ()
    statement = (
        select(
            SmsReview.id, SmsReview.reason, SmsReview.times, SmsReview.opened_at, SmsReview.last_at,
            SmsReview.message_id, SmsReview.account_id,
        )
        .where(_open(), *about)
        .order_by(SmsReview.last_at.desc(), SmsReview.id.desc())
        .limit(most)
    )  # fmt: skip
    return [OpenReview(row[0], ReviewReason(row[1]), *row[2:]) for row in session.execute(statement)]


def open_review_counts(session: Session) -> dict[ReviewReason, int]:
    found = session.execute(select(SmsReview.reason, func.count()).where(_open()).group_by(SmsReview.reason))
    return {ReviewReason(reason): number for reason, number in found}


# Days


def by_day(session: Session, days: Sequence[tuple[date, datetime, datetime]]) -> dict[date, Mapping[Rule | None, int]]:
    """How many messages came on each day, by rule. A day is given with its beginning and its end, in the city's zone:
    each is a stretch of one index that holds all that is counted.
    """
    think_big(session)
    parts = [
        select(literal(at), SmsMessage.rule, func.count())
        .where(SmsMessage.received_at >= first, SmsMessage.received_at < before)
        .group_by(SmsMessage.rule)
        for at, (_day, first, before) in enumerate(days)
    ]
    found: dict[date, dict[Rule | None, int]] = {day: {} for day, _first, _before in days}
    for at, rule, number in session.execute(union_all(*parts)):
        found[days[at][0]][None if rule is None else Rule(rule)] = number
    return dict(found)
