"""Registrations in words, for the portal's readers."""

from collections.abc import Mapping

from desktop.i18n import N_

ERRORS: Mapping[str, tuple[str, str]] = {
    "registration.no_school": (
        N_("The school of this child is still missing."),
        N_("Enter school, grade and class first."),
    ),
    "registration.closed": (
        N_("This registration was sent already."),
        N_("Look at it under your own data; the school answers by mail."),
    ),
    "registration.changed": (
        N_("You changed this on another page meanwhile."),
        N_("Look at what stands there now, and send it again if it is not right."),
    ),
    "registration.decided": (
        N_("{who} has decided about this already ({when})."),
        N_("Go on with the next one."),
    ),
    "registration.own_family": (
        N_("This is about your own family."),
        N_("Let a colleague decide about it."),
    ),
    "registration.reason": (
        N_("What the guardian is asked is missing, or too long."),
        N_("Write in a sentence or two what is to be put right."),
    ),
    "registration.place_unknown": (
        N_("The school has no such class or group in this school year."),
        N_("Choose the class and the groups anew."),
    ),
}
