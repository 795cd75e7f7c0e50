"""What the page of registrations shows. Pure: values in, words and states out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from desktop.domain.matching import Candidate, Field, Likeness, Match, Scored
from desktop.domain.registrations import Kind, Registration
from desktop.domain.reviews import Overview, QueueRow, Submission
from desktop.i18n import N_, _, format_date, format_number, format_when, ngettext
from desktop.ui.cells import Mark, TwoLinesCell
from desktop.wording import reviews as words

AGES: Mapping[int, str] = {
    0: N_("However long"),
    1: N_("For a day or longer"),
    3: N_("For 3 days or longer"),
    7: N_("For a week or longer"),
}
_CHIPS = {Likeness.SAME: "ok", Likeness.NEAR: "info", Likeness.DIFFERS: "warning", Likeness.MISSING: "unchanged"}
_KIND_MARKS: Mapping[Kind, str] = {Kind.CHANGE: "edit", Kind.WITHDRAWAL: "minus-circle", Kind.SECOND_PARENT: "people"}
_ABOUT_ONE = frozenset({Kind.CHANGE, Kind.WITHDRAWAL})


@dataclass(frozen=True, slots=True)
class Compared:
    """A line of the comparison. `marked`: a person should look at it; `chip` is a state, `word` what it says."""

    name: str
    given: str
    roster: str
    chip: str
    word: str
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Heads:
    """What stands over the columns of the comparison."""

    given: str
    roster: str
    result: str


@dataclass(frozen=True, slots=True)
class Note:
    """Something to know before deciding; `kind` is a box's."""

    kind: str
    text: str
    icon: str = ""


# The queue


def line(row: QueueRow, now: datetime) -> TwoLinesCell:
    mark = _KIND_MARKS.get(row.kind)
    kind = _(words.KINDS[row.kind]) if mark else ""
    second = "\u3000".join(
        filter(None, (kind, row.homeroom or row.school, guardian_words(row.guardian, row.relationship)))
    )
    return TwoLinesCell(
        row.child, second, Mark(mark, kind, "info") if mark else None, right=format_when(row.submitted_at, now)
    )


def guardian_words(name: str, relationship: str) -> str:
    if relationship not in words.RELATIONSHIPS:
        return name
    return _("{name} ({relationship})").format(name=name, relationship=_(words.RELATIONSHIPS[relationship]))


def sentence(overview: Overview, now: datetime) -> str:
    """What there is to do, for under the title."""
    if not overview.waiting or overview.oldest is None:
        return _("Nothing waits for you. What guardians send appears here by itself.")
    waiting = ngettext("{n} registration waits", "{n} registrations wait", overview.waiting)
    return _("{waiting}; the oldest since {when}.").format(
        waiting=waiting.format(n=format_number(overview.waiting)), when=format_when(overview.oldest, now)
    )


def empty_words(narrowed: bool) -> tuple[str, str]:
    if narrowed:
        return _("No such registration"), _("Choose another school or time, or clear what you are looking for.")
    return (
        _("No registration waits"),
        _("When a guardian has registered a child on the portal, it appears here for you to compare with the roster."),
    )


# One submission


def title(submission: Submission) -> str:
    given = submission.registration.child
    return f"{given.family_name} {given.given_name}".strip()


def place(submission: Submission, now: datetime) -> str:
    """What it is about, and since when."""
    wanted = submission.registration
    where = f"{wanted.school} {wanted.homeroom}".strip()
    when = format_when(wanted.submitted_at, now) if wanted.submitted_at else ""
    kind = _(words.KINDS[wanted.kind])
    return " · ".join(filter(None, (kind, where, when)))


def agreed_words(submission: Submission, now: datetime) -> str:
    agreed = submission.agreed
    if agreed is None:
        return "–"
    return _("Version {version}, agreed {when}").format(version=agreed.version, when=format_when(agreed.at, now))


def chosen_match(submission: Submission, child_id: int | None) -> Scored | None:
    """The candidate that the reviewer looks at; at first the best."""
    known = {each.candidate.child_id: each for each in submission.matches}
    return known.get(child_id or 0) or next(iter(submission.matches), None)


def match_words(match: Scored | None) -> tuple[str, str]:
    """A state and its words: how sure this is."""
    if match is None:
        return "warning", _("Not in the roster")
    if match.match is Match.EXACT:
        return "ok", _("Exact match, {points} of 100").format(points=match.score)
    return "info", _("Perhaps, {points} of 100").format(points=match.score)


def explained(match: Scored) -> str:
    """Why, in a sentence: which fields are the same, which are not."""
    said = []
    for how, text in (
        (Likeness.SAME, N_("The same: {fields}.")),
        (Likeness.NEAR, N_("Similar: {fields}.")),
        (Likeness.DIFFERS, N_("Different: {fields}.")),
    ):
        fields = [_(words.FIELDS[field.value]) for field, likeness in match.fields if likeness is how]
        if fields:
            said.append(_(text).format(fields=_(", ").join(fields)))
    return " ".join(said)


def heads(submission: Submission, match: Scored | None) -> Heads:
    if submission.registration.kind is Kind.CHANGE:
        return Heads(_("Shall become"), _("In the roster now"), "")
    at = place_of(match.candidate) if match else ""
    roster = _("Roster ({place})").format(place=at) if at else _("Roster")
    return Heads(_("The guardian wrote"), roster, _("Compared"))


def place_of(candidate: Candidate) -> str:
    return f"{candidate.school} {candidate.homeroom}".strip()


def compared(submission: Submission, match: Scored | None) -> tuple[Compared, ...]:
    """Field by field; a change only what shall become different."""
    if submission.registration.kind is Kind.CHANGE:
        return tuple(_change(change.field, change.old, change.new, change.now) for change in submission.changes)
    if submission.registration.kind is Kind.WITHDRAWAL:
        return ()
    return _beside(submission, match)


def _beside(submission: Submission, match: Scored | None) -> tuple[Compared, ...]:
    wanted, given = submission.registration, submission.registration.child
    there = match.candidate if match else None
    texts = (
        (Field.NAME, title(submission), _joined(there.family_name, there.given_name) if there else ""),
        (
            Field.KANA,
            _joined(given.family_name_kana, given.given_name_kana),
            _joined(there.family_name_kana, there.given_name_kana) if there else "",
        ),
        (Field.BIRTH_DATE, _day(given.birth_date), _day(there.birth_date) if there else ""),
        (Field.HOMEROOM, wanted.homeroom, there.homeroom if there else ""),
        (Field.STUDENT_NUMBER, wanted.student_number, there.student_number if there else ""),
        (Field.SECOND_PARENT, submission.guardian, _(", ").join(there.guardians) if there else ""),
    )
    lines = [_compared(field, mine, theirs, match) for field, mine, theirs in texts]
    lines.insert(3, _plain("sex", _sex(given.sex), _sex(there.sex) if there else ""))
    lines.insert(6, _groups(wanted, there))
    return tuple(each for each in lines if each.given or each.roster)


def _joined(family: str, given: str) -> str:
    return f"{family} {given}".strip()


def _day(day: date | None) -> str:
    return format_date(day) if day else ""


def _sex(code: str) -> str:
    return _(words.SEXES[code]) if code in words.SEXES else ""


def _compared(field: Field, mine: str, theirs: str, match: Scored | None) -> Compared:
    name = _(words.FIELDS[field.value])
    how = match.likeness(field) if match else Likeness.MISSING
    word = words.likeness(field, how)
    if field is Field.NAME and how is Likeness.SAME and mine != theirs:
        word = _(words.SAME_WRITTEN_OTHERWISE)
    if match is None:
        word = ""
    marked = how is Likeness.DIFFERS and field is not Field.SECOND_PARENT
    chip = "unchanged" if field is Field.SECOND_PARENT and how is Likeness.DIFFERS else _CHIPS[how]
    return Compared(name, mine, theirs, chip, word, marked)


def _plain(field: str, mine: str, theirs: str) -> Compared:
    """A field that counts for no points."""
    how = Likeness.MISSING if not mine or not theirs else Likeness.SAME if mine == theirs else Likeness.DIFFERS
    word = words.likeness(Field.NAME, how) if theirs else ""
    return Compared(_(words.FIELDS[field]), mine, theirs, _CHIPS[how], word, how is Likeness.DIFFERS)


def _groups(wanted: Registration, there: Candidate | None) -> Compared:
    missing = [group for group in wanted.groups if there and group not in there.groups]
    word = _("To be added: {groups}").format(groups=_(", ").join(missing)) if missing else ""
    theirs = _(", ").join(there.groups) if there else ""
    called = words.FIELDS["groups"]
    return Compared(_(called), _(", ").join(wanted.groups), theirs, "new" if missing else "unchanged", word)


def _change(field: str, old: str, new: str, now: str) -> Compared:
    """What the guardian saw is said only where the roster says something else by now."""
    shown = [_value(field, text) for text in (old, new, now)]
    if new == now:
        return Compared(_(words.FIELDS[field]), shown[1], shown[2], "ok", _("So already"))
    moved = old != now
    word = _("The guardian saw: {text}").format(text=shown[0] or "–") if moved else _("Changes")
    return Compared(_(words.FIELDS[field]), shown[1], shown[2], "warning" if moved else "changed", word, moved)


def _value(field: str, text: str) -> str:
    if field == "birth_date" and text:
        return format_date(date.fromisoformat(text))
    if field == "sex":
        return _sex(text)
    if field == "relationship" and text in words.RELATIONSHIPS:
        return _(words.RELATIONSHIPS[text])
    return text


def notes(submission: Submission, match: Scored | None) -> tuple[Note, ...]:
    """What to beware of, the gravest first."""
    shown: list[Note] = []
    ids = {match.candidate.child_id} if match else set()
    if submission.about:
        ids.add(submission.about.child_id)
    if submission.flagged_ids & ids or (submission.flagged and not ids):
        shown.append(Note("danger", _(words.FLAGGED), "shield"))
    shown += [Note("warning", _(words.CAUTIONS[caution])) for caution in submission.cautions]
    return tuple(shown)


def consequence(submission: Submission, match: Scored | None) -> str:
    """What the first decision would do."""
    who, child = submission.guardian, title(submission)
    wanted = submission.registration
    if wanted.kind is Kind.WITHDRAWAL:
        text = _("{guardian} does not want to be written to about {child} any more. {child} stays in the roster.")
        if wanted.closes_account:
            text += " " + _("The account was closed already.")
        return text.format(guardian=who, child=child)
    if wanted.kind is Kind.CHANGE:
        return _("Accepting writes this into the roster.")
    if match is None:
        text = _("Nobody like this is in the roster of {school}. Accepting adds {child} to {homeroom} as a new child.")
        return text.format(school=wanted.school, child=child, homeroom=wanted.homeroom)
    at = match.candidate.homeroom or match.candidate.school
    return _(
        "Linking lets {guardian} get the notices for {place}. The child’s data stay as the roster has them."
    ).format(guardian=who, place=at)


# What can be decided


def is_about_one(submission: Submission) -> bool:
    """A change or a withdrawal: it is accepted or not, there is nobody to choose."""
    return submission.registration.kind in _ABOUT_ONE


def blocked(submission: Submission, now: datetime) -> str:
    """Why nothing can be decided about it here; empty if it can."""
    decided = submission.decided
    if decided is not None:
        when = format_when(decided.when, now)
        return words.by_somebody(decided.decision, decided.who, when)
    if submission.registration.submitted_at is None or submission.registration.state.value != "submitted":
        return _("The guardian has taken this back, or is changing it.")
    if submission.own_family:
        return _("This is about your own family: let a colleague decide.")
    return ""


def others(submission: Submission, match: Scored | None) -> Sequence[Scored]:
    return [each for each in submission.matches if match is None or each.candidate != match.candidate]


def candidate_words(match: Scored) -> str:
    there = match.candidate
    name = _joined(there.family_name, there.given_name)
    return "\u3000".join(filter(None, (name, place_of(there), _day(there.birth_date))))
