"""Submissions as reviewers see them: the queue, the roster's children that may be meant, and decisions."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, literal_column, or_, select, true, update
from sqlalchemy.orm import Session, aliased

from desktop.domain import names
from desktop.domain.errors import UserError
from desktop.domain.matching import Candidate, Sought
from desktop.domain.registrations import TAKE_BACK, Caution, Decision, QueueRow, RegistrationState
from desktop.store import db
from desktop.store.search import CITY
from desktop.store.tables import (
    Account,
    Child,
    ContactPoint,
    Enrolment,
    Guardian,
    Guardianship,
    Homeroom,
    Placement,
    Registration,
    RegistrationCode,
    School,
    SearchKey,
    Staff,
)

MOST_CANDIDATES = 200
_LAST = "\U0010ffff"
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


def queue(session: Session, schools: Collection[int] | None, before: datetime | None, most: int) -> list[QueueRow]:
    """What waits, the oldest first; `before`: only what was submitted before this moment."""
    statement = (
        select(Registration, School.name, Homeroom.label)
        .join(School, School.id == Registration.school_id)
        .join(Homeroom, Homeroom.id == Registration.homeroom_id)
        .where(_WAITING, _of(schools))
        .order_by(Registration.submitted_at, Registration.id)
        .limit(most)
    )
    if before is not None:
        statement = statement.where(Registration.submitted_at < before)
    return [
        QueueRow(
            row.id,
            f"{row.family_name} {row.given_name}".strip(),
            f"{row.family_name_kana} {row.given_name_kana}".strip(),
            school,
            room,
            row.submitted_at,
            row.birth_date,
            row.version,
        )
        for row, school, room in session.execute(statement)
        if row.submitted_at is not None
    ]


@dataclass(frozen=True, slots=True)
class Submitted:
    """A submission with its account. `waiting`: nobody has decided about it."""

    id: int
    school_id: int
    year: int
    account_id: int
    guardian_id: int | None
    guardian: str
    address: str
    language: str
    sought: Sought
    version: int
    waiting: bool
    decided_by: str
    decided_at: datetime | None


def submitted(session: Session, registration_id: int) -> Submitted:
    """Raises UserError("not_found") for what is not, or no longer, for a school to see."""
    found = session.execute(
        select(Registration, Account, Homeroom.unplaced, Staff.name)
        .join(Account, Account.id == Registration.account_id)
        .join(Homeroom, Homeroom.id == Registration.homeroom_id)
        .outerjoin(Staff, Staff.id == Registration.decided_by)
        .where(Registration.id == registration_id, Registration.submitted_at.is_not(None))
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise UserError("not_found")
    row, account, unplaced, decider = found
    sought = Sought(
        row.family_name,
        row.given_name,
        row.family_name_kana,
        row.given_name_kana,
        row.birth_date,
        row.homeroom_id,
        unplaced,
        row.student_number,
        names.match_key(account.family_name + account.given_name),
    )
    return Submitted(
        row.id,
        row.school_id or 0,
        row.year or 0,
        account.id,
        account.guardian_id,
        f"{account.family_name} {account.given_name}".strip(),
        account.address,
        account.language,
        sought,
        row.version,
        row.state == RegistrationState.SUBMITTED.value and row.decision is None,
        decider or "",
        row.decided_at,
    )


# Who may be meant


def candidates(session: Session, found: Submitted, schools: Collection[int] | None) -> list[Candidate]:
    """Children at these schools (None: in the city) who share a name, the beginning of a reading, or, at the
    submission's school, the birth date.
    """
    ids = session.scalars(_alike(found, schools).union(_born_alike(found)).limit(MOST_CANDIDATES)).all()
    if not ids:
        return []
    guardians = _guardians(session, ids)
    placement = aliased(Placement)
    rows = session.execute(
        select(Child, placement.homeroom_id, Homeroom.unplaced, placement.student_number)
        .outerjoin(
            Enrolment,
            and_(
                Enrolment.child_id == Child.id,
                Enrolment.school_id == found.school_id,
                Enrolment.year == found.year,
                Enrolment.to_date.is_(None),
            ),
        )
        .outerjoin(
            placement,
            and_(placement.enrolment_id == Enrolment.id, placement.kind == "main", placement.to_date.is_(None)),
        )
        .outerjoin(Homeroom, Homeroom.id == placement.homeroom_id)
        .where(Child.id.in_(ids))
    )
    return [
        Candidate(
            child.id,
            child.family_name,
            child.given_name,
            child.family_name_kana,
            child.given_name_kana,
            child.birth_date,
            room,
            bool(unplaced),
            number or "",
            *guardians.get(child.id, (False, frozenset())),
        )
        for child, room, unplaced, number in rows
    ]


def _alike(found: Submitted, schools: Collection[int] | None) -> Any:
    sought = found.sought
    whole = {
        names.search_key(sought.family_name + sought.given_name),
        names.search_key(sought.family_name_kana + sought.given_name_kana),
        names.search_key(sought.given_name_kana),
    } - {""}
    like: list[ColumnElement[bool]] = [SearchKey.key.in_(whole)]
    if begins := names.search_key(sought.family_name_kana):
        like.append(and_(SearchKey.key >= begins, SearchKey.key < begins + _LAST))
    scopes = {CITY} if schools is None else set(schools)
    return select(SearchKey.ref).where(SearchKey.kind == "child", SearchKey.scope.in_(scopes), or_(*like))


def _born_alike(found: Submitted) -> Any:
    return (
        select(Child.id)
        .join(Enrolment, Enrolment.child_id == Child.id)
        .where(
            Enrolment.school_id == found.school_id,
            Enrolment.year == found.year,
            Child.birth_date == found.sought.birth_date,
        )
    )


def _guardians(session: Session, ids: Sequence[int]) -> dict[int, tuple[bool, frozenset[str]]]:
    """Whether somebody with an account is a child's guardian, and the match keys of its guardians' names."""
    rows = session.execute(
        select(Guardianship.child_id, Guardian.family_name, Guardian.given_name, Account.id)
        .join(Guardian, Guardian.id == Guardianship.guardian_id)
        .outerjoin(Account, Account.guardian_id == Guardian.id)
        .where(Guardianship.child_id.in_(ids))
    )
    found: dict[int, tuple[bool, frozenset[str]]] = {}
    for child_id, family, given, account in rows:
        claimed, keys = found.get(child_id, (False, frozenset()))
        found[child_id] = (claimed or account is not None, keys | {names.match_key(family + given)})
    return found


def is_guardian(session: Session, guardian_id: int, child_ids: Collection[int]) -> bool:
    """Whether somebody is a guardian of one of these children."""
    mine = select(Guardianship.id).where(Guardianship.guardian_id == guardian_id, Guardianship.child_id.in_(child_ids))
    return session.scalar(mine.limit(1)) is not None


def cautions(session: Session, found: Submitted) -> set[Caution]:
    """What only the database knows."""
    row = session.get_one(Registration, found.id)
    said: set[Caution] = set()
    if row.kana_for_clerk:
        said.add(Caution.KANA_FOR_CLERK)
    code = session.get(RegistrationCode, row.code_id) if row.code_id is not None else None
    if code is not None and code.valid_until is not None:
        said.add(Caution.CODE_RENEWED)
    if session.scalar(select(exists(_twice(row)))):
        said.add(Caution.TWICE)
    others = select(ContactPoint.id).where(
        ContactPoint.kind == "email",
        ContactPoint.address.in_({found.address, found.address.lower()}),
        ContactPoint.guardian_id != (found.guardian_id or 0),
    )
    if session.scalar(select(exists(others))):
        said.add(Caution.MAIL_OF_ANOTHER)
    return said


def _twice(row: Registration) -> Any:
    """Another submission of the same reading and birth date at the same school."""
    return select(Registration.id).where(
        Registration.id != row.id,
        Registration.school_id == row.school_id,
        Registration.birth_date == row.birth_date,
        Registration.family_name_kana == row.family_name_kana,
        Registration.given_name_kana == row.given_name_kana,
        Registration.state.in_((RegistrationState.SUBMITTED.value, RegistrationState.ACCEPTED.value)),
    )


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
