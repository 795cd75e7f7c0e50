"""The processes that send, channels that stand still, and what is left to do when nothing can be sent."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import and_, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from desktop.domain.claims import IdleReport, NoticeMessage, State, Wait
from desktop.domain.errors import UserError
from desktop.domain.notices import NoticeState, NoticeText
from desktop.store import db, schema
from desktop.store.deliveries.rows import (
    channel_states,
    deliveries,
    installation,
    notice_kinds,
    notice_texts,
    notices,
    schools,
    workers,
)


def register(session: Session, uuid: str, host: str, now: datetime) -> int:
    added = insert(workers).values(uuid=uuid, host=host, started_at=now, seen_at=now).returning(workers.c.id)
    db.touch(session, "workers")
    return int(session.execute(added).scalar_one())


def beat(session: Session, worker_id: int, now: datetime) -> int:
    """How many beats of this worker there are now; 0 where the database does not know it."""
    counted = update(workers).where(workers.c.id == worker_id).values(seen_at=now, beats=workers.c.beats + 1)
    beats = session.execute(counted.returning(workers.c.beats)).scalar()
    db.touch(session, "workers")
    return beats or 0


def sign_off(session: Session, worker_id: int, now: datetime) -> None:
    session.execute(update(workers).where(workers.c.id == worker_id).values(seen_at=now, stopped_at=now))
    db.touch(session, "workers")


def may_send(session: Session) -> bool:
    """Whether this database is the one it believes to be, and released (DESIGN "Sending" 9). Asked with each claim."""
    itself = session.execute(_ITSELF).one_or_none()
    if itself is None:
        raise UserError("database.not_initialised")
    return bool(itself.released) and itself.location == schema.location(session)


_ITSELF = select(installation.c.released, installation.c.location)


def stopped_channels(session: Session) -> dict[str, str]:
    rows = session.execute(
        select(channel_states.c.channel, channel_states.c.stopped_reason).where(
            channel_states.c.stopped_reason.is_not(None)
        )
    )
    return {row.channel: row.stopped_reason for row in rows}


def stop_channel(session: Session, channel: str, reason: str, retry_at: datetime, now: datetime) -> None:
    """Say that a channel stands still; since when stays what it was while it does."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    values = {"stopped_reason": reason, "retry_at": retry_at}
    stopped = dialect.insert(channel_states).values(channel=channel, stopped_at=now, **values)
    session.execute(stopped.on_conflict_do_update(index_elements=["channel"], set_=values))
    db.touch(session, "channel_states")


def clear_channel(session: Session, channel: str) -> None:
    session.execute(delete(channel_states).where(channel_states.c.channel == channel))
    db.touch(session, "channel_states")


def message(session: Session, notice_id: int) -> NoticeMessage:
    """What a notice that is being sent says. `sender` is empty where the city sends."""
    row = session.execute(
        select(
            notices.c.id,
            notices.c.started_at,
            notices.c.created_at,
            notices.c.mail_domain,
            notices.c.epoch,
            notice_kinds.c.names,
            schools.c.name,
            schools.c.code,
            schools.c.phone,
            schools.c.email,
        )
        .select_from(notices.join(notice_kinds, notice_kinds.c.code == notices.c.kind))
        .outerjoin(schools, schools.c.id == notices.c.school_id)
        .where(notices.c.id == notice_id)
    ).one()
    texts = session.execute(select(notice_texts).where(notice_texts.c.notice_id == notice_id)).all()
    return NoticeMessage(
        id=row.id,
        kinds=row.names,
        texts={text.language: NoticeText(text.title, text.body) for text in texts},
        sender=row.name or "",
        sender_code=row.code or "",
        phone=row.phone or "",
        email=row.email or "",
        started_at=row.started_at or row.created_at,
        mail_domain=row.mail_domain or "",
        epoch=row.epoch,
    )


def settle_mail_domain(session: Session, notice_id: int, domain: str) -> None:
    """For a notice that started before our address was known; the first one to know it settles it for good.

    Nobody edits a notice on its way, so its version stays.
    """
    unsettled = and_(notices.c.id == notice_id, notices.c.mail_domain.is_(None))
    session.execute(update(notices).where(unsettled).values(mail_domain=domain))


def idle_report(session: Session, stopped: Mapping[str, datetime | None], now: datetime) -> IdleReport:
    """What is held, what waits and until when. `stopped`: when each channel that stands still is tried again."""
    held = session.execute(
        select(notices.c.id, notices.c.hold_reason).where(
            notices.c.state == NoticeState.APPROVED, notices.c.hold_reason.is_not(None)
        )
    )
    scheduled = session.execute(
        select(notices.c.id, notices.c.due_at).where(
            notices.c.state == NoticeState.APPROVED, notices.c.hold_reason.is_(None)
        )
    ).all()
    unsent = session.execute(
        select(
            deliveries.c.notice_id,
            deliveries.c.channel,
            notices.c.state,
            func.count().label("unsent"),
            func.min(deliveries.c.due_at).label("due_at"),
        )
        .select_from(deliveries.join(notices, notices.c.id == deliveries.c.notice_id))
        .where(and_(deliveries.c.state == State.DUE, notices.c.state.in_(("sending", "stopped"))))
        .group_by(deliveries.c.notice_id, deliveries.c.channel, notices.c.state)
        .order_by(deliveries.c.notice_id, deliveries.c.channel)
    ).all()
    released = may_send(session)
    by_hand = [(row, "stopped") for row in unsent if row.state == NoticeState.STOPPED]
    on_the_way = [row for row in unsent if row.state == NoticeState.SENDING]
    unreleased = [] if released else [(row, "not_released") for row in on_the_way]
    to_begin = () if released else scheduled
    return IdleReport(
        released=released,
        held=(
            *(Wait(row.id, row.hold_reason, 0, None) for row in held),
            *(Wait(row.id, "not_released", 0, row.due_at) for row in to_begin),
            *(Wait(row.notice_id, reason, row.unsent, None, row.channel) for row, reason in (*by_hand, *unreleased)),
        ),
        waiting=(
            *(Wait(row.id, "scheduled", 0, row.due_at) for row in scheduled if released),
            *(
                Wait(row.notice_id, "channel_stopped", row.unsent, stopped[row.channel] or now, row.channel)
                if row.channel in stopped
                else Wait(row.notice_id, "retry", row.unsent, row.due_at, row.channel)
                for row in on_the_way
                if released
            ),
        ),
    )
