"""What became of a notice, counted in SQL: by channel, by class, by family; staff and copies (控え) apart."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, case, distinct, func, literal_column, or_, select, true
from sqlalchemy.orm import Session

from desktop.domain.notices import Channel
from desktop.domain.reports import ChannelProgress, ClassProgress, PeopleProgress
from desktop.store import db
from desktop.store.tables import (
    ChannelState,
    Confirmation,
    Delivery,
    DeliveryRecipient,
    Grade,
    Guardianship,
    Homeroom,
    Notice,
    NoticeChild,
    Recipient,
    School,
)

Schools = Collection[int] | None
"""The schools whose children may be counted; None means every school."""

RATE_WINDOW = timedelta(seconds=10)
ON_THE_WAY = ("due", "leased")
_SETTLED = ("accepted", "in_doubt", "failed", "bounced", "expired", "cancelled")
_CONFIRMED, _ACCEPTED, _ON_THE_WAY, _FAILED, _UNREACHED = 5, 4, 3, 2, 1
_OUTCOME = case(
    (Confirmation.guardian_id.is_not(None), _CONFIRMED),
    (Delivery.state == "accepted", _ACCEPTED),
    (Delivery.state.in_(ON_THE_WAY), _ON_THE_WAY),
    (Delivery.id.is_not(None), _FAILED),
    else_=_UNREACHED,
)


def channel_progress(session: Session, notice_id: int, channels: Collection[Channel]) -> tuple[ChannelProgress, ...]:
    """How far each channel is with what families get, how fast it goes, and how long the rest will take.

    A notice to staff alone goes by mail, whatever its channels: then it is what they get.
    """
    moment = db.now(session)
    started = session.scalar(select(Notice.started_at).where(Notice.id == notice_id)) or moment
    window = min(max(moment - started, timedelta(seconds=1)), RATE_WINDOW)
    recent = and_(Delivery.state == "accepted", Delivery.settled_at > moment - window)
    rows = session.execute(
        select(Delivery.kind, Delivery.channel, Delivery.state, func.count(), func.sum(case((recent, 1), else_=0)))
        .where(Delivery.notice_id == notice_id)
        .group_by(Delivery.kind, Delivery.channel, Delivery.state)
    ).all()
    kind: Literal["family", "staff"] = "family"
    if all(row[0] != "family" for row in rows) and not _means_families(session, notice_id):
        kind, channels = "staff", {Channel.EMAIL}
    counts, all_counts = _by_state(rows, {kind}), _by_state(rows, {"family", "staff", "copy"})
    fresh = {channel: sum(row[4] for row in rows if row[:2] == (kind, channel)) for channel in Channel}
    still = session.execute(
        select(ChannelState.channel, ChannelState.stopped_reason).where(ChannelState.stopped_reason.is_not(None))
    )
    stopped = {row.channel: row.stopped_reason for row in still}
    seconds = window.total_seconds()
    return tuple(
        ChannelProgress(
            channel=channel,
            counts=counts.get(channel, {}),
            total=sum(counts.get(channel, {}).values()),
            settled=_number(counts, channel, _SETTLED),
            rate=fresh[channel] / seconds,
            left_s=_left_s(_number(counts, channel, ON_THE_WAY), fresh[channel] / seconds),
            stopped_reason=stopped.get(channel) if _number(all_counts, channel, ON_THE_WAY) else None,
            kind=kind,
            others_left=_number(all_counts, channel, ON_THE_WAY) - _number(counts, channel, ON_THE_WAY),
        )
        for channel in Channel
        if channel in channels
    )


def _means_families(session: Session, notice_id: int) -> bool:
    """Also where none of them can be written to."""
    some = select(Recipient.id).where(Recipient.notice_id == notice_id, Recipient.kind == "family").limit(1)
    return session.scalar(some) is not None


def _by_state(rows: Sequence[Any], kinds: Collection[str]) -> dict[str, dict[str, int]]:
    """Deliveries to these kinds of people by channel and state."""
    counts: dict[str, dict[str, int]] = {}
    for kind, channel, state, count, _newly in rows:
        if kind in kinds:
            by_state = counts.setdefault(channel, {})
            by_state[state] = by_state.get(state, 0) + count
    return counts


def _number(counts: Mapping[str, Mapping[str, int]], channel: str, states: Collection[str]) -> int:
    return sum(counts.get(channel, {}).get(state, 0) for state in states)


def _left_s(left: int, rate: float) -> float | None:
    return left / rate if rate and left else None


def seen(column: Any, schools: Schools) -> ColumnElement[bool]:
    """The row is of a school that may be seen."""
    return true() if schools is None else or_(column.in_(schools), column.is_(None))


def got_at(schools: Schools) -> ColumnElement[bool]:
    """The recipient got it at a school that may be seen; the city's own people and addresses are the city's to see."""
    return true() if schools is None else Recipient.school_id.in_(schools)


@dataclass(frozen=True, slots=True)
class ClassCount:
    """One class of one school; `progress.label` is the class alone, without its school."""

    school_id: int
    school: str
    progress: ClassProgress


def classes(session: Session, notice_id: int, schools: Schools) -> list[ClassCount]:
    """Every child once, at the best that became of the notice for anybody of its family; classes in their order."""
    best = (
        select(
            NoticeChild.school_id,
            NoticeChild.homeroom_id,
            NoticeChild.child_id,
            func.max(_OUTCOME).label("outcome"),
        )
        .outerjoin(
            Recipient, and_(Recipient.notice_id == NoticeChild.notice_id, Recipient.child_id == NoticeChild.child_id)
        )
        .outerjoin(DeliveryRecipient, DeliveryRecipient.recipient_id == Recipient.id)
        .outerjoin(Delivery, Delivery.id == DeliveryRecipient.delivery_id)
        .outerjoin(
            Confirmation,
            and_(Confirmation.notice_id == NoticeChild.notice_id, Confirmation.guardian_id == Recipient.guardian_id),
        )
        .where(NoticeChild.notice_id == notice_id, seen(NoticeChild.school_id, schools))
        .group_by(NoticeChild.school_id, NoticeChild.homeroom_id, NoticeChild.child_id)
        .subquery("best")
    )
    rows = session.execute(
        select(best.c.school_id, best.c.homeroom_id, best.c.outcome, func.count()).group_by(
            best.c.school_id, best.c.homeroom_id, best.c.outcome
        )
    )
    counted: dict[tuple[int, int | None], dict[int, int]] = {}
    for school_id, homeroom_id, found, count in rows:
        counted.setdefault((school_id, homeroom_id), {})[found] = count
    return _in_order(session, counted)


def people(session: Session, notice_id: int, schools: Schools) -> dict[str, PeopleProgress]:
    """Contacts that wait for a child, staff and copies (`waiting`, `staff`, `copy`), each at its best outcome."""
    kind = case((Recipient.kind == "family", "waiting"), else_=Recipient.kind)
    best = (
        select(Recipient.id, kind.label("kind"), func.max(_OUTCOME).label("outcome"))
        .outerjoin(DeliveryRecipient, DeliveryRecipient.recipient_id == Recipient.id)
        .outerjoin(Delivery, Delivery.id == DeliveryRecipient.delivery_id)
        .outerjoin(
            Confirmation,
            and_(Confirmation.notice_id == Recipient.notice_id, Confirmation.guardian_id == Recipient.guardian_id),
        )
        .where(Recipient.notice_id == notice_id, Recipient.child_id.is_(None), got_at(schools))
        .group_by(Recipient.id, Recipient.kind)
        .subquery("best")
    )
    rows = session.execute(select(best.c.kind, best.c.outcome, func.count()).group_by(best.c.kind, best.c.outcome))
    counted: dict[str, dict[int, int]] = {}
    for found, outcome, count in rows:
        counted.setdefault(found, {})[outcome] = count
    return {
        found: PeopleProgress(
            people=sum(outcomes.values()),
            confirmed=outcomes.get(_CONFIRMED, 0),
            accepted=outcomes.get(_ACCEPTED, 0),
            on_the_way=outcomes.get(_ON_THE_WAY, 0),
            failed=outcomes.get(_FAILED, 0),
            unreached=outcomes.get(_UNREACHED, 0),
        )
        for found, outcomes in counted.items()
    }


def _in_order(session: Session, counted: Mapping[tuple[int, int | None], Mapping[int, int]]) -> list[ClassCount]:
    schools = session.execute(select(School.id, School.name).where(School.id.in_({key[0] for key in counted})))
    names = {row.id: row.name for row in schools}
    rows = session.execute(
        select(Homeroom.id, Homeroom.label, Grade.position, Homeroom.position)
        .join(Grade, Grade.id == Homeroom.grade_id)
        .where(Homeroom.id.in_({key[1] for key in counted if key[1] is not None}))
    )
    places = {id_: (grade, position, label) for id_, label, grade, position in rows}
    last = (10_000, 0, "")

    def order(key: tuple[int, int | None]) -> tuple[str, tuple[int, int, str]]:
        return names[key[0]], places.get(key[1] or 0, last)

    return [
        ClassCount(key[0], names[key[0]], _class_progress(key[1], places.get(key[1] or 0, last)[2], counted[key]))
        for key in sorted(counted, key=order)
    ]


def _class_progress(homeroom_id: int | None, label: str, found: Mapping[int, int]) -> ClassProgress:
    return ClassProgress(
        homeroom_id,
        label,
        children=sum(found.values()),
        confirmed=found.get(_CONFIRMED, 0),
        accepted=found.get(_ACCEPTED, 0),
        on_the_way=found.get(_ON_THE_WAY, 0),
        failed=found.get(_FAILED, 0),
        unreached=found.get(_UNREACHED, 0),
    )


def families(session: Session, notice_id: int, schools: Schools) -> tuple[int, int]:
    """How many families a notice went out for, and how many of them have confirmed.

    A family is counted as in previews: by the first guardian of its children. Either parent's confirmation, for any
    of its children, counts for it.
    """
    confirmed = (
        select(Recipient.child_id)
        .join(
            Confirmation,
            and_(Confirmation.notice_id == Recipient.notice_id, Confirmation.guardian_id == Recipient.guardian_id),
        )
        .where(Recipient.notice_id == notice_id)
        .distinct()
        .subquery("confirmed")
    )
    turn = func.row_number().over(
        partition_by=Recipient.child_id, order_by=(func.coalesce(Guardianship.position, 99), Recipient.guardian_id)
    )
    first = (
        select(
            Recipient.child_id,
            func.coalesce(Recipient.guardian_id, -Recipient.child_id).label("family"),
            turn.label("turn"),
        )
        .outerjoin(
            Guardianship,
            and_(Guardianship.child_id == Recipient.child_id, Guardianship.guardian_id == Recipient.guardian_id),
        )
        .where(
            Recipient.notice_id == notice_id,
            Recipient.kind == "family",
            Recipient.child_id.is_not(None),
            seen(Recipient.school_id, schools),
        )
        .subquery("first")
    )
    confirming = case((confirmed.c.child_id.is_not(None), first.c.family))
    row = session.execute(
        select(func.count(distinct(first.c.family)), func.count(distinct(confirming)))
        .select_from(first)
        .outerjoin(confirmed, confirmed.c.child_id == first.c.child_id)
        .where(first.c.turn == 1)
    ).one()
    return row[0], row[1]


def accepted_median_s(session: Session, notice_id: int, started_at: datetime | None) -> float | None:
    """The time within which half of what was accepted had been accepted, from the start (A3); copies do not count."""
    accepted = (
        Delivery.notice_id == notice_id,
        Delivery.state == "accepted",
        Delivery.kind != "copy",
        Delivery.settled_at.is_not(None),
    )
    count = session.scalar(select(func.count()).where(*accepted)) or 0
    if not count or started_at is None:
        return None
    middle = session.scalar(
        select(Delivery.settled_at).where(*accepted).order_by(Delivery.settled_at).offset((count - 1) // 2).limit(1)
    )
    return max(0.0, (middle - started_at).total_seconds()) if middle else None


def sent_again(session: Session, notice_id: int) -> int:
    """Mails that may have come twice: sent again after an unknown outcome, and then accepted (DESIGN "Sending" 6)."""
    # 0 as text, so that the small index of doubtful mails serves.
    again = (Delivery.in_doubt_count > literal_column("0"), Delivery.state == "accepted")
    return session.scalar(select(func.count()).where(Delivery.notice_id == notice_id, *again)) or 0


def numeric(column: Any) -> Sequence[Any]:
    """Orders numbers that are written as text: 2 before 10."""
    return (func.length(column), column)
