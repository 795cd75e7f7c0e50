"""The first start step by step. Pure: texts in, a form and reasons out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from desktop.domain import passwords
from desktop.domain.people import FieldProblem
from desktop.domain.schools import SchoolKind
from desktop.domain.setup import FirstStart
from desktop.i18n import N_, _

STEPS = (N_("Purpose"), N_("School"), N_("You"), N_("Second person"))
PURPOSE, SCHOOL, YOU, SECOND = range(4)
FIELDS: Mapping[str, str] = {
    "city": N_("Name of the city"),
    "school_name": N_("Name of the first school"),
    "school_code": N_("Code of the school"),
    "admin_name": N_("Your name"),
    "admin_login": N_("Login"),
    "admin_password": N_("Password"),
    "admin_repeat": N_("Password once more"),
    "approver_name": N_("Their name"),
    "approver_login": N_("Their login"),
    "approver_password": N_("Their first password"),
}
STEP_FIELDS: Mapping[int, tuple[str, ...]] = {
    PURPOSE: (),
    SCHOOL: ("city", "school_name", "school_code", "school_kind"),
    YOU: ("admin_name", "admin_login", "admin_password", "admin_repeat"),
    SECOND: ("approver_name", "approver_login", "approver_password"),
}
KINDS: Mapping[SchoolKind, str] = {
    "primary": N_("Primary school"),
    "junior_high": N_("Junior high school"),
    "kindergarten": N_("Kindergarten"),
    "combined": N_("Combined school"),
    "special": N_("Special needs school"),
}


@dataclass(frozen=True, slots=True)
class Typed:
    """What has been typed so far. `later`: the second person follows another time."""

    texts: Mapping[str, str] = field(default_factory=dict)
    kind: SchoolKind = "primary"
    practice: bool = False
    later: bool = False

    def text(self, name: str) -> str:
        return self.texts.get(name, "")


def form(typed: Typed) -> FirstStart:
    return FirstStart(
        city=typed.text("city"),
        school_name=typed.text("school_name"),
        school_code=typed.text("school_code"),
        school_kind=typed.kind,
        admin_name=typed.text("admin_name"),
        admin_login=typed.text("admin_login"),
        admin_password=typed.text("admin_password"),
        approver_name=None if typed.later else typed.text("approver_name"),
        approver_login="" if typed.later else typed.text("approver_login"),
        approver_password="" if typed.later else typed.text("approver_password"),
        practice=typed.practice,
    )


def problems_at(step: int, typed: Typed, problems: Sequence[FieldProblem]) -> list[FieldProblem]:
    """Those of a step, with what only the screen knows: that the password was typed twice alike."""
    found = [problem for problem in problems if problem.field in STEP_FIELDS[step]]
    if step == YOU and typed.text("admin_repeat") != typed.text("admin_password"):
        code = "password.not_alike" if typed.text("admin_repeat") else "required"
        found.append(FieldProblem("admin_repeat", code))
    return found


def blocked_by(problems: Sequence[FieldProblem]) -> str:
    """Why one cannot go on, for the bar; empty if one can."""
    if not problems:
        return ""
    names = dict.fromkeys(_(FIELDS.get(problem.field, problem.field)) for problem in problems)
    listed = _(", ").join(list(names)[:2])
    if all(problem.code == "required" for problem in problems):
        return _("Still to fill in: {fields}").format(fields=listed)
    return _("Please correct: {fields}").format(fields=listed)


def password_words(password: str, login: str) -> str:
    """What is good about a password that will do; empty for one that will not."""
    if passwords.problem_with(password, login):
        return ""
    return _("This password will do.")


def next_words(step: int, typed: Typed) -> str:
    """What the button of a step says."""
    if step < SECOND:
        return _("Next")
    return _("Begin to practise") if typed.practice else _("Set up Renraku")
