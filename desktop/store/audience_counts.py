"""How many an audience means, how many can be reached, and who they are: counted in SQL, never one by one.

A family is counted by the first guardian (in the child's own order) who may be written to: brothers and sisters with
the same first guardian are one family, and a child with nobody to write to is a family of its own. Contacts that wait
for their child, staff and copies are counted apart.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Select,
    Subquery,
    and_,
    case,
    distinct,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.orm import Session

from desktop.domain.notices import Channel
from desktop.domain.reports import AudienceChild, AudienceCount, PartCount
from desktop.store.audience import Children, Meant, children_of, meant_of
from desktop.store.places import Place, enrolled_on, main_placement_on
from desktop.store.planning import bytewise, think_big, unindexed
from desktop.store.rosters import chunks
from desktop.store.tables import (
    Child,
    ContactPoint,
    Enrolment,
    Guardian,
    Guardianship,
    Homeroom,
    Placement,
    Staff,
    WaitingContact,
)

Only = Literal["all", "unreached"]


@dataclass(frozen=True, slots=True)
class _Reach:
    """The children meant, their guardians who may be written to, and the usable addresses of these, as CTEs.

    `written` are all addresses that get the notice as families do: with those of contacts that wait for their child.
    """

    meant: CTE
    ties: CTE
    addresses: CTE
    written: CTE


def usable() -> Any:
    """A contact point may be used: somebody vouches for it, and nothing speaks against it."""
    return and_(ContactPoint.verified_at.is_not(None), ContactPoint.suppressed_reason.is_(None))


def of_channels(channels: Collection[Channel]) -> Any:
    """A contact point is one that these channels write to. One comes to it from its guardian."""
    return unindexed(ContactPoint.kind).in_([channel.value for channel in channels])


def _address() -> tuple[ColumnElement[Any], ...]:
    """What of a contact point is counted."""
    kind, address = bytewise(ContactPoint.kind), bytewise(ContactPoint.address)
    return kind.label("kind"), address.label("address"), ContactPoint.plain_text_only.label("plain")


def _reach(children: Children, channels: Collection[Channel], waiting: Select[int] | None = None) -> _Reach:
    meant = children.cte("meant_children")
    ties = (
        select(meant.c.child_id, Guardianship.guardian_id, Guardianship.position)
        .join(Guardianship, Guardianship.child_id == meant.c.child_id)
        .where(~Guardianship.do_not_contact)
        .cte("ties")
    )
    addresses = (
        select(ties.c.child_id, *_address())
        .join(ContactPoint, ContactPoint.guardian_id == ties.c.guardian_id)
        .where(usable(), of_channels(channels))
        .cte("addresses")
    )
    return _Reach(meant, ties, addresses, addresses if waiting is None else _with_waiting(addresses, waiting, channels))


def _first_guardians(ties: CTE) -> CTE:
    """One for each child. Place and guardian as one number: the smallest is found without sorting."""
    shift = literal(1 << 32, BigInteger)
    least = func.min(ties.c.position * shift + ties.c.guardian_id)
    return (
        select(ties.c.child_id, (least % shift).label("guardian_id")).group_by(ties.c.child_id).cte("first_guardians")
    )


def _with_waiting(addresses: CTE, waiting: Select[int], channels: Collection[Channel]) -> CTE:
    who = waiting.subquery("who_waits")
    theirs = (
        select(*_address())
        .join(who, who.c.guardian_id == ContactPoint.guardian_id)
        .where(usable(), of_channels(channels))
    )
    return select(addresses.c.kind, addresses.c.address, addresses.c.plain).union_all(theirs).cte("written")


def count(session: Session, meant: Meant, channels: Collection[Channel], copies: Collection[str] = ()) -> AudienceCount:
    """Count an audience over these channels; `copies` are the addresses of those who are to get a copy (控え)."""
    think_big(session)
    waiting, waiting_reached = _waiting(session, meant, channels) if _anybody_waits(session) else (0, 0)
    found = _families(session, _reach(meant.children, channels, meant.waiting if waiting else None), channels)
    staff = session.execute(_staff_addresses(meant)).scalars().all() if meant.names_staff else []
    theirs = {address for address in staff if address}
    taken = _written_to(session, meant, {*theirs, *copies}) if Channel.EMAIL in channels else set()
    return replace(
        found,
        waiting=waiting,
        waiting_unreached=waiting - waiting_reached,
        staff=len(staff),
        staff_unreached=sum(not address for address in staff),
        staff_messages=len(theirs - taken),
        copies=len({*copies} - theirs - taken),
    )


def _anybody_waits(session: Session) -> bool:
    """In most cities nobody does for long, and then there is nothing to count."""
    return session.scalar(select(WaitingContact.id).limit(1)) is not None


def _waiting(session: Session, meant: Meant, channels: Collection[Channel]) -> tuple[int, int]:
    """How many contacts that wait for their child are meant, and how many of them are reached."""
    who = meant.waiting.subquery("who_waits")
    address = exists(
        select(ContactPoint.id).where(ContactPoint.guardian_id == who.c.guardian_id, usable(), of_channels(channels))
    )
    row = session.execute(select(func.count(), func.sum(case((address, 1), else_=0))).select_from(who)).one()
    return row[0], row[1] or 0


def _staff_addresses(meant: Meant) -> Select[str | None]:
    who = meant.staff.subquery("who_works")
    return select(Staff.email).join(who, who.c.staff_id == Staff.id)


def _written_to(session: Session, meant: Meant, addresses: Collection[str]) -> set[str]:
    """Which of these mail addresses get the notice as a family's. Begins at the addresses: they are few."""
    if not addresses:
        return set()
    child, waits = meant.children.subquery("meant_children"), meant.waiting.subquery("who_waits")
    tied = exists(
        select(Guardianship.id).where(
            Guardianship.guardian_id == ContactPoint.guardian_id,
            ~Guardianship.do_not_contact,
            Guardianship.child_id.in_(select(child.c.child_id)),
        )
    )
    found: set[str] = set()
    for chunk in chunks(sorted(addresses)):
        found.update(
            session.scalars(
                select(ContactPoint.address).where(
                    ContactPoint.kind == Channel.EMAIL.value,
                    ContactPoint.address.in_(chunk),
                    usable(),
                    or_(tied, ContactPoint.guardian_id.in_(select(waits.c.guardian_id))),
                )
            )
        )
    return found


def _families(session: Session, reach: _Reach, channels: Collection[Channel]) -> AudienceCount:
    """All numbers by one statement, so that each step towards them is gone once."""
    meant, ties, addresses, written = reach.meant, reach.ties, reach.addresses, reach.written
    firsts, language = _first_guardians(ties), bytewise(Guardian.language)
    wanted = [
        _line("children", func.count()).select_from(meant),
        _line("led children", func.count()).select_from(firsts),
        _line("guardians", func.count(distinct(ties.c.guardian_id))),
        _line("reached", func.count(distinct(addresses.c.child_id))),
        _line("messages", func.count(distinct(written.c.address)), written.c.kind).group_by(written.c.kind),
        _line("plain", func.count(distinct(written.c.address))).where(
            written.c.plain, written.c.kind == Channel.EMAIL.value
        ),
        _line("language", func.count(distinct(firsts.c.guardian_id)), language)
        .join_from(firsts, Guardian, Guardian.id == firsts.c.guardian_id)
        .group_by(language),
    ]
    found: dict[str, dict[str, int]] = {}
    for what, key, number in session.execute(union_all(*wanted)):
        found.setdefault(what, {})[key] = number
    children, messages, languages = found["children"][""], found.get("messages", {}), found.get("language", {})
    return AudienceCount(
        children=children,
        families=sum(languages.values()) + children - found["led children"][""],
        guardians=found["guardians"][""],
        messages={channel: messages.get(channel.value, 0) for channel in Channel if channel in channels},
        unreached=children - found["reached"][""],
        plain=found["plain"][""],
        languages=dict(sorted(languages.items(), key=lambda item: (-item[1], item[0]))),
    )


def _line(what: str, number: ColumnElement[int], key: Any = None) -> Select[str, str, int]:
    """A kind of number, what it is the number of where there are several, and the number."""
    return select(literal(what), literal("") if key is None else key, number)


@dataclass(frozen=True, slots=True)
class PlaceCount:
    """An included place by itself, without those who are excluded."""

    place: Place
    children: int
    reached: int
    waiting: int
    staff: int


def count_parts(
    session: Session,
    include: Sequence[Place],
    exclude: Sequence[Place],
    channels: Collection[Channel],
    today: date,
    whole: AudienceCount,
) -> list[PlaceCount]:
    """Each included place by itself; `whole` is what all of them come to."""
    if not include:
        return []
    if len(include) == 1:
        return [PlaceCount(include[0], whole.children, whole.children - whole.unreached, whole.waiting, whole.staff)]
    meant = meant_of(include, exclude, today)
    each = [meant_of([place], [], today) for place in include]
    children = _count_children(session, include, exclude, channels, today) if whole.children else {}
    waiting = _members(session, meant.waiting, [one.waiting for one in each]) if whole.waiting else {}
    staff = _members(session, meant.staff, [one.staff for one in each]) if whole.staff else {}
    return [
        PlaceCount(place, *children.get(number, (0, 0)), waiting.get(number, 0), staff.get(number, 0))
        for number, place in enumerate(include)
    ]


def _members(session: Session, whole: Select[int], parts: Sequence[Select[int]]) -> dict[int, int]:
    """By the number of the part: how many of the whole it means."""
    members = _each(parts)
    rows = session.execute(
        select(members.c.part, func.count()).where(members.c.ref.in_(whole)).group_by(members.c.part)
    )
    return {row[0]: row[1] for row in rows}


def _each(parts: Sequence[Select[int]]) -> Subquery:
    """Everybody of every part, with its number. Ask for them by IN: a join would go through all of them for each."""
    each = [
        select(literal(number).label("part"), part.subquery(f"part_{number}").columns[0].label("ref"))
        for number, part in enumerate(parts)
    ]
    return union_all(*each).subquery("members")


def _count_children(
    session: Session, include: Sequence[Place], exclude: Sequence[Place], channels: Collection[Channel], today: date
) -> dict[int, tuple[int, int]]:
    """By the number of the place: how many children it means, and how many of them are reached."""
    reach = _reach(children_of(include, exclude, today), channels)
    members = _each([children_of([place], [], today) for place in include])
    is_reached = members.c.ref.in_(select(reach.addresses.c.child_id))
    rows = session.execute(
        select(members.c.part, func.count(), func.sum(case((is_reached, 1), else_=0)))
        .where(members.c.ref.in_(select(reach.meant.c.child_id)))
        .group_by(members.c.part)
    )
    return {part: (children, found) for part, children, found in rows}


def part_counts(counted: Iterable[PlaceCount], labels: Mapping[str, str]) -> tuple[PartCount, ...]:
    """As screens show them; `labels` by the part as it is written."""
    return tuple(
        PartCount(str(one.place.part), labels[str(one.place.part)], one.children, one.reached, one.waiting, one.staff)
        for one in counted
    )


def child_lines(
    session: Session,
    children: Children,
    channels: Collection[Channel],
    today: date,
    *,
    only: Only = "all",
    limit: int = 500,
    after: int | None = None,
) -> list[AudienceChild]:
    """The children by kana, a page of them: those behind the child `after`. Always three statements."""
    meant = children.subquery("meant_children")
    kana = (Child.family_name_kana, Child.given_name_kana, Child.id)
    statement = select(Child).join(meant, meant.c.child_id == Child.id).order_by(*kana).limit(limit)
    if after is not None:
        last = session.get(Child, after)
        if last is not None:
            statement = statement.where(tuple_(*kana) > (last.family_name_kana, last.given_name_kana, last.id))
    if only == "unreached":
        reached = (
            select(Guardianship.child_id)
            .join(ContactPoint, ContactPoint.guardian_id == Guardianship.guardian_id)
            .where(
                Guardianship.child_id == Child.id,
                ~Guardianship.do_not_contact,
                usable(),
                of_channels(channels),
            )
        )
        statement = statement.where(~reached.exists())
    found = session.scalars(statement).all()
    ids = [child.id for child in found]
    rooms = _rooms(session, ids, today)
    ties = _ties(session, ids, channels)
    return [
        AudienceChild(
            child_id=child.id,
            name=f"{child.family_name} {child.given_name}".strip(),
            kana=f"{child.family_name_kana} {child.given_name_kana}".strip(),
            homeroom=rooms.get(child.id, ""),
            guardians=tuple(tie.name for tie in ties.get(child.id, ())),
            email=sum(tie.email for tie in ties.get(child.id, ())),
            line=sum(tie.line for tie in ties.get(child.id, ())),
        )
        for child in found
    ]


def _rooms(session: Session, child_ids: Sequence[int], today: date) -> dict[int, str]:
    rows = session.execute(
        select(Enrolment.child_id, Homeroom.label)
        .join(Placement, Placement.enrolment_id == Enrolment.id)
        .join(Homeroom, Homeroom.id == Placement.homeroom_id)
        .where(Enrolment.child_id.in_(child_ids), enrolled_on(today), main_placement_on(today))
        .order_by(Enrolment.from_date)
    )
    return {row[0]: row[1] for row in rows}


@dataclass(frozen=True, slots=True)
class _Tie:
    name: str
    email: int
    line: int


def _ties(session: Session, child_ids: Sequence[int], channels: Collection[Channel]) -> dict[int, list[_Tie]]:
    """The guardians who may be written to, in order, each with the number of their usable addresses."""

    def addresses(channel: Channel) -> Any:
        wanted = and_(ContactPoint.kind == channel.value, true() if channel in channels else false())
        return func.count(distinct(ContactPoint.address)).filter(wanted)

    rows = session.execute(
        select(
            Guardianship.child_id,
            Guardian.family_name,
            Guardian.given_name,
            addresses(Channel.EMAIL),
            addresses(Channel.LINE),
        )
        .join(Guardian, Guardian.id == Guardianship.guardian_id)
        .outerjoin(ContactPoint, and_(ContactPoint.guardian_id == Guardian.id, usable()))
        .where(Guardianship.child_id.in_(child_ids), ~Guardianship.do_not_contact)
        .group_by(Guardianship.child_id, Guardianship.position, Guardian.id, Guardian.family_name, Guardian.given_name)
        .order_by(Guardianship.child_id, Guardianship.position, Guardian.id)
    )
    found: dict[int, list[_Tie]] = {}
    for child, family, given, email, line in rows:
        found.setdefault(child, []).append(_Tie(f"{family} {given}".strip(), email, line))
    return found
