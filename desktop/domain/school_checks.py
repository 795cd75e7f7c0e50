"""What can be wrong with a school's form, and with the names of classes and groups."""

import re
import unicodedata
from typing import get_args

from desktop.domain.errors import UserError
from desktop.domain.mail import AddressError, check_address
from desktop.domain.names import trimmed, unreadable_characters
from desktop.domain.people import FieldProblem
from desktop.domain.schools import SchoolForm, SchoolKind

LONGEST_NAME = 100
LONGEST_PART = 40

# A code stands in an audience (`homeroom:H001/3-1`), a role (`clerk:H001`) and in CSV files.
_CODE = re.compile(r"[^\s/:;,\"]{1,20}")


def clean_code(code: str) -> str:
    """A code as it is kept: half width."""
    return unicodedata.normalize("NFKC", trimmed(code))


def check_code(code: str) -> str | None:
    """Why this cannot be a school's code, or None."""
    if not clean_code(code):
        return "required"
    return None if _CODE.fullmatch(clean_code(code)) else "school.code_syntax"


def check_name(name: str) -> str | None:
    """Why this cannot be the name of a school, a city or a person, or None."""
    if not trimmed(name):
        return "required"
    if len(name) > LONGEST_NAME:
        return "name.too_long"
    return "control_characters" if unreadable_characters(name) else None


def check_school(form: SchoolForm) -> list[FieldProblem]:
    found = {"code": check_code(form.code), "name": check_name(form.name)}
    found["kind"] = None if form.kind in get_args(SchoolKind) else "required"
    found["phone"] = "name.too_long" if len(form.phone) > LONGEST_PART else None
    if trimmed(form.email):
        try:
            check_address(form.email)
        except AddressError:
            found["email"] = "mail.syntax"
    return [FieldProblem(field, code) for field, code in found.items() if code is not None]


def checked_part(name: str) -> str:
    """The name of a class or group as it is kept. Raises UserError("part.name_wrong")."""
    kept = trimmed(name)
    if not kept or len(kept) > LONGEST_PART or unreadable_characters(kept) or set(kept) & set('/;,"'):
        raise UserError("part.name_wrong", name=name)
    return kept
