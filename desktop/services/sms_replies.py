"""Texts that go out: what the worker needs to send them, and what their gateways say of them later."""

import random
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from desktop.domain.errors import UserError
from desktop.domain.sms import WITH_PASSWORD, Gateway, Template
from desktop.domain.sms_alphabet import measure
from desktop.domain.sms_gateways import OutgoingSms, Report, SmsKind, SmsOutcome
from desktop.domain.sms_sending import UNREADABLE, SmsVerdict, judge
from desktop.secrets import Secrets
from desktop.services.clock import utc_now
from desktop.services.sms_access import gateway_of
from desktop.services.sms_keys import SmsKeys
from desktop.services.sms_text import filled
from desktop.settings import Settings
from desktop.store import db, settings, sms_replies
from desktop.store.db import Clock, Session, Store
from desktop.store.deliveries import workers
from desktop.store.sms_replies import Owed, Sent

CHANNEL = "sms"
_MOST_EXPIRED = 200


@dataclass(frozen=True, slots=True)
class Left:
    """Texts that still have to leave, when the first of them may, and why none does now (empty: they may)."""

    is_used: bool
    count: int
    first_due_at: datetime | None
    stopped_reason: str


NOTHING_LEFT = Left(False, 0, None, "")


class SmsReplies:
    """The worker's, save `answered` and `reported`. Nothing leaves a database that was copied and is not released."""

    def __init__(self, store: Store, secrets: Secrets, clock: Clock = utc_now) -> None:
        self._store = store
        self._keys = SmsKeys(secrets)
        self._clock = clock

    def is_used(self) -> bool:
        """Whether people get accounts by text message here."""
        with self._store.read() as session:
            return bool(settings.load(session)["sms.enabled"])

    def glance(self) -> tuple[Settings, bool] | None:
        """The settings, and whether a text could leave now; None where nobody gets accounts by text message.

        Cheap enough to be asked each half second.
        """
        with self._store.read() as session:
            known = settings.load(session)
            if not known["sms.enabled"]:
                return None
            return known, sms_replies.is_any_due(session) and workers.may_send(session)

    def claim(self) -> tuple[Owed, OutgoingSms] | None:
        """Lease the next text, with its words. Raises UserError("secrets.…") where no password can be made."""
        with self._store.bookkeep() as session:
            db.hold_time(session)
            if not workers.may_send(session):
                return None
            gateway = gateway_of(settings.load(session)).value
            while claimed := sms_replies.claim(session, uuid.uuid4().hex):
                try:
                    return claimed, self._outgoing(session, claimed, gateway)
                except UserError as error:
                    if error.code != "sms.sealed_otherwise":
                        raise
                    sms_replies.fail(session, claimed, UNREADABLE)
        return None

    def _outgoing(self, session: Session, claimed: Owed, gateway: str) -> OutgoingSms:
        text = text_of(self._keys, claimed)
        size = measure(text)
        is_an_answer = gateway == Gateway.VCOM  # it sends nothing that answers no message; others do not ask
        mo_id = sms_replies.gateway_id(session, claimed, gateway) if is_an_answer else ""
        return OutgoingSms(claimed.id, claimed.phone, text, size.encoding, size.parts, mo_id)

    def settle(self, claimed: Owed, sms: OutgoingSms, outcome: SmsOutcome) -> SmsVerdict:
        """What a gateway takes, or says it never will, shows that it works: the channel goes on."""
        with self._store.bookkeep() as session:
            now = db.hold_time(session)
            verdict = judge(outcome, claimed.attempts, now, claimed.useless_after, random.random())  # noqa: S311 - no secret
            sent = self._sent(session, sms, outcome.ref) if outcome.kind is SmsKind.ACCEPTED else None
            sms_replies.settle(session, claimed, verdict, sent)
            works = outcome.kind in (SmsKind.ACCEPTED, SmsKind.REFUSED)
            if works and CHANNEL in workers.stopped_channels(session):
                workers.clear_channel(session, CHANNEL)
                sms_replies.hurry(session)
        return verdict

    @staticmethod
    def _sent(session: Session, sms: OutgoingSms, ref: str) -> Sent:
        known = settings.load(session)
        return Sent(gateway_of(known).value, ref, sms.encoding, sms.parts, sms.parts * int(known["sms.part_cost"]))

    def give_back(self, claimed: Owed) -> None:
        """It was not begun."""
        with self._store.bookkeep() as session:
            sms_replies.give_back(session, claimed)

    def stop(self, reason: str, retry_in: timedelta) -> None:
        """Say that texts stand still; who may help people by SMS sees it."""
        with self._store.bookkeep() as session:
            now = db.now(session)
            workers.stop_channel(session, CHANNEL, reason, now + retry_in, now)

    def expire(self) -> int:
        """Texts that waited too long become a matter for a person; says how many."""
        with self._store.bookkeep() as session:
            return sms_replies.expire(session, _MOST_EXPIRED) if workers.may_send(session) else 0

    def left(self) -> Left:
        with self._store.read() as session:
            if not settings.load(session)["sms.enabled"]:
                return NOTHING_LEFT
            count, first = sms_replies.left(session)
            return Left(True, count, first, workers.stopped_channels(session).get(CHANNEL, ""))

    # What gateways say

    def answered(self, reply_id: int) -> bool:
        """The answer to a gateway's own request has carried this text; whether that was news."""
        with self._store.bookkeep() as session:
            return sms_replies.answered(session, reply_id, self._sent(session, self._measured(session, reply_id), ""))

    def reported(self, report: Report) -> bool:
        """What became of a text at the phone; whether that was news. Of a text that nobody knows it is none."""
        with self._store.bookkeep() as session:
            if not sms_replies.is_known(session, report.reply_id):
                return False
            sent = self._sent(session, self._measured(session, report.reply_id), "")
            return sms_replies.reported(session, report.reply_id, sent, is_delivered=report.is_delivered)

    def _measured(self, session: Session, reply_id: int) -> OutgoingSms:
        return self._outgoing(session, sms_replies.owed(session, reply_id), "")


def text_of(keys: SmsKeys, text: Owed) -> str:
    """The words that leave: nobody may see, keep or log them where a password is in them.

    Raises UserError("sms.sealed_otherwise") where another DATA_KEY sealed what a person wrote.
    """
    if text.template is Template.MANUAL:
        return keys.unseal("manual", text.wording)
    if text.template not in WITH_PASSWORD or text.account_id is None or text.issue is None:
        return text.wording
    return filled(text.wording, text.login, keys.password(text.account_id, text.nonce, text.issue))
