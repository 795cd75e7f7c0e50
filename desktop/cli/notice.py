"""`notice …`: a notice from a file to what became of it, always in somebody's name."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from desktop.app import Opened
from desktop.cli import output
from desktop.cli.commands import Command, Group
from desktop.cli.files import read_bytes
from desktop.cli.opening import acting_as, database, pass_options
from desktop.cli.options import Options
from desktop.domain.errors import UserError
from desktop.domain.notice_files import Known, read_notice_file, read_time
from desktop.domain.notices import Channel, Draft
from desktop.domain.reports import AudienceChild, AudienceCount, AudienceOther
from desktop.domain.staff import Actor
from desktop.i18n import LANGUAGES, N_, _, format_exact
from desktop.wording.deliveries import sent_again_words
from desktop.wording.notice_files import worded

_PAGE = 500


class InSomebodysName(Command):
    """A command about one notice, done as a member of staff."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.params.append(click.Option(["--as", "login"], metavar="LOGIN", required=True, help=N_("In whose name.")))


class Notice(Group):
    command_class = InSomebodysName


@click.group(cls=Notice, name="notice", help=N_("Write notices, approve them and follow what became of them."))
def command() -> None:
    pass


_with_id = click.argument("notice_id", metavar="ID", type=click.IntRange(1, 2**63 - 1))


# Writing


@command.command("create", help=N_("Make a draft of a TOML file and print its number."))
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@pass_options
def create(options: Options, file: Path, login: str) -> None:
    with _acting(options, login) as (found, actor):
        made = found.services.notices.create(actor, _read(found, actor, file))
    if options.as_json:
        output.document({"id": made})
    else:
        output.line(str(made))


@command.command("preview", help=N_("Whom it means now, and whom no working channel reaches."))
@_with_id
@pass_options
def preview(options: Options, notice_id: int, login: str) -> None:
    with _acting(options, login) as (found, actor):
        draft = found.services.notices.get(actor, notice_id).draft
        seen = found.services.audiences.preview(actor, draft)
        unreached = _unreached(found, actor, draft)
        others = found.services.audiences.others(actor, draft, only="unreached")
    if options.as_json:
        document = {**_counted(seen.count), "unreached": [_child(child) for child in unreached]}
        output.document(document | {"unreached_others": [_other(other) for other in others]})
        return
    output.pairs({
        _("Children"): seen.count.children,
        _("Families"): seen.count.families,
        _("Guardians"): seen.count.guardians,
        _("Email"): seen.count.messages.get(Channel.EMAIL, 0),
        _("LINE"): seen.count.messages.get(Channel.LINE, 0),
        _("Not reached"): seen.count.unreached,
        **_told_apart(seen.count),
    })  # fmt: skip
    if unreached:
        output.table((_("Class"), _("Not reached")), [(child.homeroom, child.name) for child in unreached])
    if others:
        output.table((_("Place"), _("Not reached")), [(other.place, other.name) for other in others])
    for part in seen.unknown_parts:
        output.note(_("{part} means nobody: there is no such part.").format(part=part))


def _counted(count: AudienceCount) -> dict[str, object]:
    return {
        "children": count.children,
        "families": count.families,
        "guardians": count.guardians,
        "messages": {channel.value: count.messages.get(channel, 0) for channel in Channel},
        "waiting": count.waiting,
        "staff": count.staff,
        "copies": count.copies,
    }


def _told_apart(count: AudienceCount) -> dict[str, int]:
    """Who is meant besides children, where anybody is."""
    told = {
        _("Contacts without a child yet"): count.waiting,
        _("Staff"): count.staff,
        _("Copies"): count.copies,
    }
    return {name: number for name, number in told.items() if number}


def _child(child: AudienceChild) -> dict[str, object]:
    return {"id": child.child_id, "name": child.name, "homeroom": child.homeroom, "guardians": list(child.guardians)}


def _other(other: AudienceOther) -> dict[str, object]:
    return {"kind": other.kind, "id": other.id, "name": other.name, "place": other.place}


def _unreached(found: Opened, actor: Actor, draft: Draft) -> list[AudienceChild]:
    children: list[AudienceChild] = []
    while True:
        after = children[-1].child_id if children else None
        page = found.services.audiences.children(actor, draft, only="unreached", limit=_PAGE, after=after)
        children += page
        if len(page) < _PAGE:
            return children


# Consent


@command.command("submit", help=N_("Ask for approval."))
@_with_id
@click.option("--pass", "passed", metavar="GUARD=REASON", multiple=True, help=N_("Why a warning may be passed over."))
@pass_options
def submit(options: Options, notice_id: int, login: str, passed: tuple[str, ...]) -> None:
    guards = _guards(passed)
    with _acting(options, login) as (found, actor):
        version = found.services.notices.get(actor, notice_id).version
        found.services.approvals.submit(actor, notice_id, version, guards)
        _print_state(options, found, actor, notice_id)


@command.command("approve", help=N_("Approve what somebody else has written."))
@_with_id
@click.option("--now", is_flag=True, help=N_("Without the minutes in which it could still be taken back."))
@pass_options
def approve(options: Options, notice_id: int, login: str, now: bool) -> None:
    with _acting(options, login) as (found, actor):
        found.services.approvals.approve(actor, notice_id, now=now)
        _print_state(options, found, actor, notice_id)


@command.command("reject", help=N_("Send it back to its author."))
@_with_id
@click.option("--reason", required=True, metavar="TEXT", help=N_("What has to be changed."))
@pass_options
def reject(options: Options, notice_id: int, login: str, reason: str) -> None:
    with _acting(options, login) as (found, actor):
        found.services.approvals.send_back(actor, notice_id, reason)
        _print_state(options, found, actor, notice_id)


@command.command("schedule", help=N_("Send it at another time; it has to be approved anew."))
@_with_id
@click.option("--at", required=True, metavar="TIME", help=N_("The city's time, such as 2026-12-01T08:00."))
@pass_options
def schedule(options: Options, notice_id: int, login: str, at: str) -> None:
    with _acting(options, login) as (found, actor):
        moment = read_time(at, found.services.settings.all().zone)
        found.services.notices.schedule(actor, notice_id, moment)
        _print_state(options, found, actor, notice_id)


# On its way


@command.command("cancel", help=N_("Take it back before anything has left."))
@_with_id
@pass_options
def cancel(options: Options, notice_id: int, login: str) -> None:
    with _acting(options, login) as (found, actor):
        found.services.approvals.cancel(actor, notice_id)
        _print_state(options, found, actor, notice_id)


@command.command("stop", help=N_("Stop what has not left yet."))
@_with_id
@pass_options
def stop(options: Options, notice_id: int, login: str) -> None:
    with _acting(options, login) as (found, actor):
        found.services.approvals.stop(actor, notice_id)
        _print_state(options, found, actor, notice_id)


@command.command("resume", help=N_("Go on with what was stopped, or let out what is held."))
@_with_id
@pass_options
def resume(options: Options, notice_id: int, login: str) -> None:
    with _acting(options, login) as (found, actor):
        approvals = found.services.approvals
        is_held = found.services.notices.get(actor, notice_id).held in {"audience_changed", "missed"}
        (approvals.release_hold if is_held else approvals.resume)(actor, notice_id)
        _print_state(options, found, actor, notice_id)


@command.command("status", help=N_("What became of it."))
@_with_id
@pass_options
def status(options: Options, notice_id: int, login: str) -> None:
    with _acting(options, login) as (found, actor):
        _print_state(options, found, actor, notice_id)


@contextmanager
def _acting(options: Options, login: str) -> Iterator[tuple[Opened, Actor]]:
    with database(options) as found:
        try:
            yield found, acting_as(found, login)
        except UserError as error:
            raise (UserError("notice.not_here") if error.code == "not_found" else worded(error)) from error


def _read(found: Opened, actor: Actor, file: Path) -> Draft:
    known = Known(
        kinds=[kind.code for kind in found.services.notices.kinds()],
        languages=list(LANGUAGES),
        schools={school.code: school.id for school in found.services.schools.all(actor)},
    )
    return read_notice_file(read_bytes(file), found.services.settings.all().zone, known)


def _guards(passed: tuple[str, ...]) -> dict[str, str]:
    split = [guard.partition("=") for guard in passed]
    if any(not name.strip() or not reason.strip() for name, _equals, reason in split):
        raise click.BadParameter(_("write it as GUARD=REASON"), param_hint="--pass")
    return {name.strip(): reason.strip() for name, _equals, reason in split}


def _print_state(options: Options, found: Opened, actor: Actor, notice_id: int) -> None:
    document = found.services.reports.status(actor, notice_id)
    if options.as_json:
        output.document(document)
        return
    details = found.services.notices.get(actor, notice_id)
    due = format_exact(details.due_at.astimezone(found.services.settings.all().zone)) if details.due_at else ""
    for line in state_lines(document, due):
        output.line(line)


def state_lines(document: Mapping[str, Any], due: str) -> Iterator[str]:
    """Where a notice stands, for people; `document` as machines get it."""
    yield f"{document['id']}  {document['state']}  {document['held'] or ''}  {due}".rstrip()
    apart = {_("Staff"): document["staff"], _("Copies"): document["copies"]}
    for name, counts in (document["deliveries"] | {name: counts for name, counts in apart.items() if counts}).items():
        yield f"  {name}: " + ", ".join(f"{state} {count}" for state, count in counts.items())
    if again := document["sent_again"]:
        yield "  " + sent_again_words(again)
