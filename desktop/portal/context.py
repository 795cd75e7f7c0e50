"""What every page of the portal can ask for: the services, the settings, the clock."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from flask import current_app, g

from desktop.domain.errors import UserError
from desktop.secrets import Secrets
from desktop.services.accounts import Accounts
from desktop.services.completing import Completing
from desktop.services.first_log_ins import FirstLogIns
from desktop.services.line_events import LineEvents
from desktop.services.line_links import LineLinks
from desktop.services.own_account import OwnAccount
from desktop.services.registrations import Registrations
from desktop.services.settings import SettingsService
from desktop.services.setup import Setup
from desktop.services.sms_intake import SmsIntake
from desktop.settings import Settings

Clock = Callable[[], datetime]

RESOURCES = Path(__file__).resolve().parents[2] / "resources" / "portal"
EXTENSION = "renraku"


class PortalServices(Protocol):
    """The use cases that pages need; `desktop.app.Services` has them all."""

    @property
    def settings(self) -> SettingsService: ...
    @property
    def setup(self) -> Setup: ...
    @property
    def accounts(self) -> Accounts: ...
    @property
    def first_log_ins(self) -> FirstLogIns: ...
    @property
    def completing(self) -> Completing: ...
    @property
    def registrations(self) -> Registrations: ...
    @property
    def own_account(self) -> OwnAccount: ...
    @property
    def line_events(self) -> LineEvents: ...
    @property
    def line_links(self) -> LineLinks: ...
    @property
    def sms_intake(self) -> SmsIntake: ...


@dataclass(slots=True)
class Portal:
    """One running portal. `secure`: its pages come by https, and so do its cookies."""

    services: PortalServices
    secrets: Secrets
    clock: Clock
    secure: bool
    last_known: Settings = field(repr=False)


def portal() -> Portal:
    """The portal that answers the present request."""
    found: Portal = current_app.extensions[EXTENSION]
    return found


def services() -> PortalServices:
    return portal().services


def settings() -> Settings:
    """The settings as they stand, read once a request; while the database is away, as they stood last."""
    if "settings" not in g:
        try:
            portal().last_known = services().settings.all()
        except UserError as error:
            if not error.code.startswith("database."):
                raise
        g.settings = portal().last_known
    found: Settings = g.settings
    return found
