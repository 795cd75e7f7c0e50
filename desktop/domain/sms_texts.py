"""The wording of the texts that citizens get: what must stand in it, and how it travels when it is filled in."""

import re
from dataclasses import dataclass

from desktop.domain.names import without_diacritics
from desktop.domain.sms import WITH_PASSWORD, Template
from desktop.domain.sms_alphabet import Measure, measure

SAMPLE_LOGIN = "0905123456"
SAMPLE_PASSWORD = "•" * 10
_COUNTED_PASSWORD = "x" * len(SAMPLE_PASSWORD)
_PLACE = re.compile(r"\{\d*\}")
LONGEST = 1000


@dataclass(frozen=True, slots=True)
class SmsText:
    """A text as the city words it now, and as it is by itself."""

    template: Template
    wording: str
    default: str


@dataclass(frozen=True, slots=True)
class Changed:
    """A text that somebody words anew, having seen how it was."""

    template: Template
    seen: str
    wording: str


@dataclass(frozen=True, slots=True)
class Preview:
    """A text filled with a log-in and a hidden password. Measured is it with a real one, of the same length."""

    text: str
    measure: Measure


def places_of(template: Template) -> frozenset[str]:
    """{0} is the log-in, {1} the password."""
    return frozenset({"{0}", "{1}"}) if template in WITH_PASSWORD else frozenset()


def problem(template: Template, wording: str) -> str:
    """Why this cannot be the text (`empty`, `long`, `control`, `login` or `password` missing, another `place`), or ""
    where it can.
    """
    text = wording.strip()
    places, wanted = set(_PLACE.findall(text)), places_of(template)
    reasons = (
        (not text, "empty"),
        (len(text) > LONGEST, "long"),
        (not text.isprintable(), "control"),
        ("{0}" in wanted - places, "login"),
        ("{1}" in wanted - places, "password"),
        (bool(places - wanted), "place"),
    )
    return next((code for wrong, code in reasons if wrong), "")


def preview(wording: str) -> Preview:
    text = wording.strip()
    return Preview(_filled(text, SAMPLE_PASSWORD), measure(_filled(text, _COUNTED_PASSWORD)))


def plain(wording: str) -> str:
    """The same text with each letter that the short alphabet of text messages lacks replaced by its plain form."""
    offending = {letter: without_diacritics(letter) for _at, letter in measure(wording).offenders}
    return "".join(offending.get(letter, letter) for letter in wording)


def _filled(wording: str, password: str) -> str:
    return wording.replace("{0}", SAMPLE_LOGIN).replace("{1}", password)
