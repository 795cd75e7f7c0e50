"""Without a command: the desk. Nothing that needs SQLAlchemy is imported before its window has been painted."""

from collections.abc import Sequence
from pathlib import Path

import click

from desktop.cli.commands import command as make_command
from desktop.cli.options import Options
from desktop.desk import quick_start
from desktop.desk.place import DeskPlace
from desktop.i18n import N_

pass_options = click.make_pass_decorator(Options, ensure=True)


@make_command(N_("Open the desk."), name="desk")
@pass_options
def command(options: Options) -> int:
    quick_start.hold()
    from desktop.desk.application import run_desk

    paths = options.paths()
    return run_desk(DeskPlace(paths, options.url(paths)))


def open_desk(place: DeskPlace, sign_in_as: str) -> int:
    """Open the desk with somebody already signed in, as the demonstration does."""
    from desktop.desk.application import run_desk

    return run_desk(place, sign_in_as=sign_in_as)


def save_pictures(place: DeskPlace, sign_in_as: str, folder: Path) -> Sequence[Path]:
    """Pictures of the desk's pages without a screen."""
    from desktop.desk.application import picture_desk

    return picture_desk(place, sign_in_as, folder)
