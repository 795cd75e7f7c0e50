"""One's own data: what the portal knows of a guardian and their children, and changing it."""

import secrets as random

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from desktop.domain.accounts import Purpose
from desktop.domain.errors import UserError
from desktop.domain.own_children import OwnChild
from desktop.domain.registrations import Kind, Registration, RegistrationState
from desktop.i18n import N_, _
from desktop.portal.by_sms import is_reached_by_mail
from desktop.portal.context import portal, services, settings
from desktop.portal.door import signed_in, somebody
from desktop.portal.error_pages import status_of
from desktop.portal.forms import Form
from desktop.portal.keeping import keep, kept
from desktop.portal.registration import YEARS_BACK, child_filled, child_of, same, wrong_child
from desktop.wording.line import state_words

blueprint = Blueprint("own_data", __name__, url_prefix="/own")

TILE = ("own_data.overview", N_("Your data"), N_("See and change what you registered"))
"""For the home page."""
_WAITING = frozenset({RegistrationState.DRAFT, RegistrationState.SUBMITTED, RegistrationState.ASKED_BACK})
_OPEN = frozenset({RegistrationState.DRAFT, RegistrationState.ASKED_BACK})


@blueprint.get("")
@signed_in
def overview() -> ResponseReturnValue:
    """Everything on one page, each thing with its own button."""
    citizen = somebody()
    mine = services().registrations.all(citizen)
    line = services().line_links.state(citizen)
    return render_template(
        "own_overview.html",
        addresses=services().own_account.addresses(citizen),
        texted=services().completing.details(citizen) if "@" not in citizen.login else None,
        children=services().registrations.own_children(citizen),
        waiting=[one for one in mine if one.state in _WAITING],
        open_states=_OPEN,
        line=line,
        line_text=_(state_words(line.state, by_mail=is_reached_by_mail(citizen))[0]),
    )


# Children


def _own(child_id: int) -> OwnChild:
    """Raises UserError("not_found"), also for another's child."""
    for child in services().registrations.own_children(somebody()):
        if child.child_id == child_id:
            return child
    raise UserError("not_found")


@blueprint.get("/children/<id:child_id>/change")
@signed_in
def change_child(child_id: int) -> ResponseReturnValue:
    child = _own(child_id)
    form = kept() or child_filled(child.given)
    if not form.value("token"):
        form.values = {**form.values, "token": [random.token_urlsafe(12)]}
    return _child_page(form, child)


def _child_page(form: Form, child: OwnChild) -> ResponseReturnValue:
    this_year = portal().clock().astimezone(settings().zone).year
    years = [this_year - back for back in YEARS_BACK]
    page = render_template("own_child.html", form=form, child=child, known=None, years=years, opens=None)
    return page, form.status


@blueprint.post("/children/<id:child_id>/change")
@signed_in
def send_child(child_id: int) -> ResponseReturnValue:
    """A draft of the change; the next page shows all of it, and leads to the school's part."""
    form, child = Form.typed(), _own(child_id)
    given = child_of(form)
    if wrong_child(form, given):
        return keep(form, url_for("own_data.change_child", child_id=child_id)) or _child_page(form, child)
    token = _token(form)
    drafted = services().registrations.begin_change(somebody(), token, child_id, given)
    if drafted.kind is not Kind.CHANGE or drafted.about_child_id != child_id:
        raise UserError("not_found")  # another form's token
    if not same(drafted, given) and drafted.state in _OPEN:  # sent before, gone back, put right
        drafted = services().registrations.change_child(somebody(), drafted.id, drafted.version, given)
    return redirect(_next_step(drafted), 303)


def _token(form: Form) -> str:
    typed = form.value("token")[:40]
    return typed if typed.isascii() and typed else random.token_urlsafe(12)


def _next_step(drafted: Registration) -> str:
    where = "registration.choose_school" if drafted.school_id is None else "registration.confirm"
    return url_for(where, id_=drafted.id)


@blueprint.get("/children/<id:child_id>/withdraw")
@signed_in
def withdraw(child_id: int) -> ResponseReturnValue:
    return render_template("own_withdraw.html", child=_own(child_id), token_=random.token_urlsafe(12))


@blueprint.post("/children/<id:child_id>/withdraw")
@signed_in
def send_withdraw(child_id: int) -> ResponseReturnValue:
    services().registrations.withdraw_child(somebody(), _token(Form.typed()), child_id)
    return redirect(url_for("own_data.overview"), 303)


@blueprint.post("/registrations/<id:id_>/take-back")
@signed_in
def take_back(id_: int) -> ResponseReturnValue:
    services().registrations.take_back(somebody(), id_, Form.typed().number("version"))
    return redirect(url_for("own_data.overview"), 303)


# Confirming an address, by whoever reads its mail


@blueprint.get("/confirm/<proof>")
def confirm_address(proof: str) -> ResponseReturnValue:
    """Nobody need be logged in: the mail may be read on another telephone. Opening the page confirms nothing (A17)."""
    opened = services().accounts.open_link(proof[:200])
    if opened.purpose not in (Purpose.ADD_ADDRESS, Purpose.CHANGE_LOGIN):
        raise UserError("link.unknown")
    return render_template("own_confirm.html", opened=opened, is_login=opened.purpose is Purpose.CHANGE_LOGIN)


@blueprint.post("/confirm/<proof>")
def send_confirm(proof: str) -> ResponseReturnValue:
    confirmed = services().own_account.confirm(proof[:200])
    if confirmed.purpose is Purpose.CHANGE_LOGIN:
        return redirect(url_for("own_data.login_changed"), 303)
    return redirect(url_for("own_data.confirmed"), 303)


@blueprint.get("/confirmed")
def confirmed() -> ResponseReturnValue:
    return render_template("own_done.html", done=_("From now on the school’s notices come to this address, too."))


@blueprint.get("/login-changed")
def login_changed() -> ResponseReturnValue:
    return render_template("own_done.html", done=_("Your log-in ID was changed. Log in with the new address."))


@blueprint.get("/left")
def left() -> ResponseReturnValue:
    return render_template(
        "own_done.html", done=_("You have left the portal. Nothing more is sent to you by mail or LINE.")
    )


def shown_again(form: Form, error: UserError, field: str, page: str) -> ResponseReturnValue | None:
    """The form once more, with what is wrong at its field; None where it is too long to be kept."""
    form.refuse(error, field)
    return keep(form, page, status_of(error))
