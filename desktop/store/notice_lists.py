"""Notices as lists and pages show them."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import and_, func, literal, or_, select
from sqlalchemy.orm import Session, aliased

from desktop.domain.audience import Audience
from desktop.domain.notice_life import NoticeFacts, waits_for
from desktop.domain.notices import NoticeKindRow, NoticeState, QuietHours
from desktop.domain.reports import NoticeDetails, NoticeRow
from desktop.settings import Settings
from desktop.store import approvals, db, notices, recipients
from desktop.store.audience import meant
from desktop.store.tables import (
    Approval,
    ApprovedChild,
    ApprovedOther,
    Delivery,
    Notice,
    NoticeChild,
    NoticeKind,
    Recipient,
    School,
    SoloRelease,
    Staff,
    Submission,
)

Counts = dict[str, dict[str, int]]
"""Deliveries by channel and state."""


def rows(
    session: Session,
    seen_schools: Collection[int] | None,
    settings: Settings,
    language: str,
    *,
    states: Collection[NoticeState] | None = None,
    school_id: int | None = None,
    ids: Collection[int] | None = None,
    limit: int = 500,
) -> list[tuple[NoticeRow, Audience]]:
    """The newest notices of these schools (None: of all) and of the city, by a fixed number of statements."""
    statement = (
        select(Notice, School.name, Staff.name)
        .outerjoin(School, School.id == Notice.school_id)
        .join(Staff, Staff.id == Notice.author_id)
        .order_by(Notice.id.desc())
        .limit(limit)
    )
    if seen_schools is not None:
        statement = statement.where(or_(Notice.school_id.is_(None), Notice.school_id.in_(seen_schools)))
    if states is not None:
        statement = statement.where(Notice.state.in_([state.value for state in states]))
    if school_id is not None:
        statement = statement.where(Notice.school_id == school_id)
    if ids is not None:
        statement = statement.where(Notice.id.in_(ids))
    found = session.execute(statement).all()
    drafts = notices.drafts(session, [notice for notice, _, _ in found])
    titles = notices.titles(session, list(drafts), language)
    children = _children(session, [notice for notice, _, _ in found])
    others = _others(session, [notice for notice, _, _ in found])
    counts = delivery_counts(session, [notice.id for notice, _, _ in found if notice.started_at])
    city = str(settings["city.name"])
    moment = db.now(session)
    return [
        (
            NoticeRow(
                id=notice.id,
                title=titles.get(notice.id, ""),
                kind=notice.kind,
                urgent=notice.urgent,
                school_id=notice.school_id,
                school=school or city,
                audience="",
                state=NoticeState(notice.state),
                held=held(notice, moment, settings.quiet, settings.zone),
                children=children.get(notice.id, 0),
                due_at=notice.due_at,
                started_at=notice.started_at,
                finished_at=notice.finished_at,
                author=author,
                updated_at=notice.updated_at,
                counts=counts.get((notice.id, "family"), {}),
                waiting=others.get((notice.id, "waiting"), 0),
                staff=others.get((notice.id, "staff"), 0),
                staff_counts=over_channels(counts.get((notice.id, "staff"), {})),
                copy_counts=over_channels(counts.get((notice.id, "copy"), {})),
            ),
            drafts[notice.id].audience,
        )
        for notice, school, author in found
    ]


def held(notice: Notice, moment: datetime, quiet: QuietHours | None, zone: ZoneInfo) -> str | None:
    """Why an approved notice is not on its way: a reason that a person must release, or one that passes by itself."""
    if notice.state != NoticeState.APPROVED.value:
        return None
    if notice.hold_reason:
        return notice.hold_reason
    waiting = waits_for(notice.due_at, notice.send_at, moment, quiet, zone)
    return waiting.value if waiting else None


def delivery_counts(session: Session, notice_ids: Sequence[int]) -> dict[tuple[int, str], Counts]:
    """Deliveries by notice and whom they serve (`family`, `staff`, `copy`), then by channel and state."""
    found: dict[tuple[int, str], Counts] = {}
    rows = session.execute(
        select(Delivery.notice_id, Delivery.kind, Delivery.channel, Delivery.state, func.count())
        .where(Delivery.notice_id.in_(notice_ids))
        .group_by(Delivery.notice_id, Delivery.state, Delivery.channel, Delivery.kind)
    )
    for notice_id, kind, channel, state, count in rows:
        found.setdefault((notice_id, kind), {}).setdefault(channel, {})[state] = count
    return found


def over_channels(counts: Counts) -> dict[str, int]:
    """By state alone."""
    found: dict[str, int] = {}
    for by_state in counts.values():
        for state, count in by_state.items():
            found[state] = found.get(state, 0) + count
    return found


def _children(session: Session, found: Collection[Notice]) -> dict[int, int]:
    """How many children notices went out for; of those that are not out yet, how many they were submitted for."""
    sent = [notice.id for notice in found if notice.started_at]
    asked = [notice.id for notice in found if not notice.started_at and notice.state != NoticeState.DRAFT.value]
    counted: dict[int, int] = {}
    for table, ids in ((NoticeChild, sent), (ApprovedChild, asked)):
        rows = session.execute(
            select(table.notice_id, func.count()).where(table.notice_id.in_(ids)).group_by(table.notice_id)
        )
        counted |= {row[0]: row[1] for row in rows}
    return counted


def _others(session: Session, found: Collection[Notice]) -> dict[tuple[int, str], int]:
    """Waiting contacts and staff for whom notices went out, or were submitted: by notice, and `waiting` or `staff`."""
    sent = [notice.id for notice in found if notice.started_at]
    asked = [notice.id for notice in found if not notice.started_at and notice.state != NoticeState.DRAFT.value]
    questions = (
        select(ApprovedOther.notice_id, ApprovedOther.kind, func.count())
        .where(ApprovedOther.notice_id.in_(asked))
        .group_by(ApprovedOther.notice_id, ApprovedOther.kind),
        select(Recipient.notice_id, literal("waiting"), func.count())
        .where(Recipient.notice_id.in_(sent), *recipients.WAITS)
        .group_by(Recipient.notice_id),
        select(Recipient.notice_id, literal("staff"), func.count())
        .where(Recipient.notice_id.in_(sent), *recipients.IS_STAFF)
        .group_by(Recipient.notice_id),
    )
    return {(row[0], row[1]): row[2] for question in questions for row in session.execute(question)}


def details(session: Session, facts: NoticeFacts, settings: Settings, language: str, today: date) -> NoticeDetails:
    """A notice whole."""
    asker, approver, soloist = aliased(Staff), aliased(Staff), aliased(Staff)
    this_edit = (Notice.id == facts.id, Notice.edit == facts.edit)
    row = session.execute(
        select(Notice, School.name, Staff.name, NoticeKind, approver.name, Approval, soloist.name, SoloRelease)
        .outerjoin(School, School.id == Notice.school_id)
        .join(Staff, Staff.id == Notice.author_id)
        .join(NoticeKind, NoticeKind.code == Notice.kind)
        .outerjoin(Approval, and_(Approval.notice_id == Notice.id, Approval.edit == Notice.edit))
        .outerjoin(approver, approver.id == Approval.approver_id)
        .outerjoin(SoloRelease, and_(SoloRelease.notice_id == Notice.id, SoloRelease.edit == Notice.edit))
        .outerjoin(soloist, soloist.id == SoloRelease.staff_id)
        .where(*this_edit)
    ).one()
    notice, school, author, kind, approver_name, approval, solo_name, solo = row
    asked = session.execute(
        select(Submission.submitted_at, asker.name)
        .join(asker, asker.id == Submission.submitter_id)
        .where(Submission.notice_id == facts.id, Submission.edit == facts.edit)
        .order_by(Submission.submitted_at.desc(), Submission.id.desc())
        .limit(1)
    ).one_or_none()
    drift = notice.drift or {}
    others = _others(session, [notice])
    return NoticeDetails(
        id=facts.id,
        draft=facts.draft,
        kind_name=NoticeKindRow(kind.code, kind.names, kind.urgent, kind.useless_after_hours).name(language),
        urgent=facts.urgent,
        school=school or str(settings["city.name"]),
        state=facts.state,
        held=held(notice, db.now(session), settings.quiet, settings.zone),
        edit=facts.edit,
        version=facts.version,
        author=author,
        author_id=facts.author_id,
        submitter=asked.name if asked else "",
        submitted_at=asked.submitted_at if asked else None,
        approver=approver_name or solo_name or "",
        approved_at=approval.approved_at if approval else solo.released_at if solo else None,
        solo_reason=solo.reason if solo else None,
        solo_reviewed=solo is not None and solo.reviewed_at is not None,
        returned_reason=notice.returned_reason,
        due_at=notice.due_at,
        started_at=notice.started_at,
        finished_at=notice.finished_at,
        drift_added=drift.get("added", 0),
        drift_removed=drift.get("removed", 0),
        can_cancel=_can_cancel(session, facts),
        children=_children(session, [notice]).get(facts.id, 0),
        binding=binding_now(session, facts, today) if facts.state is NoticeState.SUBMITTED else "",
        waiting=others.get((facts.id, "waiting"), 0),
        staff=others.get((facts.id, "staff"), 0),
    )


def binding_now(session: Session, facts: NoticeFacts, today: date) -> str:
    """What an approval would bind: the content, and the people it means on this day."""
    now = approvals.meant_now(session, meant(session, facts.draft.audience, today))
    return approvals.digest(session, facts, now)


def _can_cancel(session: Session, facts: NoticeFacts) -> bool:
    if facts.state in {NoticeState.SUBMITTED, NoticeState.APPROVED}:
        return True
    if facts.state not in {NoticeState.SENDING, NoticeState.STOPPED}:
        return False
    return not approvals.is_touched(session, facts.id)
