"""The texts, dates and numbers that people read, in the language of whoever reads them.

The source texts are English, so English needs no catalogue at run time. The process has one language; a mail, a page
or a test that speaks to somebody else says so with `speaking()`, which holds for its own thread or task alone.
"""

import gettext as _gettext
import locale
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path

LANGUAGES: Mapping[str, str] = {"ja": "日本語", "en": "English", "vi": "Tiếng Việt"}
DEFAULT_LANGUAGE = "ja"
DOMAIN = "renraku"

_chosen = DEFAULT_LANGUAGE
_spoken_here: ContextVar[str | None] = ContextVar("renraku_language", default=None)


def set_language(code: str) -> None:
    """Choose the language of the whole process; a code that is not in LANGUAGES is a ValueError."""
    global _chosen  # noqa: PLW0603 - the one language of the process
    _chosen = _known(code)


def current_language() -> str:
    return _spoken_here.get() or _chosen


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Speak `code` inside the block, in this thread or task only."""
    token = _spoken_here.set(_known(code))
    try:
        yield
    finally:
        _spoken_here.reset(token)


def guess_language(environ: Mapping[str, str] = os.environ) -> str:
    """The language that the person's system speaks, or Japanese where it speaks none of ours."""
    wishes = environ.get("LANGUAGE", "").split(":")
    wishes += [environ.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG")]
    if not any(wishes):
        wishes.append(locale.getlocale()[0] or "")  # Windows and macOS say it here, Windows as "Japanese_Japan"
    for wish in wishes:
        code = _code_of(wish)
        if code:
            return code
    return DEFAULT_LANGUAGE


def _code_of(wish: str) -> str | None:
    word = wish.replace("-", "_").split("_")[0].split(".")[0].casefold()
    named = {"japanese": "ja", "english": "en", "vietnamese": "vi"}.get(word, word)
    return named if named in LANGUAGES else None


def _known(code: str) -> str:
    if code not in LANGUAGES:
        raise ValueError(f"no such language: {code!r}")
    return code


# Texts


def _(message: str) -> str:
    """`message` in the reader's language; put values in afterwards: `_("{name} is registered").format(name=…)`."""
    return _catalogue(current_language()).gettext(message) if message else ""


def ngettext(singular: str, plural: str, n: int) -> str:
    return _catalogue(current_language()).ngettext(singular, plural, n)


def pgettext(context: str, message: str) -> str:
    """`message`, told apart by `context` from the same English that other languages word differently."""
    return _catalogue(current_language()).pgettext(context, message)


def N_(message: str) -> str:  # noqa: N802 - the name that gettext's tools and readers know
    """Mark a text that is translated later, when it is shown, by `_()`."""
    return message


def translations_dir() -> Path:
    """The catalogues beside the package in a checkout, or where an installation put them."""
    beside = Path(__file__).resolve().parent.parent / "translations"
    installed = Path(sys.prefix) / "share" / DOMAIN / "translations"
    return beside if beside.is_dir() else installed


@cache
def _catalogue(language: str) -> _gettext.NullTranslations:
    return _gettext.translation(DOMAIN, translations_dir(), languages=[language], fallback=True)


# Dates, times, numbers. By hand, because importing Babel's tables costs the desk's start more than these few lines.


@dataclass(frozen=True, slots=True)
class _Patterns:
    """How one language writes dates; `{month}` is a number, `{month_name}` a word."""

    weekdays: tuple[str, ...]  # Monday first
    months: tuple[str, ...]
    day: str
    date: str
    time: str
    with_time: str  # a day and a time
    yesterday: str
    tomorrow: str
    thousands: str


_NUMBERED = tuple(str(month) for month in range(1, 13))
_PATTERNS: Mapping[str, _Patterns] = {
    "ja": _Patterns(
        weekdays=("月", "火", "水", "木", "金", "土", "日"),
        months=_NUMBERED,
        day="{month}月{day}日（{weekday}）",
        date="{year}年{month}月{day}日（{weekday}）",
        time="{hour}:{minute:02}",
        with_time="{day} {time}",
        yesterday="昨日",
        tomorrow="明日",
        thousands=",",
    ),
    "en": _Patterns(
        weekdays=("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
        months=("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
        day="{weekday} {day} {month_name}",
        date="{weekday} {day} {month_name} {year}",
        time="{hour}:{minute:02}",
        with_time="{day}, {time}",
        yesterday="yesterday",
        tomorrow="tomorrow",
        thousands=",",
    ),
    "vi": _Patterns(
        weekdays=("Th 2", "Th 3", "Th 4", "Th 5", "Th 6", "Th 7", "CN"),
        months=_NUMBERED,
        day="{weekday}, {day:02}/{month:02}",
        date="{weekday}, {day:02}/{month:02}/{year}",
        time="{hour}:{minute:02}",
        with_time="{day}, {time}",
        yesterday="hôm qua",
        tomorrow="ngày mai",
        thousands=".",
    ),
}


def format_date(day: date) -> str:
    """A date that cannot be mistaken: 2026年11月20日（金）."""
    return _fill(_patterns().date, day)


def format_day(day: date) -> str:
    """A date of this year: 11月20日（金）."""
    return _fill(_patterns().day, day)


def format_time(moment: datetime) -> str:
    """The time of day as `moment`'s own zone has it: 9:05."""
    return _patterns().time.format(hour=moment.hour, minute=moment.minute)


def format_exact(moment: datetime) -> str:
    """Date and time in full, as for a tooltip, in `moment`'s own zone."""
    return _patterns().with_time.format(day=format_date(moment), time=format_time(moment))


def format_when(moment: datetime, now: datetime) -> str:
    """As short as it stays clear, in `now`'s zone: 10:43 · 昨日 15:10 · 11月18日（水）.

    What is still to come always keeps its time.
    """
    here = moment.astimezone(now.tzinfo)
    days = (here.date() - now.date()).days
    if days == 0:
        return format_time(here)

    words = {-1: _patterns().yesterday, 1: _patterns().tomorrow}
    day = words.get(days) or (format_day(here) if here.year == now.year else format_date(here))
    if days < -1:
        return day
    return _patterns().with_time.format(day=day, time=format_time(here))


def format_number(number: int) -> str:
    """A whole number in groups of three: 12,345."""
    return f"{number:,}".replace(",", _patterns().thousands)


def _patterns() -> _Patterns:
    return _PATTERNS[current_language()]


def _fill(pattern: str, day: date) -> str:
    words = _patterns()
    return pattern.format(
        year=day.year,
        month=day.month,
        month_name=words.months[day.month - 1],
        day=day.day,
        weekday=words.weekdays[day.weekday()],
    )
