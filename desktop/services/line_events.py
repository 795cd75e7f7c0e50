"""LINE's webhook: what it tells is kept at once, and taken in and answered by the worker.

What an event changes is written by its own time, so that it does not matter in which order or how often LINE brings it.
"""

import hashlib
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from desktop.domain.accounts import Limit
from desktop.domain.deliveries import LineOutcome
from desktop.domain.errors import UserError
from desktop.domain.line import Message, push_call
from desktop.domain.line_events import (
    BY_REPLY_ALONE,
    KEPT_FOR,
    LARGEST_CLAIM,
    Answer,
    EventState,
    Happening,
    OpenEvent,
    Told,
    Verdict,
    delay_of,
    judge,
    read_body,
    signature_fits,
    understand,
)
from desktop.domain.staff import WORKER
from desktop.secrets import Secrets
from desktop.services.clock import utc_now
from desktop.services.line_text import answer_messages
from desktop.settings import Settings
from desktop.store import attempts, audit, db, incoming, line_events, line_links, settings
from desktop.store.db import Clock, Session, Store
from desktop.store.deliveries.workers import may_send
from desktop.store.line_links import Reader

ANSWERS = Limit("line_answer", 1, timedelta(hours=1), timedelta(hours=1))
"""Whoever writes is told once an hour that nobody reads it."""


@dataclass(frozen=True, slots=True)
class Owed:
    """An answer ready to go: by the free reply while its token is good, else by a stored call.

    `needs_link` asks for a link token first, which `LineEvents.messages` puts into the words.
    """

    event: OpenEvent
    answer: Answer
    reply_token: str

    @property
    def needs_link(self) -> bool:
        return self.answer is Answer.LINK and self.event.call_body is None


@dataclass(frozen=True, slots=True)
class Brief:
    """How an answer goes out now (`reply`, `push`, or `no`: it is not worth a message that counts), and to whom."""

    way: str
    settings: Settings
    reader: Reader


class LineEvents:
    def __init__(self, store: Store, secrets: Secrets, clock: Clock = utc_now) -> None:
        self._store = store
        self._secrets = secrets
        self._clock = clock
        self._effects: Mapping[Happening, Callable[[Session, OpenEvent, Told], Answer | None]] = {
            Happening.FOLLOWED: self._befriended,
            Happening.UNFOLLOWED: self._befriended,
            Happening.ASKED_FOR_LINK: self._asked_for_link,
            Happening.ASKED_TO_UNLINK: self._asked_to_unlink,
            Happening.UNLINKED: self._unlinked,
            Happening.LINKED: self._linked,
            Happening.SAID: self._said,
        }

    # The webhook's

    def receive(self, raw: bytes, signature: str | None) -> int:
        """Keep every event of a delivery, all or none; says how many were new.

        Raises UserError("line.no_secret") where nobody can tell who speaks, ("line.signature") for somebody who is not
        LINE, ("line.nonsense") for what is no delivery, and what the database's troubles are.
        """
        secret = self._secrets.get("LINE_CHANNEL_SECRET")
        if not secret:
            raise UserError("line.no_secret")
        if not signature_fits(secret, raw, signature):
            raise UserError("line.signature")
        events = read_body(raw)
        if not events:
            return 0
        with self._store.bookkeep() as session:
            return line_events.keep(session, events)

    # The worker's

    def is_any_due(self, *, answers: bool) -> bool:
        """Cheap enough to be asked each second. Without `answers` only what is to be taken in counts."""
        with self._store.read() as session:
            return line_events.is_any_due(session, answers=answers) and may_send(session)

    def claim(self, *, answers: bool) -> list[OpenEvent]:
        """Lease the next ones, the earliest first; none in a database that was copied and is not released."""
        with self._store.bookkeep() as session:
            if not may_send(session):
                return []
            return line_events.claim(session, uuid.uuid4().hex, LARGEST_CLAIM, answers=answers)

    def take_in(self, events: Sequence[OpenEvent]) -> list[Owed]:
        """Let events have their effect, all of them or none; what is owed to their people.

        Raises UserError where the database cannot be written.
        """
        with self._store.write(WORKER) as session:
            owed = [found for event in events if (found := self._taken_in(session, event)) is not None]
            session.info["audited"] = True  # the event's own row is the record of what needs no other
        return owed

    def _taken_in(self, session: Session, event: OpenEvent) -> Owed | None:
        told = understand(event.body)
        if event.state is EventState.ANSWERING:
            return Owed(event, event.answer or Answer.NOT_READ, told.reply_token)
        if not line_events.still_mine(session, event):
            return None
        self._nameless_effect(session, event, told)
        answer = self._effect(session, event, told)
        if answer is None or event.user_id is None or not told.may_answer:
            is_known = told.happening is not Happening.OTHER
            line_events.settle(session, event, EventState.DONE if is_known else EventState.IGNORED)
            return None
        line_events.owe(session, event, answer)
        return Owed(event, answer, told.reply_token)

    def _effect(self, session: Session, event: OpenEvent, told: Told) -> Answer | None:
        effect = self._effects.get(told.happening)
        return effect(session, event, told) if effect is not None and event.user_id is not None else None

    @staticmethod
    def _befriended(session: Session, event: OpenEvent, told: Told) -> Answer | None:
        is_friend = told.happening is Happening.FOLLOWED
        is_news = line_links.set_friend(session, event.user_id or "", event.at, is_friend=is_friend)
        return Answer.GREETING if is_news and is_friend else None

    def _asked_for_link(self, session: Session, _event: OpenEvent, _told: Told) -> Answer:
        return Answer.LINK if self._opens(session) is None else Answer.NOT_OPEN

    @staticmethod
    def _asked_to_unlink(session: Session, event: OpenEvent, _told: Told) -> Answer:
        is_linked = line_links.account_of(session, event.user_id or "") is not None
        return Answer.UNLINK if is_linked else Answer.NOT_LINKED

    def _opens(self, session: Session) -> datetime | None:
        """When linking opens, if it has not yet (A30)."""
        opens = settings.load(session).moment("line.opens_at")
        return opens if opens is not None and db.now(session) < opens else None

    def _linked(self, session: Session, event: OpenEvent, told: Told) -> Answer:
        account_id = line_links.use_nonce(session, nonce_hash(told.nonce), event.at)
        if account_id is None or event.user_id is None:
            return Answer.LINK_LATE
        line_links.link(session, account_id, event.user_id, settings.today(session, self._clock()))
        audit.record(session, "linked_line", "account", account_id)
        return Answer.LINKED

    @staticmethod
    def _nameless_effect(session: Session, event: OpenEvent, told: Told) -> None:
        """Where linking failed LINE names nobody: the nonce does."""
        if told.happening is Happening.TOOK_BACK:
            incoming.blank(session, told.message_ref)
        if told.happening is not Happening.LINK_FAILED:
            return
        account_id = line_links.use_nonce(session, nonce_hash(told.nonce), event.at)
        if account_id is not None:
            line_links.refuse(session, account_id, "refused")
            audit.record(session, "line_link_failed", "account", account_id)

    def _unlinked(self, session: Session, event: OpenEvent, _told: Told) -> Answer:
        account_id = line_links.account_of(session, event.user_id or "")
        if account_id is None:
            return Answer.NOT_LINKED
        line_links.unlink(session, account_id, settings.today(session, self._clock()))
        audit.record(session, "unlinked_line", "account", account_id)
        return Answer.UNLINKED

    @staticmethod
    def _said(session: Session, event: OpenEvent, told: Told) -> Answer | None:
        """Kept for staff; its writer is told once an hour that nobody reads it there."""
        user_id = event.user_id or ""
        key = hashlib.sha256(f"line {user_id}".encode()).hexdigest()
        is_first = attempts.begin(session, ANSWERS, key) is None
        message = incoming.New(
            "line", f"event {event.id}", user_id, told.said, event.received_at, told.words, ref=told.message_ref
        )
        incoming.keep(session, message, answered=is_first)
        return Answer.NOT_READ if is_first else None

    def brief(self, owed: Owed) -> Brief:
        told = understand(owed.event.body)
        with self._store.read() as session:
            if owed.event.may_reply(told, db.now(session)):
                way = "reply"
            else:
                way = "no" if owed.answer in BY_REPLY_ALONE else "push"
            return Brief(way, settings.load(session), line_links.reader(session, owed.event.user_id or ""))

    @staticmethod
    def messages(owed: Owed, brief: Brief, link_token: str = "") -> list[Message]:
        """The words of an answer, in their reader's language, or in all of them where nobody knows it."""
        return answer_messages(owed.answer, brief.reader, brief.settings, link_token)

    def keep_call(self, owed: Owed, messages: list[Message]) -> tuple[str, str]:
        """Store the message that takes a reply's place, before its first attempt; gives its key and body."""
        event = owed.event
        if event.retry_key and event.call_body:
            return event.retry_key, event.call_body
        key = event.retry_key or str(uuid.uuid4())
        body = push_call(key, event.user_id or "", messages).body
        with self._store.bookkeep() as session:
            line_events.keep_call(session, event, key, body)
        return key, body

    def settle(self, event: OpenEvent, outcome: LineOutcome) -> Verdict:
        with self._store.bookkeep() as session:
            verdict = judge(event, outcome, db.now(session))
            line_events.follow(session, event, verdict, str(uuid.uuid4()))
        return verdict

    def drop(self, event: OpenEvent, reason: str) -> None:
        """Its answer is of no use any more."""
        with self._store.bookkeep() as session:
            line_events.settle(session, event, EventState.FAILED, reason)

    def put_off(self, event: OpenEvent) -> None:
        """It could not be taken in now."""
        with self._store.bookkeep() as session:
            line_events.put_off(session, event, db.now(session) + delay_of(event.attempts))

    def give_back(self, lease: str) -> None:
        with self._store.bookkeep() as session:
            line_events.give_back(session, lease)

    def let_go(self) -> None:
        """Forget events that are dealt with, and what parents wrote half a year ago."""
        with self._store.bookkeep() as session:
            now = db.now(session)
            line_events.let_go(session, now - KEPT_FOR)
            incoming.let_go(session, now - incoming.KEPT_FOR)


def nonce_hash(nonce: str) -> str:
    return hashlib.sha256(nonce.encode("utf-8", "replace")).hexdigest()
