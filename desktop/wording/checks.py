"""What the checks found, in words, and what to do about it."""

from collections.abc import Mapping

from desktop.i18n import N_

NAMES: Mapping[str, str] = {
    "database": N_("Database"),
    "worker": N_("Worker"),
    "sending": N_("Sending"),
    "mail": N_("Mail server"),
    "sender": N_("From address"),
    "line": N_("LINE"),
    "sms": N_("SMS"),
    "keyring": N_("Key of the data"),
    "fonts": N_("Japanese font"),
}

ERRORS: Mapping[str, tuple[str, str]] = {
    "check.database": (N_("It answers and fits this program."), ""),
    "check.practice": (N_("It is a practice database: nothing that is sent leaves this computer."), ""),
    "check.practice_channel": (N_("It is the one built in for practice."), ""),
    "check.sending": (N_("This database may send."), ""),
    "check.sending_held": (
        N_("Nothing is sent: this database was restored, copied or moved."),
        N_("Look at what may already have gone out, and release it: on the band of the desk, or with `release`."),
    ),
    "check.worker": (N_("It was last seen at {seen}."), ""),
    "check.worker_never": (
        N_("Nothing goes out: no worker has run on this database yet."),
        N_("Open the desk, which starts one, or run `worker`."),
    ),
    "check.worker_silent": (
        N_("Nothing goes out: the worker was last seen at {seen}."),
        N_("Open the desk, which starts one, or run `worker`."),
    ),
    "check.mail": (N_("{host} takes our connection."), ""),
    "check.mail.not_configured": (
        N_("No mail server is set."),
        N_("Set it with `settings set email.host`, and its port, encryption and user; its password with "
           "`secret set EMAIL_PASSWORD`."),
    ),
    "check.mail.server_down": (
        N_("Nothing answers at {host}, port {port}."),
        N_("Check `email.host`, `email.port` and the network."),
    ),
    "check.mail.unknown_host": (N_("There is no computer called {host}."), N_("Check `email.host` and the network.")),
    "check.mail.timeout": (
        N_("{host}, port {port}, does not answer in time."),
        N_("Check `email.port` and `email.security`: a port for TLS says nothing to a program that begins in plain."),
    ),
    "check.mail.auth_refused": (
        N_("The mail server refuses our user name or password ({detail})."),
        N_("Check `email.user`, and set the password anew with `secret set EMAIL_PASSWORD`."),
    ),
    "check.mail.auth_not_offered": (
        N_("The mail server takes no user name and password over this connection."),
        N_("Set `email.security` to starttls or tls, or leave `email.user` empty."),
    ),
    "check.mail.auth_not_ascii": (
        N_("User name and password of the mail server may only have plain letters, digits and signs."),
        N_("Correct `email.user` and EMAIL_PASSWORD."),
    ),
    "check.mail.tls_not_offered": (
        N_("The mail server offers no encryption on port {port}."),
        N_("Set `email.port` and `email.security` as your provider says; `none` only inside your own network."),
    ),
    "check.mail.tls_failed": (
        N_("The encrypted connection did not come about ({detail})."),
        N_("Check `email.port` and `email.security`."),
    ),
    "check.mail.certificate": (
        N_("The mail server's certificate cannot be trusted ({detail})."),
        N_("Check that `email.host` is the name in its certificate."),
    ),
    "check.mail.other": (
        N_("The mail server does not let us in ({reason}: {detail})."),
        N_("Check the settings under `email.` and ask your provider."),
    ),
    "check.sender": (N_("Mails come from {address}."), ""),
    "check.no_sender": (N_("Mails have no From address."), N_("Set it with `settings set email.from ADDRESS`.")),
    "check.bad_sender": (
        N_("It is not a mail address: {address}."),
        N_("Set it with `settings set email.from ADDRESS`."),
    ),
    "check.line": (N_("{remaining} of {limit} messages are left this month."), ""),
    "check.line_unlimited": (N_("It answers; {used} messages were sent this month."), ""),
    "check.line_little": (
        N_("Only {remaining} of {limit} messages are left this month."),
        N_("Raise the plan of the LINE account before they are used up."),
    ),
    "check.line_off": (N_("It is switched off."), N_("Switch it on with `settings set line.enabled on`.")),
    "check.line.not_configured": (
        N_("LINE is on but has no token."),
        N_("Set it with `secret set LINE_CHANNEL_ACCESS_TOKEN`, or switch LINE off."),
    ),
    "check.line.unauthorized": (
        N_("LINE refuses our token."),
        N_("Issue a new one in the LINE Developers Console and set it with `secret set LINE_CHANNEL_ACCESS_TOKEN`."),
    ),
    "check.line.proxy_down": (
        N_("The proxy on the way to LINE does not answer."),
        N_("Check `line.proxy`, or HTTPS_PROXY where it is empty; `settings set line.proxy direct` uses none."),
    ),
    "check.line.proxy_refused": (
        N_("The proxy does not let us through to LINE."),
        N_("Ask who runs it to allow the address in `line.api_url`. A user name and password stand in HTTPS_PROXY."),
    ),
    "check.line.other": (
        N_("LINE cannot be asked ({reason})."),
        N_("Check `line.api_url` and the network, then try again."),
    ),
    "check.sms_off": (N_("Accounts by SMS are switched off."), ""),
    "check.sms": (N_("{gateway} lets us in at {url}. It hands messages over at {portal}."), ""),
    "check.sms_answers": (
        N_("{gateway} answers at {url}; whether it lets us in shows with the first text. It hands messages over at "
           "{portal}."),
        "",
    ),
    "check.sms_incomplete": (
        N_("The SMS gateway is not complete: {missing} is missing."),
        N_("Set what is written small with `settings set`, what is written large with `secret set`; or switch it off "
           "with `settings set sms.enabled off`."),
    ),
    "check.sms_no_portal": (
        N_("The gateway cannot reach us, and citizens cannot log in: the portal has no address."),
        N_("Set it with `settings set portal.url https://…`."),
    ),
    "check.sms_portal_open": (
        N_("Passwords would travel in the open: {portal} is not https."),
        N_("Put a server with a certificate in front of the portal, and set `portal.url` to its address."),
    ),
    "check.sms.unreachable": (
        N_("Nothing answers at {url}."),
        N_("Check `sms.url` and the network, and whether {gateway} runs."),
    ),
    "check.sms.timeout": (
        N_("{gateway} does not answer in time at {url}."),
        N_("Try again in a few minutes; if it stays so, ask who runs it."),
    ),
    "check.sms.unauthorized": (
        N_("{gateway} refuses our user name or password."),
        N_("Check `sms.user`, and set the password anew with `secret set SMS_PASSWORD`."),
    ),
    "check.sms.wrong_url": (
        N_("{url} is not where {gateway} takes texts."),
        N_("Check `sms.url`: the computer alone is enough, with its port where it has one."),
    ),
    "check.sms.bad_reply": (
        N_("Something else than {gateway} answers at {url}."),
        N_("Check `sms.url` and `sms.gateway`."),
    ),
    "check.sms.certificate": (
        N_("The certificate at {url} cannot be trusted."),
        N_("Check that `sms.url` is the name in its certificate."),
    ),
    "check.sms.no_balance": (
        N_("No money is left at {gateway}: it sends nothing."),
        N_("Pay in there; what waits goes out by itself."),
    ),
    "check.sms.ip_refused": (
        N_("{gateway} does not let this computer’s address in."),
        N_("Ask who runs it to allow the address from which the worker calls."),
    ),
    "check.sms.other": (
        N_("{gateway} cannot be asked ({reason})."),
        N_("Check the settings under `sms.` and the network, then try again."),
    ),
    "check.data_key": (N_("It is kept ({where})."), ""),
    "check.fonts": (N_("There is one."), ""),
    "check.no_fonts": (N_("There is none: Japanese would be shown as boxes."), N_("Install fonts-noto-cjk.")),
    "check.fonts_unknown": (
        N_("It cannot be told whether there is one."),
        N_("Install fontconfig, and fonts-noto-cjk if Japanese is shown as boxes."),
    ),
}  # fmt: skip
