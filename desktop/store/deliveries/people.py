"""Whom a notice means at the moment of sending, written down and held against whom its approval meant."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import (
    Select,
    Subquery,
    and_,
    case,
    except_,
    func,
    insert,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from desktop.domain.audience import PartKind, parse_audience
from desktop.store import db
from desktop.store.audience import Meant, meant
from desktop.store.deliveries.fan_out import DueNotice
from desktop.store.deliveries.rows import (
    approved_children,
    approved_others,
    enrolments,
    notice_children,
    placements,
    recipients,
    role_grants,
    waiting_contacts,
)
from desktop.store.places import granted_on, resolve
from desktop.store.planning import think_big


@dataclass(frozen=True, slots=True)
class Drift:
    """How the audience moved since it was approved."""

    approved: int
    added: int
    removed: int

    def numbers(self) -> dict[str, int]:
        """As the notice keeps them."""
        return {"added": self.added, "removed": self.removed}


def add_people(session: Session, notice: DueNotice, today: date) -> None:
    """Write down whom the audience means now: children with their class, waiting contacts and staff as recipients."""
    think_big(session)
    now = meant(session, parse_audience(notice.include, notice.exclude), today)
    _add_children(session, notice, now, today)
    _add_waiting(session, notice, now)
    _add_staff(session, notice, now, today)
    db.touch(session, "notice_children", "recipients")


def _add_children(session: Session, notice: DueNotice, now: Meant, today: date) -> None:
    """With the school, class and number of each; a child with enrolments at two schools counts at the sending one."""
    meant = now.children.subquery("meant")
    of_sender = case((enrolments.c.school_id == notice.school_id, 0), else_=1) if notice.school_id else literal(0)
    best_first = (of_sender, enrolments.c.to_date.is_not(None), enrolments.c.year.desc(), enrolments.c.id)
    newest_place = (placements.c.to_date.is_not(None), placements.c.id.desc())
    main_today = and_(
        placements.c.enrolment_id == enrolments.c.id,
        placements.c.kind == "main",
        placements.c.from_date <= today,
        or_(placements.c.to_date.is_(None), placements.c.to_date >= today),
    )
    placed = (
        select(
            enrolments.c.child_id,
            enrolments.c.school_id,
            placements.c.homeroom_id,
            func.coalesce(placements.c.student_number, "").label("student_number"),
            func.row_number()
            .over(partition_by=enrolments.c.child_id, order_by=(*best_first, *newest_place))
            .label("turn"),
        )
        .select_from(enrolments.join(meant, meant.c.child_id == enrolments.c.child_id))
        .outerjoin(placements, main_today)
        .subquery("placed")
    )
    chosen = select(
        literal(notice.id), placed.c.child_id, placed.c.school_id, placed.c.homeroom_id, placed.c.student_number
    ).where(placed.c.turn == 1)
    columns = ["notice_id", "child_id", "school_id", "homeroom_id", "student_number"]
    session.execute(insert(notice_children).from_select(columns, chosen))


def _add_waiting(session: Session, notice: DueNotice, now: Meant) -> None:
    """Each once, at the sending school where they wait there, too."""
    who = now.waiting.subquery("who_waits")
    at = waiting_contacts.c.school_id
    here = func.max(case((at == notice.school_id, at)))
    chosen = (
        select(literal(notice.id), literal("family"), who.c.guardian_id, func.coalesce(here, func.min(at)))
        .join(waiting_contacts, waiting_contacts.c.guardian_id == who.c.guardian_id)
        .group_by(who.c.guardian_id)
    )
    columns = ["notice_id", "kind", "guardian_id", "school_id"]
    session.execute(insert(recipients).from_select(columns, chosen, include_defaults=False))


def _add_staff(session: Session, notice: DueNotice, now: Meant, today: date) -> None:
    """Each once, at the sending school where they work there, too; those of the city's office at none."""
    who = now.staff.subquery("who_works")
    at = role_grants.c.school_id
    here = func.max(case((at == notice.school_id, at)))
    chosen = (
        select(literal(notice.id), literal("staff"), who.c.staff_id, func.coalesce(here, func.min(at)))
        .join(role_grants, and_(role_grants.c.staff_id == who.c.staff_id, granted_on(today)))
        .group_by(who.c.staff_id)
    )
    columns = ["notice_id", "kind", "staff_id", "school_id"]
    session.execute(insert(recipients).from_select(columns, chosen, include_defaults=False))


def compare_with_approved(session: Session, notice_id: int) -> Drift:
    """Hold the people just written down against those whom the approval meant."""
    children = select(notice_children.c.child_id).where(notice_children.c.notice_id == notice_id)
    approved = select(approved_children.c.child_id).where(approved_children.c.notice_id == notice_id)
    others, approved_too = _others(notice_id), _approved_others(notice_id)
    return Drift(
        approved=_count(session, approved.subquery()) + _count(session, approved_too.subquery()),
        added=_count(session, except_(children, approved).subquery())
        + _count(session, except_(others, approved_too).subquery()),
        removed=_count(session, except_(approved, children).subquery())
        + _count(session, except_(approved_too, others).subquery()),
    )


def _others(notice_id: int) -> Select[str, int]:
    waiting = select(literal("waiting").label("kind"), recipients.c.guardian_id.label("ref")).where(
        recipients.c.notice_id == notice_id, recipients.c.kind == "family", recipients.c.child_id.is_(None)
    )
    staff = select(literal("staff"), recipients.c.staff_id).where(
        recipients.c.notice_id == notice_id, recipients.c.kind == "staff"
    )
    both = union_all(waiting, staff).subquery("others")
    return select(both.c.kind, both.c.ref)


def _approved_others(notice_id: int) -> Select[str, int]:
    return select(approved_others.c.kind, approved_others.c.ref).where(approved_others.c.notice_id == notice_id)


def reaches_another_school(session: Session, notice: DueNotice) -> bool:
    """A school's notice means people of a school that its approval did not, such as by a list that somebody widened.

    Whoever approved it may have nothing to say there.
    """
    if notice.school_id is None:
        return False
    of_notice = notice_children.c.notice_id == notice.id
    approved = select(approved_children.c.child_id).where(approved_children.c.notice_id == notice.id)
    child, school = notice_children.c.child_id, notice_children.c.school_id
    known = select(school).where(of_notice, child.in_(approved))
    new_ones = select(child).where(of_notice, child.not_in(approved), school != notice.school_id, school.not_in(known))
    others, at = _approved_others(notice.id).subquery("approved_others_here"), recipients.c.school_id
    mine = select(others.c.ref).where(others.c.kind == "waiting")
    waits = and_(recipients.c.notice_id == notice.id, recipients.c.kind == "family", recipients.c.child_id.is_(None))
    known_too = select(at).where(waits, recipients.c.guardian_id.in_(mine))
    new_contacts = select(recipients.c.id).where(
        waits, recipients.c.guardian_id.not_in(mine), at != notice.school_id, at.not_in(known), at.not_in(known_too)
    )
    found = session.execute(select(or_(new_ones.exists(), new_contacts.exists()))).scalar()
    return bool(found)


def lost_a_part(session: Session, notice: DueNotice, today: date) -> bool:
    """Something that the audience names or leaves out stands for nothing any more: a group was closed, a class is of
    another year. A child that has left is simply gone.
    """
    rule = parse_audience(notice.include, notice.exclude)
    parts = (*rule.include, *rule.exclude)
    known = resolve(session, parts, today)
    lost = [part for part in parts if part not in known]
    lost += [part for place in known.values() for part in place.unknown]
    return any(part.kind is not PartKind.CHILD for part in lost)


def _count(session: Session, rows: Subquery) -> int:
    return session.execute(select(func.count()).select_from(rows)).scalar_one()
