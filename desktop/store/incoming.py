"""What parents wrote to the city's LINE account and mail address, for the staff of their schools."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, exists, false, func, or_, select, true, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from desktop.domain.inbox import InboxCounts, Incoming
from desktop.domain.staff import Places
from desktop.store import db
from desktop.store.enrolled import guardian_visible
from desktop.store.tables import ContactPoint, Guardian, GuardianSchool, IncomingMessage, School, Staff

KEPT_FOR = timedelta(days=180)
_WAITING = IncomingMessage.handled_at.is_(None)


@dataclass(frozen=True, slots=True)
class New:
    """Something that came in. `source_id` is the same whenever the same thing comes again."""

    channel: str
    source_id: str
    sender: str
    kind: str
    received_at: datetime
    words: str = ""
    subject: str = ""
    ref: str = ""


def keep(session: Session, new: New, *, answered: bool) -> bool:
    """Whether it was new."""
    insert = (postgresql if session.get_bind().dialect.name == "postgresql" else sqlite).insert(IncomingMessage)
    kept = session.scalar(
        insert.values(
            channel=new.channel,
            source_id=new.source_id,
            message_ref=new.ref or None,
            sender=new.sender,
            kind=new.kind,
            subject=new.subject,
            words=new.words,
            received_at=new.received_at,
            answered=answered,
        )
        .on_conflict_do_nothing(index_elements=["channel", "source_id"])
        .returning(IncomingMessage.id)
    )
    return kept is not None


def is_known(session: Session, channel: str, source_id: str) -> bool:
    found = session.scalar(
        select(IncomingMessage.id).where(IncomingMessage.channel == channel, IncomingMessage.source_id == source_id)
    )
    return found is not None


def blank(session: Session, message_ref: str) -> None:
    """Its writer took it back on LINE: that something came stays, what it said goes."""
    if message_ref:
        session.execute(
            update(IncomingMessage)
            .where(IncomingMessage.message_ref == message_ref)
            .values(words="", kind="taken_back", message_ref=None)
        )


def rows(
    session: Session, places: Places, today: date, *, handled: bool, most: int, only: Collection[int] | None = None
) -> list[Incoming]:
    """Those of guardians in these places, the newest first; strangers' for whoever may see the whole city."""
    found = session.execute(
        select(IncomingMessage, Staff.name)
        .outerjoin(Staff, Staff.id == IncomingMessage.handled_by)
        .where(
            _visible(places, today),
            true() if handled else IncomingMessage.handled_at.is_(None),
            true() if only is None else IncomingMessage.id.in_(only),
        )
        .order_by(IncomingMessage.received_at.desc(), IncomingMessage.id.desc())
        .limit(most)
    ).all()
    senders = {(row.channel, row.sender) for row, _name in found}
    people = _people(session, senders, places, today)
    schools = _schools(session, {guardian for guardian, _name in people.values()}, places)
    return [_incoming(row, handler or "", people.get((row.channel, row.sender)), schools) for row, handler in found]


def _incoming(
    row: IncomingMessage, handler: str, person: tuple[int, str] | None, schools: dict[int, tuple[str, ...]]
) -> Incoming:
    return Incoming(
        row.id,
        row.channel,
        row.kind,
        person[1] if person else "",
        schools.get(person[0], ()) if person else (),
        row.sender if row.channel == "email" else "",
        row.subject,
        row.words,
        row.received_at,
        row.answered,
        row.handled_at,
        handler,
    )


def _sent_by(places: Places, today: date) -> ColumnElement[bool]:
    """A contact point by which somebody in these places wrote."""
    return and_(
        ContactPoint.kind == IncomingMessage.channel,
        ContactPoint.address == IncomingMessage.sender,
        guardian_visible(ContactPoint.guardian_id, places, today),
    )


def _visible(places: Places, today: date) -> ColumnElement[bool]:
    if places.everywhere:
        return true()
    if not (places.schools or places.homerooms or places.groups):
        return false()
    return exists(select(ContactPoint.id).where(_sent_by(places, today)).correlate(IncomingMessage))


def _people(
    session: Session, senders: Collection[tuple[str, str]], places: Places, today: date
) -> dict[tuple[str, str], tuple[int, str]]:
    """The guardian behind each address, one of them where several share it."""
    found: dict[tuple[str, str], tuple[int, str]] = {}
    wanted = select(Guardian.id, Guardian.family_name, Guardian.given_name, ContactPoint.kind, ContactPoint.address)
    rows = session.execute(
        wanted.join(ContactPoint, ContactPoint.guardian_id == Guardian.id)
        .where(
            or_(*(and_(ContactPoint.kind == kind, ContactPoint.address == address) for kind, address in senders))
            if senders
            else false(),
            guardian_visible(Guardian.id, places, today),
        )
        .order_by(Guardian.id.desc())
    )
    for guardian_id, family, given, kind, address in rows:
        found[kind, address] = (guardian_id, f"{family} {given}".strip())
    return found


def _schools(session: Session, guardian_ids: Collection[int], places: Places) -> dict[int, tuple[str, ...]]:
    touched = places.touched_schools
    rows = session.execute(
        select(GuardianSchool.guardian_id, School.name)
        .join(School, School.id == GuardianSchool.school_id)
        .where(GuardianSchool.guardian_id.in_(guardian_ids), true() if touched is None else School.id.in_(touched))
        .order_by(School.code)
    )
    found: dict[int, tuple[str, ...]] = {}
    for guardian_id, name in rows:
        found[guardian_id] = (*found.get(guardian_id, ()), name)
    return found


def counts(session: Session, places: Places, today: date, midnight: datetime) -> InboxCounts:
    mine = _visible(places, today)
    new = session.scalar(select(func.count()).select_from(IncomingMessage).where(mine, _WAITING)) or 0
    since = IncomingMessage.received_at >= midnight
    return InboxCounts(new, session.scalar(select(func.count()).select_from(IncomingMessage).where(mine, since)) or 0)


def unhandled(session: Session, places: Places, today: date) -> tuple[int, datetime | None]:
    """How many nobody has dealt with, and since when the newest waits."""
    found = session.execute(
        select(func.count(), func.max(IncomingMessage.received_at)).where(_visible(places, today), _WAITING)
    ).one()
    return found[0], found[1]


def handle(session: Session, ids: Collection[int], staff_id: int | None) -> int:
    done = session.scalars(
        update(IncomingMessage)
        .where(IncomingMessage.id.in_(ids), _WAITING)
        .values(handled_at=db.now(session), handled_by=staff_id)
        .returning(IncomingMessage.id),
        execution_options={"synchronize_session": False},
    )
    return len(done.all())


def let_go(session: Session, before: datetime) -> None:
    session.execute(delete(IncomingMessage).where(IncomingMessage.received_at < before))
