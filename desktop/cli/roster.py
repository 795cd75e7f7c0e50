"""`roster import|export`."""

from collections.abc import Sequence
from pathlib import Path
from typing import TypedDict, Unpack

import click

from desktop.cli import output
from desktop.cli.commands import Group
from desktop.cli.opening import database, owner, pass_options
from desktop.cli.options import Options
from desktop.domain.rosters.changes import ImportPreview, ImportResult
from desktop.domain.rosters.differences import Decisions, Difference
from desktop.domain.rosters.reading import Reading
from desktop.domain.rosters.rows import Problem
from desktop.i18n import N_, _
from desktop.services.rosters import Rosters, read_mapping
from desktop.wording.rosters import reason, reason_header

_PATH = click.Path(dir_okay=False, path_type=Path)
_file = click.argument("file", type=_PATH)
_SHOWN = 200


class _Unsaid(TypedDict):
    """What holds where the file does not say it."""

    school: str
    year: int | None
    homeroom: str
    contacts: bool


@click.group(cls=Group, name="roster", help=N_("Import and export rosters."))
def command() -> None:
    pass


@command.command("import", help=N_("Take over a roster: CSV, Excel or OneRoster."))
@_file
@click.option("--school", default="", metavar="CODE", help=N_("The school, where the file does not say it."))
@click.option("--year", type=click.IntRange(2000, 2100), help=N_("The school year, where the file does not say it."))
@click.option("--homeroom", default="", metavar="CLASS", help=N_("The class of all rows, where the file has none."))
@click.option("--contacts", is_flag=True, help=N_("It is a bare list of addresses, though it has a column of names."))
@click.option("--mapping", type=_PATH, help=N_("What the columns mean, as TOML."))
@click.option(
    "--differences",
    type=click.Choice(["file", "mine"]),
    default="mine",
    help=N_("Which holds where something was changed here since the last import."),
)
@click.option("--dry-run", is_flag=True, help=N_("Only say what would happen."))
@click.option("--held", type=_PATH, help=N_("Save the rows that were not taken here."))
@pass_options
def import_(
    options: Options,
    file: Path,
    mapping: Path | None,
    differences: str,
    dry_run: bool,
    held: Path | None,
    **said: Unpack[_Unsaid],
) -> None:
    with database(options) as found:
        rosters = found.services.rosters
        reading = rosters.read(
            file,
            mapping=read_mapping(mapping) if mapping else None,
            school=said["school"] or rosters.default_school(owner()),
            year=said["year"],
            homeroom=said["homeroom"],
            contacts=said["contacts"],
        )
        reading = rosters.recall(owner(), reading)
        decisions = Decisions(everything=differences == "file")
        with output.progress(_("Importing")) as tick:
            done: ImportPreview | ImportResult = (
                rosters.preview(owner(), reading, tick, decisions)
                if dry_run
                else rosters.import_(owner(), reading, tick, decisions)
            )
        problems = done.problems if isinstance(done, ImportPreview) else (*done.held, *done.warnings)
        if held:
            _save_held(rosters, reading, problems, held)
    if options.as_json:
        output.document(_document(reading, done, problems))
    else:
        _print(reading, done, problems, dry_run=dry_run)


def _save_held(rosters: Rosters, reading: Reading, problems: Sequence[Problem], path: Path) -> None:
    rosters.held_rows_file(reading, problems, path, reason_header=reason_header(), word=reason)


def _document(reading: Reading, done: ImportPreview | ImportResult, problems: Sequence[Problem]) -> dict[str, object]:
    return {
        "kind": "contacts" if reading.contacts else "children",
        "rows": len(reading.lines),
        "imported": done.new + done.moved + done.changed,
        "new": done.new,
        "moved": done.moved,
        "changed": done.changed,
        "unchanged": done.unchanged,
        "held": [_problem(problem) for problem in problems if problem.holds],
        "warnings": [_problem(problem) for problem in problems if not problem.holds],
        "missing": [child.id for child in done.missing],
        "differences": [_difference(difference) for difference in done.differences],
        "import_id": done.import_id if isinstance(done, ImportResult) else None,
    }


def _problem(problem: Problem) -> dict[str, object]:
    return {"line": problem.line, "column": problem.column, "reason": reason(problem), "code": problem.code}


def _difference(difference: Difference) -> dict[str, object]:
    return {
        "line": difference.line,
        "column": difference.column,
        "target": difference.target,
        "current": difference.current,
        "file": difference.said,
        "taken": "file" if difference.takes_file else "mine",
    }


def _print(reading: Reading, done: ImportPreview | ImportResult, problems: Sequence[Problem], *, dry_run: bool) -> None:
    held = len({problem.line for problem in problems if problem.holds})
    head = _("{rows} rows would give:") if dry_run else _("{rows} rows gave:")
    output.line(head.format(rows=len(reading.lines)))
    if reading.contacts:
        output.line(_("A list of addresses: its contacts wait for their child and can be written to at once."))
        output.pairs({_("New contacts"): done.new, _("As they were"): done.unchanged, _("Not taken"): held})
    else:
        _print_children(done, held)
    if reading.remembered:
        output.line(_("The columns were taken as they were corrected at an earlier import."))
    if done.differences:
        different = [
            (str(d.line), d.column, d.current, d.said, _("file") if d.takes_file else _("here"))
            for d in done.differences[:_SHOWN]
        ]
        output.table((_("Line"), _("Column"), _("Stands here"), _("In the file"), _("Taken")), different)
    if problems:
        rows = [(p.line, p.column, "✗" if p.holds else "!", reason(p)) for p in problems[:_SHOWN]]
        output.table((_("Line"), _("Column"), "", reason_header()), rows)
    if len(problems) > _SHOWN:
        output.line(_("… and {count} more; --json lists them all.").format(count=len(problems) - _SHOWN))


def _print_children(done: ImportPreview | ImportResult, held: int) -> None:
    output.pairs({
        _("New"): done.new,
        _("Moved to another class"): done.moved,
        _("Changed"): done.changed,
        _("As they were"): done.unchanged,
        _("Not taken"): held,
        _("Not in the file"): len(done.missing),
    })  # fmt: skip


@command.command("export", help=N_("Save a roster as .xlsx, .csv or OneRoster .zip, by the file's ending."))
@_file
@click.option("--school", default="", metavar="CODE", help=N_("This school only."))
@pass_options
def export(options: Options, file: Path, school: str) -> None:
    with database(options) as found:
        rows = found.services.rosters.export(owner(), file, school=school)
    if options.as_json:
        output.document({"rows": rows, "file": str(file)})
    else:
        output.line(_("{rows} children are in {file}.").format(rows=rows, file=file))
