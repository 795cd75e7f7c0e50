"""`doctor`: looks at everything that sending needs and says what to do."""

from datetime import tzinfo

import click

from desktop.app import opened
from desktop.cli import output
from desktop.cli.commands import command as make_command
from desktop.cli.opening import pass_options, place
from desktop.cli.options import Options
from desktop.domain.errors import UserError
from desktop.i18n import N_, _, ngettext
from desktop.services.checks import Check, fonts
from desktop.wording.checks import NAMES
from desktop.wording.errors import word
from desktop.wording.line import NAMES as MORE_NAMES

_NAMES = {**NAMES, **MORE_NAMES}


@make_command(N_("Check everything and say what to do."), name="doctor")
@pass_options
def command(options: Options) -> None:
    checks, zone = _checks(options)
    bad = sum(not check.ok for check in checks)
    if options.as_json:
        output.document({
            "ok": not bad,
            "checks": [{"name": check.name, "ok": check.ok, "message": _said(check, zone)} for check in checks],
        })  # fmt: skip
    else:
        output.table(
            ("", "", ""), [("✓" if check.ok else "✗", _(_NAMES[check.name]), _said(check, zone)) for check in checks]
        )
    if bad:
        raise click.ClickException(
            ngettext("{count} thing needs a look.", "{count} things need a look.", bad).format(count=bad)
        )


def _checks(options: Options) -> tuple[list[Check], tzinfo | None]:
    """What was found, and the zone of the city's clocks where it is known."""
    where = place(options)
    if not where.exists():
        return [Check("database", False, "database.not_initialised"), fonts()], None
    try:
        with opened(where) as found:
            checks = [*found.services.checks.all(), found.services.mailbox.check()]
            return checks, found.services.settings.all().zone
    except UserError as error:
        return [Check("database", False, error.code, error.details), fonts()], None


def _said(check: Check, zone: tzinfo | None) -> str:
    return " ".join(str(word(UserError(check.code, **dict(check.details)), zone)).split())
