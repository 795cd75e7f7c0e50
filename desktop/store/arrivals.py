"""Submissions that nobody has looked at yet, not even the worker."""

from datetime import date, datetime

from sqlalchemy import and_, exists, literal_column, or_, select, update
from sqlalchemy.orm import Session

from desktop.domain.registrations import Decision, Kind, RegistrationState
from desktop.store import db
from desktop.store.enrolled import child_flagged
from desktop.store.tables import Account, Child, Guardianship, Registration, School


def fresh(session: Session, most: int) -> list[int]:
    """The oldest first. The state is written out: both databases use the partial index only where they see it."""
    return list(
        session.scalars(
            select(Registration.id)
            .where(Registration.state == literal_column("'submitted'"), Registration.looked_at.is_(None))
            .order_by(Registration.submitted_at)
            .limit(most)
        )
    )


def mark(session: Session, registration_id: int, kind: Kind) -> bool:
    """It was looked at; False where another worker was quicker. Its version stays: nobody changed what it says."""
    marked = session.scalar(
        update(Registration)
        .where(Registration.id == registration_id, Registration.looked_at.is_(None))
        .values(looked_at=db.now(session), kind=kind.value)
        .returning(Registration.id),
        execution_options={"synchronize_session": False},
    )
    return marked is not None


def accepts_unseen(session: Session, school_id: int) -> bool:
    """Whether the school lets in without a reviewer what is certain."""
    return bool(session.scalar(select(School.accepts_unseen).where(School.id == school_id)))


def not_let_in(session: Session, school_id: int, since: datetime) -> list[tuple[int, int, str, str]]:
    """What the worker looked at since then, and neither it nor anybody has accepted: number, account, the child's kana.

    A decision to accept waits for a minute before it takes effect, and counts as if it had.
    """
    accepting = (Decision.LINK.value, Decision.ACCEPT_NEW.value)
    rows = session.execute(
        select(
            Registration.id, Registration.account_id, Registration.family_name_kana, Registration.given_name_kana
        ).where(
            Registration.school_id == school_id,
            Registration.looked_at >= since,
            Registration.about_child_id.is_(None),
            Registration.state != RegistrationState.ACCEPTED.value,
            or_(Registration.decision.is_(None), Registration.decision.not_in(accepting)),
        )
    )
    return [(id_, account_id, family, given) for id_, account_id, family, given in rows]


def is_free(session: Session, child_id: int, today: date) -> bool:
    """The child's family is not flagged, and nobody else registered it or is about to become its guardian.

    Locked, so that of two parents at once only one gets in unseen.
    """
    session.execute(select(Child.id).where(Child.id == child_id).with_for_update())
    coming = exists().where(
        Registration.child_id == child_id,
        Registration.state == RegistrationState.SUBMITTED.value,
        Registration.decision == Decision.LINK.value,
    )
    claimed = exists().where(Guardianship.child_id == child_id, Account.guardian_id == Guardianship.guardian_id)
    free = and_(~child_flagged(Child.id, today), ~coming, ~claimed)
    return bool(session.scalar(select(free).where(Child.id == child_id)))
