"""Reviewing what guardians submitted: beside the roster, once, and with a minute to take it back."""

import logging
from collections.abc import Collection, Sequence
from datetime import date, timedelta

from desktop.domain.errors import UserError
from desktop.domain.matching import Match, Scored, best_matches
from desktop.domain.posts import KEPT_FOR, Template
from desktop.domain.registrations import (
    LONGEST_TEXT,
    Caution,
    Decision,
    QueueRow,
    Refusal,
    Submission,
    born_between,
)
from desktop.domain.staff import WORKER, Actor, Verb, places_where, school_scope
from desktop.services.clock import utc_now
from desktop.services.permission import require
from desktop.store import accepting, audit, posts, registrations, reviewing, settings
from desktop.store.db import Clock, Session, Store
from desktop.store.people import Looking, flags_of
from desktop.store.reviewing import Submitted

log = logging.getLogger(__name__)

MOST = 500
_MAILS = {
    Decision.ACCEPT_NEW: Template.ACCEPTED,
    Decision.LINK: Template.ACCEPTED,
    Decision.REFUSE: Template.REFUSED,
    Decision.ASK_BACK: Template.ASKED_BACK,
}


class Reviews:
    """Reviewers see the submissions of the whole schools that their role is for."""

    def __init__(self, store: Store, clock: Clock = utc_now) -> None:
        self._store = store
        self._clock = clock

    # Looking

    def counts(self, actor: Actor) -> dict[int, int]:
        """How many submissions wait at each school one may review."""
        with self._store.read() as session:
            return reviewing.counts(session, self._schools(session, actor))

    def queue(
        self, actor: Actor, *, school_id: int | None = None, waiting_days: int = 0, limit: int = MOST
    ) -> list[QueueRow]:
        """What waits, the oldest first: of one school, or for at least so many days."""
        with self._store.read() as session:
            schools = self._schools(session, actor)
            if school_id is not None:
                schools = frozenset({school_id}) if schools is None else schools & {school_id}
            before = self._clock() - timedelta(days=waiting_days) if waiting_days else None
            return reviewing.queue(session, schools, before, limit)

    def get(self, actor: Actor, registration_id: int) -> Submission:
        """One submission beside the roster's best matches. Raises UserError("not_found")."""
        with self._store.read() as session:
            today = settings.today(session, self._clock())
            found = self._submitted(session, actor, registration_id, today)
            matches = self._matches(session, actor, found)
            own = self._is_own(session, actor, found, [each.candidate.child_id for each in matches])
            flags = flags_of(session, _looking(actor, today), [each.candidate.child_id for each in matches])
            return Submission(
                registrations.any_one(session, found.id),
                found.guardian,
                found.address,
                found.language,
                matches,
                self._cautions(session, found, matches),
                any(flags.values()) if flags else None,
                own,
            )

    def _schools(self, session: Session, actor: Actor) -> frozenset[int] | None:
        places = places_where(actor, Verb.REVIEW_REGISTRATION, settings.today(session, self._clock()))
        return None if places.everywhere else places.schools

    def _submitted(self, session: Session, actor: Actor, registration_id: int, today: date) -> Submitted:
        found = reviewing.submitted(session, registration_id)
        require(actor, Verb.REVIEW_REGISTRATION, school_scope(found.school_id), today)
        return found

    def _matches(self, session: Session, actor: Actor, found: Submitted) -> tuple[Scored, ...]:
        return best_matches(found.sought, reviewing.candidates(session, found, self._schools(session, actor)))

    @staticmethod
    def _is_own(session: Session, actor: Actor, found: Submitted, child_ids: Collection[int]) -> bool:
        """Whether this is about the reviewer's own family."""
        if actor.guardian_id is None:
            return False
        return found.guardian_id == actor.guardian_id or reviewing.is_guardian(session, actor.guardian_id, child_ids)

    @staticmethod
    def _cautions(session: Session, found: Submitted, matches: Sequence[Scored]) -> tuple[Caution, ...]:
        said = reviewing.cautions(session, found)
        kind, grade = registrations.grade_of(session, found.id)
        born = born_between(kind, grade, found.year)
        if (
            born is not None
            and found.sought.birth_date is not None
            and not born[0] <= found.sought.birth_date <= born[1]
        ):
            said.add(Caution.AGE)
        best = matches[0].candidate if matches else None
        if best is not None and best.claimed:
            said.add(Caution.SECOND_PARENT)
        if best is not None and not best.unplaced and best.homeroom_id not in (None, found.sought.homeroom_id):
            said.add(Caution.WRONG_CLASS)
        return tuple(sorted(said))

    # Deciding

    def accept_new(self, actor: Actor, registration_id: int, version: int) -> None:
        """The roster gets a new child. Each of these takes effect after a minute, and then its mail leaves.

        Raises UserError("registration.decided", who=, when=), ("registration.own_family"), ("changed_elsewhere").
        """
        self._decide(actor, registration_id, version, Decision.ACCEPT_NEW)

    def link(self, actor: Actor, registration_id: int, version: int, child_id: int) -> None:
        """It is this child of the roster, at a school that the actor reviews."""
        self._decide(actor, registration_id, version, Decision.LINK, child_id=child_id)

    def refuse(self, actor: Actor, registration_id: int, version: int, reason: Refusal) -> None:
        self._decide(actor, registration_id, version, Decision.REFUSE, reason=reason.value)

    def ask_back(self, actor: Actor, registration_id: int, version: int, reason: str) -> None:
        """Let the guardian put something right; `reason` stands in their mail.

        Raises UserError("registration.reason") for none.
        """
        if not reason.strip() or len(reason) > 10 * LONGEST_TEXT:
            raise UserError("registration.reason")
        self._decide(actor, registration_id, version, Decision.ASK_BACK, reason=reason.strip())

    def accept_exact(self, actor: Actor, seen: Collection[tuple[int, int]]) -> int:
        """Link each of these (id, version) that is still an exact match to it; how many. The others stay."""
        linked = 0
        for registration_id, version in seen:
            with self._store.read() as session:
                today = settings.today(session, self._clock())
                found = self._submitted(session, actor, registration_id, today)
                matches = self._matches(session, actor, found)
            if not matches or matches[0].match is not Match.EXACT or matches[0].candidate.claimed:
                continue
            try:
                self.link(actor, registration_id, version, matches[0].candidate.child_id)
                linked += 1
            except UserError as error:
                if error.code not in ("registration.decided", "changed_elsewhere", "registration.own_family"):
                    raise
        return linked

    def _decide(
        self, actor: Actor, registration_id: int, version: int, decision: Decision, *, reason: str = "",
        child_id: int | None = None,
    ) -> None:  # fmt: skip
        with self._store.write(actor) as session:
            today = settings.today(session, self._clock())
            found = self._submitted(session, actor, registration_id, today)
            if not found.waiting:
                raise UserError("registration.decided", who=found.decided_by, when=found.decided_at)
            offered = reviewing.candidates(session, found, self._schools(session, actor))
            if child_id is not None and child_id not in {each.child_id for each in offered}:
                raise UserError("not_found")
            about = [child_id] if child_id is not None else [
                each.candidate.child_id for each in best_matches(found.sought, offered)
            ]  # fmt: skip
            if self._is_own(session, actor, found, about):
                raise UserError("registration.own_family")
            if not reviewing.decide(
                session, registration_id, version, decision, actor.staff_id, reason=reason, child_id=child_id
            ):
                raise UserError("changed_elsewhere", who=found.decided_by, when=found.decided_at)
            audit.record(
                session, "decided", "registration", registration_id, school=found.school_id, decision=decision.value
            )

    def undo(self, actor: Actor, registration_id: int) -> None:
        """Take a decision back before it takes effect. Raises UserError("undo.too_late")."""
        with self._store.write(actor) as session:
            found = self._submitted(session, actor, registration_id, settings.today(session, self._clock()))
            if not reviewing.undo(session, registration_id):
                raise UserError("undo.too_late")
            audit.record(session, "undid", "registration", registration_id, school=found.school_id)

    # Carrying out, by the worker

    def carry_out_due(self) -> int:
        """Let the decisions take effect whose minute is over, each by itself; how many."""
        with self._store.read() as session:
            due = reviewing.due(session)
        return sum(self._carry_out(registration_id) for registration_id in due)

    def _carry_out(self, registration_id: int) -> bool:
        try:
            with self._store.write(WORKER) as session:
                done = accepting.carry_out(session, registration_id, settings.today(session, self._clock()))
                if done is None:
                    return False
                parameters = {"child": done.child, "reason": done.reason}
                posts.put(session, _MAILS[done.decision], done.address, done.language, KEPT_FOR, parameters=parameters)
                audit.record(
                    session, "carried_out", "registration", registration_id, school=done.school_id,
                    decision=done.decision.value, by=done.decided_by,
                )  # fmt: skip
        except UserError as error:
            if error.code.startswith("database."):
                raise
            log.warning("a decision could not be carried out: %s", error.code)
            with self._store.write(WORKER) as session:
                reviewing.put_back(session, registration_id)
                audit.record(session, "not_carried_out", "registration", registration_id, code=error.code)
            return False
        return True


def _looking(actor: Actor, today: date) -> Looking:
    return Looking(places_where(actor, Verb.SEE_ROSTER, today), places_where(actor, Verb.SEE_FLAGS, today), today)
