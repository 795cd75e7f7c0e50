"""Puts the parts together: where the data is, its secrets, its services. `sending` adds the worker."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import make_url, text

from desktop import secrets as secret_names
from desktop.channels import mailbox
from desktop.channels.line import LineChannel, LineSettings
from desktop.channels.line_talk import LineTalkChannel, UnconfiguredTalk
from desktop.channels.mailbox import ImapMailbox, MailboxSettings
from desktop.channels.sms_gateway import SmsChannel
from desktop.channels.smtp import SmtpGateway, SmtpSettings
from desktop.channels.unconfigured import UnconfiguredLine, UnconfiguredMail, UnconfiguredSms
from desktop.domain.deliveries import DeliveryError, LineGateway, MailGateway
from desktop.domain.errors import UserError
from desktop.domain.line_account import LineTalk
from desktop.domain.sms_gateways import SmsGateway
from desktop.paths import Paths, default_data_dir
from desktop.secrets import Secrets
from desktop.services.accounts import Accounts
from desktop.services.approvals import Approvals
from desktop.services.arrivals import Arrivals
from desktop.services.audiences import Audiences
from desktop.services.checks import Checks
from desktop.services.clock import utc_now
from desktop.services.completing import Completing
from desktop.services.contacts import Contacts
from desktop.services.copies import Copies
from desktop.services.deliveries import Deliveries
from desktop.services.first_log_ins import FirstLogIns
from desktop.services.inbox import Inbox
from desktop.services.letters import Letters
from desktop.services.line_account import LineAccount
from desktop.services.line_events import LineEvents
from desktop.services.line_links import LineLinks
from desktop.services.mailbox import Mailbox
from desktop.services.notice_reports import Reports
from desktop.services.notices import Notices
from desktop.services.openings import Openings
from desktop.services.own_account import OwnAccount
from desktop.services.people import People
from desktop.services.posts import Posts
from desktop.services.refused_mails import RefusedMails
from desktop.services.registration_codes import RegistrationCodes
from desktop.services.registrations import Registrations
from desktop.services.reviews import Reviews
from desktop.services.rosters import Rosters
from desktop.services.saved_lists import SavedLists
from desktop.services.schools import Schools
from desktop.services.sending_release import SendingRelease
from desktop.services.settings import SettingsService
from desktop.services.setup import Setup
from desktop.services.sign_ups import SignUps
from desktop.services.sms_access import access_of, gateway_of, lacking
from desktop.services.sms_accounts import SmsAccounts
from desktop.services.sms_conflicts import SmsConflicts
from desktop.services.sms_intake import SmsIntake
from desktop.services.sms_ledger import SmsLedger
from desktop.services.sms_messages import SmsMessages
from desktop.services.sms_replies import SmsReplies
from desktop.services.sms_steering import SmsSteering
from desktop.services.sms_timer import SmsTimer
from desktop.services.staff import StaffService
from desktop.services.unfinished import UnfinishedRegistrations
from desktop.services.waiting_contacts import WaitingContacts
from desktop.services.watch import Watch
from desktop.settings import Settings
from desktop.store import schema
from desktop.store.db import Clock, OnCommit, Store


@dataclass(frozen=True, slots=True)
class Place:
    """Where one installation is: its local files and its database."""

    paths: Paths
    url: str

    @property
    def is_embedded(self) -> bool:
        return self.url.startswith("sqlite")

    @property
    def database_file(self) -> Path:
        """The embedded database; for a shared one, the name by which its practice key is kept here."""
        return Path(make_url(self.url).database or "") if self.is_embedded else self.paths.database

    def exists(self) -> bool:
        """Whether there may be a database: opening an embedded one that is not there would make an empty file."""
        return not self.is_embedded or self.database_file.exists()


@dataclass(frozen=True, slots=True)
class Services:
    """Every use case of one database, by subject."""

    settings: SettingsService
    setup: Setup
    staff: StaffService
    schools: Schools
    people: People
    contacts: Contacts
    waiting: WaitingContacts
    rosters: Rosters
    notices: Notices
    audiences: Audiences
    saved_lists: SavedLists
    copies: Copies
    approvals: Approvals
    reports: Reports
    deliveries: Deliveries
    release: SendingRelease
    checks: Checks
    watch: Watch
    accounts: Accounts
    first_log_ins: FirstLogIns
    completing: Completing
    own_account: OwnAccount
    sign_ups: SignUps
    unfinished: UnfinishedRegistrations
    refused_mails: RefusedMails
    posts: Posts
    registration_codes: RegistrationCodes
    openings: Openings
    registrations: Registrations
    reviews: Reviews
    letters: Letters
    line_events: LineEvents
    line_links: LineLinks
    line_account: LineAccount
    mailbox: Mailbox
    inbox: Inbox
    sms_messages: SmsMessages
    sms_accounts: SmsAccounts
    sms_conflicts: SmsConflicts
    sms_intake: SmsIntake
    sms_steering: SmsSteering
    sms_ledger: SmsLedger
    sms_replies: SmsReplies
    sms_timer: SmsTimer


@dataclass(frozen=True, slots=True)
class Opened:
    """A database in use."""

    place: Place
    store: Store
    secrets: Secrets
    services: Services

    def migration(self) -> str | None:
        """The version of the database's tables; None where there are none yet."""
        with self.store.read():  # words what is wrong with the connection
            return schema.version(self.store.engine)

    def connected_role(self) -> str | None:
        """Whom the shared database takes us for; the embedded one asks nobody."""
        if self.store.is_sqlite:
            return None
        with self.store.read() as session:
            return str(session.execute(text("SELECT current_user")).scalar_one())


def build_services(store: Store, secrets: Secrets, clock: Clock = utc_now) -> Services:
    line_account = LineAccount(store, secrets, RealChannels(secrets), clock)
    return Services(
        settings=SettingsService(store, clock),
        setup=Setup(store, clock),
        staff=StaffService(store, clock),
        schools=Schools(store, clock),
        people=People(store, clock),
        contacts=Contacts(store, clock),
        waiting=WaitingContacts(store, clock),
        rosters=Rosters(store, clock),
        notices=Notices(store, clock),
        audiences=Audiences(store, clock),
        saved_lists=SavedLists(store, clock),
        copies=Copies(store, clock),
        approvals=Approvals(store, clock),
        reports=Reports(store, clock),
        deliveries=Deliveries(store, clock),
        release=SendingRelease(store, clock),
        checks=Checks(store, secrets, RealChannels(secrets), clock, line_account.look),
        watch=Watch(store, clock),
        accounts=Accounts(store, secrets, clock),
        first_log_ins=FirstLogIns(store, secrets),
        completing=Completing(store, clock),
        own_account=OwnAccount(store, secrets, clock),
        sign_ups=SignUps(store, clock),
        unfinished=UnfinishedRegistrations(store, clock),
        refused_mails=RefusedMails(store, clock),
        posts=Posts(store, secrets, clock, (Reviews(store, clock).carry_out_due, Arrivals(store, clock).look_through)),
        registration_codes=RegistrationCodes(store, secrets, clock),
        openings=Openings(store, clock),
        reviews=Reviews(store, clock),
        line_events=LineEvents(store, secrets, clock),
        line_links=LineLinks(store, clock),
        line_account=line_account,
        mailbox=Mailbox(store, RealChannels(secrets), clock),
        inbox=Inbox(store, clock),
        sms_messages=SmsMessages(store, secrets, clock),
        sms_accounts=SmsAccounts(store, secrets, clock),
        sms_conflicts=SmsConflicts(store, secrets, clock),
        sms_intake=SmsIntake(store, secrets, clock),
        sms_steering=SmsSteering(store, clock),
        sms_ledger=SmsLedger(store, clock),
        sms_replies=SmsReplies(store, secrets, clock),
        sms_timer=SmsTimer(store),
        letters=Letters(store, RegistrationCodes(store, secrets, clock), clock),
        registrations=Registrations(store, RegistrationCodes(store, secrets, clock), clock),
    )


def secrets_of(place: Place) -> Secrets:
    """Those of the practice database where its key file stands beside it, else this data directory's real ones."""
    if secret_names.key_file(place.database_file).exists():
        return Secrets.of_practice(place.database_file)
    folder = place.paths.data_dir
    own = secret_names.SERVICE if folder == default_data_dir() else f"{secret_names.SERVICE} {folder}"
    return Secrets.of_system(own)


@contextmanager
def opened(
    place: Place,
    on_commit: OnCommit = lambda _touched: None,
    *,
    secrets: Secrets | None = None,
    clock: Clock = utc_now,
    checked: bool = True,
    busy_seconds: float = 5,
    pool_size: int = 2,
) -> Iterator[Opened]:
    """Open the database; close it on leaving.

    Unless `checked` is false, raises UserError where there is none ("database.not_initialised") or where it does not
    fit this program ("database.older", "database.newer").
    """
    if checked and not place.exists():
        raise UserError("database.not_initialised")
    known = secrets or secrets_of(place)
    store = Store(_with_password(place.url, known), on_commit, busy_seconds=busy_seconds, pool_size=pool_size)
    try:
        if checked:
            with store.read():  # words what is wrong with the connection, too
                schema.require_current(store.engine)
        yield Opened(place, store, known, build_services(store, known, clock))
    finally:
        store.close()


def _with_password(url: str, secrets: Secrets) -> str:
    """A shared database's address without a password gets the one that is kept as a secret."""
    address = make_url(url)
    if not address.drivername.startswith("postgresql") or address.username is None or address.password is not None:
        return url
    return address.set(password=secrets.get("DATABASE_PASSWORD")).render_as_string(hide_password=False)


# Channels: a practice database only ever gets practice channels, a real one only real ones (DESIGN "Sending" 10).


class RealChannels:
    """The city's mail server and LINE account as they are set up; what is not set up refuses."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets

    def mail(self, settings: Settings) -> MailGateway:
        require_mode(settings, practice=False)
        if not settings["email.host"] or not settings["email.from"]:
            return UnconfiguredMail()
        return SmtpGateway(
            SmtpSettings(
                host=settings["email.host"],
                port=settings["email.port"],
                security=settings["email.security"],
                user=settings["email.user"],
                password=self._secret("EMAIL_PASSWORD") if settings["email.user"] else "",
            )
        )

    def line(self, settings: Settings) -> LineGateway:
        require_mode(settings, practice=False)
        token = self._secret("LINE_CHANNEL_ACCESS_TOKEN") if settings["line.enabled"] else ""
        if not token or not settings["line.api_url"]:
            return UnconfiguredLine()
        return LineChannel(LineSettings(settings["line.api_url"], token, proxy=settings["line.proxy"]))

    def talk(self, settings: Settings) -> LineTalk:
        """For single people: a slow answer is given up sooner than a notice would be."""
        return self.line_account(settings) if settings["line.enabled"] else UnconfiguredTalk()

    def line_account(self, settings: Settings) -> LineTalkChannel:
        require_mode(settings, practice=False)
        token = self._secret("LINE_CHANNEL_ACCESS_TOKEN")
        url, proxy = settings["line.api_url"], settings["line.proxy"]
        return LineTalkChannel(LineSettings(url, token, 5, 10, proxy=proxy), settings["line.data_url"])

    def sms(self, settings: Settings) -> SmsGateway:
        require_mode(settings, practice=False)
        gateway = gateway_of(settings)
        try:
            access = access_of(settings, self._secrets)
        except UserError as error:
            raise DeliveryError("not_configured", permanent=True, detail=error.code) from error
        if not settings["sms.enabled"] or lacking(gateway, access):
            return UnconfiguredSms()
        return SmsChannel(gateway, access)

    def mailbox(self, settings: Settings) -> ImapMailbox:
        require_mode(settings, practice=False)
        return ImapMailbox(
            MailboxSettings(
                host=settings["mailbox.host"],
                port=settings["mailbox.port"],
                security=settings["mailbox.security"],
                user=settings["mailbox.user"],
                password=self._secret("MAILBOX_PASSWORD"),
                folder=settings["mailbox.folder"],
            )
        )

    @staticmethod
    def is_returned(raw: bytes) -> bool:
        return mailbox.is_returned(raw)

    def _secret(self, name: str) -> str:
        """Raises DeliveryError where the keyring is locked or broken: sending waits for somebody to mend it."""
        try:
            return self._secrets.get(name) or ""
        except UserError as error:
            raise DeliveryError("not_configured", permanent=True, detail=error.code) from error


def require_mode(settings: Settings, *, practice: bool) -> None:
    if settings.practice != practice:
        raise AssertionError("a practice database and the real world never meet")
