"""When each step of the portal opens, for its pages and for letters."""

from desktop.domain.openings import Opening, Step
from desktop.services.clock import utc_now
from desktop.store import openings
from desktop.store.db import Clock, Store


class Openings:
    def __init__(self, store: Store, clock: Clock = utc_now) -> None:
        self._store = store
        self._clock = clock

    def steps(self) -> dict[Step, Opening]:
        """Every step; a page says when one that is not open yet will be."""
        with self._store.read() as session:
            return openings.all_steps(session, self._clock())
