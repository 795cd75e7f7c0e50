"""How many an audience means, how many can be reached, and who they are: counted in SQL, never one by one.

A family is counted by the first guardian (in the child's own order) who may be written to: brothers and sisters with
the same first guardian are one family, and a child with nobody to write to is a family of its own.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from sqlalchemy import CTE, and_, distinct, false, func, literal, select, true, tuple_, union_all
from sqlalchemy.orm import Session

from desktop.domain.notices import Channel
from desktop.domain.reports import AudienceChild, AudienceCount, PartCount
from desktop.store.audience import Children, Place, children_of, enrolled_on, main_placement_on
from desktop.store.tables import Child, ContactPoint, Enrolment, Guardian, Guardianship, Homeroom, Placement

Only = Literal["all", "unreached"]


@dataclass(frozen=True, slots=True)
class _Reach:
    """The children meant, their guardians who may be written to, and the usable addresses of these, as CTEs."""

    meant: CTE
    ties: CTE
    addresses: CTE


def usable() -> Any:
    """A contact point may be used: somebody vouches for it, and nothing speaks against it."""
    return and_(ContactPoint.verified_at.is_not(None), ContactPoint.suppressed_reason.is_(None))


def of_channels(channels: Collection[Channel]) -> Any:
    """A contact point is one that these channels write to.

    The kind is wrapped, so that SQLite cannot begin with all addresses of a kind: it must come from the guardians.
    """
    return ContactPoint.kind.concat("").in_([channel.value for channel in channels])


def _reach(children: Children, channels: Collection[Channel]) -> _Reach:
    meant = children.cte("meant_children")
    order = func.row_number().over(
        partition_by=Guardianship.child_id, order_by=(Guardianship.position, Guardianship.guardian_id)
    )
    ties = (
        select(meant.c.child_id, Guardianship.guardian_id, order.label("turn"))
        .join(Guardianship, Guardianship.child_id == meant.c.child_id)
        .where(~Guardianship.do_not_contact)
        .cte("ties")
    )
    addresses = (
        select(ties.c.child_id, ContactPoint.kind, ContactPoint.address, ContactPoint.plain_text_only.label("plain"))
        .join(ContactPoint, ContactPoint.guardian_id == ties.c.guardian_id)
        .where(usable(), of_channels(channels))
        .cte("addresses")
    )
    return _Reach(meant, ties, addresses)


def count(session: Session, children: Children, channels: Collection[Channel]) -> AudienceCount:
    """Count an audience over these channels."""
    reach = _reach(children, channels)
    meant, ties, addresses = reach.meant, reach.ties, reach.addresses
    first = ties.c.turn == 1

    def addresses_of(channel: Channel) -> Any:
        return (
            select(func.count(distinct(addresses.c.address))).where(addresses.c.kind == channel.value).scalar_subquery()
        )

    row = session.execute(
        select(
            select(func.count()).select_from(meant).scalar_subquery().label("children"),
            select(func.count(distinct(ties.c.guardian_id))).scalar_subquery().label("guardians"),
            select(func.count(distinct(ties.c.guardian_id))).where(first).scalar_subquery().label("led"),
            select(func.count()).select_from(ties).where(first).scalar_subquery().label("with_guardian"),
            select(func.count(distinct(addresses.c.child_id))).scalar_subquery().label("reached"),
            select(func.count(distinct(addresses.c.address)))
            .where(addresses.c.plain, addresses.c.kind == Channel.EMAIL.value)
            .scalar_subquery()
            .label("plain"),
            addresses_of(Channel.EMAIL).label("email"),
            addresses_of(Channel.LINE).label("line"),
        )
    ).one()
    messages = {Channel.EMAIL: row.email, Channel.LINE: row.line}
    return AudienceCount(
        children=row.children,
        families=row.led + row.children - row.with_guardian,
        guardians=row.guardians,
        messages={channel: messages[channel] for channel in Channel if channel in channels},
        unreached=row.children - row.reached,
        plain=row.plain,
        languages=_languages(session, ties),
    )


def _languages(session: Session, ties: CTE) -> Mapping[str, int]:
    """How many families read which language: that of their first guardian."""
    found = session.execute(
        select(Guardian.language, func.count(distinct(Guardian.id)))
        .join(ties, ties.c.guardian_id == Guardian.id)
        .where(ties.c.turn == 1)
        .group_by(Guardian.language)
        .order_by(func.count(distinct(Guardian.id)).desc(), Guardian.language)
    )
    return {row[0]: row[1] for row in found}


def count_parts(
    session: Session, include: Sequence[Place], exclude: Sequence[Place], channels: Collection[Channel], today: date
) -> list[tuple[Place, int, int]]:
    """Each included place by itself, without the excluded children: how many it means and how many are reached."""
    if not include:
        return []
    reach = _reach(children_of(include, exclude, today), channels)
    reached = select(reach.addresses.c.child_id).distinct().cte("reached")
    each = [
        select(literal(number).label("part"), part.c.child_id)
        for number, place in enumerate(include)
        for part in [children_of([place], [], today).subquery(f"part_{number}")]
    ]
    members = union_all(*each).subquery("members")
    rows = session.execute(
        select(members.c.part, func.count(reach.meant.c.child_id), func.count(reached.c.child_id))
        .join(reach.meant, reach.meant.c.child_id == members.c.child_id)
        .outerjoin(reached, reached.c.child_id == members.c.child_id)
        .group_by(members.c.part)
    )
    counted = {part: (children, found) for part, children, found in rows}
    return [(place, *counted.get(number, (0, 0))) for number, place in enumerate(include)]


def part_counts(counted: Iterable[tuple[Place, int, int]], labels: Mapping[str, str]) -> tuple[PartCount, ...]:
    """As screens show them; `labels` by the part as it is written."""
    return tuple(
        PartCount(str(place.part), labels[str(place.part)], children, reached) for place, children, reached in counted
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
