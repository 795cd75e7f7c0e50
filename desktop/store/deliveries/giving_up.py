"""What waits for a channel that is switched off does not wait for ever."""

from datetime import datetime

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from desktop.domain.claims import GIVE_UP_AFTER, NOT_CONFIGURED, State
from desktop.domain.notices import NoticeState
from desktop.store.deliveries.claims import end_unsent
from desktop.store.deliveries.rows import channel_states, deliveries, notices


def give_up_unconfigured(session: Session, now: datetime) -> int:
    """End what nobody has set a channel up for by its *useless after*, or within a day; says how much that was."""
    off = select(channel_states.c.channel).where(channel_states.c.stopped_reason == NOT_CONFIGURED)
    switched_off = session.execute(off).scalars().all()
    if not switched_off:
        return 0
    sending = select(notices.c.id).where(notices.c.state == NoticeState.SENDING)
    wanted_at = func.coalesce(deliveries.c.resent_at, deliveries.c.created_at)
    too_late = or_(
        deliveries.c.useless_after <= now,
        and_(deliveries.c.useless_after.is_(None), wanted_at <= now - GIVE_UP_AFTER),
    )
    which = and_(deliveries.c.channel.in_(switched_off), deliveries.c.notice_id.in_(sending), too_late)
    return end_unsent(session, which, State.FAILED, NOT_CONFIGURED, now)
