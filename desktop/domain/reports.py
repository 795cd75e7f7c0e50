"""What became of notices, as screens and the command line show it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from desktop.domain.notices import Channel, Draft, NoticeState


@dataclass(frozen=True, slots=True)
class AudienceCount:
    """Whom an audience means now. `unreached` counts children whom no working channel of the notice reaches."""

    children: int
    families: int
    guardians: int
    messages: Mapping[Channel, int]
    unreached: int
    plain: int
    languages: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class PartCount:
    """One part of an audience by itself, with its label (`3-1`, `サッカー部`)."""

    part: str
    label: str
    children: int
    reached: int


@dataclass(frozen=True, slots=True)
class AudienceChild:
    """A line of the list of whom a notice will reach."""

    child_id: int
    name: str
    kana: str
    homeroom: str
    guardians: tuple[str, ...]
    email: int
    line: int


@dataclass(frozen=True, slots=True)
class AudiencePreview:
    count: AudienceCount
    parts: tuple[PartCount, ...]
    unknown_parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """One line of the list of notices. `held` is the hold reason or None; counts: deliveries by channel, state."""

    id: int
    title: str
    kind: str
    urgent: bool
    school_id: int | None
    school: str
    audience: str
    state: NoticeState
    held: str | None
    children: int
    due_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    author: str
    updated_at: datetime
    counts: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class NoticeDetails:
    """A notice whole, for its page and for editing it on.

    `binding` is, while it waits for approval, what an approval of it would bind now: the approver hands it back as
    what they saw. `children` are those of the last submission or approval. `can_cancel`: nothing has been claimed yet.
    """

    id: int
    draft: Draft
    kind_name: str
    urgent: bool
    school: str
    state: NoticeState
    held: str | None
    edit: int
    version: int
    author: str
    author_id: int
    submitter: str
    submitted_at: datetime | None
    approver: str
    approved_at: datetime | None
    solo_reason: str | None
    solo_reviewed: bool
    returned_reason: str | None
    due_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    drift_added: int
    drift_removed: int
    can_cancel: bool
    children: int
    binding: str


@dataclass(frozen=True, slots=True)
class ChannelProgress:
    """How far one channel is. `rate` is messages a second of the last ten seconds, `left_s` the time left or None."""

    channel: Channel
    counts: Mapping[str, int]
    total: int
    settled: int
    rate: float
    left_s: float | None
    stopped_reason: str | None


@dataclass(frozen=True, slots=True)
class ClassProgress:
    """One homeroom's children by what became of the notice: a child counts once, at its family's best outcome."""

    homeroom_id: int | None
    label: str
    children: int
    confirmed: int
    accepted: int
    on_the_way: int
    failed: int
    unreached: int


@dataclass(frozen=True, slots=True)
class NoticeReport:
    """The head of a notice's page. `accepted_median_s` is the median time from start to accepted (A3)."""

    channels: tuple[ChannelProgress, ...]
    classes: tuple[ClassProgress, ...]
    families: int
    confirmed_families: int
    needs_attention: Mapping[str, int]
    accepted_median_s: float | None


@dataclass(frozen=True, slots=True)
class RecipientRow:
    """One child and guardian of a notice: states by channel as stored ("" where no delivery), and the reason codes."""

    id: int
    child_id: int
    child: str
    child_kana: str
    homeroom: str
    student_number: str
    guardian_id: int | None
    guardian: str
    email_state: str
    email_reason: str
    email_at: datetime | None
    line_state: str
    line_reason: str
    line_at: datetime | None
    line_stopped: bool
    confirmed: bool
    shared_address: bool


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something on the Today page that waits for somebody: how many, examples, since when."""

    kind: str
    count: int
    examples: tuple[str, ...]
    since: datetime | None
    target: tuple[str, int | None]


@dataclass(frozen=True, slots=True)
class Today:
    """`sending` are notices on their way now, `planned` those due today, `latest` the newest sent one."""

    waiting: tuple[Waiting, ...]
    sending: tuple[tuple[NoticeRow, NoticeReport], ...]
    planned: tuple[NoticeRow, ...]
    latest: tuple[NoticeRow, NoticeReport] | None
    worker_seen_at: datetime | None
    approver_missing: bool
