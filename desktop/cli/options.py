"""What every command understands: where the data is, and how to print."""

import getpass
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from desktop.i18n import N_, _
from desktop.paths import Paths, default_paths, practice_paths


@dataclass(slots=True)
class Options:
    """The global options; they may stand before or after the command's name."""

    data_dir: Path | None = None
    database: str | None = None
    as_json: bool = False

    def paths(self, *, practice: bool = False) -> Paths:
        if self.data_dir is not None:
            return Paths(self.data_dir)
        return practice_paths() if practice else default_paths()

    def url(self, paths: Paths) -> str:
        """SQLAlchemy's URL of the database: the one named, or the embedded one among the local files."""
        return self.database or f"sqlite:///{paths.database}"


class DatabaseUrl(click.ParamType[str]):
    """`postgresql://…` or `sqlite:///file`, as SQLAlchemy wants it."""

    name = "URL"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if found := re.fullmatch(r"(?:postgres|postgresql)(?:\+psycopg)?://(.+)", value):
            return f"postgresql+psycopg://{found[1]}"
        if re.fullmatch(r"sqlite:///.+", value):
            return value
        said = _("{value} is no database address: write postgresql://user@host/name or sqlite:///file")
        raise click.BadParameter(said.format(value=re.sub(r"//[^@/]*@", "//…@", value)), ctx, param)


def global_options() -> list[click.Parameter]:
    """Fresh ones for each command; what is given is gathered in the context's Options."""
    return [
        click.Option(
            ["--data-dir"],
            metavar="DIR",
            type=click.Path(file_okay=False, path_type=Path),
            expose_value=False,
            callback=_gather("data_dir"),
            help=N_("Where the local files are."),
        ),
        click.Option(
            ["--database"],
            type=DatabaseUrl(),
            expose_value=False,
            callback=_gather("database"),
            help=N_("The shared database; without it, the one among the local files."),
        ),
        click.Option(
            ["--json", "as_json"],
            is_flag=True,
            default=None,
            expose_value=False,
            callback=_gather("as_json"),
            help=N_("Print one JSON document."),
        ),
    ]


def _gather(name: str) -> Callable[[click.Context, click.Parameter, Any], None]:
    def keep(context: click.Context, _parameter: click.Parameter, value: Any) -> None:
        options = context.ensure_object(Options)
        if value is not None:
            setattr(options, name, value.absolute() if isinstance(value, Path) else value)

    return keep


def os_user() -> str:
    """Who is at the keyboard, as the system knows them."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user id without an entry, as in containers
        return str(os.getuid()) if hasattr(os, "getuid") else "?"
