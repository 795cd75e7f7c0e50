"""What waits for somebody: the questions of the Today page, each one statement."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, case, distinct, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from desktop.domain.notices import Channel, NoticeState
from desktop.store import db
from desktop.store.audience_counts import of_channels, usable
from desktop.store.places import enrolled_on
from desktop.store.reports import Schools, seen
from desktop.store.tables import (
    ChannelState,
    Child,
    ContactPoint,
    Delivery,
    Enrolment,
    GuardianSchool,
    Guardianship,
    Notice,
    NoticeEditor,
    SmsReview,
    SoloRelease,
    Submission,
    Worker,
)

LOST_FOR = timedelta(days=14)
"""How long a message that did not get through is still worth a line on the Today page."""
EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Found:
    """Notices that wait, the oldest first, since when the first of them does."""

    notice_ids: tuple[int, ...]
    since: datetime | None


def _found(session: Session, statement: Select[int, Any]) -> Found:
    rows = session.execute(statement).all()
    return Found(tuple(row[0] for row in rows), min((row[1] for row in rows if row[1]), default=None))


def to_approve(session: Session, schools: Schools, staff_id: int) -> Found:
    """Submitted by others, of these schools (None: of the city, too), and this person wrote none of it."""
    mine = exists(
        select(NoticeEditor.staff_id).where(
            NoticeEditor.notice_id == Notice.id, NoticeEditor.edit == Notice.edit, NoticeEditor.staff_id == staff_id
        )
    )
    own = aliased(Submission)
    asked_myself = exists(
        select(own.id).where(own.notice_id == Notice.id, own.edit == Notice.edit, own.submitter_id == staff_id)
    )
    return _found(
        session,
        select(Notice.id, func.max(Submission.submitted_at))
        .join(Submission, and_(Submission.notice_id == Notice.id, Submission.edit == Notice.edit))
        .where(Notice.state == NoticeState.SUBMITTED.value, _of(schools), ~mine, ~asked_myself)
        .group_by(Notice.id)
        .order_by(Notice.id),
    )


def _of(schools: Schools) -> Any:
    """Notices of these schools alone; None: of every school and of the city."""
    return Notice.school_id.in_(schools) if schools is not None else Notice.id.is_not(None)


def sent_back(session: Session, staff_id: int) -> Found:
    mine = exists(
        select(NoticeEditor.staff_id).where(
            NoticeEditor.notice_id == Notice.id, NoticeEditor.edit == Notice.edit, NoticeEditor.staff_id == staff_id
        )
    )
    return _found(
        session,
        select(Notice.id, Notice.updated_at)
        .where(Notice.state == NoticeState.DRAFT.value, Notice.returned_reason.is_not(None), mine)
        .order_by(Notice.id),
    )


def held(session: Session, schools: Schools) -> Found:
    return _found(
        session,
        select(Notice.id, Notice.due_at)
        .where(Notice.state == NoticeState.APPROVED.value, Notice.hold_reason.is_not(None), _of(schools))
        .order_by(Notice.id),
    )


def stopped(session: Session, schools: Schools) -> Found:
    return _found(
        session,
        select(Notice.id, Notice.updated_at)
        .where(Notice.state == NoticeState.STOPPED.value, _of(schools))
        .order_by(Notice.id),
    )


def unreviewed(session: Session, schools: Schools, staff_id: int) -> Found:
    """Let out by somebody else alone, and nobody has looked since."""
    return _found(
        session,
        select(Notice.id, SoloRelease.released_at)
        .join(SoloRelease, and_(SoloRelease.notice_id == Notice.id, SoloRelease.edit == Notice.edit))
        .where(SoloRelease.reviewed_at.is_(None), SoloRelease.staff_id != staff_id, _of(schools))
        .order_by(Notice.id),
    )


def lost(session: Session, schools: Schools) -> list[tuple[str, int, int, datetime | None]]:
    """What did not get through lately: (state, notice, how many, since when), the newest notice first.

    In place of the state stands `staff` or `copy` for what reaches no family.
    """
    what = case((Delivery.kind == "family", Delivery.state), else_=Delivery.kind).label("what")
    rows = session.execute(
        select(what, Delivery.notice_id, func.count(), func.min(Delivery.settled_at))
        .join(Notice, Notice.id == Delivery.notice_id)
        .where(
            Notice.started_at > db.now(session) - LOST_FOR,
            Delivery.state.in_(("failed", "bounced", "in_doubt")),
            seen(Notice.school_id, schools),
        )
        .group_by(what, Delivery.notice_id)
        .order_by(Delivery.notice_id.desc())
    )
    return [(found, notice_id, count, since) for found, notice_id, count, since in rows]


def stopped_channels(session: Session) -> list[tuple[str, str, datetime | None]]:
    """Channels that stand still: (channel, reason, since when)."""
    rows = session.execute(
        select(ChannelState.channel, ChannelState.stopped_reason, ChannelState.stopped_at)
        .where(ChannelState.stopped_reason.is_not(None))
        .order_by(ChannelState.channel)
    )
    return [(channel, reason or "", at) for channel, reason, at in rows]


def sms_reviews(session: Session) -> tuple[dict[str, int], datetime | None]:
    """What a person has to look at about accounts by text message, by reason; since when the first of it waits."""
    rows = session.execute(
        select(SmsReview.reason, func.count(), func.min(SmsReview.opened_at))
        .where(SmsReview.settled_at.is_(None))
        .group_by(SmsReview.reason)
        .order_by(func.count().desc(), SmsReview.reason)
    ).all()
    return {row[0]: row[1] for row in rows}, min((row[2] for row in rows), default=None)


def children_without_channel(session: Session, schools: Schools, today: date) -> tuple[int, tuple[str, ...]]:
    """Enrolled children of these schools whom no working mail or LINE reaches: how many, and some names."""
    reached = exists(
        select(ContactPoint.id)
        .join(Guardianship, Guardianship.guardian_id == ContactPoint.guardian_id)
        .where(
            Guardianship.child_id == Enrolment.child_id,
            ~Guardianship.do_not_contact,
            usable(),
            of_channels(list(Channel)),
        )
    )
    unreached = (enrolled_on(today), *_at(Enrolment.school_id, schools), ~reached)
    count = session.scalar(select(func.count(distinct(Enrolment.child_id))).where(*unreached)) or 0
    if not count:
        return 0, ()
    names = session.execute(
        select(Child.family_name, Child.given_name)
        .where(Child.id.in_(select(Enrolment.child_id).where(*unreached)))
        .order_by(Child.family_name_kana, Child.given_name_kana, Child.id)
        .limit(EXAMPLES)
    )
    return count, tuple(f"{family} {given}".strip() for family, given in names)


def suppressed_addresses(session: Session, schools: Schools) -> tuple[int, datetime | None]:
    """Addresses that stopped working, of guardians of these schools: how many, and since when the newest one."""
    statement = select(func.count(distinct(ContactPoint.id)), func.max(ContactPoint.suppressed_at)).where(
        ContactPoint.suppressed_reason.is_not(None)
    )
    if schools is not None:
        statement = statement.join(GuardianSchool, GuardianSchool.guardian_id == ContactPoint.guardian_id).where(
            GuardianSchool.school_id.in_(schools)
        )
    row = session.execute(statement).one()
    return row[0], row[1]


def _at(column: Any, schools: Schools) -> Collection[Any]:
    return () if schools is None else (column.in_(schools),)


def worker_seen_at(session: Session) -> datetime | None:
    """When any worker was last heard of that has not signed off."""
    return session.scalar(select(func.max(Worker.seen_at)).where(Worker.stopped_at.is_(None)))


def planned_until(session: Session, schools: Schools, end: datetime) -> list[int]:
    """Approved notices due by then, the next first."""
    return list(
        session.scalars(
            select(Notice.id)
            .where(
                Notice.state == NoticeState.APPROVED.value,
                or_(Notice.due_at.is_(None), Notice.due_at < end),
                seen(Notice.school_id, schools),
            )
            .order_by(Notice.due_at, Notice.id)
        )
    )


def sending(session: Session, schools: Schools) -> list[int]:
    """Notices on their way now: urgent ones first, then those that went first."""
    return list(
        session.scalars(
            select(Notice.id)
            .where(Notice.state == NoticeState.SENDING.value, seen(Notice.school_id, schools))
            .order_by(Notice.urgent.desc(), Notice.started_at, Notice.id)
        )
    )


def newest_sent(session: Session, schools: Schools) -> int | None:
    """The notice that went out last."""
    return session.scalar(
        select(Notice.id)
        .where(
            Notice.started_at.is_not(None), Notice.state != NoticeState.SENDING.value, seen(Notice.school_id, schools)
        )
        .order_by(Notice.started_at.desc(), Notice.id.desc())
        .limit(1)
    )
