"""What closing this desk would keep from going out, in words."""

from collections.abc import Sequence
from datetime import datetime

from desktop.domain.notices import NoticeState
from desktop.domain.reports import NoticeRow
from desktop.i18n import _, format_when, ngettext

_MOST_NAMED = 3


def unsent_words(seen: Sequence[NoticeRow], others: int, now: datetime) -> str:
    """Nothing where nothing is on its way or planned. `others` are notices whose names the reader may not see."""
    planned = [row for row in seen if row.state is NoticeState.APPROVED]
    sending = [row for row in seen if row.state is NoticeState.SENDING]
    said = [_sending_words(row) for row in sending]
    if planned or others:
        said.append(_planned_words(planned, others, now))
    if said:
        said.append(_("They go out only while Renraku runs on this computer."))
    return "\n".join(said)


def left_of(row: NoticeRow) -> tuple[int, int]:
    """Messages that are settled, and all of them."""
    counts = [(state, count) for states in row.counts.values() for state, count in states.items()]
    total = sum(count for _state, count in counts)
    left = sum(count for state, count in counts if state in {"due", "leased"})
    return total - left, total


def _sending_words(row: NoticeRow) -> str:
    done, total = left_of(row)
    left = total - done
    return ngettext(
        "“{title}” is being sent: {n} message of {total} is left.",
        "“{title}” is being sent: {n} messages of {total} are left.",
        left,
    ).format(title=row.title, n=left, total=total)


def _planned_words(planned: Sequence[NoticeRow], others: int, now: datetime) -> str:
    number = len(planned) + others
    named = [_named(row, now) for row in planned[:_MOST_NAMED]]
    if number > len(named) and named:
        named.append("…")
    said = ngettext("{n} notice has not gone out yet", "{n} notices have not gone out yet", number).format(n=number)
    return _("{what} ({which}).").format(what=said, which=_(", ").join(named)) if named else f"{said}."


def _named(row: NoticeRow, now: datetime) -> str:
    when = format_when(row.due_at.astimezone(now.tzinfo), now) if row.due_at and row.due_at > now else ""
    return _("“{title}” {when}").format(title=row.title, when=when).strip()
