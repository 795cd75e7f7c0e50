"""The lists of the page: what each fetches, how its lines read, what its button does."""

from datetime import datetime

from desktop.domain.accounts import LinkState, OpenSignUp
from desktop.domain.inbox import Incoming
from desktop.domain.line_links import FailedLink
from desktop.domain.staff import CITY, Verb, may
from desktop.domain.unfinished import RefusedMail, Unfinished
from desktop.i18n import N_, _, format_exact, format_number, format_when, ngettext
from desktop.ui.app_context import AppContext
from desktop.ui.registrations.lists import StuckLine, StuckList
from desktop.wording.line import KINDS

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

_FILTER = N_("Ask them to allow our address in the settings of their telephone or mail, or for another address.")
_FILTERS = {
    "docomo": N_("docomo: My docomo, settings, mail settings (spam), domains to receive: add what stands after the @."),
    "au": N_("au, UQ mobile: mail settings, spam filter, list of addresses to receive: add the whole address."),
    "softbank": N_("SoftBank, Y!mobile: My SoftBank, mail settings, mails to allow: add the whole address."),
}
"""The portal says the same to families."""


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
        N_("Whoever asks for a log-in ID and has not confirmed the address appears here."),
    )


def _sent_again(number: int) -> str:
    said = ngettext("{n} mail is sent again", "{n} mails are sent again", number)
    return said.format(n=format_number(number))


def link_line(row: FailedLink, now: datetime) -> StuckLine:
    chip, word = ("failed", N_("Refused by LINE")) if row.reason == "refused" else ("warning", N_("Not finished"))
    what = N_("They began to link LINE and it did not come about. Notices still reach them by mail.")
    if row.invited_at is not None:
        said = _("They were written to, {when}.").format(when=format_when(row.invited_at, now))
    else:
        said = _(what)
    return StuckLine(
        row.account_id, row.name or row.address, row.address, chip, _(word), said,
        format_when(row.at, now), format_exact(row.at.astimezone(now.tzinfo)),
    )  # fmt: skip


def failed_links(context: AppContext) -> StuckList:
    def fetch() -> list[StuckLine]:
        now = context.clock()
        return [link_line(row, now) for row in context.line_links.failed(context.session.actor)]

    return StuckList(
        "line",
        N_("LINE not linked"),
        N_("These people tried to link LINE with their account, and it failed."),
        "line",
        fetch,
        N_("Write how to start again"),
        "send",
        lambda account_id: context.line_links.invite(context.session.actor, account_id),
        _invited,
        N_("Nobody got stuck with LINE"),
        N_("Whoever tries to link LINE without success appears here."),
    )


def _invited(number: int) -> str:
    said = ngettext("{n} person is written to", "{n} people are written to", number)
    return said.format(n=format_number(number))


def incoming_line(row: Incoming, now: datetime) -> StuckLine:
    channel = _("LINE") if row.channel == "line" else _("Mail")
    kind = _(KINDS.get(row.kind, KINDS["other"]))
    text = "\n".join(filter(None, (row.subject, row.words))) or kind
    answered = _("answered by itself") if row.answered else ""
    return StuckLine(
        row.id,
        row.guardian or row.sender or _("Somebody whom no roster knows"),
        _(", ").join(row.schools),
        "info",
        " · ".join(filter(None, (channel if row.channel != "line" or row.kind == "text" else kind, answered))),
        text,
        format_when(row.received_at, now),
        format_exact(row.received_at.astimezone(now.tzinfo)),
    )


def inbox(context: AppContext) -> StuckList:
    def fetch() -> list[StuckLine]:
        now = context.clock()
        return [incoming_line(row, now) for row in context.inbox.rows(context.session.actor)]

    return StuckList(
        "inbox",
        N_("From parents"),
        N_("Parents wrote this to LINE or to our mail address. They were told to telephone the school; see whether "
           "something has to be done."),
        "message",
        fetch,
        N_("Dealt with"),
        "check",
        lambda id_: context.inbox.handled(context.session.actor, [id_]),
        _dealt_with,
        N_("Nothing came in"),
        N_("What parents write to LINE or to our mail address appears here, so that nothing is overlooked."),
    )  # fmt: skip


def _dealt_with(number: int) -> str:
    said = ngettext("{n} message is dealt with", "{n} messages are dealt with", number)
    return said.format(n=format_number(number))


def unfinished_line(row: Unfinished, now: datetime) -> StuckLine:
    if row.school:
        chip, word, what = "draft", N_("Not sent"), N_("They stopped before the last page. Nothing of it is lost.")
    else:
        chip, word, what = "warning", N_("No school yet"), N_("They entered the child, but no school, grade and class.")
    said = _(what)
    if row.reminded_at is not None:
        said += " " + _("They were reminded, {when}.").format(when=format_when(row.reminded_at, now))
    return StuckLine(
        row.registration_id,
        row.child,
        " · ".join(filter(None, (row.guardian, row.school, row.address))),
        chip,
        _(word),
        said,
        format_when(row.begun_at, now),
        format_exact(row.begun_at.astimezone(now.tzinfo)),
    )


def unfinished(context: AppContext) -> StuckList:
    def fetch() -> list[StuckLine]:
        now = context.clock()
        return [unfinished_line(row, now) for row in context.unfinished.rows(context.session.actor)]

    return StuckList(
        "unfinished",
        N_("Not sent yet"),
        N_("Guardians began to register these children and have not sent it. Some have no school yet."),
        "paper",
        fetch,
        N_("Remind them by mail"),
        "send",
        lambda id_: context.unfinished.remind(context.session.actor, id_),
        _reminded,
        N_("Nothing lies unfinished"),
        N_("Children whom a guardian began to register more than an hour ago, and did not send, appear here."),
    )


def _reminded(number: int) -> str:
    said = ngettext("{n} guardian is reminded", "{n} guardians are reminded", number)
    return said.format(n=format_number(number))


def refused_line(row: RefusedMail, now: datetime) -> StuckLine:
    if row.trial == "due":
        chip, word = "due", N_("Being tried again")
    else:
        chip, word = "failed", N_("Refused by a filter")
    children = _(", ").join(f"{name} {homeroom}".strip() for _id, name, homeroom in row.children)
    return StuckLine(
        row.contact_id,
        row.guardian or row.address,
        " · ".join(filter(None, (children, row.address))),
        chip,
        _(word),
        _(_FILTERS.get(row.carrier, _FILTER)),
        format_when(row.refused_at, now),
        format_exact(row.refused_at.astimezone(now.tzinfo)),
    )


def refused_mails(context: AppContext) -> StuckList:
    def fetch() -> list[StuckLine]:
        now = context.clock()
        return [refused_line(row, now) for row in context.refused_mails.rows(context.session.actor)]

    return StuckList(
        "refused",
        N_("Mails refused"),
        N_("These addresses exist, but a filter on their side refuses our mails. Telephone the family; when they have "
           "allowed our address, try again."),
        "email-off",
        fetch,
        N_("Try again"),
        "refresh",
        lambda contact_id: context.refused_mails.try_again(context.session.actor, contact_id),
        _tried,
        N_("No filter refuses our mails"),
        N_("Families whose telephone or mail provider refuses our mails by a filter appear here."),
    )  # fmt: skip


def _tried(number: int) -> str:
    said = ngettext("{n} address is tried again", "{n} addresses are tried again", number)
    return said.format(n=format_number(number))


def stuck_lists(context: AppContext) -> list[StuckList]:
    """All that this reader may see. Sign-ups and accounts belong to no school, the rest may."""
    session = context.session
    of_schools = session.may_somewhere(Verb.HELP_CITIZENS) or session.may_somewhere(Verb.EDIT_ROSTER)
    of_city = may(session.actor, Verb.HELP_CITIZENS, CITY, session.today)
    lists = [unfinished(context)] if of_schools else []
    lists += [sign_ups(context)] if of_city else []
    lists += [refused_mails(context)] if of_schools else []
    lists += [failed_links(context)] if of_city else []
    return [*lists, inbox(context)] if of_schools else lists
