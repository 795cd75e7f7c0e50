"""LINE's events: taken in and answered on a thread and by connections of their own, so that no notice waits for them.

What an event changes is written before anybody is answered. An answer that cannot go now is kept and goes later; where
LINE itself is in trouble all of them wait, each as long as it is of use.
"""

import logging
from threading import Event, Thread
from typing import Protocol

from desktop.domain.deliveries import DeliveryError, LineCall, LineKind, LineOutcome
from desktop.domain.errors import UserError
from desktop.domain.line_account import LineTalk
from desktop.domain.line_events import OpenEvent
from desktop.services.line_events import Brief, LineEvents, Owed
from desktop.settings import Settings
from desktop.worker.moments import boot_seconds

log = logging.getLogger(__name__)

GLANCE_S = 0.5
GRACE_S = 2.0
_AGAIN_S = (1.0, 2.0, 5.0, 15.0, 30.0)
_LINES_TROUBLE = frozenset(
    {LineKind.UNAUTHORIZED, LineKind.UNAVAILABLE, LineKind.RATE_LIMITED, LineKind.QUOTA, LineKind.UNKNOWN}
)
_TALK_SETTINGS = ("line.enabled", "line.api_url", "line.data_url", "line.proxy")


class TalkFactory(Protocol):
    """Makes LINE for single people, of settings; it has the secrets."""

    def talk(self, settings: Settings) -> LineTalk:
        """Raises DeliveryError for settings that cannot work."""


class LineDesk(Thread):
    """`finish` lets it do what is due now and waits for it; once `stop` is set nothing more is begun."""

    def __init__(self, events: LineEvents, factory: TalkFactory, stop: Event) -> None:
        super().__init__(name="line-desk", daemon=True)
        self._events = events
        self._factory = factory
        self._stop_all = stop
        self._finishing = Event()
        self._talk: LineTalk | None = None
        self._made_of: tuple[object, ...] = ()
        self._not_before = 0.0
        self._troubles = 0
        self._answers_not_before = 0.0
        self._line_troubles = 0

    def finish(self) -> None:
        """Whoever wants everything to stop does not wait for LINE: an answer in hand goes again later."""
        self._finishing.set()
        self.join(GRACE_S if self._stop_all.is_set() else None)

    def run(self) -> None:
        while not self._stop_all.is_set():
            if self._round():
                continue
            if self._finishing.is_set():
                break
            self._finishing.wait(GLANCE_S)
        self._hang_up()

    def _round(self) -> bool:
        """Take in the next few; whether there may be more."""
        now = boot_seconds()
        if now < self._not_before:
            return False
        answers = now >= self._answers_not_before
        try:
            claimed = self._events.claim(answers=answers) if self._events.is_any_due(answers=answers) else []
            if claimed:
                self._work(claimed, answers=answers)
        except UserError as error:
            log.warning("LINE's events must wait: %s", error.code)
        except Exception:
            log.exception("a bug while looking after LINE's events")
        else:
            self._troubles = 0
            return bool(claimed)
        self._not_before = boot_seconds() + _patience(self._troubles)
        self._troubles += 1
        return False

    def _work(self, claimed: list[OpenEvent], *, answers: bool) -> None:
        """Effects first, of all of them: an answer may take its time. Raises UserError while the database is away."""
        try:
            owed = self._taken_in(claimed)
            for one in owed if answers else ():
                if self._stop_all.is_set() or not self._answer(one):
                    break
        finally:
            self._events.give_back(claimed[0].lease)

    def _taken_in(self, claimed: list[OpenEvent]) -> list[Owed]:
        """At once, or where one of them hinders the others, each by itself; that one is tried again later."""
        try:
            return self._events.take_in(claimed)
        except UserError as error:
            if error.code.startswith("database."):
                raise
            log.warning("an event of LINE hinders others: %s", error.code)
        except Exception:
            log.exception("a bug while taking in events of LINE")
        if len(claimed) > 1:
            return [one for event in claimed for one in self._taken_in([event])]
        self._events.put_off(claimed[0])
        return []

    # Answering

    def _answer(self, owed: Owed) -> bool:
        """Whether LINE is well; while it is not, answers wait."""
        brief = self._events.brief(owed)
        if brief.way == "no":
            self._events.drop(owed.event, "late")
            return True
        outcome = self._outcome(owed, brief)
        self._events.settle(owed.event, outcome)
        log.info("LINE %s %s: %s, request %s", brief.way, owed.answer.value, outcome.status, outcome.request_id or "-")
        if outcome.kind not in _LINES_TROUBLE:
            self._line_troubles = 0
            return True
        log.warning("an answer on LINE did not go: %s", outcome.reason)
        self._answers_not_before = boot_seconds() + _patience(self._line_troubles)
        self._line_troubles += 1
        return False

    def _outcome(self, owed: Owed, brief: Brief) -> LineOutcome:
        try:
            talk = self._talk_of(brief.settings)
            token = talk.link_token(owed.event.user_id or "") if owed.needs_link else ""
            messages = self._events.messages(owed, brief, token)
            if brief.way == "reply":
                return talk.reply(owed.reply_token, messages)
            key, body = self._events.keep_call(owed, messages)
            return talk.send(LineCall(key, "push", body))
        except DeliveryError as error:
            kind = LineKind.UNAUTHORIZED if error.permanent else LineKind.UNAVAILABLE
            return LineOutcome(kind, reason=error.reason)

    def _talk_of(self, settings: Settings) -> LineTalk:
        """LINE as it is set up now; connections stay as long as nothing of it changes."""
        made_of = tuple(settings[key] for key in _TALK_SETTINGS)
        if self._talk is None or made_of != self._made_of:
            self._hang_up()
            self._talk, self._made_of = self._factory.talk(settings), made_of
        return self._talk

    def _hang_up(self) -> None:
        if self._talk is not None:
            self._talk.close()
        self._talk = None


def _patience(troubles: int) -> float:
    return _AGAIN_S[min(troubles, len(_AGAIN_S) - 1)]
