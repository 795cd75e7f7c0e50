"""Children and guardians as rows of a list: everything that a page of them shows, by a fixed number of statements."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, case, func, not_, or_, select
from sqlalchemy.orm import Session

from desktop.domain.people import ChildRow, GuardianRow, Node
from desktop.domain.schools import school_year
from desktop.domain.staff import Places
from desktop.store.enrolled import (
    child_flagged,
    child_visible,
    guardian_visible,
    not_ended,
    within,
)
from desktop.store.ids import among
from desktop.store.tables import (
    Child,
    ContactPoint,
    Enrolment,
    Guardian,
    Guardianship,
    Homeroom,
    Placement,
)

MOST_ROWS = 200
"""How many ids one asks for at a time."""


@dataclass(frozen=True, slots=True)
class Looking:
    """For whom and when one looks: the places whose rosters they see, those whose flags they see, and the day."""

    rosters: Places
    flags: Places
    today: date

    def year(self, node: Node) -> int:
        return school_year(self.today) if node.year is None else node.year


def usable() -> ColumnElement[bool]:
    """A contact point by which notices go out."""
    return and_(
        ContactPoint.kind.in_(("email", "line")),
        ContactPoint.verified_at.is_not(None),
        ContactPoint.suppressed_reason.is_(None),
    )


def child_rows(session: Session, looking: Looking, ids: Sequence[int], year: int | None) -> list[ChildRow]:
    """The rows of these children in this order, without those one may not see. At most MOST_ROWS."""
    names = session.execute(
        select(Child.id, Child.family_name, Child.given_name, Child.family_name_kana, Child.given_name_kana).where(
            among(session, Child.id, ids), child_visible(looking.rosters, looking.today)
        )
    )
    found = {row.id: row for row in names}
    places = classes(session, looking, found, year)
    reach = _reach(session, found)
    flags = flags_of(session, looking, found)
    rows = []
    for id_ in (id_ for id_ in ids if id_ in found):
        guardians, email, line, line_stopped = reach.get(id_, (0, False, False, False))
        homeroom, number = places.get(id_, ("", ""))
        rows.append(ChildRow(*found[id_], homeroom, number, guardians, email, line, line_stopped, flags.get(id_)))
    return rows


def classes(
    session: Session, looking: Looking, ids: Iterable[int], year: int | None = None
) -> dict[int, tuple[str, str]]:
    """Class label and student number of children, in the wanted year or else the newest one."""
    wanted = school_year(looking.today) if year is None else year
    rows = session.execute(
        select(Enrolment.child_id, Homeroom.label, Placement.student_number)
        .join(Placement, Placement.enrolment_id == Enrolment.id)
        .join(Homeroom, Homeroom.id == Placement.homeroom_id)
        .where(
            among(session, Enrolment.child_id, ids),
            not_ended(looking.today),
            within(looking.rosters),
            Placement.kind == "main",
            or_(Placement.to_date.is_(None), Placement.to_date >= looking.today),
        )
        .order_by(case((Enrolment.year == wanted, 1), else_=0), Enrolment.year, Placement.from_date)
    )
    return {child_id: (label, number) for child_id, label, number in rows}  # the last one stays


def _reach(session: Session, ids: Iterable[int]) -> dict[int, tuple[int, bool, bool, bool]]:
    """Of children: how many guardians, whether mail and LINE reach one, whether LINE used to and stopped."""
    works = and_(usable(), not_(Guardianship.do_not_contact))

    def some(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.max(case((condition, 1), else_=0))

    rows = session.execute(
        select(
            Guardianship.child_id,
            func.count(Guardianship.id.distinct()),
            some(and_(works, ContactPoint.kind == "email")),
            some(and_(works, ContactPoint.kind == "line")),
            some(and_(ContactPoint.kind == "line", ContactPoint.suppressed_reason.is_not(None))),
        )
        .outerjoin(ContactPoint, ContactPoint.guardian_id == Guardianship.guardian_id)
        .where(among(session, Guardianship.child_id, ids))
        .group_by(Guardianship.child_id)
    )
    return {
        child_id: (guardians, bool(email), bool(line), bool(stopped) and not line)
        for child_id, guardians, email, line, stopped in rows
    }


def flags_of(session: Session, looking: Looking, ids: Iterable[int]) -> dict[int, bool | None]:
    """Whether children are marked 取扱注意; those of whom one may not know are missing."""
    if not looking.flags.scopes:
        return {}
    rows = session.execute(
        select(Child.id, child_flagged(Child.id, looking.today)).where(
            among(session, Child.id, ids), child_visible(looking.flags, looking.today)
        )
    )
    return {id_: bool(flagged) for id_, flagged in rows}


def guardian_rows(session: Session, looking: Looking, ids: Sequence[int]) -> list[GuardianRow]:
    """The rows of these guardians in this order, without those one may not see. At most MOST_ROWS."""
    names = session.execute(
        select(
            Guardian.id,
            Guardian.family_name,
            Guardian.given_name,
            Guardian.family_name_kana,
            Guardian.given_name_kana,
            Guardian.language,
        ).where(among(session, Guardian.id, ids), guardian_visible(Guardian.id, looking.rosters, looking.today))
    )
    found = {row.id: row for row in names}
    children = children_of_guardians(session, looking, found)
    contacts = _contact_kinds(session, found)
    rows = []
    for id_ in (id_ for id_ in ids if id_ in found):
        working, stopped = contacts.get(id_, (set(), set()))
        line = "line" in working
        family = tuple(f"{name} {label}".strip() for _, name, label in children.get(id_, ()))
        rows.append(GuardianRow(*found[id_], family, "email" in working, line, "line" in stopped and not line))
    return rows


def children_of_guardians(
    session: Session, looking: Looking, guardian_ids: Iterable[int]
) -> Mapping[int, list[tuple[int, str, str]]]:
    """The children one may see of guardians: id, name, class label; the eldest first."""
    rows = session.execute(
        select(Guardianship.guardian_id, Child.id, Child.family_name, Child.given_name)
        .join(Child, Child.id == Guardianship.child_id)
        .where(
            among(session, Guardianship.guardian_id, guardian_ids),
            child_visible(looking.rosters, looking.today),
        )
        .order_by(Child.birth_date.is_(None), Child.birth_date, Child.id)
    ).all()
    labels = classes(session, looking, {child_id for _, child_id, _, _ in rows})
    children: dict[int, list[tuple[int, str, str]]] = {}
    for guardian_id, child_id, family, given in rows:
        label = labels.get(child_id, ("", ""))[0]
        children.setdefault(guardian_id, []).append((child_id, f"{family} {given}".strip(), label))
    return children


def _contact_kinds(session: Session, ids: Iterable[int]) -> dict[int, tuple[set[str], set[str]]]:
    """Of guardians: the kinds of contact points that work, and those that are suppressed."""
    rows = session.execute(
        select(ContactPoint.guardian_id, ContactPoint.kind, ContactPoint.suppressed_reason).where(
            among(session, ContactPoint.guardian_id, ids), ContactPoint.verified_at.is_not(None)
        )
    )
    kinds: dict[int, tuple[set[str], set[str]]] = {}
    for guardian_id, kind, suppressed in rows:
        working, stopped = kinds.setdefault(guardian_id, (set(), set()))
        (working if suppressed is None else stopped).add(kind)
    return kinds
