"""Accounts by text message: what citizens text is taken in and answered beside the notices, and the timer runs.

Two threads: one decides about messages and makes the timer's steps, the other sends, so that a slow gateway never
holds up reading. While accounts by text message are switched off both only glance at that.
"""

import logging
from datetime import timedelta
from threading import Event, Thread
from traceback import extract_tb
from typing import Protocol

from desktop.domain.deliveries import DeliveryError
from desktop.domain.errors import UserError
from desktop.domain.sms_gateways import OutgoingSms, SmsGateway, SmsKind, SmsOutcome
from desktop.domain.sms_sending import EQUAL_FAILURES
from desktop.services.sms_intake import SmsIntake, Turn
from desktop.services.sms_replies import NOTHING_LEFT, Left, SmsReplies
from desktop.services.sms_timer import MOST_AT_ONCE, SmsTimer
from desktop.settings import Settings
from desktop.store.sms_replies import Owed
from desktop.worker.moments import boot_seconds

log = logging.getLogger(__name__)

GLANCE_S = 0.5
OFF_GLANCE_S = 2.0
GRACE_S = 2.0
TIMER_S = 5.0
EXPIRE_S = 60.0
TROUBLE_REST_S = 600.0
_AGAIN_S = (1.0, 2.0, 5.0, 15.0, 30.0)
_STOPPED_S = (15.0, 30.0, 60.0, 120.0, 300.0)
_MADE_OF = ("sms.gateway", "sms.url", "sms.user", "sms.brand", "sms.short_code", "portal.url")
_BETWEEN_GLANCES = 20
_WORKS = frozenset({SmsKind.ACCEPTED, SmsKind.REFUSED})


class SmsFactory(Protocol):
    """Makes the gateway of settings: the practice one for a practice database; it has the secrets."""

    def sms(self, settings: Settings) -> SmsGateway:
        """Raises DeliveryError for settings that cannot work."""


class _Rounds(Thread):
    """Works in rounds until nothing is left after `finish`, or `stop` is set. The database's troubles cost a while."""

    def __init__(self, name: str, stop: Event) -> None:
        super().__init__(name=name, daemon=True)
        self._stop_all = stop
        self._finishing = Event()
        self._not_before = 0.0
        self._troubles = 0
        self._glance_s = GLANCE_S

    def finish(self) -> None:
        """Whoever wants everything to stop does not wait for a gateway: a text in hand goes again later."""
        self._finishing.set()
        self.join(GRACE_S if self._stop_all.is_set() else None)

    def run(self) -> None:
        while not self._stop_all.is_set():
            is_last = self._finishing.is_set()  # asked first: what came in until then is still done
            if self._safely():
                continue
            if is_last:
                break
            self._finishing.wait(self._glance_s)
        self.end()

    def round(self) -> bool:
        """Whether there may be more to do at once. Raises UserError while the database is in trouble."""
        raise NotImplementedError

    def end(self) -> None:
        """Let go of what is open."""

    def _safely(self) -> bool:
        if boot_seconds() < self._not_before:
            return False
        try:
            goes_on = self.round()
        except UserError as error:
            log.warning("%s must wait: %s", self.name, error.code)
        except Exception as error:  # noqa: BLE001 - what it says could be somebody's text
            log.error("a bug in %s: %s", self.name, where(error))  # noqa: TRY400 - as above
        else:
            self._troubles = 0
            return goes_on
        self._not_before = boot_seconds() + _AGAIN_S[min(self._troubles, len(_AGAIN_S) - 1)]
        self._troubles += 1
        return False


class _Reader(_Rounds):
    """Decides about messages, and makes the timer's steps."""

    def __init__(self, intake: SmsIntake, timer: SmsTimer, replies: SmsReplies, stop: Event) -> None:
        super().__init__("sms-reader", stop)
        self._replies = replies
        self._intake = intake
        self._timer = timer
        self._next_timer = 0.0
        self._resting: dict[int, float] = {}

    def round(self) -> bool:
        taken_in = sum(self._safe_decision(turn) for turn in self._intake.waiting())
        steps = 0
        if boot_seconds() >= self._next_timer:
            self._glance_s = GLANCE_S if self._replies.is_used() else OFF_GLANCE_S
            steps = self._run_timer()
            self._next_timer = 0.0 if steps else boot_seconds() + TIMER_S
        return bool(taken_in or steps)

    def _safe_decision(self, turn: Turn) -> bool:
        """A message that nobody can decide is held back, and hinders no other."""
        if self._stop_all.is_set():
            return False
        try:
            return self._intake.decide(turn)
        except UserError:
            raise
        except Exception as error:  # noqa: BLE001 - see _safely
            self._intake.hold_back(turn, where(error))
        return True

    def _run_timer(self) -> int:
        """How many steps were made. An account that cannot be dealt with rests for a while, and hinders no other."""
        now = boot_seconds()
        self._resting = {troubled: until for troubled, until in self._resting.items() if until > now}
        due = self._timer.due(MOST_AT_ONCE + len(self._resting))
        return sum(self._safe_step(account_id) for account_id in due if account_id not in self._resting)

    def _safe_step(self, account_id: int) -> bool:
        try:
            return self._timer.step(account_id)
        except UserError as error:
            if error.code.startswith("database."):
                raise
            log.warning("the timer of account %d must wait: %s", account_id, error.code)
        except Exception as error:  # noqa: BLE001 - see _safely
            log.error("a bug in the timer of account %d: %s", account_id, where(error))  # noqa: TRY400 - see _safely
        self._resting[account_id] = boot_seconds() + TROUBLE_REST_S
        return False


class _Sender(_Rounds):
    """Sends one text after the other; after failures that are the gateway's own all of them wait."""

    def __init__(self, replies: SmsReplies, factory: SmsFactory, stop: Event) -> None:
        super().__init__("sms-sender", stop)
        self._replies = replies
        self._factory = factory
        self._gateway: SmsGateway | None = None
        self._made_of: tuple[object, ...] = ()
        self._unsettled: tuple[Owed, OutgoingSms, SmsOutcome] | None = None
        self._failures: tuple[str, int] = ("", 0)
        self._stops = 0
        self._closed_until = self._next_expiry = 0.0
        self.sent = 0

    def round(self) -> bool:
        self._settle()
        glance = self._replies.glance()
        self._glance_s = OFF_GLANCE_S if glance is None else GLANCE_S
        if glance is None:
            self.end()
            return False
        known, is_any_due = glance
        self._heed(known)
        if boot_seconds() >= self._next_expiry:
            self._next_expiry = boot_seconds() + EXPIRE_S
            self._replies.expire()
        if not is_any_due or boot_seconds() < self._closed_until:
            return False
        return all(self._send_one(known) for _one in range(_BETWEEN_GLANCES))

    def _heed(self, known: Settings) -> None:
        """Whoever changes the settings need not wait until the gateway is tried again."""
        made_of = tuple(known[key] for key in _MADE_OF)
        if made_of != self._made_of:
            self.end()
            self._made_of = made_of
            self._closed_until = 0.0

    def _send_one(self, known: Settings) -> bool:
        """Whether another may follow at once."""
        try:
            self._gateway = self._gateway or self._factory.sms(known)
        except DeliveryError as error:
            self._close(error.reason)
            return False
        claimed = self._replies.claim()
        if claimed is None:
            return False
        if self._stop_all.is_set():
            self._replies.give_back(claimed[0])
            return False
        outcome = self._outcome(self._gateway, claimed[1])
        log.info("SMS reply %d: %s %s", claimed[0].id, outcome.kind.value, outcome.reason)
        self._unsettled = (*claimed, outcome)
        self._settle()
        return self._follow(outcome)

    @staticmethod
    def _outcome(gateway: SmsGateway, sms: OutgoingSms) -> SmsOutcome:
        try:
            return gateway.send(sms)
        except DeliveryError as error:
            return SmsOutcome(SmsKind.STOP, error.reason)
        except Exception as error:  # noqa: BLE001 - a bug that one text brings out is not to stop all others
            log.error("a bug while sending SMS reply %d: %s", sms.reply_id, where(error))  # noqa: TRY400 - see _safely
            return SmsOutcome(SmsKind.UNKNOWN, "fault")

    def _settle(self) -> None:
        """What became of a text is written down before anything else leaves, however long the database was away."""
        if self._unsettled is not None:
            self._replies.settle(*self._unsettled)
            self._unsettled = None

    def _follow(self, outcome: SmsOutcome) -> bool:
        """Whether the gateway is well enough for the next one."""
        if outcome.kind in _WORKS:
            self.sent += outcome.kind is SmsKind.ACCEPTED
            self._failures, self._stops = ("", 0), 0
            return True
        reason, times = self._failures
        self._failures = (outcome.reason, times + 1 if reason == outcome.reason else 1)
        if outcome.kind is SmsKind.STOP or self._failures[1] >= EQUAL_FAILURES:
            self._close(outcome.reason)
            return False
        return True

    def _close(self, reason: str) -> None:
        """Try again later, with a gateway made anew: a secret may have changed."""
        wait = _STOPPED_S[min(self._stops, len(_STOPPED_S) - 1)]
        log.warning("texts stand still (%s), tried again in %d s", reason, wait)
        self._stops += 1
        self._closed_until = boot_seconds() + wait
        self.end()
        self._replies.stop(reason, timedelta(seconds=wait))

    def end(self) -> None:
        if self._gateway is not None:
            self._gateway.close()
        self._gateway = None


class SmsDesk:
    """Implements `worker.loop.Companion`. `sent` counts texts that a gateway took."""

    def __init__(
        self, intake: SmsIntake, timer: SmsTimer, replies: SmsReplies, factory: SmsFactory, stop: Event
    ) -> None:
        self._replies = replies
        self._reader = _Reader(intake, timer, replies, stop)
        self._sender = _Sender(replies, factory, stop)

    def start(self) -> None:
        self._reader.start()
        self._sender.start()

    def finish(self) -> None:
        """What came in first: its answers are sent, too."""
        self._reader.finish()
        self._sender.finish()

    @property
    def sent(self) -> int:
        return self._sender.sent

    def left(self) -> Left:
        try:
            return self._replies.left()
        except UserError as error:
            log.warning("nobody knows which texts are left: %s", error.code)
            return NOTHING_LEFT


def where(error: BaseException) -> str:
    """What went wrong and at which line, without what the error says: that could be somebody's text or number."""
    frames = extract_tb(error.__traceback__)
    return f"{type(error).__name__} at {frames[-1].filename}:{frames[-1].lineno}" if frames else type(error).__name__
