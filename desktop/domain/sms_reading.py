"""What a text message that asks for an account says, and how each part of it was understood (B3–B6).

    TK,Ho va ten,so CMND,nn.tt.nnnn

A refusal costs the sender money. So whatever has one meaning only is accepted: blanks of any kind, full-width forms,
invisible characters that a keyboard or a gateway added, few digits in a name (an input method that was off leaves
them). What could mean something else is not guessed at.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice

from desktop.domain.names import without_diacritics
from desktop.domain.sms import Applicant
from desktop.domain.vietnam_ids import LENGTHS, IdFacts, facts_of

KINDS = ("keyword", "name", "id", "birth_date")
EXTRA = "extra"
HIDDEN_DIGIT = "•"
KEYWORD = "TK"
MOST_IN_NAME = 100
EARLIEST_YEAR = 1900
ID_LIKE = 7
"""So many digits may be somebody's ID (or most of it): they are hidden, and no name holds them."""

_MOST_RAW = 400
"""Longer is no field, however it would be normalised; that takes quadratic time where marks are piled up."""
_SEPARATOR = re.compile("[,;\u037e\ufe10\ufe14\ufe50\ufe54\uff0c\uff1b]")
_INVISIBLE = "\u00ad\u034f\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u2060\u2061\u2062\u2063\u2064\ufeff" + "".join(
    map(chr, range(0xFE00, 0xFE10))
)
_FILLERS = "\u115f\u1160\u2800\u3164\uffa0"
_SPACES = (
    "\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
_BLANKS = _SPACES + _FILLERS + _INVISIBLE
_TIDY = dict.fromkeys(map(ord, _INVISIBLE), "") | dict.fromkeys(map(ord, _FILLERS), " ")
_WIDE = re.compile("[\uff01-\uff5e]")
_DIGITS = re.compile("[0-9]+")
_DATE = re.compile(r"([0-9]{1,2})\s*([./])\s*([0-9]{1,2})\s*\2\s*([0-9]{4})")
_SHOWN = 3
_CHAIN = re.compile("0(?:[0 ,]+|(?<=0)a{1,2}(?=0))*")
_PIECE = re.compile("[^,]+")
_COMMA = re.compile(",")
_MOST_REMEMBERED = 4096
_SHORT_YEAR = re.compile(r"[0-9]{1,2}\s*([./])\s*[0-9]{1,2}\s*\1\s*[0-9]{2}")


class _Shapes(dict[int, str]):
    """For `str.translate`: `0` for digits in any form, `,` for separators, `a` for letters, a blank for all else."""

    def __missing__(self, code: int) -> str:
        shape = _shape(chr(code))
        if len(self) < _MOST_REMEMBERED:
            self[code] = shape
        return shape


def _shape(letter: str) -> str:
    if _SEPARATOR.match(letter):
        return ","
    if letter.isnumeric() or _DIGITS.search(unicodedata.normalize("NFKC", letter)):
        return "0"
    return "a" if letter.isalpha() else " "


_SHAPES = _Shapes()


@dataclass(frozen=True, slots=True)
class Field:
    """One part of the message: `raw` stands at `start` to `end` of the text, without the blanks around it.

    `understood` is "" where `problem` is not; of a date it is the ISO form, of a name the form without diacritics.
    A field that is not there at all stands at the end of the text, empty.
    """

    number: int
    kind: str
    start: int
    end: int
    raw: str
    understood: str
    problem: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """`applicant` where all of the message could be read; else `problem` is the first thing wrong with it."""

    applicant: Applicant | None
    fields: tuple[Field, ...]
    problem: str = ""


@dataclass(frozen=True, slots=True)
class _Part:
    """A field read for itself. `kept` is what an applicant's `name` is made of."""

    understood: str = ""
    problem: str = ""
    notes: tuple[str, ...] = ()
    kept: str = ""


def read(text: str, today: date) -> Reading:
    """Total: any text has a reading. `today` in the city's zone; who is born later is not yet."""
    spans = _spans(text)
    parts = [_read_part(kind, text[start:end], today) for kind, (start, end) in zip(KINDS, spans, strict=False)]
    if len(spans) == 1 and parts[0].problem and _keyword_stands_before(text):
        parts[0] = _Part(problem="separator")
    parts += [_Part(problem="missing")] * (len(KINDS) - len(parts))
    if len(spans) > len(KINDS):
        parts.append(_Part(problem=EXTRA))
    problem = next((part.problem for part in parts if part.problem), "")
    applicant = None
    if not problem:
        applicant, parts[2] = _applicant(parts[1], parts[2], date.fromisoformat(parts[3].understood))
    fields = tuple(_field(text, number, spans, part) for number, part in enumerate(parts, start=1))
    return Reading(applicant, fields, problem)


def masked(text: str) -> str:
    """The text as screens show it, as long as it was: on one line, nothing in it that a screen would obey (controls,
    changes of direction), and `•` for the digits of all that may be an ID, save its last three (B12).

    That is the third field, unless a date stands there, and wherever seven digits or more follow each other with no
    more than blanks, signs or two letters between: rather too much than too little. A date alone stays.
    """
    shape = text.translate(_SHAPES)
    hidden = [at for chain in _CHAIN.finditer(shape) for at in _to_hide(text, shape, *chain.span())]
    fields = [found.start() for found in islice(_COMMA.finditer(shape), 3)]
    if len(fields) >= 2:
        start, end = fields[1] + 1, fields[2] if len(fields) == 3 else len(text)
        if not _is_date(text[start:end]):
            hidden += _digits(shape, start, end)[:-_SHOWN]
    letters = list(text) if text.isprintable() else list(map(_harmless, text))
    for at in hidden:
        letters[at] = HIDDEN_DIGIT
    return "".join(letters)


def _harmless(letter: str) -> str:
    if letter.isprintable() or letter in _INVISIBLE:
        return letter
    return " " if letter.isspace() else "\ufffd"


def veiled(text: str, fields: tuple[Field, ...]) -> tuple[Field, ...]:
    """The fields of `text` as a screen shows them: no ID in clear, neither as it came nor as it was understood."""
    shown = masked(text)
    return tuple(
        replace(field, raw=shown[field.start : field.end], understood=masked_id(field.understood))
        if field.kind == "id"
        else replace(field, raw=shown[field.start : field.end])
        for field in fields
    )


def masked_id(digits: str) -> str:
    return HIDDEN_DIGIT * max(0, len(digits) - _SHOWN) + digits[-_SHOWN:]


def _to_hide(text: str, shape: str, start: int, end: int) -> list[int]:
    """Which characters of a chain, that is of digits with separators and other signs between, are to be hidden.

    Pieces between separators count each for itself where they are long, and together where they are short.
    """
    hidden: list[int] = []
    short: list[int] = []
    for piece in _PIECE.finditer(shape, start, end):
        digits = _digits(shape, *piece.span())
        if _is_date(text[piece.start() : piece.end()]):
            continue
        if len(digits) >= ID_LIKE:
            hidden += digits[:-_SHOWN]
        else:
            short += digits
    return hidden + short[:-_SHOWN] if len(short) >= ID_LIKE else hidden


def _digits(shape: str, start: int, end: int) -> list[int]:
    return [at for at, sign in enumerate(shape[start:end], start) if sign == "0"]


def _is_date(piece: str) -> bool:
    """Whether it is a date as somebody's birth has one, and nothing else."""
    if len(piece) > _MOST_RAW:
        return False
    found = _DATE.fullmatch(unicodedata.normalize("NFKC", piece).translate(_TIDY).strip())
    return found is not None and int(found[1]) <= 31 and int(found[3]) <= 12 and found[4][:2] in {"19", "20"}


def _spans(text: str) -> list[tuple[int, int]]:
    """Where the fields stand, without the blanks around them; all that is beyond the fourth is one."""
    spans: list[tuple[int, int]] = []
    start = 0
    for found in _SEPARATOR.finditer(text):
        if len(spans) == len(KINDS):
            break
        spans.append(_trimmed(text, start, found.start()))
        start = found.end()
    spans.append(_trimmed(text, start, len(text)))
    return spans


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    piece = text[start:end].lstrip(_BLANKS)
    start = end - len(piece)
    return start, start + len(piece.rstrip(_BLANKS))


def _field(text: str, number: int, spans: list[tuple[int, int]], part: _Part) -> Field:
    start, end = spans[number - 1] if number <= len(spans) else (len(text), len(text))
    kind = KINDS[number - 1] if number <= len(KINDS) else EXTRA
    return Field(number, kind, start, end, text[start:end], part.understood, part.problem, part.notes)


def _read_part(kind: str, raw: str, today: date) -> _Part:
    if not raw:
        return _Part(problem="name.empty" if kind == "name" else "missing")
    if len(raw) > _MOST_RAW:
        return _Part(problem=_TOO_LONG[kind])
    tidy, notes = _tidied(raw)
    if kind == "birth_date":
        return _birth_date(tidy, notes, today)
    return _READERS[kind](tidy, notes)


def _tidied(raw: str) -> tuple[str, tuple[str, ...]]:
    """In ordinary width and without what nobody sees, and notes of what that changed."""
    if raw.isascii():
        return raw, ()
    plain = unicodedata.normalize("NFKC", raw)
    tidy = plain.translate(_TIDY)
    notes = ("width",) if _WIDE.search(raw) else ()
    return tidy, (*notes, "invisible") if len(tidy) != len(plain) else notes


def _keyword(tidy: str, notes: tuple[str, ...]) -> _Part:
    return _Part(KEYWORD, notes=notes) if tidy.upper() == KEYWORD else _Part(problem="keyword", notes=notes)


def _keyword_stands_before(text: str) -> bool:
    """`TK Tran Thi Mai 205123456 3.7.1990`: the fields are there, what parts them is not."""
    words = unicodedata.normalize("NFKC", text[:_MOST_RAW]).translate(_TIDY).split(maxsplit=1)
    return len(words) == 2 and words[0].upper() == KEYWORD


def _name(tidy: str, notes: tuple[str, ...]) -> _Part:
    name = " ".join(tidy.split())
    problem = _name_problem(name)
    if problem:
        return _Part(problem=problem, notes=notes)
    plain = name if name.isascii() else " ".join(without_diacritics(name).split())
    if name != tidy:
        notes = (*notes, "blanks")
    if plain != name:
        notes = (*notes, "diacritics")
    if any(letter.isnumeric() for letter in name):
        notes = (*notes, "digits")
    if "\ufffd" in name:
        notes = (*notes, "damaged")
    return _Part(plain, notes=notes, kept=name)


def _name_problem(name: str) -> str:
    if len(name) > MOST_IN_NAME:
        return "name.long"
    if not name.isprintable():
        return "name.characters"
    if sum(map(str.isnumeric, name)) >= ID_LIKE:
        return "name.digits"
    return "" if any(map(str.isalpha, name)) else "name.empty"


def _id(tidy: str, notes: tuple[str, ...]) -> _Part:
    digits = "".join(tidy.split())
    if digits != tidy:
        notes = (*notes, "blanks")
    if not _DIGITS.fullmatch(digits):
        return _Part(problem="id.letters", notes=notes)
    return _Part(digits, notes=notes) if len(digits) in LENGTHS else _Part(problem="id.length", notes=notes)


def _birth_date(tidy: str, notes: tuple[str, ...], today: date) -> _Part:
    found = _DATE.fullmatch(tidy)
    if not found:
        return _Part(problem="date.short_year" if _SHORT_YEAR.fullmatch(tidy) else "date.shape", notes=notes)
    day, month, year = int(found[1]), int(found[3]), int(found[4])
    if year < EARLIEST_YEAR:
        return _Part(problem="date.too_early", notes=notes)
    try:
        born = date(year, month, day)
    except ValueError:
        return _Part(problem="date.unreal", notes=notes)
    if born > today:
        return _Part(problem="date.future", notes=notes)
    return _Part(born.isoformat(), notes=(*notes, "blanks") if any(map(str.isspace, tidy)) else notes)


_READERS: dict[str, Callable[[str, tuple[str, ...]], _Part]] = {"keyword": _keyword, "name": _name, "id": _id}
_TOO_LONG = {"keyword": "keyword", "name": "name.long", "id": "id.length", "birth_date": "date.shape"}


def _applicant(name: _Part, number: _Part, birth_date: date) -> tuple[Applicant, _Part]:
    """The applicant, and the ID's part with what its digits say beside the date."""
    facts = facts_of(number.understood)
    fits = facts is None or facts.fits(birth_date)
    applicant = Applicant(name.kept, name.understood, number.understood, birth_date, fits)
    if facts is None:
        return applicant, number
    return applicant, _Part(number.understood, notes=(*number.notes, *_notes_on(facts, birth_date)))


def _notes_on(facts: IdFacts, birth_date: date) -> tuple[str, ...]:
    notes = ["male" if facts.is_male else "female"]
    if not facts.is_province_known:
        notes.append("province")
    if facts.birth_year // 100 != birth_date.year // 100:
        notes.append("century")
    if facts.birth_year % 100 != birth_date.year % 100:
        notes.append("year")
    return tuple(notes)
