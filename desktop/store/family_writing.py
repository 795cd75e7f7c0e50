"""Writing guardians, their bond to children, and the ways to reach them."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from desktop.domain.claims import ADDRESS_CHANGED
from desktop.domain.errors import UserError
from desktop.domain.mail import domain_of, lane
from desktop.domain.names import trimmed
from desktop.domain.people import ContactForm, GuardianForm
from desktop.domain.people_checks import contact_address
from desktop.domain.staff import Places
from desktop.store import audit, db
from desktop.store.deliveries.withholding import withhold
from desktop.store.enrolled import guardian_visible, not_ended
from desktop.store.roster_keys import refresh_guardian_keys
from desktop.store.tables import ContactPoint, Enrolment, Guardian, GuardianSchool, Guardianship, WaitingContact

_AT_ONCE = 2000
_FIELDS = ("family_name", "given_name", "family_name_kana", "given_name_kana", "language")


def require_guardian(session: Session, guardian_id: int, places: Places, today: date) -> None:
    """Raises UserError("not_found") for a guardian of nobody in these places."""
    known = session.scalar(
        select(Guardian.id).where(Guardian.id == guardian_id, guardian_visible(Guardian.id, places, today))
    )
    if known is None:
        raise UserError("not_found")


def save(session: Session, child_id: int, form: GuardianForm, today: date) -> int:
    """Add a guardian to a child or change one; contacts that the form does not name any more are removed.

    Raises UserError("changed_elsewhere").
    """
    if form.id is None:
        guardian = Guardian(**_values(form), created_at=db.now(session))
        session.add(guardian)
        session.flush()
        guardian_id, changed = guardian.id, ["added"]
    else:
        guardian_id, changed = form.id, _change(session, form.id, form)
    changed += _bond(session, child_id, guardian_id, form)
    changed += _set_contacts(session, guardian_id, form.contacts)
    _follow(session, guardian_id, "added" if form.id is None else "changed", changed, today)
    return guardian_id


def change_alone(session: Session, form: GuardianForm, today: date) -> None:
    """Change a guardian apart from any child. Raises UserError("changed_elsewhere")."""
    assert form.id is not None
    changed = _change(session, form.id, form)
    changed += _set_contacts(session, form.id, form.contacts)
    _follow(session, form.id, "changed", changed, today)


def _follow(session: Session, guardian_id: int, verb: str, changed: Sequence[str], today: date) -> None:
    """What hangs on a guardian that was just written, and the record of it."""
    if not changed:
        return
    withheld = withhold(session, guardian_id, ADDRESS_CHANGED) if "contacts" in changed else 0
    session.execute(update(Guardian).where(Guardian.id == guardian_id).values(version=Guardian.version + 1))
    schools = keep_schools(session, [guardian_id], today)
    refresh_guardian_keys(session, [guardian_id])
    for school in _schools_or_city(schools):
        audit.record(session, verb, "guardian", guardian_id, school=school, fields=changed, withheld=withheld)


def _values(form: GuardianForm) -> dict[str, Any]:
    return {field: trimmed(getattr(form, field)) for field in _FIELDS}


def _change(session: Session, guardian_id: int, form: GuardianForm) -> list[str]:
    row = session.get_one(Guardian, guardian_id, with_for_update=True)
    audit.require_version(session, "guardian", guardian_id, form.version or 0, row.version)
    values = _values(form)
    changed = [field for field, value in values.items() if getattr(row, field) != value]
    if changed:
        session.execute(update(Guardian).where(Guardian.id == guardian_id).values(**values))
    return changed


def _bond(session: Session, child_id: int, guardian_id: int, form: GuardianForm) -> list[str]:
    """The guardianship as the form has it; a new one stands last among the child's."""
    bond = session.scalar(
        select(Guardianship).where(Guardianship.child_id == child_id, Guardianship.guardian_id == guardian_id)
    )
    wanted = {"relationship": trimmed(form.relationship), "do_not_contact": form.do_not_contact}
    if bond is None:
        last = session.scalar(select(func.max(Guardianship.position)).where(Guardianship.child_id == child_id)) or 0
        session.add(Guardianship(child_id=child_id, guardian_id=guardian_id, position=last + 1, **wanted))
        session.flush()
        return ["guardianship"]
    changed = [field for field, value in wanted.items() if getattr(bond, field) != value]
    for field in changed:
        setattr(bond, field, wanted[field])
    session.flush()
    if bond.do_not_contact and "do_not_contact" in changed:
        withhold(session, guardian_id)
    return changed


def _set_contacts(session: Session, guardian_id: int, forms: Sequence[ContactForm]) -> list[str]:
    """Make these the guardian's contact points. Whoever enters an address vouches for it, and frees one that was
    stopped; one that the form names by its id stays as it is.
    """
    wanted = {(form.kind, contact_address(form.kind, form.address)): form for form in forms}
    rows = session.scalars(select(ContactPoint).where(ContactPoint.guardian_id == guardian_id)).all()
    known = {(row.kind, row.address): row for row in rows}
    changed = False
    for key, row in known.items():
        if key not in wanted:
            session.delete(row)
            changed = True
    session.flush()
    for (kind, address), form in wanted.items():
        kept = known.get((kind, address))
        if kept is None:
            session.add(_contact(session, guardian_id, kind, address, form))
            changed = True
            continue
        if kept.plain_text_only != form.plain_text_only:
            kept.plain_text_only = form.plain_text_only
            changed = True
        if kept.id != form.id and free(session, kept):
            changed = True
    session.flush()
    return ["contacts"] if changed else []


def _contact(session: Session, guardian_id: int, kind: str, address: str, form: ContactForm) -> ContactPoint:
    return ContactPoint(
        guardian_id=guardian_id,
        kind=kind,
        address=address,
        lane=lane(domain_of(address)).value if kind == "email" else "",
        plain_text_only=form.plain_text_only,
        verified_at=db.now(session),
    )


def free(session: Session, contact: ContactPoint) -> bool:
    """Use a contact point again, by the word of whoever acts; whether it was not in use."""
    if contact.verified_at is not None and contact.suppressed_reason is None:
        return False
    contact.verified_at = db.now(session)
    contact.suppressed_reason = contact.suppressed_at = None
    return True


def owner_of(session: Session, contact_id: int) -> int:
    """The guardian whose contact point this is. Raises UserError("not_found")."""
    guardian_id = session.scalar(select(ContactPoint.guardian_id).where(ContactPoint.id == contact_id))
    if guardian_id is None:
        raise UserError("not_found")
    return guardian_id


def language_of(session: Session, guardian_id: int) -> str:
    """The one that notices reach the guardian in."""
    return session.get_one(Guardian, guardian_id).language


def release(session: Session, contact_id: int) -> None:
    contact = session.get_one(ContactPoint, contact_id, with_for_update=True)
    if free(session, contact):
        session.execute(update(Guardian).where(Guardian.id == contact.guardian_id).values(version=Guardian.version + 1))
        audit.record(session, "released", "contact_point", contact_id, kind=contact.kind)
        audit.record(session, "changed", "guardian", contact.guardian_id, fields=["contacts"])


def bond_of(session: Session, guardianship_id: int) -> tuple[int, int]:
    """Child and guardian. Raises UserError("not_found")."""
    bond = session.get(Guardianship, guardianship_id)
    if bond is None:
        raise UserError("not_found")
    return bond.child_id, bond.guardian_id


def remove_bond(session: Session, guardianship_id: int, today: date) -> None:
    """Take a guardian from a child. The person stays: other children, and notices that went out, may name them."""
    bond = session.get_one(Guardianship, guardianship_id, with_for_update=True)
    guardian_id, child_id = bond.guardian_id, bond.child_id
    session.delete(bond)
    session.flush()
    withhold(session, guardian_id)
    before = set(session.scalars(select(GuardianSchool.school_id).where(GuardianSchool.guardian_id == guardian_id)))
    keep_schools(session, [guardian_id], today)
    refresh_guardian_keys(session, [guardian_id])
    for school in _schools_or_city(before):
        audit.record(session, "removed", "guardianship", guardianship_id, school=school, child=child_id)


def keep_schools(session: Session, guardian_ids: Collection[int], today: date) -> set[int]:
    """Keep `guardian_schools` with the enrolments of the guardians' children, and where they wait for one; the schools
    there are now.
    """
    wanted = {
        (school_id, guardian_id)
        for school_id, guardian_id in session.execute(
            select(Enrolment.school_id, Guardianship.guardian_id)
            .join(Guardianship, Guardianship.child_id == Enrolment.child_id)
            .where(Guardianship.guardian_id.in_(guardian_ids), not_ended(today))
        )
    }
    waiting = session.execute(
        select(WaitingContact.school_id, WaitingContact.guardian_id).where(WaitingContact.guardian_id.in_(guardian_ids))
    )
    wanted |= {(school_id, guardian_id) for school_id, guardian_id in waiting}
    current = {
        (row.school_id, row.guardian_id): row
        for row in session.scalars(select(GuardianSchool).where(GuardianSchool.guardian_id.in_(guardian_ids)))
    }
    for key in current.keys() - wanted:
        session.execute(
            delete(GuardianSchool).where(GuardianSchool.school_id == key[0], GuardianSchool.guardian_id == key[1])
        )
    session.add_all(
        GuardianSchool(school_id=school_id, guardian_id=guardian_id)
        for school_id, guardian_id in sorted(wanted - current.keys())
    )
    session.flush()
    return {school_id for school_id, _ in wanted}


def keep_true(session: Session, guardian_ids: Sequence[int], today: date) -> None:
    """Let the schools of these guardians, and where they are found, follow their children's enrolments."""
    for start in range(0, len(guardian_ids), _AT_ONCE):
        keep_schools(session, guardian_ids[start : start + _AT_ONCE], today)
    refresh_guardian_keys(session, guardian_ids)


def _schools_or_city(schools: Collection[int]) -> list[int | None]:
    """Each school that an event is about; a person of no school concerns the city alone."""
    return [*sorted(schools)] or [None]
