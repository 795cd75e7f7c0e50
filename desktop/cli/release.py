"""`release`: after a restore, copy or move, shows what may already have gone out and lets it send again."""

from typing import Any

import click

from desktop.app import Opened
from desktop.cli import output
from desktop.cli.commands import command as make_command
from desktop.cli.opening import acting_as, database, owner, pass_options
from desktop.cli.options import Options
from desktop.domain.errors import UserError
from desktop.domain.sending_release import Choice, Findings, Released, decide
from desktop.i18n import N_, _
from desktop.wording.sending_release import (
    HEADLINE,
    LINE_KEYS,
    MEANING,
    OTHER_COPY,
    choice_words,
    notice_words,
    released_words,
    single_mail_words,
    standing_words,
)

_NOTICE = click.IntRange(1, 2**63 - 1)


@make_command(N_("After a restore, copy or move: look at what may have gone out, and send again."), name="release")
@click.option("--hold", "held", type=_NOTICE, metavar="NOTICE", multiple=True, help=N_("Hold this notice back."))
@click.option("--send", "sent", type=_NOTICE, metavar="NOTICE", multiple=True, help=N_("Let this notice go on."))
@click.option("--hold-all", is_flag=True, help=N_("Hold back every other notice, also what is due later."))
@click.option("--yes", is_flag=True, help=N_("Release without asking."))
@click.option("--restored", is_flag=True, help=N_("Say that an older state was put back, where nothing shows it."))
@click.option("--as", "login", metavar="LOGIN", help=N_("In whose name; without it, the command line's own."))
@pass_options
def command(
    options: Options,
    held: tuple[int, ...],
    sent: tuple[int, ...],
    hold_all: bool,
    yes: bool,
    restored: bool,
    login: str | None,
) -> None:
    with database(options) as found:
        actor = acting_as(found, login) if login else owner()
        service = found.services.release
        if restored and service.standing().may_send:
            service.hold(actor)
        findings = service.report(actor)
        if findings.standing.may_send:
            raise UserError("release.not_held")
        said = _said(findings, held, sent, hold_all=hold_all)
        if not options.as_json:
            _show(found, findings, said)
        released = service.release(actor, said) if yes or _agreed(options, findings, said) else None
    if options.as_json:
        output.document(_document(findings, said, released))
    elif released is not None:
        output.line(released_words(len(released.sending), len(released.held)))


def _said(findings: Findings, held: tuple[int, ...], sent: tuple[int, ...], *, hold_all: bool) -> dict[int, Choice]:
    """What the options decide. Raises UserError("release.not_open") for a notice that has nothing to decide about."""
    known = {notice.id for notice in findings.notices}
    for id_ in (*held, *sent):
        if id_ not in known:
            raise UserError("release.not_open", notice=id_)
    if both := set(held) & set(sent):
        raise click.UsageError(_("notice {notice} cannot be held and sent").format(notice=min(both)))
    everything = dict.fromkeys(known, Choice.HOLD) if hold_all else {}
    return everything | dict.fromkeys(held, Choice.HOLD) | dict.fromkeys(sent, Choice.SEND)


def _agreed(options: Options, findings: Findings, said: dict[int, Choice]) -> bool:
    """Ask whoever is there; a program that reads JSON has to say it with --yes."""
    if options.as_json:
        return False
    _chosen, undecided = decide(findings.notices, said)
    if undecided:
        raise UserError("release.undecided", title=undecided[0].title, notice=undecided[0].id)
    return click.confirm(_("Release sending?"), abort=True, err=True)


def _show(found: Opened, findings: Findings, said: dict[int, Choice]) -> None:
    zone = found.services.settings.all().zone
    for text in (_(HEADLINE), *standing_words(findings.standing, zone), _(OTHER_COPY)):
        output.line(text)
    if findings.notices:
        chosen, _undecided = decide(findings.notices, said)
        output.line()
        output.line(_(MEANING))
        output.table(
            (_("Notice"), _("Title"), "", ""),
            [
                (each.id, each.title, notice_words(each, zone), choice_words(chosen.get(each.id)))
                for each in findings.notices
            ],
        )
        output.line(_(LINE_KEYS))
    else:
        output.line(_("No notice is on its way or waits for its time."))
    if findings.single_mails:
        output.line(single_mail_words(findings.single_mails))


def _document(findings: Findings, said: dict[int, Choice], released: Released | None) -> dict[str, Any]:
    standing = findings.standing
    chosen, _undecided = decide(findings.notices, said)
    return {
        "released": released is not None,
        "epoch": released.epoch if released else standing.epoch,
        "why": standing.why or "moved",
        "held_at": standing.held_at,
        "known_until": standing.known_until,
        "notices": [
            {
                "id": each.id,
                "title": each.title,
                "school": each.school,
                "urgent": each.urgent,
                "state": "sending" if each.sending else "approved",
                "due_at": each.due_at,
                "left": each.left,
                "in_hand": each.in_hand,
                "sent": each.sent,
                "may_have_gone_out": each.suspicious,
                "missed": each.missed,
                "choice": chosen.get(each.id),
            }
            for each in findings.notices
        ],
        "single_mails": findings.single_mails,
        "doubted": released.doubted if released else 0,
    }
