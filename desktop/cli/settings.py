"""`settings list|get|set`."""

import click

from desktop.cli import output
from desktop.cli.commands import Group
from desktop.cli.opening import database, owner, pass_options
from desktop.cli.options import Options
from desktop.i18n import N_, _


@click.group(cls=Group, name="settings", help=N_("List, read and change settings."))
def command() -> None:
    pass


@command.command("list", help=N_("Every setting, what it is now and what it would be by itself."))
@pass_options
def list_(options: Options) -> None:
    with database(options) as found:
        settings = found.services.settings.list()
    if options.as_json:
        output.document([
            {"key": key, "value": value, "default": default, "label": label}
            for key, value, default, label in settings
        ])  # fmt: skip
        return
    output.table(
        (_("Setting"), _("Now"), _("By itself"), _("What it is")),
        [(key, value, "" if value == default else default, label) for key, value, default, label in settings],
    )


@command.command("get", help=N_("One setting."))
@click.argument("key")
@pass_options
def get(options: Options, key: str) -> None:
    with database(options) as found:
        value = found.services.settings.get(key)
    if options.as_json:
        output.document({"key": key, "value": value})
    else:
        output.line(value)


@command.command("set", help=N_("Change one setting."))
@click.argument("key")
@click.argument("value")
@pass_options
def set_(options: Options, key: str, value: str) -> None:
    with database(options) as found:
        found.services.settings.set(owner(), key, value)
        now = found.services.settings.get(key)
    if options.as_json:
        output.document({"key": key, "value": now})
