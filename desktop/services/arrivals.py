"""What the worker does with submissions that have just come: it lets in unseen what a school lets in so.

This is the worker's and not the page's work, so that whoever sends a registration learns nothing by it: the page does
the same for every child, and one that must not be disclosed stays in the reviewers' queue like one that nobody knows.
"""

from datetime import timedelta

from desktop.domain.matching import Scored, best_matches, may_pass_unseen
from desktop.domain.names import search_key
from desktop.domain.registrations import Decision, Kind
from desktop.domain.staff import WORKER
from desktop.services.clock import utc_now
from desktop.store import arrivals, audit, db, review_matches, reviewing, settings
from desktop.store.db import Clock, Session, Store
from desktop.store.reviewing import Submitted

MOST_AT_ONCE = 50
MOST_TRIES = 3
TRIES_COUNT_FOR = timedelta(days=30)
"""Whoever does not know a child well could send one birth date after the other, take each back, and see which is let
in: after so many that were not, by one account or of one child's name, a reviewer looks."""
_NEW = frozenset({Kind.NEW_CHILD, Kind.SECOND_PARENT})


class Arrivals:
    def __init__(self, store: Store, clock: Clock = utc_now) -> None:
        self._store = store
        self._clock = clock

    def look_through(self) -> int:
        """Look at each new submission once, by itself; how many were let in. Others wait for a reviewer."""
        with self._store.read() as session:
            fresh = arrivals.fresh(session, MOST_AT_ONCE)
        return sum(self._look_at(registration_id) for registration_id in fresh)

    def _look_at(self, registration_id: int) -> bool:
        with self._store.write(WORKER) as session:
            found = reviewing.submitted(session, registration_id)
            best = self._best(session, found)
            kind = found.kind
            if kind in _NEW:
                is_second = bool(best) and best[0].candidate.claimed
                kind = Kind.SECOND_PARENT if is_second else Kind.NEW_CHILD
            if not arrivals.mark(session, registration_id, kind):
                return False
            audit.record(session, "looked_at", "registration", registration_id, school=found.school_id)
            return self._let_in(session, found, best)

    @staticmethod
    def _best(session: Session, found: Submitted) -> tuple[Scored, ...]:
        if found.kind not in _NEW:
            return ()
        return best_matches(found.sought, review_matches.candidates(session, found, {found.school_id}))

    def _let_in(self, session: Session, found: Submitted, best: tuple[Scored, ...]) -> bool:
        """As the school allows: number, reading and birth date are the same, and nobody claimed or hid the child."""
        if not found.waiting or not best or not may_pass_unseen(found.sought, best[0]):
            return False
        if self._is_guessed(session, found):
            return False
        child_id = best[0].candidate.child_id
        today = settings.today(session, self._clock())
        if not arrivals.accepts_unseen(session, found.school_id) or not arrivals.is_free(session, child_id, today):
            return False
        decided = reviewing.decide(session, found.id, found.version, Decision.LINK, None, child_id=child_id)
        if decided:
            audit.record(session, "let_in", "registration", found.id, school=found.school_id)
        return decided

    @staticmethod
    def _is_guessed(session: Session, found: Submitted) -> bool:
        """Whether this child was tried at the school too often of late, or this account tried too much."""
        name = search_key(found.sought.family_name_kana + found.sought.given_name_kana)
        since = db.now(session) - TRIES_COUNT_FOR
        tries = [
            id_
            for id_, account_id, family, given in arrivals.not_let_in(session, found.school_id, since)
            if id_ != found.id and (account_id == found.account_id or search_key(family + given) == name)
        ]
        return len(tries) >= MOST_TRIES
