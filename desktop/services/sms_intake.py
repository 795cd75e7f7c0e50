"""Messages that citizens text: kept before their gateway hears anything, then decided about, once (B2, B16).

A database that was copied and is not released keeps what comes in and decides nothing: the other one may be at it, and
nobody is to have two accounts. A gateway that replies by its answer gets one without a text meanwhile.
"""

import logging
from dataclasses import dataclass, replace
from datetime import timedelta

from desktop.domain.errors import UserError
from desktop.domain.mobile_networks import network_of
from desktop.domain.sms_gateways import Answer, Inbound, InboundCall, kannel
from desktop.domain.sms_gateways.adapters import ADAPTERS
from desktop.domain.staff import WORKER
from desktop.secrets import Secrets
from desktop.services import sms_deciding
from desktop.services.clock import utc_now
from desktop.services.sms_access import access_of, gateway_of
from desktop.services.sms_deciding import Deciding
from desktop.services.sms_keys import SmsKeys
from desktop.services.sms_replies import SmsReplies, text_of
from desktop.settings import Settings
from desktop.store import db, schema, settings, sms_messages, sms_replies
from desktop.store.db import Clock, Session, Store
from desktop.store.deliveries.workers import may_send
from desktop.store.sms_messages import ANSWERED_BY, NewMessage, Received

SAME_ANSWER_FOR = timedelta(minutes=15)
"""A gateway that brings a message again gets the same answer; later a caught address must not give a password away."""
LARGEST_CLAIM = 50
_MOST_CERTAIN = 50
"""A pool of connections to PostgreSQL looks like as many databases."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Turn:
    """A message that is next, and what its decision goes by."""

    message: Received
    by: Deciding


class SmsIntake:
    def __init__(self, store: Store, secrets: Secrets, clock: Clock = utc_now) -> None:
        self._store = store
        self._secrets = secrets
        self._clock = clock
        self._keys = SmsKeys(secrets)
        self._replies = SmsReplies(store, secrets, clock)
        self._certain: set[tuple[int, int]] = set()

    # The portal's

    def receive(self, call: InboundCall) -> Answer:
        """Keep the message, and give what its gateway is to be answered; the same for one that it brings again.

        Raises UserError("sms.off") where no such gateway is in use, what `Adapter.parse` does, and the database's
        troubles, in which case nothing is kept or all of it.
        """
        adapter = ADAPTERS[call.gateway]
        heard: list[tuple[Settings, Inbound]] = []

        def listen(session: Session) -> None:
            known = _known(session, call)
            heard.append((known, adapter.parse(call, access_of(known, self._secrets), self._clock())))

        with self._store.bookkeep(listen) as session:
            known, inbound = heard[0]
            kept = self._keep(session, known, inbound)
        if inbound.note:
            log.info("of SMS %d had to be guessed: %s", kept.id, inbound.note)
        if not adapter.replies_in_answer:
            return adapter.answer(inbound)
        self.decide(Turn(kept, Deciding(self._keys, known, answered_by=ANSWERED_BY)))
        reply_id, text = self._reply_to(kept, inbound)
        return replace(adapter.answer(inbound, text), reply_id=reply_id)

    def answered(self, reply_id: int) -> None:
        """The answer in which this reply stood has been handed out."""
        self._replies.answered(reply_id)

    def reported(self, call: InboundCall) -> None:
        """What became of a text, as Kannel tells it. Raises as `receive` does."""
        with self._store.read() as session:
            known = _known(session, call)
        self._replies.reported(kannel.report(call, access_of(known, self._secrets)))

    def _keep(self, session: Session, known: Settings, inbound: Inbound) -> Received:
        new = NewMessage(
            gateway=inbound.gateway,
            gateway_id=inbound.gateway_id,
            sender=inbound.sender,
            recipient=inbound.recipient,
            network=network_of(inbound.sender) if inbound.is_mobile else "",
            sealed_text=self._keys.seal("text", inbound.text),
            text_hash=self._keys.text_hash(inbound.sender, inbound.text),
            sent_at=inbound.sent_at,
            fee=known["sms.fee"],
        )
        kept = sms_messages.keep(session, new)
        if kept is None:
            return sms_messages.find(session, new.gateway, new.gateway_id)
        return Received(kept, new.sender, new.sealed_text, new.text_hash, new.sent_at)

    def _reply_to(self, kept: Received, inbound: Inbound) -> tuple[int | None, str]:
        """The reply that the answer carries; nothing for whoever names another sender, or comes late."""
        if kept.sender != inbound.sender:
            return None, ""
        with self._store.read() as session:
            if not self._is_released(session):
                return None, ""
            reply_id = sms_messages.reply_to_hand_out(session, kept.id, db.now(session) - SAME_ANSWER_FOR)
            owed = None if reply_id is None else sms_replies.owed(session, reply_id)
        return (owed.id, text_of(self._keys, owed)) if owed is not None and owed.is_current else (None, "")

    # The worker's

    def waiting(self, most: int = LARGEST_CLAIM) -> list[Turn]:
        """The next messages to decide about, the oldest first; none in a database that is not released.

        Cheap enough to be asked each half second.
        """
        with self._store.read() as session:
            known = settings.load(session)
            if not known["sms.enabled"] or not self._is_released(session):
                return []
            by = Deciding(self._keys, known)
            return [Turn(message, by) for message in sms_messages.waiting(session, most)]

    def decide(self, turn: Turn) -> bool:
        """False where it is not ours to decide, or not any more. A message that makes it impossible is held back.

        Raises UserError for trouble that passes; the message waits. A fault of ours, any other exception, leaves it
        waiting too: whoever sees it calls `hold_back`.
        """
        try:
            with self._store.write(WORKER) as session:
                return self._is_released(session) and sms_deciding.decide(session, turn.by, turn.message)
        except UserError as error:
            if _passes(error):
                raise
            self.hold_back(turn, error.code)
        return True

    def hold_back(self, turn: Turn, why: str) -> None:
        """It cannot be decided, and is not to stand in the way of others. `why` names nobody."""
        log.error("SMS %d could not be decided: %s", turn.message.id, why)
        with self._store.bookkeep() as session:
            sms_deciding.hold_back(session, turn.message)

    def take_in(self, most: int = LARGEST_CLAIM) -> int:
        """Decide about the next messages; says how many were decided. Raises as `decide` does."""
        return sum(self.decide(turn) for turn in self.waiting(most))

    def _is_released(self, session: Session) -> bool:
        """Asked anew wherever this may have become another database."""
        mark = schema.mark(session)
        if mark in self._certain:
            return True
        is_released = may_send(session)
        if is_released:
            self._certain = {mark, *self._certain} if len(self._certain) < _MOST_CERTAIN else {mark}
        return is_released


def _known(session: Session, call: InboundCall) -> Settings:
    known = settings.load(session)
    if not known["sms.enabled"] or gateway_of(known) is not call.gateway:
        raise UserError("sms.off")
    return known


def _passes(error: UserError) -> bool:
    """Trouble of the database or the keyring, and none of the message's."""
    return error.code.startswith(("database.", "secrets.")) or error.code == "changed_elsewhere"
