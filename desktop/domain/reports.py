"""What became of notices, as screens and the command line show it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from desktop.domain.notices import Channel, CopyTo, Draft, NoticeState


@dataclass(frozen=True, slots=True)
class AudienceCount:
    """Whom an audience means now. `unreached` counts children whom no working channel of the notice reaches.

    `families` are those of the children; contacts that wait for their child stand apart as `waiting`, `messages` go to
    both. Staff and copies (控え) get mails of their own where the address has none yet: `staff_messages`, `copies`.
    """

    children: int
    families: int
    guardians: int
    messages: Mapping[Channel, int]
    unreached: int
    plain: int
    languages: Mapping[str, int]
    waiting: int = 0
    waiting_unreached: int = 0
    staff: int = 0
    staff_unreached: int = 0
    staff_messages: int = 0
    copies: int = 0

    @property
    def people(self) -> int:
        """Everybody who is meant: children, contacts that wait for theirs, staff."""
        return self.children + self.waiting + self.staff

    @property
    def unreached_people(self) -> int:
        return self.unreached + self.waiting_unreached + self.staff_unreached


@dataclass(frozen=True, slots=True)
class PartCount:
    """One part of an audience by itself, with its label (`3-1`, `サッカー部`)."""

    part: str
    label: str
    children: int
    reached: int
    waiting: int = 0
    staff: int = 0


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
class AudienceOther:
    """Somebody meant who is no child: a member of staff, or a contact that waits for one (`id` is the guardian's).

    `name` is the address of a contact whose name nobody knows; `place` their class, group or school.
    """

    kind: Literal["waiting", "staff"]
    id: int
    name: str
    place: str
    reached: bool


@dataclass(frozen=True, slots=True)
class CopyAddress:
    """Where a copy would go. `address` is empty where none is known: an approver nobody knows yet, no address given."""

    to: CopyTo
    name: str
    address: str


@dataclass(frozen=True, slots=True)
class AudiencePreview:
    """`copies` holds every address of the draft's author, approver and school, wanted by the draft or not."""

    count: AudienceCount
    parts: tuple[PartCount, ...]
    unknown_parts: tuple[str, ...]
    copies: tuple[CopyAddress, ...] = ()


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """One line of the list of notices. `held` is the hold reason or None; counts: deliveries by channel, state.

    `counts` are the families' alone, with contacts that wait for their child; what staff and copies got stands apart
    by state.
    """

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
    waiting: int = 0
    staff: int = 0
    staff_counts: Mapping[str, int] = field(default_factory=dict)
    copy_counts: Mapping[str, int] = field(default_factory=dict)


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
    waiting: int = 0
    staff: int = 0


@dataclass(frozen=True, slots=True)
class ChannelProgress:
    """How far one channel is with what goes to families; in a notice to staff alone, with what goes to them (`kind`).

    `rate` is messages a second of the last ten seconds, `left_s` the time left or None. `others_left` are the messages
    that are counted apart (to staff, copies) and have not gone out yet.
    """

    channel: Channel
    counts: Mapping[str, int]
    total: int
    settled: int
    rate: float
    left_s: float | None
    stopped_reason: str | None
    kind: Literal["family", "staff"] = "family"
    others_left: int = 0


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
class PeopleProgress:
    """Staff, copies, or contacts that wait for a child: each counts once, at the best that became of the notice."""

    people: int = 0
    confirmed: int = 0
    accepted: int = 0
    on_the_way: int = 0
    failed: int = 0
    unreached: int = 0


@dataclass(frozen=True, slots=True)
class NoticeReport:
    """The head of a notice's page. `accepted_median_s` is the median time from start to accepted (A3).

    Channels and what needs attention are about families and contacts that wait for their child; classes and families
    about children alone. `sent_again` are the mails, to whomever, that were sent again because nobody knew whether they
    had arrived, and were then accepted: they may have come twice.
    """

    channels: tuple[ChannelProgress, ...]
    classes: tuple[ClassProgress, ...]
    families: int
    confirmed_families: int
    needs_attention: Mapping[str, int]
    accepted_median_s: float | None
    waiting: PeopleProgress = PeopleProgress()
    staff: PeopleProgress = PeopleProgress()
    copies: PeopleProgress = PeopleProgress()
    sent_again: int = 0


RecipientKind = Literal["family", "waiting", "staff", "copy"]


@dataclass(frozen=True, slots=True)
class RecipientRow:
    """One child and guardian of a notice: states by channel as stored ("" where no delivery), and the reason codes.

    Others than families of children stand in lines of their own: a contact that waits for its child (`guardian_id` is
    set, `child_id` 0), a member of staff, a copy. `name` is then theirs, or the address where no name is known.
    """

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
    kind: RecipientKind = "family"
    name: str = ""


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
