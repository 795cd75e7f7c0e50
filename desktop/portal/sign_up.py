"""Step 2: a log-in ID (A16-A17). What waits for a mail, and the page on which its code can be typed.

The signed cookie of this browser remembers what it waits for; nothing else knows.
"""

from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue

from desktop.domain.accounts import Purpose, SignUpForm
from desktop.domain.errors import UserError
from desktop.domain.mail import AddressError, check_address
from desktop.domain.mail_slips import likely_meant
from desktop.i18n import _, current_language
from desktop.portal.context import services, settings
from desktop.portal.error_pages import status_of
from desktop.portal.forms import Form
from desktop.portal.keeping import keep, kept
from desktop.portal.opening import opens_at
from desktop.wording import terms

blueprint = Blueprint("sign_up", __name__)

_WAITING = "waiting_for_mail"


@dataclass(frozen=True, slots=True)
class Waiting:
    """What this browser waits for; the address is the one that was typed here."""

    reference: str
    address: str
    purpose: Purpose


def wait_for_mail(reference: str, address: str, purpose: Purpose) -> ResponseReturnValue:
    session[_WAITING] = [reference, address[:254], purpose.value]
    return redirect(url_for("sign_up.mail_sent"), 303)


def _waiting() -> Waiting | None:
    found = session.get(_WAITING)
    return Waiting(found[0], found[1], Purpose(found[2])) if found else None


@blueprint.get("/sign-up")
def sign_up() -> ResponseReturnValue:
    return _page(kept() or Form())


def _page(form: Form) -> tuple[str, int]:
    opens = opens_at("log_in_id")
    page = render_template("sign_up.html", form=form, opens=opens, version=terms.newest(), meant=_meant(form))
    return page, form.status


@blueprint.post("/sign-up")
def send_sign_up() -> ResponseReturnValue:
    form = Form.typed()
    if opens_at("log_in_id") is not None:
        return _page(form)[0], 403
    _take_meant(form)
    given = _given(form)
    form.find_wrong(services().accounts.check_sign_up(given))
    if _meant(form):
        form.mark("email", _("Is this address right? Choose below."))
    if form.is_wrong:
        form.blank(*(("password", "again") if "password" in form.problems else form.problems.keys() & {"again"}))
        return keep(form, url_for("sign_up.sign_up")) or _page(form)
    return wait_for_mail(services().accounts.sign_up(given), given.email, Purpose.ACTIVATE)


def _given(form: Form) -> SignUpForm:
    agreed = form.value("terms_version")
    return SignUpForm(
        email=form.value("email"),
        family_name=form.value("family_name"),
        given_name=form.value("given_name"),
        password=form.value("password"),
        again=form.value("again"),
        language=current_language(),
        terms_version=agreed if agreed in terms.versions() else "",
    )


def _take_meant(form: Form) -> None:
    """The address that we asked about, if that is what was chosen."""
    meant = likely_meant(form.value("email"))
    if meant and form.value("email_choice") == "meant":
        form.values = {**form.values, "email": [meant]}


def _meant(form: Form) -> str:
    """What to ask about: an address that looks like a slip, unless this very one was to be kept."""
    try:
        address = check_address(form.value("email"))
    except AddressError:
        return ""
    kept = form.value("email_choice") == "typed" and form.value("email_asked") == form.value("email")
    return "" if kept else likely_meant(address) or ""


# The mail is on its way


@blueprint.get("/mail-sent")
def mail_sent() -> ResponseReturnValue:
    return _sent_page(kept() or Form())


def _sent_page(form: Form, *, again: bool = False) -> ResponseReturnValue:
    waiting = _waiting()
    if waiting is None:
        return redirect(url_for("front.front"), 303)
    page = render_template(
        "mail_sent.html", form=form, waiting=waiting, again=again, from_address=settings()["email.from"]
    )
    return page, form.status


@blueprint.post("/mail-sent/again")
def send_again() -> ResponseReturnValue:
    waiting = _waiting()
    if waiting is not None:
        services().accounts.send_again(waiting.reference)
    return redirect(url_for("sign_up.sent_again"), 303)


@blueprint.get("/mail-sent/again")
def sent_again() -> ResponseReturnValue:
    return _sent_page(Form(), again=True)


@blueprint.post("/mail-sent/code")
def type_code() -> ResponseReturnValue:
    waiting, form = _waiting(), Form.typed()
    if waiting is None:
        return redirect(url_for("log_in.log_in"), 303)
    if not form.value("mail_code").strip():
        form.mark("mail_code", _("Please fill this in."))
        return keep(form, url_for("sign_up.mail_sent")) or _sent_page(form)
    try:
        opened = services().accounts.type_code(waiting.reference, form.value("mail_code"))
    except UserError as error:
        if not error.code.startswith("code."):
            raise
        form.refuse(error, "mail_code")
        return keep(form, url_for("sign_up.mail_sent"), status_of(error)) or _sent_page(form)
    session.pop(_WAITING, None)
    if opened.purpose is Purpose.RESET:
        return redirect(url_for("log_in.link", proof=opened.proof), 303)
    if opened.purpose is not Purpose.ACTIVATE:
        return redirect(url_for("own_data.confirm_address", proof=opened.proof), 303)
    session["log_in_as"] = opened.address
    return redirect(url_for("log_in.log_in"), 303)
