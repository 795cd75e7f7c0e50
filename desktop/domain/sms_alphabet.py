"""How a text travels by SMS: its alphabet, its length in that, and its parts (GSM 03.38, 23.040)."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Literal

Encoding = Literal["gsm7", "ucs2"]

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = frozenset("\f^{}\\[~]|€")
_ALPHABET = _BASIC | _EXTENSION
_ALONE: dict[Encoding, int] = {"gsm7": 160, "ucs2": 70}
_IN_PARTS: dict[Encoding, int] = {"gsm7": 153, "ucs2": 67}


@dataclass(frozen=True, slots=True)
class Measure:
    """`units` are septets or UTF-16 units; `room` how many the text's number of parts has.

    `offenders`: place and letter of each character that the GSM alphabet lacks, so that all of the text travels in
    UCS-2, at less than half as much a part.
    """

    encoding: Encoding
    units: int
    parts: int
    room: int
    offenders: tuple[tuple[int, str], ...]


def measure(text: str) -> Measure:
    offenders = tuple((at, letter) for at, letter in enumerate(text) if letter not in _ALPHABET)
    encoding: Encoding = "ucs2" if offenders else "gsm7"
    parts = len(_split(text, encoding))
    room = _ALONE[encoding] if parts <= 1 else parts * _IN_PARTS[encoding]
    return Measure(encoding, _units(text, encoding), parts, room, offenders)


def split(text: str) -> tuple[str, ...]:
    """The parts in which a gateway sends it; no part ends within a character. An empty text is one empty part."""
    return tuple(_split(text, encoding_of(text)))


def encoding_of(text: str) -> Encoding:
    return "gsm7" if _ALPHABET.issuperset(text) else "ucs2"


def _split(text: str, encoding: Encoding) -> list[str]:
    if _units(text, encoding) <= _ALONE[encoding]:
        return [text]
    return list(_filled(text, encoding, _IN_PARTS[encoding]))


def _filled(text: str, encoding: Encoding, room: int) -> Iterator[str]:
    """Part after part, each as full as it can be."""
    start, used = 0, 0
    widths = (_width(letter, encoding) for letter in text)
    for at, width in enumerate(chain(widths, (room + 1,))):
        if used + width > room:
            yield text[start:at]
            start, used = at, 0
        used += width


def _units(text: str, encoding: Encoding) -> int:
    return sum(_width(letter, encoding) for letter in text)


def _width(letter: str, encoding: Encoding) -> int:
    """Two for what the extension table has, and for what UTF-16 writes as two surrogates."""
    if encoding == "gsm7":
        return 2 if letter in _EXTENSION else 1
    return 2 if letter > "\uffff" else 1
