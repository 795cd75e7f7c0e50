"""Logging in and out, links from mails, forgotten passwords (A17-A19)."""

from flask import Blueprint, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from desktop.domain.accounts import FirstLogIn, OpenedLink, Purpose
from desktop.domain.errors import UserError
from desktop.i18n import _, current_language
from desktop.portal import door
from desktop.portal.by_sms import by_text, is_phone
from desktop.portal.context import services
from desktop.portal.error_pages import status_of
from desktop.portal.forms import Form
from desktop.portal.keeping import keep, kept
from desktop.portal.sign_up import wait_for_mail
from desktop.portal.ways import local_path

blueprint = Blueprint("log_in", __name__)

FIRST_LOG_IN = "first_log_in"
"""Where this browser keeps what proves that a text message's password was right."""
_KEPT = "kept."
"""Before the names of fields that wait on the log-in page until whoever typed them is back."""


@blueprint.get("/log-in")
def log_in() -> ResponseReturnValue:
    form = kept() or Form.filled(login=session.get("log_in_as", ""), next=request.args.get("next", ""))
    return _page(form)


def _page(form: Form) -> ResponseReturnValue:
    next_, proof = local_path(form.value("next")), form.value("proof")[:200]
    page = render_template(
        "log_in.html", form=form, next=next_, kept=_waiting(form), proof=proof, is_new="log_in_as" in session
    )
    return page, form.status


def _waiting(form: Form) -> list[tuple[str, str]]:
    """What was typed on another page before the session was over."""
    names = [name for name in form.values if name.startswith(_KEPT)]
    return [(name.removeprefix(_KEPT), value) for name in names for value in form.values[name]]


def _again(form: Form, status: int = 422) -> ResponseReturnValue:
    form.blank("password")
    return keep(form, url_for("log_in.log_in"), status) or _page(form)


@blueprint.post("/log-in")
def send_log_in() -> ResponseReturnValue:
    form = Form.typed()
    for name in ("login", "password"):
        if not form.value(name):
            form.mark(name, _("Please fill this in."))
    if form.is_wrong:
        return _again(form)
    try:
        entered = services().accounts.log_in(
            form.value("login"), form.value("password"), form.value("proof")[:200], door.known_browser()
        )
    except UserError as error:
        if not error.code.startswith("log_in."):
            raise
        return refused(form, error, by_text=is_phone(form.value("login")))
    session.pop("log_in_as", None)
    if isinstance(entered, FirstLogIn):
        session[FIRST_LOG_IN] = entered.proof
        return redirect(url_for("first_log_in.first_password"), 303)
    response = make_response(_way_on(form, local_path(form.value("next"))))
    door.let_in(response, entered)
    return response


def refused(form: Form, error: UserError, *, by_text: bool) -> ResponseReturnValue:
    """The log-in's form once more. Whoever typed a telephone number reads what holds for a text message's password,
    whether anybody has that number or not.
    """
    form.refuse(error)
    if by_text and error.code == "log_in.refused":
        form.whole = (
            _("Telephone number and password do not fit together, or the password has run out."),
            _("The password of a text message is good for 3 days, and for setting your own. After that a new one comes "
              "by text message: use the newest. If none comes, see “Forgotten your password?”."),
        )  # fmt: skip
    return _again(form, status_of(error))


def _way_on(form: Form, next_: str) -> ResponseReturnValue:
    """On to where they were going; what they had typed there stands ready to be sent."""
    waiting = _waiting(form)
    if waiting and next_:
        return render_template("go_on.html", kept=waiting, action=next_)
    return redirect(next_ or url_for("registration.home"), 303)


@blueprint.post("/log-out")
def log_out() -> ResponseReturnValue:
    services().accounts.log_out(door.session_token())
    response = redirect(url_for("log_in.logged_out"), 303)
    door.let_out(response)
    return response


@blueprint.post("/log-out-everywhere")
@door.signed_in
def log_out_everywhere() -> ResponseReturnValue:
    services().accounts.log_out_everywhere(door.somebody())
    response = redirect(url_for("log_in.logged_out"), 303)
    door.let_out(response)
    return response


@blueprint.get("/logged-out")
def logged_out() -> ResponseReturnValue:
    return render_template("logged_out.html")


# Links from mails


@blueprint.get("/link/<proof>")
def link(proof: str) -> ResponseReturnValue:
    """Opening it changes nothing (A17): mail scanners open links, too."""
    opened = services().accounts.open_link(proof[:200])
    if opened.purpose is Purpose.RESET:
        return _password_page(kept() or Form(), opened)
    if opened.purpose is not Purpose.ACTIVATE:
        return redirect(url_for("own_data.confirm_address", proof=proof), 303)
    return _page(Form.filled(login=opened.address, proof=proof))


def _password_page(form: Form, opened: OpenedLink) -> ResponseReturnValue:
    return render_template("new_password.html", form=form, opened=opened), form.status


@blueprint.post("/link/<proof>")
def set_password(proof: str) -> ResponseReturnValue:
    accounts, form = services().accounts, Form.typed()
    opened = accounts.open_link(proof[:200])
    if opened.purpose is not Purpose.RESET:
        raise UserError("link.unknown")
    password, again = form.value("password"), form.value("again")
    if form.find_wrong(accounts.check_password(password, again, opened.address)):
        form.blank("password", "again")
        return keep(form, url_for("log_in.link", proof=proof)) or _password_page(form, opened)
    browser = accounts.reset(proof, password, again)
    session["log_in_as"] = opened.address
    response = redirect(url_for("log_in.password_set"), 303)
    door.know(response, browser)
    return response


@blueprint.get("/password-set")
def password_set() -> ResponseReturnValue:
    return render_template("password_set.html")


@blueprint.get("/forgotten")
def forgotten() -> ResponseReturnValue:
    return _forgotten_page(kept() or Form())


def _forgotten_page(form: Form) -> ResponseReturnValue:
    return render_template("forgotten.html", form=form), form.status


@blueprint.post("/forgotten")
def send_forgotten() -> ResponseReturnValue:
    form = Form.typed()
    if is_phone(form.value("email")):
        return redirect(url_for("log_in.forgotten_phone"), 303)
    try:
        reference = services().accounts.forgot(form.value("email"), current_language())
    except UserError as error:
        if error.code != "form.wrong":
            raise
        form.mark("email", _("Enter the mail address with which you log in."))
        return keep(form, url_for("log_in.forgotten")) or _forgotten_page(form)
    return wait_for_mail(reference, form.value("email"), Purpose.RESET)


@blueprint.get("/forgotten/telephone")
def forgotten_phone() -> ResponseReturnValue:
    """What to do, the same for every number: nothing is looked up."""
    text = by_text()
    if text is None:
        return redirect(url_for("log_in.forgotten"), 303)
    return render_template("forgotten_phone.html", text=text)
