"""The child of one row, and names in general."""

from datetime import date

from desktop.domain.dates import CHILD_AGES, DateError, age_on, read_date
from desktop.domain.names import is_kana, katakana, split_full_name, trimmed
from desktop.domain.rosters.cells import Cells
from desktop.domain.rosters.rows import ChildEntry
from desktop.domain.rosters.words import read_code, read_sex


def read_child(cells: Cells, today: date) -> ChildEntry:
    family, given = read_name(cells, "")
    if not (family and given) and not any(problem.holds for problem in cells.problems):
        cells.wrong(
            "full_name" if cells.has("full_name") else "given_name" if family else "family_name", "name.missing"
        )
    family_kana, given_kana = read_kana(cells, "")
    sex = read_sex(cells.text("sex"))
    if sex is None:
        cells.wrong("sex", "sex.unknown")
    return ChildEntry(
        family,
        given,
        family_kana,
        given_kana,
        read_code(cells.text("child_code")),
        sex or "",
        _read_birth_date(cells, today),
        read_code(cells.text("sourced_id")),
    )


def read_name(cells: Cells, prefix: str) -> tuple[str, str]:
    """Family and given name, from two columns or from one that is cut at its blank."""
    family, given = cells.text(f"{prefix}family_name"), cells.text(f"{prefix}given_name")
    whole = cells.text(f"{prefix}full_name")
    if family or not whole:
        return family, given
    if given and whole.endswith(given):
        return trimmed(whole.removesuffix(given)), given
    parts = split_full_name(whole)
    if parts is None:
        cells.wrong(f"{prefix}full_name", "name.cannot_split")
        return "", ""
    return parts


def read_kana(cells: Cells, prefix: str) -> tuple[str, str]:
    """The reading of a name in full-width katakana, so that lists sort; without a blank it is all family name."""
    family, given = cells.text(f"{prefix}family_name_kana"), cells.text(f"{prefix}given_name_kana")
    whole = cells.text(f"{prefix}full_name_kana")
    if not family and whole:
        family, given = split_full_name(whole) or (whole, "")
    for target, text in (("family_name_kana", family), ("given_name_kana", given)):
        if text and not is_kana(text):
            place = prefix + (target if cells.has(prefix + target) else "full_name_kana")
            report = cells.odd if text.isascii() else cells.wrong
            report(place, "kana.not_kana")
            break
    return katakana(family), katakana(given)


def _read_birth_date(cells: Cells, today: date) -> date | None:
    text = cells.text("birth_date")
    if not text:
        return None
    try:
        born = read_date(text)
    except DateError as error:
        cells.wrong("birth_date", error.code)
        return None
    if born > today:
        cells.wrong("birth_date", "birth_date.future")
    elif age_on(born, today) not in CHILD_AGES:
        cells.odd("birth_date", "birth_date.unlikely", age=age_on(born, today))
    return born
