"""Values of the domain in words, for templates."""

from collections.abc import Mapping
from functools import partial

from flask import Flask

from desktop.domain.registrations import RELATIONSHIPS, RegistrationState
from desktop.i18n import N_, _, current_language
from desktop.portal.context import settings
from desktop.portal.reader import label

_STATES: Mapping[str, str] = {
    RegistrationState.DRAFT: N_("Not sent yet"),
    RegistrationState.SUBMITTED: N_("The school is looking at it"),
    RegistrationState.ASKED_BACK: N_("The school has a question"),
    RegistrationState.ACCEPTED: N_("Registered"),
    RegistrationState.REFUSED: N_("Not accepted; please ask the school"),
    RegistrationState.TAKEN_BACK: N_("Taken back"),
}
_SEXES: Mapping[str, str] = {"male": N_("Male"), "female": N_("Female"), "other": N_("Other")}
_RELATIONSHIPS: Mapping[str, str] = {
    "father": N_("Father"),
    "mother": N_("Mother"),
    "grandfather": N_("Grandfather"),
    "grandmother": N_("Grandmother"),
    "guardian": N_("Guardian"),
    "other": N_("Other"),
}
_KINDS: Mapping[str, str] = {
    "primary": N_("Primary school"),
    "junior_high": N_("Junior high school"),
    "combined": N_("Combined school"),
    "kindergarten": N_("Kindergarten"),
}
_ERAS = ((2019, "令和"), (1989, "平成"), (1926, "昭和"))


def install(app: Flask) -> None:
    app.jinja_env.globals.update(
        {
            "state_word": partial(_word, _STATES),
            "sex_word": partial(_word, _SEXES),
            "relationship_word": partial(_word, _RELATIONSHIPS),
            "kind_word": partial(_word, _KINDS),
            "room_word": room_word,
            "era": era,
        }
    )


def _word(words: Mapping[str, str], value: str) -> str:
    return _(words[value]) if value in words else "–"


def portal_name() -> str:
    return _("{city} portal").format(city=settings()["city.name"]).strip()


def relationships() -> list[tuple[str, str]]:
    """What can be chosen, with the Japanese word beside it; an option of a list holds text alone."""
    return [(one, label(_RELATIONSHIPS[one]).striptags()) for one in RELATIONSHIPS]


def room_word(name: str) -> str:
    """Where a class is called by a number, 「1組」 says that it is one."""
    return _("class {name}").format(name=name) if name.isascii() and name.isalnum() else name


def era(year: int) -> str:
    """A year as Japanese forms count it, beside the other way."""
    if current_language() != "ja":
        return str(year)
    began, name = next(pair for pair in _ERAS if pair[0] <= year)
    return f"{year}年（{name}{year - began + 1 if year > began else '元'}年）"
