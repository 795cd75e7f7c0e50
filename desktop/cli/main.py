"""The commands by name, and what their endings mean: 0 done, 1 a person can put it right, 2 wrong usage, 3 a bug."""

import io
import os
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module

import click

from desktop import __version__, i18n
from desktop.cli.commands import Command, FaultError, Group
from desktop.i18n import N_, _

DONE, PUT_RIGHT, WRONG_USAGE, BUG = range(4)

COMMANDS = {
    "demo": N_("A sample city on a fresh practice database: sends, prints, then opens the desk."),
    "init": N_("Create or upgrade the database."),
    "staff": N_("Add members of staff."),
    "secret": N_("Set passwords and keys; list which are set."),
    "roster": N_("Import and export rosters."),
    "notice": N_("Write notices, approve them and follow what became of them."),
    "worker": N_("Send what is due."),
    "release": N_("After a restore, copy or move: look at what may have gone out, and send again."),
    "line": N_("Set up the city's LINE account; find out what is wrong with it."),
    "portal": N_("Serve the guardians' web pages."),
    "settings": N_("List, read and change settings."),
    "doctor": N_("Check everything and say what to do."),
}


class Program(Group):
    """The whole program. A command's module is loaded when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"desktop.cli.{cmd_name}").command
        return command

    def summaries(self, ctx: click.Context) -> list[tuple[str, str]]:
        return [(name, _(help_)) for name, help_ in COMMANDS.items()]


@click.group(
    cls=Program,
    name="renraku",
    invoke_without_command=True,
    help=N_("Notices from schools to families. Without a command: open the desk."),
)
@click.version_option(__version__, message="%(prog)s %(version)s")
@click.pass_context
def program(context: click.Context) -> object:
    if context.invoked_subcommand is not None:
        return None
    desk: Command = import_module("desktop.cli.desk").command
    with desk.make_context("desk", [], parent=context) as inner:
        return desk.invoke(inner)


def main(arguments: Sequence[str] | None = None) -> int:
    i18n.set_language(i18n.guess_language())
    _speak_utf8()
    try:
        ended = program.main(arguments, prog_name="renraku", standalone_mode=False)
    except (click.ClickException, click.Abort, KeyboardInterrupt, FaultError) as error:
        return _ended_badly(error)
    except BrokenPipeError:  # whoever read the output went away: there is nobody to tell
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except Exception:  # noqa: BLE001 - the last door: a broken installation, before there is a log to write to
        traceback.print_exc()
        return BUG
    return ended if isinstance(ended, int) else DONE


def _ended_badly(error: BaseException) -> int:
    match error:
        case click.UsageError():
            return _say(_usage(error), WRONG_USAGE)
        case click.ClickException():
            return _say(error.format_message(), PUT_RIGHT)
        case FaultError():
            return _say(str(error), BUG)
    return _say(_("Stopped."), PUT_RIGHT)


def _speak_utf8() -> None:
    """Into a file or a pipe always UTF-8, to a terminal what it understands."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding=None if stream.isatty() else "utf-8", errors="backslashreplace")


def _usage(error: click.UsageError) -> str:
    if isinstance(error, click.exceptions.NoArgsIsHelpError) and error.ctx:
        return error.ctx.get_help()
    where = error.ctx.command_path if error.ctx else "renraku"
    return f"{' '.join(error.format_message().split())} {_('See {command} --help.').format(command=where)}"


def _say(text: str, code: int) -> int:
    click.echo(text, err=True)
    return code
