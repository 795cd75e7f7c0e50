"""The secret 「学校コード」 (A28): what it looks like, how it is typed, how long an old one lasts."""

import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta

from desktop.domain.accounts import Limit

ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""Nothing that looks like something else: no 0 O, no 1 I L."""
LENGTH = 8
OLD_VALID_DAYS = 14
MOST_OLD_VALID_DAYS = 365

TRIES = Limit("registration_code", 5, timedelta(minutes=15), timedelta(minutes=15))
TRIES_AT_SCHOOL = Limit("registration_code_at_school", 20, timedelta(hours=1), timedelta(hours=1))
"""Holds nobody: from then on the school is told, once an hour at most."""


@dataclass(frozen=True, slots=True)
class CodeStatus:
    """What may be said of a school's code: never the code.

    `letters` went out with it since `valid_from` (None: there is none yet); `old_letters` with those before it that are
    still good, at the latest until `old_until`. `many_wrong`: so many wrong ones lately that the school was told.
    """

    valid_from: datetime | None
    letters: int
    old_letters: int
    old_until: datetime | None
    many_wrong: bool


def new_code() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def shown(code: str) -> str:
    """As letters print it: `ABCD-EFGH`."""
    return f"{code[:4]}-{code[4:]}"


def typed(text: str) -> str:
    """What somebody typed, in the form in which codes are compared: any width and case, with or without strokes."""
    letters = unicodedata.normalize("NFKC", text[:100]).upper()
    return "".join(letter for letter in letters if letter.isascii() and letter.isalnum())
