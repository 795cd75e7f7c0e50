"""Registrations in words, for the portal's readers."""

from collections.abc import Mapping

from desktop.i18n import N_

ERRORS: Mapping[str, tuple[str, str]] = {
    "step.not_open": (
        N_("This opens on {opens}."),
        N_("Please come back then."),
    ),
    "registration.no_school": (
        N_("The school of this child is still missing."),
        N_("Enter school, grade and class first."),
    ),
    "registration.reminded": (
        N_("This family was reminded within the last day."),
        N_("Wait until tomorrow, or phone them."),
    ),
    "refused_mail.on_its_way": (
        N_("A mail is just being tried at this address."),
        N_("Wait a minute, and look again."),
    ),
    "registration.nothing_changed": (
        N_("Nothing is another than before."),
        N_("Change what is not right, or leave the page."),
    ),
    "registration.open_already": (
        N_("The school still looks at what you sent about this child."),
        N_("Wait for its answer, or take it back under your own data."),
    ),
    "registration.too_many": (
        N_("You have begun too many registrations."),
        N_("Take back those that you do not need under your own data."),
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
    "registration.too_late": (
        N_("The decision has taken effect, and the family has been told."),
        N_("Change what is wrong in the roster."),
    ),
    "registration.taken_back": (
        N_("The guardian has taken this back, or is changing it."),
        N_("Go on with the next one."),
    ),
    "registration.other_kind": (
        N_("This decision does not fit what was asked for."),
        N_("Look at it again and choose another one."),
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
