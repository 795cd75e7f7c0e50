"""The guardians of one row."""

import re

from desktop.domain.mail import AddressError, check_address
from desktop.domain.phones import PhoneError, read_anyones_phone
from desktop.domain.rosters import words
from desktop.domain.rosters.cells import Cells
from desktop.domain.rosters.children import read_kana, read_name
from desktop.domain.rosters.rows import GuardianEntry

_LINE_USER_ID = re.compile(r"U[0-9a-f]{32}")
_NOTHING = frozenset({"-", "ー", "―", "なし", "無し", "無", "ナシ", "none", "không"})


def read_guardians(cells: Cells, family_of_child: str) -> tuple[GuardianEntry, ...]:
    """Everybody of whom the row gives a name or a way to reach them."""
    found = (_read_guardian(cells, number, family_of_child) for number in cells.guardians)
    return tuple(guardian for guardian in found if guardian is not None)


def _read_guardian(cells: Cells, number: int, family_of_child: str) -> GuardianEntry | None:
    prefix = f"guardian{number}_"
    family, given = read_name(cells, prefix)
    email, phone, line_user_id = _read_email(cells, prefix), _read_phone(cells, prefix), _read_line(cells, prefix)
    if not (family or given or email or phone or line_user_id):
        return None
    if not family:
        # Old address lists know guardians by their addresses alone.
        cells.odd(f"{prefix}family_name", "guardian.name_missing")
        family = family_of_child
    family_kana, given_kana = read_kana(cells, prefix)
    return GuardianEntry(
        number,
        family,
        given,
        family_kana,
        given_kana,
        _read_relationship(cells, prefix, number),
        email,
        phone,
        _read_language(cells, prefix),
        line_user_id,
        words.read_code(cells.text(f"{prefix}sourced_id")),
    )


def _contact(cells: Cells, target: str) -> str:
    text = cells.text(target)
    return "" if text.lower() in _NOTHING else text


def _read_email(cells: Cells, prefix: str) -> str:
    text = _contact(cells, f"{prefix}email")
    if not text:
        return ""
    try:
        return check_address(text)
    except AddressError as error:
        cells.wrong(f"{prefix}email", f"email.{error.code}")
        return ""


def _read_phone(cells: Cells, prefix: str) -> str:
    text = _contact(cells, f"{prefix}phone")
    if not text:
        return ""
    try:
        phone = read_anyones_phone(text)
    except PhoneError as error:
        cells.wrong(f"{prefix}phone", error.code)
        return ""
    if phone.zero_restored:
        cells.odd(f"{prefix}phone", "phone.zero_restored")
    return phone.number


def _read_line(cells: Cells, prefix: str) -> str:
    text = _contact(cells, f"{prefix}line_user_id")
    if text and not _LINE_USER_ID.fullmatch(text):
        cells.wrong(f"{prefix}line_user_id", "line.not_an_id")
        return ""
    return text


def _read_relationship(cells: Cells, prefix: str, number: int) -> str:
    target = f"{prefix}relationship"
    if not cells.has(target):
        return cells.columns.relationship(number)
    found = words.read_relationship(cells.text(target))
    if found is None:
        cells.odd(target, "relationship.unknown")
        return "other"
    return found


def _read_language(cells: Cells, prefix: str) -> str:
    found = words.read_language(cells.text(f"{prefix}language"))
    if found is None:
        cells.odd(f"{prefix}language", "language.unknown")
    return found or ""
