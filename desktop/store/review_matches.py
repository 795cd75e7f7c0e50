"""The roster beside a submission: the children that may be meant, and what a reviewer should beware of."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from desktop.domain import names
from desktop.domain.matching import Candidate, Sought
from desktop.domain.registrations import Caution, Kind, RegistrationState
from desktop.store.ids import among
from desktop.store.planning import think_big
from desktop.store.reviewing import Submitted
from desktop.store.search import CITY
from desktop.store.tables import (
    Account,
    Child,
    ContactPoint,
    Enrolment,
    Group,
    Guardian,
    Guardianship,
    Homeroom,
    Membership,
    Placement,
    Registration,
    RegistrationCode,
    School,
    SearchKey,
)

MOST_BY_NAME = 100
MOST_AT_SCHOOL = 200
_LAST = "\U0010ffff"


def candidates(session: Session, found: Submitted, schools: Collection[int] | None) -> list[Candidate]:
    """Children at these schools (None: in the city) of the whole name or reading; and at the submission's school also
    those of the same family reading and those born on the same day.
    """
    think_big(session)  # else PostgreSQL reads all children of the city for one day of birth
    ids = {
        *session.scalars(_of_the_name(found.sought, {CITY} if schools is None else set(schools)).limit(MOST_BY_NAME)),
        *session.scalars(_at_school(found).limit(MOST_AT_SCHOOL)),
        *session.scalars(_born_alike(found).limit(MOST_AT_SCHOOL)),
    }
    return described(session, ids, found) if ids else []


def chosen(session: Session, found: Submitted, schools: Collection[int] | None, child_id: int) -> list[Candidate]:
    """The child that a reviewer found in the roster themself; nobody where it is at none of these schools."""
    there = select(Enrolment.id).where(Enrolment.child_id == child_id, Enrolment.to_date.is_(None))
    if schools is not None:
        there = there.where(Enrolment.school_id.in_(schools))
    return described(session, [child_id], found) if session.scalar(there.limit(1)) is not None else []


def _of_the_name(sought: Sought, scopes: Collection[int]) -> Select[int]:
    whole = {
        names.search_key(sought.family_name + sought.given_name),
        names.search_key(sought.family_name_kana + sought.given_name_kana),
    } - {""}
    return select(SearchKey.ref).where(SearchKey.scope.in_(scopes), SearchKey.key.in_(whole), SearchKey.kind == "child")


def _at_school(found: Submitted) -> Select[int]:
    """Keys that begin with the family name's reading, or with the name where there is no reading."""
    begins = names.search_key(found.sought.family_name_kana) or names.search_key(found.sought.family_name)
    return select(SearchKey.ref).where(
        SearchKey.scope == found.school_id,
        SearchKey.key >= begins,
        SearchKey.key < begins + _LAST,
        SearchKey.kind == "child",
    )


def _born_alike(found: Submitted) -> Select[int]:
    return (
        select(Child.id)
        .join(Enrolment, Enrolment.child_id == Child.id)
        .where(
            Enrolment.school_id == found.school_id,
            Enrolment.year == found.year,
            Child.birth_date == found.sought.birth_date,
        )
    )


def described(session: Session, ids: Collection[int], found: Submitted) -> list[Candidate]:
    """These children with their class, guardians and groups."""
    places = _places(session, ids, found)
    guardians = _guardians(session, ids)
    groups = _groups(session, [place.enrolment_id for place in places.values()])
    children = session.execute(
        select(
            Child.id,
            Child.family_name,
            Child.given_name,
            Child.family_name_kana,
            Child.given_name_kana,
            Child.birth_date,
            Child.sex,
        ).where(among(session, Child.id, ids))
    )
    return [
        _candidate(child, places.get(child.id, _NOWHERE), guardians.get(child.id, _Family()), groups, found)
        for child in children
    ]


class _Place(NamedTuple):
    enrolment_id: int
    school_id: int
    year: int
    school: str
    homeroom_id: int | None
    homeroom: str
    unplaced: bool
    number: str


_NOWHERE = _Place(0, 0, 0, "", None, "", False, "")


def _candidate(
    child: Any, place: _Place, family: "_Family", groups: dict[int, list[str]], found: Submitted
) -> Candidate:
    """Class and number count only where the registration is for: another year's say nothing."""
    here = (place.school_id, place.year) == (found.school_id, found.year)
    return Candidate(
        child.id,
        child.family_name,
        child.given_name,
        child.family_name_kana,
        child.given_name_kana,
        child.birth_date,
        place.homeroom_id if here else None,
        place.unplaced and here,
        place.number if here else "",
        family.claimed,
        family.keys,
        child.sex,
        place.school,
        place.homeroom,
        tuple(sorted(groups.get(place.enrolment_id, ()))),
        family.names,
    )


def _places(session: Session, ids: Iterable[int], found: Submitted) -> dict[int, _Place]:
    """Where each child is: at the submission's school and year if it is there, else its newest place."""
    rows = session.execute(
        select(
            Enrolment.child_id,
            Enrolment.id,
            Enrolment.school_id,
            Enrolment.year,
            School.name,
            Placement.homeroom_id,
            func.coalesce(Homeroom.label, ""),
            func.coalesce(Homeroom.unplaced, False),
            func.coalesce(Placement.student_number, ""),
        )
        .join(School, School.id == Enrolment.school_id)
        .outerjoin(
            Placement,
            and_(Placement.enrolment_id == Enrolment.id, Placement.kind == "main", Placement.to_date.is_(None)),
        )
        .outerjoin(Homeroom, Homeroom.id == Placement.homeroom_id)
        .where(among(session, Enrolment.child_id, ids), Enrolment.to_date.is_(None))
    )
    best: dict[int, _Place] = {}
    for row in rows:
        child_id, place = row[0], _Place(*row[1:])
        if child_id not in best or _rank(place, found) > _rank(best[child_id], found):
            best[child_id] = place
    return best


def _rank(place: _Place, found: Submitted) -> tuple[bool, int]:
    return (place.school_id, place.year) == (found.school_id, found.year), place.year


class _Family(NamedTuple):
    claimed: bool = False
    keys: frozenset[str] = frozenset()
    names: tuple[str, ...] = ()


def _guardians(session: Session, ids: Iterable[int]) -> dict[int, _Family]:
    """Whether somebody with an account is a child's guardian, the match keys of its guardians' names, and the names."""
    rows = session.execute(
        select(Guardianship.child_id, Guardian.family_name, Guardian.given_name, Account.id)
        .join(Guardian, Guardian.id == Guardianship.guardian_id)
        .outerjoin(Account, Account.guardian_id == Guardian.id)
        .where(among(session, Guardianship.child_id, ids))
        .order_by(Guardianship.child_id, Guardianship.position, Guardianship.id)
    )
    found: dict[int, _Family] = defaultdict(_Family)
    for child_id, family, given, account in rows:
        known = found[child_id]
        key, name = names.match_key(family + given), f"{family} {given}".strip()
        found[child_id] = _Family(known.claimed or account is not None, known.keys | {key}, (*known.names, name))
    return found


def _groups(session: Session, enrolments: Iterable[int]) -> dict[int, list[str]]:
    rows = session.execute(
        select(Membership.enrolment_id, Group.name)
        .join(Group, Group.id == Membership.group_id)
        .where(among(session, Membership.enrolment_id, enrolments), Membership.to_date.is_(None))
    )
    found: dict[int, list[str]] = defaultdict(list)
    for enrolment_id, name in rows:
        found[enrolment_id].append(name)
    return found


def is_guardian(session: Session, guardian_id: int, child_ids: Collection[int]) -> bool:
    """Whether somebody is a guardian of one of these children."""
    mine = select(Guardianship.id).where(Guardianship.guardian_id == guardian_id, Guardianship.child_id.in_(child_ids))
    return session.scalar(mine.limit(1)) is not None


# Many at once


def certain(session: Session, ids: Sequence[int], schools: Collection[int] | None) -> list[int]:
    """Of these submissions those whose whole reading and birth date are those of a child: the only ones that can be
    exact matches. In the same order.
    """
    scopes = {CITY} if schools is None else set(schools)
    rows = session.execute(
        select(
            Registration.id, Registration.family_name_kana, Registration.given_name_kana, Registration.birth_date
        ).where(among(session, Registration.id, ids))
    )
    wanted = {id_: (names.search_key(family + given), born) for id_, family, given, born in rows}
    known = session.execute(
        select(SearchKey.key, Child.birth_date)
        .join(Child, Child.id == SearchKey.ref)
        .where(
            SearchKey.scope.in_(scopes),
            SearchKey.key.in_({key for key, _born in wanted.values() if key}),
            SearchKey.kind == "child",
        )
    )
    pairs = {(key, born) for key, born in known}
    return [id_ for id_ in ids if wanted.get(id_) in pairs]


# What to beware of


def cautions(session: Session, found: Submitted, child_id: int | None) -> set[Caution]:
    """What only the database knows. `child_id` is the likeliest child, whose guardians may well have this address."""
    row = session.get_one(Registration, found.id)
    said: set[Caution] = set()
    if row.kana_for_clerk:
        said.add(Caution.KANA_FOR_CLERK)
    code = session.get(RegistrationCode, row.code_id) if row.code_id is not None else None
    if code is not None and code.valid_until is not None:
        said.add(Caution.CODE_RENEWED)
    if session.scalar(select(exists(_twice(row)))):
        said.add(Caution.TWICE)
    others = select(ContactPoint.id).where(
        ContactPoint.kind == "email",
        ContactPoint.address.in_({found.address, found.address.lower()}),
        ContactPoint.guardian_id != (found.guardian_id or 0),
        ContactPoint.guardian_id.not_in(
            select(Guardianship.guardian_id).where(Guardianship.child_id == (child_id or 0))
        ),
    )
    if session.scalar(select(exists(others))):
        said.add(Caution.MAIL_OF_ANOTHER)
    return said


def _twice(row: Registration) -> Any:
    """Another submission of the same reading and birth date at the same school: one that waits too, or one's own.

    That the other parent's was accepted is as it should be.
    """
    return select(Registration.id).where(
        Registration.id != row.id,
        Registration.school_id == row.school_id,
        Registration.birth_date == row.birth_date,
        Registration.family_name_kana == row.family_name_kana,
        Registration.given_name_kana == row.given_name_kana,
        Registration.kind.in_((Kind.NEW_CHILD.value, Kind.SECOND_PARENT.value)),
        or_(
            Registration.state == RegistrationState.SUBMITTED.value,
            and_(Registration.state == RegistrationState.ACCEPTED.value, Registration.account_id == row.account_id),
        ),
    )
