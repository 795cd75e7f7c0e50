"""How notices look on every screen that names one. Pure: values in, words and states out."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from desktop.domain.notices import CopyTo, NoticeState
from desktop.domain.reports import ClassProgress, NoticeReport, PeopleProgress
from desktop.i18n import N_, _, format_number, format_when, ngettext
from desktop.ui.cells import Coverage

WAITS_FOR_A_PERSON = frozenset({"audience_changed", "missed"})

CHANNELS = {"email": ("email", N_("Email")), "line": ("line", N_("LINE"))}
"""Icon and name of each channel."""

_HELD = {
    "audience_changed": N_("Held: the children have changed"),
    "missed": N_("Held: its time was missed"),
    "quiet_hours": N_("Held until quiet hours end"),
    "hold_window": N_("Approved, goes out {when}"),
}
_HELD_LONG = {
    "audience_changed": N_(
        "Since the approval more children came or left than is usual. Look whether it still suits; an approver can "
        "then release it."
    ),
    "missed": N_(
        "Its time passed while nothing was running that could send. Look whether it is still right; an approver can "
        "then release it."
    ),
    "quiet_hours": N_("It goes out by itself {when}, when the quiet hours end."),
    "hold_window": N_("It goes out by itself {when}. Until then it can be taken back."),
}


def channel_name(channel: str) -> str:
    return _(CHANNELS[channel][1]) if channel in CHANNELS else channel


def channel_icon(channel: str) -> str:
    return CHANNELS[channel][0] if channel in CHANNELS else "send"


def state_of(
    state: NoticeState, held: str | None, due_at: datetime | None, now: datetime, *, returned: bool = False
) -> tuple[str, str]:
    """Where a notice stands: a key of `states.STATES`, and its words if they say more than the state's own."""
    if state is NoticeState.DRAFT:
        return ("sent_back", "") if returned else ("draft", "")
    if state is not NoticeState.APPROVED:
        return state.value, ""
    if held in WAITS_FOR_A_PERSON:
        return "held", _(_HELD[held])
    if held == "quiet_hours":
        return "scheduled", _(_HELD[held])
    later = due_at is not None and due_at > now
    return ("scheduled", "") if later and held is None else ("approved", "")


def held_words(held: str, due_at: datetime | None, now: datetime) -> str:
    """What holds a notice, and what comes next."""
    when = format_when(due_at, now) if due_at else ""
    return _(_HELD_LONG[held]).format(when=when) if held in _HELD_LONG else held


def sent_coverage(counts: Mapping[str, Mapping[str, int]]) -> Coverage:
    """How far a notice's messages got, over all channels."""
    total: dict[str, int] = {}
    for states in counts.values():
        for state, number in states.items():
            total[state] = total.get(state, 0) + number
    lost = ("failed", "bounced", "in_doubt", "expired", "cancelled")
    return Coverage(
        accepted=total.get("accepted", 0),
        on_its_way=total.get("due", 0) + total.get("leased", 0),
        failed=sum(total.get(state, 0) for state in lost),
    )


def class_coverage(progress: ClassProgress) -> Coverage:
    """One class as a bar; the parts add up to its children."""
    return Coverage(progress.confirmed, progress.accepted, progress.on_the_way, progress.failed, progress.unreached)


def total_progress(report: NoticeReport) -> ClassProgress:
    """All classes of a notice as one."""
    parts = report.classes
    return ClassProgress(
        None,
        _("All"),
        sum(part.children for part in parts),
        sum(part.confirmed for part in parts),
        sum(part.accepted for part in parts),
        sum(part.on_the_way for part in parts),
        sum(part.failed for part in parts),
        sum(part.unreached for part in parts),
    )


def children_words(number: int) -> str:
    return ngettext("{n} child", "{n} children", number).format(n=format_number(number))


def families_words(number: int) -> str:
    return ngettext("{n} family", "{n} families", number).format(n=format_number(number))


def staff_words(number: int) -> str:
    return ngettext("{n} member of staff", "{n} members of staff", number).format(n=format_number(number))


def waiting_words(number: int) -> str:
    """Contacts of whom only an address is known yet."""
    said = ngettext("{n} contact waiting for a child", "{n} contacts waiting for a child", number)
    return said.format(n=format_number(number))


def with_others(children: str, *, waiting: int, staff: int) -> str:
    """Whom a notice means, each kind of people apart. `children` are they or their families in words, if any."""
    others = [waiting_words(waiting) if waiting else "", staff_words(staff) if staff else ""]
    return " · ".join(filter(None, (children, *others)))


def with_few_words(children: str, *, waiting: int, staff: int) -> str:
    """The same, short enough for a button: of children or families and others, the others as one number."""
    others = waiting + staff
    if not (children and others):
        return with_others(children, waiting=waiting, staff=staff)
    words = ngettext("{families} and {n} other", "{families} and {n} others", others)
    return words.format(families=children, n=format_number(others))


OTHERS = {
    "waiting": ("person-clock", N_("Waiting for a child {sent} / {all}")),
    "staff": ("person-circle", N_("Staff {sent} / {all}")),
    "copies": ("copy", N_("Copies {sent} / {all}")),
}
"""Icon and words of those who are counted apart from families."""


@dataclass(frozen=True, slots=True)
class OtherLine:
    """People who are counted apart: how many of them it was sent to, and how many it was lost for."""

    key: str
    icon: str
    words: str
    lost: int


def other_lines(report: NoticeReport) -> tuple[OtherLine, ...]:
    """What became of a notice for contacts that wait for a child, staff, and those who keep a copy."""
    parts = {"waiting": report.waiting, "staff": report.staff, "copies": report.copies}
    return tuple(_other_line(key, parts[key]) for key in OTHERS if parts[key].people)


def _other_line(key: str, part: PeopleProgress) -> OtherLine:
    icon, words = OTHERS[key]
    sent = _(words).format(sent=format_number(part.confirmed + part.accepted), all=format_number(part.people))
    return OtherLine(key, icon, sent, part.failed + part.unreached)


COPIES = {CopyTo.AUTHOR: N_("Author"), CopyTo.APPROVER: N_("Approver"), CopyTo.SCHOOL: N_("The school’s addresses")}


def copies_words(copies: Collection[CopyTo]) -> str:
    """Who else keeps a copy."""
    return " · ".join(_(name) for to, name in COPIES.items() if to in copies) or _("nobody")


def sentences(said: Iterable[str]) -> str:
    """Sentences one after the other; Japanese puts no space between them."""
    return " ".join(said).replace("。 ", "。")
