"""Staff in words: signing in, passwords, roles, and what is wrong with any of them."""

from collections.abc import Iterable, Mapping

from desktop.domain.staff import LineProblem, Role
from desktop.i18n import N_, _

ROLES: Mapping[Role, str] = {
    Role.CLERK: N_("Clerk"),
    Role.APPROVER: N_("Approver"),
    Role.HELPDESK: N_("Helpdesk"),
    Role.REVIEWER: N_("Reviewer"),
    Role.ADMINISTRATOR: N_("Administrator"),
}
ROLE_HELP: Mapping[Role, str] = {
    Role.CLERK: N_("Keeps the rosters and writes notices."),
    Role.APPROVER: N_("Approves what others have written; may release urgent notices alone."),
    Role.HELPDESK: N_("Looks up families on the telephone; changes nothing."),
    Role.REVIEWER: N_("Checks registrations and mends rosters."),
    Role.ADMINISTRATOR: N_("Keeps staff, schools and settings."),
}

_ASK_ADMINISTRATOR = N_("An administrator can set a new one.")
_ROLE_FORM = N_("Write it like clerk, clerk:H001 or clerk:H001/3-1.")

ERRORS: Mapping[str, tuple[str, str]] = {
    "sign_in.refused": (
        N_("Login and password do not fit together."),
        N_("Check capital letters and the input method, then try again."),
    ),
    "sign_in.locked": (
        N_("Too many wrong passwords: this login is closed until {until}."),
        N_("Wait until then, or ask an administrator to open it now."),
    ),
    "password.wrong": (N_("The present password is not right."), _ASK_ADMINISTRATOR),
    "password.too_short": (N_("The password is too short."), N_("It needs at least 8 characters.")),
    "password.too_long": (N_("The password is too long."), N_("It may have up to 128 characters.")),
    "password.is_login": (N_("The password is like the login."), N_("Choose another one.")),
    "password.common": (
        N_("This password is among the first that anybody would try."),
        N_("Three or four words that do not belong together are easy to keep in mind and hard to guess."),
    ),
    "staff.unknown": (N_("There is no member of staff with the login {login}."), N_("Check how it is written.")),
    "staff.inactive": (
        N_("{login} no longer works here."),
        N_("Use another login, or let an administrator bring it back."),
    ),
    "staff.login_syntax": (
        N_("A login consists of small letters, figures, dots and hyphens."),
        N_("Write it like hanako.yamada."),
    ),
    "staff.login_taken": (N_("The login {login} is taken."), N_("Choose another one.")),
    "staff.login_twice": (N_("Two people cannot have the same login."), N_("Give each their own.")),
    "staff.name_required": (N_("The name is missing."), N_("Write it as colleagues know it.")),
    "staff.name_wrong": (
        N_("The name is too long, or holds a character that cannot be shown."),
        N_("Type it anew."),
    ),
    "staff.email_wrong": (
        N_("“{email}” is no mail address."),
        N_("Write it like hanako.yamada@city.example, or leave it empty."),
    ),
    "staff.role_required": (N_("The role is missing."), _ROLE_FORM),
    "staff.role_unknown": (
        N_("There is no role called “{role}”."),
        N_("There are clerk, approver, helpdesk, reviewer and administrator."),
    ),
    "staff.grant_syntax": (N_("“{grant}” does not say for what."), _ROLE_FORM),
    "staff.last_administrator": (
        N_("This is the last administrator of the whole city."),
        N_("Make somebody else administrator first."),
    ),
    "staff.file_unreadable": (
        N_("{file} cannot be read as a list of staff."),
        N_("Save it as CSV with lines like: login,name,address,role. The mail address may be left out."),
    ),
    "staff.import": (
        N_("Nothing was taken in: {count} things are wrong with the file, the first in line {line}."),
        N_("Correct the lines and take the file in again."),
    ),
    "setup.done": (
        N_("This database has been set up already."),
        N_("Sign in with a login that an administrator gave you."),
    ),
}

_LINE_PROBLEMS: Mapping[str, str] = {
    "staff.email_wrong": N_("That is no mail address, or the second one."),
    "staff.role_unknown": N_("There is no such role."),
    "staff.grant_syntax": N_("It does not say for what."),
    "school.unknown": N_("There is no such school."),
    "school.part_unknown": N_("The school has no such class or group this year."),
}


def role(which: Role) -> str:
    return _(ROLES[which])


def line_problems(problems: Iterable[LineProblem]) -> list[str]:
    """What is wrong with each line of a file of staff, one text a line."""
    return [
        _("Line {line}: {problem}").format(line=each.line, problem=f"{_reason(each.code)} {each.text}".strip())
        for each in problems
    ]


def _reason(code: str) -> str:
    if code in _LINE_PROBLEMS:
        return _(_LINE_PROBLEMS[code])
    return _(ERRORS[code][0]) if code in ERRORS else code
