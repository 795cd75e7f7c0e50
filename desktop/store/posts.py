"""Single mails: put down with what they are about, leased to a worker, settled."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import delete, func, literal_column, or_, select, update
from sqlalchemy.orm import Session

from desktop.domain.mail import domain_of
from desktop.domain.posts import LEASE, Post, PostState, PostVerdict, Template
from desktop.store import db, schema, tables

_DUE = tables.Post.state == literal_column("'due'")
"""Written out, not bound: both databases use the partial index only where they see its condition."""


def put(
    session: Session,
    template: Template,
    address: str,
    language: str,
    useful_for: timedelta,
    *,
    token_id: int | None = None,
    parameters: Mapping[str, str] | None = None,
    after: timedelta = timedelta(),
) -> int:
    """Owe somebody a mail, from `after` on; until then it can be taken back."""
    now = db.now(session)
    row = tables.Post(
        template=template.value,
        parameters=dict(parameters or {}),
        token_id=token_id,
        address=address,
        language=language,
        created_at=now,
        due_at=now + after,
        useless_after=now + after + useful_for,
    )
    session.add(row)
    session.flush()
    return row.id


def take_back(session: Session, post_id: int) -> bool:
    """Whether it had not begun to leave, and now never will."""
    now = db.now(session)
    taken = session.scalar(
        update(tables.Post)
        .where(tables.Post.id == post_id, _DUE, tables.Post.due_at > now, tables.Post.lease.is_(None))
        .values(state=PostState.TAKEN_BACK.value, settled_at=now)
        .returning(tables.Post.id),
        execution_options={"synchronize_session": False},
    )
    return taken is not None


def claim(session: Session, lease: str, most: int, sender: str) -> list[Post]:
    """Lease what is due, the oldest first. A worker that dies leaves it to others when the lease is over."""
    now = db.now(session)
    free = or_(tables.Post.lease_until.is_(None), tables.Post.lease_until <= now)
    wanted = (
        select(tables.Post.id)
        .where(_DUE, tables.Post.due_at <= now, tables.Post.useless_after > now, free)
        .order_by(tables.Post.due_at, tables.Post.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    ids = session.scalars(wanted).all()
    if not ids:
        return []
    itself = schema.installation(session)
    stem = f"<{itself.uuid[:12]}.{f'{itself.epoch}.' if itself.epoch > 1 else ''}p"
    rows = session.scalars(
        select(tables.Post).where(tables.Post.id.in_(ids)).order_by(tables.Post.due_at, tables.Post.id)
    )
    claimed = []
    for row in rows:
        row.lease, row.lease_until = lease, now + LEASE
        row.attempts += 1
        row.message_id = row.message_id or f"{stem}{row.id}@{domain_of(sender)}>"
        claimed.append(_post(row))
    return claimed


def _post(row: tables.Post) -> Post:
    return Post(
        row.id,
        row.lease or "",
        Template(row.template),
        row.address,
        row.language,
        row.message_id or "",
        row.attempts,
        row.created_at,
        row.useless_after,
        row.parameters,
        row.token_id,
    )


def settle(session: Session, post: Post, verdict: PostVerdict) -> None:
    """Only for whoever still holds the lease."""
    is_over = verdict.state is not PostState.DUE
    values = {
        "state": verdict.state.value,
        "reason": verdict.reason or None,
        "lease": None,
        "lease_until": None,
        "settled_at": db.now(session) if is_over else None,
    }
    if verdict.again_at is not None:
        values["due_at"] = verdict.again_at
    session.execute(
        update(tables.Post).where(tables.Post.id == post.id, tables.Post.lease == post.lease).values(**values)
    )


def give_back(session: Session, lease: str) -> None:
    """What was not begun goes back as if it had not been taken."""
    session.execute(
        update(tables.Post)
        .where(tables.Post.lease == lease, _DUE)
        .values(lease=None, lease_until=None, attempts=tables.Post.attempts - 1)
    )


def expire(session: Session) -> int:
    """What nobody has any use for any more does not go out."""
    now = db.now(session)
    over = session.scalars(
        update(tables.Post)
        .where(_DUE, tables.Post.useless_after <= now, or_(tables.Post.lease.is_(None), tables.Post.lease_until <= now))
        .values(state=PostState.EXPIRED.value, settled_at=now, lease=None, lease_until=None)
        .returning(tables.Post.id),
        execution_options={"synchronize_session": False},
    )
    return len(over.all())


def is_any_due(session: Session) -> bool:
    """Whether a mail could leave now, or is being sent."""
    return bool(
        session.scalar(select(func.count()).where(_DUE, tables.Post.due_at <= db.now(session)).select_from(tables.Post))
    )


def let_go(session: Session, before: datetime) -> None:
    session.execute(delete(tables.Post).where(tables.Post.created_at < before, ~_DUE))
