"""What is wrong with a notice's file, in words."""

from collections.abc import Iterable, Mapping

from desktop.domain.errors import UserError
from desktop.domain.notice_files import Problem
from desktop.i18n import N_, _

ERRORS: Mapping[str, tuple[str, str]] = {
    "notice_file.encoding": (N_("The file is not written in UTF-8."), N_("Save it as UTF-8 and try again.")),
    "notice_file.toml": (N_("The file is not TOML: {reason}."), N_("Correct that place and try again.")),
    "notice_file.problems": (N_("Nothing was made of the file: {problems}."), N_("Correct it and try again.")),
    "time.syntax": (N_("“{time}” is no time."), N_("Write it like 2026-12-01T08:00.")),
    "time.does_not_exist": (
        N_("The city's clocks do not show {time}: they are put forward over it."),
        N_("Choose another time."),
    ),
}

_WORDS: Mapping[str, str] = {
    "unknown_key": N_("{path}: there is no such key"),
    "missing": N_("{path}: is missing"),
    "not_text": N_("{path}: must be a text in quotes"),
    "not_table": N_("{path}: must be a table"),
    "not_list": N_("{path}: must be a list"),
    "not_time": N_("{path}: must be a time such as 2026-12-01T08:00:00, without quotes"),
    "does_not_exist": N_("{path}: the city's clocks do not show {value}"),
    "not_known": N_("{path}: there is no “{value}”"),
    "not_a_part": N_("{path}: “{value}” does not say who is meant"),
    "no_school": N_("{path}: there is no school {value}"),
    "empty": N_("{path}: is empty"),
}


def listed(problems: Iterable[Problem]) -> str:
    """All problems on one line, each with its place."""
    return _("; ").join(_(_WORDS[p.code]).format(path=p.path, value=p.value) for p in problems)


def worded(error: UserError) -> UserError:
    """The same error with its problems as a text that `word()` can put in."""
    problems = error.details.get("problems")
    return UserError(error.code, problems=listed(problems)) if isinstance(problems, tuple) else error
