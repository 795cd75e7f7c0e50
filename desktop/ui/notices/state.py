"""What the list of notices shows. Pure: values in, words and states out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from desktop.domain.notices import NoticeState
from desktop.domain.reports import NoticeRow
from desktop.i18n import N_, _, format_exact, format_number, format_when, ngettext
from desktop.ui.cells import Coverage
from desktop.ui.notice_view import WAITS_FOR_A_PERSON, children_words, sent_coverage, sentences, state_of, with_others

FILTERS: Mapping[str, tuple[str, frozenset[NoticeState] | None]] = {
    "all": (N_("All"), None),
    "draft": (N_("Drafts"), frozenset({NoticeState.DRAFT})),
    "submitted": (N_("Waiting for approval"), frozenset({NoticeState.SUBMITTED})),
    "coming": (N_("Still to go out"), frozenset({NoticeState.APPROVED, NoticeState.SENDING, NoticeState.STOPPED})),
    "done": (N_("Sent"), frozenset({NoticeState.DONE})),
}


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """One line of the list."""

    id: int
    title: str
    urgent: bool
    audience: str
    children: str
    people: str
    state: str
    word: str
    sent: Coverage | None
    numbers: str
    when: str
    exact: str
    editable: bool
    deletable: bool


@dataclass(frozen=True, slots=True)
class NoticesView:
    sentence: str
    lines: tuple[NoticeLine, ...]
    live: bool


def view(rows: Sequence[NoticeRow], typed: str, now: datetime) -> NoticesView:
    """`rows` are the newest first; `typed` narrows to those whose title, class or author holds all of its words."""
    words = typed.casefold().split()
    lines = tuple(_line(row, now) for row in rows if _matches(row, words))
    live = any(row.state is NoticeState.SENDING for row in rows)
    return NoticesView(_sentence(rows), lines, live)


def _matches(row: NoticeRow, words: Sequence[str]) -> bool:
    text = f"{row.title} {row.audience} {row.kind} {row.author}".casefold()
    return all(word in text for word in words)


def _sentence(rows: Sequence[NoticeRow]) -> str:
    asked = sum(row.state is NoticeState.SUBMITTED for row in rows)
    held = sum(row.held in WAITS_FOR_A_PERSON for row in rows)
    said = []
    if asked:
        said.append(ngettext("{n} notice waits for approval.", "{n} notices wait for approval.", asked).format(n=asked))
    if held:
        said.append(ngettext("{n} notice is held.", "{n} notices are held.", held).format(n=held))
    return sentences(said) or _("Write, approve, send, and see what became of it.")


def _line(row: NoticeRow, now: datetime) -> NoticeLine:
    key, word = state_of(row.state, row.held, row.due_at, now)
    started = row.state in {NoticeState.SENDING, NoticeState.DONE, NoticeState.STOPPED}
    coverage = _coverage(row) if started else None
    at = row.started_at or row.due_at or row.updated_at
    numbers = f"{format_number(coverage.accepted)} / {format_number(coverage.total)}" if coverage else "–"
    return NoticeLine(
        row.id,
        row.title or _("(no title yet)"),
        row.urgent,
        row.audience or "–",
        format_number(row.children) if row.children else "–",
        with_others(children_words(row.children) if row.children else "", waiting=row.waiting, staff=row.staff),
        key,
        word,
        coverage,
        numbers,
        _when(row, now),
        format_exact(at.astimezone(now.tzinfo)),
        row.state in {NoticeState.DRAFT, NoticeState.SUBMITTED, NoticeState.APPROVED},
        row.state is NoticeState.DRAFT,
    )


def _coverage(row: NoticeRow) -> Coverage | None:
    """How far it got with families; with staff where it is for them alone. Copies never count."""
    if row.counts:
        return sent_coverage(row.counts)
    return sent_coverage({"email": row.staff_counts}) if row.staff_counts else None


def _when(row: NoticeRow, now: datetime) -> str:
    if row.started_at:
        return format_when(row.started_at, now)
    if row.due_at and row.state is NoticeState.APPROVED:
        return _("planned {when}").format(when=format_when(row.due_at, now))
    return format_when(row.updated_at, now)
