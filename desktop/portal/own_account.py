"""One's own account: names, language, mail addresses, log-in ID, password, and leaving."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from desktop.domain.accounts import Purpose
from desktop.domain.completing import SmsDetails
from desktop.domain.errors import UserError
from desktop.i18n import LANGUAGES
from desktop.portal import door, reader
from desktop.portal.context import services
from desktop.portal.door import signed_in, somebody
from desktop.portal.forms import Form
from desktop.portal.keeping import keep, kept
from desktop.portal.own_data import shown_again
from desktop.portal.sign_up import wait_for_mail

blueprint = Blueprint("own_account", __name__, url_prefix="/own")


def _page(template: str, form: Form) -> ResponseReturnValue:
    return render_template(template, form=form), form.status


def _back() -> Response:
    return redirect(url_for("own_data.overview"), 303)


@blueprint.get("/names")
@signed_in
def names() -> ResponseReturnValue:
    citizen = somebody()
    form = kept() or Form.filled(family_name=citizen.family_name, given_name=citizen.given_name)
    return _page("own_names.html", form)


@blueprint.post("/names")
@signed_in
def send_names() -> ResponseReturnValue:
    form = Form.typed()
    family, given = form.value("family_name"), form.value("given_name")
    if form.find_wrong(services().own_account.check_names(family, given)):
        return keep(form, url_for("own_account.names")) or _page("own_names.html", form)
    services().own_account.set_names(somebody(), family, given)
    return _back()


@blueprint.post("/language")
@signed_in
def send_language() -> ResponseReturnValue:
    """Pages, mails and notices alike."""
    language = Form.typed().value("language")
    response = _back()
    if language in LANGUAGES:
        services().accounts.set_language(somebody(), language)
        reader.remember(response, language)
    return response


@blueprint.get("/postal-address")
@signed_in
def postal_address() -> ResponseReturnValue:
    return _page("own_postal_address.html", kept() or Form.filled(postal_address=_texted().postal_address))


def _texted() -> SmsDetails:
    """Raises UserError("not_found") for whoever never was asked for it."""
    found = services().completing.details(somebody())
    if found is None:
        raise UserError("not_found")
    return found


@blueprint.post("/postal-address")
@signed_in
def send_postal_address() -> ResponseReturnValue:
    form, typed = Form.typed(), Form.typed().value("postal_address")
    if form.find_wrong(services().completing.check_postal_address(typed)):
        return keep(form, url_for("own_account.postal_address")) or _page("own_postal_address.html", form)
    services().completing.set_postal_address(somebody(), typed)
    return _back()


# Mail addresses


@blueprint.get("/addresses/new")
@signed_in
def new_address() -> ResponseReturnValue:
    return _page("own_address.html", kept() or Form())


@blueprint.post("/addresses/new")
@signed_in
def send_address() -> ResponseReturnValue:
    form, page = Form.typed(), url_for("own_account.new_address")
    address = form.value("email")
    if form.find_wrong(services().own_account.check_email(address)):
        return keep(form, page) or _page("own_address.html", form)
    try:
        reference = services().own_account.add_address(somebody(), address, plain=form.has("plain", "on"))
    except UserError as error:
        if not error.code.startswith("address."):
            raise
        return shown_again(form, error, "email", page) or _page("own_address.html", form)
    return wait_for_mail(reference, address, Purpose.ADD_ADDRESS)


@blueprint.post("/addresses/<id:id_>/confirm")
@signed_in
def confirm_again(id_: int) -> ResponseReturnValue:
    """The mail by which it is confirmed, once more."""
    reference = services().own_account.confirm_again(somebody(), id_)
    own = next(each for each in services().own_account.addresses(somebody()) if each.id == id_)
    return wait_for_mail(reference, own.address, Purpose.ADD_ADDRESS)


@blueprint.post("/addresses/<id:id_>/plain")
@signed_in
def set_plain(id_: int) -> ResponseReturnValue:
    services().own_account.set_plain(somebody(), id_, plain=Form.typed().has("plain", "on"))
    return _back()


@blueprint.post("/addresses/<id:id_>/remove")
@signed_in
def remove_address(id_: int) -> ResponseReturnValue:
    services().own_account.remove_address(somebody(), id_)
    return _back()


# Log-in ID and password


@blueprint.get("/login")
@signed_in
def login() -> ResponseReturnValue:
    if "@" not in somebody().login:
        raise UserError("login.at_desk")
    return _page("own_login.html", kept() or Form())


@blueprint.post("/login")
@signed_in
def send_login() -> ResponseReturnValue:
    form, page = Form.typed(), url_for("own_account.login")
    address, password = form.value("email"), form.value("password")
    form.blank("password")
    if form.find_wrong(services().own_account.check_email(address)):
        return keep(form, page) or _page("own_login.html", form)
    try:
        reference = services().own_account.change_login(somebody(), password, address)
    except UserError as error:
        field = "password" if error.code.startswith("log_in.") else "email"
        return shown_again(form, error, field, page) or _page("own_login.html", form)
    return wait_for_mail(reference, address, Purpose.CHANGE_LOGIN)


@blueprint.get("/password")
@signed_in
def password() -> ResponseReturnValue:
    return _page("own_password.html", kept() or Form())


@blueprint.post("/password")
@signed_in
def send_password() -> ResponseReturnValue:
    form, page, citizen = Form.typed(), url_for("own_account.password"), somebody()
    old, new, again = form.value("old"), form.value("password"), form.value("again")
    form.blank("old", "password", "again")
    if form.find_wrong(services().accounts.check_password(new, again, citizen.login)):
        return keep(form, page) or _page("own_password.html", form)
    try:
        services().accounts.change_password(citizen, door.session_token(), old, new, again)
    except UserError as error:
        return shown_again(form, error, "old", page) or _page("own_password.html", form)
    return _back()


# Leaving


@blueprint.get("/leave")
@signed_in
def leave() -> ResponseReturnValue:
    return _page("own_leave.html", kept() or Form())


@blueprint.post("/leave")
@signed_in
def send_leave() -> ResponseReturnValue:
    form, page = Form.typed(), url_for("own_account.leave")
    typed = form.value("password")
    form.blank("password")
    try:
        services().own_account.close(somebody(), typed)
    except UserError as error:
        if not error.code.startswith("log_in."):
            raise
        return shown_again(form, error, "password", page) or _page("own_leave.html", form)
    response = redirect(url_for("own_data.left"), 303)
    door.let_out(response)
    return response
