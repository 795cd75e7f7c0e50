"""What closing this desk would keep from going out, in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from desktop.domain.notices import NoticeState
from desktop.domain.reports import NoticeRow
from desktop.i18n import _, format_number, format_when, ngettext
from desktop.services.watch import Due, Outgoing, due_of

_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Farewell:
    """What the reader should know before the desk closes.

    `finishing`: what would still be sent if the desk stayed without its window; `later`: what goes out only if
    somebody opens it again. Empty texts: nothing of the kind.
    """

    finishing: str = ""
    later: str = ""


def farewell(outgoing: Outgoing, now: datetime) -> Farewell:
    soon = [row for row in outgoing.seen if due_of(row).is_soon(now)]
    later = [row for row in outgoing.seen if row not in soon and row.state is NoticeState.APPROVED]
    others_soon = sum(due.is_soon(now) for due in outgoing.due) - len(soon)
    others_later = outgoing.others - max(others_soon, 0)
    said = [_soon_words(row, now) for row in soon]
    if others_soon > 0:
        said.append(_others_words(others_soon))
    planned = unsent_words(later, max(others_later, 0), now)
    return Farewell("\n".join(said), planned)


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


def progress_words(due: Sequence[Due], now: datetime) -> str:
    """How far the sending is, in numbers alone."""
    sending = [each for each in due if each.sending and each.left]
    if sending:
        total = sum(each.total for each in sending)
        done = total - sum(each.left for each in sending)
        said = _("{done} of {total} messages are sent.")
        return said.format(done=format_number(done), total=format_number(total))
    times = [each.at for each in due if each.at is not None and each.is_soon(now) and not each.sending]
    if not times:
        return _("Nothing is due at the moment.")
    if min(times) <= now:
        return _("The next notice goes out now.")
    return _("The next notice goes out {when}.").format(when=format_when(min(times).astimezone(now.tzinfo), now))


def left_of(row: NoticeRow) -> tuple[int, int]:
    """Messages that are settled, and all of them."""
    due = due_of(row)
    return due.total - due.left, due.total


def _soon_words(row: NoticeRow, now: datetime) -> str:
    if row.state is NoticeState.SENDING:
        return _sending_words(row)
    if row.due_at is None or row.due_at <= now:
        return _("“{title}” goes out now.").format(title=row.title)
    when = format_when(row.due_at.astimezone(now.tzinfo), now)
    return _("“{title}” goes out {when}.").format(title=row.title, when=when)


def _others_words(number: int) -> str:
    said = ngettext("{n} more notice is on its way.", "{n} more notices are on their way.", number)
    return said.format(n=number)


def _sending_words(row: NoticeRow) -> str:
    done, total = left_of(row)
    left = total - done
    return ngettext(
        "“{title}” is being sent: {n} message of {total} is left.",
        "“{title}” is being sent: {n} messages of {total} are left.",
        left,
    ).format(title=row.title, n=format_number(left), total=format_number(total))


def _planned_words(planned: Sequence[NoticeRow], others: int, now: datetime) -> str:
    number = len(planned) + others
    named = [_named(row, now) for row in planned[:_MOST_NAMED]]
    if number > len(named) and named:
        named.append("…")
    said = ngettext("{n} notice has not gone out yet", "{n} notices have not gone out yet", number).format(n=number)
    return (
        _("{what} ({which}).").format(what=said, which=_(", ").join(named)) if named else _("{what}.").format(what=said)
    )


def _named(row: NoticeRow, now: datetime) -> str:
    when = format_when(row.due_at.astimezone(now.tzinfo), now) if row.due_at and row.due_at > now else ""
    return _("“{title}” {when}").format(title=row.title, when=when).strip()
