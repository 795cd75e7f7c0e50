"""Steps 3 and 4: the child, the school, and the page on which all of it is looked at before it is sent (A20-A29)."""

import secrets as random
from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue

from desktop.domain.errors import UserError
from desktop.domain.people import FieldProblem
from desktop.domain.registrations import ChildGiven, Kind, Registration, RegistrationState, SchoolGiven
from desktop.domain.registrations import kept as clean_child
from desktop.i18n import _
from desktop.portal.by_sms import is_reached_by_mail
from desktop.portal.context import portal, services, settings
from desktop.portal.door import signed_in, somebody
from desktop.portal.error_pages import status_of
from desktop.portal.forms import Form
from desktop.portal.keeping import keep, kept
from desktop.portal.opening import opens_at

blueprint = Blueprint("registration", __name__)

OPEN = frozenset({RegistrationState.DRAFT, RegistrationState.ASKED_BACK})
YEARS_BACK = range(2, 20)
_FORMS = "forms"
_FORMS_KEPT = 8


@blueprint.get("/home")
@signed_in
def home() -> ResponseReturnValue:
    """The services that there are (A13), the schools first."""
    return render_template("home.html")


@blueprint.get("/schools")
@signed_in
def schools() -> ResponseReturnValue:
    """「小中学校・幼稚園」 (A20)."""
    mine = [one for one in services().registrations.all(somebody()) if _waits(one)]
    children = services().registrations.own_children(somebody())
    return render_template(
        "schools.html", registrations=mine, children=children, opens=opens_at("child"), open_states=OPEN
    )


def _waits(one: Registration) -> bool:
    """Of a child that is not theirs yet; what is accepted is shown as their child."""
    return one.kind is Kind.NEW_CHILD and one.state is not RegistrationState.ACCEPTED


# 「子どもの情報登録」


@blueprint.get("/child/new")
@signed_in
def new_child() -> ResponseReturnValue:
    """Each form has an address of its own: coming back to it, in whatever tab, is coming back to the same child."""
    return redirect(url_for("registration.child_form", token=random.token_urlsafe(12)), 303)


@blueprint.get("/child/new/<token>")
@signed_in
def child_form(token: str) -> ResponseReturnValue:
    known = _begun(token)
    if known is not None:
        return redirect(url_for("registration.child", id_=known), 303)
    return _child_page(kept() or Form())


@blueprint.post("/child/new/<token>")
@signed_in
def send_child_form(token: str) -> ResponseReturnValue:
    form = Form.typed()
    if opens_at("child") is not None:
        return _child_page(form)[0], 403
    given = child_of(form)
    if wrong_child(form, given):
        return keep(form, url_for("registration.child_form", token=token)) or _child_page(form)
    drafted = services().registrations.begin(somebody(), token, given)
    if not same(drafted, given) and drafted.state in OPEN:  # sent before, gone back, put right
        drafted = services().registrations.change_child(somebody(), drafted.id, drafted.version, given)
    _remember(token, drafted.id)
    return redirect(url_for("registration.choose_school", id_=drafted.id), 303)


@blueprint.get("/registrations/<id:id_>/child")
@signed_in
def child(id_: int) -> ResponseReturnValue:
    found = services().registrations.get(somebody(), id_)
    if found.state not in OPEN:
        return redirect(url_for("registration.done", id_=id_), 303)
    return _child_page(kept() or child_filled(found.child, found.version), found)


@blueprint.post("/registrations/<id:id_>/child")
@signed_in
def send_child(id_: int) -> ResponseReturnValue:
    form = Form.typed()
    given = child_of(form)
    found = services().registrations.get(somebody(), id_)
    page = url_for("registration.child", id_=id_)
    if wrong_child(form, given):
        return keep(form, page) or _child_page(form, found)
    try:
        changed = services().registrations.change_child(somebody(), id_, form.number("version"), given)
    except UserError as error:
        if error.code != "registration.changed":
            raise
        form.refuse(error)
        return keep(form, page, 409) or _child_page(form, found)
    where = "registration.choose_school" if changed.school_id is None else "registration.confirm"
    return redirect(url_for(where, id_=id_), 303)


def _child_page(form: Form, known: Registration | None = None) -> tuple[str, int]:
    this_year = portal().clock().astimezone(settings().zone).year
    years = [this_year - back for back in YEARS_BACK]
    page = render_template("child.html", form=form, known=known, years=years, opens=opens_at("child"))
    return page, form.status


def child_of(form: Form) -> ChildGiven:
    return ChildGiven(
        family_name=form.value("family_name"),
        given_name=form.value("given_name"),
        family_name_kana=form.value("family_name_kana"),
        given_name_kana=form.value("given_name_kana"),
        sex=form.value("sex"),  # type: ignore[arg-type]  # judged by check_child
        birth_date=form.day("birth_date"),
        relationship=form.value("relationship"),
    )


def wrong_child(form: Form, given: ChildGiven) -> bool:
    if given.birth_date is None and all(form.value(f"birth_date_{part}") for part in ("year", "month", "day")):
        form.mark("birth_date", _("There is no such day. Check it."))
    return form.find_wrong(services().registrations.check_child(given))


def child_filled(child: ChildGiven, version: int = 0) -> Form:
    born = child.birth_date
    return Form.filled(
        family_name=child.family_name,
        given_name=child.given_name,
        family_name_kana=child.family_name_kana,
        given_name_kana=child.given_name_kana,
        sex=child.sex,
        relationship=child.relationship,
        birth_date_year=born.year if born else "",
        birth_date_month=born.month if born else "",
        birth_date_day=born.day if born else "",
        version=version,
    )


def same(drafted: Registration, given: ChildGiven) -> bool:
    """Whether this is what was kept; so that one form sent twice at once is no change of itself."""
    return drafted.child == clean_child(given)[0]


def _begun(token: str) -> int | None:
    """The registration that this form became, if this browser sent it while it stood open."""
    found = dict(session.get(_FORMS, [])).get(token)
    return int(found) if found is not None else None


def _remember(token: str, id_: int) -> None:
    others = [pair for pair in session.get(_FORMS, []) if pair[0] != token]
    session[_FORMS] = [*others, [token, id_]][-_FORMS_KEPT:]


# 「学校情報登録」


@blueprint.get("/registrations/<id:id_>/school")
@signed_in
def choose_school(id_: int) -> ResponseReturnValue:
    """Which child, and which school: its classes and groups come on the next page, without JavaScript."""
    found = services().registrations.get(somebody(), id_)
    if found.state not in OPEN:
        return redirect(url_for("registration.done", id_=id_), 303)
    return _choice_page(kept() or Form.filled(registration_id=id_, school_id=found.school_id), found)


@blueprint.post("/registrations/<id:id_>/school")
@signed_in
def send_choice(id_: int) -> ResponseReturnValue:
    form = Form.typed()
    found = services().registrations.get(somebody(), id_)
    chosen = form.number("registration_id")
    offered = {school for school, _kind, _name in services().registrations.schools()}
    if chosen not in {one.id for one in _open_ones()}:
        form.find_wrong([FieldProblem("registration_id", "choice")])
    if form.number("school_id") not in offered:
        form.find_wrong([FieldProblem("school_id", "choice")])
    if form.is_wrong:
        return keep(form, url_for("registration.choose_school", id_=id_)) or _choice_page(form, found)
    return redirect(url_for("registration.school", id_=chosen, school_id=form.number("school_id")), 303)


def _open_ones() -> list[Registration]:
    return [one for one in services().registrations.all(somebody()) if one.state in OPEN]


def _choice_page(form: Form, found: Registration) -> ResponseReturnValue:
    offered = services().registrations.schools()
    page = render_template("choose_school.html", form=form, found=found, children=_open_ones(), schools=offered)
    return page, form.status


@dataclass(frozen=True, slots=True)
class ChosenSchool:
    """The school that the form is about, and what there is to choose at it."""

    id: int
    name: str
    year: int
    grades: dict[str, list[tuple[int, str, bool]]]
    clubs: list[tuple[int, str]]
    others: list[tuple[int, str]]


def _chosen(school_id: int) -> ChosenSchool:
    """Raises UserError("not_found") for a school that takes no registrations."""
    names = {id_: name for id_, _kind, name in services().registrations.schools()}
    if school_id not in names:
        raise UserError("not_found")
    places = services().registrations.places(school_id)
    grades: dict[str, list[tuple[int, str, bool]]] = {}
    for id_, grade, name, unplaced in places.homerooms:
        grades.setdefault(grade, []).append((id_, name, unplaced))
    clubs = [(id_, name) for id_, kind, name in places.groups if kind == "club"]
    others = [(id_, name) for id_, kind, name in places.groups if kind != "club"]
    return ChosenSchool(school_id, names[school_id], places.year, grades, clubs, others)


@blueprint.get("/registrations/<id:id_>/school/<id:school_id>")
@signed_in
def school(id_: int, school_id: int) -> ResponseReturnValue:
    found = services().registrations.get(somebody(), id_)
    if found.state not in OPEN:
        return redirect(url_for("registration.done", id_=id_), 303)
    chosen = _chosen(school_id)
    return _school_page(kept() or _school_filled(found, chosen), found, chosen)


def _school_filled(found: Registration, chosen: ChosenSchool) -> Form:
    if found.school_id != chosen.id:
        return Form.filled(version=found.version)
    return Form.filled(
        version=found.version,
        homeroom_id=found.homeroom_id,
        club_ids=[id_ for id_, name in chosen.clubs if name in found.groups],
        other_ids=[id_ for id_, name in chosen.others if name in found.groups],
        student_number=found.student_number,
    )


def _school_page(form: Form, found: Registration, chosen: ChosenSchool) -> ResponseReturnValue:
    page = render_template(
        "school.html", form=form, found=found, school=chosen, code_needed=found.code_needed(chosen.id)
    )
    return page, form.status


@blueprint.post("/registrations/<id:id_>/school/<id:school_id>")
@signed_in
def send_school(id_: int, school_id: int) -> ResponseReturnValue:
    form, chosen = Form.typed(), _chosen(school_id)
    found = services().registrations.get(somebody(), id_)
    page = url_for("registration.school", id_=id_, school_id=school_id)
    given = SchoolGiven(
        school_id=school_id,
        homeroom_id=form.number("homeroom_id"),
        group_ids=form.numbers("club_ids") | form.numbers("other_ids"),
        student_number=form.value("student_number"),
        code=form.value("code"),
    )
    if not given.homeroom_id:
        form.find_wrong([FieldProblem("homeroom_id", "choice")])
    if form.find_wrong(services().registrations.check_school(given, code_needed=found.code_needed(school_id))):
        return keep(form, page) or _school_page(form, found, chosen)
    try:
        services().registrations.set_school(somebody(), id_, form.number("version"), given)
    except UserError as error:
        if error.code == "registration.changed" and _stands_already(found, given, chosen):
            return redirect(url_for("registration.confirm", id_=id_), 303)  # the same form, sent twice
        field = _FIELD_OF.get(error.code)
        if field is None:
            raise
        form.refuse(error, field)
        return keep(form, page, status_of(error)) or _school_page(form, found, chosen)
    return redirect(url_for("registration.confirm", id_=id_), 303)


_FIELD_OF = {
    "registration_code.wrong": "code",
    "registration_code.held": "code",
    "registration.place_unknown": "homeroom_id",
    "registration.changed": "",
}


def _stands_already(found: Registration, given: SchoolGiven, chosen: ChosenSchool) -> bool:
    names = {name for id_, name in (*chosen.clubs, *chosen.others) if id_ in given.group_ids}
    stands = (found.school_id, found.homeroom_id, set(found.groups), found.student_number)
    return stands == (given.school_id, given.homeroom_id, names, given.student_number.strip())


# Step 4


@blueprint.get("/registrations/<id:id_>/confirm")
@signed_in
def confirm(id_: int) -> ResponseReturnValue:
    """What was registered, to be looked at (A29)."""
    found = services().registrations.get(somebody(), id_)
    if found.state not in OPEN:
        return redirect(url_for("registration.done", id_=id_), 303)
    if found.school_id is None:
        return redirect(url_for("registration.choose_school", id_=id_), 303)
    return _confirm_page(kept() or Form(), found)


def _confirm_page(form: Form, found: Registration) -> ResponseReturnValue:
    return render_template("confirm.html", found=found, form=form, place=_place(found)), form.status


def _place(found: Registration) -> tuple[str, str, bool] | None:
    """Grade, class, and whether the class is still to be settled, as the form offered them."""
    if found.school_id is None:
        return None
    rooms = services().registrations.places(found.school_id).homerooms
    return next(((grade, name, unplaced) for id_, grade, name, unplaced in rooms if id_ == found.homeroom_id), None)


@blueprint.post("/registrations/<id:id_>/confirm")
@signed_in
def send_confirm(id_: int) -> ResponseReturnValue:
    form = Form.typed()
    try:
        services().registrations.submit(somebody(), id_, form.number("version"))
    except UserError as error:
        if error.code == "registration.closed":
            return redirect(url_for("registration.done", id_=id_), 303)  # sent twice: it is done
        if error.code != "registration.changed":
            raise
        form.refuse(error)
        found = services().registrations.get(somebody(), id_)
        return keep(form, url_for("registration.confirm", id_=id_), 409) or _confirm_page(form, found)
    return redirect(url_for("registration.done", id_=id_), 303)


@blueprint.get("/registrations/<id:id_>/done")
@signed_in
def done(id_: int) -> ResponseReturnValue:
    """That it is complete, and what to allow so that mails arrive."""
    found = services().registrations.get(somebody(), id_)
    if found.state in OPEN:
        return redirect(url_for("registration.confirm", id_=id_), 303)
    by_mail = is_reached_by_mail(somebody())
    return render_template("done.html", found=found, from_address=settings()["email.from"], by_mail=by_mail)
