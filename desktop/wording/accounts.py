"""Citizens' accounts in words, for the portal's readers."""

from collections.abc import Mapping

from desktop.domain.people import FieldProblem
from desktop.i18n import N_, _

_ASK_ANEW = N_("Ask for a new mail on the portal.")

ERRORS: Mapping[str, tuple[str, str]] = {
    "form.wrong": (N_("Something in the form is not right yet."), N_("Look at the marked fields and send it again.")),
    "link.unknown": (N_("This link opens nothing."), _ASK_ANEW),
    "link.expired": (N_("This link is no longer good."), _ASK_ANEW),
    "link.used": (N_("This link was used already."), N_("Log in with your mail address and password.")),
    "code.wrong": (N_("This is not the code of the newest mail."), N_("Type the digits as they stand in the mail.")),
    "code.held": (
        N_("There were too many wrong codes: try again after {until}."),
        N_("Or open the link in the mail."),
    ),
    "address.known": (
        N_("Your notices go to this address already."),
        N_("Enter another one."),
    ),
    "address.too_many": (
        N_("You can have up to {most} more addresses."),
        N_("Remove one that you no longer use."),
    ),
    "address.held": (
        N_("Too many mails were asked for: try again after {until}."),
        N_("Look into the junk mail folder meanwhile."),
    ),
    "address.login": (
        N_("This is the address with which you log in."),
        N_("Change your log-in ID if you no longer use it."),
    ),
    "address.none": (
        N_("They have no mail address with us."),
        N_("Nothing was sent. Telephone them: the number is shown."),
    ),
    "login.at_desk": (
        N_("You log in with your telephone number, which only the city’s office changes."),
        N_("Go there with a document that shows who you are."),
    ),
    "log_in.refused": (
        N_("Mail address and password do not fit together, or the address is not confirmed yet."),
        N_("If you have just registered, open the link in the mail first."),
    ),
    "log_in.held": (
        N_("There were too many wrong passwords: try again after {until}."),
        N_("Or choose “Forgotten your password?”."),
    ),
}

_PROBLEMS: Mapping[str, str] = {
    "required": N_("Please fill this in."),
    "name.too_long": N_("This is too long."),
    "control_characters": N_("This holds a character that cannot be shown; type it anew."),
    "address.space": N_("There is a blank in the mail address."),
    "address.character": N_("The mail address holds a character that it cannot have."),
    "address.no_at": N_("A mail address has an @ in it."),
    "address.many_ats": N_("A mail address has only one @."),
    "address.no_name": N_("The part before the @ is missing."),
    "address.no_domain": N_("The part after the @ is missing."),
    "address.no_dot": N_("The part after the @ is not complete."),
    "address.domain": N_("The part after the @ cannot be right."),
    "address.too_long": N_("This is too long."),
    "password.too_short": N_("It needs at least 8 characters."),
    "password.too_long": N_("It may have up to 128 characters."),
    "password.is_login": N_("The password is like the mail address. Choose another one."),
    "password.common": N_("This password is among the first that anybody would try. Choose another one."),
    "password.is_initial": N_("This is the password from the text message. Choose one of your own."),
    "password.differs": N_("The two passwords are not the same."),
    "language.unknown": N_("Choose one of the languages."),
    "kana": N_("Write the reading in kana, or in Latin letters."),
    "date.future": N_("This day has not come yet."),
    "birth_date.unlikely": N_("A child of this age goes to no school here. Check the year."),
    "choice": N_("Choose one of these."),
    "groups.too_many": N_("These are too many groups."),
    "terms.not_accepted": N_("To go on, agree to the terms of use."),
}


def problem(found: FieldProblem) -> str:
    """What is wrong with one field of a form."""
    return _(_PROBLEMS[found.code])
