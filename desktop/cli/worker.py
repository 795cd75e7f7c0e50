"""`worker`: sends what is due."""

import signal
import sys
from threading import Event
from types import FrameType
from typing import Any

import click

from desktop.app import opened
from desktop.cli import output
from desktop.cli.commands import command as make_command
from desktop.cli.opening import pass_options, place
from desktop.cli.options import Options
from desktop.i18n import N_, _
from desktop.sending import WORKER_BUSY_SECONDS, WORKER_CONNECTIONS, equip, work
from desktop.wording.sending_release import HEADLINE
from desktop.worker.child import serve

_ENDINGS = (signal.SIGINT, signal.SIGTERM)


@make_command(N_("Send what is due."), name="worker", talks=True)
@click.option("--until-idle", is_flag=True, help=N_("End when nothing is due now; say what is held or waits."))
@click.option("--from-desk", is_flag=True, hidden=True)
@pass_options
def command(options: Options, until_idle: bool, from_desk: bool) -> None:
    if from_desk:
        for number in _ENDINGS:  # whoever ends the desk ends the pipe, and a message in hand is finished first
            signal.signal(number, signal.SIG_IGN)
        sys.exit(serve(equip, sys.stdin, sys.stdout))
    with opened(place(options), busy_seconds=WORKER_BUSY_SECONDS, pool_size=WORKER_CONNECTIONS) as found:
        done = work(found, _told_to_stop(), until_idle=until_idle).as_json()
    if options.as_json:
        output.document(done)
    elif until_idle:
        _print(done)


def _told_to_stop() -> Event:
    """Set by Ctrl+C and by the service manager: what is in hand is brought to an end first."""
    stop = Event()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in _ENDINGS:
        signal.signal(number, on_signal)
    return stop


def _print(done: dict[str, Any]) -> None:
    output.line(_("{count} messages went out.").format(count=done["sent"]))
    if not done["released"]:
        output.line(_(HEADLINE))
        output.line(_("`release` shows what may already have gone out, and releases it."))
    rows = [(_("held"), one) for one in done["held"]] + [(_("waits"), one) for one in done["waiting"]]
    if rows:
        output.table(
            (_("Notice"), "", _("Why"), _("Messages"), _("Until")),
            [
                (one["notice"] or one["channel"], how, one["reason"], one["count"] or "", one["until"] or "–")
                for how, one in rows
            ],
        )
