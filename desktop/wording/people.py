"""People and schools in words: what is wrong with a form, field by field, and what cannot be done."""

from collections.abc import Mapping

from desktop.i18n import N_, _
from desktop.wording import staff

_CORRECT_FIELDS = N_("Correct the fields that are marked.")

ERRORS: Mapping[str, tuple[str, str]] = {
    "form.invalid": (N_("Some fields cannot be saved as they are ({fields})."), _CORRECT_FIELDS),
    "waiting.not_to_contact": (
        N_("This address belongs to a guardian of the child who must not be contacted."),
        N_("Give the contact to another child, or remove it."),
    ),
    "child.other_school": (
        N_("A child cannot be put into a class of another school or year."),
        N_("Add the child at the other school, or import that school’s roster."),
    ),
    "child.code_taken": (
        N_("Another child of the school has the code {code_text}."),
        N_("Look for that child; it may be the same one."),
    ),
    "child.left_before": (
        N_("The last day lies before the child’s first one."),
        N_("Choose a later day."),
    ),
    "undo.too_late": (
        N_("This can be undone for ten minutes only."),
        N_("Change it back by hand."),
    ),
    "undo.changed": (
        N_("Something was changed since, or this was undone already."),
        N_("Look at the roster and change by hand what needs it."),
    ),
    "school.code_taken": (N_("The code {school} belongs to another school."), N_("Choose another one.")),
    "school.part_unknown": (
        N_("{school} has no class or group called {part} this year."),
        N_("Write a class as 3-1, a group by its name."),
    ),
    "homeroom.taken": (N_("There is a class {label} already."), N_("Choose another name.")),
    "group.taken": (N_("There is a group called {name} already."), N_("Choose another name.")),
    "grade.unknown": (N_("There is no grade “{grade}”."), N_("Grades are numbered from 1 to 9.")),
    "part.name_wrong": (
        N_("A class or group cannot be called “{name}”."),
        N_("Use up to 40 letters, without / ; , and quotation marks."),
    ),
}

FIELD_PROBLEMS: Mapping[str, str] = {
    "required": N_("Please fill this in."),
    "kana": N_("Write the reading in kana."),
    "date.future": N_("This day lies in the future."),
    "name.too_long": N_("This is too long."),
    "control_characters": N_("This holds a character that cannot be shown; type it anew."),
    "mail.syntax": N_("This is no mail address; it needs a name, an @ and a domain."),
    "line.syntax": N_("A LINE user ID is U and 32 characters; take it from LINE, not from the family."),
    "phone.empty": N_("Please fill this in."),
    "phone.letters": N_("A telephone number consists of figures."),
    "phone.length": N_("There is no such telephone number; a figure may be missing or too many."),
    "contact.twice": N_("This stands here twice; remove one of them."),
    "contact.too_many": N_("These are too many; keep those that the family uses."),
    "school.code_syntax": N_("Up to 20 letters and figures, without blanks or signs."),
}


def field_problem(code: str) -> str:
    """Why a field cannot be saved, in one sentence; for the fields of staff and passwords too."""
    if code in FIELD_PROBLEMS:
        return _(FIELD_PROBLEMS[code])
    if code in staff.ERRORS:
        return " ".join(_(text) for text in staff.ERRORS[code])
    return _("Please correct this ({code}).").format(code=code)
