"""What stands behind the window: the database, its services and secrets. Imported when the window has been painted."""

import logging
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from desktop.app import Opened, Place, Services, opened
from desktop.desk.place import DeskPlace
from desktop.domain.staff import CITY, Actor
from desktop.i18n import _
from desktop.secrets import Secrets, new_data_key
from desktop.services.setup import State
from desktop.store.db import OnCommit
from desktop.ui.context import SchoolChoice
from desktop.worker.orders import order_line

log = logging.getLogger(__name__)

_CONNECT_TIMEOUT_S = 5


@dataclass(frozen=True, slots=True)
class Behind:
    """A database in use by this desk, and how it stands: `new`, `ready`, `older` or `newer`.

    `sends_here`: no other worker was alive when it was opened, so this desk has one of its own.
    """

    place: Place
    state: State
    practice: bool
    time_zone: str
    parts: frozenset[str]
    sends_here: bool
    found: Opened
    _open: ExitStack

    @property
    def services(self) -> Services:
        return self.found.services

    @property
    def url(self) -> str:
        """With the password, for whoever opens a connection of its own; never shown, never logged."""
        return self.found.store.url

    def close(self) -> None:
        self._open.close()

    def worker_orders(self) -> str:
        """The first line for a child process; in the background, because it may ask the keyring."""
        options = {"data_dir": str(self.place.paths.data_dir), "url": self.place.url}
        return order_line(options, self.found.secrets.handover())

    def another_sends(self) -> bool:
        """Whether the desk need not send itself: on a shared database, while another worker is alive."""
        return not self.place.is_embedded and self.services.watch.somebody_sends()

    def upgrade(self) -> None:
        """Bring an older database up to date; it stays what it is, practice or real."""
        self.services.setup.create(self.practice)

    def keep_key(self) -> None:
        """Make the key of the data after the first start. Raises UserError where it cannot be kept."""
        if self.services.settings.all().practice:
            Secrets.of_practice(self.place.database_file)
        elif self.found.secrets.list()["DATA_KEY"] is None:
            self.found.secrets.set("DATA_KEY", new_data_key())


def open_behind(where: DeskPlace, on_commit: OnCommit) -> Behind:
    """Open the database, in the background. Raises UserError where it does not answer."""
    place = Place(where.paths, _patient(where.url))
    where.paths.make()
    if place.is_embedded:
        Path(place.database_file).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with ExitStack() as stack:
        found = stack.enter_context(opened(place, on_commit, checked=False))
        state = found.services.setup.state()
        settings = found.services.settings.all() if state == "ready" else None
        practice = settings.practice if settings else where.looks_like_practice()
        zone = settings["city.timezone"] if settings else ""
        elsewhere = state == "ready" and not place.is_embedded and found.services.watch.somebody_sends()
        parts: frozenset[str] = settings.parts if settings else frozenset()
        return Behind(place, state, practice, zone, parts, not elsewhere, found, stack.pop_all())
    raise AssertionError("unreachable")


def seats(services: Services, actor: Actor) -> tuple[SchoolChoice, ...]:
    """The schools that somebody may look at, and the whole city for those who may see all of it."""
    rows = services.schools.all(actor)
    choices = [SchoolChoice(row.id, row.name) for row in rows]
    if any(grant.scope == CITY for grant in actor.grants) and len(choices) != 1:
        choices.append(SchoolChoice(None, services.settings.get("city.name") or _("The whole city")))
    return tuple(choices)


def _patient(url: str) -> str:
    """A server that is gone without a word is given up after some seconds, not after minutes."""
    if not url.startswith("postgresql") or "connect_timeout=" in url:
        return url
    return f"{url}{'&' if '?' in url else '?'}connect_timeout={_CONNECT_TIMEOUT_S}"
