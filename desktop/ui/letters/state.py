"""What the page of letters shows. Pure: values in, words out."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from desktop.domain.letters import LetterBatch, LetterPaper
from desktop.domain.registration_codes import CodeStatus
from desktop.domain.schools import SchoolRow, SchoolTree, school_year
from desktop.i18n import LANGUAGES, N_, _, format_date, format_number, format_when, ngettext

WHOLE, CHOSEN = "school", "children"
"""Beside these two the choice for whom is a class, by its id."""
LANGUAGE_NAMES = {"ja": N_("in Japanese"), "en": N_("in English"), "vi": N_("in Vietnamese")}


@dataclass(frozen=True, slots=True)
class Choices:
    """What there is to choose: schools whose code one hands out, and the classes of the one in view."""

    schools: tuple[SchoolRow, ...]
    tree: SchoolTree | None


def whom_choices(tree: SchoolTree | None, chosen: int) -> list[tuple[object, str]]:
    """`chosen` is how many single children were brought along."""
    found: list[tuple[object, str]] = []
    if chosen:
        words = ngettext("The {n} chosen child", "The {n} chosen children", chosen)
        found.append((CHOSEN, words.format(n=format_number(chosen))))
    if tree is None:
        return found
    found.append((WHOLE, _("The whole school")))
    for grade in tree.grades:
        for room in grade.homerooms:
            if room.children:
                name = _("{grade} (class not decided)").format(grade=grade.name) if room.unplaced else room.label
                found.append((room.id, name))
    return found


def back_choices() -> list[tuple[object, str]]:
    return [("", _("Nothing (blank)")), *LANGUAGES.items()]


def letters_words(number: int) -> str:
    return ngettext("{n} letter", "{n} letters", number).format(n=format_number(number))


def sentence(batch: LetterBatch) -> str:
    """How many letters there are, and in which languages."""
    if not batch.letters:
        return _("Nobody here needs a letter.")
    counted = Counter(each.language for school in batch.schools for each in school.addressees)
    all_letters = letters_words(batch.letters)
    if len(counted) == 1:
        return _("{letters}, {language}.").format(letters=all_letters, language=_(LANGUAGE_NAMES[next(iter(counted))]))
    parts = [
        _("{n} {language}").format(n=format_number(counted[code]), language=_(name))
        for code, name in LANGUAGE_NAMES.items()
        if counted[code]
    ]
    return _("{letters}: {languages}.").format(letters=all_letters, languages=_(", ").join(parts))


def other_year(year: int | None, today: date) -> str:
    """The school year that is meant, where it is not the present one."""
    return "" if year in {None, school_year(today)} else _("School year {year}").format(year=year)


def save_words(number: int) -> str:
    if not number:
        return _("Save as PDF…")
    return ngettext("Save {n} letter as PDF…", "Save {n} letters as PDF…", number).format(n=format_number(number))


def blocked(batch: LetterBatch | None, *, allowed: bool) -> str:
    """Why no letter can be made; empty if one can. `allowed`: there is a whole school whose code one hands out."""
    if not allowed:
        return _("Your roles do not include this here.")
    if batch is None:
        return _("Looking who gets one…")
    if not batch.letters:
        return _("Nobody here needs a letter")
    if not all(school.paper.portal_url for school in batch.schools):
        return _("The address of the portal is not set")
    return ""


def missing(paper: LetterPaper) -> list[str]:
    """What the letter leaves out because nobody has set it."""
    found = (
        (paper.portal_url, _("Address of the portal")),
        (paper.from_address, _("From address of all mail")),
        (paper.guide_url, _("Page about the portal's other uses (on letters)")),
        (len(paper.contacts) > 1 or "", _("Questions about registration: office, telephone, hours")),
        (paper.phone, _("Telephone of {school}").format(school=paper.school)),
    )
    return [words for value, words in found if not value]


def code_words(status: CodeStatus, now: datetime) -> list[str]:
    """What is known of a school's code, never the code."""
    if status.valid_from is None:
        return [_("The school has no code yet. It is made with the first letter.")]
    since = format_when(status.valid_from, now)
    out = ngettext(
        "Since {when} {n} letter went out with it.", "Since {when} {n} letters went out with it.", status.letters
    )
    lines = [out.format(when=since, n=format_number(status.letters))]
    if status.old_until is not None:
        old = ngettext(
            "{n} letter with an older code is good until {until}.",
            "{n} letters with an older code are good until {until}.",
            status.old_letters,
        )
        lines.append(old.format(n=format_number(status.old_letters), until=format_when(status.old_until, now)))
    if status.many_wrong:
        lines.append(_("Many wrong codes are being typed. Renew it if somebody may be guessing."))
    return lines


def renew_words(status: CodeStatus) -> str:
    """What renewing means, before it is done."""
    if not status.letters:
        return _("No letter went out with the present code, so nobody misses it.")
    words = ngettext(
        "{n} letter is out with the present code. Whoever has it can still register until the day below; letters that "
        "you print from now on carry the new code.",
        "{n} letters are out with the present code. Whoever has one can still register until the day below; letters "
        "that you print from now on carry the new code.",
        status.letters,
    )
    return words.format(n=format_number(status.letters))


def until_words(days: int, today: date) -> str:
    if not days:
        return _("The old code ends at once: families with an old letter need a new one.")
    return _("The old code is good until {day}.").format(day=format_date(today + timedelta(days=days)))


def file_name(school: str, room: str) -> str:
    """Of the school and the class, never of a person."""
    parts = [_("Registration letters"), school, room]
    return " ".join("".join(" " if letter in '\\/:*?"<>|' else letter for letter in part) for part in parts if part)


def saved_words(number: int, name: str) -> str:
    words = ngettext("{n} letter was saved in {file}", "{n} letters were saved in {file}", number)
    return words.format(n=format_number(number), file=name)


def printed_words(number: int) -> str:
    words = ngettext("{n} letter went to the printer", "{n} letters went to the printer", number)
    return words.format(n=format_number(number))


def missing_words(names: Sequence[str]) -> str:
    return _("Not set yet, so the letter leaves it out: {names}").format(names=_("; ").join(names))
