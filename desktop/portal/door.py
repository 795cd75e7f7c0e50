"""Who is logged in. The cookie holds 256 random bits, the database their hash."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from flask import Flask, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from desktop.domain.accounts import Citizen, LoggedIn
from desktop.portal import keeping, reader
from desktop.portal.context import portal, services
from desktop.portal.forms import Form, kept_fields
from desktop.portal.ways import here

P = ParamSpec("P")
_FOR_THE_INCOMPLETE = frozenset({"completing", "log_in"})
_HALF_A_YEAR_S = 183 * 24 * 3600


def install(app: Flask) -> None:
    app.jinja_env.globals["citizen"] = citizen


def cookie_name() -> str:
    """A `__Host-` cookie can be set by nobody but this very host."""
    return "__Host-renraku" if portal().secure else "renraku"


def session_token() -> str:
    return request.cookies.get(cookie_name(), "")


def citizen() -> Citizen | None:
    """Whoever is logged in, looked up once a request."""
    if "citizen" not in g:
        token = session_token()
        g.citizen = services().accounts.citizen(token) if token else None
    found: Citizen | None = g.citizen
    return found


def somebody() -> Citizen:
    """Whoever is logged in, within a view that is `signed_in`."""
    found = citizen()
    assert found is not None
    return found


def signed_in(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """Only for whoever is logged in; others log in first, and lose nothing that they typed.

    Whose account a text message made adds what is missing before any service (B11).
    """

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        found = citizen()
        if found is None:
            return _ask_to_log_in()
        if found.is_incomplete and request.blueprint not in _FOR_THE_INCOMPLETE:
            return redirect(url_for("completing.complete"), 303)
        return view(*args, **kwargs)

    return guarded


def _ask_to_log_in() -> ResponseReturnValue:
    if request.method in ("GET", "HEAD"):
        return redirect(url_for("log_in.log_in", next=here()), 303)
    page = render_template("log_in.html", form=Form(), next=request.path, kept=kept_fields(), ended=True, proof="")
    return page, 401


def let_in(response: Response, logged_in: LoggedIn) -> None:
    """Set the cookie; it ends with the browser, and the session at the latest after twelve hours."""
    know(response, logged_in.browser)
    response.set_cookie(
        cookie_name(), logged_in.session, secure=portal().secure, httponly=True, samesite="Lax", path="/"
    )
    if not reader.has_chosen():
        reader.remember(response, logged_in.citizen.language)


def _known_cookie() -> str:
    return "__Host-known" if portal().secure else "known"


def known_browser() -> str:
    """What tells this browser from others that only try somebody's passwords."""
    return request.cookies.get(_known_cookie(), "")[:200]


def know(response: Response, browser: str) -> None:
    response.set_cookie(
        _known_cookie(), browser, max_age=_HALF_A_YEAR_S, secure=portal().secure, httponly=True, samesite="Lax",
        path="/",
    )  # fmt: skip


def let_out(response: Response) -> None:
    """Forget who was logged in, and everything that they were in the middle of."""
    token = session.get("csrf_token")
    session.clear()
    if token:
        session["csrf_token"] = token  # a page that is still open in another tab goes on working
    keeping.forget_all(response)
    response.delete_cookie(cookie_name(), secure=portal().secure, httponly=True, samesite="Lax", path="/")
