"""After the password of a text message: one's own, and the terms of use (B7, A12).

What proves it waits in the signed cookie of this browser, not in an address.
"""

from flask import Blueprint, make_response, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue

from desktop.domain.errors import UserError
from desktop.portal import door
from desktop.portal.context import services
from desktop.portal.forms import Form
from desktop.portal.keeping import keep, kept
from desktop.portal.log_in import FIRST_LOG_IN, refused
from desktop.wording import terms

blueprint = Blueprint("first_log_in", __name__)


@blueprint.get("/first-password")
def first_password() -> ResponseReturnValue:
    try:
        return _page(kept() or Form())
    except UserError as error:
        return _over(error)


def _page(form: Form) -> ResponseReturnValue:
    login = services().first_log_ins.login(_proof())
    return render_template("first_password.html", form=form, login=login, version=terms.newest()), form.status


def _proof() -> str:
    return str(session.get(FIRST_LOG_IN, ""))


@blueprint.post("/first-password")
def send_first_password() -> ResponseReturnValue:
    form = Form.typed()
    password, again, agreed = (form.value(name) for name in ("password", "again", "terms_version"))
    try:
        form.find_wrong(services().first_log_ins.check(_proof(), password, again))
        if agreed not in terms.versions():
            form.find_wrong([terms.NOT_ACCEPTED])
        if form.is_wrong:
            form.blank(*(("password", "again") if "password" in form.problems else form.problems.keys() & {"again"}))
            return keep(form, url_for("first_log_in.first_password")) or _page(form)
        logged_in = services().first_log_ins.set_password(_proof(), password, again, agreed)
    except UserError as error:
        return _over(error)
    session.pop(FIRST_LOG_IN, None)
    response = make_response(redirect(url_for("registration.home"), 303))
    door.let_in(response, logged_in)
    return response


def _over(error: UserError) -> ResponseReturnValue:
    """It took too long, or a newer password came, or it was used: back to the beginning, with the words for that."""
    if not error.code.startswith("log_in."):
        raise error
    if session.pop(FIRST_LOG_IN, None) is None:
        return redirect(url_for("log_in.log_in"), 303)
    return refused(Form(), error, by_text=True)
