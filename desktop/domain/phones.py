"""Telephone numbers of Japan and Vietnam as people write them, and the one form in which they are kept.

Kept is the national form in digits (`09012345678`, `0905123456`); a number of another country keeps its `+`.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

Country = Literal["JP", "VN", ""]

_DIALLING_CODES: dict[str, Country] = {"81": "JP", "84": "VN"}
_TRUNK_PREFIXES = ("00", "010", "+")
_BETWEEN_DIGITS = re.compile(r"[\s\-‐‑‒–—―−ーｰ–~〜().・/]+")
_DIGITS = re.compile(r"\+?[0-9]+")

# Vietnam shortened its mobile numbers from 11 to 10 digits in September 2018.
_OLD_VIETNAMESE = {
    "0120": "070", "0121": "079", "0122": "077", "0126": "076", "0128": "078",
    "0123": "083", "0124": "084", "0125": "085", "0127": "081", "0129": "082",
    "0162": "032", "0163": "033", "0164": "034", "0165": "035", "0166": "036",
    "0167": "037", "0168": "038", "0169": "039", "0186": "056", "0188": "058", "0199": "059",
}  # fmt: skip

_NATIONAL = {
    # A third digit 0 marks mobile, IP and toll-free numbers, which are one digit longer than a fixed line's.
    "JP": re.compile(r"0[25-9]0[0-9]{8}|0(?:[1-9][1-9]|[34]0)[0-9]{7}|0570[0-9]{6}"),
    "VN": re.compile(r"0[35789][0-9]{8}|02[0-9]{9}"),
}
_LAST_EIGHT = 8
_MOBILE = {"JP": re.compile(r"0[6-9]0[0-9]{8}"), "VN": re.compile(r"0[35789][0-9]{8}")}


class PhoneError(ValueError):
    """A number that nobody could dial. `code` says why: `phone.empty`, `phone.letters`, `phone.length`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Phone:
    number: str
    country: Country
    zero_restored: bool = False

    @property
    def is_mobile(self) -> bool:
        return self.country != "" and _MOBILE[self.country].fullmatch(self.number) is not None

    @property
    def international(self) -> str:
        """With `+` and the country's code, as gateways want it."""
        codes = {country: code for code, country in _DIALLING_CODES.items()}
        return f"+{codes[self.country]}{self.number[1:]}" if self.country else self.number


def read_phone(text: str, home: Literal["JP", "VN"] = "JP") -> Phone:
    """The number that `text` means for somebody in `home`. Raises PhoneError.

    A leading 0 that a spreadsheet has eaten is put back, and `zero_restored` says so.
    """
    digits = _BETWEEN_DIGITS.sub("", unicodedata.normalize("NFKC", text))
    if not digits:
        raise PhoneError("phone.empty")
    if not _DIGITS.fullmatch(digits):
        raise PhoneError("phone.letters")
    found = _from_abroad(digits) or _national(digits, home)
    if found is None:
        raise PhoneError("phone.length")
    return found


def read_anyones_phone(text: str) -> Phone:
    """The number of somebody in Japan or, where it can be none of Japan, in Vietnam: no number that can be both means
    two different ones. Raises PhoneError as `read_phone` does.
    """
    try:
        return read_phone(text, "JP")
    except PhoneError:
        return read_phone(text, "VN")


def phone_keys(number: str) -> tuple[str, ...]:
    """What a number is found by: all of it, its last eight and its last four digits."""
    digits = number if number.isascii() and number.isdigit() else "".join(n for n in number if n in "0123456789")
    if len(digits) > _LAST_EIGHT:
        return (digits, digits[-8:], digits[-4:])
    return tuple(dict.fromkeys(key for key in (digits, digits[-8:], digits[-4:]) if len(key) >= 4))


def phone_query(text: str) -> str | None:
    """The key for a number that may be half typed (`090-12`, `+81 90`), or None where the text is no number."""
    digits = _BETWEEN_DIGITS.sub("", unicodedata.normalize("NFKC", text))
    if not _DIGITS.fullmatch(digits):
        return None
    for code in _DIALLING_CODES:
        if digits.startswith(f"+{code}"):
            return "0" + digits[len(code) + 1 :].removeprefix("0")
    return digits.removeprefix("+")


def _from_abroad(digits: str) -> Phone | None:
    """A number that carries a country's code, after `+`, an international prefix or bare."""
    prefix = next((prefix for prefix in _TRUNK_PREFIXES if digits.startswith(prefix)), "")
    rest = digits[len(prefix) :]
    country = _DIALLING_CODES.get(rest[:2])
    if country and (prefix or len(rest) >= 11):
        number = _today(country, "0" + rest[2:].removeprefix("0"))
        return Phone(number, country) if _NATIONAL[country].fullmatch(number) else None
    if prefix == "+" and country is None and 7 <= len(rest) <= 15 and rest[0] != "0":
        return Phone("+" + rest, "")
    return None


def _national(digits: str, home: Literal["JP", "VN"]) -> Phone | None:
    if digits.startswith("0"):
        number = _today(home, digits)
        return Phone(number, home) if _NATIONAL[home].fullmatch(number) else None
    number = "0" + digits
    return Phone(number, home, zero_restored=True) if _NATIONAL[home].fullmatch(number) else None


def _today(country: Country, number: str) -> str:
    """A Vietnamese mobile number of before 2018 in its present form; every other as it is."""
    if country == "VN" and len(number) == 11 and number[:4] in _OLD_VIETNAMESE:
        return _OLD_VIETNAMESE[number[:4]] + number[4:]
    return number
