"""Every state that the desk shows, as icon, word and colour: the one place, so that it looks the same everywhere."""

from dataclasses import dataclass

from desktop.i18n import N_, _


@dataclass(frozen=True, slots=True)
class State:
    """How a state is shown. A loud one stands on a tint, because a person is needed; a quiet one does not."""

    icon: str
    msgid: str
    tone: str
    loud: bool = False
    help_msgid: str = ""

    @property
    def word(self) -> str:
        return _(self.msgid)

    @property
    def help(self) -> str:
        """What the word does and does not claim, for tooltips."""
        return _(self.help_msgid) if self.help_msgid else ""


_ACCEPTED_HELP = N_("The recipient's mail server or LINE took it. Whether it was read is not known.")
_IN_DOUBT_HELP = N_("It may have been sent; the same notice could arrive twice.")

STATES: dict[str, State] = {
    # deliveries
    "due": State("clock", N_("Waiting to be sent"), "muted"),
    "leased": State("clock", N_("Being sent"), "info"),
    "accepted": State("check", N_("Sent"), "success", help_msgid=_ACCEPTED_HELP),
    "in_doubt": State("help-circle", N_("Needs checking"), "warning", loud=True, help_msgid=_IN_DOUBT_HELP),
    "failed": State("close-circle", N_("Not sent"), "danger", loud=True),
    "bounced": State("email-returned", N_("Returned, unknown address"), "danger", loud=True),
    "expired": State("hourglass", N_("Stopped, too late"), "muted"),
    "cancelled": State("minus-circle", N_("Cancelled"), "muted"),
    "held": State("pause-circle", N_("Held"), "warning", loud=True),
    # confirmations
    "opened": State("eye", N_("Opened the page"), "info"),
    "confirmed": State("check-all", N_("Confirmed"), "success"),
    # contact points
    "line_stopped": State(
        "minus-circle", N_("LINE stopped"), "muted", help_msgid=N_("LINE stopped (sent by email instead)")
    ),
    "no_channel": State("email-off", N_("No address"), "warning", loud=True),
    "paper": State("paper", N_("On paper"), "warning", loud=True),
    "suppressed": State("email-returned", N_("Address unknown"), "danger", loud=True),
    "unverified": State("circle", N_("Not verified"), "muted"),
    "verified": State("check", N_("Verified"), "success"),
    # notices
    "draft": State("edit", N_("Draft"), "muted"),
    "sent_back": State("undo", N_("Sent back"), "warning", loud=True),
    "submitted": State("person-clock", N_("Waiting for approval"), "warning", loud=True),
    "approved": State("check", N_("Approved"), "success"),
    "scheduled": State("calendar", N_("Scheduled"), "info"),
    "sending": State("clock", N_("Being sent"), "info"),
    "done": State("check", N_("Sent"), "success"),
    "stopped": State("stop-circle", N_("Stopped"), "danger", loud=True),
    "unsent": State("pause-circle", N_("Not sent out"), "danger", loud=True),
    "emergency": State("emergency", N_("Emergency"), "danger", loud=True),
    # children and staff
    "registered": State("check", N_("Registered"), "success"),
    "unregistered": State("circle", N_("Not registered"), "muted"),
    "flagged": State("shield", N_("Handle with care"), "warning", loud=True),
    "active": State("check", N_("Active"), "success"),
    "inactive": State("minus-circle", N_("Inactive"), "muted"),
    # anything
    "ok": State("check", N_("All right"), "success"),
    "info": State("info", N_("Please note"), "info"),
    "warning": State("alert", N_("Please check"), "warning", loud=True),
    "error": State("close-circle", N_("Needs correcting"), "danger", loud=True),
    "new": State("plus-circle", N_("New"), "info"),
    "changed": State("edit", N_("Changed"), "info"),
    "moved": State("swap", N_("Moved"), "info"),
    "unchanged": State("minus", N_("Unchanged"), "muted"),
}


def state(key: str) -> State:
    """The state of that key; a key nobody knows is shown as it is, for a page must not fail over a word."""
    return STATES.get(key) or State("help-circle", key, "muted")
