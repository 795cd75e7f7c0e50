"""What keeps a notice from being submitted. Each finding is a UserError, to be worded or raised."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from desktop.domain.errors import UserError
from desktop.domain.line import TEXT_LIMIT
from desktop.domain.notices import Channel, Draft
from desktop.domain.reports import AudiencePreview

TITLE_LIMIT = 100
BODY_LIMIT = 20_000


def problems(
    draft: Draft, preview: AudiencePreview, now: datetime, line_units: Mapping[str, int]
) -> tuple[UserError, ...]:
    """Everything that is wrong, in the order in which a person fills a notice in.

    `line_units` is the length of the whole LINE message by language, as `domain.line.utf16_units` counts it.
    """
    return (*_of_texts(draft, line_units), *_of_audience(draft, preview), *_of_times(draft, now))


def _of_texts(draft: Draft, line_units: Mapping[str, int]) -> Iterable[UserError]:
    if not draft.texts:
        yield UserError("notice.no_text")
    for language, text in draft.texts.items():
        if not text.title.strip():
            yield UserError("notice.no_title", language=language)
        if not text.body.strip():
            yield UserError("notice.no_body", language=language)
        if len(text.title) > TITLE_LIMIT or "\n" in text.title:
            yield UserError("notice.title_too_long", language=language, limit=TITLE_LIMIT)
        if len(text.body) > BODY_LIMIT:
            yield UserError("notice.too_long", language=language, limit=BODY_LIMIT)
        if Channel.LINE in draft.channels and line_units.get(language, 0) > TEXT_LIMIT:
            over = line_units[language] - TEXT_LIMIT
            yield UserError("notice.too_long_line", language=language, limit=TEXT_LIMIT, over=over)


def _of_audience(draft: Draft, preview: AudiencePreview) -> Iterable[UserError]:
    if not draft.channels:
        yield UserError("notice.no_channel")
    if preview.unknown_parts:
        yield UserError("notice.unknown_part", parts=", ".join(preview.unknown_parts))
    count = preview.count
    if not count.people:
        yield UserError("notice.audience_empty")
    elif draft.channels and count.unreached_people >= count.people:
        yield UserError("notice.unreached_all", people=count.people)


def _of_times(draft: Draft, now: datetime) -> Iterable[UserError]:
    if draft.send_at is not None and draft.send_at < now:
        yield UserError("notice.past", send_at=draft.send_at)
    if draft.useless_after is not None and draft.useless_after <= max(draft.send_at or now, now):
        yield UserError("notice.useless", useless_after=draft.useless_after, out_at=draft.send_at or now)
