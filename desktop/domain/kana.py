"""Readings as families type them on the portal: in any script that they can write."""

import re
import unicodedata
from dataclasses import dataclass

from desktop.domain.names import is_kana, katakana, trimmed, without_diacritics

_LATIN = re.compile(r"[A-Za-z][A-Za-z .'’-]*")


@dataclass(frozen=True, slots=True)
class Reading:
    """A reading as it is kept. `for_clerk`: in Latin letters, for a clerk to put into kana."""

    text: str
    for_clerk: bool = False


def read_kana(typed: str) -> Reading | None:
    """Hiragana and kana of any width become katakana, Latin letters stay as typed; None for anything else.

    An empty reading stays empty: whether one is needed is the form's to say.
    """
    text = " ".join(trimmed(typed).split())
    if not text:
        return Reading("")
    if is_kana(text):
        return Reading(katakana(text))
    wide = unicodedata.normalize("NFKC", text)
    return Reading(wide, for_clerk=True) if _LATIN.fullmatch(without_diacritics(wide)) else None
