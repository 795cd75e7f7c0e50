"""The pages that need nobody: the front page, the terms, what the portal answers to a machine that asks how it is."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from desktop.domain.help_contacts import Subject, help_contacts
from desktop.i18n import _
from desktop.portal.context import services, settings
from desktop.portal.door import citizen
from desktop.portal.opening import opens_at
from desktop.wording import terms
from desktop.wording.letters import GUIDE, SUBJECTS

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


@blueprint.get("/help")
def help_page() -> ResponseReturnValue:
    """Whom to ask about what, as staff entered it (A37-A39), and where more is written about the portal (A41)."""
    known = settings()
    typed = {subject: known[f"contacts.{subject.value}"] for subject in Subject}
    contacts = help_contacts(typed, _("your child’s school"))
    return render_template(
        "help.html",
        contacts=[(" · ".join(_(SUBJECTS[each]) for each in one.subjects), one.text) for one in contacts],
        guide=(GUIDE, known["portal.guide_url"]),
        from_address=known["email.from"],
    )


@blueprint.get("/health")
def health() -> ResponseReturnValue:
    """200 while pages can be served; raises what becomes 503 otherwise."""
    state = services().setup.state()
    return {"ok": state == "ready"}, 200 if state == "ready" else 503
