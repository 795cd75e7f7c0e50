"""`demo`: a practice city on a fresh database, from its rosters to what each class was sent."""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from threading import Event
from types import ModuleType
from typing import Any

import click

from desktop import i18n
from desktop.app import Opened, Place, opened
from desktop.cli import output
from desktop.cli.commands import command as make_command
from desktop.cli.opening import pass_options, place
from desktop.cli.options import Options
from desktop.demo.play import ADMINISTRATOR, CLERK, LOGINS, ClassLine, Play
from desktop.demo.texting import play_texting
from desktop.desk.place import DeskPlace
from desktop.domain.errors import UserError
from desktop.i18n import N_, _
from desktop.secrets import Secrets, key_file
from desktop.sending import WORKER_BUSY_SECONDS, work
from desktop.services.clock import utc_now
from desktop.worker.lock import DataDirLock


@make_command(N_("A sample city on a fresh practice database: sends, prints, then opens the desk."), name="demo",
              practice=True)  # fmt: skip
@click.option("--headless", is_flag=True, help=N_("Do not open the desk; save pictures of its pages."))
@pass_options
def command(options: Options, headless: bool) -> None:
    where = place(options, practice=True)
    shown = _Shown(silent=options.as_json)
    _clear(where)
    with _fresh(where) as found:
        trip = _play(found, shown)
        play = _practising(found)
        status = play.status(trip)
        if not options.as_json:
            _print_classes(play.classes(trip), status)
        without_screen = headless or not _has_screen()
        pictures = _save_pictures(where) if without_screen else []
        if options.as_json:
            output.document({"notice": status, "pictures": [str(picture) for picture in pictures]})
    if not without_screen:
        _desk().open_desk(DeskPlace(where.paths, where.url), sign_in_as=CLERK.login)
        return
    shown.say(_("The desk is not opened: there is no screen.") if not headless else _("The desk is not opened."))
    for picture in pictures:
        shown.say(str(picture))


class _Shown:
    """What the demonstration says on its way; nothing where only the JSON document is wanted."""

    def __init__(self, *, silent: bool) -> None:
        self._silent = silent

    def say(self, text: str) -> None:
        if not self._silent:
            output.line(text)


def _clear(where: Place) -> None:
    """Take away what an earlier demonstration left, and nothing else.

    Raises UserError: "demo.real_database", "demo.not_empty" or "demo.open_elsewhere".
    """
    where.paths.make()
    if not where.is_embedded:
        with opened(where, checked=False) as found:
            if found.migration() is not None:
                raise UserError("demo.not_empty")
        return
    database = where.database_file
    if database.exists() and not (key_file(database).exists() and _is_practice(where)):
        raise UserError("demo.real_database", folder=str(database.parent))
    try:
        with DataDirLock(where.paths.lock):
            for leftover in (database, *(database.with_name(f"{database.name}-{end}") for end in ("wal", "shm"))):
                leftover.unlink(missing_ok=True)
            for folder in (where.paths.journal, where.paths.drafts, _rosters(where)):
                shutil.rmtree(folder, ignore_errors=True)
    except (OSError, UserError) as error:
        raise UserError("demo.open_elsewhere", folder=str(database.parent)) from error
    where.paths.make()


def _is_practice(where: Place) -> bool:
    """Ask the database itself, too; one that was never finished knows nothing yet, and its key says enough."""
    try:
        with opened(where, checked=False) as found:
            return found.services.settings.all().practice
    except UserError as error:
        return error.code == "database.not_initialised"


@contextmanager
def _fresh(where: Place) -> Iterator[Opened]:
    """The practice key comes first: by it a later demonstration knows that the database may be taken away."""
    secrets = Secrets.of_practice(where.database_file)
    with opened(where, secrets=secrets, checked=False, busy_seconds=WORKER_BUSY_SECONDS) as found:
        yield found


def _practising(found: Opened) -> Play:
    return Play(found.services, utc_now, lambda: _send(found))


def _send(found: Opened) -> None:
    work(found, Event(), until_idle=True)


def _play(found: Opened, shown: _Shown) -> int:
    """The number of the notice that the demonstration is about."""
    play = _practising(found)
    play.found()
    play_texting(found, found.services.staff.actor_for(ADMINISTRATOR.login), utc_now())
    for done in play.import_rosters(_rosters(found.place)):
        shown.say(_("{file}: {imported} of {rows} children imported").format(
            file=done.file.name, imported=done.imported, rows=done.rows))  # fmt: skip
    shown.say(_("Sending …"))
    trip = play.send_notices()
    play.leave_notices()
    play.register_guardians()
    return trip


def _rosters(where: Place) -> Path:
    return where.paths.data_dir / "rosters"


def _print_classes(classes: list[ClassLine], status: dict[str, Any]) -> None:
    columns = (_("Class"), _("Children"), _("Email"), _("LINE"), _("Not sent"), _("Children not reached"))
    rows = [(c.homeroom, c.children, c.email, c.line, c.failed, c.unreached) for c in classes]
    output.table(columns, rows, title="遠足の延期", numbers=5)
    apart = {_("Staff"): status["staff"], _("Copies"): status["copies"]}
    for whose, counts in {**status["deliveries"], **apart}.items():
        output.line(f"{whose}: " + ", ".join(f"{state} {count}" for state, count in counts.items()))
    output.line()
    output.table((_("Login"), _("Password"), _("Name")), [(who.login, who.password, who.name) for who in LOGINS])


def _has_screen() -> bool:
    if os.environ.get("QT_QPA_PLATFORM", "") in {"offscreen", "minimal"}:
        return False
    if sys.platform in {"win32", "darwin"}:
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _save_pictures(where: Place) -> list[Path]:
    os.environ["QT_QPA_PLATFORM"] = "offscreen"  # Qt ends the whole program where it finds no screen
    folder = where.paths.data_dir / "pictures"
    shutil.rmtree(folder, ignore_errors=True)
    spoken = i18n.current_language()
    try:
        return list(_desk().save_pictures(DeskPlace(where.paths, where.url), CLERK.login, folder))
    finally:
        i18n.set_language(spoken)  # the desk speaks the language that was chosen there


def _desk() -> ModuleType:
    """Qt is needed at the end only."""
    return import_module("desktop.cli.desk")
