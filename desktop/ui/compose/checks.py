"""What is looked at before a notice goes out: mistakes that a person makes in a hurry. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from desktop.domain.notices import Channel, NoticeText
from desktop.domain.reports import AudiencePreview, NoticeRow
from desktop.i18n import LANGUAGES, _, format_day, format_time, ngettext
from desktop.ui.compose.state import Check, Form, language_name, written
from desktop.ui.notice_view import families_words

_JAPANESE = re.compile(r"(?:(\d{1,2})\s*月\s*)?(\d{1,2})\s*日(?:\s*[（(]\s*([月火水木金土日]))?")
_SLASHED = re.compile(
    r"(?<!\d)(\d{1,2})/(\d{1,2})(?:/\d{4})?\s*[（(]\s*(?:Th(?:ứ)?\s*([2-7])|(CN|Chủ nhật))", re.IGNORECASE
)
_VIETNAMESE_BEFORE = re.compile(
    r"(?:(?:thứ|th)\s*([2-7])|(chủ nhật|CN))[,\s]+(?:ngày\s*)?(\d{1,2})/(\d{1,2})", re.IGNORECASE
)
_ENGLISH = re.compile(
    r"\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*\.?,?\s+(\d{1,2})(?:st|nd|rd|th)?\s+(?:of\s+)?"
    r"(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)",
    re.IGNORECASE,
)
_WEEKDAYS_JA = "月火水木金土日"
_WEEKDAYS_EN = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTHS_EN = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_SUNDAY = 6


@dataclass(frozen=True, slots=True)
class Mention:
    """A day with its weekday (Monday 0), as somebody wrote it."""

    month: int
    day: int
    weekday: int


def mentions(text: str) -> Iterator[Mention]:
    """The days that a text names together with a weekday, in Japanese, English or Vietnamese."""
    yield from _japanese(text)
    for day, month, number, _sunday in _SLASHED.findall(text):
        yield Mention(int(month), int(day), int(number) - 2 if number else _SUNDAY)
    for number, _sunday, day, month in _VIETNAMESE_BEFORE.findall(text):
        yield Mention(int(month), int(day), int(number) - 2 if number else _SUNDAY)
    for weekday, day, month in _ENGLISH.findall(text):
        yield Mention(_MONTHS_EN.index(month.lower()) + 1, int(day), _WEEKDAYS_EN.index(weekday.lower()))


def _japanese(text: str) -> Iterator[Mention]:
    """`11月21日（土）、24日（火）`: a day without its month is in that of the one before, or in the next."""
    month = last = 0
    for said, number, weekday in _JAPANESE.findall(text):
        day = int(number)
        if said:
            month = int(said)
        elif day < last:
            month = month % 12 + 1
        last = day
        if month and weekday:
            yield Mention(month, day, _WEEKDAYS_JA.index(weekday))


def nearest(month: int, day: int, today: date) -> date | None:
    """The day of that name that is nearest to today; None if there is none (31 June)."""
    found = []
    for year in (today.year - 1, today.year, today.year + 1):
        try:
            found.append(date(year, month, day))
        except ValueError:
            continue
    return min(found, key=lambda each: abs(each - today), default=None)


def checks(
    form: Form,
    preview: AudiencePreview | None,
    sent_today: Sequence[NoticeRow],
    now: datetime,
    *,
    line_works: bool = True,
) -> tuple[Check, ...]:
    """Everything worth saying, what needs a look first."""
    found = [*_dates(form, now.date()), *_languages(form, preview), *_second_today(form, sent_today, now)]
    found += [*_phones(preview), *_line(form, preview, works=line_works)]
    order = {"warning": 0, "info": 1, "ok": 2}
    return tuple(sorted(found, key=lambda check: order[check.state]))


def _dates(form: Form, today: date) -> Iterator[Check]:
    texts: Mapping[str, NoticeText] = form.texts
    seen = {each for text in texts.values() for each in mentions(f"{text.title}\n{text.body}")}
    right: list[date] = []
    for mention in sorted(seen, key=lambda each: (each.month, each.day)):
        meant = nearest(mention.month, mention.day, today)
        if meant is None:
            yield Check("warning", _("There is no {day}/{month}").format(day=mention.day, month=mention.month))
        elif meant.weekday() != mention.weekday:
            yield Check("warning", _("The weekday is wrong: it is {day}").format(day=format_day(meant)))
        else:
            right.append(meant)
            if meant < today and today - meant < timedelta(days=60):
                yield Check("info", _("{day} is already past").format(day=format_day(meant)))
    if right and len(set(right)) == len({(m.month, m.day) for m in seen}):
        days = " · ".join(format_day(day) for day in dict.fromkeys(right))
        yield Check("ok", _("Dates and weekdays agree ({days})").format(days=days))


def _languages(form: Form, preview: AudiencePreview | None) -> Iterator[Check]:
    if preview is None:
        return
    for code in LANGUAGES:
        readers = preview.count.languages.get(code, 0)
        if readers and not written(form.text(code)):
            said = _("Nothing is written in {language} ({families} read it)")
            yield Check("info", said.format(language=language_name(code), families=families_words(readers)))


def _second_today(form: Form, sent_today: Sequence[NoticeRow], now: datetime) -> Iterator[Check]:
    others = [row for row in sent_today if row.id != form.notice_id and row.started_at]
    if not others:
        return
    first = max(others, key=lambda row: row.started_at or now)
    at = format_time((first.started_at or now).astimezone(now.tzinfo))
    number = len(others)
    said = ngettext(
        "{n} notice went out today already ({time} {title})", "{n} notices went out today already ({time} {title})",
        number,
    )  # fmt: skip
    yield Check("ok" if number < 3 else "info", said.format(n=number, time=at, title=first.title))


def _phones(preview: AudiencePreview | None) -> Iterator[Check]:
    plain = preview.count.plain if preview else 0
    if plain:
        said = ngettext("{n} feature phone gets short plain mail", "{n} feature phones get short plain mail", plain)
        yield Check("info", said.format(n=plain))


def _line(form: Form, preview: AudiencePreview | None, *, works: bool) -> Iterator[Check]:
    messages = preview.count.messages.get(Channel.LINE, 0) if preview else 0
    if messages and Channel.LINE in form.channels and not works:
        yield Check("warning", _("LINE is switched off in the settings: these families get email alone"))
