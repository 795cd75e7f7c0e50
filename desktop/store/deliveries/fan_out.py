"""From an approved notice to its recipients and deliveries, in SQL: INSERT … SELECT throughout."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    and_,
    case,
    delete,
    false,
    func,
    insert,
    literal,
    select,
    text,
    true,
    update,
)
from sqlalchemy.orm import Session

from desktop.domain.mail import Lane
from desktop.domain.notices import HoldReason, NoticeState
from desktop.store import db
from desktop.store.deliveries.rows import (
    contact_points,
    deliveries,
    delivery_recipients,
    guardians,
    guardianships,
    installation,
    notice_children,
    notice_texts,
    notices,
    recipients,
)


@dataclass(frozen=True, slots=True)
class DueNotice:
    """An approved notice whose time has come, locked by this transaction."""

    id: int
    school_id: int | None
    edit: int
    urgent: bool
    channels: tuple[str, ...]
    include: tuple[str, ...]
    exclude: tuple[str, ...]
    copies: tuple[str, ...]
    send_at: datetime | None
    due_at: datetime
    useless_after: datetime | None
    drift: Mapping[str, int] | None


def _is_due(now: datetime) -> ColumnElement[bool]:
    return and_(
        notices.c.state == NoticeState.APPROVED,
        notices.c.hold_reason.is_(None),
        notices.c.due_at <= now,
    )


def due_notices(session: Session, now: datetime) -> list[int]:
    """Urgent ones first."""
    wanted = select(notices.c.id).where(_is_due(now)).order_by(notices.c.urgent.desc(), notices.c.due_at, notices.c.id)
    return list(session.execute(wanted).scalars())


def take(session: Session, notice_id: int, now: datetime) -> DueNotice | None:
    """Lock a due notice; None if it is not due any more or another worker is at it."""
    columns = (notices.c[name] for name in DueNotice.__slots__)
    found = session.execute(
        select(*columns).where(notices.c.id == notice_id, _is_due(now)).with_for_update(skip_locked=True)
    ).one_or_none()
    if found is None:
        return None
    values = found._asdict()
    return DueNotice(**values | {name: tuple(values[name]) for name in ("channels", "include", "exclude", "copies")})


def hold(session: Session, notice_id: int, reason: HoldReason, drift: Mapping[str, int] | None = None) -> None:
    """Let a notice wait for a person; nothing of its fan-out stays."""
    for written in (notice_children, recipients):
        session.execute(delete(written).where(written.c.notice_id == notice_id))
    _change(session, notice_id, hold_reason=reason.value, **_drift_value(drift))


def start(session: Session, notice_id: int, drift: Mapping[str, int], mail_domain: str | None, now: datetime) -> None:
    """From now on it is on its way, in this epoch; its Message-IDs are settled if our address is known by now."""
    _change(
        session,
        notice_id,
        state=NoticeState.SENDING.value,
        started_at=now,
        mail_domain=mail_domain,
        epoch=select(installation.c.epoch).scalar_subquery(),
        **_drift_value(drift),
    )


def _drift_value(drift: Mapping[str, int] | None) -> dict[str, object]:
    return {} if drift is None else {"drift": dict(drift)}


def _change(session: Session, notice_id: int, **values: object) -> None:
    """The version goes on, so that nobody's edit of what stood before can win."""
    session.execute(update(notices).where(notices.c.id == notice_id).values(version=notices.c.version + 1, **values))
    db.touch(session, "notices")


def add_recipients(session: Session, notice_id: int) -> None:
    """Each child's guardians who may be written to; a child with none stands alone, so that it is not forgotten.

    Contacts that wait for their child, and staff, stand there already (`people`).
    """
    contactable = and_(
        guardianships.c.child_id == notice_children.c.child_id, guardianships.c.do_not_contact.is_(False)
    )
    chosen = (
        select(
            notice_children.c.notice_id,
            literal("family"),
            notice_children.c.child_id,
            guardianships.c.guardian_id,
            notice_children.c.school_id,
        )
        .select_from(notice_children.outerjoin(guardianships, contactable))
        .where(notice_children.c.notice_id == notice_id)
    )
    columns = ["notice_id", "kind", "child_id", "guardian_id", "school_id"]
    session.execute(insert(recipients).from_select(columns, chosen, include_defaults=False))
    db.touch(session, "recipients")


def notice_languages(session: Session, notice_id: int) -> list[str]:
    wanted = select(notice_texts.c.language).where(notice_texts.c.notice_id == notice_id)
    return sorted(session.execute(wanted).scalars())


def add_deliveries(session: Session, notice: DueNotice, languages: Sequence[str], fallback: str, now: datetime) -> None:
    """One copy for each address: in its first reader's language, the other readers' languages under it.

    `languages` are those the notice is written in; readers of any other one read `fallback`.
    """
    learn_sizes(session, "recipients")
    readers = _readers(notice, languages, fallback)
    first = func.max(case((readers.c.turn == 1, readers.c.language)))
    carried: ColumnElement[str] = first
    for language in languages:
        is_read = func.max(case((readers.c.language == language, 1), else_=0)) == 1
        carried = carried.concat(case((and_(is_read, first != language), f"+{language}"), else_=""))
    copies = select(
        literal(notice.id),
        readers.c.channel,
        readers.c.address,
        literal(""),
        carried,
        func.max(case((readers.c.plain, 1), else_=0)) == 1,
        func.min(readers.c.lane),
        true() if notice.urgent else false(),
        literal("due"),
        literal(notice.due_at, deliveries.c.due_at.type),
        literal(notice.useless_after, deliveries.c.useless_after.type),
        literal(0),
        literal(0),
        literal(now, deliveries.c.created_at.type),
    )
    # In the order of their unique index: there, what is claimed together is written together.
    by_address = (readers.c.channel, readers.c.address)
    copies = copies.group_by(*by_address).order_by(*by_address)
    columns = [
        *("notice_id", "channel", "address", "variant", "languages", "plain", "lane", "urgent", "state"),
        *("due_at", "useless_after", "attempts", "in_doubt_count", "created_at"),
    ]
    session.execute(insert(deliveries).from_select(columns, copies, include_defaults=False))
    db.touch(session, "deliveries")


def _readers(notice: DueNotice, languages: Sequence[str], fallback: str) -> Subquery:
    """Everybody at every address, in the order of guardians (`turn` 1 is the first guardian there)."""
    of_child = and_(
        guardianships.c.guardian_id == recipients.c.guardian_id, guardianships.c.child_id == recipients.c.child_id
    )
    given_lane = func.coalesce(func.nullif(contact_points.c.lane, ""), Lane.OTHER.value)
    return (
        select(
            contact_points.c.kind.label("channel"),
            contact_points.c.address,
            contact_points.c.plain_text_only.label("plain"),
            case((contact_points.c.kind == "email", given_lane), else_="").label("lane"),
            case((guardians.c.language.in_(languages), guardians.c.language), else_=fallback).label("language"),
            func.row_number()
            .over(
                partition_by=(contact_points.c.kind, contact_points.c.address),
                order_by=(func.coalesce(guardianships.c.position, 1), recipients.c.id),
            )
            .label("turn"),
        )
        .select_from(recipients.join(guardians, guardians.c.id == recipients.c.guardian_id))
        .outerjoin(guardianships, of_child)
        .join(contact_points, _usable_by(notice.channels))
        .where(recipients.c.notice_id == notice.id)
        .subquery("readers")
    )


def _usable_by(channels: Sequence[str]) -> ColumnElement[bool]:
    return and_(
        contact_points.c.guardian_id == recipients.c.guardian_id,
        contact_points.c.kind.in_(channels),
        contact_points.c.verified_at.is_not(None),
        contact_points.c.suppressed_reason.is_(None),
    )


def link_recipients(session: Session, notice: DueNotice) -> None:
    """Say whom each delivery serves."""
    learn_sizes(session, "deliveries")
    served = _served_by_lookup(notice) if session.get_bind().dialect.name == "sqlite" else _served(notice)
    session.execute(insert(delivery_recipients).from_select(["delivery_id", "recipient_id"], served))
    db.touch(session, "delivery_recipients")


def _served(notice: DueNotice) -> Select[int, int]:
    """An address that was entered since the copies were made is there already, and has none."""
    return (
        select(deliveries.c.id, recipients.c.id.label("recipient_id"))
        .select_from(recipients.join(contact_points, _usable_by(notice.channels)).join(deliveries, _copy_of(notice)))
        .where(recipients.c.notice_id == notice.id)
    )


def _served_by_lookup(notice: DueNotice) -> Select[int, int]:
    """For SQLite, which knows nothing of the rows just written: a join would begin at the deliveries and go through all
    recipients for each. Nothing can have been entered meanwhile.
    """
    copy = select(deliveries.c.id).where(_copy_of(notice)).correlate(contact_points).scalar_subquery()
    return (
        select(copy, recipients.c.id)
        .select_from(recipients.join(contact_points, _usable_by(notice.channels)))
        .where(recipients.c.notice_id == notice.id)
    )


def _copy_of(notice: DueNotice) -> ColumnElement[bool]:
    """The delivery to a contact point's address."""
    return and_(
        deliveries.c.notice_id == notice.id,
        deliveries.c.channel == contact_points.c.kind,
        deliveries.c.address == contact_points.c.address,
        deliveries.c.variant == "",
    )


def learn_sizes(session: Session, *names: str) -> None:
    """Let PostgreSQL see rows just written; until then it takes any index of these tables for as good as any other.
    A small sample will do.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SET LOCAL default_statistics_target = 10"))
        session.execute(text(f"ANALYZE {', '.join(names)}"))


def finish_notices(session: Session, now: datetime) -> int:
    """Notices that were begun and of which nothing is on its way any more are done, also where they were stopped."""
    ended = session.execute(
        update(notices)
        .where(
            notices.c.state.in_((NoticeState.SENDING, NoticeState.STOPPED)),
            notices.c.started_at.is_not(None),
            *(_first_in(state).is_(None) for state in ("due", "leased")),
        )
        .values(state=NoticeState.DONE.value, finished_at=now, version=notices.c.version + 1)
        .returning(notices.c.id)
    ).all()
    if ended:
        db.touch(session, "notices")
    return len(ended)


def _first_in(state: str) -> ColumnElement[int | None]:
    """One of a notice's deliveries. For a mere EXISTS PostgreSQL goes through all deliveries there are; the order
    leads it to the index.
    """
    return (
        select(deliveries.c.id)
        .where(deliveries.c.notice_id == notices.c.id, deliveries.c.state == state)
        .order_by(deliveries.c.channel)
        .limit(1)
        .scalar_subquery()
    )
