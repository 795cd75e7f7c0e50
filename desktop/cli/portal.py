"""`portal`: serves the guardians' web pages."""

import re
import signal
from types import FrameType

import click

from desktop.app import opened
from desktop.cli.commands import command as make_command
from desktop.cli.opening import pass_options, place
from desktop.cli.options import Options
from desktop.i18n import N_, _
from desktop.portal.app import create_app
from desktop.portal.serving import THREADS, Listen, Server

_BUSY_SECONDS = 20
_ENDINGS = (signal.SIGINT, signal.SIGTERM)


class ListenAt(click.ParamType[Listen]):
    """`HOST:PORT`; an IPv6 address in brackets."""

    name = "HOST:PORT"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> Listen:
        found = re.fullmatch(r"(\[[0-9a-fA-F:.]+\]|[^\s:\[\]]+):(\d{1,5})", value)
        if found is None or int(found[2]) > 65535:
            raise click.BadParameter(_("Write it as HOST:PORT, for instance 127.0.0.1:8080."), ctx, param)
        return Listen(found[1].strip("[]"), int(found[2]))


@make_command(N_("Serve the guardians' web pages."), name="portal", talks=True)
@click.option("--listen", type=ListenAt(), default="127.0.0.1:8080", help=N_("Where to listen; HOST:PORT."))
@pass_options
def command(options: Options, listen: Listen) -> None:
    with opened(place(options), busy_seconds=_BUSY_SECONDS, pool_size=THREADS) as found:
        behind_proxy = found.services.settings.all()["portal.trusted_proxies"] > 0
        server = Server(create_app(found.services, found.secrets), listen, behind_proxy=behind_proxy)
        _stop_when_told(server)
        host = f"[{listen.host}]" if ":" in listen.host else listen.host
        click.echo(_("The portal answers at {address}").format(address=f"http://{host}:{server.port}"), err=True)
        server.run()


def _stop_when_told(server: Server) -> None:
    def on_signal(_number: int, _frame: FrameType | None) -> None:
        server.stop()

    for number in _ENDINGS:
        signal.signal(number, on_signal)
