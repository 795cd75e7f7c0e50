"""The registration code in words, for families and for the school."""

from collections.abc import Mapping

from desktop.i18n import N_

ERRORS: Mapping[str, tuple[str, str]] = {
    "registration_code.wrong": (
        N_("This is not the school's registration code."),
        N_("Type it as it stands in the school's letter. If it still does not fit, ask the school."),
    ),
    "registration_code.held": (
        N_("There were too many wrong registration codes: try again after {until}."),
        N_("What you have entered is kept. If you are not sure of the code, ask the school."),
    ),
    "registration_code.days": (
        N_("An old code can stay valid for up to {most} days."),
        N_("Enter a smaller number of days; 0 ends it at once."),
    ),
}
