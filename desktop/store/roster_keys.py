"""Search keys of many children and guardians at once."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache

from sqlalchemy import select
from sqlalchemy.orm import Session

from desktop.domain.rosters.changes import Changes
from desktop.domain.rosters.families import NAME_FIELDS
from desktop.store import search
from desktop.store.enrolled import not_ended
from desktop.store.rosters import chunks
from desktop.store.tables import (
    Child,
    ChildReference,
    ContactPoint,
    Enrolment,
    Guardian,
    GuardianSchool,
    Placement,
)

Entry = tuple[str, int, str, Sequence[str]]
"""Kind, id, scopes and keys of a person, as search entries hold them."""


def new_entries(
    changes: Changes, children: Mapping[int, int], guardians: Mapping[int, int], schools: Mapping[int, int]
) -> Iterator[Entry]:
    """What new children and guardians will be found by; the mappings say what planned ids will be."""
    yield from _of_new_children(changes, children, schools)
    yield from _of_new_guardians(changes, guardians, schools)


def _of_new_children(changes: Changes, ids: Mapping[int, int], schools: Mapping[int, int]) -> Iterator[Entry]:
    at: dict[int, tuple[int, ...]] = {}
    codes: dict[int, tuple[str, ...]] = {}
    child_of = {}
    for enrolment in changes.enrolments:
        child = child_of[enrolment.id] = enrolment.child_id
        at[child] = (*at.get(child, ()), schools.get(enrolment.school_id, enrolment.school_id))
    for placement in changes.placements:
        if placement.enrolment_id < 0:
            child = child_of[placement.enrolment_id]
            codes[child] = (*codes.get(child, ()), placement.student_number)
    for ref, entry in changes.children:
        keys = search.child_keys(
            entry.family_name,
            entry.given_name,
            entry.family_name_kana,
            entry.given_name_kana,
            (entry.code, *codes.get(ref, ())),
        )
        yield "child", ids[ref], _scopes(at.get(ref, ())), sorted(keys)


def _of_new_guardians(changes: Changes, ids: Mapping[int, int], schools: Mapping[int, int]) -> Iterator[Entry]:
    at: dict[int, tuple[int, ...]] = {}
    numbers: dict[int, tuple[str, ...]] = {}
    mails: dict[int, tuple[str, ...]] = {}
    for school_id, ref in changes.guardian_schools:
        at[ref] = (*at.get(ref, ()), schools.get(school_id, school_id))
    for ref, kind, address in changes.contacts:
        if kind != "line":
            found = mails if kind == "email" else numbers
            found[ref] = (*found.get(ref, ()), address)
    for ref, entry in changes.guardians:
        later = changes.guardians_changed.get(ref, {})
        names = [str(later.get(name, getattr(entry, name))) for name in NAME_FIELDS]
        keys = search.guardian_keys(names[0], names[1], names[2], names[3], numbers.get(ref, ()), mails.get(ref, ()))
        yield "guardian", ids[ref], _scopes(at.get(ref, ())), sorted(keys)


@lru_cache(maxsize=4096)
def _scopes(schools: tuple[int, ...]) -> str:
    return search.scopes_text(schools)


def refresh_child_keys(session: Session, ids: Sequence[int], today: date) -> None:
    """Write anew what these children are found by; a school finds a child up to its last day there."""
    for chunk in chunks(ids):
        schools: dict[int, set[int]] = defaultdict(set)
        codes: dict[int, set[str]] = defaultdict(set)
        for child_id, school_id, number in session.execute(
            select(Enrolment.child_id, Enrolment.school_id, Placement.student_number)
            .outerjoin(Placement, (Placement.enrolment_id == Enrolment.id) & Placement.to_date.is_(None))
            .where(Enrolment.child_id.in_(chunk), not_ended(today))
        ):
            schools[child_id].add(school_id)
            codes[child_id].add(number or "")
        for child_id, value in session.execute(
            select(ChildReference.child_id, ChildReference.value).where(ChildReference.child_id.in_(chunk))
        ):
            codes[child_id].add(value)
        names = session.execute(
            select(Child.id, Child.family_name, Child.given_name, Child.family_name_kana, Child.given_name_kana).where(
                Child.id.in_(chunk)
            )
        )
        entries = {
            id_: (schools[id_], search.child_keys(family, given, family_kana, given_kana, codes[id_]))
            for id_, family, given, family_kana, given_kana in names
        }
        search.replace_keys(session, "child", entries)


def refresh_guardian_keys(session: Session, ids: Sequence[int]) -> None:
    """Write anew what these guardians are found by."""
    for chunk in chunks(ids):
        schools: dict[int, set[int]] = defaultdict(set)
        numbers: dict[int, set[str]] = defaultdict(set)
        mails: dict[int, set[str]] = defaultdict(set)
        for guardian_id, school_id in session.execute(
            select(GuardianSchool.guardian_id, GuardianSchool.school_id).where(GuardianSchool.guardian_id.in_(chunk))
        ):
            schools[guardian_id].add(school_id)
        for guardian_id, kind, address in session.execute(
            select(ContactPoint.guardian_id, ContactPoint.kind, ContactPoint.address).where(
                ContactPoint.guardian_id.in_(chunk), ContactPoint.kind.in_(("email", "phone", "sms"))
            )
        ):
            (mails if kind == "email" else numbers)[guardian_id].add(address)
        names = session.execute(
            select(
                Guardian.id,
                Guardian.family_name,
                Guardian.given_name,
                Guardian.family_name_kana,
                Guardian.given_name_kana,
            ).where(Guardian.id.in_(chunk))
        )
        entries = {
            id_: (
                schools[id_],
                search.guardian_keys(family, given, family_kana, given_kana, numbers[id_], mails[id_]),
            )
            for id_, family, given, family_kana, given_kana in names
        }
        search.replace_keys(session, "guardian", entries)
