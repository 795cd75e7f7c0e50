"""A database that was restored, copied or moved, in words: why nothing is sent, and what to do."""

from collections.abc import Mapping
from datetime import tzinfo

from desktop.domain.sending_release import Choice, HeldWhy, OpenNotice, Standing
from desktop.i18n import N_, _, format_exact, format_number, ngettext

ERRORS: Mapping[str, tuple[str, str]] = {
    "release.not_held": (N_("Nothing holds sending back here."), N_("There is nothing to release.")),
    "release.held_already": (
        N_("Nothing is sent here already."),
        N_("Look at what may have gone out, and release it."),
    ),
    "release.undecided": (
        N_("“{title}” (notice {notice}) is urgent and may have gone out already."),
        N_("Say whether it is sent or held back: `release --send NOTICE` or `release --hold NOTICE`."),
    ),
    "release.not_open": (
        N_("Notice {notice} has nothing that would go out now."),
        N_("Leave it out; `release --json` lists those that have."),
    ),
}

HEADLINE = N_("Nothing is sent: this database was restored, copied or moved.")

_WHY: Mapping[HeldWhy, str] = {
    HeldWhy.MOVED: N_("It is not where it was: another file, another folder or another server."),
    HeldWhy.OLDER: N_("It knows less than was known on this computer already: an older state was put in its place."),
    HeldWhy.SAID: N_("An administrator says that an older state was put back."),
}

LINE_KEYS = N_(
    "What was already being handed to LINE is handed over with the same key. LINE knows it again for 23 hours and does "
    "not deliver it twice; after that it is listed as in doubt. Mails that were on their way keep their Message-ID."
)
OTHER_COPY = N_(
    "If the other copy still runs, stop it first: whatever is released here goes out from there, too, when it is due."
)
MEANING = N_(
    "Notices that were due may have gone out from the other copy. Held back, they stop and lose nothing: they can go "
    "on later. What is due later goes out at its time."
)


def standing_words(standing: Standing, zone: tzinfo | None = None) -> list[str]:
    """Why nothing is sent, and up to when this database knows what went out."""
    said = [_(_WHY[standing.why or HeldWhy.MOVED])]
    if standing.known_until is not None:
        moment = format_exact(standing.known_until.astimezone(zone))
        said.append(_("What was decided or sent after {time} is not known here.").format(time=moment))
    return said


def who_can(standing: Standing) -> str:
    """Whom to ask."""
    if not standing.administrators:
        return _("An administrator has to look at what may already have gone out, and then release sending.")
    names = _(", ").join(standing.administrators[:3])
    return _("{names} can look at what may already have gone out, and release it.").format(names=names)


def notice_words(notice: OpenNotice, zone: tzinfo | None = None) -> str:
    """How a notice stands, in one line."""
    due = format_exact(notice.due_at.astimezone(zone)) if notice.due_at else ""
    if notice.sending:
        said = ngettext("on its way since {due}: {n} message is left", "on its way since {due}: {n} messages are left",
                        notice.left).format(due=due, n=format_number(notice.left))  # fmt: skip
        sent = ngettext("{n} was sent", "{n} were sent", notice.sent).format(n=format_number(notice.sent))
        return _(", ").join([said, sent])
    children = ngettext("for {n} child", "for {n} children", notice.children).format(n=format_number(notice.children))
    if not notice.suspicious:
        return _(", ").join([_("goes out at {due}").format(due=due), children])
    late = [_("released, it waits for somebody who approves, because its time has passed")] if notice.missed else []
    return _(", ").join([_("was due at {due}").format(due=due), children, *late])


def choice_words(choice: Choice | None) -> str:
    if choice is None:
        return _("to be decided")
    return _("is sent") if choice is Choice.SEND else _("is held back")


def single_mail_words(number: int) -> str:
    """Links, codes and answers to citizens."""
    said = ngettext(
        "{n} single mail (a link, a code or an answer) goes out, perhaps a second time.",
        "{n} single mails (links, codes, answers) go out, perhaps a second time.",
        number,
    )
    return said.format(n=format_number(number))


def released_words(sending: int, held: int) -> str:
    said = ngettext("Sending is released; {n} notice goes on.", "Sending is released; {n} notices go on.", sending)
    words = said.format(n=format_number(sending))
    if not held:
        return words
    more = ngettext("{n} is held back.", "{n} are held back.", held).format(n=format_number(held))
    return f"{words} {more}"
