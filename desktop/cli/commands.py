"""What a command of the command line is here: translated help, the global options, one line for each error."""

import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import click

from desktop.cli.options import Options, global_options
from desktop.domain.errors import UserError
from desktop.i18n import N_, _
from desktop.log import logging_to
from desktop.paths import Paths
from desktop.wording.errors import word

log = logging.getLogger(__name__)

_LONG_LIVED = frozenset({"desk", "demo", "worker", "portal"})
"""Commands that stay for long have a log of their own: two processes that rotate one file would lose lines."""


class FaultError(Exception):
    """The program's own mistake; its traceback stands in the log."""


class _Spoken(click.Command):
    """A command whose help is marked for translation, and translated when it is shown."""

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(_translated(self.help))

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        options = (param for param in self.get_params(ctx) if isinstance(param, click.Option))
        records = [record for option in options if (record := _record(option, ctx))]
        with formatter.section(_("Options")):
            formatter.write_dl(records)

    def get_short_help_str(self, limit: int = 45) -> str:
        return _translated(self.help)


class Command(_Spoken):
    """A command that takes the global options and logs to the data directory.

    One that `talks` (the worker) logs to stderr too; the others leave stderr to one clear line. The local files of a
    `practice` command stand apart from the real ones.
    """

    def __init__(self, *args: Any, talks: bool = False, practice: bool = False, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.talks = talks
        self.practice = practice
        self.params.extend(global_options())

    def invoke(self, ctx: click.Context) -> Any:
        paths = ctx.ensure_object(Options).paths(practice=self.practice)
        process = self.name if self.name in _LONG_LIVED else "commands"
        file = paths.logs / f"{process}.log"
        try:
            with _logging(paths, process, talks=self.talks), _faults_logged(ctx.command_path, file):
                return super().invoke(ctx)
        except UserError as error:
            raise click.ClickException(one_line(error)) from error


class Group(_Spoken, click.Group):
    """Commands of one subject, listed in the order in which they are used."""

    command_class = Command

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.params.extend(global_options())

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        super().format_options(ctx, formatter)
        self.format_commands(ctx, formatter)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section(_("Commands")):
            formatter.write_dl(self.summaries(ctx))

    def summaries(self, ctx: click.Context) -> list[tuple[str, str]]:
        """Each command with what it does."""
        listed = ((name, self.get_command(ctx, name)) for name in self.list_commands(ctx))
        return [(name, found.get_short_help_str()) for name, found in listed if found]


def command(help_: str, **settings: Any) -> Callable[[Callable[..., object]], Command]:
    """A command by itself; `help_` is marked for translation."""
    return click.command(cls=Command, help=help_, **settings)


def one_line(error: UserError) -> str:
    """What went wrong and what to do, without line breaks, so that whatever reads stderr gets one line."""
    message = word(error)
    return " ".join(f"{message.text} {message.next_step}".split())


_CLICKS_OWN = (N_("Show this message and exit."), N_("Show the version and exit."))


def _translated(english: str | None) -> str:
    return _(english) if english else ""


def _record(option: click.Option, ctx: click.Context) -> tuple[str, str] | None:
    """How an option is written, and what it is for; what click adds, such as `[required]`, stays."""
    record = option.get_help_record(ctx)
    if record is None or not option.help:
        return record
    return record[0], record[1].replace(option.help, _(option.help))


@contextmanager
def _logging(paths: Paths, process: str, *, talks: bool) -> Iterator[None]:
    with ExitStack() as stack:
        try:
            paths.make()
            stream = sys.stderr if talks else stack.enter_context(Path(os.devnull).open("w", encoding="utf-8"))
            stack.enter_context(logging_to(paths.logs, process, stream=stream))
        except OSError as error:
            raise UserError("data_dir.unusable", folder=str(paths.data_dir)) from error
        yield


@contextmanager
def _faults_logged(what: str, file: Path) -> Iterator[None]:
    try:
        yield
    except (UserError, click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
        raise
    except Exception as error:
        log.exception("a fault in %s", what)
        said = _("Renraku made a mistake ({kind}). The details are in {file}.")
        raise FaultError(said.format(kind=type(error).__name__, file=file)) from error
