"""What can be done to a notice, how its button looks, what is asked first and what is said after."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from desktop.domain.reports import NoticeDetails, NoticeReport
from desktop.i18n import N_, _, format_number, ngettext
from desktop.ui.app_context import AppContext
from desktop.ui.notice.state import Action, failures, meant, title_of


@dataclass(frozen=True, slots=True)
class Look:
    """`words` are marked by N_."""

    words: str
    kind: str
    icon: str
    shortcut: str = ""


LOOKS: Mapping[Action, Look] = {
    Action.APPROVE: Look(N_("Approve…"), "primary", "person-check", "Alt+A"),
    Action.EDIT: Look(N_("Edit"), "", "edit", "Alt+E"),
    Action.COPY: Look(N_("Copy"), "", "copy", "Alt+C"),
    Action.DELETE: Look(N_("Delete"), "", "trash"),
    Action.CANCEL: Look(N_("Cancel it"), "danger", "minus-circle", "Alt+X"),
    Action.STOP: Look(N_("Stop sending"), "danger", "stop-circle", "Alt+S"),
    Action.RESUME: Look(N_("Go on sending"), "primary", "play-circle", "Alt+R"),
    Action.RELEASE: Look(N_("Send it now"), "primary", "play-circle", "Alt+R"),
    Action.REVIEW: Look(N_("I have looked at it"), "primary", "check", "Alt+V"),
    Action.RESEND: Look(N_("Send failed ones again"), "", "refresh", "Alt+F"),
}


@dataclass(frozen=True, slots=True)
class Question:
    """Asked where there is no way back, in numbers."""

    title: str
    text: str
    button: str
    dangerous: bool = False


@dataclass(frozen=True, slots=True)
class Wish:
    """One thing to be done: `work` in the background; `then` goes where it leads and gives the words for the toast."""

    work: Callable[[], object]
    then: Callable[[object], str]
    question: Question | None = None


def wishes(app: AppContext, details: NoticeDetails, report: NoticeReport | None) -> Mapping[Action, Wish]:
    """Everything but approving and editing, which have screens of their own."""
    actor, notice_id, title = app.session.actor, details.id, title_of(details)
    approvals, notices = app.approvals, app.notices

    def said(words: str) -> Callable[[object], str]:
        return lambda _result: words.format(title=title)

    def copied(result: object) -> str:
        app.navigator.go("compose", notice_id=result)
        return ""

    def deleted(_result: object) -> str:
        app.navigator.go("notices")
        return _("“{title}” was deleted").format(title=title)

    def resent(result: object) -> str:
        number = result if isinstance(result, int) else 0
        words = ngettext("{n} message is sent again", "{n} messages are sent again", number)
        return words.format(n=format_number(number))

    return {
        Action.COPY: Wish(lambda: notices.copy(actor, notice_id), copied),
        Action.DELETE: Wish(lambda: notices.delete_draft(actor, notice_id), deleted, _delete_question(title)),
        Action.CANCEL: Wish(
            lambda: approvals.cancel(actor, notice_id), said(_("“{title}” is cancelled")), _cancel_question(title)
        ),
        Action.STOP: Wish(lambda: approvals.stop(actor, notice_id), said(_("“{title}” is stopped"))),
        Action.RESUME: Wish(lambda: approvals.resume(actor, notice_id), said(_("“{title}” goes on"))),
        Action.RELEASE: Wish(
            lambda: approvals.release_hold(actor, notice_id),
            said(_("“{title}” goes out now")),
            _release_question(details, title),
        ),
        Action.REVIEW: Wish(lambda: approvals.review_alone(actor, notice_id), said(_("Noted for “{title}”"))),
        Action.RESEND: Wish(
            lambda: app.reports.resend_failed(actor, notice_id), resent, _resend_question(report) if report else None
        ),
    }


def _delete_question(title: str) -> Question:
    return Question(
        _("Delete “{title}”?").format(title=title),
        _("The draft is removed for everybody. There is no way back."),
        _("Delete the draft"),
        dangerous=True,
    )


def _cancel_question(title: str) -> Question:
    return Question(
        _("Cancel “{title}”?").format(title=title),
        _("Nothing of it goes out any more. To send it later, copy it."),
        _("Cancel the notice"),
        dangerous=True,
    )


def _release_question(details: NoticeDetails, title: str) -> Question:
    moved = details.drift_added + details.drift_removed
    text = _("Please look once more whether it is still right.")
    if moved:
        text = _("Since the approval {added} people came and {removed} left.").format(
            added=format_number(details.drift_added), removed=format_number(details.drift_removed)
        )
    return Question(_("Send “{title}” now?").format(title=title), text, _("Send it now"))


def _resend_question(report: NoticeReport) -> Question:
    number = failures(report)
    title = ngettext("Send {n} message again?", "Send {n} messages again?", number).format(n=format_number(number))
    text = _(
        "Only those that could not be sent go out once more; of {families} nobody gets it twice. Addresses that do "
        "not exist fail again until they are corrected in the roster."
    ).format(families=meant(report))
    return Question(title, text, ngettext("Send {n} again", "Send {n} again", number).format(n=format_number(number)))
