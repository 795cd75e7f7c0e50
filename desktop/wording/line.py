"""LINE's account and the mailbox of the From address in words: what is wrong, and what to do about it."""

from collections.abc import Mapping

from desktop.domain.line_links import LinkState
from desktop.i18n import N_

NAMES: Mapping[str, str] = {
    "line_token": N_("LINE token"),
    "line_secret": N_("LINE channel secret"),
    "line_portal": N_("Address of the portal"),
    "line_webhook": N_("LINE webhook"),
    "line_webhook_test": N_("LINE calling the webhook"),
    "line_menu": N_("LINE menu"),
    "line_quota": N_("LINE messages"),
    "line_events": N_("Events from LINE"),
    "mailbox": N_("Mailbox of the From address"),
}

STATES: Mapping[LinkState, tuple[str, str]] = {
    LinkState.NONE: (N_("Your account is not linked with LINE."), N_("To link it:")),
    LinkState.FRIEND: (N_("Your account is not linked with LINE yet."), N_("To link it:")),
    LinkState.LINKING: (N_("LINE has not answered yet."), N_("If you closed LINE's screen, start again:")),
    LinkState.LINKED: (
        N_("Your account is linked with LINE."),
        N_("Notices of your children's schools come by LINE and by mail."),
    ),
    LinkState.REFUSED: (N_("LINE did not link your account."), N_("Please start again:")),
    LinkState.BLOCKED: (
        N_("You have blocked our LINE account, so notices come by mail alone."),
        N_("Unblock it in LINE, and notices come there again. If you are no longer friends:"),
    ),
    LinkState.UNLINKED: (N_("You have unlinked LINE. Notices come by mail."), N_("To link it again:")),
}
"""For the citizen: how it is, and what to do."""
_LINE_ALONE: Mapping[LinkState, tuple[str, str]] = {
    LinkState.LINKED: (N_("Your account is linked with LINE."), N_("Notices of your children's schools come by LINE.")),
    LinkState.BLOCKED: (
        N_("You have blocked our LINE account, so no notices reach you."),
        N_("Unblock it in LINE, and notices come there again. If you are no longer friends:"),
    ),
    LinkState.UNLINKED: (N_("You have unlinked LINE, so no notices reach you."), N_("To link it again:")),
}

KINDS: Mapping[str, str] = {
    "text": N_("Text"),
    "picture": N_("Picture"),
    "sticker": N_("Sticker"),
    "video": N_("Video"),
    "voice": N_("Voice message"),
    "file": N_("File"),
    "other": N_("Something else"),
    "taken_back": N_("Taken back by its writer"),
    "mail": N_("Mail"),
}
"""What parents sent, for staff."""

ERRORS: Mapping[str, tuple[str, str]] = {
    "line.no_secret": (
        N_("Nobody can tell whether LINE is speaking: its channel secret is missing."),
        N_("Copy it from the LINE Developers Console and set it with `secret set LINE_CHANNEL_SECRET`."),
    ),
    "line.signature": (N_("LINE did not sign this."), N_("Check `secret set LINE_CHANNEL_SECRET`.")),
    "line.nonsense": (N_("This is nothing that LINE sends."), ""),
    "line.not_open": (N_("Linking with LINE opens on {opens}."), N_("Please come back then.")),
    "line.token": (
        N_("This page has to be opened from our LINE account."),
        N_("Open LINE, choose our account, and tap “市民ポータルサイトLINE連携” in its menu."),
    ),
    "line.portal_missing": (
        N_("The address of the portal is not set, or does not begin with https://."),
        N_("Set it with `settings set portal.url https://…`."),
    ),
    "line.off": (N_("LINE is switched off."), N_("Switch it on with `settings set line.enabled on`.")),
    "line.refused": (
        N_("LINE did not do it ({reason}: {detail})."),
        N_("Run `line check`, which says what is wrong."),
    ),
    "check.line_token": (N_("LINE knows us as “{name}”."), ""),
    "check.line_secret": (N_("It is there."), ""),
    "check.line_no_secret": (
        N_("It is missing, so everything that LINE tells us is refused."),
        N_("Copy it from the LINE Developers Console and set it with `secret set LINE_CHANNEL_SECRET`."),
    ),
    "check.line_portal": (N_("{url}"), ""),
    "check.line_no_portal": (
        N_("It is not set."),
        N_("Set it with `settings set portal.url https://…`."),
    ),
    "check.line_plain_portal": (
        N_("{url} is not encrypted, and LINE calls https addresses alone."),
        N_("Get a certificate for the portal and set `portal.url` to its https address."),
    ),
    "check.line_webhook": (N_("LINE delivers to {url}."), ""),
    "check.line_webhook_missing": (
        N_("LINE does not know where to deliver."),
        N_("Run `line check --set-webhook`, or enter {wanted} in the LINE Developers Console."),
    ),
    "check.line_webhook_elsewhere": (
        N_("LINE delivers to {url}, which is not ours."),
        N_("Unless something else needs that, run `line check --set-webhook`: it sets {wanted}."),
    ),
    "check.line_webhook_off": (
        N_("LINE knows {url} but does not deliver."),
        N_("Switch on “Use webhook” in the LINE Developers Console, and “Webhook redelivery” beside it."),
    ),
    "check.line_webhook_test": (N_("LINE reached the portal."), ""),
    "check.line_webhook_test.ERROR_STATUS_CODE": (
        N_("LINE reached the portal, which answered {status}."),
        N_("401 means that the channel secret is another; otherwise look at the portal's log."),
    ),
    "check.line_webhook_test.REQUEST_TIMEOUT": (
        N_("The portal did not answer LINE in time."),
        N_("Check that `main.py portal` runs and that its database answers."),
    ),
    "check.line_webhook_test.COULD_NOT_CONNECT": (
        N_("LINE could not reach the portal ({detail})."),
        N_("Check its name in DNS, the firewall, and that its certificate is from a public authority."),
    ),
    "check.line_webhook_test.other": (
        N_("LINE could not deliver to the portal ({reason}: {detail})."),
        N_("Check that `main.py portal` runs and can be reached from outside."),
    ),
    "check.line_menu": (N_("Everybody sees it."), ""),
    "check.line_no_menu": (N_("There is none, so nobody can begin to link."), N_("Run `line setup-menu`.")),
    "check.line_other_menu": (
        N_("Everybody sees a menu that is not ours; nobody can begin to link by it."),
        N_("Run `line setup-menu`, or add to that menu a button that sends the text 市民ポータルサイトLINE連携."),
    ),
    "check.line_quota": (N_("{remaining} of {limit} messages are left this month."), ""),
    "check.line_quota_unlimited": (N_("{used} messages were sent this month; the plan has no limit."), ""),
    "check.line_quota_little": (
        N_("Only {remaining} of {limit} messages are left this month."),
        N_("Raise the plan of the LINE account before they are used up."),
    ),
    "check.line_events": (N_("{count} came in during the last day."), ""),
    "check.line_events_waiting": (
        N_("{waiting} wait since {since}: nobody takes them in."),
        N_("Open the desk, which starts a worker, or run `worker`."),
    ),
    "check.line_events_failed": (
        N_("{failed} of {count} of the last day could not be answered."),
        N_("Look at the worker's log; most often the token or the month's messages are at fault."),
    ),
    "check.mailbox_off": (N_("No mailbox is set: what parents reply by mail is read by nobody."), ""),
    "check.mailbox": (N_("{user} is read."), ""),
    "check.mailbox.no_password": (
        N_("It has no password."),
        N_("Set it with `secret set MAILBOX_PASSWORD`."),
    ),
    "check.mailbox.auth_refused": (
        N_("The IMAP server refuses our user name or password."),
        N_("Check `mailbox.user`, and set the password anew with `secret set MAILBOX_PASSWORD`."),
    ),
    "check.mailbox.no_folder": (N_("There is no folder “{folder}”."), N_("Check `mailbox.folder`.")),
    "check.mailbox.other": (
        N_("The IMAP server cannot be read ({reason})."),
        N_("Check `mailbox.host`, `mailbox.port` and `mailbox.security`."),
    ),
}


def state_words(state: LinkState, *, by_mail: bool) -> tuple[str, str]:
    """How it is and what to do, marked; other words for whoever has named no mail address."""
    return STATES[state] if by_mail else _LINE_ALONE.get(state, STATES[state])
