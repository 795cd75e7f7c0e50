"""Accounts by text message: states, rules and limits that everything about them shares (B1–B17)."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from desktop.domain.accounts import Limit

ISSUE_LIFE = timedelta(hours=72)
"""How long an initial password is good, counted from the sending of its text (B8)."""
MOST_REISSUES = 3
"""How often the system makes a new one by itself; after that the account locks (B8)."""
REPLIES = Limit("sms_reply", 5, timedelta(minutes=10), timedelta(minutes=10))
"""Replies to one number; beyond them it hears nothing for a while, and a person looks."""
REPEATS = Limit("sms_repeat", 3, timedelta(days=1), timedelta(days=1))
"""New passwords that one number can have sent to itself in a day, where the city allows it at all (B12)."""
SAME_WITHIN = timedelta(seconds=60)
"""A gateway that numbers anew repeats a message that the network repeated: same sender, same text, about same time."""
REPLY_USEFUL = timedelta(days=14)
"""How long a text waits for a gateway that is down before a person has to see to it."""


class Gateway(StrEnum):
    KANNEL = "kannel"
    ESMS = "esms"
    VCOM = "vcom"
    PRACTICE = "practice"


class MessageState(StrEnum):
    """How far a received message is. `READ`: decided, its reply is on the way."""

    WAITING = "waiting"
    READ = "read"
    ANSWERED = "answered"
    REFUSED = "refused"
    DUPLICATE = "duplicate"
    HELD = "held"
    GATEWAY_ERROR = "gateway_error"


class Rule(StrEnum):
    """The rule that decided about a message."""

    ACCOUNT = "account"
    """An account was made (B7)."""
    REPEATED = "repeated"
    """The same phone and ID got a new password (B12, `sms.repeat_reissues`)."""
    SYNTAX = "syntax"
    ID_TAKEN = "id_taken"
    PHONE_TAKEN = "phone_taken"
    PILOT = "pilot"
    FLOOD = "flood"
    BLOCKED = "blocked"
    SENDER = "sender"
    """It came from what is no Vietnamese mobile number: nobody could be answered."""
    DUPLICATE = "duplicate"
    UNDECIDED = "undecided"
    """A fault of ours, or data that nobody thought of: a person looks, and has it processed again."""


REFUSALS = frozenset({Rule.SYNTAX, Rule.ID_TAKEN, Rule.PHONE_TAKEN, Rule.PILOT})
HELD_BY = frozenset({Rule.FLOOD, Rule.BLOCKED, Rule.SENDER, Rule.UNDECIDED})


class Template(StrEnum):
    """A text that goes out; its wording is the setting `SETTING_OF` names, save `MANUAL`, which a person wrote."""

    ACCOUNT = "account"
    REISSUED = "reissued"
    SYNTAX = "syntax"
    ID_TAKEN = "id_taken"
    PHONE_TAKEN = "phone_taken"
    PILOT = "pilot"
    MANUAL = "manual"


SETTING_OF = {
    Template.ACCOUNT: "sms.reply_account",
    Template.REISSUED: "sms.reply_reissued",
    Template.SYNTAX: "sms.reply_syntax",
    Template.ID_TAKEN: "sms.reply_id_taken",
    Template.PHONE_TAKEN: "sms.reply_phone_taken",
    Template.PILOT: "sms.reply_pilot",
}
WITH_PASSWORD = frozenset({Template.ACCOUNT, Template.REISSUED})
LONGEST_REASON = 200
"""Why somebody is locked, closed or blocked, for colleagues."""
HIDDEN = "••••"
"""Stands for a password wherever a text is shown."""


class ReplyState(StrEnum):
    """`SENT`: the gateway took it. `DELIVERED`: it reported the phone has it. `CANCELLED`: a newer one replaced it."""

    DUE = "due"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    CANCELLED = "cancelled"


class ReviewReason(StrEnum):
    """Why a person has to look."""

    CONFLICT = "conflict"
    """An ID or a phone that is somebody's was used by another phone or with another ID."""
    MISMATCH = "mismatch"
    """The century or the year inside a 12-digit ID does not fit the date given; no message says a sex to compare."""
    FLOOD = "flood"
    PILOT = "pilot"
    SENDER = "sender"
    UNCHANGED = "unchanged"
    """Locked after twelve days without a change of the password."""
    GATEWAY = "gateway"
    """A text could not be sent for good."""
    UNDECIDED = "undecided"
    """A message that could not be decided."""


class LockReason(StrEnum):
    UNCHANGED = "unchanged"
    STAFF = "staff"


@dataclass(frozen=True, slots=True)
class Applicant:
    """What a message that could be read says of its sender. `name` is as typed, `plain_name` without diacritics."""

    name: str
    plain_name: str
    id_number: str
    birth_date: date
    fits: bool = True
    """Whether the century, sex and birth year inside a 12-digit ID agree with the date."""
