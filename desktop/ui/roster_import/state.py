"""What the import of a roster shows at each step. Pure: values in, words and states out."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from desktop.domain.rosters.changes import ImportPreview, ImportResult, MissingChild, Outcome, RowOutcome
from desktop.domain.rosters.columns import Certainty, Column
from desktop.domain.rosters.differences import Difference
from desktop.domain.rosters.headers import CHILD_TARGETS, GUARDIAN_FIELDS, GUARDIANS
from desktop.domain.rosters.reading import Reading
from desktop.domain.rosters.rows import Problem
from desktop.domain.waiting_contacts import WaitingMatch
from desktop.i18n import N_, _, format_number, ngettext
from desktop.wording import rosters as words

FILTERS: Mapping[str, str] = {
    "problems": N_("Problems"),
    "differences": N_("Changed here since"),
    "all": N_("All rows"),
    "new": N_("New"),
    "moved": N_("Changes class"),
    "changed": N_("Changed"),
    "unchanged": N_("Unchanged"),
    "missing": N_("Not in the file"),
}
DONE_FILTERS: Mapping[str, str] = {
    "problems": FILTERS["problems"],
    "missing": FILTERS["missing"],
    "waiting": N_("Known under their address"),
}
STEPS = (N_("File"), N_("Columns"), N_("Check"), N_("Done"))
_CERTAINTY: Mapping[Certainty, tuple[str, str]] = {
    Certainty.SURE: ("ok", N_("Recognised")),
    Certainty.CHOSEN: ("ok", N_("Chosen")),
    Certainty.GUESS: ("warning", N_("A guess, please check")),
    Certainty.DUPLICATE: ("unchanged", N_("Taken from another column")),
    Certainty.IGNORED: ("unchanged", N_("Left out")),
    Certainty.UNKNOWN: ("unchanged", N_("Not recognised, left out")),
}


@dataclass(frozen=True, slots=True)
class ColumnLine:
    """One column of the file: its header, its first values, what it was taken for and how sure that is."""

    index: int
    header: str
    samples: str
    target: str
    state: str
    word: str


@dataclass(frozen=True, slots=True)
class RowLine:
    """What becomes of one row, or of a child that the file does not name (`line` is then empty)."""

    key: int  # negative: minus the id of a child that the file does not name
    line: str
    name: str
    place: str
    state: str
    word: str
    detail: str


@dataclass(frozen=True, slots=True)
class DifferenceLine:
    """A cell that was changed here since the last import, with both values and the one that is taken."""

    key: tuple[int, str]
    line: str
    name: str
    column: str
    current: str
    said: str
    state: str
    word: str


@dataclass(frozen=True, slots=True)
class ProblemLine:
    key: int
    line: str
    column: str
    reason: str
    state: str
    word: str


def column_lines(reading: Reading) -> tuple[ColumnLine, ...]:
    return tuple(_column_line(reading, column) for column in reading.columns.all)


def _column_line(reading: Reading, column: Column) -> ColumnLine:
    state, word = _CERTAINTY[column.certainty]
    header = column.header or _("(column {number})").format(number=column.index + 1)
    samples = "\u3000".join(reading.sample(column.index))
    return ColumnLine(column.index, header, samples or _("(empty)"), column.target or "", state, _(word))


def targets() -> list[tuple[str, str]]:
    """Everything a column can hold, for its choice; "" leaves it out."""
    guardians = [f"guardian{number}_{field}" for number in GUARDIANS for field in GUARDIAN_FIELDS]
    return [("", _("– leave out –")), *((name, words.target(name)) for name in (*CHILD_TARGETS, *guardians))]


def choose_column(chosen: Mapping[str, str], index: int, target: str) -> dict[str, str]:
    """The corrections with one more; columns are named by their number, for headers may stand twice."""
    kept = {column: known for column, known in chosen.items() if not target or known != target}
    return {**kept, str(index + 1): target}


def file_words(reading: Reading) -> str:
    rows = len(reading.lines)
    text = ngettext("{file}: {n} row", "{file}: {n} rows", rows)
    return text.format(file=reading.name, n=format_number(rows))


def contacts_words() -> str:
    return _(
        "This is a list of addresses without children. They are taken as contacts that wait for their child, in their"
        " class or group, and can be written to at once. Choose a column of children’s names if it is a roster."
    )


def missing_words(missing: Sequence[str]) -> str:
    """What the file still lacks, with what to do; empty if nothing."""
    if not missing:
        return ""
    listed = _(", ").join(words.target(name) for name in missing if name != "school_code")
    if not listed:
        return _("Choose the school to which the rows belong.")
    return _("No column was taken for: {columns}. Say below which one it is.").format(columns=listed)


def counts(preview: ImportPreview) -> dict[str, int]:
    """How many each filter shows."""
    return {
        "problems": len(preview.problems),
        "differences": len(preview.differences),
        "all": len(preview.rows),
        "new": preview.new,
        "moved": preview.moved,
        "changed": preview.changed,
        "unchanged": preview.unchanged,
        "missing": len(preview.missing),
    }


def filters(preview: ImportPreview) -> list[tuple[str, str]]:
    """The filters that show anything; problems come first, for they need somebody."""
    numbers = counts(preview)
    return [(key, _(text)) for key, text in FILTERS.items() if key == "all" or numbers[key]]


def row_lines(preview: ImportPreview, only: str) -> tuple[RowLine, ...]:
    if only == "missing":
        return missing_lines(preview.missing)
    reasons = _reasons(preview.problems)
    rows = [row for row in preview.rows if only in {"all", row.outcome}]
    return tuple(_row_line(at, row, reasons.get(row.line, ())) for at, row in enumerate(rows))


def _reasons(problems: Iterable[Problem]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for problem in problems:
        if problem.holds:
            found.setdefault(problem.line, []).append(f"{problem.column}: {words.reason(problem)}")
    return found


def _row_line(at: int, row: RowOutcome, reasons: Iterable[str]) -> RowLine:
    state = "held" if row.outcome is Outcome.HELD else row.outcome.value
    place = f"{row.before} → {row.homeroom}" if row.before else row.homeroom
    told = () if row.outcome is Outcome.NEW else row.changed  # of somebody new everything is
    changed = _(", ").join(words.target(name) for name in told)
    return RowLine(at, str(row.line), row.name, place, state, words.outcome(row.outcome), " ".join(reasons) or changed)


def _missing_line(child: MissingChild) -> RowLine:
    word = _("Stays as it is")
    return RowLine(
        -child.id, "", child.name, child.homeroom, "unchanged", word, _("The file does not name this child.")
    )


def problem_lines(problems: Sequence[Problem]) -> tuple[ProblemLine, ...]:
    return tuple(_problem_line(at, problem) for at, problem in enumerate(problems))


def _problem_line(at: int, problem: Problem) -> ProblemLine:
    state, word = ("held", _("Held back")) if problem.holds else ("info", _("Taken, with a remark"))
    return ProblemLine(at, str(problem.line), problem.column, words.reason(problem), state, word)


def difference_lines(differences: Sequence[Difference]) -> tuple[DifferenceLine, ...]:
    return tuple(_difference_line(difference) for difference in differences)


def _difference_line(difference: Difference) -> DifferenceLine:
    state, word = ("changed", _("As in the file")) if difference.takes_file else ("unchanged", _("As it stands here"))
    column = words.target(difference.target)
    current = words.value(difference.target, difference.current) or _("(empty)")
    said = words.value(difference.target, difference.said)
    key = (difference.line, difference.target)
    return DifferenceLine(key, str(difference.line), difference.name, column, current, said, state, word)


def decide(
    taken: frozenset[tuple[int, str]], keys: Iterable[tuple[int, str]], *, take_file: bool
) -> frozenset[tuple[int, str]]:
    """The cells for which the file is taken, with these decided."""
    return taken | frozenset(keys) if take_file else taken - frozenset(keys)


def missing_lines(children: Iterable[MissingChild]) -> tuple[RowLine, ...]:
    """Children whom the file does not name; their keys are their ids, negative."""
    return tuple(_missing_line(child) for child in children)


def match_lines(matches: Iterable[WaitingMatch]) -> tuple[RowLine, ...]:
    """Contacts that look like guardians who are known now; their keys are their ids."""
    text = _("Has the address of {guardian}, a guardian of {child}")
    return tuple(
        RowLine(
            match.waiting_id, "", match.title, match.place, "unchanged", _("Goes on waiting"),
            text.format(guardian=match.guardian or match.title, child=match.child),
        )
        for match in matches
    )  # fmt: skip


def joined_words(number: int) -> str:
    words = ngettext("{n} contact waits no more", "{n} contacts wait no more", number)
    return words.format(n=format_number(number))


def held_rows(problems: Iterable[Problem]) -> int:
    return len({problem.line for problem in problems if problem.holds})


def to_import(preview: ImportPreview) -> int:
    return preview.new + preview.moved + preview.changed


def import_words(preview: ImportPreview) -> str:
    number = to_import(preview)
    if preview.contacts:
        return ngettext("Import {n} contact", "Import {n} contacts", number).format(n=format_number(number))
    return ngettext("Import {n} child", "Import {n} children", number).format(n=format_number(number))


def blocked_by(preview: ImportPreview) -> str:
    """Why there is nothing to import; empty if there is."""
    if to_import(preview):
        return ""
    if preview.held:
        return _("No row can be imported as it is")
    return _("The roster already says all of this")


def sentence(preview: ImportPreview) -> str:
    held = preview.held
    if not held:
        return _("Look through what will change, then import.")
    text = ngettext(
        "{n} row has something wrong and is held back; the others can be imported now.",
        "{n} rows have something wrong and are held back; the others can be imported now.",
        held,
    )
    return text.format(n=format_number(held))


def _each_once(names: Iterable[str], most: int = 12) -> str:
    """The first names, and how often each comes where many schools have the same."""
    often = Counter(names)
    shown = [name if often[name] == 1 else f"{name} ×{format_number(often[name])}" for name in list(often)[:most]]
    return _(", ").join(shown) + ("…" if len(often) > most else "")


def creates(preview: ImportPreview) -> str:
    """What will be made because the file names it; empty if nothing."""
    parts = [
        (_("schools: {names}"), preview.new_schools),
        (_("classes: {names}"), preview.new_homerooms),
        (_("clubs and groups: {names}"), preview.new_groups),
    ]
    said = [text.format(names=_each_once(names)) for text, names in parts if names]
    if preview.contacts:
        return _("Also new: {things}.").format(things=_("; ").join(said)) if said else ""
    if preview.new_guardians:
        number = preview.new_guardians
        said.append(ngettext("{n} guardian", "{n} guardians", number).format(n=format_number(number)))
    return _("New besides the children: {things}.").format(things=_("; ").join(said)) if said else ""


def done_title(result: ImportResult) -> str:
    number = result.imported
    if not number:
        return _("Nothing had to be changed")
    if result.contacts:
        text = ngettext("{n} contact was imported", "{n} contacts were imported", number)
        return text.format(n=format_number(number))
    text = ngettext("{n} child was imported", "{n} children were imported", number)
    return text.format(n=format_number(number))


def done_words(result: ImportResult) -> str:
    parts = (
        (result.new, N_("{n} new")),
        (result.moved, N_("{n} in another class")),
        (result.changed, N_("{n} changed")),
        (result.unchanged, N_("{n} unchanged")),
    )
    said = _(", ").join(_(text).format(n=format_number(number)) for number, text in parts if number)
    rest = [_("They wait for their child and can be written to at once.")] if result.contacts and result.new else []
    if held := held_rows(result.held):
        rest.append(ngettext("{n} row was held back.", "{n} rows were held back.", held).format(n=format_number(held)))
    if missing := len(result.missing):
        text = ngettext(
            "{n} child of these grades is not in the file and stays as it is.",
            "{n} children of these grades are not in the file and stay as they are.",
            missing,
        )
        rest.append(text.format(n=format_number(missing)))
    return "\n".join(filter(None, (said, " ".join(rest))))
