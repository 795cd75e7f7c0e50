"""Whether a database is still the one it was, and its release to send again (DESIGN "Sending" 9)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, literal_column, or_, select, update
from sqlalchemy.orm import Session

from desktop.domain.claims import State
from desktop.domain.notices import NoticeState
from desktop.domain.sending_release import HeldWhy, Standing, Witness
from desktop.store import audit, db, schema, tables
from desktop.store.deliveries.claims import IS_DUE, IS_LEASED, NO_LEASE, touched
from desktop.store.deliveries.rows import deliveries, line_calls, notices, workers


def standing(session: Session) -> Standing:
    itself = schema.installation(session)
    return Standing(
        may_send=itself.released and itself.location == schema.location(session),
        epoch=itself.epoch,
        why=HeldWhy(itself.held_why) if itself.held_why else None,
        held_at=itself.held_at,
        known_until=itself.known_until,
    )


def lock(session: Session) -> tables.Installation:
    """The row by which the database knows itself, for nobody else to change until this transaction ends."""
    return session.scalars(select(tables.Installation).with_for_update()).one()


def remembers(session: Session, witness: Witness) -> bool:
    """Whether the database still knows what it told that worker. What was before its last release is settled."""
    if schema.installation(session).epoch > witness.epoch:
        return True
    beats = session.scalar(select(workers.c.beats).where(workers.c.uuid == witness.worker))
    return beats is not None and beats >= witness.beats


def hold(session: Session, why: HeldWhy, *, but_for: str = "") -> None:
    """Nothing is sent from now on. What it knows ends with the last sign of life of a worker other than `but_for`."""
    itself = lock(session)
    if not itself.released:
        return
    seen = session.scalar(select(func.max(workers.c.seen_at)).where(workers.c.uuid != but_for))
    itself.released, itself.held_why, itself.held_at = False, why.value, db.now(session)
    itself.known_until = seen or session.scalar(select(func.max(tables.AuditEvent.at)))
    session.flush()
    audit.record(session, "held_sending", "installation", itself.id, why=why.value, epoch=itself.epoch)


def adopt(session: Session) -> None:
    """It is where it is now: a standby took over, and nothing is missing."""
    itself = lock(session)
    itself.location = schema.location(session)
    session.flush()
    audit.record(session, "followed_standby", "installation", itself.id)


@dataclass(frozen=True, slots=True)
class Consent:
    """When somebody let a notice out, and the time that was chosen for it."""

    at: datetime | None
    send_at: datetime | None
    useless_after: datetime | None


def consents(session: Session, notice_ids: Collection[int]) -> dict[int, Consent]:
    approved = select(func.max(tables.Approval.approved_at)).where(
        tables.Approval.notice_id == tables.Notice.id, tables.Approval.edit == tables.Notice.edit
    )
    alone = select(func.max(tables.SoloRelease.released_at)).where(
        tables.SoloRelease.notice_id == tables.Notice.id, tables.SoloRelease.edit == tables.Notice.edit
    )
    columns = (tables.Notice.id, approved.scalar_subquery(), alone.scalar_subquery())
    rows = session.execute(
        select(*columns, tables.Notice.send_at, tables.Notice.useless_after).where(tables.Notice.id.in_(notice_ids))
    )
    return {row[0]: Consent(row[1] or row[2], row[3], row[4]) for row in rows}


def single_mails(session: Session) -> int:
    is_due = tables.Post.state == literal_column("'due'")
    return session.scalar(select(func.count()).select_from(tables.Post).where(is_due)) or 0


def stop(session: Session, notice_ids: Collection[int]) -> None:
    session.execute(
        update(notices)
        .where(notices.c.id.in_(notice_ids))
        .values(state=NoticeState.STOPPED.value, version=notices.c.version + 1)
    )
    db.touch(session, "notices")


def doubt(session: Session, notice_ids: Collection[int]) -> int:
    """Say of all that these notices have still to send, and of all that was being sent, that it may have arrived.

    No lease of the time before is left, so nothing can be settled by it any more. A call to LINE that was stored goes
    on with its key, which LINE knows again for 23 hours, and is never split. Gives the number of messages.
    """
    asked = and_(deliveries.c.line_call_id == line_calls.c.id, or_(IS_DUE, IS_LEASED))
    first = func.coalesce(line_calls.c.first_attempt_at, line_calls.c.created_at)
    session.execute(
        update(line_calls)
        .where(select(deliveries.c.id).where(asked).exists())
        .values(unknown=True, first_attempt_at=first)
    )
    doubted = session.execute(
        update(deliveries)
        .where(or_(IS_LEASED, and_(IS_DUE, deliveries.c.notice_id.in_(notice_ids))))
        .values(state=State.DUE.value, in_doubt_count=deliveries.c.in_doubt_count + 1, **NO_LEASE)
    )
    session.execute(
        update(tables.Post)
        .where(tables.Post.lease.is_not(None))
        .values(lease=None, lease_until=None)
        .execution_options(synchronize_session=False)
    )
    return touched(session, doubted)


def release(session: Session) -> int:
    """It belongs here and may send, in a new epoch; gives its number."""
    itself = lock(session)
    itself.location, itself.released = schema.location(session), True
    itself.held_at = itself.held_why = itself.known_until = None
    itself.epoch += 1
    session.flush()
    return itself.epoch
