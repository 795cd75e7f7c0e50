"""A guardian's own children, for that guardian alone, and what a change of them would change.

What the roster says of a child is shown, except where its family is flagged or this guardian must not be contacted
about it: there it is what they registered themselves, so that no page of theirs tells where a child has gone.
"""

from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from desktop.domain.errors import UserError
from desktop.domain.own_children import CHILD_FIELDS, SCHOOL_FIELDS, OwnChild, listed, texts_of
from desktop.domain.registrations import FieldChange, Kind, RegistrationState
from desktop.store import registrations
from desktop.store.enrolled import child_flagged, not_ended, open_on
from desktop.store.tables import (
    Account,
    Child,
    Enrolment,
    Group,
    Guardianship,
    Homeroom,
    Membership,
    Placement,
    Registration,
    School,
)

_OPEN = (RegistrationState.DRAFT.value, RegistrationState.SUBMITTED.value, RegistrationState.ASKED_BACK.value)
_OF_KNOWN = (Kind.CHANGE.value, Kind.WITHDRAWAL.value)


def of_account(session: Session, account_id: int, today: date, *, whole: bool = False) -> list[OwnChild]:
    """The children whose guardian this account is, the eldest first; `whole` is not for its eyes."""
    rows = session.execute(
        select(Child, Guardianship, child_flagged(Child.id, today))
        .join(Guardianship, Guardianship.child_id == Child.id)
        .join(Account, Account.guardian_id == Guardianship.guardian_id)
        .where(Account.id == account_id)
        .order_by(Child.birth_date, Child.id)
    ).all()
    open_ones = _open(session, account_id)
    found = []
    for child, bond, flagged in rows:
        child_open = open_ones.get(child.id)
        if not whole and (flagged or bond.do_not_contact):
            own = _as_registered(session, account_id, child.id, child_open)
        else:
            own = _as_known(session, child, bond.relationship, child_open, today)
        if own is not None:
            found.append(own)
    return found


def one(session: Session, account_id: int, child_id: int, today: date) -> OwnChild:
    """Raises UserError("not_found"), also for another's child."""
    for own in of_account(session, account_id, today):
        if own.child_id == child_id:
            return own
    raise UserError("not_found")


def _open(session: Session, account_id: int) -> dict[int, int]:
    rows = session.execute(
        select(Registration.about_child_id, Registration.id)
        .where(Registration.account_id == account_id, Registration.kind.in_(_OF_KNOWN), Registration.state.in_(_OPEN))
        .order_by(Registration.id)
    )
    return {child_id: id_ for child_id, id_ in rows if child_id is not None}


def _as_known(session: Session, child: Child, relationship: str, open_: int | None, today: date) -> OwnChild:
    enrolment = session.execute(
        select(Enrolment, School.name)
        .join(School, School.id == Enrolment.school_id)
        .where(Enrolment.child_id == child.id, not_ended(today))
        .order_by(Enrolment.year.desc(), Enrolment.id.desc())
        .limit(1)
    ).one_or_none()
    school_id, school, year, room_id, room, number = None, "", None, None, "", ""
    groups: Sequence[tuple[int, str]] = ()
    if enrolment is not None:
        school_id, school, year = enrolment[0].school_id, enrolment[1], enrolment[0].year
        room_id, room, number = _place(session, enrolment[0].id)
        groups = _groups(session, enrolment[0].id, today)
    return OwnChild(
        child.id,
        child.family_name,
        child.given_name,
        child.family_name_kana,
        child.given_name_kana,
        child.sex,  # type: ignore[arg-type]  # its CHECK knows the words
        child.birth_date,
        relationship,
        school_id,
        school,
        year,
        room_id,
        room,
        tuple(groups),
        number,
        open_,
    )


def _place(session: Session, enrolment_id: int) -> tuple[int | None, str, str]:
    row = session.execute(
        select(Homeroom.id, Homeroom.label, Placement.student_number)
        .join(Placement, Placement.homeroom_id == Homeroom.id)
        .where(Placement.enrolment_id == enrolment_id, Placement.kind == "main", Placement.to_date.is_(None))
    ).one_or_none()
    return (row[0], row[1], row[2]) if row is not None else (None, "", "")


def _groups(session: Session, enrolment_id: int, today: date) -> list[tuple[int, str]]:
    rows = session.execute(
        select(Group.id, Group.name)
        .join(Membership, Membership.group_id == Group.id)
        .where(Membership.enrolment_id == enrolment_id, and_(Membership.to_date.is_(None) | open_on(Membership, today)))
        .order_by(Group.name)
    )
    return [(id_, name) for id_, name in rows]


def _as_registered(session: Session, account_id: int, child_id: int, open_: int | None) -> OwnChild | None:
    """What this account said last of the child and was accepted; None where it never said anything."""
    row = session.scalar(
        select(Registration)
        .where(
            Registration.account_id == account_id,
            Registration.child_id == child_id,
            Registration.kind != Kind.WITHDRAWAL.value,
            Registration.state == RegistrationState.ACCEPTED.value,
        )
        .order_by(Registration.id.desc())
        .limit(1)
    )
    if row is None:
        return None
    known = registrations.worded(session, [row])[0]
    given = known.child
    return OwnChild(
        child_id,
        given.family_name,
        given.given_name,
        given.family_name_kana,
        given.given_name_kana,
        given.sex,
        given.birth_date,
        given.relationship,
        known.school_id,
        known.school,
        known.year,
        known.homeroom_id,
        known.homeroom,
        tuple(zip(_known_groups(session, row.group_ids), known.groups, strict=True)),
        known.student_number,
        open_,
    )


def _known_groups(session: Session, group_ids: Collection[int]) -> list[int]:
    """Those that there still are, in the order given."""
    there = set(session.scalars(select(Group.id).where(Group.id.in_(group_ids))))
    return [id_ for id_ in group_ids if id_ in there]


# Changes


def changes(session: Session, registration_id: int) -> tuple[FieldChange, ...]:
    """What a change asks for, field by field; nothing for another kind of submission."""
    row = session.get_one(Registration, registration_id)
    if row.kind != Kind.CHANGE.value or row.about_child_id is None:
        return ()
    wanted = registrations.worded(session, [row])[0]
    new = texts_of(wanted.child) | {
        "school": wanted.school,
        "homeroom": wanted.homeroom,
        "groups": listed(wanted.groups),
        "student_number": wanted.student_number,
    }
    now = _now(session, row)
    fields = (*CHILD_FIELDS, *SCHOOL_FIELDS)
    return tuple(
        FieldChange(field, str(row.old.get(field, "")), new[field], str(now.get(field, "")))
        for field in fields
        if str(row.old.get(field, "")) != new[field]
    )


def _now(session: Session, row: Registration) -> dict[str, object]:
    """The child as the roster has it, whoever may know it: for reviewers."""
    found = session.execute(
        select(Child, Guardianship.relationship)
        .join(Guardianship, Guardianship.child_id == Child.id)
        .join(Account, Account.guardian_id == Guardianship.guardian_id)
        .where(Child.id == row.about_child_id, Account.id == row.account_id)
    ).one_or_none()
    if found is None:
        return {}
    day = row.submitted_at or row.created_at
    return _as_known(session, found[0], found[1], None, day.date()).document()
