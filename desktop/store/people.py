"""Lists of children and guardians: sorted ids first, then the rows of a page of them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, false, func, not_, or_, select
from sqlalchemy.orm import Session

from desktop.domain import phones
from desktop.domain.people import ChildRow, GuardianRow, ListQuery, Node
from desktop.domain.schools import day_in_year, school_year
from desktop.domain.staff import Places
from desktop.store import search
from desktop.store.enrolled import (
    child_flagged,
    child_visible,
    enrolled_in,
    guardian_visible,
    member_of,
    not_ended,
    open_on,
    placed,
    within,
)
from desktop.store.tables import (
    Child,
    ContactPoint,
    Enrolment,
    Grade,
    Guardian,
    Guardianship,
    Homeroom,
    Placement,
    School,
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


# Lists


def child_ids(session: Session, looking: Looking, query: ListQuery) -> list[int]:
    """The ids of the children a list shows, in its order, by one statement."""
    statement = _children_at(select(Child.id), looking, query.node).where(*_child_conditions(looking, query))
    return _in_order(session, _child_order(statement, looking, query), query.order)


def _children_at(statement: Select[Any], looking: Looking, node: Node) -> Select[Any]:
    return statement.join(Enrolment, Enrolment.child_id == Child.id).where(*_at(looking, node))


def _at(looking: Looking, node: Node) -> list[ColumnElement[bool]]:
    """The enrolments of a node that one may see."""
    year = looking.year(node)
    day = day_in_year(looking.today, year)
    conditions = [enrolled_in(year, looking.today), within(looking.rosters)]
    if node.school_id is not None:
        conditions.append(Enrolment.school_id == node.school_id)
    if node.homeroom_id is not None or node.grade_id is not None:
        conditions.append(placed(node.homeroom_id, node.grade_id, day))
    if node.group_id is not None:
        conditions.append(member_of(node.group_id, day))
    if node.placeless:
        conditions.append(not_(placed(None, None, day)))
    return conditions


def _child_conditions(looking: Looking, query: ListQuery) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if query.typed.strip():
        conditions.append(Child.id.in_(_typed_children(looking, query)))
    if query.only == "unreached":
        conditions.append(not_(_child_reached()))
    if query.only == "flagged":
        conditions += [child_flagged(Child.id, looking.today), within(looking.flags)]
    return conditions


def _typed_children(looking: Looking, query: ListQuery) -> Select[Any]:
    """Children by their own keys; a telephone number or a mail address finds the children of whoever has it."""
    scopes = _scopes(looking, query.node)
    found = search.refs(query.typed, "child", scopes)
    if found is None:
        return select(Child.id).where(false())
    digits = phones.phone_query(query.typed)
    if (digits is None or len(digits) < 4) and "@" not in query.typed:
        return found
    guardians = search.refs(query.typed, "guardian", scopes)
    theirs = select(Guardianship.child_id).where(_is_one_of(Guardianship.guardian_id, guardians))
    return select(Child.id).where(or_(Child.id.in_(found), Child.id.in_(theirs)))


def _is_one_of(column: Any, found: Select[Any] | None) -> ColumnElement[bool]:
    return false() if found is None else column.in_(found)


def _scopes(looking: Looking, node: Node) -> Collection[int] | None:
    if node.school_id is not None:
        return [node.school_id]
    return looking.rosters.touched_schools


def _child_reached() -> ColumnElement[bool]:
    # Nested, so that SQLite, which has no statistics, cannot begin with all contact points of a kind.
    reached = select(ContactPoint.id).where(ContactPoint.guardian_id == Guardianship.guardian_id, usable())
    return exists(
        select(Guardianship.id).where(
            Guardianship.child_id == Child.id, not_(Guardianship.do_not_contact), exists(reached)
        )
    )


def usable() -> ColumnElement[bool]:
    """A contact point by which notices go out."""
    return and_(
        ContactPoint.kind.in_(("email", "line")),
        ContactPoint.verified_at.is_not(None),
        ContactPoint.suppressed_reason.is_(None),
    )


_KANA = (Child.family_name_kana, Child.given_name_kana, Child.family_name, Child.given_name, Child.id)
_NAME = (Child.family_name, Child.given_name, Child.id)
_NUMBER = (func.length(Placement.student_number), Placement.student_number)
_CLASS = (School.code, Grade.position, Homeroom.position, Homeroom.label)


def _child_order(statement: Select[Any], looking: Looking, query: ListQuery) -> Select[Any]:
    order = query.order.removeprefix("-")
    if order == "kana":
        return statement.order_by(*_KANA)
    if order == "name":
        return statement.order_by(*_NAME)
    day = day_in_year(looking.today, looking.year(query.node))
    own_class = and_(Placement.enrolment_id == Enrolment.id, Placement.kind == "main", open_on(Placement, day))
    statement = statement.outerjoin(Placement, own_class)
    if order == "number":
        return statement.order_by(*_NUMBER, *_KANA)
    return (
        statement.join(School, School.id == Enrolment.school_id)
        .outerjoin(Homeroom, Homeroom.id == Placement.homeroom_id)
        .outerjoin(Grade, Grade.id == Homeroom.grade_id)
        .order_by(*_CLASS, *_NUMBER, *_KANA)
    )


def guardian_ids(session: Session, looking: Looking, query: ListQuery) -> list[int]:
    """The ids of the guardians a list shows, in its order, by one statement."""
    statement = select(Guardian.id).where(*_guardian_conditions(looking, query))
    kana = (Guardian.family_name_kana, Guardian.given_name_kana)
    name = (Guardian.family_name, Guardian.given_name, Guardian.id)
    by_name = query.order.removeprefix("-") == "name"
    return _in_order(session, statement.order_by(*(name if by_name else (*kana, *name))), query.order)


def _guardian_conditions(looking: Looking, query: ListQuery) -> list[ColumnElement[bool]]:
    if query.node == Node() and looking.rosters.everywhere:
        conditions: list[ColumnElement[bool]] = []
    else:
        conditions = [Guardian.id.in_(_guardians_at(looking, query.node))]
    if query.typed.strip():
        found = search.refs(query.typed, "guardian", _scopes(looking, query.node))
        conditions.append(_is_one_of(Guardian.id, found))
    if query.only == "unreached":
        reached = select(ContactPoint.id).where(ContactPoint.guardian_id == Guardian.id, usable())
        conditions.append(not_(exists(reached)))
    if query.only == "flagged":
        flagged = (
            select(Guardianship.guardian_id)
            .join(Enrolment, Enrolment.child_id == Guardianship.child_id)
            .where(not_ended(looking.today), within(looking.flags), child_flagged(Guardianship.child_id, looking.today))
        )
        conditions.append(Guardian.id.in_(flagged))
    return conditions


def _guardians_at(looking: Looking, node: Node) -> Select[Any]:
    return (
        select(Guardianship.guardian_id)
        .join(Enrolment, Enrolment.child_id == Guardianship.child_id)
        .where(*_at(looking, node))
    )


def _in_order(session: Session, statement: Select[Any], order: str) -> list[int]:
    """Each id once: a child may be enrolled, or a class be asked for, twice."""
    ids = list(dict.fromkeys(session.scalars(statement)))
    if order.startswith("-"):
        ids.reverse()
    return ids


def counts(session: Session, looking: Looking, node: Node) -> tuple[int, int, int]:
    """Children, guardians and unreached children of a node."""
    children = _children_at(select(func.count(Child.id.distinct())), looking, node)
    guardians = select(func.count(Guardian.id)).where(*_guardian_conditions(looking, ListQuery(node)))
    return (
        session.scalar(children) or 0,
        session.scalar(guardians) or 0,
        session.scalar(children.where(not_(_child_reached()))) or 0,
    )


# Rows


def child_rows(session: Session, looking: Looking, ids: Sequence[int], year: int | None) -> list[ChildRow]:
    """The rows of these children in this order, without those one may not see. At most MOST_ROWS."""
    names = session.execute(
        select(Child.id, Child.family_name, Child.given_name, Child.family_name_kana, Child.given_name_kana).where(
            Child.id.in_(ids), child_visible(looking.rosters, looking.today)
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
            Enrolment.child_id.in_(list(ids)),
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
        .where(Guardianship.child_id.in_(list(ids)))
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
            Child.id.in_(list(ids)), child_visible(looking.flags, looking.today)
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
        ).where(Guardian.id.in_(ids), guardian_visible(Guardian.id, looking.rosters, looking.today))
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
            Guardianship.guardian_id.in_(list(guardian_ids)),
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
            ContactPoint.guardian_id.in_(list(ids)), ContactPoint.verified_at.is_not(None)
        )
    )
    kinds: dict[int, tuple[set[str], set[str]]] = {}
    for guardian_id, kind, suppressed in rows:
        working, stopped = kinds.setdefault(guardian_id, (set(), set()))
        (working if suppressed is None else stopped).add(kind)
    return kinds
