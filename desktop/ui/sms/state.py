"""What the screens of text messages show. Pure: values in, words and states out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from desktop.domain.accounts import AccountState
from desktop.domain.sms import ISSUE_LIFE, MOST_REISSUES, WITH_PASSWORD, LockReason, MessageState, ReplyState, Rule
from desktop.domain.sms_messages import (
    MOST_COUNTED,
    AccountShown,
    MessageDetail,
    MessageQuery,
    MessageRow,
    OpenReview,
    Paid,
    ReplyShown,
)
from desktop.domain.sms_reading import Field
from desktop.i18n import N_, _, format_date, format_exact, format_number, format_when, ngettext, speaking
from desktop.wording import sms as words

FILTERS: Mapping[str, str] = {
    "all": N_("All"),
    "review": N_("To look at"),
    "waiting": N_("On their way"),
    "answered": N_("Answered"),
    "account": N_("Account made"),
    "syntax": N_("Wrong syntax"),
    "id_taken": N_("ID taken"),
    "phone_taken": N_("Phone taken"),
    "pilot": N_("Outside the trial"),
    "duplicate": N_("Duplicate"),
    "held": N_("Held"),
    "gateway_error": N_("Reply not sent"),
}
_CHIPS: Mapping[Rule, str] = {
    Rule.ACCOUNT: "accepted",
    Rule.REPEATED: "accepted",
    Rule.SYNTAX: "error",
    Rule.ID_TAKEN: "warning",
    Rule.PHONE_TAKEN: "warning",
    Rule.PILOT: "inactive",
    Rule.FLOOD: "held",
    Rule.BLOCKED: "held",
    Rule.SENDER: "held",
    Rule.DUPLICATE: "unchanged",
    Rule.UNDECIDED: "held",
}
_REPLY_CHIPS: Mapping[str, str] = {
    ReplyState.DUE: "due",
    ReplyState.SENT: "accepted",
    ReplyState.DELIVERED: "confirmed",
    ReplyState.FAILED: "failed",
    ReplyState.CANCELLED: "cancelled",
}
UNREADABLE = N_("(sealed with another key)")
NO_TEXT = N_("(no text)")


@dataclass(frozen=True, slots=True)
class TraceLine:
    """One field: its number in the text, as it came, as it was understood, and what is wrong with it, if anything."""

    number: int
    name: str
    raw: str
    understood: str
    result: str
    tone: str


# The list


def chip(state: MessageState, rule: Rule | None) -> str:
    """The state of `ui.states` for what became of a message."""
    if state is MessageState.GATEWAY_ERROR:
        return "failed"
    if rule is None:
        return "due"
    return "leased" if state is MessageState.READ else _CHIPS[rule]


def on_one_line(text: str | None) -> str:
    """A text as a list shows it; what nobody can see is not there."""
    if text is None:
        return _(UNREADABLE)
    return " ".join(visible(text).split()) or _(NO_TEXT)


def visible(text: str) -> str:
    """As long as it was, with a sign in the place of each character that no screen shows."""
    return "".join(letter if letter.isprintable() else " " if letter.isspace() else "\u2423" for letter in text)


def counted(number: int) -> str:
    return f"{format_number(MOST_COUNTED)}+" if number > MOST_COUNTED else format_number(number)


def sentence(counts: Mapping[str, int]) -> str:
    """What needs doing."""
    said = []
    if number := counts.get("review", 0):
        text = ngettext("{n} message has to be looked at.", "{n} messages have to be looked at.", number)
        said.append(text.format(n=counted(number)))
    if number := counts.get("gateway_error", 0):
        text = ngettext("{n} reply could not be sent.", "{n} replies could not be sent.", number)
        said.append(text.format(n=counted(number)))
    return " ".join(said) or _("Nothing has to be looked at.")


def empty_words(query: MessageQuery) -> tuple[str, str]:
    if query.is_narrowed:
        return _("No such message"), _("Choose another filter or other days, or clear what you are looking for.")
    return _("No message has come in yet"), _("What citizens text to the short code stands here as it comes in.")


# One message


def place_words(detail: MessageDetail, now: datetime) -> str:
    """When it came, by which network, to which number, and what it cost."""
    parts = [
        format_exact(detail.row.received_at.astimezone(now.tzinfo)),
        words.network(detail.row.network) if detail.row.network else "",
        _("to {number}").format(number=detail.recipient) if detail.recipient else "",
        dong(detail.fee),
    ]
    return " · ".join(filter(None, parts))


def dong(amount: int) -> str:
    """Money as Vietnam writes it, in every language: 1.500 đ."""
    return f"{amount:,}".replace(",", ".") + " đ"


def trace(fields: Sequence[Field]) -> list[TraceLine]:
    return [_trace_line(field) for field in fields]


def _trace_line(field: Field) -> TraceLine:
    problem = _(words.PROBLEMS.get(field.problem, field.problem)) if field.problem else ""
    odd = words.DISAGREEING.intersection(field.notes)
    notes = _(", ").join(_(words.NOTES.get(note, note)) for note in field.notes)
    understood = _understood(field)
    if notes and understood:
        understood = _("{text} ({notes})").format(text=understood, notes=notes)
    tone = "danger" if problem else "warning" if odd else "success"
    result = problem or (_("Please check") if odd else "")
    return TraceLine(field.number, _(words.FIELDS[field.kind]), visible(field.raw), understood, result, tone)


def _understood(field: Field) -> str:
    if field.problem or not field.understood:
        return ""
    if field.kind == "keyword":
        return _("Asks for an account")
    return format_date(date.fromisoformat(field.understood)) if field.kind == "birth_date" else field.understood


def decided(detail: MessageDetail) -> str:
    """The rule that decided, as a sentence; for wrong syntax what was wrong."""
    if detail.row.rule is None:
        return _("Nobody has decided yet: the worker takes it up within a second or two.")
    said = _(words.DECIDED[detail.row.rule])
    if detail.row.rule is Rule.SYNTAX and detail.problem:
        problem = _(words.PROBLEMS.get(detail.problem, detail.problem))
        said = _("{sentence} What is wrong: {problem}.").format(sentence=said, problem=problem)
    return said


def reply_chip(reply: ReplyShown) -> tuple[str, str, str]:
    """The state of `ui.states`, its word, and what it does not claim."""
    state = ReplyState(reply.state)
    help_text = words.REPLY_HELP.get(state)
    return _REPLY_CHIPS[state], _(words.REPLY_STATES[state]), _(help_text) if help_text else ""


def reply_title(reply: ReplyShown) -> str:
    title = _(words.TEMPLATES[reply.template])
    return _("{text}, by {who}").format(text=title, who=reply.written_by) if reply.written_by else title


def reply_facts(reply: ReplyShown, now: datetime) -> str:
    """Encoding, length, parts, what it cost, when, and why it did not go."""
    at = reply.sent_at or reply.created_at
    facts = [
        _(words.ENCODINGS.get(reply.encoding, reply.encoding)),
        size_words(reply.length, reply.parts),
        dong(reply.cost) if reply.cost else "",
        format_when(at, now),
        _(words.REASONS.get(reply.reason, reply.reason)) if reply.reason else "",
    ]
    return " · ".join(filter(None, facts))


def size_words(length: int, parts: int) -> str:
    letters = ngettext("{n} character", "{n} characters", length).format(n=format_number(length))
    return letters + " · " + ngettext("{n} part", "{n} parts", parts).format(n=parts)


def has_password(reply: ReplyShown) -> bool:
    return reply.template in WITH_PASSWORD


def account_lines(account: AccountShown, now: datetime) -> list[tuple[str, str]]:
    lines = [
        (_("Name"), account.name),
        (_("Log-in"), account.login),
        (_("ID"), f"••• {account.id_last3}"),
        (_("State"), account_words(account, now)),
    ]
    if account.verified_at:
        lines.append((_("Verified"), format_exact(account.verified_at.astimezone(now.tzinfo))))
    return lines


def account_words(account: AccountShown, now: datetime) -> str:
    """How far the account is with its password."""
    if account.state == AccountState.LOCKED:
        reason = LockReason(account.lock_reason) if account.lock_reason else LockReason.STAFF
        return _(words.LOCKS[reason])
    if account.state != AccountState.ACTIVE:
        return _("Closed")
    if account.own_password_at is not None:
        return _("Set an own password, {when}").format(when=format_when(account.own_password_at, now))
    if account.issue_sent_at is None or account.issue_expires_at is None:
        return _("The password waits to be sent")
    if account.issue_expires_at <= now:
        return _("The password has run out")
    number = min(account.reissues, MOST_REISSUES) + 1
    left = _left(account.issue_expires_at, now)
    return _("Waits for an own password: password {number} of {most}, {left} left").format(
        number=number, most=MOST_REISSUES + 1, left=left
    )


def _left(until: datetime, now: datetime) -> str:
    hours = min(int((until - now).total_seconds() // 3600), int(ISSUE_LIFE.total_seconds() // 3600))
    if hours < 1:
        return _("less than an hour")
    if hours < 48:
        return ngettext("{n} hour", "{n} hours", hours).format(n=hours)
    return ngettext("{n} day", "{n} days", hours // 24).format(n=hours // 24)


# The helpdesk


def paid_words(paid: Paid, now: datetime) -> str:
    """What to tell a citizen who asks what it cost (B13)."""
    number = ngettext("{n} message", "{n} messages", paid.messages).format(n=format_number(paid.messages))
    since = format_date(paid.since.astimezone(now.tzinfo).date())
    text = _(
        "This number has sent {number} since {since} and paid {total}. One costs {each} now; our replies are free."
    )
    return text.format(since=since, number=number, total=dong(paid.total), each=dong(paid.each))


def paid_in_vietnamese(paid: Paid, now: datetime) -> str:
    """The same to be read out to the citizen."""
    with speaking("vi"):
        return paid_words(paid, now)


def review_words(review: OpenReview) -> str:
    what, to_do = _(words.REVIEWS[review.reason]), _(words.WHAT_TO_DO[review.reason])
    said = _("{what}. {to_do}").format(what=what, to_do=to_do)
    if review.times == 1:
        return said
    times = ngettext("It came {n} time.", "It came {n} times.", review.times).format(n=format_number(review.times))
    return f"{said} {times}"


def foreseen(rule: Rule) -> tuple[str, str]:
    """What saving a corrected text will do: kind of note, and words."""
    return (
        ("success", _(words.WILL[rule])) if rule in {Rule.ACCOUNT, Rule.REPEATED} else ("warning", _(words.WILL[rule]))
    )


def may_correct(row: MessageRow) -> bool:
    """Nothing came of it yet that cannot be taken back."""
    return row.rule not in {Rule.ACCOUNT, Rule.REPEATED}
