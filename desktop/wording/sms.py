"""Accounts by text message in words: states, rules, texts, review reasons, networks, and errors.

Each subject appends its own block at the end; `ERRORS` collects the codes of all.
"""

from collections.abc import Mapping

from desktop.domain.sms import LockReason, MessageState, ReplyState, ReviewReason, Rule, Template
from desktop.i18n import N_, _

# Messages

STATES: Mapping[MessageState, str] = {
    MessageState.WAITING: N_("Not processed yet"),
    MessageState.READ: N_("Reply on its way"),
    MessageState.ANSWERED: N_("Answered"),
    MessageState.REFUSED: N_("Refused"),
    MessageState.DUPLICATE: N_("Duplicate"),
    MessageState.HELD: N_("Held"),
    MessageState.GATEWAY_ERROR: N_("Reply not sent"),
}
OUTCOMES: Mapping[Rule, str] = {
    Rule.ACCOUNT: N_("Account made"),
    Rule.REPEATED: N_("New password"),
    Rule.SYNTAX: N_("Wrong syntax"),
    Rule.ID_TAKEN: N_("ID taken"),
    Rule.PHONE_TAKEN: N_("Phone taken"),
    Rule.PILOT: N_("Outside the trial"),
    Rule.FLOOD: N_("Too many messages"),
    Rule.BLOCKED: N_("Blocked number"),
    Rule.SENDER: N_("No mobile number"),
    Rule.DUPLICATE: N_("Duplicate"),
    Rule.UNDECIDED: N_("Could not be processed"),
}
"""What became of a message, in two or three words: for chips and legends."""
DECIDED: Mapping[Rule, str] = {
    Rule.ACCOUNT: N_("Everything could be read, and neither the ID nor the phone had an account: one was made."),
    Rule.REPEATED: N_("The same phone with the same ID asked again, and was sent a new password."),
    Rule.SYNTAX: N_("The text does not have the form TK, name, ID, date of birth."),
    Rule.ID_TAKEN: N_("An account with this ID exists already. No other was made."),
    Rule.PHONE_TAKEN: N_("This phone has an account with another ID already. No other was made."),
    Rule.PILOT: N_("Only numbers on the lists of the trial units get an account now, and this one is on none."),
    Rule.FLOOD: N_("This number sent too many messages within a few minutes, and is not answered for a while."),
    Rule.BLOCKED: N_("This number is blocked: it is neither read nor answered."),
    Rule.SENDER: N_("The sender is no Vietnamese mobile number, so nobody could be answered."),
    Rule.DUPLICATE: N_("The same text came from the same number a moment before, and was answered then."),
    Rule.UNDECIDED: N_("The system could not process this message because of a fault of its own."),
}
"""The rule that decided, as a sentence."""
TEMPLATES: Mapping[Template, str] = {
    Template.ACCOUNT: N_("Account made"),
    Template.REISSUED: N_("New password after 3 days"),
    Template.SYNTAX: N_("Wrong syntax"),
    Template.ID_TAKEN: N_("ID taken"),
    Template.PHONE_TAKEN: N_("Phone taken"),
    Template.PILOT: N_("Outside the trial"),
    Template.MANUAL: N_("Written by hand"),
}
REPLY_STATES: Mapping[ReplyState, str] = {
    ReplyState.DUE: N_("Waiting to be sent"),
    ReplyState.SENT: N_("Sent"),
    ReplyState.DELIVERED: N_("Reached the phone"),
    ReplyState.FAILED: N_("Not sent"),
    ReplyState.CANCELLED: N_("Cancelled"),
}
REPLY_HELP: Mapping[ReplyState, str] = {
    ReplyState.SENT: N_("The gateway took it. Whether it reached the phone is not known."),
    ReplyState.DELIVERED: N_("The gateway reports that the phone has it. Whether it was read is not known."),
    ReplyState.CANCELLED: N_("A newer password had taken its place before it could be sent."),
}
ENCODINGS: Mapping[str, str] = {"gsm7": N_("GSM-7"), "ucs2": N_("Unicode (UCS-2)")}
REVIEWS: Mapping[ReviewReason, str] = {
    ReviewReason.CONFLICT: N_("Identity conflict"),
    ReviewReason.MISMATCH: N_("ID and date of birth disagree"),
    ReviewReason.FLOOD: N_("Too many messages"),
    ReviewReason.PILOT: N_("Outside the trial"),
    ReviewReason.SENDER: N_("No mobile number"),
    ReviewReason.UNCHANGED: N_("Locked: the password was never changed"),
    ReviewReason.GATEWAY: N_("Reply not sent"),
    ReviewReason.UNDECIDED: N_("Could not be processed"),
}
WHAT_TO_DO: Mapping[ReviewReason, str] = {
    ReviewReason.CONFLICT: N_("Somebody used an ID or a phone that another account has. Compare both, and ask them."),
    ReviewReason.MISMATCH: N_("The year of birth inside the ID does not fit the date. Ask to see the document."),
    ReviewReason.FLOOD: N_("Look whether this is a person in need of help or a machine, and block the number if so."),
    ReviewReason.PILOT: N_("If they belong to a trial unit, add the number to its list and process the message again."),
    ReviewReason.SENDER: N_("Nobody can be answered there. Nothing has to be done unless it comes often."),
    ReviewReason.UNCHANGED: N_("Four passwords were sent and none was changed. Phone them, and unlock the account."),
    ReviewReason.GATEWAY: N_(
        "The text was refused for good, or did not get through. Look at the reason, and phone them."
    ),
    ReviewReason.UNDECIDED: N_("Process the message again, corrected if need be, or answer by hand."),
}
LOCKS: Mapping[LockReason, str] = {
    LockReason.UNCHANGED: N_("Locked: the password was never changed"),
    LockReason.STAFF: N_("Locked by staff"),
}
NETWORKS: Mapping[str, str] = {
    "viettel": "Viettel",
    "vinaphone": "VinaPhone",
    "mobifone": "MobiFone",
    "vietnamobile": "Vietnamobile",
    "gmobile": "Gmobile",
    "itel": "iTel",
    "wintel": "Wintel",
}
"""Names of firms, the same in every language."""


def network(key: str) -> str:
    """The firm; a dash where it is not known."""
    return NETWORKS.get(key, key) or "–"


def outcome(state: str, rule: str | None) -> str:
    """What became of a message, for its chip: the rule where one decided."""
    if state == MessageState.GATEWAY_ERROR or rule is None:
        return _(STATES[MessageState(state)])
    return _(OUTCOMES[Rule(rule)])


WILL: Mapping[Rule, str] = {
    Rule.ACCOUNT: N_("An account will be made and its text sent."),
    Rule.REPEATED: N_("A new password will be sent to this phone."),
    Rule.SYNTAX: N_("It cannot be read like this: the text about wrong syntax will be sent again."),
    Rule.ID_TAKEN: N_("This ID has an account: the text that says so will be sent, and no account made."),
    Rule.PHONE_TAKEN: N_("This phone has another account: the text that says so will be sent, and no account made."),
    Rule.PILOT: N_("The number is on no list of a trial unit: the text that says so will be sent."),
    Rule.SENDER: N_("The sender is no mobile number: nothing can be sent, and no account made."),
}
"""What processing a message again comes to, said before it is done."""
REASONS: Mapping[str, str] = {
    "busy": N_("the gateway was busy"),
    "server_error": N_("the gateway had a fault"),
    "bad_reply": N_("the gateway answered nonsense"),
    "timeout": N_("the gateway did not answer in time"),
    "connection_lost": N_("the connection to the gateway broke"),
    "proxy_down": N_("the proxy on the way to the gateway does not answer"),
    "not_configured": N_("the gateway is not set up"),
    "unreachable": N_("the gateway could not be reached"),
    "certificate": N_("the gateway’s certificate is not right"),
    "unauthorized": N_("the gateway refused our user or key"),
    "wrong_url": N_("the gateway’s address is not right"),
    "no_balance": N_("no money is left at the gateway"),
    "no_price": N_("the gateway has no price for this network"),
    "brand": N_("the gateway does not know the sender’s name"),
    "ip_refused": N_("the gateway refused our address"),
    "bad_phone": N_("the gateway refused the number"),
    "bad_message": N_("the gateway refused the text"),
    "template": N_("the text is none that the gateway has approved"),
    "blocked": N_("the citizen blocked our texts"),
    "no_message": N_("it answers no message that the gateway knows"),
    "too_late": N_("it had waited for 14 days"),
    "undelivered": N_("the phone never took it"),
    "unreadable": N_("it was written under another key of this database"),
    "replaced": N_("its password was good for nothing any more"),
    "fault": N_("a fault of this program"),
    "other": N_("the gateway refused it"),
    "queued": N_("queued at the gateway"),
    "duplicate": N_("the gateway had it already"),
}
"""Why a text did not go, or how it went, as the gateway says."""

# How a message was read

FIELDS: Mapping[str, str] = {
    "keyword": N_("Keyword"),
    "name": N_("Name"),
    "id": N_("ID"),
    "birth_date": N_("Date of birth"),
    "extra": N_("Beyond the last field"),
}
PROBLEMS: Mapping[str, str] = {
    "missing": N_("It is missing"),
    "keyword": N_("It does not begin with TK"),
    "separator": N_("No comma or semicolon between the fields"),
    "name.empty": N_("The name is empty"),
    "name.long": N_("Too long for a name"),
    "name.characters": N_("Characters that no name has"),
    "name.digits": N_("A number in the place of the name"),
    "id.letters": N_("Not only digits"),
    "id.length": N_("An ID has 9 or 12 digits"),
    "date.shape": N_("Not written as day, month, year"),
    "date.short_year": N_("The year needs four digits"),
    "date.unreal": N_("There is no such day"),
    "date.too_early": N_("Before 1900"),
    "date.future": N_("In the future"),
    "extra": N_("More than four fields"),
}
NOTES: Mapping[str, str] = {
    "blanks": N_("blanks dropped"),
    "width": N_("full-width characters"),
    "invisible": N_("invisible characters dropped"),
    "diacritics": N_("diacritics dropped"),
    "digits": N_("holds digits"),
    "damaged": N_("a character was damaged on the way"),
    "male": N_("male by the ID"),
    "female": N_("female by the ID"),
    "province": N_("unknown province in the ID"),
    "century": N_("another century in the ID"),
    "year": N_("another year in the ID"),
}
DISAGREEING = frozenset({"century", "year"})
"""Notes that a person should look at."""


ERRORS: dict[str, tuple[str, str]] = {
    "sms.off": (
        N_("Accounts by text message are switched off."),
        N_("An administrator can switch them on under Administration."),
    ),
    "sms.made_account": (
        N_("An account or a password came of this message already."),
        N_("Look at the account; to send a new password, use its own page."),
    ),
    "sms.answer_empty": (
        N_("There is no text yet."),
        N_("Write what the citizen should read."),
    ),
    "sms.answer_control": (
        N_("The text holds a character that no phone can show."),
        N_("It may come from copying: type that place anew."),
    ),
    "sms.answer_long": (
        N_("The text is longer than {most} parts."),
        N_("Shorten it, or phone them."),
    ),
    "sms.signature": (
        N_("The gateway’s signature is not right."),
        N_("Compare the key at the gateway with the secret SMS_KEY."),
    ),
    "sms.nonsense": (
        N_("This is nothing that the gateway should send."),
        N_("Check with its operator how messages are handed over."),
    ),
    "sms.too_old": (
        N_("The message is too old to be new, or comes from the future."),
        N_("Check the clocks of the gateway and of this server."),
    ),
    "sms.network": (
        N_("The call came from an address that is not among those of the gateway."),
        N_("If the gateway has moved, change `sms.networks`."),
    ),
    "sms.no_key": (
        N_("The secret SMS_KEY is missing."),
        N_("Set it with `secret set SMS_KEY`."),
    ),
    "sms.block_reason": (
        N_("The reason is missing, or longer than a line."),
        N_("Write in a few words why this number is not listened to."),
    ),
    "sms.settled": (
        N_("Somebody has settled this already."),
        N_("Look at the next one."),
    ),
    "sms.no_mobile": (
        N_("This is no Vietnamese mobile number."),
        N_("Nobody can be reached there by text message; check the number."),
    ),
    "sms.not_practice": (
        N_("This is possible in practice databases only."),
        N_("Here messages come from the gateway alone."),
    ),
    "sms.sealed_otherwise": (
        N_("This text was sealed with another key than the one in use now."),
        N_("Put back the DATA_KEY that was in use when it came in; `secret list` says which one is set."),
    ),
    "sms.phone_taken": (
        N_("Another account logs in with this phone already."),
        N_("Look at both accounts side by side before you move either."),
    ),
}

# Accounts

ERRORS |= {
    "sms.same_phone": (
        N_("The account logs in with this phone already."),
        N_("Type the new number."),
    ),
    "sms.account_locked": (
        N_("This account is locked."),
        N_("Unlock it first, if its owner is to use it again."),
    ),
    "sms.account_closed": (
        N_("This account is closed; nothing can be done with it any more."),
        N_("Whoever wants to use the services can text again, and gets a new account."),
    ),
    "sms.other_conflict": (
        N_("This does not settle this conflict."),
        N_("Look at both sides again and choose what fits."),
    ),
    "sms.other_id": (
        N_("The ID on the document is not that of this account."),
        N_("Compare the number once more; if it is right, the document is somebody else’s, or the account is."),
    ),
    "sms.place": (
        N_("Where the document was looked at is missing, or longer than a line."),
        N_("Write the office or the counter."),
    ),
    "sms.note": (
        N_("The note is missing, or longer than a line."),
        N_("Write which document it was, and no numbers of it."),
    ),
    "sms.reason": (
        N_("The reason is missing, or longer than a line."),
        N_("Write in a few words why, for whoever looks at it later."),
    ),
}

# Steering: texts, trial units

ERRORS |= {
    "sms.unit_name": (
        N_("A trial unit needs a name of at most {most} characters."),
        N_("Correct the name, then save again."),
    ),
    "sms.unit_exists": (
        N_("There is a trial unit called “{name}” already."),
        N_("Choose another name, or add the numbers to that unit."),
    ),
    "sms.unit_phones": (
        N_("A list holds at most {most} Vietnamese mobile numbers, and nothing else."),
        N_("Correct the list, then save again."),
    ),
}
TEXT_PROBLEMS: Mapping[str, str] = {
    "empty": N_("A text is needed: the citizen waits for it."),
    "long": N_("This is too long for a text message."),
    "control": N_("Write it as one line: a text message of this kind has no line ends."),
    "login": N_("{{0}} is missing: in its place goes the log-in name, without which nobody can log in."),
    "password": N_("{{1}} is missing: in its place goes the password, without which nobody can log in."),
    "place": N_("There is a place such as {{2}} for which there is nothing to fill in."),
}
"""To be filled by format(): the braces are doubled."""
WHEN_SENT: Mapping[Template, str] = {
    Template.ACCOUNT: N_("Sent when a message could be read and an account was made."),
    Template.REISSUED: N_("Sent after 3, 6 and 9 days if the password has not been changed."),
    Template.SYNTAX: N_("Sent when a message does not have the form that is asked for."),
    Template.ID_TAKEN: N_("Sent when the ID in the message has an account, from whichever phone."),
    Template.PHONE_TAKEN: N_("Sent when the phone has an account with another ID."),
    Template.PILOT: N_("Sent during the trial to numbers that are on no list."),
}
PHONE_PROBLEMS: Mapping[str, str] = {
    "phone.letters": N_("no phone number"),
    "phone.length": N_("too short or too long"),
    "phone.no_mobile": N_("no Vietnamese mobile number"),
}
