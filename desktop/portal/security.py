"""What guards every page: headers, form tokens, the network's limits, the proxies that are believed, the access log."""

import ipaddress
import logging
import time

from flask import Flask, g, request
from flask_limiter import Limiter
from flask_wtf.csrf import CSRFProtect  # type: ignore[import-untyped]  # Flask-WTF has no types
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response

from desktop.secrets import Secrets
from desktop.settings import Settings

LONGEST_FORM = 1_000_000
PER_MINUTE = 6000
POSTS_PER_MINUTE = 1500
"""Generous, because a school's or a carrier's whole network may stand behind one address. What is strict is counted by
account and in the database. Kept in this process's memory: what a restart forgets, it may."""

log = logging.getLogger(__name__)


def configure(app: Flask, secrets: Secrets, settings: Settings, *, secure: bool) -> None:
    app.config.update(
        SECRET_KEY=secrets.subkey("portal-cookie"),
        SESSION_COOKIE_NAME="__Host-portal" if secure else "portal",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=LONGEST_FORM,
        MAX_FORM_MEMORY_SIZE=LONGEST_FORM,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the browser's session: a form may stay open over lunch
        WTF_CSRF_SSL_STRICT=False,  # some telephones send no Referer; the token and SameSite do the work
        RATELIMIT_HEADERS_ENABLED=False,
    )
    if proxies := settings["portal.trusted_proxies"]:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies)  # type: ignore[method-assign]  # Flask's own way to wrap it


def install(app: Flask) -> tuple[CSRFProtect, Limiter]:
    """Form tokens and the network's limits; both know exceptions for the paths of machines."""
    app.before_request(_begin)
    app.after_request(_guard)
    app.after_request(_note)
    limiter = Limiter(
        network,
        app=app,
        storage_uri="memory://",
        default_limits=[_limit],
        default_limits_per_method=True,
    )
    return CSRFProtect(app), limiter


def _limit() -> str:
    return f"{POSTS_PER_MINUTE if request.method == 'POST' else PER_MINUTE} per minute"


def network() -> str:
    """Whom the limits count: an address, or of IPv6 the network that one household has."""
    try:
        address = ipaddress.ip_address(request.remote_addr or "")
    except ValueError:
        return "?"
    if address.version == 4:
        return str(address)
    return str(ipaddress.ip_network((address, 64), strict=False))


def may_lead_to(origin: str) -> None:
    """Let this page's form end at another site, such as LINE's: browsers look also where a redirect goes."""
    g.form_targets = [*g.get("form_targets", []), origin]


def _begin() -> None:
    g.began = time.monotonic()


def _guard(response: Response) -> Response:
    targets = " ".join(["'self'", *g.get("form_targets", [])])
    headers = {
        "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; "
        f"form-action {targets}; base-uri 'none'; frame-ancestors 'none'",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    }
    if request.is_secure:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    if request.endpoint != "static":
        headers["Cache-Control"] = "no-store"
    for name, value in headers.items():
        response.headers.setdefault(name, value)
    return response


def where() -> str:
    """The route, not the path: a path may hold a link's secret, a query whatever somebody put there."""
    return request.url_rule.rule if request.url_rule is not None else "-"


def _note(response: Response) -> Response:
    took = round((time.monotonic() - g.get("began", time.monotonic())) * 1000)
    log.info("%s %s %d %d ms", request.method, where(), response.status_code, took)
    return response
