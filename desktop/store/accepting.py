"""Carrying decisions about registrations out: what was submitted becomes, or joins, a child and a guardian."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from desktop.domain.accounts import AccountState
from desktop.domain.errors import UserError
from desktop.domain.people import ChildForm, ContactForm, GuardianForm, Sex
from desktop.domain.posts import Template
from desktop.domain.registrations import Decision, Kind, RegistrationState
from desktop.domain.schools import day_in_year
from desktop.store import (
    account_addresses,
    account_guardian,
    agreeing,
    families,
    family_writing,
    line_links,
    people_writing,
)
from desktop.store.roster_keys import refresh_child_keys
from desktop.store.tables import (
    Account,
    Child,
    ContactPoint,
    Enrolment,
    Group,
    Guardian,
    Guardianship,
    Membership,
    Registration,
)

_STATES = {
    Decision.ACCEPT_NEW: RegistrationState.ACCEPTED,
    Decision.LINK: RegistrationState.ACCEPTED,
    Decision.ACCEPT: RegistrationState.ACCEPTED,
    Decision.REFUSE: RegistrationState.REFUSED,
    Decision.ASK_BACK: RegistrationState.ASKED_BACK,
}
_MAILS = {
    Decision.ACCEPT_NEW: Template.ACCEPTED,
    Decision.LINK: Template.ACCEPTED,
    Decision.REFUSE: Template.REFUSED,
    Decision.ASK_BACK: Template.ASKED_BACK,
}


@dataclass(frozen=True, slots=True)
class Done:
    """What was carried out, for the record, and the mail that says so; None for whoever has left the portal, or has
    no mail address: they see it there.
    """

    decision: Decision
    mail: Template | None
    child_id: int | None
    school_id: int | None
    child: str
    address: str
    language: str
    reason: str
    decided_by: int | None


def carry_out(session: Session, registration_id: int, today: date) -> Done | None:
    """None where it was carried out or taken back meanwhile. Raises UserError for what cannot be done any more."""
    row = session.scalar(
        select(Registration)
        .where(Registration.id == registration_id, Registration.carry_out_at.is_not(None))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None or row.decision is None:
        return None
    decision = Decision(row.decision)
    account = session.get_one(Account, row.account_id, with_for_update=True)
    child_id = row.child_id
    if decision is Decision.ACCEPT_NEW:
        child_id = people_writing.add_child(session, _child_form(row), today)
    elif decision is Decision.LINK:
        _join_school(session, row, child_id or 0, today)
    if decision is Decision.ACCEPT:
        child_id = agreeing.agree(session, row, account, today)
    elif child_id is not None:
        _become_guardian(session, account, child_id, row.relationship, today)
    session.execute(
        update(Registration)
        .where(Registration.id == row.id)
        .values(
            state=_STATES[decision].value,
            carry_out_at=None,
            child_id=child_id,
            decision=None if decision is Decision.ASK_BACK else row.decision,
            version=Registration.version + 1,
        )
    )
    name = f"{row.family_name} {row.given_name}".strip()
    address = account_addresses.mail_of(session, account.id)
    mail = _mail(decision, row.kind) if account.state != AccountState.CLOSED.value else None
    reason = "" if decision is Decision.REFUSE and row.kind == Kind.SECOND_PARENT.value else row.reason
    return Done(  # a refused second parent is told nothing from which another parent could be guessed
        decision, mail if address else None, child_id, row.school_id, name, address, account.language, reason,
        row.decided_by,
    )  # fmt: skip


def _mail(decision: Decision, kind: str) -> Template:
    if decision is Decision.ACCEPT:
        return Template.WITHDRAWN if kind == Kind.WITHDRAWAL.value else Template.CHANGED
    return _MAILS[decision]


def _child_form(row: Registration) -> ChildForm:
    sex: Sex = row.sex  # type: ignore[assignment]  # checked when it was submitted
    return ChildForm(
        row.family_name,
        row.given_name,
        row.family_name_kana,
        row.given_name_kana,
        sex,
        row.birth_date,
        row.homeroom_id,
        row.student_number,
        group_ids=frozenset(row.group_ids),
    )


def _join_school(session: Session, row: Registration, child_id: int, today: date) -> None:
    """The roster keeps what it says of a child; only an enrolment and groups that are missing are added."""
    if session.get(Child, child_id) is None or row.school_id is None or row.year is None:
        raise UserError("not_found")
    enrolment = session.scalar(
        select(Enrolment).where(
            Enrolment.child_id == child_id,
            Enrolment.school_id == row.school_id,
            Enrolment.year == row.year,
            Enrolment.to_date.is_(None),
        )
    )
    if enrolment is None:
        day = day_in_year(today, row.year)
        enrolment = Enrolment(child_id=child_id, school_id=row.school_id, year=row.year, from_date=day)
        session.add(enrolment)
        session.flush()
    if people_writing.main_placement(session, enrolment.id) is None and row.homeroom_id is not None:
        day = people_writing.writing_day(enrolment, today)
        people_writing.place(session, enrolment, row.homeroom_id, row.student_number, day)
    _join_groups(session, enrolment, row.group_ids, people_writing.writing_day(enrolment, today))
    refresh_child_keys(session, [child_id], today)


def _join_groups(session: Session, enrolment: Enrolment, group_ids: list[int], day: date) -> None:
    open_ones = select(Membership.group_id).where(Membership.enrolment_id == enrolment.id, Membership.to_date.is_(None))
    missing = session.scalars(
        select(Group.id).where(
            Group.id.in_(group_ids), Group.school_id == enrolment.school_id, Group.id.not_in(open_ones)
        )
    ).all()
    session.add_all(
        Membership(enrolment_id=enrolment.id, school_id=enrolment.school_id, group_id=group_id, from_date=day)
        for group_id in sorted(missing)
    )
    session.flush()


def _become_guardian(session: Session, account: Account, child_id: int, relationship: str, today: date) -> None:
    """The account's person becomes a guardian of the child; one whom the roster knows by this address, or this
    telephone, is them.

    From the first time on notices come in the language that they chose on the portal.
    """
    is_first = account.guardian_id is None
    own = ContactForm("email", account.address) if account.address else ContactForm("sms", account.login)
    guardian_id = account.guardian_id or _known_by(session, own, child_id)
    form = GuardianForm(
        account.family_name,
        account.given_name,
        language=account.language,
        relationship=relationship,
        contacts=(own,),
    )
    if guardian_id is not None:
        form = _as_it_is(session, guardian_id, child_id, relationship, own)
    saved = family_writing.save(session, child_id, form, today)
    if is_first:
        session.execute(
            update(Account).where(Account.id == account.id).values(guardian_id=saved, version=Account.version + 1)
        )
    if guardian_id is not None:
        family_writing.keep_true(session, [guardian_id], today)
    account_guardian.follow(session, account.id, today, language=account.language if is_first else None)
    line_links.give(session, account.id, saved, today)


def _known_by(session: Session, own: ContactForm, child_id: int) -> int | None:
    """A guardian of this child with this address, whom no other account is. A telephone that two of them have tells
    nothing.
    """
    kinds = ("email",) if own.kind == "email" else ("sms", "phone")
    found = session.scalars(
        select(Guardianship.guardian_id)
        .distinct()
        .join(ContactPoint, ContactPoint.guardian_id == Guardianship.guardian_id)
        .outerjoin(Account, Account.guardian_id == Guardianship.guardian_id)
        .where(
            Guardianship.child_id == child_id,
            ContactPoint.kind.in_(kinds),
            func.lower(ContactPoint.address) == own.address.lower(),
            Account.id.is_(None),
        )
        .order_by(Guardianship.guardian_id)
        .limit(2)
    ).all()
    return found[0] if found and (own.kind == "email" or len(found) == 1) else None


def _as_it_is(session: Session, guardian_id: int, child_id: int, relationship: str, own: ContactForm) -> GuardianForm:
    """A guardian's form as the roster has it, with this address among their contacts."""
    row = session.get_one(Guardian, guardian_id)
    bond = session.scalar(
        select(Guardianship).where(Guardianship.child_id == child_id, Guardianship.guardian_id == guardian_id)
    )
    contacts = tuple(
        ContactForm(known.kind, known.address, known.plain_text_only, known.id)
        for known in families.contacts_of(session, [guardian_id]).get(guardian_id, ())
    )
    if own.address.lower() not in {known.address.lower() for known in contacts if known.kind == own.kind}:
        contacts += (own,)
    return GuardianForm(
        row.family_name,
        row.given_name,
        row.family_name_kana,
        row.given_name_kana,
        row.language,
        bond.relationship if bond is not None and bond.relationship else relationship,
        do_not_contact=bond is not None and bond.do_not_contact,
        contacts=contacts,
        id=row.id,
        version=row.version,
    )
