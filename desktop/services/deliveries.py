"""What the worker asks of the database: what is due, leases on it, and writing down what became of it.

No network in here, and no dialog: a method is one transaction and short, so that several workers and many desks can
share one database.
"""

import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta

from desktop.domain.claims import (
    MISSED_AFTER,
    IdleReport,
    JournalFindings,
    LineJob,
    MailClaim,
    MailJob,
    MailResult,
    MailWish,
    NoticeMessage,
    Outlook,
)
from desktop.domain.deliveries import LineOutcome
from desktop.domain.line import Message
from desktop.domain.mail import AddressError, Lane, check_address, domain_of
from desktop.domain.notices import COPY, HoldReason, changed_too_much
from desktop.domain.sending_release import HeldWhy, Witness
from desktop.domain.staff import WORKER
from desktop.services.clock import utc_now
from desktop.services.message_text import fallback_language, line_messages
from desktop.settings import Settings
from desktop.store import db, schema, sending_release
from desktop.store import settings as settings_store
from desktop.store.db import Clock, Session, Store
from desktop.store.deliveries import (
    accidents,
    calls,
    claims,
    fan_out,
    giving_up,
    marks,
    people,
    staff_mails,
    upcoming,
    workers,
)


class Deliveries:
    """The worker's service. Its writes are bookkeeping: the rows themselves are the record."""

    def __init__(self, store: Store, clock: Clock = utc_now) -> None:
        self._store = store
        self._clock = clock
        # Known until the next glance: how far each (lane, urgent) came, what LINE says of a notice, and of which
        # database it is certain that it may send.
        self._reached: dict[tuple[str, bool], claims.Place] = {}
        self._composed: dict[tuple[int, str], Sequence[Message]] = {}
        self._certain: tuple[int, int] | None = None

    # The worker itself

    def sign_on(self, worker_uuid: str, host: str) -> int:
        """A new worker's id."""
        with self._store.bookkeep() as session:
            return workers.register(session, worker_uuid, host, db.now(session))

    @contextmanager
    def attending(self) -> Iterator[None]:
        """For as long as a worker runs. Whenever nobody has an embedded database open, closing it costs a checkpoint:
        ten milliseconds for each transaction, unless somebody stays.
        """
        if not self._store.is_sqlite:
            yield
            return
        with self._store.engine.connect():
            yield

    def beat(self, worker_id: int) -> int:
        """Say that a worker is alive; says how often it has. 0: this database has never heard of it."""
        with self._store.bookkeep() as session:
            return workers.beat(session, worker_id, db.now(session))

    def sign_off(self, worker_id: int) -> None:
        with self._store.bookkeep() as session:
            workers.sign_off(session, worker_id, db.now(session))

    def settings(self) -> Settings:
        with self._store.read() as session:
            return settings_store.load(session)

    def installation(self) -> tuple[str, int]:
        """Which one this is, and its sending epoch."""
        with self._store.read() as session:
            itself = schema.installation(session)
            return itself.uuid, itself.epoch

    def check_place(self, witness: Witness | None, worker_uuid: str) -> bool:
        """Say whether it may send, after looking whether this is the database that a worker's data directory knows.

        One that is elsewhere, or older than the witness, sends nothing until an administrator releases it. Only where
        a standby took over is it enough that nothing is missing of what the witness knows.
        """
        with self._store.read() as session:
            itself = schema.installation(session)
            moved = itself.location != schema.location(session)
            promoted = moved and schema.same_but_for_timeline(itself.location, schema.location(session))
            is_older = witness is not None and not sending_release.remembers(session, witness)
            if not itself.released or not (moved or is_older):
                return itself.released
            if promoted and witness is None:
                return False  # there may be somebody who knows
        with self._store.write(WORKER) as session:
            if promoted and not is_older:
                sending_release.adopt(session)
                return True
            sending_release.hold(session, HeldWhy.OLDER if is_older else HeldWhy.MOVED, but_for=worker_uuid)
            return False

    def message(self, notice_id: int) -> NoticeMessage:
        """What a notice says; it cannot change any more once it is being sent."""
        with self._store.read() as session:
            found = _message(session, notice_id)
            domain = "" if found.mail_domain else _mail_domain(settings_store.load(session))
        if not domain:
            return found
        with self._store.bookkeep() as session:
            workers.settle_mail_domain(session, notice_id, domain)
            return _message(session, notice_id)

    # What there is to do

    def look(self) -> Outlook:
        """One glance at everything that the worker must know before it goes on."""
        self._reached.clear()
        self._composed.clear()
        with self._store.read() as session:
            now = db.now(session)
            sending = claims.sending_notices(session)
            may_send = workers.may_send(session)
            self._certain = schema.mark(session) if may_send else None
            return Outlook(
                may_send=may_send,
                sending=sending,
                due=frozenset(claims.due_kinds(session, sending, now)),
                stopped=workers.stopped_channels(session),
                to_begin=tuple(fan_out.due_notices(session, now)),
                expired_leases=accidents.has_expired_leases(session, now),
                leased=claims.has_leases(session),
                soon=may_send and upcoming.is_soon(session, sending, now),
            )

    def line_is_near(self) -> bool:
        """Within a minute something for LINE begins: time to load what it takes."""
        with self._store.read() as session:
            return upcoming.line_is_near(session, db.now(session))

    def begin(self, notice_id: int) -> bool:
        """Start a due notice: hold it if it must be held, otherwise fan it out. True if it is on its way now.

        Its recipients and deliveries come to be in this one transaction.
        """
        with self._store.bookkeep() as session:
            now = db.now(session)
            notice = fan_out.take(session, notice_id, now) if workers.may_send(session) else None
            return notice is not None and _begin(session, notice, now, self._clock())

    def begin_due(self) -> int:
        """Start every notice that is due; says how many are on their way now."""
        return sum(self.begin(notice_id) for notice_id in self.look().to_begin)

    def clean_up(self) -> bool:
        """Stop what is useless or waits in vain, retire LINE's old keys, and close notices with nothing left to do.

        True if there was anything of it to do.
        """
        with self._store.bookkeep() as session:
            now = db.now(session)
            ended = giving_up.give_up_unconfigured(session, now) + claims.expire(session, now)
            retired = calls.retire_old_keys(session, now)
            return bool(ended + retired + fan_out.finish_notices(session, now))

    def idle_report(self, stopped: Mapping[str, datetime | None]) -> IdleReport:
        """What is held and what waits; `stopped` says when each channel that stands still is tried again."""
        with self._store.read() as session:
            return workers.idle_report(session, stopped, db.now(session))

    # Claims

    def _may_send(self, session: Session) -> bool:
        """Asked anew after each glance, and at once where the file or the connection is another one."""
        mark = schema.mark(session)
        if self._certain != mark:
            self._certain = mark if workers.may_send(session) else None
        return self._certain is not None

    def claim_mail(self, worker_id: int, wishes: Sequence[MailWish]) -> list[MailClaim]:
        """Lease mails, a claim for each wish; a claim may be smaller than wished, or empty."""
        with self._store.bookkeep() as session:
            return self._claim(session, worker_id, wishes, db.now(session))

    def settle_and_claim(
        self,
        results: Sequence[MailResult],
        accepted: Mapping[str, Collection[int]],
        worker_id: int,
        wishes: Sequence[MailWish],
    ) -> tuple[int, list[MailClaim]]:
        """`settle_mail` and `claim_mail` as one: both are done, or neither."""
        with self._store.bookkeep() as session:
            now = db.now(session)
            written = marks.settle_mail(session, results, accepted, now)
            return written, self._claim(session, worker_id, wishes, now)

    def _claim(self, session: Session, worker_id: int, wishes: Sequence[MailWish], now: datetime) -> list[MailClaim]:
        tokens = [uuid.uuid4().hex for _ in wishes]
        if not self._may_send(session):
            return [MailClaim(token, ()) for token in tokens]
        alike: dict[tuple[str | None, bool], dict[str, int]] = {}
        for token, wish in zip(tokens, wishes, strict=True):
            alike.setdefault((wish.lane, wish.urgent), {})[token] = wish.limit
        jobs: dict[str, list[MailJob]] = {token: [] for token in tokens}
        for (lane, urgent), limits in alike.items():
            for one in [lane] if lane is not None else [each.value for each in Lane]:
                rooms = {token: limit - len(jobs[token]) for token, limit in limits.items()}
                for token, found in self._claim_lane(session, worker_id, one, urgent, rooms, now):
                    jobs[token] += found
        return [MailClaim(token, tuple(jobs[token])) for token in tokens]

    def _claim_lane(
        self, session: Session, worker_id: int, lane: str, urgent: bool, rooms: Mapping[str, int], now: datetime
    ) -> Iterator[tuple[str, list[MailJob]]]:
        """Go on where the last claim ended: PostgreSQL keeps what was claimed in its index until it is vacuumed, and
        would go through all of it again. What came back meanwhile is found from the front, at the next glance or
        when nothing else is left.
        """
        start = self._reached.get((lane, urgent), claims.FRONT)
        claimed, reached = claims.claim_mail(session, worker_id, lane, urgent, rooms, start, now)
        yield from claimed.items()
        rest = {token: room - len(claimed.get(token, ())) for token, room in rooms.items()}
        if any(rest.values()) and start > claims.FRONT:
            more, _ = claims.claim_mail(session, worker_id, lane, urgent, rest, claims.FRONT, now)
            yield from more.items()
        self._reached[lane, urgent] = reached

    def claim_line(self, worker_id: int, *, urgent: bool) -> LineJob | None:
        """Lease one call to LINE; its key and body stand in the database before anybody can make it.

        Raises LineCannotCarryError.
        """
        token = uuid.uuid4().hex
        with self._store.bookkeep() as session:
            if not self._may_send(session):
                return None
            compose = _Composer(session, self._composed)
            return calls.claim_call(session, worker_id, token, urgent, compose.messages, db.now(session))

    def renew(self, tokens: Collection[str]) -> frozenset[str]:
        """Ask for more time; says which of these leases there still are."""
        with self._store.bookkeep() as session:
            return claims.renew(session, tokens, db.now(session))

    def give_back(self, unsent: Mapping[str, Collection[int]]) -> None:
        """Mails of claims (by token) that were not tried are due again."""
        with self._store.bookkeep() as session:
            for token, ids in unsent.items():
                claims.give_back(session, token, ids)

    def settle_mail(self, results: Sequence[MailResult], accepted: Mapping[str, Collection[int]] | None = None) -> int:
        """Write down what became of mails; says how many were accepted. `accepted` are the plain cases, ids by token:
        250 to the final dot.
        """
        with self._store.bookkeep() as session:
            return marks.settle_mail(session, results, accepted or {}, db.now(session))

    def settle_line(self, job: LineJob, outcome: LineOutcome) -> int:
        """Write down what became of a call; says how many messages were accepted."""
        with self._store.bookkeep() as session:
            return calls.settle_call(session, job, outcome, db.now(session))

    def give_back_call(self, job: LineJob) -> None:
        """The call was not made: due again, with its key unused by this attempt."""
        with self._store.bookkeep() as session:
            calls.give_back(session, job)

    def refuse_line(self, notice_id: int, reason: str) -> None:
        """A notice that LINE cannot carry fails once, as a whole."""
        with self._store.bookkeep() as session:
            calls.refuse_notice(session, notice_id, reason, db.now(session))

    # After accidents

    def take_over_expired(self, worker_id: int, held: Collection[str] = ()) -> int:
        """Take over from workers that were not heard of for a whole lease; `held` are this one's own leases."""
        with self._store.bookkeep() as session:
            return accidents.take_over_expired(session, worker_id, held, db.now(session))

    def settle_from_journal(self, findings: JournalFindings) -> int:
        """Where nothing may be sent yet, only what is known to have gone: the rest is in doubt when it is released."""
        with self._store.bookkeep() as session:
            return accidents.settle_from_journal(session, findings, db.now(session), whole=workers.may_send(session))

    def stop_channel(self, channel: str, reason: str, retry_in: timedelta) -> None:
        """Tell everyone that a channel stands still, and when it is tried again."""
        with self._store.bookkeep() as session:
            now = db.now(session)
            workers.stop_channel(session, channel, reason, now + retry_in, now)

    def clear_channel(self, channel: str) -> None:
        with self._store.bookkeep() as session:
            workers.clear_channel(session, channel)


def _begin(session: Session, notice: fan_out.DueNotice, now: datetime, today: datetime) -> bool:
    """The order of questions: is it too late to be of use, was its time missed, does it still mean the same people?"""
    is_useless = notice.useless_after is not None and notice.useless_after <= now
    if _was_missed(notice, now) and not is_useless:
        fan_out.hold(session, notice.id, HoldReason.MISSED)
        return False
    settings = settings_store.load(session)
    day = today.astimezone(settings.zone).date()
    people.add_people(session, notice, day)
    drift = people.compare_with_approved(session, notice.id)
    must_hold = _moved_too_far(notice, drift) or _moved_blindly(session, notice, drift, day)
    if must_hold and not is_useless:
        fan_out.hold(session, notice.id, HoldReason.AUDIENCE_CHANGED, drift.numbers())
        return False
    fan_out.add_recipients(session, notice.id)
    if languages := fan_out.notice_languages(session, notice.id):
        fallback = fallback_language(languages, settings["city.language"])
        fan_out.add_deliveries(session, notice, languages, fallback, now)
        fan_out.link_recipients(session, notice)
        _add_staff_mails(session, notice, fallback, now)
    fan_out.start(session, notice.id, drift.numbers(), _mail_domain(settings) or None, now)
    return True


def _add_staff_mails(session: Session, notice: fan_out.DueNotice, language: str, now: datetime) -> None:
    """Mails to staff who are meant, then copies (控え), in the city's language: where an address has none yet."""
    staff_mails.add_keepers(session, notice)
    for kind, languages in (("staff", language), ("copy", f"{language}+{COPY}")):
        staff_mails.add_mails(session, notice, kind, languages, now)
        staff_mails.link(session, notice.id, kind)


def _mail_domain(settings: Settings) -> str:
    """Of our address as it is set now; empty while there is none that mail can come from."""
    try:
        return domain_of(check_address(settings["email.from"]))
    except AddressError:
        return ""


def _was_missed(notice: fan_out.DueNotice, now: datetime) -> bool:
    """A time that somebody chose has gone by, because no worker ran. Releasing it sets a new due time."""
    return notice.send_at is not None and now - notice.due_at > MISSED_AFTER


def _moved_too_far(notice: fan_out.DueNotice, drift: people.Drift) -> bool:
    """An urgent notice never holds; a difference that somebody has seen and released does not hold again."""
    seen = notice.drift or {}
    added, removed = drift.added - seen.get("added", 0), drift.removed - seen.get("removed", 0)
    return not notice.urgent and changed_too_much(drift.approved, max(0, added), max(0, removed))


def _moved_blindly(session: Session, notice: fan_out.DueNotice, drift: people.Drift, day: date) -> bool:
    """However few came or went, nobody has seen yet what it means: a part is gone, or another school is in it."""
    moved = bool(drift.added or drift.removed) and notice.drift is None and not notice.urgent
    return moved and (people.lost_a_part(session, notice, day) or people.reaches_another_school(session, notice))


def _message(session: Session, notice_id: int) -> NoticeMessage:
    found = workers.message(session, notice_id)
    return found if found.sender else replace(found, sender=settings_store.load(session)["city.name"])


class _Composer:
    """LINE messages of notices, within one transaction; what was composed once is not composed again."""

    def __init__(self, session: Session, composed: dict[tuple[int, str], Sequence[Message]]) -> None:
        self._session = session
        self._composed = composed

    def messages(self, notice_id: int, languages: str, plain: bool) -> Sequence[Message]:  # noqa: ARG002  LINE has no plain form
        if (notice_id, languages) not in self._composed:
            try:
                self._composed[notice_id, languages] = line_messages(_message(self._session, notice_id), languages)
            except ValueError as error:
                raise LineCannotCarryError(notice_id) from error
        return self._composed[notice_id, languages]


class LineCannotCarryError(Exception):
    """A notice's text does not fit into LINE messages; submitting should have refused it."""

    def __init__(self, notice_id: int) -> None:
        super().__init__(f"notice {notice_id}")
        self.notice_id = notice_id
