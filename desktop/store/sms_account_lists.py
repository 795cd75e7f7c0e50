"""Lists of accounts that a text message made, one with all that belongs to it, and who is in whose way.

All filters read one covering index in its order (newest first): partial ones for each of them would cost every message
that comes in. What is typed finds few enough to be looked at one by one.
"""

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, select, true, type_coerce
from sqlalchemy.orm import Session

from desktop.domain.accounts import AccountState
from desktop.domain.errors import UserError
from desktop.domain.sms import ISSUE_LIFE, ReviewReason
from desktop.domain.sms_accounts import (
    FILTERS,
    MOST_LISTED,
    AccountReview,
    AccountRow,
    Document,
    HistoryEntry,
    Seen,
    Timer,
    Verified,
)
from desktop.store import db, search
from desktop.store.ids import among, ids_of
from desktop.store.planning import think_big, unindexed
from desktop.store.sms_message_lists import StoredReply
from desktop.store.tables import Account, AuditEvent, SmsAccount, SmsReply, SmsReview, Staff
from desktop.store.tables.columns import UtcDateTime

MOST_FOUND = 2000
"""So many accounts are listed of those whose name or phone begins as typed."""
_REVIEWS = {"conflict": ReviewReason.CONFLICT, "mismatch": ReviewReason.MISMATCH}
_DAYS = {"day1": 1, "day2": 2, "day3": 3}
_REISSUED = {"reissued1": 1, "reissued2": 2, "reissued3": 3}
_THIRD = ISSUE_LIFE / 3
_WHOLE = ("all", "closed", "locked", "verified")


@dataclass(frozen=True, slots=True)
class Looking:
    """A query as the database can answer it. `found`: the ids that what was typed means; None where nothing was."""

    only: str = "all"
    found: frozenset[int] | None = None


@dataclass(frozen=True, slots=True)
class StoredAccount:
    """An account as its details need it, the ID sealed."""

    row: AccountRow
    seen: Seen
    plain_name: str
    sealed_id: str | None
    id_last3: str
    birth_date: date
    made_at: datetime
    completed_at: datetime | None
    guardian_id: int | None
    lock_note: str
    verified: Verified | None


@dataclass(frozen=True, slots=True)
class StoredConflict:
    """An open review that is about two who may be the same."""

    review_id: int
    reason: ReviewReason
    account_id: int
    message_id: int | None
    times: int
    last_at: datetime


# `Any`: more columns than the types of a statement can tell.
_ROW: tuple[Any, ...] = (
    Account.id, SmsAccount.name_typed, Account.login, Account.state, SmsAccount.lock_reason, SmsAccount.reissues,
    SmsAccount.issue_sent_at, SmsAccount.issue_expires_at, SmsAccount.own_password_at, SmsAccount.verified_at,
)  # fmt: skip
_DETAIL: tuple[Any, ...] = (
    SmsAccount.issue, SmsAccount.name_plain, SmsAccount.sealed_id, SmsAccount.id_last3, SmsAccount.birth_date,
    Account.created_at, SmsAccount.completed_at, Account.guardian_id, SmsAccount.lock_note,
    Staff.name, SmsAccount.verified_document, SmsAccount.verified_place, SmsAccount.verified_note,
)  # fmt: skip
_REPLY: tuple[Any, ...] = (
    SmsReply.id, SmsReply.template, SmsReply.wording, SmsReply.phone, SmsReply.state, SmsReply.reason,
    SmsReply.encoding, SmsReply.parts, SmsReply.cost, SmsReply.created_at, SmsReply.sent_at, Staff.name,
)  # fmt: skip


def ids(session: Session, looking: Looking, most: int = MOST_LISTED) -> "array[int]":
    """The newest first, `most` at the most. Raises UserError("not_found") for a filter that there is none of."""
    think_big(session)
    statement = select(SmsAccount.account_id).where(*_conditions(session, looking))
    return ids_of(session, statement.order_by(SmsAccount.account_id.desc()).limit(most))


def counts(session: Session, found: frozenset[int] | None = None) -> dict[str, int]:
    """How many each filter shows, of all or of those that were found."""
    think_big(session)
    mine = _found(session, found)
    counted = _counted(session, {only: _is(session, only) for only in _WHOLE}, mine)
    within = {only: _among_waiting(session, only) for only in ("waiting", *_DAYS, *_REISSUED)}
    counted |= _counted(session, within, [*_waits(), *mine])
    counted["unverified"] = counted["all"] - counted["closed"] - counted["verified"]
    for only in _REVIEWS:
        counted |= _counted(session, {only: []}, [*_is(session, only), *mine])
    return counted


def _counted(
    session: Session, wanted: Mapping[str, Sequence[ColumnElement[bool]]], where: Sequence[ColumnElement[bool]]
) -> dict[str, int]:
    """How many fulfil each of these conditions, in one stretch of the index."""
    numbers = [
        func.count(case((and_(true(), *conditions), 1))) if conditions else func.count()
        for conditions in wanted.values()
    ]
    statement = select(*numbers).select_from(SmsAccount).where(*where)
    return dict(zip(wanted, session.execute(statement).one(), strict=True))


def typed(session: Session, text: str, phone: str, id_hash: str) -> frozenset[int]:
    """Accounts whose name or phone begins with `text`, or whose ID this is; MOST_FOUND at the most."""
    found = set(search.find(session, phone or text, "account", None, MOST_FOUND))
    if id_hash:
        found.update(session.scalars(select(SmsAccount.account_id).where(SmsAccount.id_hash == id_hash)))
    return frozenset(found)


def rows(session: Session, account_ids: Sequence[int]) -> list[AccountRow]:
    """In the order of the ids; those that are gone are left out."""
    statement = select(*_ROW).join(SmsAccount, SmsAccount.account_id == Account.id)
    stored = session.execute(statement.where(among(session, Account.id, account_ids))).all()
    reasons = _open_reasons(session, account_ids)
    found = {row[0]: _row(row, reasons.get(row[0], frozenset())) for row in stored}
    return [found[account_id] for account_id in account_ids if account_id in found]


def require(session: Session, account_id: int) -> StoredAccount:
    """Raises UserError("not_found") for what no text message made."""
    statement = (
        select(*_ROW, *_DETAIL)
        .join(SmsAccount, SmsAccount.account_id == Account.id)
        .outerjoin(Staff, Staff.id == SmsAccount.verified_by)
        .where(Account.id == account_id)
    )
    row = session.execute(statement).first()
    if row is None:
        raise UserError("not_found")
    shown = _row(row, _open_reasons(session, [account_id]).get(account_id, frozenset()))
    issue, plain, sealed, last3, born, made, completed, guardian, note, who, document, place, said = row[len(_ROW) :]
    verified = None
    if shown.verified_at is not None:
        verified = Verified(who, shown.verified_at, Document(document), place, said)
    seen = Seen(row.login, row.state, issue, shown.own_password_at is not None, shown.verified_at)
    return StoredAccount(shown, seen, plain, sealed, last3, born, made, completed, guardian, note, verified)


def texts(session: Session, account_id: int, most: int) -> list[StoredReply]:
    """What was sent to an account's owner, the newest first."""
    statement = (
        select(*_REPLY)
        .outerjoin(Staff, Staff.id == SmsReply.created_by)
        .where(SmsReply.account_id == account_id)
        .order_by(SmsReply.id.desc())
        .limit(most)
    )
    return [StoredReply(*row) for row in session.execute(statement)]


def history(session: Session, account_id: int, most: int) -> list[HistoryEntry]:
    """What was done to an account, the newest first."""
    statement = (
        select(AuditEvent.at, AuditEvent.verb, Staff.name, AuditEvent.actor_kind, AuditEvent.details)
        .outerjoin(Staff, Staff.id == AuditEvent.staff_id)
        .where(AuditEvent.subject == "account", AuditEvent.subject_id == account_id)
        .order_by(AuditEvent.id.desc())
        .limit(most)
    )
    return [
        HistoryEntry(at, verb, who or "", kind, details) for at, verb, who, kind, details in session.execute(statement)
    ]


def reviews(session: Session, account_id: int) -> list[AccountReview]:
    """What a person has to look at about an account, the newest first."""
    statement = (
        select(SmsReview.id, SmsReview.reason, SmsReview.times, SmsReview.last_at)
        .where(SmsReview.settled_at.is_(None), SmsReview.account_id == account_id)
        .order_by(SmsReview.id.desc())
    )
    return [AccountReview(row[0], ReviewReason(row[1]), *row[2:]) for row in session.execute(statement)]


def id_hash(session: Session, account_id: int) -> str | None:
    """None for a closed account."""
    return session.scalar(select(SmsAccount.id_hash).where(SmsAccount.account_id == account_id))


def last_place(session: Session, staff_id: int | None) -> str:
    """Where somebody verified an account last."""
    statement = (
        select(SmsAccount.verified_place)
        .where(SmsAccount.verified_by == staff_id)
        .order_by(SmsAccount.verified_at.desc())
        .limit(1)
    )
    return (session.scalar(statement) if staff_id is not None else None) or ""


# Conflicts


def conflicts(session: Session, most: int) -> list[StoredConflict]:
    """The open ones, the newest first."""
    statement = select(*_CONFLICT).where(*_is_conflict()).order_by(SmsReview.last_at.desc(), SmsReview.id.desc())
    return [_conflict(row) for row in session.execute(statement.limit(most))]


def conflict(session: Session, review_id: int) -> StoredConflict | None:
    """None for one that somebody has settled."""
    row = session.execute(select(*_CONFLICT).where(*_is_conflict(), SmsReview.id == review_id)).first()
    return None if row is None else _conflict(row)


def is_settled(session: Session, review_id: int) -> bool:
    settled = select(SmsReview.id).where(SmsReview.id == review_id, SmsReview.settled_at.is_not(None))
    return session.scalar(settled) is not None


_CONFLICT: tuple[Any, ...] = (
    SmsReview.id, SmsReview.reason, SmsReview.account_id, SmsReview.message_id, SmsReview.times, SmsReview.last_at,
)  # fmt: skip


def _is_conflict() -> list[ColumnElement[bool]]:
    reasons = [reason.value for reason in _REVIEWS.values()]
    return [SmsReview.settled_at.is_(None), SmsReview.reason.in_(reasons), SmsReview.account_id.is_not(None)]


def _conflict(row: Any) -> StoredConflict:
    """`Any`: see _ROW."""
    return StoredConflict(row[0], ReviewReason(row[1]), *row[2:])


# How


def _row(row: Any, reasons: frozenset[ReviewReason]) -> AccountRow:
    """`Any`: see _ROW."""
    id_, name, phone, state, locked, reissues, sent, ends, own, verified = row[: len(_ROW)]
    is_closed = state == AccountState.CLOSED
    return AccountRow(
        id_, name, "" if is_closed else phone, AccountState(state), locked or "", Timer(reissues, sent, ends), own,
        verified, reasons,
    )  # fmt: skip


def _open_reasons(session: Session, account_ids: Sequence[int]) -> dict[int, frozenset[ReviewReason]]:
    statement = select(SmsReview.account_id, SmsReview.reason).where(
        SmsReview.settled_at.is_(None), among(session, SmsReview.account_id, account_ids)
    )
    found: dict[int, set[ReviewReason]] = {}
    for account_id, reason in session.execute(statement):
        found.setdefault(account_id or 0, set()).add(ReviewReason(reason))
    return {account_id: frozenset(reasons) for account_id, reasons in found.items()}


def _conditions(session: Session, looking: Looking) -> list[ColumnElement[bool]]:
    if looking.only not in FILTERS:
        raise UserError("not_found")
    return [*_is(session, looking.only), *_found(session, looking.found)]


def _found(session: Session, found: frozenset[int] | None) -> list[ColumnElement[bool]]:
    return [] if found is None else [among(session, SmsAccount.account_id, sorted(found))]


def _is_open() -> ColumnElement[bool]:
    return SmsAccount.closed_at.is_(None)


def _waits() -> list[ColumnElement[bool]]:
    return [_is_open(), SmsAccount.own_password_at.is_(None), SmsAccount.lock_reason.is_(None)]


def _is(session: Session, only: str) -> list[ColumnElement[bool]]:
    if only in _REVIEWS:
        about = select(SmsReview.account_id).where(SmsReview.settled_at.is_(None), SmsReview.reason == _REVIEWS[only])
        return [SmsAccount.account_id.in_(about)]
    plain: dict[str, list[ColumnElement[bool]]] = {
        "all": [],
        "locked": [_is_open(), SmsAccount.lock_reason.is_not(None)],
        "verified": [_is_open(), SmsAccount.verified_at.is_not(None)],
        "unverified": [_is_open(), SmsAccount.verified_at.is_(None)],
        "closed": [SmsAccount.closed_at.is_not(None)],
    }
    return plain[only] if only in plain else [*_waits(), *_among_waiting(session, only)]


def _among_waiting(session: Session, only: str) -> list[ColumnElement[bool]]:
    """What a filter says of those that wait for their first log-in."""
    if only in _REISSUED:
        return [SmsAccount.reissues == _REISSUED[only]]
    return _on_day(session, _DAYS[only]) if only in _DAYS else []


def _on_day(session: Session, day: int) -> list[ColumnElement[bool]]:
    """By what is left: 72 hours at the beginning of the first day, nothing at the end of the third (and after it)."""
    now = db.now(session)
    until = now + ISSUE_LIFE - (day - 1) * _THIRD
    found: list[ColumnElement[bool]] = [SmsAccount.issue_sent_at.is_not(None)]
    ends = type_coerce(unindexed(SmsAccount.issue_expires_at), UtcDateTime())  # the index of the list is the better one
    if day > 1:
        found.append(ends <= until)
    if day < len(_DAYS):
        found.append(ends > until - _THIRD)
    return found
