"""Lists of phone numbers for the trial of accounts by text message (B14), as people paste them or keep them."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from desktop.domain.phones import PhoneError, read_phone

LONGEST_NAME = 100
MOST_PHONES = 20_000
_BETWEEN_CELLS = re.compile(r"[,;\t、；，]")
_DIGITS = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class PhoneProblem:
    """A line in which no number could be read. `code`: `phone.…` as in `phones`, or `phone.no_mobile`."""

    line: int
    raw: str
    code: str


@dataclass(frozen=True, slots=True)
class PhoneList:
    """What a list was read as: each number once, in its order; how many stood there again; what makes no sense."""

    phones: tuple[str, ...]
    repeated: int = 0
    problems: tuple[PhoneProblem, ...] = ()


@dataclass(frozen=True, slots=True)
class PilotUnit:
    id: int
    name: str
    phones: int
    version: int


@dataclass(frozen=True, slots=True)
class PilotForm:
    """A unit as it shall be; `id` None: a new one."""

    name: str
    phones: tuple[str, ...]
    id: int | None = None
    version: int = 0


@dataclass(frozen=True, slots=True)
class Trial:
    """Whether only the numbers of the units get an account, the units, and how many numbers these are together."""

    is_on: bool
    units: tuple[PilotUnit, ...]
    phones: int


@dataclass(frozen=True, slots=True)
class Block:
    """A number that is not listened to; `by` is empty where nobody of the staff is known."""

    phone: str
    reason: str
    by: str
    at: datetime


def read_pasted(text: str) -> PhoneList:
    """One number a line, or several with commas or semicolons between them, written in any way."""
    return read_phones((number, _BETWEEN_CELLS.split(line)) for number, line in enumerate(text.splitlines(), 1))


def read_phones(lines: Iterable[tuple[int, Sequence[str]]]) -> PhoneList:
    """Every mobile number in the cells of numbered lines. What has no digit (headings, names) is left out; a line with
    digits in which there is no mobile number is a problem.
    """
    phones: dict[str, None] = {}
    repeated = 0
    problems: list[PhoneProblem] = []
    for number, cells in lines:
        likely = [cell.strip() for cell in cells if _DIGITS.search(cell)]
        read = [_read(cell) for cell in likely]
        found = [phone for phone, _code in read if phone]
        for phone in found:
            repeated += phone in phones
            phones[phone] = None
        if likely and not found:
            raw, code = max(zip(likely, (code for _phone, code in read), strict=True), key=lambda pair: len(pair[0]))
            problems.append(PhoneProblem(number, raw, code))
    return PhoneList(tuple(phones), repeated, tuple(problems))


def _read(cell: str) -> tuple[str, str]:
    """The number, or why there is none."""
    try:
        phone = read_phone(cell, "VN")
    except PhoneError as error:
        return "", error.code
    if phone.country != "VN" or not phone.is_mobile:
        return "", "phone.no_mobile"
    return phone.number, ""
