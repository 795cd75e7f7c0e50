"""What a notice's page says of one recipient. Pure: values in, words and states out."""

from dataclasses import dataclass
from datetime import datetime

from desktop.domain.reports import RecipientKind, RecipientRow
from desktop.i18n import N_, _, format_exact
from desktop.ui.notice_view import channel_icon, channel_name, sentences
from desktop.wording.deliveries import advice

_NEXT_STEPS = {
    "staff": N_("Look at their address in the administration, under Staff."),
    "copy": N_("Look at the address for copies."),
}
_LOST = frozenset({"no_channel", "failed", "bounced"})
_RECIPIENT_KINDS = {"waiting": N_("Waiting for a child"), "staff": N_("Staff"), "copy": N_("A copy")}


def child_words(row: RecipientRow) -> str:
    """The child; of others who is no family of one, their own name."""
    return row.child if row.kind == "family" else row.name


def guardian_words(row: RecipientRow) -> str:
    """The guardian; of others what they are."""
    return row.guardian or "–" if row.kind == "family" else _(_RECIPIENT_KINDS[row.kind])


def number_words(row: RecipientRow) -> str:
    return "\u2003".join(filter(None, (row.homeroom, row.student_number)))


def channel_chip(row: RecipientRow, channel: str) -> str:
    """A key of `states.STATES`, or "" where there is nothing to say of this channel."""
    if channel == "email":
        return row.email_state or ("" if row.line_state else "no_channel")
    return row.line_state or ("line_stopped" if row.line_stopped else "")


def last_moment(row: RecipientRow) -> datetime | None:
    return max(filter(None, (row.email_at, row.line_at)), default=None)


@dataclass(frozen=True, slots=True)
class ChannelDetail:
    icon: str
    name: str
    state: str
    when: str
    text: str


@dataclass(frozen=True, slots=True)
class RecipientDetail:
    """`link`: the words of the button that leads to them in the roster; empty where they stand in none."""

    title: str
    subtitle: str
    channels: tuple[ChannelDetail, ...]
    link: str


def recipient_detail(row: RecipientRow, now: datetime) -> RecipientDetail:
    """State, time, reason and next step of each channel, in plain words."""
    channels = []
    if row.email_state or not row.line_state:
        state = channel_chip(row, "email")
        channels.append(_detail(row, "email", state, row.email_reason, row.email_at, now))
    if row.line_state:
        channels.append(_detail(row, "line", row.line_state, row.line_reason, row.line_at, now))
    elif row.line_stopped:
        text = _("The family has stopped LINE messages; they get it by email.")
        channels.append(ChannelDetail("line", channel_name("line"), "line_stopped", "", text))
    guardian = row.guardian or _("no guardian") if row.kind == "family" else guardian_words(row)
    shared = _("(the address serves several)") if row.shared_address else ""
    subtitle = " ".join(filter(None, (number_words(row), guardian, shared)))
    link = _("Open in the roster") if row.kind in {"family", "waiting"} else ""
    return RecipientDetail(child_words(row), subtitle, tuple(channels), link)


def _detail(
    row: RecipientRow, channel: str, state: str, reason: str, at: datetime | None, now: datetime
) -> ChannelDetail:
    when = format_exact(at.astimezone(now.tzinfo)) if at else ""
    text = _told(row.kind, channel, state, reason)
    return ChannelDetail(channel_icon(channel), channel_name(channel), state, when, text)


def _told(kind: RecipientKind, channel: str, state: str, reason: str) -> str:
    """What it means and what to do. Of staff and copies nobody asks a family."""
    said = advice(channel, state, reason)
    step = _NEXT_STEPS.get(kind, "")
    if not step:
        return str(said)
    return sentences([said.reason, _(step)]) if state in _LOST else said.reason
