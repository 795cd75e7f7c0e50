"""Accounts by text message in words: how far they are, what was looked at, and what was done to them."""

from collections.abc import Mapping

from desktop.domain.sms_accounts import ConflictKind, Document, Stage
from desktop.i18n import N_

FILTERS: Mapping[str, str] = {
    "all": N_("All"),
    "waiting": N_("Waiting for first log-in"),
    "locked": N_("Locked"),
    "conflict": N_("Identity conflict"),
    "mismatch": N_("ID and birth date"),
    "unverified": N_("Not verified"),
    "verified": N_("Verified"),
    "closed": N_("Closed"),
}
WAITING_FILTERS: Mapping[str, str] = {
    "waiting": N_("Any"),
    "day1": N_("Day 1"),
    "day2": N_("Day 2"),
    "day3": N_("Day 3"),
    "reissued1": N_("Re-issued once"),
    "reissued2": N_("Re-issued twice"),
    "reissued3": N_("Re-issued 3 times"),
}
"""Among those that wait: on which of its three days the password is, and how many followed the first."""
STAGES: Mapping[Stage, str] = {
    Stage.SENDING: N_("Text not sent yet"),
    Stage.WAITING: N_("Not logged in yet"),
    Stage.OVER: N_("Time is over"),
    Stage.OWN: N_("In use"),
    Stage.LOCKED: N_("Locked"),
    Stage.CLOSED: N_("Closed"),
}
REISSUED: Mapping[int, str] = {
    1: N_("Re-issued once"),
    2: N_("Re-issued twice"),
    3: N_("Re-issued 3 times"),
}
DOCUMENTS: Mapping[Document, str] = {
    Document.CCCD: N_("Citizen card (CCCD)"),
    Document.CMND: N_("Identity card (CMND)"),
    Document.PASSPORT: N_("Passport"),
    Document.OTHER: N_("Another document"),
}
CONFLICTS: Mapping[ConflictKind, str] = {
    ConflictKind.ID: N_("Another phone used the ID of this account."),
    ConflictKind.PHONE: N_("The phone of this account came with another ID."),
    ConflictKind.MISMATCH: N_("What the ID says of its owner does not fit the date of birth."),
}
STEPS: tuple[str, ...] = (
    N_("Made"),
    N_("Re-issue 1"),
    N_("Re-issue 2"),
    N_("Re-issue 3"),
    N_("Locked"),
)
"""The round of the three-day rule (B8)."""
HISTORY: Mapping[str, str] = {
    "made_by_sms": N_("Made by text message"),
    "reissued_by_sms": N_("New password: they texted again"),
    "reissued_by_timer": N_("New password: not changed within 3 days"),
    "reissued": N_("New password issued by staff"),
    "locked_unchanged": N_("Locked: the password was never changed"),
    "locked": N_("Locked by staff"),
    "unlocked": N_("Unlocked"),
    "verified": N_("Verified at a desk"),
    "verification_taken_back": N_("Verification taken back"),
    "moved": N_("Moved to a new phone"),
    "closed": N_("Closed"),
    "typed_initial_password": N_("The password of the text was used"),
    "set_own_password": N_("Set a password of their own"),
    "completed": N_("Added the data that was missing"),
    "changed": N_("Own data changed"),
    "confirmed": N_("Mail address confirmed"),
    "linked_line": N_("LINE linked"),
    "unlinked_line": N_("LINE unlinked"),
    "logged_out_everywhere": N_("Logged out everywhere"),
}
"""What was done to an account, by the audit's verbs; what is none of these is nobody's business here."""
