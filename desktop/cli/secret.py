"""`secret set|list`: passwords and keys. No value is ever printed."""

import sys

import click

from desktop import secrets as known
from desktop.app import secrets_of
from desktop.cli import output
from desktop.cli.commands import Group
from desktop.cli.opening import pass_options, place
from desktop.cli.options import Options
from desktop.domain.errors import UserError
from desktop.i18n import N_, _


@click.group(cls=Group, name="secret", help=N_("Set passwords and keys; list which are set."))
def command() -> None:
    pass


@command.command("set", help=N_("Keep a password or key. Its value comes from a prompt, or from stdin."))
@click.argument("name")
@pass_options
def set_(options: Options, name: str) -> None:
    if name not in known.NAMES:
        raise UserError("secrets.unknown_name", name=name, known=known.NAMES)
    secrets_of(place(options)).set(name, read_secret(name))
    if options.as_json:
        output.document({"name": name})


@command.command("list", help=N_("Which are set, and where they stand."))
@pass_options
def list_(options: Options) -> None:
    found = secrets_of(place(options)).list()
    if options.as_json:
        output.document([{"name": name, "set": where is not None, "where": where} for name, where in found.items()])
        return
    output.table((_("Name"), _("Where it stands")), [(name, where or "–") for name, where in found.items()])


def read_secret(prompt: str) -> str:
    """From the terminal without showing it, twice; or the first line of stdin. Raises UserError("secret.empty")."""
    if sys.stdin.isatty():
        value: str = click.prompt(prompt, hide_input=True, confirmation_prompt=True, err=True)
    else:
        value = sys.stdin.readline().rstrip("\r\n")
    if not value:
        raise UserError("secret.empty", name=prompt)
    return value
