"""What the tabs about texts, trial units and costs say. Pure: values in, words out."""

from collections.abc import Sequence
from datetime import date

from desktop.domain.sms import Template
from desktop.domain.sms_alphabet import Measure
from desktop.domain.sms_ledger import Cost
from desktop.domain.sms_pilots import PhoneList, Trial
from desktop.domain.sms_texts import places_of, plain, preview
from desktop.i18n import _, current_language, format_number, ngettext
from desktop.wording import sms as words

_MOST_LETTERS = 5
_MOST_LINES = 12


# Texts


def measure_words(found: Measure) -> str:
    """How a text travels: its alphabet, how much of its parts it takes, how many these are."""
    return _("{encoding} · {used} of {room} characters · {parts}").format(
        encoding=_(words.ENCODINGS[found.encoding]),
        used=format_number(found.units),
        room=format_number(found.room),
        parts=parts_words(found.parts),
    )


def parts_words(number: int) -> str:
    return ngettext("{n} part", "{n} parts", number).format(n=format_number(number))


def offending(wording: str) -> list[str]:
    """The letters that the short alphabet lacks, each once."""
    return list(dict.fromkeys(letter for _at, letter in preview(wording).measure.offenders))


def warning(wording: str) -> str:
    """What letters outside the short alphabet come to; empty where there are none."""
    letters = offending(wording)
    if not letters:
        return ""
    now, without = preview(wording).measure.parts, preview(plain(wording)).measure.parts
    named = _(", ").join(f"“{letter}”" for letter in letters[:_MOST_LETTERS])
    if len(letters) > _MOST_LETTERS:
        named = _("{some} and others").format(some=named)
    said = ngettext(
        "{letters} is not in the short alphabet of text messages, so all of the text travels in Unicode:"
        " {now} instead of {without}.",
        "{letters} are not in the short alphabet of text messages, so all of the text travels in Unicode:"
        " {now} instead of {without}.",
        len(letters),
    )
    return said.format(letters=named, now=parts_words(now), without=parts_words(without))


def replacing_words(wording: str) -> str:
    """The button that takes the plain letters; empty where that would change nothing."""
    letters = offending(wording)
    if plain(wording) == wording:
        return ""
    if len(letters) == 1:
        return _("Replace “{letter}” by “{plain}”").format(letter=letters[0], plain=plain(letters[0]))
    return _("Replace by plain letters")


def places_words(template: Template) -> str:
    if places_of(template):
        return _("{place0} becomes the log-in name, {place1} the password.").format(place0="{0}", place1="{1}")
    return _("Nothing is filled in.")


def texts_sentence(parts: Sequence[int]) -> str:
    longer = sum(number > 1 for number in parts)
    if not longer:
        return _("Every text fits into one part.")
    said = ngettext("{n} text takes more than one part.", "{n} texts take more than one part.", longer)
    return said.format(n=format_number(longer))


# Trial units


def trial_words(trial: Trial) -> str:
    """Who gets an account at present."""
    if not trial.is_on:
        return _("Everybody gets an account; the lists of the trial units have no effect.")
    if not trial.phones:
        return _("Nobody gets an account: only numbers on a list do, and there is none.")
    said = ngettext(
        "Only the {n} number of the trial units gets an account; all others are told that it is a trial.",
        "Only the {n} numbers of the trial units get an account; all others are told that it is a trial.",
        trial.phones,
    )
    return said.format(n=format_number(trial.phones))


def switch_words(trial: Trial) -> str:
    """What the switch does, in numbers."""
    if trial.is_on:
        return _("Give accounts to everybody")
    said = ngettext("Give accounts to {n} number only", "Give accounts to {n} numbers only", trial.phones)
    return said.format(n=format_number(trial.phones))


def numbers_words(number: int) -> str:
    return ngettext("{n} number", "{n} numbers", number).format(n=format_number(number))


def read_words(read: PhoneList) -> str:
    """What a list was read as."""
    said = ngettext("{n} number understood", "{n} numbers understood", len(read.phones))
    parts = [said.format(n=format_number(len(read.phones)))]
    if read.repeated:
        again = ngettext("{n} stands there twice", "{n} stand there twice", read.repeated)
        parts.append(again.format(n=format_number(read.repeated)))
    if read.problems:
        wrong = ngettext("{n} line not understood", "{n} lines not understood", len(read.problems))
        parts.append(wrong.format(n=format_number(len(read.problems))))
    return _(", ").join(parts)


def problem_lines(read: PhoneList) -> str:
    """The lines that were not understood, each with its reason; the first of them where they are many."""
    shown = [
        _("Line {number}: {text} ({reason})").format(
            number=format_number(each.line), text=each.raw, reason=_(words.PHONE_PROBLEMS[each.code])
        )
        for each in read.problems[:_MOST_LINES]
    ]
    more = len(read.problems) - len(shown)
    if more > 0:
        shown.append(ngettext("and {n} more", "and {n} more", more).format(n=format_number(more)))
    return "\n".join(shown)


def found_words(typed: str, units: Sequence[str]) -> str:
    """In which lists a number stands."""
    if not units:
        return _("{phone} is on no list.").format(phone=typed)
    return _("{phone} is on the list of: {units}").format(phone=typed, units=_(", ").join(units))


# Costs


def month_words(first: date) -> str:
    if current_language() == "ja":
        return f"{first.year}年{first.month}月"
    if current_language() == "vi":
        return f"{first.month:02}/{first.year}"
    return f"{first:%B %Y}"


def ledger_sentence(whole: Cost) -> str:
    said = _("In 24 months citizens paid {paid}, and replies cost {cost}.")
    return said.format(paid=dong(whole.paid), cost=dong(whole.cost))


def dong(amount: int) -> str:
    """Money as Vietnam writes it, in every language: 1.500 đ."""
    return f"{amount:,}".replace(",", ".") + " đ"
