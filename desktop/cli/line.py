"""`line setup-menu|check`: the city's LINE account."""

from pathlib import Path

import click

from desktop.cli import output
from desktop.cli.commands import Group
from desktop.cli.opening import database, owner, pass_options
from desktop.cli.options import Options
from desktop.domain.errors import UserError
from desktop.i18n import N_, _, ngettext
from desktop.wording.errors import word
from desktop.wording.line import NAMES

_MENU = Path(__file__).resolve().parents[2] / "resources" / "line" / "menu.png"


@click.group(cls=Group, name="line", help=N_("Set up the city's LINE account; find out what is wrong with it."))
def command() -> None:
    pass


@command.command("setup-menu", help=N_("Give everybody the menu by which they link LINE with the portal."))
@pass_options
def setup_menu(options: Options) -> None:
    with database(options) as found:
        menu_id = found.services.line_account.setup_menu(owner(), _MENU.read_bytes())
    if options.as_json:
        output.document({"menu": menu_id})
    else:
        output.line(_("Everybody who is a friend of the account sees the menu now."))


@command.command("check", help=N_("Ask LINE about our account, and say what to do."))
@click.option("--set-webhook", is_flag=True, help=N_("First tell LINE to deliver to this portal."))
@pass_options
def check(options: Options, set_webhook: bool) -> None:
    with database(options) as found:
        if set_webhook:
            found.services.line_account.set_webhook(owner())
        checks = found.services.line_account.check(owner())
        zone = found.services.settings.all().zone
    said = [(one, " ".join(str(word(UserError(one.code, **dict(one.details)), zone)).split())) for one in checks]
    bad = sum(not one.ok for one in checks)
    if options.as_json:
        listed = [{"name": one.name, "ok": one.ok, "message": text} for one, text in said]
        output.document({"ok": not bad, "checks": listed})
    else:
        output.table(("", "", ""), [("✓" if one.ok else "✗", _(NAMES[one.name]), text) for one, text in said])
    if bad:
        raise click.ClickException(
            ngettext("{count} thing needs a look.", "{count} things need a look.", bad).format(count=bad)
        )
