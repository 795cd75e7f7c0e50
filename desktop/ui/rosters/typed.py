"""What people typed into a field, as it was understood: each function says it in words or raises ValueError with
the words of what is wrong."""

from collections.abc import Callable
from datetime import date

from desktop.domain.dates import CHILD_AGES, DateError, age_on, read_date
from desktop.domain.line import USER_ID
from desktop.domain.mail import AddressError, check_address
from desktop.domain.names import is_kana, katakana, trimmed
from desktop.domain.people import ContactKind
from desktop.domain.phones import PhoneError, read_anyones_phone
from desktop.i18n import _
from desktop.ui.rosters import words


def kana(text: str) -> str:
    """The reading in full-width katakana. Names in Latin letters may do without one."""
    if not is_kana(text):
        raise ValueError(words.problem("kana"))
    return " ".join(katakana(text).split())


def birth_date(text: str, today: date) -> str:
    """The day with the age it makes; any western or era writing."""
    day = read_day(text)
    if day > today:
        raise ValueError(words.problem("date.future"))
    shown = words.born(day, today)
    if age_on(day, today) not in CHILD_AGES:
        return _("{date}. Is that right?").format(date=shown)
    return shown


def read_day(text: str) -> date:
    """The day that was typed. Raises ValueError in words."""
    try:
        return read_date(text)
    except DateError as error:
        raise ValueError(words.problem(error.code)) from error


def address(kind: ContactKind, text: str) -> str:
    """An address of that kind as it will be kept."""
    readers: dict[ContactKind, Callable[[str], str]] = {"email": _mail, "phone": _phone, "sms": _phone, "line": _line}
    return readers[kind](text) if kind in readers else trimmed(text)


def _mail(text: str) -> str:
    try:
        return check_address(text)
    except AddressError as error:
        code = error.code if error.code.startswith("email.") else f"email.{error.code}"
        raise ValueError(words.problem(code)) from error


def _phone(text: str) -> str:
    try:
        return read_anyones_phone(text).number
    except PhoneError as error:
        raise ValueError(words.problem(error.code)) from error


def _line(text: str) -> str:
    if not USER_ID.fullmatch(text.strip()):
        raise ValueError(words.problem("line.syntax"))
    return text.strip()
