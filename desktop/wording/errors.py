"""Errors that a person can put right, in words: what happened, and what to do now.

Each subject keeps its own table, code → (what is wrong, what to do); `_TABLES` lists them. Words may name the error's
details in braces.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from desktop.domain.errors import UserError
from desktop.i18n import LANGUAGES, N_, _, format_date, format_exact
from desktop.wording import (
    accounts,
    checks,
    command_line,
    letters,
    line,
    notice_files,
    notices,
    people,
    portal,
    registration_codes,
    registrations,
    rosters,
    secrets,
    sending_release,
    sms,
    staff,
)

Table = Mapping[str, tuple[str, str]]

GENERAL: Table = {
    "forbidden": (
        N_("Your roles do not include this here."),
        N_("Ask an administrator, or let a colleague who may do it sign in."),
    ),
    "not_found": (
        N_("This no longer exists; somebody may have removed it."),
        N_("Reload with F5 and look again."),
    ),
    "changed_elsewhere": (
        N_("{who} changed this while you were working on it ({when})."),
        N_("Look at both versions and keep the one that is right. Nothing of yours was saved yet."),
    ),
    "database.busy": (
        N_("The database is busy with something else."),
        N_("Nothing was changed. Try again in a moment."),
    ),
    "database.full": (
        N_("The disk on which the database lies is full."),
        N_("Nothing was changed. Make room on the disk, then try again."),
    ),
    "database.read_only": (
        N_("The database may only be read."),
        N_("Nothing was changed. Check who may write to its file or folder."),
    ),
    "database.damaged": (
        N_("The file of the database is damaged, or it is something else."),
        N_("Nothing was changed. Keep the file as it is, and put the newest backup in its place."),
    ),
    "database.unavailable": (
        N_("The database does not answer."),
        N_("Nothing was changed. Check the network; what you write is kept on this computer meanwhile."),
    ),
    "desk.already_open": (
        N_("Renraku is already open on this computer, but does not answer."),
        N_("Wait a moment and try again. If it stays like that, sign out of the computer and in again."),
    ),
    "database.not_initialised": (
        N_("There is no database yet."),
        N_("Start Renraku once to set it up, or run `main.py init`."),
    ),
    "database.newer": (
        N_("The database was made by a newer Renraku than this one."),
        N_("Install the newer version on this computer, too. Nothing was changed."),
    ),
    "database.older": (
        N_("The database comes from an older Renraku and has to be brought up to date."),
        N_("Make a backup, then run `main.py init`."),
    ),
    "database.other_mode": (
        N_("Practice is fixed when a database is made, and cannot be changed afterwards."),
        N_("Choose another place for the database."),
    ),
    "text.broken": (
        N_("The text holds a broken character that cannot be kept."),
        N_("Nothing was changed. It may be half of an emoji, or come from copying: type that place anew."),
    ),
    "settings.unknown": (
        N_("There is no setting called {key}."),
        N_("`settings list` shows them all."),
    ),
    "settings.invalid": (
        N_("{key} cannot be “{value}”."),
        N_("Write it as `settings list` shows it."),
    ),
    "audience.syntax": (
        N_("“{part}” does not say who is meant."),
        N_("Write it like homeroom:H001/3-1, group:H001/Football or child:123."),
    ),
}

_TABLES: tuple[Table, ...] = (
    GENERAL,
    accounts.ERRORS,
    checks.ERRORS,
    command_line.ERRORS,
    letters.ERRORS,
    line.ERRORS,
    notice_files.ERRORS,
    notices.ERRORS,
    people.ERRORS,
    portal.ERRORS,
    registration_codes.ERRORS,
    registrations.ERRORS,
    rosters.ERRORS,
    secrets.ERRORS,
    sending_release.ERRORS,
    sms.ERRORS,
    staff.ERRORS,
)
_UNKNOWN = (
    N_("This could not be done ({code})."),
    N_("Nothing was changed. Try again; if it happens again, tell whoever looks after Renraku this code."),
)


@dataclass(frozen=True, slots=True)
class Message:
    """An error for its reader: what happened, and the next step."""

    text: str
    next_step: str

    def __str__(self) -> str:
        """Both, one after the other; Japanese puts no space between sentences."""
        return f"{self.text} {self.next_step}".strip().replace("。 ", "。")


def word(error: UserError, zone: tzinfo | None = None) -> Message:
    """The words for an error, in the reader's language; moments among its details are told in `zone`."""
    text, next_step = _words(error.code)
    details = _Details({name: _shown(name, value, zone) for name, value in error.details.items()}, code=error.code)
    if error.code == "changed_elsewhere" and not error.details.get("who"):
        text = N_("Somebody else changed this while you were working on it.")
    return Message(_(text).format_map(details), _(next_step).format_map(details) if next_step else "")


def _words(code: str) -> tuple[str, str]:
    return next((table[code] for table in _TABLES if code in table), _UNKNOWN)


def _shown(name: str, value: object, zone: tzinfo | None) -> str:
    if name == "language":
        return LANGUAGES.get(str(value), str(value))
    if isinstance(value, datetime):
        return format_exact(value.astimezone(zone))
    if isinstance(value, date):
        return format_date(value)
    return str(value)


class _Details(dict[str, str]):
    """Details by name; one that is missing must not hide the message."""

    def __missing__(self, key: str) -> str:
        return "?"
