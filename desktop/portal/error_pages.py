"""Pages for what went wrong, in the reader's language, with the right status and a way on."""

import logging
from collections.abc import Mapping

from flask import Flask, g, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from desktop.domain.errors import UserError
from desktop.i18n import N_, _
from desktop.portal.context import portal, settings
from desktop.portal.forms import kept_fields
from desktop.portal.security import where
from desktop.wording.errors import word

log = logging.getLogger(__name__)

_WORDS: Mapping[int, tuple[str, str]] = {
    400: (N_("This could not be understood."), N_("Reload the page, and send it once more.")),
    403: (N_("This page is not for you."), N_("Go back to the beginning.")),
    404: (N_("There is no such page."), N_("Check the address, or go back to the beginning.")),
    405: (N_("This page cannot be opened in this way."), N_("Go back to the beginning.")),
    410: (N_("This page is gone."), N_("Go back to the beginning.")),
    413: (N_("This was too much at once."), N_("Go back and write less.")),
    429: (N_("Too much came from your network at once."), N_("Wait a minute, then try again.")),
    500: (
        N_("The portal made a mistake."),
        N_("It has been written down. Nothing more was changed. Try again in a few minutes."),
    ),
    503: (
        N_("The portal cannot reach its data just now."),
        N_("Nothing was changed. Try again in a few minutes."),
    ),
}
STATUS: Mapping[str, int] = {
    "address.held": 429,
    "address.known": 422,
    "address.login": 409,
    "address.too_many": 409,
    "code.held": 429,
    "code.wrong": 422,
    "form.wrong": 422,
    "login.at_desk": 409,
    "link.expired": 410,
    "link.unknown": 404,
    "link.used": 410,
    "log_in.held": 429,
    "log_in.refused": 422,
    "forbidden": 403,
    "not_found": 404,
    "registration.changed": 409,
    "registration.closed": 409,
    "registration.nothing_changed": 422,
    "registration.open_already": 409,
    "registration.place_unknown": 422,
    "registration.too_many": 429,
    "registration_code.held": 429,
    "registration_code.wrong": 422,
    "step.not_open": 403,
}
"""What a UserError is to a browser; 400 for any other."""
_LATER_S = {429: "60", 503: "60"}


def install(app: Flask) -> None:
    app.register_error_handler(HTTPException, _on_http)
    app.register_error_handler(UserError, _on_user_error)
    app.register_error_handler(Exception, _on_fault)


def status_of(error: UserError) -> int:
    if error.code.startswith("database.") or error.code.startswith("secrets."):
        return 503
    return STATUS.get(error.code, 400)


def _on_http(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    if status < 400:
        return error  # a redirect is no error
    headers = {name: value for name, value in error.get_headers() if name == "Allow"}
    return page(status, headers=headers)


def _on_user_error(error: UserError) -> ResponseReturnValue:
    """What no view answered at a field."""
    status = status_of(error)
    if status == 503:
        log.warning("%s at %s %s", error.code, request.method, where())
        return page(status)
    message = word(error, settings().zone)
    return page(status, (_desks_words(error) or (message.text, message.next_step)))


def _desks_words(error: UserError) -> tuple[str, str] | None:
    """Where the words were written for the desk, the page's own."""
    return _worded(404) if error.code == "not_found" else _worded(403) if error.code == "forbidden" else None


def _on_fault(error: Exception) -> ResponseReturnValue:
    log.error("a fault at %s %s", request.method, where(), exc_info=error)
    return page(500)


def page(
    status: int, words: tuple[str, str] | None = None, headers: Mapping[str, str] | None = None
) -> ResponseReturnValue:
    """An error's page; what was typed can be sent again from it where another try may succeed."""
    text, next_step = words or _worded(status)
    if status >= 500:  # the page's frame asks nothing of a database that may be away
        g.setdefault("citizen", None)
        g.setdefault("settings", portal().last_known)
    again = request.method == "POST" and (status in (429, 503) or (status == 400 and _from_here()))
    html = render_template(
        "error.html", text=text, next_step=next_step, kept=kept_fields() if again else [], action=request.path
    )
    later = {"Retry-After": _LATER_S[status]} if status in _LATER_S else {}
    return html, status, {**later, **(headers or {})}


def _worded(status: int) -> tuple[str, str]:
    text, next_step = _WORDS.get(status) or _WORDS[400 if status < 500 else 500]
    return _(text), _(next_step)


def _from_here() -> bool:
    """Whether our own page sent this: only then its form is offered again, with a new token."""
    return request.headers.get("Origin", "").rstrip("/") == request.host_url.rstrip("/")
