"""The pages that need nobody: the front page, the terms, what the portal answers to a machine that asks how it is."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from desktop.portal import terms
from desktop.portal.context import services, settings
from desktop.portal.door import citizen
from desktop.portal.opening import opens_at

blueprint = Blueprint("front", __name__)


@blueprint.get("/")
def front() -> ResponseReturnValue:
    if citizen() is not None:
        return redirect(url_for("registration.home"), 303)
    return render_template("front.html", opens=opens_at("log_in_id"))


@blueprint.get("/terms")
@blueprint.get("/terms/<version>")
def terms_of_use(version: str = "") -> ResponseReturnValue:
    """Readable by everybody (A12)."""
    chosen = version or terms.newest()
    if chosen not in terms.versions():
        raise NotFound
    return render_template("terms.html", version=chosen, paragraphs=terms.text(chosen, settings()["city.name"]))


@blueprint.get("/health")
def health() -> ResponseReturnValue:
    """200 while pages can be served; raises what becomes 503 otherwise."""
    state = services().setup.state()
    return {"ok": state == "ready"}, 200 if state == "ready" else 503
