"""What the Today page shows. Pure: values in, words and states out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from desktop.domain.reports import (
    ChannelProgress,
    ClassProgress,
    NoticeReport,
    NoticeRow,
    PeopleProgress,
    Today,
    Waiting,
)
from desktop.domain.sms import ReviewReason
from desktop.i18n import _, format_day, format_number, format_time, format_when, ngettext
from desktop.ui.cells import Coverage
from desktop.ui.notice_view import (
    channel_icon,
    channel_name,
    children_words,
    class_coverage,
    families_words,
    other_lines,
    sentences,
    state_of,
    with_others,
)
from desktop.wording import sms
from desktop.wording.deliveries import stopped_words

MOST_CLASSES = 12
WORKER_QUIET_AFTER = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """One line of what waits. `page` and `target` say where it is dealt with."""

    kind: str
    icon: str
    tone: str
    title: str
    detail: str
    since: str
    page: str
    target: dict[str, object]


@dataclass(frozen=True, slots=True)
class ChannelLine:
    icon: str
    name: str
    done: int
    total: int
    state: str
    note: str
    numbers: str


@dataclass(frozen=True, slots=True)
class SendingCard:
    notice_id: int
    title: str
    urgent: bool
    about: str
    channels: tuple[ChannelLine, ...]


@dataclass(frozen=True, slots=True)
class PlannedLine:
    notice_id: int
    when: str
    title: str
    about: str
    state: str
    word: str


@dataclass(frozen=True, slots=True)
class ClassLine:
    label: str
    coverage: Coverage
    numbers: str
    unreached: int


@dataclass(frozen=True, slots=True)
class LatestCard:
    notice_id: int
    about: str
    classes: tuple[ClassLine, ...]
    more: str


@dataclass(frozen=True, slots=True)
class TodayView:
    day: str
    sentence: str
    warning: str
    waiting: tuple[WaitingLine, ...]
    sending: tuple[SendingCard, ...]
    planned: tuple[PlannedLine, ...]
    latest: LatestCard | None

    @property
    def live(self) -> bool:
        """Something is going out: look again each second."""
        return bool(self.sending)


Counted = Callable[[int], str]

# How each kind of waiting thing looks: icon, tone, and its words for a number.
_KINDS: Mapping[str, tuple[str, str, Counted]] = {
    "approve": (
        "person-clock",
        "warning",
        lambda n: ngettext("{n} notice waits for your approval", "{n} notices wait for your approval", n),
    ),
    "sent_back": (
        "undo",
        "warning",
        lambda n: ngettext("{n} notice was sent back to you", "{n} notices were sent back to you", n),
    ),
    "held": ("pause-circle", "warning", lambda n: ngettext("{n} notice is held", "{n} notices are held", n)),
    "stopped": ("stop-circle", "danger", lambda n: ngettext("{n} notice is stopped", "{n} notices are stopped", n)),
    "review_alone": (
        "shield",
        "warning",
        lambda n: ngettext(
            "{n} notice went out without a second person: look at it",
            "{n} notices went out without a second person: look at them",
            n,
        ),
    ),
    "channel_stopped": (
        "alert-circle",
        "danger",
        lambda n: ngettext("{n} way of sending stands still", "{n} ways of sending stand still", n),
    ),
    "failed": (
        "close-circle",
        "danger",
        lambda n: ngettext("{n} message could not be sent", "{n} messages could not be sent", n),
    ),
    "bounced": ("email-returned", "danger", lambda n: ngettext("{n} message came back", "{n} messages came back", n)),
    "in_doubt": (
        "help-circle",
        "warning",
        lambda n: ngettext("{n} message may not have arrived", "{n} messages may not have arrived", n),
    ),
    "no_channel": (
        "email-off",
        "warning",
        lambda n: ngettext("{n} child cannot be reached", "{n} children cannot be reached", n),
    ),
    "suppressed": (
        "email-returned",
        "warning",
        lambda n: ngettext("{n} address does not work any more", "{n} addresses do not work any more", n),
    ),
    "staff_lost": (
        "person-circle",
        "warning",
        lambda n: ngettext("{n} message to staff did not get through", "{n} messages to staff did not get through", n),
    ),
    "copies_lost": ("copy", "muted", lambda n: ngettext("{n} copy was not sent", "{n} copies were not sent", n)),
    "from_parents": (
        "message",
        "warning",
        lambda n: ngettext("{n} message came in from parents", "{n} messages came in from parents", n),
    ),
    "sms_stopped": (
        "alert-circle",
        "danger",
        lambda n: ngettext(
            "{n} text to citizens waits: the SMS gateway stands still",
            "{n} texts to citizens wait: the SMS gateway stands still",
            n,
        ),
    ),
    "sms_reviews": (
        "message",
        "warning",
        lambda n: ngettext("SMS accounts: {n} case needs a look", "SMS accounts: {n} cases need a look", n),
    ),
    "waiting_contacts": (
        "person-clock",
        "muted",
        lambda n: ngettext("{n} contact waits for a child", "{n} contacts wait for a child", n),
    ),
}

_OTHER: tuple[str, str, Counted] = (
    "alert",
    "warning",
    lambda n: ngettext("{n} thing needs a look", "{n} things need a look", n),
)


def view(today: Today, now: datetime, *, sends_here: bool) -> TodayView:
    waiting = tuple(_waiting_line(each, now) for each in today.waiting if each.count)
    return TodayView(
        day=format_day(now.date()),
        sentence=_sentence(today),
        warning=worker_warning(today.worker_seen_at, now, sends_here=sends_here) if _something_planned(today) else "",
        waiting=waiting,
        sending=tuple(_sending_card(row, report) for row, report in today.sending),
        planned=tuple(_planned_line(row, now) for row in today.planned),
        latest=_latest_card(*today.latest, now) if today.latest else None,
    )


def worker_warning(seen_at: datetime | None, now: datetime, *, sends_here: bool) -> str:
    """Why nothing would go out now; empty while somebody sends. Of its own worker the desk tells in a band."""
    if sends_here or (seen_at is not None and now - seen_at < WORKER_QUIET_AFTER):
        return ""
    if seen_at is None:
        return _("No sending service has ever run here. Nothing goes out until one does.")
    return _("The sending service was last seen {when}. Nothing goes out until it runs again.").format(
        when=format_when(seen_at, now)
    )


def _something_planned(today: Today) -> bool:
    return bool(today.planned or today.sending)


def _sentence(today: Today) -> str:
    counts = {each.kind: each.count for each in today.waiting if each.count}
    if not counts and not today.sending:
        return _("Nothing waits for you.")
    said = []
    if today.sending:
        number = len(today.sending)
        said.append(ngettext("{n} notice is going out.", "{n} notices are going out.", number).format(n=number))
    if counts.get("approve"):
        number = counts["approve"]
        said.append(
            ngettext("{n} notice waits for approval.", "{n} notices wait for approval.", number).format(n=number)
        )
    others = sum(1 for kind in counts if kind != "approve")
    if others:
        said.append(ngettext("{n} thing needs a look.", "{n} things need a look.", others).format(n=others))
    return sentences(said)


def _waiting_line(waiting: Waiting, now: datetime) -> WaitingLine:
    icon, tone, counted = _KINDS.get(waiting.kind, _OTHER)
    title = counted(waiting.count).format(n=format_number(waiting.count))
    since = _("since {when}").format(when=format_when(waiting.since, now)) if waiting.since else ""
    page, ref = waiting.target
    target = target_of(waiting.kind, page, ref)
    return WaitingLine(waiting.kind, icon, tone, title, _examples(waiting), since, page, target)


def _examples(waiting: Waiting) -> str:
    if waiting.kind == "sms_stopped":
        return " · ".join(_(sms.REASONS.get(each, sms.REASONS["other"])) for each in waiting.examples)
    if waiting.kind == "sms_reviews":
        return " · ".join(_(sms.REVIEWS[ReviewReason(each)]) for each in waiting.examples)
    if waiting.kind != "channel_stopped":
        return " · ".join(each for each in waiting.examples if each)
    pairs = (each.partition(":") for each in waiting.examples)
    return " ".join(
        f"{channel_name(channel)}: {stopped_words(channel, reason).reason}" for channel, _colon, reason in pairs
    )


_FILTERED = {"approve": "submitted", "held": "coming", "stopped": "coming", "sent_back": "draft",
             "no_channel": "unreached", "waiting_contacts": "waiting", "from_parents": "inbox",
             "sms_reviews": "review"}  # fmt: skip
_ONLY = {"failed": "failed", "bounced": "bounced", "in_doubt": "in_doubt", "staff_lost": "staff",
         "copies_lost": "copies"}  # fmt: skip


def target_of(kind: str, page: str, ref: int | None) -> dict[str, object]:
    """What `Navigator.go` hands the page that deals with it: one notice, or a list narrowed to what waits."""
    if page == "notice" and ref is not None:
        return {"notice_id": ref, "only": _ONLY[kind]} if kind in _ONLY else {"notice_id": ref}
    if kind == "channel_stopped" or (kind == "sms_stopped" and page == "administration"):
        return {"tab": "settings"}
    return {"only": _FILTERED[kind]} if kind in _FILTERED else {}


def _sending_card(row: NoticeRow, report: NoticeReport) -> SendingCard:
    children = children_words(row.children) if row.children or not (row.staff or row.waiting) else ""
    families = families_words(report.families) if children else ""
    meant = with_others(" · ".join(filter(None, (children, families))), waiting=row.waiting, staff=row.staff)
    about = f"{row.audience}\u3000{meant}"
    lines = [_channel_line(each) for each in report.channels if each.total or not report.staff.people]
    if report.staff.people:
        lines.append(_staff_line(report.staff))
    return SendingCard(row.id, row.title, row.urgent, about, tuple(lines))


def _staff_line(staff: PeopleProgress) -> ChannelLine:
    """Staff are counted by themselves, whatever the channel."""
    settled = staff.people - staff.on_the_way
    done = settled >= staff.people
    numbers = f"{format_number(settled)} / {format_number(staff.people)}"
    note = _("Finished") if done else ""
    return ChannelLine("person-circle", _("Staff"), settled, staff.people, "done" if done else "", note, numbers)


def _channel_line(progress: ChannelProgress) -> ChannelLine:
    done = progress.settled >= progress.total
    note = _("Finished") if done else ""
    if progress.stopped_reason:
        note = _("Stands still")
    elif not done and progress.left_s is not None:
        note = left_words(progress.left_s)
    return ChannelLine(
        channel_icon(progress.channel),
        channel_name(progress.channel),
        progress.settled,
        progress.total,
        "failed" if progress.stopped_reason else "done" if done else "",
        note,
        f"{format_number(progress.settled)} / {format_number(progress.total)}",
    )


def left_words(seconds: float) -> str:
    """How long something will still take, no more exact than is known."""
    if seconds < 60:
        whole = max(1, round(seconds))
        return ngettext("about {n} second left", "about {n} seconds left", whole).format(n=whole)
    minutes = max(1, round(seconds / 60))
    return ngettext("about {n} minute left", "about {n} minutes left", minutes).format(n=minutes)


def _planned_line(row: NoticeRow, now: datetime) -> PlannedLine:
    key, word = state_of(row.state, row.held, row.due_at, now)
    when = format_time(row.due_at.astimezone(now.tzinfo)) if row.due_at else "–"
    return PlannedLine(row.id, when, row.title, row.audience, key, word)


def _latest_card(row: NoticeRow, report: NoticeReport, now: datetime) -> LatestCard:
    when = format_when(row.started_at, now) if row.started_at else ""
    about = _("{title} ({audience}, sent {when})").format(title=row.title, audience=row.audience, when=when)
    shown = _worst_first(report.classes)[:MOST_CLASSES]
    left = len(report.classes) - len(shown)
    more = [ngettext("and {n} more class", "and {n} more classes", left).format(n=left)] if left > 0 else []
    more += [line.words for line in other_lines(report)]
    return LatestCard(
        row.id, about, tuple(_class_line(each) for each in _in_order(shown, report.classes)), " · ".join(more)
    )


def _worst_first(classes: Sequence[ClassProgress]) -> list[ClassProgress]:
    """Where not all can be shown, those with children who were not reached are."""
    return sorted(classes, key=lambda each: -(each.failed + each.unreached))


def _in_order(shown: Sequence[ClassProgress], classes: Sequence[ClassProgress]) -> list[ClassProgress]:
    return [each for each in classes if each in shown]


def _class_line(each: ClassProgress) -> ClassLine:
    reached = each.confirmed + each.accepted
    return ClassLine(
        each.label,
        class_coverage(each),
        f"{format_number(reached)} / {format_number(each.children)}",
        each.unreached,
    )
