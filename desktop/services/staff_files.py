"""Files of staff: lines `login,name,[address,]role[:scope],…`, with or without a heading.

A mail address is known by its @ and may stand anywhere behind the name; a line or a cell without one is fine.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from desktop.domain.errors import UserError
from desktop.domain.mail import AddressError, check_address
from desktop.domain.names import trimmed, unreadable_characters
from desktop.domain.staff import Grant, LineProblem, parse_grant
from desktop.store.schools import Directory

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}")
LONGEST_NAME = 100
LARGEST_FILE = 2**20


@dataclass(frozen=True, slots=True)
class Entry:
    line: int
    login: str
    name: str
    roles: tuple[str, ...]
    email: str = ""


def clean_login(login: str) -> str:
    """A login as it is kept: small letters, half width."""
    return unicodedata.normalize("NFKC", login).strip().lower()


def checked_login(login: str) -> str:
    """Raises UserError("staff.login_syntax")."""
    cleaned = clean_login(login)
    if not _LOGIN.fullmatch(cleaned):
        raise UserError("staff.login_syntax", login=login)
    return cleaned


def checked_name(name: str) -> str:
    """Raises UserError("staff.name_required") or UserError("staff.name_wrong")."""
    name = trimmed(name)
    if not name:
        raise UserError("staff.name_required")
    if len(name) > LONGEST_NAME or unreadable_characters(name):
        raise UserError("staff.name_wrong")
    return name


def checked_email(email: str) -> str:
    """An address as it is kept; empty stays empty. Raises UserError("staff.email_wrong")."""
    if not email.strip():
        return ""
    try:
        return check_address(email)
    except AddressError:
        raise UserError("staff.email_wrong", email=email.strip()) from None


def read_grant(text: str, directory: Directory) -> Grant:
    """Raises UserError("staff.role_unknown"), ("staff.grant_syntax"), ("school.unknown"), ("school.part_unknown")."""
    role, code, part = parse_grant(text)
    return Grant(role, directory.scope(code, part))


def read_staff_file(path: Path) -> tuple[list[Entry], list[LineProblem]]:
    """The lines of a file that make sense by themselves, and what is wrong with the others.

    Raises UserError("staff.file_unreadable").
    """
    entries: list[Entry] = []
    problems: list[LineProblem] = []
    seen: set[str] = set()
    reader = csv.reader(io.StringIO(_text(path), newline=""))
    for cells in reader:
        line = reader.line_num
        if not any(cell.strip() for cell in cells) or (not entries and clean_login(cells[0]) == "login"):
            continue
        try:
            entry = _entry(line, cells, seen)
        except UserError as error:
            problems.append(LineProblem(line, error.code))
        else:
            entries.append(entry)
            seen.add(entry.login)
    if not entries and not problems:
        raise UserError("staff.file_unreadable", file=path.name)
    return entries, problems


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError:
        raise UserError("staff.file_unreadable", file=path.name) from None
    if len(data) > LARGEST_FILE or b"\x00" in data:
        raise UserError("staff.file_unreadable", file=path.name)
    for encoding in ("utf-8-sig", "cp932"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UserError("staff.file_unreadable", file=path.name)


def _entry(line: int, cells: Sequence[str], seen: set[str]) -> Entry:
    login = checked_login(cells[0])
    if login in seen:
        raise UserError("staff.login_twice")
    name = checked_name(cells[1] if len(cells) > 1 else "")
    rest = [cell.strip() for cell in cells[2:] if cell.strip()]
    addresses = [cell for cell in rest if _is_address(cell)]
    roles = tuple(cell for cell in rest if not _is_address(cell))
    if not roles:
        raise UserError("staff.role_required")
    if len(addresses) > 1:
        raise UserError("staff.email_wrong", email=addresses[1])
    return Entry(line, login, name, roles, checked_email(addresses[0]) if addresses else "")


def _is_address(cell: str) -> bool:
    return "@" in unicodedata.normalize("NFKC", cell)


def resolve_grants(
    entries: Iterable[Entry], directory: Directory
) -> tuple[list[tuple[Entry, tuple[Grant, ...]]], list[LineProblem]]:
    """The entries with their grants, and a problem for each role that means nothing."""
    resolved, problems = [], []
    for entry in entries:
        grants: list[Grant] = []
        for text in entry.roles:
            try:
                grants.append(read_grant(text, directory))
            except UserError as error:
                problems.append(LineProblem(entry.line, error.code, text))
        resolved.append((entry, tuple(dict.fromkeys(grants))))
    return resolved, problems
