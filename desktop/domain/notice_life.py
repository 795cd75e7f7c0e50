"""The life of a notice: what may be done to it in which state, and by whom."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum

from desktop.domain.errors import UserError
from desktop.domain.notices import Draft, NoticeState, NoticeText, QuietHours
from desktop.domain.plain_text import clean_text

EDITABLE = frozenset({NoticeState.DRAFT, NoticeState.SUBMITTED, NoticeState.APPROVED})
"""A change in any of these voids consent; afterwards what went out cannot be changed any more."""

_WHY_NOT = {
    NoticeState.DRAFT: "notice.not_submitted",
    NoticeState.SUBMITTED: "notice.already_submitted",
    NoticeState.APPROVED: "notice.already_approved",
    NoticeState.SENDING: "notice.sent",
    NoticeState.DONE: "notice.sent",
    NoticeState.CANCELLED: "notice.cancelled",
    NoticeState.STOPPED: "notice.stopped",
}


class Waiting(StrEnum):
    """Why an approved notice waits although nobody has to do anything: it goes by itself when it is due."""

    HOLD_WINDOW = "hold_window"
    QUIET_HOURS = "quiet_hours"


@dataclass(frozen=True, slots=True)
class Asked:
    """The last asking for approval of a version: by whom, for which content and how many children."""

    hash: str
    submitter_id: int
    children: int
    passed_guards: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class NoticeFacts:
    """A notice as decisions about it need it. `editors` wrote this version, `submitters` asked for its approval.

    `list_editors` have changed since then whom a saved list that it names means.
    """

    id: int
    draft: Draft
    urgent: bool
    state: NoticeState
    edit: int
    version: int
    author_id: int
    hold_reason: str | None
    due_at: datetime | None
    started_at: datetime | None
    editors: frozenset[int]
    submitters: frozenset[int]
    asked: Asked | None
    list_editors: frozenset[int] = frozenset()


def without_empty_texts(draft: Draft) -> Draft:
    """A draft without broken characters and the languages in which nothing was written, so that equal is equal."""
    cleaned = {
        language: NoticeText(clean_text(text.title), clean_text(text.body))
        for language, text in sorted(draft.texts.items())
    }
    texts = {language: text for language, text in cleaned.items() if text.title.strip() or text.body.strip()}
    return replace(draft, texts=texts)


def require_state(notice: NoticeFacts, *allowed: NoticeState) -> None:
    """Raises UserError with a code that says where the notice stands instead."""
    if notice.state not in allowed:
        raise UserError(_WHY_NOT[notice.state])


def is_another_person(staff_id: int | None, notice: NoticeFacts) -> bool:
    """Say whether somebody neither wrote, edited nor submitted this version: only then may they approve it.

    To change a saved list that it names, after it was submitted, is to edit it.
    """
    return staff_id is not None and staff_id not in notice.editors | notice.submitters | notice.list_editors


def require_useful(useless_after: datetime | None, out_at: datetime) -> None:
    """Raises UserError("notice.useless") when it would go out only after its time."""
    if useless_after is not None and useless_after <= out_at:
        raise UserError("notice.useless", useless_after=useless_after, out_at=out_at)


def waits_for(
    due_at: datetime | None, send_at: datetime | None, now: datetime, quiet: QuietHours | None, zone: tzinfo
) -> Waiting | None:
    """Why an approved notice is not on its way yet; None when it is due, or when it waits for its own time."""
    if due_at is None or due_at <= now or (send_at is not None and abs(due_at - send_at) < timedelta(seconds=1)):
        return None
    in_quiet_hours = quiet is not None and due_at.astimezone(zone).time() == quiet.end
    return Waiting.QUIET_HOURS if in_quiet_hours else Waiting.HOLD_WINDOW
