"""Rosters in words: why a file is refused, what is wrong with a row, what a column holds, what becomes of a row."""

from collections.abc import Mapping

from desktop.domain.rosters.changes import Outcome
from desktop.domain.rosters.rows import Problem
from desktop.i18n import N_, _

_SAVE_AS = N_("Open it in Excel and save it as “Excel workbook (.xlsx)” or “CSV UTF-8”.")
_CHOOSE_ANOTHER = N_("Choose another file.")

ERRORS: Mapping[str, tuple[str, str]] = {
    "roster.file_unreadable": (N_("{name} cannot be read."), N_("Check that it still exists and who may read it.")),
    "roster.file_unwritable": (
        N_("{name} cannot be written."),
        N_("Close it where it is open, or choose another name."),
    ),
    "roster.file_empty": (N_("The file is empty."), _CHOOSE_ANOTHER),
    "roster.no_rows": (
        N_("The file has headers, but no rows under them."),
        N_("Check that the list is on the first sheet, with one line of headers above it."),
    ),
    "roster.file_too_big": (N_("The file is larger than {megabytes} MB."), N_("Divide it, for example by school.")),
    "roster.too_many_rows": (N_("The file has more than {limit} rows."), N_("Divide it, for example by school.")),
    "roster.too_many_columns": (
        N_("The file has more than {limit} columns."),
        N_("Delete what stands far to the right of the list."),
    ),
    "roster.old_excel": (N_("This is an old Excel file (.xls), or one with a password."), _SAVE_AS),
    "roster.file_pdf": (N_("This is a PDF, not a list."), N_("Ask for the list as an Excel or CSV file.")),
    "roster.file_picture": (N_("This is a picture, not a list."), N_("Ask for the list as an Excel or CSV file.")),
    "roster.file_binary": (N_("This is not a list: it holds no readable text."), _SAVE_AS),
    "roster.zip_unknown": (
        N_("This zip file is neither an Excel workbook nor a OneRoster file."),
        N_("Unpack it and choose the list inside."),
    ),
    "roster.oneroster_delta": (
        N_("This OneRoster file holds changes only."),
        N_("Ask for a complete one (bulk)."),
    ),
    "roster.oneroster_columns": (
        N_("{file} in the OneRoster file lacks the columns {columns}."),
        N_("Ask whoever made it for a file of the Japan profile."),
    ),
    "roster.file_damaged": (N_("The file is damaged."), _SAVE_AS),
    "roster.encoding": (N_("The file’s characters cannot be read."), _SAVE_AS),
    "roster.quote_open": (N_("A quotation mark in the file is never closed, so its rows run together."), _SAVE_AS),
    "roster.columns_missing": (
        N_("The file has no column for: {columns}."),
        N_("Say which column it is, or add it to the file."),
    ),
    "roster.mapping_file": (
        N_("{name} does not say which column is which."),
        N_('Write a line like "氏名" = "full_name" for each column.'),
    ),
    "roster.mapping_target": (
        N_("“{target}” is nothing that a column can hold."),
        N_("Use the names of a roster export’s columns."),
    ),
    "roster.mapping_header": (N_("The file has no column “{header}”."), N_("Write it as in the file’s headers.")),
    "roster.export_format": (
        N_("{name} is no kind of file that can be written."),
        N_("End its name in .xlsx, .csv or .zip."),
    ),
    "import.undone": (N_("This import was undone already."), N_("There is nothing left to do.")),
    "import.later": (
        N_("{who} has imported another roster since."),
        N_("Undo that import first, or change by hand what needs it."),
    ),
    "import.changed": (
        N_("{who} has changed something of these children or families since."),
        N_("Change by hand what needs it, or import a corrected file."),
    ),
    "import.notices": (
        N_("A notice has gone, or is about to go, to children of this import."),
        N_("Import a corrected file, or withdraw the children."),
    ),
    "school.unknown": (
        N_("There is no school with the code {school}."),
        N_("Correct the code, or add the school in Administration."),
    ),
}

_PROBLEMS: Mapping[str, str] = {
    "row.too_many_cells": N_("The row has more cells than there are headers; its cells may have slipped."),
    "name.missing": N_("The name is missing."),
    "name.cannot_split": N_("Family and given name cannot be told apart; put a space between them."),
    "text.unreadable": N_("It holds a special character (gaiji) that only the other system can show."),
    "text.too_long": N_("It is longer than {longest} characters."),
    "kana.not_kana": N_("The reading is not in kana."),
    "sex.unknown": N_("The sex cannot be read."),
    "date.unreadable": N_("The date cannot be read; write it like 2017-04-02 or 平成29年4月2日."),
    "date.no_such_day": N_("There is no such day."),
    "date.era": N_("That era had no such year or day."),
    "birth_date.future": N_("The birth date lies in the future."),
    "birth_date.unlikely": N_("The age would be {age}."),
    "grade.missing": N_("The grade is missing."),
    "grade.unreadable": N_("The grade cannot be read."),
    "grade.not_at_school": N_("The school has no such grade."),
    "homeroom.other_grade": N_("The class is of another grade than the row."),
    "school.missing": N_("The school is missing."),
    "school.unknown": N_("There is no school with the code {school}."),
    "school_year.unreadable": N_("The school year cannot be read."),
    "child.twice": N_("This child already stands in line {first}."),
    "child.ambiguous": N_("Several children fit; give a code or a birth date."),
    "child.code_of_another": N_("This code belongs to another child."),
    "contact.twice": N_("This address already stands in line {first} for the same class or group."),
    "contact.registered": N_("A registered guardian there has this address already; nobody gets it twice."),
    "contact.not_to_contact": N_("A guardian with this address must not be contacted; it was not taken."),
    "my_number": N_("It looks like a My Number and was not taken. Delete it from the file."),
    "email.empty": N_("The mail address is empty."),
    "email.space": N_("The mail address has a space in it."),
    "email.character": N_("The mail address has a character that cannot be in one."),
    "email.no_at": N_("The mail address has no @."),
    "email.many_ats": N_("The mail address has more than one @."),
    "email.no_name": N_("Nothing stands before the @."),
    "email.no_domain": N_("Nothing stands after the @."),
    "email.no_dot": N_("The part after the @ has no dot."),
    "email.domain": N_("The part after the @ cannot be right."),
    "email.too_long": N_("The mail address is too long."),
    "phone.empty": N_("The phone number is empty."),
    "phone.letters": N_("The phone number has other characters than digits."),
    "phone.length": N_("The phone number has too many or too few digits."),
    "phone.zero_restored": N_("The 0 at the beginning was missing and was put back."),
    "line.not_an_id": N_("This is not a LINE user ID (U and 32 characters)."),
    "relationship.unknown": N_("The relationship is not known; it was taken as “other”."),
    "language.unknown": N_("The language is not known; nothing was taken."),
    "guardian.name_missing": N_("The guardian has no name; the child’s family name was taken."),
    "guardian.disagrees": N_("An earlier row says something else of this guardian; that row was taken."),
    "guardian.removed_by_staff": N_("Staff removed this guardian from the child; that was kept."),
    "kept.staff": N_("It was changed here since, and differs from the file; what stands here was kept."),
}

_CHILD_TARGETS: Mapping[str, str] = {
    "school_code": N_("School’s code"),
    "school_name": N_("School’s name"),
    "school_year": N_("School year"),
    "grade": N_("Grade"),
    "homeroom": N_("Class"),
    "student_number": N_("Student number"),
    "child_code": N_("Child’s code"),
    "family_name": N_("Family name"),
    "given_name": N_("Given name"),
    "full_name": N_("Full name"),
    "family_name_kana": N_("Family name (kana)"),
    "given_name_kana": N_("Given name (kana)"),
    "full_name_kana": N_("Full name (kana)"),
    "sex": N_("Sex"),
    "birth_date": N_("Birth date"),
    "groups": N_("Clubs and groups"),
    "sourced_id": N_("OneRoster ID"),
}
_GUARDIAN_TARGETS: Mapping[str, str] = {
    "family_name": N_("Guardian {number}: family name"),
    "given_name": N_("Guardian {number}: given name"),
    "full_name": N_("Guardian {number}: full name"),
    "family_name_kana": N_("Guardian {number}: family name (kana)"),
    "given_name_kana": N_("Guardian {number}: given name (kana)"),
    "full_name_kana": N_("Guardian {number}: full name (kana)"),
    "relationship": N_("Guardian {number}: relationship"),
    "email": N_("Guardian {number}: mail address"),
    "phone": N_("Guardian {number}: phone"),
    "language": N_("Guardian {number}: language"),
    "line_user_id": N_("Guardian {number}: LINE user ID"),
    "sourced_id": N_("Guardian {number}: OneRoster ID"),
}
_SEXES: Mapping[str, str] = {"male": N_("Male"), "female": N_("Female"), "other": N_("Other")}
_RELATIONSHIPS: Mapping[str, str] = {
    "father": N_("Father"),
    "mother": N_("Mother"),
    "grandfather": N_("Grandfather"),
    "grandmother": N_("Grandmother"),
    "brother": N_("Brother"),
    "sister": N_("Sister"),
    "uncle": N_("Uncle"),
    "aunt": N_("Aunt"),
    "guardian": N_("Guardian"),
    "other": N_("Other"),
}
_LANGUAGES: Mapping[str, str] = {"ja": N_("Japanese"), "vi": N_("Vietnamese"), "en": N_("English")}
_OUTCOMES: Mapping[Outcome, str] = {
    Outcome.NEW: N_("New"),
    Outcome.MOVED: N_("Changes class"),
    Outcome.CHANGED: N_("Changed"),
    Outcome.UNCHANGED: N_("Unchanged"),
    Outcome.HELD: N_("Held back"),
}


def reason(problem: Problem) -> str:
    """What is wrong with a cell, in one sentence."""
    text = _PROBLEMS.get(problem.code)
    return _(text).format(**problem.details) if text else problem.code


def target(name: str) -> str:
    """What a column holds: `guardian1_email` as 「保護者1 メールアドレス」."""
    if name.startswith("guardian"):
        number, _underscore, field = name.removeprefix("guardian").partition("_")
        return _(_GUARDIAN_TARGETS[field]).format(number=number)
    return _(_CHILD_TARGETS[name])


def value(target_name: str, text: str) -> str:
    """A value as import bases hold it, in words where it is a code."""
    if target_name == "sex":
        return _(_SEXES.get(text, text)) if text else ""
    if target_name.endswith("_relationship"):
        return _(_RELATIONSHIPS.get(text, text)) if text else ""
    if target_name.endswith("_language"):
        return _(_LANGUAGES.get(text, text)) if text else ""
    return text


def outcome(kind: Outcome) -> str:
    return _(_OUTCOMES[kind])


def reason_header() -> str:
    """The header of the last column of saved held rows; reading such a file again leaves it out."""
    return _("Reason")
