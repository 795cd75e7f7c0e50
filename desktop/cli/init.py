"""`init`: create or upgrade the database."""

from desktop.app import Opened, opened
from desktop.cli import output
from desktop.cli.commands import command as make_command
from desktop.cli.commands import one_line
from desktop.cli.opening import pass_options, place, via
from desktop.cli.options import Options
from desktop.domain.errors import UserError
from desktop.i18n import N_, _
from desktop.secrets import key_file, new_data_key


@make_command(N_("Create or upgrade the database."), name="init")
@pass_options
def command(options: Options) -> None:
    where = place(options)
    where.paths.make()
    if where.is_embedded:
        where.database_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not where.exists():
            key_file(where.database_file).unlink(missing_ok=True)  # left by a practice database that is gone
    with opened(where, checked=False) as found:
        before = found.migration()
        found.services.setup.create(practice=False, via=via())
        key, advice = _keep_key(found)
    if options.as_json:
        output.document({"created": before is None, "data_key": key})
    else:
        shown = where.database_file if where.is_embedded else _("the shared database")
        said = _("{database} is ready.") if before is None else _("{database} is up to date.")
        output.line(said.format(database=shown))
    if advice:
        output.note(advice)


def _keep_key(found: Opened) -> tuple[str | None, str]:
    """Where DATA_KEY stands, made if there is none; or None and how to keep one."""
    secrets = found.secrets
    if where := secrets.list()["DATA_KEY"]:
        return where, ""
    try:
        secrets.set("DATA_KEY", new_data_key())
    except UserError as error:
        return None, _("No key was made: {why} Make one with: {how}").format(
            why=one_line(error), how="head -c 32 /dev/urandom | base64"
        )
    return secrets.list()["DATA_KEY"], _("Keep a copy of DATA_KEY, but not beside the backups.")
