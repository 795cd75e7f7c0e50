"""Contacts that wait for their child (A4): finding, showing and changing them, and giving them a child."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, func, not_, select
from sqlalchemy.orm import Session

from desktop.domain.claims import ADDRESS_CHANGED
from desktop.domain.errors import UserError
from desktop.domain.people import ListQuery, Node
from desktop.domain.staff import Places, ScopeKind
from desktop.domain.waiting_contacts import WaitingPlace, WaitingRow
from desktop.store import audit, family_writing, search, undoing
from desktop.store.deliveries.withholding import withhold
from desktop.store.enrolled import waits_in
from desktop.store.families import contacts_of
from desktop.store.ids import among
from desktop.store.people import Looking, usable
from desktop.store.tables import ContactPoint, Grade, Group, Guardian, Guardianship, Homeroom, School, WaitingContact
from desktop.store.undoing import Ledger

GIVEN, JOINED, REMOVED = "give_waiting", "join_waiting", "remove_waiting"
VERBS = frozenset({GIVEN, JOINED, REMOVED})


# Lists


def ids(session: Session, looking: Looking, query: ListQuery) -> list[int]:
    """The contacts a list shows, in its order: by `name`, or by `place`; with `-` the other way round."""
    statement = (
        select(WaitingContact.id)
        .join(Guardian, Guardian.id == WaitingContact.guardian_id)
        .join(School, School.id == WaitingContact.school_id)
        .outerjoin(Homeroom, Homeroom.id == WaitingContact.homeroom_id)
        .outerjoin(Grade, Grade.id == Homeroom.grade_id)
        .outerjoin(Group, Group.id == WaitingContact.group_id)
        .where(*waits_at(looking, query.node))
    )
    if query.typed.strip():
        found = search.refs(query.typed, "guardian", _scopes(looking, query.node))
        statement = statement.where(false() if found is None else WaitingContact.guardian_id.in_(found))
    if query.only == "unreached":
        address = select(ContactPoint.id).where(ContactPoint.guardian_id == WaitingContact.guardian_id, usable())
        statement = statement.where(not_(exists(address)))
    name = (func.nullif(Guardian.family_name, "").is_(None), Guardian.family_name, WaitingContact.id)
    # Those of no class stand behind the classes on both databases.
    place = (
        School.code,
        Homeroom.id.is_(None),
        Grade.position,
        Homeroom.position,
        Group.id.is_(None),
        Group.name,
    )
    by_place = query.order.removeprefix("-") == "place"
    listed = list(session.scalars(statement.order_by(*((*place, *name) if by_place else name))))
    return listed[::-1] if query.order.startswith("-") else listed


def waits_at(looking: Looking, node: Node) -> list[ColumnElement[bool]]:
    """The contacts that wait at a node and that one may see."""
    conditions = [WaitingContact.year == looking.year(node), waits_in(looking.rosters)]
    if node.school_id is not None:
        conditions.append(WaitingContact.school_id == node.school_id)
    if node.homeroom_id is not None:
        conditions.append(WaitingContact.homeroom_id == node.homeroom_id)
    if node.grade_id is not None:
        rooms = select(Homeroom.id).where(Homeroom.grade_id == node.grade_id)
        conditions.append(WaitingContact.homeroom_id.in_(rooms))
    if node.group_id is not None:
        conditions.append(WaitingContact.group_id == node.group_id)
    if node.placeless:
        conditions.append(and_(WaitingContact.homeroom_id.is_(None), WaitingContact.group_id.is_(None)))
    return conditions


def _scopes(looking: Looking, node: Node) -> Collection[int] | None:
    return looking.rosters.touched_schools if node.school_id is None else [node.school_id]


def rows(session: Session, looking: Looking, wanted: Sequence[int]) -> list[WaitingRow]:
    """The contacts in this order, without those one may not see; two statements."""
    found = session.execute(
        select(WaitingContact, Guardian, School.name, Homeroom.label, Group.name)
        .join(Guardian, Guardian.id == WaitingContact.guardian_id)
        .join(School, School.id == WaitingContact.school_id)
        .outerjoin(Homeroom, Homeroom.id == WaitingContact.homeroom_id)
        .outerjoin(Group, Group.id == WaitingContact.group_id)
        .where(WaitingContact.id.in_(wanted), waits_in(looking.rosters))
    ).all()
    contacts = contacts_of(session, {guardian.id for _, guardian, *_ in found})
    lines = {
        contact.id: WaitingRow(
            id=contact.id,
            guardian_id=guardian.id,
            name=f"{guardian.family_name} {guardian.given_name}".strip(),
            given_name=contact.name,
            contacts=contacts.get(guardian.id, ()),
            language=guardian.language,
            school_id=contact.school_id,
            school=school,
            year=contact.year,
            homeroom_id=contact.homeroom_id,
            group_id=contact.group_id,
            place=room or group or "",
            version=guardian.version,
        )
        for contact, guardian, school, room, group in found
    }
    return [lines[id_] for id_ in wanted if id_ in lines]


def places(session: Session, looking: Looking, year: int | None) -> list[WaitingPlace]:
    """Where somebody waits, and how many; classes before groups."""
    found = session.execute(
        select(
            WaitingContact.school_id,
            WaitingContact.homeroom_id,
            WaitingContact.group_id,
            Homeroom.label,
            Group.name,
            func.count(),
        )
        .outerjoin(Homeroom, Homeroom.id == WaitingContact.homeroom_id)
        .outerjoin(Grade, Grade.id == Homeroom.grade_id)
        .outerjoin(Group, Group.id == WaitingContact.group_id)
        .where(*waits_at(looking, Node(year=year)))
        .group_by(
            WaitingContact.school_id,
            WaitingContact.homeroom_id,
            WaitingContact.group_id,
            Homeroom.label,
            Group.name,
            Grade.position,
            Homeroom.position,
        )
        .order_by(
            WaitingContact.school_id,
            WaitingContact.homeroom_id.is_(None),
            Grade.position,
            Homeroom.position,
            WaitingContact.group_id.is_(None),
            Group.name,
        )
    )
    return [
        WaitingPlace(school_id, room_id, group_id, room or group or "", count)
        for school_id, room_id, group_id, room, group, count in found
    ]


# Changing them


def require(session: Session, wanted: Collection[int], allowed: Places) -> list[WaitingContact]:
    """The contacts, which must all wait in these places. Raises UserError("not_found")."""
    found = session.scalars(
        select(WaitingContact)
        .where(WaitingContact.id.in_(wanted), waits_in(allowed))
        .order_by(WaitingContact.id)
        .with_for_update(of=WaitingContact)
    ).all()
    if {contact.id for contact in found} != set(wanted):
        raise UserError("not_found")
    return list(found)


def give(session: Session, contacts: Sequence[WaitingContact], child_id: int, relationship: str, today: date) -> int:
    """Make the guardians of these contacts guardians of the child; a token for the undo.

    One whose every address a guardian of the child has already is that guardian, and no second one is made. Raises
    UserError("waiting.not_to_contact") for an address of somebody who must not be contacted about the child.
    """
    ledger = Ledger(session)
    guardians = list(dict.fromkeys(contact.guardian_id for contact in contacts))
    schools = {contact.school_id for contact in contacts}
    scopes = _scopes_of(contacts)
    ledger.remove(WaitingContact, [contact.id for contact in contacts])
    for contact in contacts:
        session.expunge(contact)
    for guardian_id in guardians:
        if not _is_known(session, guardian_id, child_id):
            ledger.add(Guardianship, [_bond(session, guardian_id, child_id, relationship)])
    steps = _steps(guardians, schools, scopes, ledger) | {"child": child_id}
    token = undoing.keep(session, GIVEN, steps)
    family_writing.keep_true(session, guardians, today)
    for school_id in sorted(schools):
        audit.record(session, "given", "waiting_contact", school=school_id, child=child_id, count=len(contacts))
    return token


def _is_known(session: Session, guardian_id: int, child_id: int) -> bool:
    """The child has this guardian, or one with all their addresses."""
    bonds = session.execute(
        select(Guardianship.guardian_id, Guardianship.do_not_contact).where(Guardianship.child_id == child_id)
    ).all()
    addresses = addresses_of(session, {guardian_id, *(bond.guardian_id for bond in bonds)})
    own = addresses.get(guardian_id, set())
    for bond in bonds:
        if bond.do_not_contact and own & addresses.get(bond.guardian_id, set()):
            raise UserError("waiting.not_to_contact")
    return any(
        bond.guardian_id == guardian_id or (own and own <= addresses.get(bond.guardian_id, set())) for bond in bonds
    )


def addresses_of(session: Session, guardian_ids: Collection[int]) -> dict[int, set[tuple[str, str]]]:
    """By guardian, each with its kind."""
    found: dict[int, set[tuple[str, str]]] = {}
    for guardian_id, kind, address in session.execute(
        select(ContactPoint.guardian_id, ContactPoint.kind, ContactPoint.address).where(
            among(session, ContactPoint.guardian_id, guardian_ids)
        )
    ):
        found.setdefault(guardian_id, set()).add((kind, address))
    return found


def _bond(session: Session, guardian_id: int, child_id: int, relationship: str) -> int:
    last = session.scalar(select(func.max(Guardianship.position)).where(Guardianship.child_id == child_id)) or 0
    bond = Guardianship(child_id=child_id, guardian_id=guardian_id, relationship=relationship, position=last + 1)
    session.add(bond)
    session.flush()
    return bond.id


def join(session: Session, contacts: Sequence[WaitingContact], today: date) -> int:
    """They are guardians whom the roster knows already, and wait no more; a token for the undo."""
    ledger = Ledger(session)
    guardians = list(dict.fromkeys(contact.guardian_id for contact in contacts))
    schools = Counter(contact.school_id for contact in contacts)
    scopes = _scopes_of(contacts)
    ledger.remove(WaitingContact, [contact.id for contact in contacts])
    for contact in contacts:
        session.expunge(contact)
    token = undoing.keep(session, JOINED, _steps(guardians, schools, scopes, ledger))
    family_writing.keep_true(session, guardians, today)
    for school_id, number in sorted(schools.items()):
        audit.record(session, "joined", "waiting_contact", school=school_id, count=number)
    return token


def remove(session: Session, contacts: Sequence[WaitingContact], today: date) -> int:
    """Forget that these wait; what still waits for them does not go out. A token for the undo.

    The person stays: notices that went out name them. If they wait again, what was withheld can be sent again.
    """
    ledger = Ledger(session)
    guardians = list(dict.fromkeys(contact.guardian_id for contact in contacts))
    schools = {contact.school_id for contact in contacts}
    scopes = _scopes_of(contacts)
    ledger.remove(WaitingContact, [contact.id for contact in contacts])
    for contact in contacts:
        session.expunge(contact)
    withheld = sum(withhold(session, guardian_id, ADDRESS_CHANGED) for guardian_id in guardians)
    token = undoing.keep(session, REMOVED, _steps(guardians, schools, scopes, ledger))
    family_writing.keep_true(session, guardians, today)
    for school_id in sorted(schools):
        audit.record(session, "removed", "waiting_contact", school=school_id, count=len(contacts), withheld=withheld)
    return token


def take_back(session: Session, steps: undoing.Document, today: date) -> None:
    """They wait again as they did. Raises UserError("undo.changed")."""
    undoing.take_back(session, steps["ledger"])
    family_writing.keep_true(session, steps["guardians"], today)
    for school_id in steps["schools"]:
        audit.record(session, "waiting_again", "waiting_contact", school=school_id, count=len(steps["guardians"]))


def _scopes_of(contacts: Iterable[WaitingContact]) -> list[list[object]]:
    """Where they waited, so that whoever may change them there may also take it back."""
    found: set[tuple[Any, ...]] = set()
    for contact in contacts:
        if contact.homeroom_id is not None:
            found.add((ScopeKind.HOMEROOM.value, contact.school_id, contact.homeroom_id))
        elif contact.group_id is not None:
            found.add((ScopeKind.GROUP.value, contact.school_id, contact.group_id))
        else:
            found.add((ScopeKind.SCHOOL.value, contact.school_id, None))
    return [list(scope) for scope in sorted(found, key=str)]


def _steps(
    guardians: Sequence[int], schools: Iterable[int], scopes: list[list[object]], ledger: Ledger
) -> undoing.Document:
    return {"guardians": list(guardians), "schools": sorted(schools), "scopes": scopes, "ledger": ledger.document()}


def count(session: Session, schools: Collection[int] | None, year: int) -> int:
    """How many wait at these schools (None: at any) in the school year."""
    statement = select(func.count(WaitingContact.guardian_id.distinct())).where(WaitingContact.year == year)
    if schools is not None:
        statement = statement.where(WaitingContact.school_id.in_(schools))
    return session.scalar(statement) or 0
