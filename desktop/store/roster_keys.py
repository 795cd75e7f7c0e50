"""Search keys of many children and guardians at once, made from what stands in the database."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from desktop.store import search
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


def refresh_child_keys(session: Session, ids: Sequence[int]) -> None:
    """Write anew what these children are found by."""
    for chunk in chunks(ids):
        schools: dict[int, set[int]] = defaultdict(set)
        codes: dict[int, set[str]] = defaultdict(set)
        for child_id, school_id, number in session.execute(
            select(Enrolment.child_id, Enrolment.school_id, Placement.student_number)
            .outerjoin(Placement, (Placement.enrolment_id == Enrolment.id) & Placement.to_date.is_(None))
            .where(Enrolment.child_id.in_(chunk), Enrolment.to_date.is_(None))
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
