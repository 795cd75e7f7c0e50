"""The lists of the page: what each fetches, how its lines read, what its button does."""

from datetime import datetime

from desktop.domain.accounts import LinkState, OpenSignUp
from desktop.i18n import N_, _, format_exact, format_number, format_when, ngettext
from desktop.ui.app_context import AppContext
from desktop.ui.registrations.lists import StuckLine, StuckList

_SIGN_UPS = {
    LinkState.SENT: ("due", N_("Link not opened"), N_("The mail was sent. They may not have found it.")),
    LinkState.OPENED: ("info", N_("Opened, not logged in"), N_("They opened the link but did not log in.")),
    LinkState.EXPIRED: ("warning", N_("Link expired"), N_("The link was good for 24 hours. Send a new one.")),
}
_MAILS = {
    "failed": N_("Their mail server refused the mail. Ask them to allow our address, or for another one."),
    "expired": N_("Their mail server did not take the mail in time."),
    "due": N_("The mail is on its way."),
}


def sign_up_line(row: OpenSignUp, now: datetime) -> StuckLine:
    chip, word, what = _SIGN_UPS[row.state]
    if row.mail == "failed":
        chip, word = "failed", N_("Mail refused")
    said = _MAILS.get(row.mail, what) if row.mail != "sent" else what
    return StuckLine(
        row.token_id, row.name or row.address, row.address, chip, _(word), _(said),
        format_when(row.asked_at, now), format_exact(row.asked_at.astimezone(now.tzinfo)),
    )  # fmt: skip


def sign_ups(context: AppContext) -> StuckList:
    def fetch() -> list[StuckLine]:
        now = context.clock()
        return [sign_up_line(row, now) for row in context.sign_ups.open_ones(context.session.actor)]

    return StuckList(
        "sign_ups",
        N_("Links not opened"),
        N_("These people asked for a log-in ID and have not confirmed their mail address yet."),
        "email",
        fetch,
        N_("Send the mail again"),
        "send",
        lambda token_id: context.sign_ups.send_again(context.session.actor, token_id),
        _sent_again,
        N_("Everybody has opened their link"),
        N_("Whoever asks for a log-in ID and does not confirm the address within the hour appears here."),
    )


def _sent_again(number: int) -> str:
    said = ngettext("{n} mail is sent again", "{n} mails are sent again", number)
    return said.format(n=format_number(number))


def stuck_lists(context: AppContext) -> list[StuckList]:
    """All that this reader may see."""
    return [sign_ups(context)]
