"""Submissions as reviewers see them: the queue, one of them with its account, and decisions."""

from array import array
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, literal_column, select, true, update
from sqlalchemy.orm import Session

from desktop.domain import names
from desktop.domain.errors import UserError
from desktop.domain.matching import Sought
from desktop.domain.registrations import TAKE_BACK, Decision, Kind, RegistrationState
from desktop.domain.reviews import Agreement, Decided, Overview, QueueQuery, QueueRow
from desktop.store import account_addresses, db
from desktop.store.ids import among, ids_of
from desktop.store.tables import Account, Consent, Homeroom, Registration, School, Staff

_WAITING = and_(Registration.state == literal_column("'submitted'"), Registration.decision.is_(None))
"""Written out, not bound: both databases use the partial index only where they see its condition."""


def _of(schools: Collection[int] | None) -> ColumnElement[bool]:
    return true() if schools is None else Registration.school_id.in_(schools)


def counts(session: Session, schools: Collection[int] | None) -> dict[int, int]:
    """How many wait at each school."""
    rows = session.execute(
        select(Registration.school_id, func.count()).where(_WAITING, _of(schools)).group_by(Registration.school_id)
    )
    return {school_id: count for school_id, count in rows if school_id is not None}


def overview(session: Session, schools: Collection[int] | None) -> Overview:
    rows = session.execute(
        select(School.id, School.name, func.count(), func.min(Registration.submitted_at))
        .join(School, School.id == Registration.school_id)
        .where(_WAITING, _of(schools))
        .group_by(School.id, School.name, School.code)
        .order_by(School.code)
    ).all()
    oldest = min((since for *_at, since in rows if since is not None), default=None)
    return Overview(sum(row[2] for row in rows), oldest, tuple((row[0], row[1], row[2]) for row in rows))


def queue_ids(
    session: Session, schools: Collection[int] | None, query: QueueQuery, before: datetime | None
) -> "array[int]":
    """What waits, the oldest first; `before`: only what was submitted before this moment."""
    conditions = [_WAITING, _of(schools)]
    if before is not None:
        conditions.append(Registration.submitted_at < before)
    if query.kind is not None:
        conditions.append(Registration.kind == query.kind.value)
    order = (Registration.submitted_at, Registration.id)
    words = [names.match_key(word) for word in query.typed.split()]
    if not any(words):
        return ids_of(session, select(Registration.id).where(*conditions).order_by(*order))
    rows = session.execute(
        select(
            Registration.id,
            Registration.family_name,
            Registration.given_name,
            Registration.family_name_kana,
            Registration.given_name_kana,
            Account.family_name,
            Account.given_name,
            account_addresses.reached_at(),
        )
        .join(Account, Account.id == Registration.account_id)
        .where(*conditions)
        .order_by(*order)
    )
    return array("q", (id_ for id_, *texts in rows if _names_all(words, texts)))


def _names_all(words: Iterable[str], texts: list[str]) -> bool:
    """Folded as one text: names are short, and a word may run over family and given name."""
    where = names.match_key("/".join(("".join(texts[0:2]), "".join(texts[2:4]), "".join(texts[4:6]), texts[6])))
    return all(word in where for word in words)


def queue_rows(session: Session, schools: Collection[int] | None, ids: Collection[int]) -> list[QueueRow]:
    """The lines of these, in this order, without those that wait no longer."""
    rows = session.execute(
        select(Registration, School.name, Homeroom.label, Account.family_name, Account.given_name)
        .join(School, School.id == Registration.school_id)
        .join(Account, Account.id == Registration.account_id)
        .outerjoin(Homeroom, Homeroom.id == Registration.homeroom_id)
        .where(among(session, Registration.id, ids), _WAITING, _of(schools))
    )
    found = {
        row.id: QueueRow(
            row.id,
            Kind(row.kind),
            f"{row.family_name} {row.given_name}".strip(),
            f"{row.family_name_kana} {row.given_name_kana}".strip(),
            f"{family} {given}".strip(),
            row.relationship,
            school,
            room or "",
            row.submitted_at,
            row.birth_date,
            row.version,
        )
        for row, school, room, family, given in rows
        if row.submitted_at is not None
    }
    return [found[id_] for id_ in ids if id_ in found]


@dataclass(frozen=True, slots=True)
class Submitted:
    """A submission with its account. `waiting`: nobody has decided about it. `address`: a telephone number where there
    is no mail address.
    """

    id: int
    kind: Kind
    school_id: int
    year: int
    account_id: int
    guardian_id: int | None
    guardian: str
    address: str
    language: str
    sought: Sought
    about_child_id: int | None
    version: int
    waiting: bool
    decided: Decided | None


def submitted(session: Session, registration_id: int) -> Submitted:
    """Raises UserError("not_found") for what is not, or no longer, for a school to see."""
    found = session.execute(
        select(Registration, Account, Homeroom.unplaced, Staff.name, account_addresses.reached_at())
        .join(Account, Account.id == Registration.account_id)
        .outerjoin(Homeroom, Homeroom.id == Registration.homeroom_id)
        .outerjoin(Staff, Staff.id == Registration.decided_by)
        .where(Registration.id == registration_id, Registration.submitted_at.is_not(None))
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise UserError("not_found")
    row, account, unplaced, decider, address = found
    sought = Sought(
        row.family_name,
        row.given_name,
        row.family_name_kana,
        row.given_name_kana,
        row.birth_date,
        row.homeroom_id,
        bool(unplaced),
        row.student_number,
        names.match_key(account.family_name + account.given_name),
    )
    return Submitted(
        row.id,
        Kind(row.kind),
        row.school_id or 0,
        row.year or 0,
        account.id,
        account.guardian_id,
        f"{account.family_name} {account.given_name}".strip(),
        address,
        account.language,
        sought,
        row.about_child_id,
        row.version,
        row.state == RegistrationState.SUBMITTED.value and row.decision is None,
        _decided(row, decider or ""),
    )


def agreement(session: Session, account_id: int) -> Agreement | None:
    """The newest; None for an account without one."""
    last = select(Consent).where(Consent.account_id == account_id).order_by(Consent.consented_at.desc()).limit(1)
    row = session.scalars(last).one_or_none()
    return Agreement(row.terms_version, row.consented_at) if row is not None else None


def _decided(row: Registration, who: str) -> Decided | None:
    if row.decision is None or row.decided_at is None:
        return None
    return Decided(Decision(row.decision), who, row.decided_at, row.carry_out_at)


# Deciding


def decide(
    session: Session,
    registration_id: int,
    version: int,
    decision: Decision,
    staff_id: int | None,
    *,
    reason: str = "",
    child_id: int | None = None,
) -> bool:
    """Put a decision down, to be carried out later; False where somebody was quicker."""
    now = db.now(session)
    written = session.scalar(
        update(Registration)
        .where(Registration.id == registration_id, Registration.version == version, _WAITING)
        .values(
            decision=decision.value,
            decided_by=staff_id,
            decided_at=now,
            carry_out_at=now + TAKE_BACK,
            reason=reason,
            child_id=child_id,
            version=Registration.version + 1,
        )
        .returning(Registration.id),
        execution_options={"synchronize_session": False},
    )
    return written is not None


def undo(session: Session, registration_id: int) -> bool:
    """Put it back into the queue while the decision has had no effect."""
    undone = session.scalar(
        update(Registration)
        .where(Registration.id == registration_id, Registration.carry_out_at > db.now(session))
        .values(**_NO_DECISION, version=Registration.version + 1)
        .returning(Registration.id),
        execution_options={"synchronize_session": False},
    )
    return undone is not None


_NO_DECISION: dict[str, Any] = {
    "decision": None, "decided_by": None, "decided_at": None, "carry_out_at": None, "reason": "", "child_id": None,
}  # fmt: skip


def due(session: Session) -> list[int]:
    """Decisions whose time has come."""
    return list(
        session.scalars(
            select(Registration.id)
            .where(Registration.carry_out_at.is_not(None), Registration.carry_out_at <= db.now(session))
            .order_by(Registration.carry_out_at)
        )
    )


def put_back(session: Session, registration_id: int) -> None:
    """What could not be carried out waits for a reviewer again."""
    session.execute(
        update(Registration)
        .where(Registration.id == registration_id)
        .values(**_NO_DECISION, version=Registration.version + 1)
    )
