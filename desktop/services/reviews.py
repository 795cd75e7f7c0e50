"""Reviewing what guardians submitted: beside the roster, once, and with a minute to take it back."""

import logging
from array import array
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, timedelta

from desktop.domain.errors import UserError
from desktop.domain.matching import Match, Scored, best_matches, score
from desktop.domain.posts import KEPT_FOR
from desktop.domain.registrations import LONGEST_TEXT, Caution, Decision, Kind, Refusal, born_between
from desktop.domain.reviews import ExactMatch, Overview, QueueQuery, QueueRow, Submission
from desktop.domain.staff import WORKER, Actor, Verb, places_where, school_scope
from desktop.services.clock import utc_now
from desktop.services.permission import require
from desktop.store import (
    accepting,
    audit,
    own_children,
    posts,
    registrations,
    review_matches,
    reviewing,
    settings,
)
from desktop.store.db import Clock, Session, Store
from desktop.store.people import MOST_ROWS, Looking, flags_of
from desktop.store.reviewing import Submitted

log = logging.getLogger(__name__)

MOST_EXACT = 200
_CHUNK = 500
_AGREED = frozenset({Kind.CHANGE, Kind.WITHDRAWAL})
"""Kinds that are about a child which the guardian has: there is nobody to look for."""


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

    def overview(self, actor: Actor) -> Overview:
        """The same with names, and since when the oldest waits."""
        with self._store.read() as session:
            return reviewing.overview(session, self._schools(session, actor))

    def queue_ids(self, actor: Actor, query: QueueQuery) -> "array[int]":
        """What waits, the oldest first."""
        with self._store.read() as session:
            return self._waiting(session, actor, query)

    def queue_rows(self, actor: Actor, ids: Sequence[int]) -> list[QueueRow]:
        """Lines of the queue in this order, at most MOST_ROWS; what somebody decided meanwhile is left out."""
        with self._store.read() as session:
            return reviewing.queue_rows(session, self._schools(session, actor), ids[:MOST_ROWS])

    def get(self, actor: Actor, registration_id: int, also: int | None = None) -> Submission:
        """One submission beside the roster's best matches, and beside a child that the reviewer found there (`also`).

        Raises UserError("not_found").
        """
        with self._store.read() as session:
            today = settings.today(session, self._clock())
            found = self._submitted(session, actor, registration_id, today)
            submission = self._beside_roster(session, actor, found, today, also)
            return replace(submission, agreed=reviewing.agreement(session, found.account_id))

    def exact(self, actor: Actor, query: QueueQuery) -> list[ExactMatch]:
        """What may be linked together after a look at the list: exact matches that nothing speaks against, the oldest
        first, at most MOST_EXACT. Flagged and own families are never among them.
        """
        found: list[ExactMatch] = []
        with self._store.read() as session:
            today = settings.today(session, self._clock())
            schools = self._schools(session, actor)
            ids = self._waiting(session, actor, query)
            for start in range(0, len(ids), _CHUNK):
                for id_ in review_matches.certain(session, ids[start : start + _CHUNK], schools):
                    submission = self._beside_roster(session, actor, reviewing.submitted(session, id_), today)
                    rows = reviewing.queue_rows(session, schools, [id_]) if _may_pass(submission) else []
                    found += [ExactMatch(row, submission.matches[0].candidate) for row in rows]
                    if len(found) == MOST_EXACT:
                        return found
        return found

    def _waiting(self, session: Session, actor: Actor, query: QueueQuery) -> "array[int]":
        schools = self._schools(session, actor)
        if query.school_id is not None:
            schools = frozenset({query.school_id}) if schools is None else schools & {query.school_id}
        before = self._clock() - timedelta(days=query.waiting_days) if query.waiting_days else None
        return reviewing.queue_ids(session, schools, query, before)

    def _beside_roster(
        self, session: Session, actor: Actor, found: Submitted, today: date, also: int | None = None
    ) -> Submission:
        matches = self._matches(session, actor, found, also)
        about = None
        if found.about_child_id is not None:
            about = next(iter(review_matches.described(session, [found.about_child_id], found)), None)
        children = [each.candidate.child_id for each in matches] + ([about.child_id] if about else [])
        flags = flags_of(session, _looking(actor, today), children)
        return Submission(
            registrations.any_one(session, found.id),
            found.guardian,
            found.address,
            found.language,
            matches,
            () if found.kind in _AGREED else self._cautions(session, found, matches),
            any(flags.values()) if flags else None,
            self._is_own(session, actor, found, children),
            frozenset(id_ for id_, flagged in flags.items() if flagged),
            found.decided,
            about,
            own_children.changes(session, found.id) if found.kind is Kind.CHANGE else (),
        )

    def _schools(self, session: Session, actor: Actor) -> frozenset[int] | None:
        places = places_where(actor, Verb.REVIEW_REGISTRATION, settings.today(session, self._clock()))
        return None if places.everywhere else places.schools

    def _submitted(self, session: Session, actor: Actor, registration_id: int, today: date) -> Submitted:
        found = reviewing.submitted(session, registration_id)
        require(actor, Verb.REVIEW_REGISTRATION, school_scope(found.school_id), today)
        return found

    def _matches(self, session: Session, actor: Actor, found: Submitted, also: int | None = None) -> tuple[Scored, ...]:
        if found.kind in _AGREED:
            return ()
        schools = self._schools(session, actor)
        matches = best_matches(found.sought, review_matches.candidates(session, found, schools))
        if also is None or also in {each.candidate.child_id for each in matches}:
            return matches
        return (*matches, *(score(found.sought, one) for one in review_matches.chosen(session, found, schools, also)))

    @staticmethod
    def _is_own(session: Session, actor: Actor, found: Submitted, child_ids: Collection[int]) -> bool:
        """Whether this is about the reviewer's own family."""
        if actor.guardian_id is None:
            return False
        return found.guardian_id == actor.guardian_id or review_matches.is_guardian(
            session, actor.guardian_id, child_ids
        )

    @staticmethod
    def _cautions(session: Session, found: Submitted, matches: Sequence[Scored]) -> tuple[Caution, ...]:
        best = matches[0].candidate if matches else None
        said = review_matches.cautions(session, found, best.child_id if best else None)
        kind, grade = registrations.grade_of(session, found.id)
        born = born_between(kind, grade, found.year)
        if (
            born is not None
            and found.sought.birth_date is not None
            and not born[0] <= found.sought.birth_date <= born[1]
        ):
            said.add(Caution.AGE)
        if best is not None and best.claimed:
            said.add(Caution.SECOND_PARENT)
        if best is not None and not best.unplaced and best.homeroom_id not in (None, found.sought.homeroom_id):
            said.add(Caution.WRONG_CLASS)
        return tuple(sorted(said))

    # Deciding

    def accept_new(self, actor: Actor, registration_id: int, version: int) -> None:
        """The roster gets a new child. Each of these takes effect after a minute, and then its mail leaves.

        Raises UserError("registration.decided", who=, when=), ("registration.own_family"), ("changed_elsewhere"), and
        ("registration.other_kind") where the decision does not fit what was submitted.
        """
        self._decide(actor, registration_id, version, Decision.ACCEPT_NEW)

    def link(self, actor: Actor, registration_id: int, version: int, child_id: int) -> None:
        """It is this child of the roster, at a school that the actor reviews."""
        self._decide(actor, registration_id, version, Decision.LINK, child_id=child_id)

    def accept(self, actor: Actor, registration_id: int, version: int) -> None:
        """A change or a withdrawal, as it was asked for."""
        self._decide(actor, registration_id, version, Decision.ACCEPT)

    def refuse(self, actor: Actor, registration_id: int, version: int, reason: Refusal) -> None:
        self._decide(actor, registration_id, version, Decision.REFUSE, reason=reason.value)

    def ask_back(self, actor: Actor, registration_id: int, version: int, reason: str) -> None:
        """Let the guardian put something right; `reason` stands in their mail.

        Raises UserError("registration.reason") for none.
        """
        if not reason.strip() or len(reason) > 10 * LONGEST_TEXT:
            raise UserError("registration.reason")
        self._decide(actor, registration_id, version, Decision.ASK_BACK, reason=reason.strip())

    def accept_exact(self, actor: Actor, seen: Collection[tuple[int, int]]) -> list[int]:
        """Link each of these (id, version) that is still an exact match to it; which. The others stay."""
        linked = []
        for registration_id, version in seen:
            try:
                if self._link_exact(actor, registration_id, version):
                    linked.append(registration_id)
            except UserError as error:
                if error.code not in ("registration.decided", "changed_elsewhere", "registration.own_family"):
                    raise
        return linked

    def _link_exact(self, actor: Actor, registration_id: int, version: int) -> bool:
        with self._store.write(actor) as session:
            today = settings.today(session, self._clock())
            found = self._submitted(session, actor, registration_id, today)
            if not found.waiting:
                raise _decided_already(found)
            submission = self._beside_roster(session, actor, found, today)
            if not _may_pass(submission):
                return False
            child_id = submission.matches[0].candidate.child_id
            self._put_down(session, actor, found, version, Decision.LINK, child_id=child_id)
        return True

    def _decide(
        self, actor: Actor, registration_id: int, version: int, decision: Decision, *, reason: str = "",
        child_id: int | None = None,
    ) -> None:  # fmt: skip
        with self._store.write(actor) as session:
            today = settings.today(session, self._clock())
            found = self._submitted(session, actor, registration_id, today)
            if not found.waiting:
                raise _decided_already(found)
            if not _fits(decision, found.kind):
                raise UserError("registration.other_kind")
            about = self._meant(session, actor, found, child_id)
            if self._is_own(session, actor, found, about):
                raise UserError("registration.own_family")
            self._put_down(session, actor, found, version, decision, reason=reason, child_id=child_id)

    def _meant(self, session: Session, actor: Actor, found: Submitted, child_id: int | None) -> list[int]:
        """The children that it may be about. Raises UserError("not_found") for one at a school that is not theirs."""
        if found.about_child_id is not None:
            return [found.about_child_id]
        if child_id is None:
            return [each.candidate.child_id for each in self._matches(session, actor, found)]
        if not review_matches.chosen(session, found, self._schools(session, actor), child_id):
            raise UserError("not_found")
        return [child_id]

    @staticmethod
    def _put_down(
        session: Session, actor: Actor, found: Submitted, version: int, decision: Decision, *, reason: str = "",
        child_id: int | None = None,
    ) -> None:  # fmt: skip
        if not reviewing.decide(session, found.id, version, decision, actor.staff_id, reason=reason, child_id=child_id):
            now = reviewing.submitted(session, found.id)
            raise UserError("changed_elsewhere", who="", when=None) if now.waiting else _decided_already(now)
        audit.record(session, "decided", "registration", found.id, school=found.school_id, decision=decision.value)

    def undo(self, actor: Actor, registration_id: int) -> None:
        """Take a decision back before it takes effect. Raises UserError("registration.too_late")."""
        with self._store.write(actor) as session:
            found = self._submitted(session, actor, registration_id, settings.today(session, self._clock()))
            if not reviewing.undo(session, registration_id):
                raise UserError("registration.too_late")
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
                if done.mail is not None:
                    parameters = {"child": done.child, "reason": done.reason}
                    posts.put(session, done.mail, done.address, done.language, KEPT_FOR, parameters=parameters)
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


def _fits(decision: Decision, kind: Kind) -> bool:
    if decision in (Decision.ACCEPT_NEW, Decision.LINK):
        return kind not in _AGREED
    return decision is not Decision.ACCEPT or kind in _AGREED


def _may_pass(submission: Submission) -> bool:
    """Nothing about it needs a person's eye but the list on which it stands."""
    best = submission.matches[0] if submission.matches else None
    return (
        best is not None
        and best.match is Match.EXACT
        and not best.candidate.claimed
        and not submission.own_family
        and not submission.flagged
        and not submission.cautions
    )


def _decided_already(found: Submitted) -> UserError:
    decided = found.decided
    if decided is None:  # its guardian took it back, or changes it
        return UserError("registration.taken_back")
    return UserError("registration.decided", who=decided.who, when=decided.when)


def _looking(actor: Actor, today: date) -> Looking:
    return Looking(places_where(actor, Verb.SEE_ROSTER, today), places_where(actor, Verb.SEE_FLAGS, today), today)
