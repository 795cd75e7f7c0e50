"""Notices that are approved and due, for tests of what sends them."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from desktop.domain.notices import NoticeText as Text
from desktop.domain.staff import Role
from desktop.store.db import Store
from desktop.store.tables import (
    ApprovedChild,
    ChannelState,
    Child,
    ContactPoint,
    Delivery,
    Guardian,
    Guardianship,
    Homeroom,
    Notice,
    NoticeText,
    School,
)
from tests.conftest import NOON
from tests.make import Make

JAPANESE = {"ja": Text("遠足の延期", "明日の遠足は延期します。")}


def approved_notice(
    session: Session,
    make: Make,
    school: School | None,
    children: Iterable[Child] = (),
    *,
    include: Iterable[str] = ("homeroom:H001/3-1",),
    exclude: Iterable[str] = (),
    texts: Mapping[str, Text] = JAPANESE,
    channels: Iterable[str] = ("email", "line"),
    urgent: bool = False,
    due_at: datetime = NOON,
    send_at: datetime | None = None,
    useless_after: datetime | None = None,
) -> Notice:
    """An approved notice of which `children` were meant by the approval."""
    author = make.staff(session, Role.CLERK, school=school)
    notice = Notice(
        school_id=school.id if school else None,
        kind="closure" if urgent else "announcement",
        urgent=urgent,
        channels=list(channels),
        include=list(include),
        exclude=list(exclude),
        state="approved",
        author_id=author.staff_id,
        created_at=NOON - timedelta(hours=1),
        updated_at=NOON - timedelta(hours=1),
        send_at=send_at,
        due_at=due_at,
        useless_after=useless_after,
    )
    session.add(notice)
    session.flush()
    session.add_all(
        NoticeText(notice_id=notice.id, language=language, title=text.title, body=text.body)
        for language, text in texts.items()
    )
    session.add_all(ApprovedChild(notice_id=notice.id, child_id=child.id) for child in children)
    session.flush()
    return notice


def class_of(
    session: Session, make: Make, room: Homeroom, size: int, *, line: bool = False, mail: bool = True
) -> list[Child]:
    """A class of so many children, each with one guardian."""
    children = [make.child(session, room) for _ in range(size)]
    for child in children:
        make.guardian(session, child, line="" if line else None, mail="" if mail else None)
    return children


def crowd(session: Session, make: Make, room: Homeroom, size: int, *, kind: str = "line", first: int = 0) -> Child:
    """One child with many guardians who each have one address: many deliveries at little cost."""
    child = make.child(session, room)
    guardians = [Guardian(family_name="山本", created_at=NOON) for _ in range(size)]
    session.add_all(guardians)
    session.flush()
    for number, guardian in enumerate(guardians, first):
        address = f"U{number:032x}" if kind == "line" else f"crowd{number}@mail.example"
        session.add_all(
            (
                Guardianship(child_id=child.id, guardian_id=guardian.id, position=number - first + 1),
                ContactPoint(
                    guardian_id=guardian.id,
                    kind=kind,
                    address=address,
                    lane="other" if kind == "email" else "",
                    verified_at=NOON,
                ),
            )
        )
    session.flush()
    return child


def deliveries(store: Store, notice_id: int | None = None) -> list[Any]:
    """All deliveries as they stand, by address."""
    with store.read() as session:
        wanted = select(Delivery).order_by(Delivery.channel, Delivery.address)
        if notice_id is not None:
            wanted = wanted.where(Delivery.notice_id == notice_id)
        return list(session.scalars(wanted))


def states(store: Store, channel: str = "email") -> list[str]:
    """The states of a channel's deliveries, sorted."""
    return sorted(one.state for one in deliveries(store) if one.channel == channel)


def notice_state(store: Store, notice_id: int) -> str:
    with store.read() as session:
        found: str = session.scalars(select(Notice.state).where(Notice.id == notice_id)).one()
        return found


def notice_row(store: Store, notice_id: int) -> Notice:
    with store.read() as session:
        return session.scalars(select(Notice).where(Notice.id == notice_id)).one()


def set_notice(store: Store, notice_id: int, **values: Any) -> None:
    """Change a notice as somebody at a desk would."""
    with store.bookkeep() as session:
        notice = session.get_one(Notice, notice_id)
        for name, value in values.items():
            setattr(notice, name, value)


def stopped_channels(store: Store) -> dict[str, str | None]:
    """What staff are told about channels that stand still."""
    with store.read() as session:
        return {row.channel: row.stopped_reason for row in session.scalars(select(ChannelState))}
