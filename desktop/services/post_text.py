"""Single mails in words, each in its reader's language."""

import re
from collections.abc import Mapping

from desktop.domain.line_events import MENU_LABEL
from desktop.domain.mail import MailText, domain_of
from desktop.domain.posts import Post, Template
from desktop.i18n import LANGUAGES, N_, _, speaking

_SUBJECTS: Mapping[Template, str] = {
    Template.ACTIVATE: N_("Confirm your mail address"),
    Template.KNOWN_ALREADY: N_("You already have a log-in ID"),
    Template.RESET: N_("A new password"),
    Template.NOT_KNOWN: N_("There is no log-in ID with this address"),
    Template.PASSWORD_CHANGED: N_("Your password was changed"),
    Template.MANY_WRONG_CODES: N_("Many wrong registration codes"),
    Template.ADD_ADDRESS: N_("Confirm your mail address"),
    Template.CHANGE_LOGIN: N_("Confirm your new log-in ID"),
    Template.LOGIN_CHANGED: N_("Your log-in ID was changed"),
    Template.CLOSED: N_("You have left the portal"),
    Template.GO_ON: N_("Your registration is not complete yet"),
    Template.TRIAL: N_("Our mails reach you again"),
    Template.ACCEPTED: N_("Your registration is complete"),
    Template.REFUSED: N_("Your registration could not be accepted"),
    Template.CHANGED: N_("Your child’s data were changed"),
    Template.WITHDRAWN: N_("Your registration has ended"),
    Template.ASKED_BACK: N_("Please look at your registration again"),
    Template.LINE_AGAIN: N_("Linking with LINE"),
    Template.NOT_READ: N_("Replies are not read"),
}
_BODIES: Mapping[Template, tuple[str, ...]] = {
    Template.ACTIVATE: (
        N_("Somebody, probably you, asked for a log-in ID of the portal with this mail address."),
        N_("To confirm the address, open this page and log in with your password:"),
    ),
    Template.KNOWN_ALREADY: (
        N_("Somebody, probably you, asked for a log-in ID of the portal with this mail address."),
        N_("You already have one: it is this mail address. Log in with it and your password."),
        N_("If you do not know the password any more, choose “Forgotten your password?” on the portal."),
    ),
    Template.RESET: (
        N_("Somebody, probably you, wants a new password for the portal."),
        N_("To choose a new password, open this page:"),
    ),
    Template.NOT_KNOWN: (
        N_("Somebody, probably you, wants a new password for the portal."),
        N_("Nobody has a log-in ID with this mail address. Perhaps you registered with another one."),
    ),
    Template.PASSWORD_CHANGED: (
        N_("The password of your log-in ID of the portal was changed. You are logged out everywhere else."),
        N_("If it was not you, choose “Forgotten your password?” on the portal now."),
    ),
    Template.ADD_ADDRESS: (
        N_("Somebody, probably you, wants the school’s notices at this mail address."),
        N_("To confirm it, open this page:"),
    ),
    Template.CHANGE_LOGIN: (
        N_("Somebody, probably you, wants this mail address as log-in ID of the portal."),
        N_("To confirm it, open this page:"),
    ),
    Template.LOGIN_CHANGED: (
        N_("The log-in ID of your account on the portal is another mail address now. You are logged out everywhere."),
        N_("If it was not you, please tell the city at once."),
    ),
    Template.CLOSED: (
        N_("You have left the portal. Your log-in ID is gone, and no more notices are sent to you by mail or LINE."),
        N_("Your school has been told. You can register again at any time."),
    ),
    Template.GO_ON: (
        N_("You have begun to register {child}, and something is still missing."),
        N_("Please log in, enter the school, and send the registration."),
    ),
    Template.TRIAL: (
        N_("Earlier mails to this address did not get through. As you can read this one, they do now."),
        N_("There is nothing more to do."),
    ),
    Template.ACCEPTED: (
        N_("The school has accepted your registration of {child}. From now on its notices reach you by mail."),
        N_("You can look at your data, and start LINE, on the portal."),
    ),
    Template.REFUSED: (
        N_("The school could not accept your registration of {child}."),
        N_("If you have questions, please ask the school."),
    ),
    Template.CHANGED: (N_("The school has accepted your change of the data of {child}."),),
    Template.WITHDRAWN: (
        N_("As you wished, you are no longer registered for {child}. You get no more notices about this child."),
    ),
    Template.ASKED_BACK: (
        N_("The school has a question about your registration of {child}:"),
        N_("Please put it right on the portal and send it again."),
    ),
    Template.LINE_AGAIN: (
        N_("You wanted to link your LINE with the portal, and it did not come about."),
        N_("Please open our LINE account once more, tap “{menu}” in its menu, log in, and allow it within 10 minutes."),
        N_("Notices go on coming by mail in any case."),
    ),
    Template.NOT_READ: (
        N_("Replies and absence reports by mail are not read here. Please phone the school."),
        "{phones}",
    ),
    Template.MANY_WRONG_CODES: (
        N_("{school}: within an hour, {count} wrong registration codes were typed on the portal."),
        N_("If families have an old letter, hand out the new one. If not, somebody may be guessing: renew the code."),
    ),
}
_REFUSALS: Mapping[str, str] = {
    "not_at_school": N_("The school does not know of this child."),
    "wrong_school": N_("The child goes to another school."),
    "twice": N_("You have registered this child already."),
    "not_a_guardian": N_("The school does not know you as a guardian of the child."),
    "other": N_("Please ask the school for the reason."),
}
_NOT_YOU = frozenset(
    {
        Template.ACTIVATE,
        Template.KNOWN_ALREADY,
        Template.RESET,
        Template.NOT_KNOWN,
        Template.ADD_ADDRESS,
        Template.CHANGE_LOGIN,
    }
)


def post_text(post: Post, city: str, portal: str, from_address: str) -> MailText:
    """The mail. `city` and `portal` (an address, maybe empty) are settings."""
    with speaking(post.language if post.language in LANGUAGES else "en"):
        name = _("{city} portal").format(city=city).strip()
        return MailText(
            from_name=name,
            from_address=from_address,
            subject=f"【{name}】{_(_SUBJECTS[post.template])}",
            body="\n\n".join(_paragraphs(post, portal)),
            footer=_("Replies to this mail are not read."),
            language=post.language,
            list_id=_list_id(from_address),
            sent_at=post.created_at,
            plain=True,
            is_answer=post.template is Template.NOT_READ,
        )


def _paragraphs(post: Post, portal: str) -> list[str]:
    said = {"menu": MENU_LABEL, **post.parameters}
    found = [words for paragraph in _BODIES[post.template] if (words := _(paragraph).format(**said))]
    if reason := post.parameters.get("reason", ""):
        found.insert(1, _(_REFUSALS[reason]) if reason in _REFUSALS else reason)
    if post.link:
        found.append(post.link)
    elif portal and post.template is not Template.NOT_READ:
        found.append(portal)
    if post.code:
        found.append(_("Or type this code on the page that is still open on your computer: {code}").format(
            code=post.code))  # fmt: skip
        found.append(_("The page and the code are good for 24 hours."))
    if post.template in _NOT_YOU:
        found.append(_("If it was not you, do nothing: without this mail nobody can go on."))
    return found


def _list_id(from_address: str) -> str:
    domain = re.sub(r"[^a-z0-9.-]", "", domain_of(from_address)).strip(".-")
    return ".".join(["accounts", *(label for label in domain.split(".") if label), *(() if domain else ("local",))])
