"""From the global options to a database in use and somebody who acts on it."""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from desktop.app import Opened, Place, opened
from desktop.cli.options import Options, os_user
from desktop.domain.errors import UserError
from desktop.domain.staff import CITY, Actor, ActorKind, Grant, Role


def place(options: Options, *, practice: bool = False) -> Place:
    paths = options.paths(practice=practice)
    return Place(paths, options.url(paths))


@contextmanager
def database(options: Options) -> Iterator[Opened]:
    """The database that the options name, closed on leaving."""
    with opened(place(options)) as found:
        yield found


def owner() -> Actor:
    """The command line itself, for commands that act in nobody's name: it may do everything, and is audited."""
    grants = tuple(Grant(role, CITY) for role in Role)
    return Actor(ActorKind.COMMAND_LINE, "command line", grants=grants, via=via())


def acting_as(found: Opened, login: str) -> Actor:
    """A member of staff, at the command line.

    The owner of an embedded database may act as anyone. A shared one knows who is connected, and that is who acts:
    anyone else raises UserError("as.other_role").
    """
    role = found.connected_role()
    if role is not None and role != login:
        raise UserError("as.other_role", role=role, login=login)
    return found.services.staff.actor_for(login, via=via())


def via() -> str:
    """What the audit says of how somebody acted."""
    return f"command line, OS user {os_user()}"


pass_options = click.make_pass_decorator(Options, ensure=True)
