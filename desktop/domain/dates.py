"""Dates as rosters hold them: western, by Japanese era (和暦), or day first as in Vietnam."""

import re
import unicodedata
from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple

CHILD_AGES = range(2, 21)


class DateError(ValueError):
    """`code`: `date.unreadable`, `date.no_such_day`, or `date.era`, where the era did not have that day."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class _Era(NamedTuple):
    first_day: date
    last_day: date


_ERAS = {
    "明治": _Era(date(1868, 1, 25), date(1912, 7, 29)),
    "大正": _Era(date(1912, 7, 30), date(1926, 12, 24)),
    "昭和": _Era(date(1926, 12, 25), date(1989, 1, 7)),
    "平成": _Era(date(1989, 1, 8), date(2019, 4, 30)),
    "令和": _Era(date(2019, 5, 1), date.max),
}
_ERA_BY_SIGN = {
    sign: era for letter, (name, era) in zip("MTSHR", _ERAS.items(), strict=True) for sign in (name, name[0], letter)
}

_MIDNIGHT = re.compile(r"[T ]00?:00(:00(\.0+)?)?$")
_YEAR_FIRST = re.compile(r"(?P<year>[0-9]{4})(?P<s>[-/.])(?P<month>[0-9]{1,2})(?P=s)(?P<day>[0-9]{1,2})")
_DAY_FIRST = re.compile(r"(?P<day>[0-9]{1,2})(?P<s>[-/.])(?P<month>[0-9]{1,2})(?P=s)(?P<year>[0-9]{4})")
_WITH_SIGNS = re.compile(r"(?P<year>[0-9]{4})年(?P<month>[0-9]{1,2})月(?P<day>[0-9]{1,2})日(?:生まれ|生)?")
_RUN_TOGETHER = re.compile(r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})")
_WESTERN = (_YEAR_FIRST, _WITH_SIGNS, _RUN_TOGETHER, _DAY_FIRST)

_SIGN = r"(?P<era>明治|大正|昭和|平成|令和|[明大昭平令MTSHR])"
_BY_ERA = (
    re.compile(_SIGN + r"(?P<year>元|[0-9]{1,2})年(?P<month>[0-9]{1,2})月(?P<day>[0-9]{1,2})日(?:生まれ|生)?"),
    re.compile(_SIGN + r"(?P<year>元|[0-9]{1,2})(?P<s>[-/.])(?P<month>[0-9]{1,2})(?P=s)(?P<day>[0-9]{1,2})"),
    re.compile(_SIGN + r"(?P<year>[0-9]{2})(?P<month>[0-9]{2})(?P<day>[0-9]{2})"),
)
_DASHES = str.maketrans("‐‑‒–—―−", "-------")


@lru_cache(maxsize=8192)  # the children of a city have few birthdays
def read_date(value: str | date) -> date:
    """The day that a cell means. Raises DateError. Years of two digits are refused, except those of an era."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = _MIDNIGHT.sub("", unicodedata.normalize("NFKC", value).strip().upper().translate(_DASHES))
    text = "".join(text.split())
    for pattern in _WESTERN:
        if found := pattern.fullmatch(text):
            return _day(int(found["year"]), found)
    for pattern in _BY_ERA:
        if found := pattern.fullmatch(text):
            return _day_of_era(found)
    raise DateError("date.unreadable")


def age_on(birth: date, today: date) -> int:
    return today.year - birth.year - ((today.month, today.day) < (birth.month, birth.day))


def _day(year: int, found: re.Match[str]) -> date:
    try:
        return date(year, int(found["month"]), int(found["day"]))
    except ValueError:
        raise DateError("date.no_such_day") from None


def _day_of_era(found: re.Match[str]) -> date:
    era = _ERA_BY_SIGN[found["era"]]
    year = 1 if found["year"] == "元" else int(found["year"])
    if year == 0:
        raise DateError("date.era")
    day = _day(era.first_day.year + year - 1, found)
    if not era.first_day <= day <= era.last_day:
        raise DateError("date.era")
    return day
