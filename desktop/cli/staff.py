"""`staff add|import`."""

import sys
from pathlib import Path

import click

from desktop.cli import output
from desktop.cli.commands import Group
from desktop.cli.opening import database, owner, pass_options
from desktop.cli.options import Options
from desktop.cli.secret import read_secret
from desktop.i18n import N_, _


@click.group(cls=Group, name="staff", help=N_("Add members of staff."))
def command() -> None:
    pass


@command.command("add", help=N_("Add somebody. Without a password they act at the command line alone."))
@click.argument("login")
@click.option("--name", required=True, help=N_("Their name as it is shown."))
@click.option(
    "--role",
    "roles",
    multiple=True,
    required=True,
    metavar="ROLE[:SCOPE]",
    help=N_("clerk, approver, helpdesk, reviewer or administrator; for one school as clerk:H001."),
)
@click.option("--email", default="", metavar="ADDRESS", help=N_("Where notices to staff and copies reach them."))
@click.option("--password-stdin", is_flag=True, help=N_("Read the password from stdin."))
@pass_options
def add(options: Options, login: str, name: str, roles: tuple[str, ...], email: str, password_stdin: bool) -> None:
    password = _password(from_stdin=password_stdin)
    with database(options) as found:
        staff = found.services.staff
        made = staff.add(owner(), login, name, staff.parse_grants(roles), password, email)
    if options.as_json:
        output.document({"id": made, "login": login})
    else:
        output.line(_("{name} is registered.").format(name=name))


def _password(*, from_stdin: bool) -> str | None:
    if from_stdin:
        return read_secret(_("Password"))
    if not sys.stdin.isatty():
        return None
    typed: str = click.prompt(
        _("Password (empty: none)"), default="", show_default=False, hide_input=True, confirmation_prompt=True, err=True
    )
    return typed or None


@command.command("import", help=N_("Add everybody of a CSV file: login, name, mail address (may be left out), roles."))
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@pass_options
def import_(options: Options, file: Path) -> None:
    with database(options) as found:
        done = found.services.staff.import_file(owner(), file)
    if options.as_json:
        output.document({"added": done.added, "changed": done.changed, "unchanged": done.unchanged})
    else:
        said = _("Added: {added}, changed: {changed}, as they were: {unchanged}.")
        output.line(said.format(added=done.added, changed=done.changed, unchanged=done.unchanged))
