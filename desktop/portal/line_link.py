"""Step 5: a citizen links their account with LINE, sees how far they are, and can end it at any time (A30-A34)."""

from urllib.parse import urlsplit

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from desktop.domain.line_links import LONGEST_LINK_TOKEN, LinkState
from desktop.i18n import N_, _
from desktop.portal import security
from desktop.portal.by_sms import is_reached_by_mail
from desktop.portal.context import services, settings
from desktop.portal.door import signed_in, somebody
from desktop.portal.forms import Form
from desktop.wording.line import state_words

blueprint = Blueprint("line_link", __name__)

TILE = ("line_link.state", N_("LINE"), N_("Get the notices of your children's schools by LINE, too"))
"""For the home page."""
_CAN_UNLINK = frozenset({LinkState.LINKED, LinkState.BLOCKED})


@blueprint.get("/line")
@signed_in
def state() -> ResponseReturnValue:
    return _state_page(Form())


def _state_page(form: Form, status: int = 200) -> ResponseReturnValue:
    found = services().line_links.state(somebody())
    by_mail = is_reached_by_mail(somebody())
    text, next_step = state_words(found.state, by_mail=by_mail)
    page = render_template(
        "line_state.html",
        form=form,
        found=found,
        text=_(text),
        next_step=_(next_step),
        by_mail=by_mail,
        can_unlink=found.state in _CAN_UNLINK,
        friend_url=settings()["line.friend_url"],
    )
    return page, status


@blueprint.get("/line/link")
@signed_in
def link() -> ResponseReturnValue:
    """Where the menu of the city's LINE account leads. Opening it links nothing: its button does, and LINE asks."""
    token = request.args.get("linkToken", "")[: LONGEST_LINK_TOKEN + 1]
    if not token:
        return redirect(url_for("line_link.state"), 303)
    found = services().line_links.arrive(somebody())
    site = urlsplit(settings()["line.link_url"])
    security.may_lead_to(f"{site.scheme}://{site.netloc}")
    by_mail = is_reached_by_mail(somebody())
    return render_template("line_link.html", form=Form.filled(linkToken=token), found=found, by_mail=by_mail)


@blueprint.post("/line/link")
@signed_in
def send_link() -> ResponseReturnValue:
    return redirect(services().line_links.begin(somebody(), Form.typed().value("linkToken")), 303)


@blueprint.post("/line/unlink")
@signed_in
def unlink() -> ResponseReturnValue:
    services().line_links.unlink(somebody())
    return redirect(url_for("line_link.state"), 303)
