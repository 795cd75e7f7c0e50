"""Lists of children and guardians: their ids in order, all of them or the first.

What was typed is looked up in the search keys first. Of few people the list keeps its order. Of very many, in the order
in which a list stands by itself, those come first whose key does: nobody reads thousands from the top, and the database
need not sort them before the next letter.
"""

from array import array
from collections.abc import Collection
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Select, and_, exists, false, func, not_, select, union_all
from sqlalchemy.orm import Session

from desktop.domain import phones
from desktop.domain.people import ListQuery, Node
from desktop.domain.schools import day_in_year
from desktop.store import search
from desktop.store.enrolled import (
    child_flagged,
    enrolled_in,
    member_of,
    not_ended,
    open_on,
    placed,
    within,
)
from desktop.store.ids import among, each_once, ids_of
from desktop.store.people import Looking, usable
from desktop.store.planning import think_big
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
    SearchKey,
    WaitingContact,
)
from desktop.store.waiting_contacts import waits_at

First = tuple["array[int]", bool]
"""The ids at the top of a list, and whether they stand in the order of what was typed."""

MOST_SORTED = 2000
"""So many that were found as one types stand in the list's own order."""

_KANA = (Child.family_name_kana, Child.given_name_kana, Child.family_name, Child.given_name, Child.id)
_NAME = (Child.family_name, Child.given_name, Child.id)
_NUMBER = (func.length(Placement.student_number), Placement.student_number)
_CLASS = (School.code, Grade.position, Homeroom.position, Homeroom.label)
_GUARDIAN_NAME = (Guardian.family_name, Guardian.given_name, Guardian.id)
_GUARDIAN_KANA = (Guardian.family_name_kana, Guardian.given_name_kana, *_GUARDIAN_NAME)
_SCHOOLS_TRIED = 4


def child_ids(session: Session, looking: Looking, query: ListQuery) -> "array[int]":
    """The ids of the children a list shows, in its order."""
    think_big(session)
    return _in_order(each_once(ids_of(session, _children(session, looking, query)[0])), query.order)


def guardian_ids(session: Session, looking: Looking, query: ListQuery) -> "array[int]":
    """The ids of the guardians a list shows, in its order."""
    think_big(session)
    return _in_order(each_once(ids_of(session, _guardians(session, looking, query)[0])), query.order)


def first_children(session: Session, looking: Looking, query: ListQuery, most: int) -> "First | None":
    """As `child_ids`, but `most` at the most. None: they would take as long as all."""
    if query.order.startswith("-"):
        return None
    think_big(session)
    if query.order in {"", "class"} and query.node.school_id is None and not query.typed.strip():
        return _first_by_class(session, looking, query, most)
    return _first(session, *_children(session, looking, query), most)


def first_guardians(session: Session, looking: Looking, query: ListQuery, most: int) -> "First | None":
    """As `guardian_ids`, but `most` at the most. None: they would take as long as all."""
    if query.order.startswith("-"):
        return None
    think_big(session)
    return _first(session, *_guardians(session, looking, query), most)


def counts(session: Session, looking: Looking, node: Node) -> tuple[int, int, int]:
    """Children, guardians and unreached children of a node."""
    think_big(session)
    children = _children_at(select(func.count(Child.id.distinct())), looking, node)
    guardians = select(func.count(Guardian.id)).where(*_guardian_conditions(looking, ListQuery(node)))
    return (
        session.scalar(children) or 0,
        session.scalar(guardians) or 0,
        session.scalar(children.where(not_(_child_reached()))) or 0,
    )


def _in_order(ids: "array[int]", order: str) -> "array[int]":
    if order.startswith("-"):
        ids.reverse()
    return ids


def _first(session: Session, statement: Select[Any], by_key: bool, most: int) -> "First":
    # Somebody found by two keys comes twice.
    ids = dict.fromkeys(session.scalars(statement.limit(2 * most)))
    return array("q", islice(ids, most)), by_key


def _first_by_class(session: Session, looking: Looking, query: ListQuery, most: int) -> "First | None":
    """School by school: sorting a whole city by class takes its time."""
    schools = select(School.id).order_by(School.code)
    if (touched := looking.rosters.touched_schools) is not None:
        schools = schools.where(among(session, School.id, touched))
    found: dict[int, None] = {}
    listed = session.scalars(schools.limit(_SCHOOLS_TRIED + 1)).all()
    for school_id in listed[:_SCHOOLS_TRIED]:
        one = ListQuery(Node(school_id, query.node.year), "", query.only, "class")
        found.update(dict.fromkeys(session.scalars(_children(session, looking, one)[0].limit(2 * most))))
        if len(found) >= most:
            return array("q", islice(found, most)), False
    return (array("q", found), False) if len(listed) <= _SCHOOLS_TRIED else None


# Children


def _children(session: Session, looking: Looking, query: ListQuery) -> tuple[Select[Any], bool]:
    """The statement, and whether it goes by the keys that were found."""
    statement = _children_at(select(Child.id), looking, query.node).where(*_child_conditions(looking, query))
    if not query.typed.strip():
        return _child_order(statement, looking, query), False
    found = _found_children(looking, query)
    few = _few(session, found)
    if few is None and not query.order:
        return statement.join(found, found.c.id == Child.id).order_by(found.c.key, Child.id), True
    return _child_order(statement.where(_is_found(session, Child.id, found, few)), looking, query), False


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
    if query.only == "unreached":
        return [not_(_child_reached())]
    if query.only == "flagged":
        return [child_flagged(Child.id, looking.today), within(looking.flags)]
    return []


def _child_reached() -> ColumnElement[bool]:
    # Nested, so that SQLite, which has no statistics, cannot begin with all contact points of a kind.
    reached = select(ContactPoint.id).where(ContactPoint.guardian_id == Guardianship.guardian_id, usable())
    return exists(
        select(Guardianship.id).where(
            Guardianship.child_id == Child.id, not_(Guardianship.do_not_contact), exists(reached)
        )
    )


def _child_order(statement: Select[Any], looking: Looking, query: ListQuery) -> Select[Any]:
    order = query.order.removeprefix("-")
    if order == "kana":
        return statement.order_by(*_KANA)
    if order == "name":
        return statement.order_by(*_NAME)
    day = day_in_year(looking.today, looking.year(query.node))
    own_class = and_(Placement.enrolment_id == Enrolment.id, Placement.kind == "main", open_on(Placement, day))
    statement = statement.outerjoin(Placement, own_class)
    if order == "number" or (not order and query.node.homeroom_id is not None):
        return statement.order_by(*_NUMBER, *_KANA)
    return (
        statement.join(School, School.id == Enrolment.school_id)
        .outerjoin(Homeroom, Homeroom.id == Placement.homeroom_id)
        .outerjoin(Grade, Grade.id == Homeroom.grade_id)
        .order_by(*_CLASS, *_NUMBER, *_KANA)
    )


# Guardians


def _guardians(session: Session, looking: Looking, query: ListQuery) -> tuple[Select[Any], bool]:
    """As `_children`."""
    statement = select(Guardian.id).where(*_guardian_conditions(looking, query))
    order = _GUARDIAN_NAME if query.order.removeprefix("-") == "name" else _GUARDIAN_KANA
    if not query.typed.strip():
        return statement.order_by(*order), False
    found = _found("guardian", looking, query).subquery()
    few = _few(session, found)
    if few is None and not query.order:
        return statement.join(found, found.c.id == Guardian.id).order_by(found.c.key, Guardian.id), True
    return statement.where(_is_found(session, Guardian.id, found, few)).order_by(*order), False


def _guardian_conditions(looking: Looking, query: ListQuery) -> list[ColumnElement[bool]]:
    if query.node == Node() and looking.rosters.everywhere:
        conditions: list[ColumnElement[bool]] = []
    else:
        conditions = [Guardian.id.in_(_guardians_at(looking, query.node))]
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


def _guardians_at(looking: Looking, node: Node) -> CompoundSelect[Any]:
    """Of the children there, and those who wait there for theirs: no less than stand in the whole city's list."""
    theirs = (
        select(Guardianship.guardian_id)
        .join(Enrolment, Enrolment.child_id == Guardianship.child_id)
        .where(*_at(looking, node))
    )
    return union_all(theirs, select(WaitingContact.guardian_id).where(*waits_at(looking, node)))


# What was typed


def _found_children(looking: Looking, query: ListQuery) -> Any:
    """Children by their own keys; a telephone number or a mail address finds the children of whoever has it."""
    own = _found("child", looking, query)
    digits = phones.phone_query(query.typed)
    if (digits is None or len(digits) < 4) and "@" not in query.typed:
        return own.subquery()
    guardians = _found("guardian", looking, query).subquery()
    theirs = select(Guardianship.child_id.label("id"), guardians.c.key).join(
        guardians, guardians.c.id == Guardianship.guardian_id
    )
    return union_all(own, theirs).subquery()


def _found(kind: str, looking: Looking, query: ListQuery) -> Any:
    """The ids and keys that begin with what was typed; a sign that stands in no key finds nobody."""
    found = search.refs(query.typed, kind, _scopes(looking, query.node))
    keys = select(SearchKey.ref.label("id"), SearchKey.key)
    return keys.where(false()) if found is None else found.with_only_columns(*keys.selected_columns)


def _few(session: Session, found: Any) -> Collection[int] | None:
    """The ids that were found; None if they are too many to be put in order while somebody types."""
    ids = ids_of(session, select(found.c.id).limit(MOST_SORTED + 1))
    return None if len(ids) > MOST_SORTED else set(ids)


def _is_found(session: Session, id_: Any, found: Any, few: Collection[int] | None) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = id_.in_(select(found.c.id)) if few is None else among(session, id_, few)
    return condition


def _scopes(looking: Looking, node: Node) -> Collection[int] | None:
    if node.school_id is not None:
        return [node.school_id]
    return looking.rosters.touched_schools
