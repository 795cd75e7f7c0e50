"""What a notice's page shows. Pure: values in, words and states out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from desktop.domain.notices import NoticeState
from desktop.domain.reports import (
    AudiencePreview,
    ChannelProgress,
    ClassProgress,
    NoticeDetails,
    NoticeReport,
)
from desktop.i18n import N_, _, current_language, format_number, format_when, ngettext
from desktop.ui.cells import Coverage
from desktop.ui.notice_view import (
    WAITS_FOR_A_PERSON,
    channel_icon,
    channel_name,
    children_words,
    class_coverage,
    families_words,
    held_words,
    state_of,
    total_progress,
    with_few_words,
    with_others,
)
from desktop.ui.widgets.strip import rate_words, time_left_words
from desktop.wording.deliveries import stopped_words

BEFORE = frozenset({NoticeState.DRAFT, NoticeState.SUBMITTED, NoticeState.APPROVED})
"""States in which nothing has gone out: the page shows what will."""

ALL_CLASSES = -1
NO_CLASS = 0


class Action(StrEnum):
    """What can be done to a notice from its page."""

    APPROVE = "approve"
    EDIT = "edit"
    COPY = "copy"
    DELETE = "delete"
    CANCEL = "cancel"
    STOP = "stop"
    RESUME = "resume"
    RELEASE = "release"
    REVIEW = "review"
    RESEND = "resend"


@dataclass(frozen=True, slots=True)
class Rights:
    """What the reader may do here. `decide`: approve others' notices, resume, release."""

    write: bool
    decide: bool
    stop: bool
    release_alone: bool


@dataclass(frozen=True, slots=True)
class Head:
    title: str
    state: str
    word: str
    sentence: str
    actions: tuple[Action, ...]


def head(details: NoticeDetails, report: NoticeReport | None, rights: Rights, now: datetime) -> Head:
    key, word = state_of(details.state, details.held, details.due_at, now, returned=details.returned_reason is not None)
    return Head(title_of(details), key, word, _sentence(details, report, now), _actions(details, report, rights))


def title_of(details: NoticeDetails) -> str:
    """In the reader's own language, where it is written in it."""
    titles = (details.draft.texts[code].title for code in language_order(details, current_language()))
    return next(filter(None, titles), "") or _("(no title yet)")


def _sentence(details: NoticeDetails, report: NoticeReport | None, now: datetime) -> str:
    if details.state in BEFORE:
        return _sentence_before(details, now)
    if details.state is NoticeState.STOPPED:
        return _stopped_sentence(report)
    if details.state is NoticeState.CANCELLED:
        return _("It was cancelled; nothing more of it goes out.")
    families = meant(report) if report else "…"
    if details.state is NoticeState.DONE:
        when = format_when(details.finished_at or details.started_at or now, now)
        return _("Sent to {families}, finished {when}.").format(when=when, families=families)
    when = format_when(details.started_at or now, now)
    return _("Sending began {when}; it goes to {families}.").format(when=when, families=families)


def meant(report: NoticeReport) -> str:
    """Whom it went to, each kind of people apart."""
    staff, waiting = report.staff.people, report.waiting.people
    families = families_words(report.families) if report.families or not (staff or waiting) else ""
    return with_others(families, waiting=waiting, staff=staff)


def _sentence_before(details: NoticeDetails, now: datetime) -> str:
    if details.state is NoticeState.APPROVED:
        return _approved_sentence(details, now)
    if details.state is NoticeState.SUBMITTED:
        when = format_when(details.submitted_at, now) if details.submitted_at else ""
        said = _("{who} asked for approval ({when}). Another person must approve it.")
        return said.format(who=details.submitter, when=when)
    if details.returned_reason:
        return _("Sent back: {reason}").format(reason=details.returned_reason)
    return _("A draft by {author}.").format(author=details.author)


def _approved_sentence(details: NoticeDetails, now: datetime) -> str:
    who = _("Approved by {who}.").format(who=details.approver)
    if details.solo_reason:
        said = _("Released by {who} alone: {reason}")
        who = said.format(who=details.approver or details.author, reason=details.solo_reason)
    if details.held:
        return f"{held_words(details.held, details.due_at, now)} {who}"
    when = format_when(details.due_at, now) if details.due_at else ""
    return f"{_('It goes out {when}.').format(when=when)} {who}"


def _stopped_sentence(report: NoticeReport | None) -> str:
    if report is None:
        return _("Stopped. Nothing more goes out.")
    left = sum(channel.total - channel.settled + channel.others_left for channel in report.channels)
    said = ngettext("Stopped: {n} message has not gone out.", "Stopped: {n} messages have not gone out.", left)
    return said.format(n=format_number(left))


def _actions(details: NoticeDetails, report: NoticeReport | None, rights: Rights) -> tuple[Action, ...]:
    """What is offered, the most important last, where it stands as the primary button."""
    state = details.state
    wanted: list[tuple[Action, bool]] = []
    if state in BEFORE:
        wanted += [(Action.DELETE, rights.write and state is NoticeState.DRAFT)]
        wanted += [(Action.CANCEL, rights.write and details.can_cancel), (Action.COPY, rights.write)]
        wanted += [(Action.EDIT, rights.write), (Action.APPROVE, state is NoticeState.SUBMITTED)]
        wanted += [(Action.RELEASE, rights.decide and details.held in WAITS_FOR_A_PERSON)]
    else:
        failed = bool(report and failures(report))
        wanted += [(Action.COPY, rights.write), (Action.RESEND, rights.write and failed and _may_resend(details))]
        wanted += [(Action.CANCEL, rights.write and details.can_cancel)]
        wanted += [(Action.STOP, state is NoticeState.SENDING and rights.stop)]
        wanted += [(Action.RESUME, state is NoticeState.STOPPED and rights.decide)]
    wanted += [(Action.REVIEW, bool(details.solo_reason) and not details.solo_reviewed and rights.decide)]
    return tuple(action for action, offered in wanted if offered)


def _may_resend(details: NoticeDetails) -> bool:
    return details.state in {NoticeState.DONE, NoticeState.SENDING}


def failures(report: NoticeReport) -> int:
    """Messages that could be sent again."""
    return sum(channel.counts.get(state, 0) for channel in report.channels for state in ("failed", "bounced"))


# While and after it goes out


@dataclass(frozen=True, slots=True)
class ChannelCard:
    icon: str
    name: str
    value: str
    after: str
    done: int
    total: int
    bar: str
    note: str
    note_tone: str


def channel_card(progress: ChannelProgress, *, sending: bool) -> ChannelCard:
    accepted = progress.counts.get("accepted", 0)
    finished = progress.settled >= progress.total
    note, tone, bar = "", "muted", "done" if finished else ""
    if progress.stopped_reason:
        told = stopped_words(progress.channel, progress.stopped_reason)
        note, tone, bar = str(told), "danger", "failed"
    elif not finished and sending:
        said = [rate_words(progress.rate)] if progress.rate else []
        if progress.left_s is not None:
            said.append(time_left_words(progress.left_s))
        note = " · ".join(said) or _("Beginning…")
    elif finished and sending:
        note, tone = _("Finished"), "success"
        if progress.others_left:
            said_left = ngettext("{n} to others is left", "{n} to others are left", progress.others_left)
            note, tone = said_left.format(n=format_number(progress.others_left)), "muted"
    total = ngettext("/ {n} message", "/ {n} messages", progress.total).format(n=format_number(progress.total))
    return ChannelCard(
        channel_icon(progress.channel),
        channel_name(progress.channel),
        format_number(accepted),
        total,
        progress.settled,
        progress.total,
        bar,
        note,
        tone,
    )


@dataclass(frozen=True, slots=True)
class Figures:
    """Confirmed families, how many need a look, and the median time to the provider (A3)."""

    confirmed: str
    families: str
    attention: str
    median: str


def figures(report: NoticeReport) -> Figures:
    median = report.accepted_median_s
    return Figures(
        format_number(report.confirmed_families),
        "/ " + families_words(report.families),
        format_number(sum(report.needs_attention.values()) + staff_lost(report)),
        "–" if median is None else seconds_words(median),
    )


def seconds_words(seconds: float) -> str:
    if seconds < 60:
        return _("{n} s").format(n=f"{seconds:.1f}" if seconds < 10 else round(seconds))
    return _("{n} min").format(n=round(seconds / 60))


@dataclass(frozen=True, slots=True)
class ClassLine:
    """`key`: the homeroom, ALL_CLASSES, or NO_CLASS for children without one."""

    key: int
    label: str
    coverage: Coverage
    numbers: str


def class_lines(report: NoticeReport) -> tuple[ClassLine, ...]:
    total = _class_line(total_progress(report), ALL_CLASSES)
    return (total, *(_class_line(each, each.homeroom_id or NO_CLASS) for each in report.classes))


def _class_line(each: ClassProgress, key: int) -> ClassLine:
    reached = each.confirmed + each.accepted
    numbers = f"{format_number(reached)} / {format_number(each.children)}"
    return ClassLine(key, each.label or _("No class"), class_coverage(each), numbers)


FILTERS: Mapping[str, str] = {
    "all": N_("All"),
    "due": N_("On its way"),
    "in_doubt": N_("Needs checking"),
    "failed": N_("Not sent"),
    "bounced": N_("Returned"),
    "unreached": N_("No address"),
    "waiting": N_("Waiting contacts"),
    "staff": N_("Staff"),
    "copies": N_("Copies"),
}


@dataclass(frozen=True, slots=True)
class Attention:
    """Something in a notice that a person should do something about."""

    key: str
    words: str
    button: str


_ATTENTION = {
    "unreached": (N_("No address"), N_("Show them")),
    "failed": (N_("Not sent"), N_("Send again")),
    "bounced": (N_("Returned, unknown address"), N_("Show them")),
    "in_doubt": (N_("Needs checking"), N_("Show them")),
    "expired": (N_("Stopped, too late"), N_("Show them")),
}


def staff_lost(report: NoticeReport) -> int:
    return report.staff.failed + report.staff.unreached


def attention(report: NoticeReport) -> tuple[Attention, ...]:
    found = []
    for key, (words, button) in _ATTENTION.items():
        number = report.needs_attention.get(key, 0)
        if number:
            found.append(Attention(key, f"{_(words)} {format_number(number)}", _(button)))
    if lost := staff_lost(report):
        words = ngettext("{n} member of staff not reached", "{n} members of staff not reached", lost)
        found.append(Attention("staff", words.format(n=format_number(lost)), _("Show them")))
    return tuple(found)


def language_order(details: NoticeDetails, reader: str) -> Sequence[str]:
    """The languages that a notice is written in, the reader's own first."""
    return sorted(details.draft.texts, key=lambda code: (code != reader, code != "ja", code))


def approve_words(preview: AudiencePreview) -> str:
    """The button names what it does, in numbers."""
    count = preview.count
    if not count.children and count.people:
        return _("Approve ({people})").format(people=with_others("", waiting=count.waiting, staff=count.staff))
    return _("Approve ({children} · {families})").format(
        children=children_words(count.children),
        families=with_few_words(families_words(count.families), waiting=count.waiting, staff=count.staff),
    )
