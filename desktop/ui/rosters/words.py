"""The words of the rosters: relationships, languages, sexes, kinds of contacts and what became of them."""

from collections.abc import Mapping
from datetime import date

from desktop.domain.people import Contact, ContactKind
from desktop.domain.rosters.rows import Problem
from desktop.i18n import LANGUAGES, N_, _, current_language, format_date, ngettext
from desktop.wording import people, rosters

RELATIONSHIPS: Mapping[str, str] = {
    "father": N_("Father"),
    "mother": N_("Mother"),
    "grandfather": N_("Grandfather"),
    "grandmother": N_("Grandmother"),
    "brother": N_("Brother"),
    "sister": N_("Sister"),
    "uncle": N_("Uncle"),
    "aunt": N_("Aunt"),
    "guardian": N_("Guardian"),
    "other": N_("Other"),
}
SEXES: Mapping[str, str] = {"male": N_("Male"), "female": N_("Female"), "other": N_("Other")}
READS: Mapping[str, str] = {"ja": N_("Japanese"), "en": N_("English"), "vi": N_("Vietnamese")}
KINDS: Mapping[ContactKind, tuple[str, str]] = {
    "email": ("email", N_("Email")),
    "line": ("line", N_("LINE")),
    "phone": ("phone", N_("Phone")),
    "sms": ("message", N_("SMS")),
    "paper": ("paper", N_("On paper")),
}
"""Icon and name of each kind of contact point."""

_STOPPED = {
    "bounced": N_("Mail came back: nobody has this address. Ask the family for the present one and enter it."),
    "unfollowed": N_("They blocked or left the school's LINE account. Ask them to add it as a friend again."),
}
_STOPPED_OTHER = N_("Nothing is sent there any more. Ask the family, then enter it anew.")


def relationship(code: str) -> str:
    return _(RELATIONSHIPS[code]) if code in RELATIONSHIPS else code


def sex(code: str) -> str:
    return _(SEXES[code]) if code in SEXES else ""


def reads(language: str) -> str:
    return _(READS[language]) if language in READS else language


def languages() -> list[tuple[str, str]]:
    """Every language a guardian can read notices in, the desk's own first."""
    own = current_language()
    return [(code, reads(code)) for code in sorted(LANGUAGES, key=lambda code: code != own)]


def born(day: date, today: date) -> str:
    """A day of birth with the age, as one checks it on the telephone."""
    years = today.year - day.year - ((today.month, today.day) < (day.month, day.day))
    age = ngettext("{n} year old", "{n} years old", years).format(n=years)
    return _("{date} ({age})").format(date=format_date(day), age=age)


def next_step(contact: Contact) -> str:
    """What to do about a contact point that does not work; empty if it does."""
    if contact.suppressed_reason:
        return _(_STOPPED.get(contact.suppressed_reason, _STOPPED_OTHER))
    if not contact.verified:
        return _("It has not been confirmed yet, so nothing is sent there.")
    return ""


def problem(code: str) -> str:
    """Why a field cannot be saved, and what to do."""
    if code in people.FIELD_PROBLEMS:
        return people.field_problem(code)
    said = rosters.reason(Problem(0, "", code))
    return people.field_problem(code) if said == code else said
