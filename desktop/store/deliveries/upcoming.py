"""Whether something is to be sent soon, so that the computer should not fall asleep."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from desktop.domain.claims import NOT_CONFIGURED, SOON
from desktop.domain.notices import Channel, NoticeState
from desktop.store.deliveries.claims import IS_DUE, IS_LEASED
from desktop.store.deliveries.rows import channel_states, deliveries, notices

LINE_IS_NEAR = timedelta(minutes=1)


def line_is_near(session: Session, now: datetime) -> bool:
    """A notice that goes to LINE, too, begins within a minute."""
    beginning = select(notices.c.channels).where(
        notices.c.state == NoticeState.APPROVED,
        notices.c.hold_reason.is_(None),
        notices.c.due_at <= now + LINE_IS_NEAR,
    )
    return any(Channel.LINE in channels for channels in session.scalars(beginning))


def is_soon(session: Session, sending: Collection[int], now: datetime) -> bool:
    """A notice goes out soon, or something of one on its way does; a channel that is switched off keeps nobody up."""
    starting = exists().where(
        notices.c.state == NoticeState.APPROVED, notices.c.hold_reason.is_(None), notices.c.due_at <= now + SOON
    )
    if not sending:
        return bool(session.execute(select(starting)).scalar())
    switched_off = select(channel_states.c.channel).where(channel_states.c.stopped_reason == NOT_CONFIGURED)
    going = exists().where(
        IS_DUE,
        deliveries.c.due_at <= now + SOON,
        deliveries.c.notice_id.in_(sending),
        deliveries.c.channel.not_in(switched_off),
    )
    in_hand = exists().where(IS_LEASED)
    return bool(session.execute(select(or_(starting, going, in_hand))).scalar())
