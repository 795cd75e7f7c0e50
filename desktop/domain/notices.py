"""Notices as the rest of the program sees them."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum

from desktop.domain.audience import Audience


class Channel(StrEnum):
    EMAIL = "email"
    LINE = "line"


class CopyTo(StrEnum):
    """Who else keeps a copy (控え) of what goes out: who wrote it, who approved it, the school's own addresses."""

    AUTHOR = "author"
    APPROVER = "approver"
    SCHOOL = "school"


COPY = "copy"
"""Stands among the languages of a delivery that is a copy: then its subject says so."""


class Urgency(StrEnum):
    NORMAL = "normal"
    URGENT = "urgent"


class NoticeState(StrEnum):
    """Where a notice stands. Scheduled and held are derived from APPROVED, its due time and its hold reason."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    SENDING = "sending"
    DONE = "done"
    CANCELLED = "cancelled"
    STOPPED = "stopped"


class HoldReason(StrEnum):
    """Why an approved notice does not go out although its time has come; a person must release it."""

    AUDIENCE_CHANGED = "audience_changed"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class NoticeText:
    title: str
    body: str


@dataclass(frozen=True, slots=True)
class NoticeKindRow:
    """A kind of notice (A5). `names` by language; staff can add kinds."""

    code: str
    names: Mapping[str, str]
    urgent: bool
    useless_after_hours: int | None

    def name(self, language: str) -> str:
        return self.names.get(language) or self.names.get("en") or self.code


@dataclass(frozen=True, slots=True)
class Draft:
    """What a notice says, to whom, how and when: everything that an approval binds. Times are aware."""

    kind: str
    school_id: int | None
    texts: Mapping[str, NoticeText]
    audience: Audience = field(default_factory=Audience)
    channels: frozenset[Channel] = frozenset({Channel.EMAIL, Channel.LINE})
    urgency: Urgency | None = None
    send_at: datetime | None = None
    useless_after: datetime | None = None
    copies: frozenset[CopyTo] = frozenset(CopyTo)


def binding_hash(
    draft: Draft,
    attachments: Iterable[str],
    children: Iterable[int],
    waiting: Iterable[int] = (),
    staff: Iterable[int] = (),
) -> str:
    """What an approval binds (DESIGN "Approval binds"): texts, attachments, audience, channels, schedule, and whom it
    means: children, guardians who wait for their child, staff.

    `attachments` are content hashes; the people's ids are sorted here.
    """
    content = {
        "kind": draft.kind,
        "school": draft.school_id,
        "urgency": draft.urgency,
        "texts": {code: [text.title, text.body] for code, text in sorted(draft.texts.items())},
        "attachments": list(attachments),
        "include": [str(part) for part in draft.audience.include],
        "exclude": [str(part) for part in draft.audience.exclude],
        "channels": sorted(draft.channels),
        "copies": sorted(draft.copies),
        "send_at": draft.send_at and draft.send_at.timestamp(),
        "useless_after": draft.useless_after and draft.useless_after.timestamp(),
    }
    digest = hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode())
    for people in (children, waiting, staff):
        digest.update(f"{','.join(map(str, sorted(people)))};".encode())
    return digest.hexdigest()


def changed_too_much(approved: int, added: int, removed: int) -> bool:
    """Say whether an audience moved so far from what was approved that a normal notice holds: > 10 % and > 5."""
    moved = added + removed
    return moved > 5 and moved > approved * 0.1


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Hours of the city's clock in which nothing goes out that is not urgent; `start` may be after `end`."""

    start: time
    end: time

    def end_after(self, moment: datetime) -> datetime:
        """The first moment at or after `moment` (in the city's zone) that is not quiet."""
        clock = moment.time()
        across = self.start > self.end
        quiet = (clock >= self.start or clock < self.end) if across else (self.start <= clock < self.end)
        if not quiet:
            return moment
        day = moment.date() + timedelta(days=1 if across and clock >= self.start else 0)
        return datetime.combine(day, self.end, moment.tzinfo)


def due_time(
    urgency: Urgency, approved_at: datetime, send_at: datetime | None, hold: timedelta, quiet: QuietHours | None
) -> datetime:
    """When an approved notice goes out. Hold window and quiet hours hold only what is not urgent.

    `approved_at` must be in the city's zone, for the quiet hours are those of its clock.
    """
    wanted = max(send_at, approved_at) if send_at else approved_at
    if urgency is Urgency.URGENT:
        return wanted
    after_hold = approved_at.astimezone(UTC) + hold  # a zone's own clock may leap meanwhile
    due = max(wanted, after_hold).astimezone(approved_at.tzinfo)
    return quiet.end_after(due) if quiet else due
