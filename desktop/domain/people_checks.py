"""What can be wrong with a child's or a guardian's form, field by field."""

import re
from collections.abc import Iterable, Iterator
from datetime import date

from desktop.domain.mail import AddressError, check_address
from desktop.domain.names import is_kana, trimmed, unreadable_characters
from desktop.domain.people import ChildForm, ContactForm, ContactKind, FieldProblem, GuardianForm
from desktop.domain.phones import PhoneError, read_anyones_phone

LONGEST_NAME = 100
LONGEST_CODE = 40
MOST_CONTACTS = 20

_LINE_USER_ID = re.compile(r"U[0-9a-f]{32}")
_NAMES = ("family_name", "given_name", "family_name_kana", "given_name_kana")


class ContactError(ValueError):
    """An address that cannot be meant like that; `code` is a FieldProblem's."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def check_child(form: ChildForm, today: date) -> list[FieldProblem]:
    problems = [*_required(form, "family_name", "given_name"), *_names(form)]
    if form.birth_date is not None and form.birth_date > today:
        problems.append(FieldProblem("birth_date", "date.future"))
    for field in ("student_number", "child_code"):
        problems += _text(field, getattr(form, field), LONGEST_CODE)
    if form.id is None and form.homeroom_id is None:
        problems.append(FieldProblem("homeroom_id", "required"))
    return problems


def check_guardian(form: GuardianForm, languages: Iterable[str]) -> list[FieldProblem]:
    return [*_required(form, "family_name"), *_check_person(form, languages)]


def check_waiting(form: GuardianForm, languages: Iterable[str]) -> list[FieldProblem]:
    """Of a contact that waits for its child nobody may know more than an address."""
    problems = _check_person(form, languages)
    if not any(contact.kind in {"email", "line"} for contact in form.contacts):
        problems.append(FieldProblem("contacts", "required"))
    return problems


def _check_person(form: GuardianForm, languages: Iterable[str]) -> list[FieldProblem]:
    problems = list(_names(form))
    problems += _text("relationship", form.relationship, LONGEST_CODE)
    if form.language not in languages:
        problems.append(FieldProblem("language", "required"))
    return problems + list(_contacts(form.contacts))


def contact_address(kind: ContactKind, typed: str) -> str:
    """An address as it is kept. Raises ContactError."""
    if kind == "paper":
        return ""
    if kind == "line":
        if not _LINE_USER_ID.fullmatch(typed.strip()):
            raise ContactError("line.syntax")
        return typed.strip()
    try:
        return check_address(typed) if kind == "email" else read_anyones_phone(typed).number
    except AddressError:
        raise ContactError("mail.syntax") from None
    except PhoneError as error:
        raise ContactError(error.code) from None


def _required(form: ChildForm | GuardianForm, *fields: str) -> Iterator[FieldProblem]:
    for field in fields:
        if not trimmed(getattr(form, field)):
            yield FieldProblem(field, "required")


def _names(form: ChildForm | GuardianForm) -> Iterator[FieldProblem]:
    for field in _NAMES:
        text = getattr(form, field)
        yield from _text(field, text, LONGEST_NAME)
        if field.endswith("_kana") and trimmed(text) and not is_kana(text):
            yield FieldProblem(field, "kana")


def _text(field: str, text: str, longest: int) -> Iterator[FieldProblem]:
    if len(text) > longest:
        yield FieldProblem(field, "name.too_long")
    if unreadable_characters(text):
        yield FieldProblem(field, "control_characters")


def _contacts(contacts: tuple[ContactForm, ...]) -> Iterator[FieldProblem]:
    seen: set[tuple[ContactKind, str]] = set()
    if len(contacts) > MOST_CONTACTS:
        yield FieldProblem("contacts", "contact.too_many")
    for contact in contacts:
        try:
            key = (contact.kind, contact_address(contact.kind, contact.address))
        except ContactError as error:
            yield FieldProblem("contacts", error.code)
            continue
        if key in seen:
            yield FieldProblem("contacts", "contact.twice")
        seen.add(key)
