"""Consent to notices: submissions, approvals, releases by one person, and the people they were given for."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, delete, insert, literal, or_, select, true, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from desktop.domain.errors import UserError
from desktop.domain.notice_life import NoticeFacts
from desktop.domain.notices import binding_hash
from desktop.domain.staff import Role, ScopeKind
from desktop.store import db, notices
from desktop.store.audience import Meant
from desktop.store.places import granted_on
from desktop.store.reports import Schools
from desktop.store.tables import (
    Approval,
    ApprovedChild,
    ApprovedOther,
    Delivery,
    RoleGrant,
    SoloRelease,
    Staff,
    Submission,
)

_UNTOUCHED = and_(
    Delivery.state == "due",
    Delivery.attempts == 0,
    Delivery.in_doubt_count == 0,
    Delivery.line_call_id.is_(None),
)
_TWO_PERSONS = ("approvals_by_another", "another_person")


@dataclass(frozen=True, slots=True)
class Kept:
    """Whom a submission or an approval is for: ids of children, of guardians who wait for theirs, of staff."""

    children: tuple[int, ...]
    waiting: tuple[int, ...]
    staff: tuple[int, ...]

    @property
    def people(self) -> frozenset[tuple[str, int]]:
        kinds = (("child", self.children), ("waiting", self.waiting), ("staff", self.staff))
        return frozenset((kind, id_) for kind, ids in kinds for id_ in ids)

    def counts(self) -> dict[str, int]:
        """For the audit trail: how many of each kind, those of whom there are none left out."""
        found = {"children": len(self.children), "waiting": len(self.waiting), "staff": len(self.staff)}
        return {kind: count for kind, count in found.items() if count or kind == "children"}


def keep(session: Session, notice_id: int, meant: Meant) -> Kept:
    """Write down whom the audience means now, in place of whom it meant before.

    What is written is what is read back, so that a hash over it binds exactly these people.
    """
    for table in (ApprovedChild, ApprovedOther):
        session.execute(delete(table).where(table.notice_id == notice_id))
    now = meant.children.subquery("now")
    session.execute(
        insert(ApprovedChild).from_select(["notice_id", "child_id"], select(literal(notice_id), now.c.child_id))
    )
    for kind, people in (("waiting", meant.waiting), ("staff", meant.staff)):
        ids = people.subquery("now").columns[0]
        session.execute(
            insert(ApprovedOther).from_select(
                ["notice_id", "kind", "ref"], select(literal(notice_id), literal(kind), ids)
            )
        )
    return kept(session, notice_id)


def kept(session: Session, notice_id: int) -> Kept:
    """The people of the last submission or approval, in order."""
    children = session.scalars(
        select(ApprovedChild.child_id).where(ApprovedChild.notice_id == notice_id).order_by(ApprovedChild.child_id)
    )
    others = session.execute(
        select(ApprovedOther.kind, ApprovedOther.ref)
        .where(ApprovedOther.notice_id == notice_id)
        .order_by(ApprovedOther.kind, ApprovedOther.ref)
    ).all()
    waiting, staff = (tuple(ref for found, ref in others if found == kind) for kind in ("waiting", "staff"))
    return Kept(tuple(children), waiting, staff)


def meant_now(session: Session, meant: Meant) -> Kept:
    """Whom an audience means now, without writing it down."""
    children, waiting, staff = (tuple(session.scalars(ids)) for ids in (meant.children, meant.waiting, meant.staff))
    return Kept(children, waiting, staff)


def digest(session: Session, notice: NoticeFacts, people: Kept) -> str:
    """What consent to a notice for these people binds."""
    attached = notices.attachments(session, notice.id)
    return binding_hash(notice.draft, attached, people.children, people.waiting, people.staff)


def ask(
    session: Session, notice: NoticeFacts, digest: str, children: int, submitter_id: int, guards: Mapping[str, str]
) -> None:
    """Record that somebody asks for approval of this content for this many children, and others."""
    known = session.scalar(
        select(Submission).where(
            Submission.notice_id == notice.id,
            Submission.edit == notice.edit,
            Submission.hash == digest,
            Submission.submitter_id == submitter_id,
        )
    )
    if known:
        known.submitted_at = db.now(session)
        known.passed_guards = dict(guards)
        return
    session.add(
        Submission(
            notice_id=notice.id,
            edit=notice.edit,
            hash=digest,
            submitter_id=submitter_id,
            submitted_at=db.now(session),
            children=children,
            passed_guards=dict(guards),
        )
    )
    session.flush()


def consent(session: Session, notice: NoticeFacts, digest: str, submitter_id: int, approver_id: int) -> None:
    """Record a second person's approval, in place of an older one of this version.

    Raises UserError("notice.own_approval") where the tables see one of the two persons twice.
    """
    session.execute(delete(Approval).where(Approval.notice_id == notice.id, Approval.edit == notice.edit))
    session.add(
        Approval(
            notice_id=notice.id,
            edit=notice.edit,
            hash=digest,
            submitter_id=submitter_id,
            approver_id=approver_id,
            approved_at=db.now(session),
        )
    )
    try:
        session.flush()
    except IntegrityError as error:
        if any(name in str(error.orig) for name in _TWO_PERSONS):
            raise UserError("notice.own_approval") from error
        raise


def release(session: Session, notice: NoticeFacts, digest: str, staff_id: int, reason: str) -> None:
    """Record that one person alone let an urgent notice out."""
    session.add(
        SoloRelease(
            notice_id=notice.id,
            edit=notice.edit,
            hash=digest,
            staff_id=staff_id,
            reason=reason,
            released_at=db.now(session),
        )
    )
    session.flush()


def released_by(session: Session, notice: NoticeFacts) -> int | None:
    """Who let this version out alone, if somebody did and nobody has looked at it since."""
    return session.scalar(
        select(SoloRelease.staff_id).where(
            SoloRelease.notice_id == notice.id, SoloRelease.edit == notice.edit, SoloRelease.reviewed_at.is_(None)
        )
    )


def review(session: Session, notice: NoticeFacts, staff_id: int) -> None:
    session.execute(
        update(SoloRelease)
        .where(SoloRelease.notice_id == notice.id, SoloRelease.edit == notice.edit)
        .values(reviewed_by=staff_id, reviewed_at=db.now(session))
    )


def is_touched(session: Session, notice_id: int) -> bool:
    """A worker has had a delivery of this notice in its hands."""
    touched = select(Delivery.id).where(Delivery.notice_id == notice_id, ~_UNTOUCHED).limit(1)
    return session.scalar(touched) is not None


def withdraw(session: Session, notice_id: int) -> int:
    """Cancel the deliveries of a notice of which no worker has had any yet; give their number.

    Raises UserError("notice.sent") as soon as one was claimed: then only stopping helps.
    """
    cancelled = session.execute(
        update(Delivery)
        .where(Delivery.notice_id == notice_id, _UNTOUCHED)
        .values(state="cancelled", settled_at=db.now(session)),
        execution_options={"synchronize_session": False},
    )
    left = select(Delivery.id).where(Delivery.notice_id == notice_id, Delivery.state != "cancelled").limit(1)
    if session.scalar(left) is not None:
        raise UserError("notice.sent")
    count: int = cancelled.rowcount  # type: ignore[attr-defined]  # an UPDATE's result has it
    return count


def possible_approvers(
    session: Session, roles: Collection[Role], schools: Schools, day: date, *, without: Collection[int]
) -> list[str]:
    """The names of active staff who hold one of these roles on this day for the whole of one of the schools.

    None asks for any school and the city, an empty collection for the city alone.
    """
    within = (
        true()
        if schools is None
        else or_(
            RoleGrant.scope_kind == ScopeKind.CITY.value,
            and_(RoleGrant.scope_kind == ScopeKind.SCHOOL.value, RoleGrant.school_id.in_(schools)),
        )
    )
    return list(
        session.scalars(
            select(Staff.name)
            .distinct()
            .join(RoleGrant, RoleGrant.staff_id == Staff.id)
            .where(
                Staff.active,
                Staff.id.not_in(without),
                RoleGrant.role.in_([role.value for role in roles]),
                within,
                granted_on(day),
            )
            .order_by(Staff.name)
        )
    )
