"""Single mails (a link to log in, an answer to a registration): a thread and a connection of their own.

So they never stand behind bulk. They are sent at least once, with one Message-ID each; a worker that dies leaves them
to the next when its lease is over.
"""

import logging
from collections.abc import Sequence
from threading import Event, Thread

from desktop.domain.claims import is_channels_fault
from desktop.domain.deliveries import DeliveryError, MailConnection, MailKind, MailOutcome, MailStage, OutgoingMail
from desktop.domain.errors import UserError
from desktop.domain.mail import AddressError, MailTemplate, MailText
from desktop.domain.posts import Post
from desktop.services.posts import Posts
from desktop.worker.moments import boot_seconds
from desktop.worker.setup import ChannelFactory

log = logging.getLogger(__name__)

GLANCE_S = 1.0
_AGAIN_S = (1.0, 2.0, 5.0, 15.0, 30.0)


class _NoJournal:
    """Nothing is written down before the database has it: what may have arrived goes again."""

    def begin(self, delivery_id: int) -> None:
        pass

    def end(self, delivery_id: int, code: int) -> None:
        pass

    def flush(self) -> None:
        pass


class Postman(Thread):
    """`finish` lets it send what is due now and waits for it; once `stop` is set nothing more is begun."""

    def __init__(self, posts: Posts, factory: ChannelFactory, stop: Event) -> None:
        super().__init__(name="posts", daemon=True)
        self._posts = posts
        self._factory = factory
        self._stop_all = stop
        self._finishing = Event()
        self._connection: MailConnection | None = None
        self._not_before = 0.0
        self._troubles = 0
        self.sent = 0

    def finish(self) -> int:
        """Says how many it sent."""
        self._finishing.set()
        self.join()
        return self.sent

    def run(self) -> None:
        while not self._stop_all.is_set():
            self._do_errands()
            is_busy = self._round()
            if is_busy:
                continue
            self._hang_up()
            if self._finishing.is_set():
                break
            self._finishing.wait(GLANCE_S)
        self._hang_up()

    def _do_errands(self) -> None:
        try:
            self._posts.run_errands()
        except UserError as error:
            log.warning("what is due now must wait: %s", error.code)
        except Exception:
            log.exception("a bug in what is due now")

    def _round(self) -> bool:
        """Send the next few; whether there may be more."""
        if boot_seconds() < self._not_before:
            return False
        try:
            return self._posts.is_any_due() and self._send_some()
        except DeliveryError as error:
            log.warning("single mails cannot be sent now: %s", error.reason)
        except UserError as error:
            log.warning("single mails cannot be sent now: %s", error.code)
        except Exception:
            log.exception("a bug while sending single mails")
        self._be_patient()
        return False

    def _be_patient(self) -> None:
        self._hang_up()
        self._not_before = boot_seconds() + _AGAIN_S[min(self._troubles, len(_AGAIN_S) - 1)]
        self._troubles += 1

    def _send_some(self) -> bool:
        settings = self._posts.settings()
        sender: str = settings["email.from"]
        if not sender:
            raise DeliveryError("not_configured", permanent=True, detail="email.from")
        if self._connection is None or not self._connection.alive or self._connection.room < 1:
            self._hang_up()
            self._connection = self._factory.mail(settings).connect()
        claimed = self._posts.claim(sender)
        self._send(self._connection, claimed, sender)
        return bool(claimed)

    def _send(self, connection: MailConnection, claimed: Sequence[tuple[Post, MailText]], sender: str) -> None:
        waiting = {post.id: post for post, _text in claimed}
        mails = [mail for post, text in claimed if (mail := self._composed(post, text, sender, waiting)) is not None]
        try:
            for outcome in connection.deliver(mails[: connection.room], _NoJournal()):
                post = waiting.pop(outcome.delivery_id)
                self._posts.settle(post, outcome)
                if is_channels_fault(outcome) or outcome.kind is MailKind.NOT_SENT:
                    raise DeliveryError(outcome.reason)
                self.sent += outcome.kind is MailKind.ACCEPTED
                self._troubles = 0
        finally:
            if waiting:
                self._posts.give_back(list(waiting.values()))

    def _composed(self, post: Post, text: MailText, sender: str, waiting: dict[int, Post]) -> OutgoingMail | None:
        """None, and settled, for an address that no mail can carry."""
        try:
            data = MailTemplate(text).render(to=post.address, message_id=post.message_id)
        except AddressError:
            del waiting[post.id]
            self._posts.settle(post, MailOutcome(post.id, MailKind.REFUSED, MailStage.RCPT, None, "bad_address"))
            return None
        return OutgoingMail(post.id, post.address, sender, data)

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None
