"""Puts the portal together: one Flask application over the services of one database."""

from flask import Blueprint, Flask, request
from werkzeug.routing import IntegerConverter, Map

from desktop.portal import (
    by_sms,
    completing,
    door,
    error_pages,
    first_log_in,
    front,
    keeping,
    line_link,
    line_webhook,
    log_in,
    own_account,
    own_data,
    reader,
    registration,
    security,
    sign_up,
    sms_webhook,
    words,
)
from desktop.portal.context import EXTENSION, RESOURCES, Clock, Portal, PortalServices
from desktop.portal.forms import LARGEST_ID
from desktop.portal.ways import here
from desktop.secrets import Secrets
from desktop.services.clock import utc_now

FOR_PEOPLE = (front.blueprint, sign_up.blueprint, log_in.blueprint, first_log_in.blueprint, completing.blueprint,
               registration.blueprint, own_data.blueprint, own_account.blueprint, line_link.blueprint)  # fmt: skip
FOR_MACHINES: tuple[Blueprint, ...] = (line_webhook.blueprint, sms_webhook.blueprint)
"""What other services call: they sign what they send, so no form token and no network's limit stands there."""
HOME: tuple[tuple[str, str, str], ...] = (own_data.TILE, line_link.TILE)
"""More services on the home page (A13): endpoint, marked name, marked sentence about it."""


class IdConverter(IntegerConverter):
    """`<id:…>`: the number of a row; what no database could hold is no page."""

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, max=LARGEST_ID)


class PortalApp(Flask):
    def log_exception(self, exc_info: object) -> None:
        """Faults are logged by `error_pages`, without the path."""


def create_app(services: PortalServices, secrets: Secrets, clock: Clock = utc_now) -> Flask:
    """The portal as a WSGI application. Raises UserError where there is no database, or no DATA_KEY.

    The portal's address and its proxies are read here, once; every other setting anew for each page.
    """
    settings = services.settings.all()
    url = settings["portal.url"]
    secure = url.startswith("https://") or (not url and not settings.practice)
    app = PortalApp(
        __name__, template_folder=str(RESOURCES), static_folder=str(RESOURCES / "static"), static_url_path="/static"
    )
    app.extensions[EXTENSION] = Portal(services, secrets, clock, secure, settings)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.url_map.converters["id"] = IdConverter
    security.configure(app, secrets, settings, secure=secure)
    reader.install(app)  # first, so that every page that follows speaks the reader's language
    csrf, limiter = security.install(app)
    door.install(app)
    keeping.install(app)
    error_pages.install(app)
    words.install(app)
    by_sms.install(app)
    for blueprint in FOR_PEOPLE:
        app.register_blueprint(blueprint)
    for blueprint in FOR_MACHINES:
        app.register_blueprint(blueprint)
        csrf.exempt(blueprint)
        limiter.exempt(blueprint)
    _draw_pages(app)
    return app


def _draw_pages(app: Flask) -> None:
    style = str((RESOURCES / "static" / "portal.css").stat().st_mtime_ns)

    @app.context_processor
    def _frame() -> dict[str, object]:
        """A GET's address leads back to it from the choice of languages; what was only sent leads to its page's own."""
        back = here() if request.method in ("GET", "HEAD") else request.path
        return {
            "back_here": back,
            "more_services": HOME,
            "portal_name": words.portal_name(),
            "relationships": words.relationships(),
            "style": style,
        }
