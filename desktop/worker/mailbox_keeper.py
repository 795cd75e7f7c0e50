"""The mailbox of the From address, read now and then on a thread of its own."""

import logging
from threading import Event, Thread

from desktop.domain.deliveries import DeliveryError
from desktop.domain.errors import UserError
from desktop.services.mailbox import Mailbox

log = logging.getLogger(__name__)

EVERY_S = 30.0
GRACE_S = 2.0


class MailboxKeeper(Thread):
    """Looks once at the start, then every half minute; `finish` waits for the look that is under way."""

    def __init__(self, mailbox: Mailbox, stop: Event) -> None:
        super().__init__(name="mailbox", daemon=True)
        self._mailbox = mailbox
        self._stop_all = stop
        self._finishing = Event()

    def finish(self) -> None:
        """Whoever wants everything to stop does not wait for a slow server: what was not read is read next time."""
        self._finishing.set()
        self.join(GRACE_S if self._stop_all.is_set() else None)

    def run(self) -> None:
        while not self._stop_all.is_set():
            if self._look():
                continue
            if self._finishing.wait(EVERY_S):
                return

    def _look(self) -> bool:
        """Whether there may be more."""
        try:
            return self._mailbox.read_new() > 0
        except DeliveryError as error:
            log.warning("the mailbox cannot be read: %s", error.reason)
        except UserError as error:
            log.warning("the mailbox must wait: %s", error.code)
        except Exception:
            log.exception("a bug while reading the mailbox")
        return False
