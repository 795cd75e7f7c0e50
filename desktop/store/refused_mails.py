"""Family addresses whose receiver's filter refuses our mails, by what became of the notices of late."""

from datetime import datetime

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session, aliased

from desktop.domain.posts import PostState, Template
from desktop.domain.unfinished import FILTER_REASONS, RefusedMail
from desktop.store.enrolled import guardian_visible
from desktop.store.people import Looking, children_of_guardians
from desktop.store.tables import ContactPoint, Delivery, Guardian, Notice, Post


def rows(session: Session, looking: Looking, since: datetime, most: int, only: int | None = None) -> list[RefusedMail]:
    """The newest first, without those that a later mail has reached."""
    last = (
        select(func.max(Delivery.id).label("id"))
        .join(Notice, Notice.id == Delivery.notice_id)
        .where(
            Notice.started_at >= since,
            Delivery.state.in_(("failed", "bounced")),
            Delivery.channel == "email",
            Delivery.reason.in_(FILTER_REASONS),
        )
        .group_by(Delivery.address)
        .subquery()
    )
    later, its_notice = aliased(Delivery), aliased(Notice)
    reached = exists(
        select(later.id)
        .join(its_notice, its_notice.id == later.notice_id)
        .where(
            its_notice.started_at >= since,
            later.channel == "email",
            later.address == Delivery.address,
            later.state == "accepted",
            later.id > Delivery.id,
        )
    )
    statement = (
        select(ContactPoint, Guardian, Delivery)
        .join(last, last.c.id == Delivery.id)
        .join(ContactPoint, (ContactPoint.address == Delivery.address) & (ContactPoint.kind == "email"))
        .join(Guardian, Guardian.id == ContactPoint.guardian_id)
        .where(~reached, guardian_visible(Guardian.id, looking.rosters, looking.today))
        .order_by(Delivery.id.desc(), ContactPoint.id)
        .limit(most)
    )
    if only is not None:
        statement = statement.where(ContactPoint.id == only)
    found = session.execute(statement).all()
    children = children_of_guardians(session, looking, [guardian.id for _, guardian, _ in found])
    trials = _trials(session, since)
    listed = []
    for contact, guardian, delivery in found:
        refused_at = delivery.settled_at or delivery.created_at
        tried_at, trial = trials.get(contact.address, (since, ""))
        if tried_at < refused_at:
            trial = ""
        if trial != PostState.SENT.value:
            listed.append(
                RefusedMail(
                    contact.id,
                    guardian.id,
                    f"{guardian.family_name} {guardian.given_name}".strip(),
                    tuple(children.get(guardian.id, ())),
                    contact.address,
                    contact.lane,
                    delivery.reason or "",
                    refused_at,
                    trial,
                )
            )
    return listed


def _trials(session: Session, since: datetime) -> dict[str, tuple[datetime, str]]:
    """When and how a single mail was last tried at each address."""
    posts = session.execute(
        select(Post.address, Post.created_at, Post.state)
        .where(Post.created_at >= since, Post.template == Template.TRIAL.value)
        .order_by(Post.id)
    )
    return {address: (at, state) for address, at, state in posts}
