"""What the screens of accounts by text message show. Pure: values in, words and states out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from desktop.domain.sms import ISSUE_LIFE, MOST_REISSUES, WITH_PASSWORD, LockReason, ReviewReason
from desktop.domain.sms_accounts import (
    AccountDetail,
    AccountQuery,
    AccountRow,
    Conflict,
    ConflictKind,
    HistoryEntry,
    Side,
    Stage,
    Verified,
)
from desktop.i18n import (
    _,
    current_language,
    format_date,
    format_day,
    format_exact,
    format_number,
    format_time,
    format_when,
    ngettext,
)
from desktop.ui.cells import Cell, IconsCell, Mark, TextCell, TimeCell
from desktop.wording import sms as sms_words
from desktop.wording import sms_accounts as words

_CHIPS: Mapping[Stage, str] = {
    Stage.SENDING: "due",
    Stage.WAITING: "leased",
    Stage.OVER: "expired",
    Stage.OWN: "ok",
    Stage.LOCKED: "stopped",
    Stage.CLOSED: "inactive",
}
_SIDES = frozenset({ReviewReason.CONFLICT, ReviewReason.MISMATCH})
_SOON, _MUCH = timedelta(hours=8), timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the three-day rule: its name, when it was or will be, and whether it was."""

    name: str
    when: str
    done: bool


@dataclass(frozen=True, slots=True)
class Track:
    """Where an account stands in its round. `at`: how far between the first step (0) and the last (4)."""

    steps: tuple[Step, ...]
    at: float
    words: str


@dataclass(frozen=True, slots=True)
class SideLine:
    """One field of two that may be one person; `differs` says whether to look."""

    name: str
    holder: str
    other: str
    word: str
    differs: bool


# The list


def chip(row: AccountRow, now: datetime) -> tuple[str, str]:
    """The state of `ui.states` and its word."""
    stage = row.stage(now)
    if stage is Stage.WAITING and row.timer.reissues in words.REISSUED:
        last = "warning" if row.timer.is_last else "leased"
        return last, _(words.REISSUED[row.timer.reissues])
    if stage is Stage.LOCKED and row.lock_reason == LockReason.UNCHANGED:
        return _CHIPS[stage], _("Locked, unchanged")
    return _CHIPS[stage], _(words.STAGES[stage])


def left_words(left: timedelta) -> str:
    """1 day 22 h; of the last hours the minutes, too. Rounded up, so that it never says nothing is left too early."""
    minutes = -int(-left.total_seconds() // 60)
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    if days:
        day = ngettext("{n} day", "{n} days", days).format(n=days)
        return _("{days} {hours} h").format(days=day, hours=hours)
    return _("{hours} h {minutes} min").format(hours=hours, minutes=minutes)


def left_tone(left: timedelta) -> str:
    return "danger" if left <= _SOON else "warning" if left <= _MUCH else "bar1"


def left_cell(row: AccountRow, now: datetime) -> Cell | None:
    """A bar with its words beside it; nothing where nothing runs."""
    left = row.timer.left(now) if row.stage(now) in {Stage.WAITING, Stage.OVER} else None
    if left is None:
        return TextCell("")
    return TimeCell(left / ISSUE_LIFE, left_tone(left), left_words(left))


def checks_cell(row: AccountRow) -> Cell:
    """Whether somebody saw a document, and whether somebody has to look."""
    marks = [Mark("alert", _(sms_words.REVIEWS[each]), "warning") for each in sorted(row.reviews)]
    if row.verified_at is not None:
        marks.append(Mark("shield", _("Verified"), "success"))
    return IconsCell(tuple(marks))


def sentence(counts: Mapping[str, int]) -> str:
    """What needs doing."""
    said = []
    if number := counts.get("conflict", 0) + counts.get("mismatch", 0):
        text = ngettext("{n} account has to be compared.", "{n} accounts have to be compared.", number)
        said.append(text.format(n=format_number(number)))
    if number := counts.get("locked", 0):
        said.append(ngettext("{n} is locked.", "{n} are locked.", number).format(n=format_number(number)))
    waiting = counts.get("waiting", 0)
    text = ngettext("{n} waits for the first log-in.", "{n} wait for the first log-in.", waiting)
    return " ".join([*said, text.format(n=format_number(waiting))])


def empty_words(query: AccountQuery) -> tuple[str, str]:
    if query.is_narrowed:
        return _("No such account"), _("Choose another filter, or clear what you are looking for.")
    return (
        _("No account has been made yet"),
        _("When a citizen’s text could be read, their account stands here, with the time they have to log in."),
    )


# One account


def place_words(detail: AccountDetail) -> str:
    network = sms_words.network(detail.network) if detail.network else ""
    return " · ".join(filter(None, (detail.row.phone, network))) or _("Phone and ID are free again")


def phone_words(phone: str) -> str:
    """0905 123 456, as people read it out."""
    return f"{phone[:4]} {phone[4:7]} {phone[7:]}" if len(phone) == 10 else phone


def timer_words(detail: AccountDetail, now: datetime) -> tuple[str, str, str]:
    """Before, the time that is left, and what comes of it."""
    row = detail.row
    stage = row.stage(now)
    left = row.timer.left(now)
    if stage is Stage.SENDING:
        return _("The password has not left yet. Its 72 hours begin when its text is sent."), "", ""
    if left is None or stage not in {Stage.WAITING, Stage.OVER}:
        return "", "", ""
    ends = row.timer.ends_at
    when = format_when(ends, now) if ends is not None else ""
    if row.timer.is_last:
        return _("Until it locks"), left_words(left), _("Without a change it locks ({when}).").format(when=when)
    after = _("Without a change a new password follows ({when}).").format(when=when)
    return _("Until the next re-issue"), left_words(left), after


def track(detail: AccountDetail, now: datetime) -> Track | None:
    """None where no round runs: with a password of their own, locked by staff, closed."""
    row, timer = detail.row, detail.row.timer
    stage = row.stage(now)
    never = stage is Stage.LOCKED and row.lock_reason == LockReason.UNCHANGED
    if stage not in {Stage.SENDING, Stage.WAITING, Stage.OVER} and not never:
        return None
    done = MOST_REISSUES + 1 if never else timer.reissues
    left = timer.left(now)
    run = 0.0 if left is None else 1 - left / ISSUE_LIFE
    at = float(done) if never else min(done + run, done + 0.97)
    times = _times(detail, done)
    steps = tuple(
        Step(_(name), _short(when.astimezone(now.tzinfo)) if when else "", number <= done)
        for number, (name, when) in enumerate(zip(words.STEPS, times, strict=True))
    )
    before, remains, after = timer_words(detail, now)
    said = _("Step {number} of {all}: {name}.").format(number=done + 1, all=len(steps), name=steps[done].name)
    spoken = " ".join(filter(None, (said, before, remains and f"{remains}.", after)))
    return Track(steps, at, spoken)


def _times(detail: AccountDetail, done: int) -> list[datetime | None]:
    """When each step was, as far as the texts tell, and when the next ones come if nobody acts."""
    timer = detail.row.timer
    sent = [text.sent_at for text in detail.texts if text.template in WITH_PASSWORD and text.sent_at is not None]
    found: list[datetime | None] = [None] * len(words.STEPS)
    if done <= MOST_REISSUES:
        found[done] = timer.sent_at
    earlier = [when for when in sent if timer.sent_at is None or when < timer.sent_at]
    for number, when in zip(range(min(done, MOST_REISSUES + 1) - 1, -1, -1), earlier, strict=False):
        found[number] = when
    for number in range(done + 1, len(found)):
        found[number] = timer.ends_at + (number - done - 1) * ISSUE_LIFE if timer.ends_at and timer.sent_at else None
    return found


def _short(moment: datetime) -> str:
    """As short as under a step: the day, and the time where the day is in figures."""
    time = format_time(moment)
    match current_language():
        case "ja":
            return f"{moment.month}/{moment.day} {time}"
        case "vi":
            return f"{moment.day}/{moment.month} {time}"
    return format_day(moment)


def facts(detail: AccountDetail, now: datetime) -> list[tuple[str, str]]:
    name = detail.row.name
    if detail.plain_name != name:
        name = _("{name} (without accents: {plain})").format(name=name, plain=detail.plain_name)
    digits = ngettext("{n} digit", "{n} digits", detail.id_length).format(n=detail.id_length)
    id_ = _("{id} ({digits})").format(id=detail.id_shown, digits=digits) if detail.id_length else detail.id_shown
    lines = [
        (_("Name"), name),
        (_("ID"), id_),
        (_("Date of birth"), format_date(detail.birth_date)),
        (_("Password"), password_words(detail, now)),
        (_("Verification"), verified_words(detail.verified, now)),
        (_("Made"), format_exact(detail.made_at.astimezone(now.tzinfo))),
    ]
    if detail.lock_note:
        lines.append((_("Reason"), detail.lock_note))
    return lines


def password_words(detail: AccountDetail, now: datetime) -> str:
    """Which one it is, and when it left: never what it is."""
    row = detail.row
    if row.own_password_at is not None:
        return _("Their own, since {when}").format(when=format_when(row.own_password_at, now))
    if row.stage(now) in {Stage.LOCKED, Stage.CLOSED}:
        return _("None")
    number = _("No. {n}").format(n=format_number(detail.issue))
    if row.timer.sent_at is None:
        return _("{number}, waits to be sent").format(number=number)
    return _("{number}, sent {when}").format(number=number, when=format_when(row.timer.sent_at, now))


def verified_words(verified: Verified | None, now: datetime) -> str:
    if verified is None:
        return _("Not yet")
    parts = (_(words.DOCUMENTS[verified.document]), verified.place, verified.by, format_when(verified.at, now))
    return " · ".join(filter(None, (*parts, verified.note)))


def history_words(entries: Sequence[HistoryEntry], now: datetime) -> list[tuple[str, str]]:
    """When, and what with who did it."""
    return [
        (format_when(each.at, now), f"{_(words.HISTORY[each.verb])}" + (f" · {each.who}" if each.who else ""))
        for each in entries
        if each.verb in words.HISTORY
    ]


def to_compare(reason: ReviewReason) -> bool:
    return reason in _SIDES


# Two sides


def sides(conflict: Conflict) -> list[SideLine]:
    """Field by field; of an ID that does not fit only what it says."""
    holder, other = conflict.holder, conflict.other
    if conflict.row.kind is ConflictKind.MISMATCH or other is None:
        return _mismatch(conflict)
    return [
        _line(_("Name"), holder.name, other.name, same=_plain(holder) == _plain(other)),
        _line(_("Date of birth"), _born(holder), _born(other), same=holder.birth_date == other.birth_date),
        _line(_("ID"), holder.id_shown, other.id_shown, same=conflict.same_id),
        _line(_("Phone"), phone_words(holder.phone), phone_words(other.phone), same=holder.phone == other.phone),
        SideLine(_("Verified"), _("Yes") if holder.verified else _("No"), "–", "", differs=False),
    ]


def _mismatch(conflict: Conflict) -> list[SideLine]:
    said = str(conflict.id_year) if conflict.id_year is not None else "–"
    year = str(conflict.holder.birth_date.year) if conflict.holder.birth_date else "–"
    return [
        SideLine(_("Year of birth"), year, said, "" if said == "–" else _differing(same=said == year), said != year),
        SideLine(_("ID"), conflict.holder.id_shown, conflict.holder.id_shown, "", differs=False),
    ]


def _line(name: str, holder: str, other: str, *, same: bool) -> SideLine:
    return SideLine(name, holder or "–", other or "–", _differing(same=same), not same)


def _differing(*, same: bool) -> str:
    return _("the same") if same else _("different")


def _plain(side: Side) -> str:
    return " ".join(side.plain_name.casefold().split())


def _born(side: Side) -> str:
    return format_date(side.birth_date) if side.birth_date else ""
