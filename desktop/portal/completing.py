"""What is missing of an account that a text message made: names, postal address, mail address or LINE (B11, B17)."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from desktop.domain.accounts import Purpose
from desktop.domain.completing import suggested_names
from desktop.domain.errors import UserError
from desktop.portal.by_sms import is_reached_by_mail
from desktop.portal.context import services
from desktop.portal.door import signed_in, somebody
from desktop.portal.forms import Form
from desktop.portal.keeping import keep, kept
from desktop.portal.own_data import shown_again
from desktop.portal.sign_up import wait_for_mail

blueprint = Blueprint("completing", __name__)


@blueprint.get("/complete")
@signed_in
def complete() -> ResponseReturnValue:
    if not somebody().is_incomplete:
        return redirect(url_for("registration.home"), 303)
    return _page(kept() or _begun())


def _begun() -> Form:
    """As far as it is known: a whole name is taken apart as in Vietnam."""
    citizen, known = somebody(), services().completing.details(somebody())
    family, given = citizen.family_name, citizen.given_name
    if not given:
        family, given = suggested_names(family)
    return Form.filled(family_name=family, given_name=given, postal_address=known.postal_address if known else "")


def _page(form: Form) -> ResponseReturnValue:
    return render_template("complete.html", form=form), form.status


@blueprint.post("/complete")
@signed_in
def send_complete() -> ResponseReturnValue:
    form, page = Form.typed(), url_for("completing.complete")
    names, postal_address = (form.value("family_name"), form.value("given_name")), form.value("postal_address")
    email = form.value("email").strip()
    form.find_wrong(services().completing.check(*names, postal_address))
    if email:
        form.find_wrong(services().own_account.check_email(email))
    if form.is_wrong:
        return keep(form, page) or _page(form)
    try:
        reference = _asked(email)
    except UserError as error:
        if not error.code.startswith("address."):
            raise
        return shown_again(form, error, "email", page) or _page(form)
    services().completing.complete(somebody(), *names, postal_address)
    if reference:
        return wait_for_mail(reference, email, Purpose.ADD_ADDRESS)
    return redirect(url_for("completing.completed"), 303)


def _asked(email: str) -> str:
    """What waits for the mail that confirms the address; "" where there is nothing to confirm."""
    if not email:
        return ""
    try:
        return services().own_account.add_address(somebody(), email, plain=False)
    except UserError as error:
        if error.code != "address.known":
            raise
        return ""  # sent before, confirmed meanwhile


@blueprint.get("/completed")
@signed_in
def completed() -> ResponseReturnValue:
    """What can be done now, and that nobody can be written to who named neither mail nor LINE."""
    if somebody().is_incomplete:
        return redirect(url_for("completing.complete"), 303)
    return render_template("completed.html", by_mail=is_reached_by_mail(somebody()))
