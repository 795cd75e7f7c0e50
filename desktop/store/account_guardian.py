"""What somebody changes of their own on the portal, in the roster: their record as a guardian follows their account."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date

from sqlalchemy.orm import Session

from desktop.domain.people import ContactForm, GuardianForm
from desktop.store import account_addresses, families, family_writing
from desktop.store.tables import Account, Guardian

_PORTALS = ("email", "line")
"""Kinds of contact points that the portal writes to."""


def follow(
    session: Session,
    account_id: int,
    today: date,
    *,
    gone: Collection[str] = (),
    confirmed: str = "",
    language: str | None = None,
    names: tuple[str, str] | None = None,
) -> None:
    """Let the guardian's contact points be those of the account; what the school entered beside them stays.

    `gone` are addresses that it has no more; one that was just `confirmed` is used again, had it been stopped. Nothing
    happens while nobody has accepted the account's person as a guardian.
    """
    form = _form(session, account_id)
    if form is None:
        return
    if language is not None:
        form = replace(form, language=language)
    if names is not None:
        form = replace(form, family_name=names[0], given_name=names[1])
    contacts = _contacts(session, account_id, form.contacts, {address.lower() for address in gone}, confirmed.lower())
    family_writing.change_alone(session, replace(form, contacts=contacts), today)


def leave(session: Session, account_id: int, today: date) -> None:
    """Nothing is written to the guardian any more; telephone numbers that the school entered stay with it."""
    form = _form(session, account_id)
    if form is not None:
        own_phone = "sms", session.get_one(Account, account_id).login
        stays = tuple(
            contact
            for contact in form.contacts
            if contact.kind not in _PORTALS and (contact.kind, contact.address) != own_phone
        )
        family_writing.change_alone(session, replace(form, contacts=stays), today)


def _form(session: Session, account_id: int) -> GuardianForm | None:
    """The guardian as the roster has them; locked, so that two pages take turns."""
    guardian_id = session.get_one(Account, account_id, populate_existing=True).guardian_id
    if guardian_id is None:
        return None
    row = session.get_one(Guardian, guardian_id, with_for_update=True, populate_existing=True)
    known = families.contacts_of(session, [guardian_id]).get(guardian_id, ())
    return GuardianForm(
        row.family_name,
        row.given_name,
        row.family_name_kana,
        row.given_name_kana,
        row.language,
        contacts=tuple(ContactForm(each.kind, each.address, each.plain_text_only, each.id) for each in known),
        id=row.id,
        version=row.version,
    )


def _contacts(
    session: Session, account_id: int, known: Collection[ContactForm], gone: set[str], confirmed: str
) -> tuple[ContactForm, ...]:
    wanted = {(each.kind, each.address.lower()): each for each in _wanted(session, account_id)}
    found = []
    for contact in known:
        key = contact.kind, contact.address.lower()
        if mine := wanted.pop(key, None):
            id_ = None if key == ("email", confirmed) else contact.id
            found.append(replace(contact, plain_text_only=mine.plain_text_only, id=id_))
        elif contact.kind not in ("email", "sms") or key[1] not in gone:
            found.append(contact)
    return (*found, *wanted.values())


def _wanted(session: Session, account_id: int) -> list[ContactForm]:
    """The telephone from which a text message made the account, and every mail address that was confirmed."""
    account = session.get_one(Account, account_id)
    phone = [ContactForm("sms", account.login)] if account.origin == "sms" else []
    own = account_addresses.of_account(session, account_id)
    return phone + [ContactForm("email", each.address, each.plain_text_only) for each in own if each.confirmed]
