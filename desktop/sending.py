"""Puts together what sends: the channels that a database may use, and a worker of this process or of a desk's child."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from threading import Event

from desktop.app import Opened, Place, RealChannels, opened, require_mode
from desktop.channels.line import LineChannel
from desktop.channels.line_talk import LineTalkChannel
from desktop.channels.practice import PracticeGateways
from desktop.channels.practice_sms import PracticePhones
from desktop.channels.smtp import SmtpGateway
from desktop.domain.deliveries import LineGateway, MailGateway
from desktop.domain.line_account import LineTalk
from desktop.domain.sms_gateways import SmsGateway
from desktop.domain.staff import WORKER
from desktop.paths import Paths
from desktop.secrets import Secrets
from desktop.settings import Settings
from desktop.store.changes import ChangeListener
from desktop.worker.child import Equipment
from desktop.worker.line_desk import LineDesk
from desktop.worker.lock import DataDirLock
from desktop.worker.loop import Companion, Outcome, run
from desktop.worker.mailbox_keeper import MailboxKeeper
from desktop.worker.orders import Orders
from desktop.worker.sms_desk import SmsDesk

WORKER_BUSY_SECONDS = 60
"""The worker waits longer for a locked database than a person would."""
WORKER_CONNECTIONS = 4
"""Notices do not wait until somebody else's message has been read."""


class PracticeChannels:
    """The built-in mail sink, LINE stand-in and phone network, for as long as this process sends."""

    def __init__(self, gateways: PracticeGateways) -> None:
        self._gateways = gateways
        self.phones = PracticePhones()

    def mail(self, settings: Settings) -> MailGateway:
        require_mode(settings, practice=True)
        return SmtpGateway(self._gateways.start()[0])

    def line(self, settings: Settings) -> LineGateway:
        require_mode(settings, practice=True)
        return LineChannel(self._gateways.start()[1])

    def talk(self, settings: Settings) -> LineTalk:
        require_mode(settings, practice=True)
        line = self._gateways.start()[1]
        return LineTalkChannel(line, line.api_url)

    def sms(self, settings: Settings) -> SmsGateway:
        require_mode(settings, practice=True)
        return self.phones


@contextmanager
def channels_for(settings: Settings, secrets: Secrets) -> Iterator[RealChannels | PracticeChannels]:
    """What a worker on this database may send by."""
    if not settings.practice:
        yield RealChannels(secrets)
        return
    with PracticeGateways() as gateways:
        yield PracticeChannels(gateways)


def work(found: Opened, stop: Event, *, until_idle: bool) -> Outcome:
    """Be the worker of this data directory: until `stop` is set, or until nothing is left to send now.

    Raises UserError("worker.already_running").
    """
    found.place.paths.make()
    settings = found.services.settings.all()
    with DataDirLock(found.place.paths.lock), channels_for(settings, found.secrets) as channels:
        listen = None if until_idle else ChangeListener(found.store.url).listen
        return run(
            found.services.deliveries,
            channels,
            found.place.paths.journal,
            stop,
            until_idle=until_idle,
            listen=listen,
            chores=partial(_chores, found),
            posts=found.services.posts,
            companions=partial(_companions, found, channels),
        )


def _companions(found: Opened, channels: RealChannels | PracticeChannels, stop: Event) -> Sequence[Companion]:
    """What works beside the notices."""
    services = found.services
    return (
        LineDesk(services.line_events, channels, stop),
        MailboxKeeper(services.mailbox, stop),
        SmsDesk(services.sms_intake, services.sms_timer, services.sms_replies, channels, stop),
    )


def _chores(found: Opened) -> None:
    """What is done beside sending, each hour."""
    found.services.people.let_go(WORKER)
    found.services.posts.let_go()
    found.services.line_events.let_go()


def equip(orders: Orders) -> Equipment:
    """What the desk's child process works with: the desk's place, and the secrets it was handed and no others."""
    where = Place(Paths(Path(orders.options["data_dir"])), orders.options["url"])
    with ExitStack() as stack:
        found = stack.enter_context(
            opened(
                where,
                secrets=Secrets.handed(orders.secrets),
                busy_seconds=WORKER_BUSY_SECONDS,
                pool_size=WORKER_CONNECTIONS,
            )
        )
        channels = stack.enter_context(channels_for(found.services.settings.all(), found.secrets))
        return Equipment(
            deliveries=found.services.deliveries,
            channels=channels,
            journal_folder=where.paths.journal,
            lock_file=where.paths.lock,
            listen=ChangeListener(found.store.url).listen,
            chores=partial(_chores, found),
            posts=found.services.posts,
            companions=partial(_companions, found, channels),
            close=stack.pop_all().close,
        )
