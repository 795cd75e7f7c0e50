"""Why a message did not get through, and what to do now, in plain words."""

from collections.abc import Mapping
from dataclasses import dataclass

from desktop.i18n import N_, _, format_number, ngettext


@dataclass(frozen=True, slots=True)
class Advice:
    """What happened to one message, and the next step; either may be empty."""

    reason: str
    next_step: str

    def __str__(self) -> str:
        return f"{self.reason} {self.next_step}".strip()


Words = tuple[str, str]

_RETRIES = N_("It is tried again by itself; nothing needs to be done.")
_ASK_ADDRESS = N_("Ask the family for their address and correct it in the roster. Until then hand it over on paper.")
_ASK_ADMIN = N_("Tell whoever looks after the mail server. The messages stay here and go out when it works again.")
_LINE_ADMIN = N_("Tell whoever looks after the LINE account. Mail goes out all the same.")

MAIL: Mapping[str, Words] = {
    "unknown_user": (N_("There is no such mailbox."), _ASK_ADDRESS),
    "unknown_domain": (N_("There is no such mail provider."), _ASK_ADDRESS),
    "bad_address": (N_("The mail server does not accept this address."), _ASK_ADDRESS),
    "mailbox_full": (
        N_("The family's mailbox is full."),
        N_("Call the family, or send it again when they have made room."),
    ),
    "account_disabled": (N_("The family's mail account is closed or suspended."), _ASK_ADDRESS),
    "filtered": (
        N_("The family's own mail filter refused it."),
        N_("Ask the family to permit mail from our address in their phone's settings, then send it again."),
    ),
    "greylisted": (N_("The other side asks to try again later."), _RETRIES),
    "rate_limited": (N_("The other side takes mail only slowly at the moment."), _RETRIES),
    "blocked": (
        N_("The provider takes our mail for advertising."),
        N_("Tell whoever looks after the mail server, and hand it over on paper."),
    ),
    "too_big": (N_("The mail is too big for the other side."), N_("Shorten the text and send it as a correction.")),
    "content_refused": (
        N_("The provider refused the content of the mail."),
        N_("Hand it over on paper, and tell whoever looks after the mail server."),
    ),
    "refused": (N_("The other side refused the mail without saying why."), N_("Call the family, then try again.")),
    "try_later": (N_("The other side could not take the mail just now."), _RETRIES),
    "no_journal": (
        N_("The sending computer cannot write down what it sends."),
        N_("Make room on its disk. The messages stay here and go out by themselves then."),
    ),
    "do_not_contact": (
        N_("This guardian is not to be contacted any more, so the waiting message was not sent."),
        N_("Nothing needs to be done."),
    ),
    "address_changed": (
        N_("The address was changed or removed before the message went out, so it was not sent there."),
        N_("Send the notice again to those it did not reach: that uses the address of now."),
    ),
    "not_configured": (N_("No mail server is set up."), N_("Set one up under Administration.")),
    "server_down": (N_("The mail server does not answer."), _RETRIES),
    "unknown_host": (N_("The mail server cannot be found."), N_("Check its name under Administration.")),
    "server_busy": (N_("The mail server is busy."), _RETRIES),
    "server_refused": (N_("The mail server refuses to talk to us."), _ASK_ADMIN),
    "tls_failed": (N_("The encrypted connection to the mail server failed."), _ASK_ADMIN),
    "tls_not_offered": (N_("The mail server does not offer encryption."), _ASK_ADMIN),
    "certificate": (N_("The mail server's certificate is not valid."), _ASK_ADMIN),
    "auth_refused": (
        N_("The mail server refuses our user name or password."),
        N_("Correct them under Administration. The messages stay here until then."),
    ),
    "auth_later": (N_("The mail server cannot check our password just now."), _RETRIES),
    "auth_not_offered": (N_("The mail server offers no way to sign in."), _ASK_ADMIN),
    "auth_not_ascii": (
        N_("The mail server's user name or password has characters that it cannot take."),
        N_("Correct them under Administration."),
    ),
    "auth_required": (
        N_("The mail server wants a user name and password."),
        N_("Enter them under Administration. The messages stay here until then."),
    ),
    "sender_refused": (
        N_("The mail server refuses our From address."),
        N_("Correct it under Administration. The messages stay here until then."),
    ),
    "relay_denied": (N_("The mail server does not send for us."), _ASK_ADMIN),
    "connection_lost": (N_("The connection to the mail server broke."), _RETRIES),
    "connection_full": (N_("The mail server closed the connection after many mails."), _RETRIES),
    "timeout": (N_("The mail server took too long."), _RETRIES),
    "bad_reply": (N_("The mail server answered something that makes no sense."), _ASK_ADMIN),
}

LINE: Mapping[str, Words] = {
    "bad_id": (
        N_("LINE does not know this account."),
        N_("Ask the family to link LINE again; mail still reaches them."),
    ),
    "bad_recipient": (
        N_("LINE does not know this account."),
        N_("Ask the family to link LINE again; mail still reaches them."),
    ),
    "blocked": (N_("The family has stopped LINE messages."), N_("Nothing needs to be done: they get it by email.")),
    "bad_message": (N_("LINE refuses the text of this notice."), N_("Shorten or correct it and send it again.")),
    "too_big": (N_("The text is too long for LINE."), N_("Shorten it and send it again.")),
    "rate_limited": (N_("LINE takes messages only slowly at the moment."), _RETRIES),
    "quota": (N_("This month's LINE messages are used up."), N_("Buy more from LINE, or wait for the next month.")),
    "unauthorized": (N_("LINE refuses our access token."), _LINE_ADMIN),
    "forbidden": (N_("Our LINE plan does not allow this."), _LINE_ADMIN),
    "wrong_url": (N_("LINE's address in the settings is wrong."), N_("Correct it under Administration.")),
    "certificate": (N_("LINE's certificate is not valid."), _LINE_ADMIN),
    "server_error": (N_("LINE had a fault of its own."), _RETRIES),
    "timeout": (N_("LINE took too long."), _RETRIES),
    "connection_lost": (N_("The connection to LINE broke."), _RETRIES),
    "unreachable": (N_("LINE cannot be reached."), _RETRIES),
    "unknown_host": (N_("LINE cannot be found."), N_("Check the network.")),
    "server_down": (N_("LINE does not answer."), _RETRIES),
    "proxy_down": (N_("The proxy on the way to LINE does not answer."), _RETRIES),
    "proxy_refused": (N_("The proxy does not let us through to LINE."), N_("Ask who runs the proxy to allow it.")),
    "do_not_contact": (
        N_("This guardian is not to be contacted any more, so the waiting message was not sent."),
        N_("Nothing needs to be done."),
    ),
    "not_configured": (N_("LINE is not set up."), N_("Set it up under Administration.")),
}

_BY_CHANNEL: Mapping[str, Mapping[str, Words]] = {"email": MAIL, "line": LINE}
_BY_STATE: Mapping[str, Words] = {
    "due": (N_("It waits for its turn."), ""),
    "leased": (N_("It is being sent right now."), ""),
    "accepted": (N_("The mail server or LINE took it. Whether it was read is not known."), ""),
    "in_doubt": (
        N_("It was sent, but the answer never came: it may have arrived or not."),
        N_("If it matters, ask the family. Sending it again could bring it twice."),
    ),
    "failed": (N_("It could not be sent."), N_("Send it again, or hand it over on paper.")),
    "bounced": (N_("It came back: the address does not exist."), _ASK_ADDRESS),
    "expired": (N_("It had not gone out by the time after which it was not to be sent."), N_("Call the family.")),
    "cancelled": (N_("It was cancelled before it went out."), ""),
    "no_channel": (
        N_("No working address is known."),
        N_("Hand it over on paper, and ask the family for a mail address."),
    ),
}
_FINAL = {"failed", "bounced"}
_STILL_TO_COME = {"due", "leased"}


def advice(channel: str, state: str, reason: str = "") -> Advice:
    """The words for one message: what its state means, made exact by the reason where one is known."""
    words = _BY_STATE.get(state, ("", ""))
    known = _BY_CHANNEL.get(channel, {}).get(reason)
    if known and state in _FINAL | _STILL_TO_COME:
        words = known if state in _FINAL else (known[0], _RETRIES if state == "due" else "")
    text = _(words[0])
    if reason and not known and state in _FINAL:
        text = _("{what} ({code})").format(what=text, code=reason)
    return Advice(text, _(words[1]))


def stopped_words(channel: str, reason: str) -> Advice:
    """Why a channel stands still for everybody."""
    known = _BY_CHANNEL.get(channel, {}).get(reason)
    if known is None:
        return Advice(_("It does not work ({code}).").format(code=reason), _(_ASK_ADMIN))
    return Advice(_(known[0]), _(known[1]))


def sent_again_words(number: int) -> str:
    """Mails that were sent again after an unknown outcome, and then accepted."""
    return ngettext(
        "{n} mail was sent again because nobody knew whether it had arrived. It may have come twice.",
        "{n} mails were sent again because nobody knew whether they had arrived. They may have come twice.",
        number,
    ).format(n=format_number(number))
