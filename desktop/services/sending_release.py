"""After a restore, copy or move: what may already have gone out, and the release to send again."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from desktop.domain.claims import MISSED_AFTER
from desktop.domain.errors import UserError
from desktop.domain.notices import HoldReason, NoticeState
from desktop.domain.reports import NoticeRow
from desktop.domain.sending_release import Choice, Findings, HeldWhy, OpenNotice, Released, Standing, decide
from desktop.domain.staff import CITY, ROLE_VERBS, Actor, Role, Verb
from desktop.services.clock import utc_now
from desktop.services.notices import list_rows
from desktop.services.permission import require
from desktop.services.watch import all_counts
from desktop.store import approvals, audit, db, sending_release, settings
from desktop.store.db import Clock, Session, Store
from desktop.store.sending_release import Consent

RELEASING = tuple(role for role in Role if Verb.RELEASE_SENDING in ROLE_VERBS[role])
_ALL = 10_000


class SendingRelease:
    """For an administrator of the whole city; that nothing is sent, everybody may know."""

    def __init__(self, store: Store, clock: Clock = utc_now) -> None:
        self._store = store
        self._clock = clock

    def standing(self) -> Standing:
        """Whether this database may send, and who can release it where it may not."""
        with self._store.read() as session:
            found = sending_release.standing(session)
            if found.may_send:
                return found
            day = settings.today(session, self._clock())
            names = approvals.possible_approvers(session, RELEASING, [], day, without=())
            return replace(found, administrators=tuple(names))

    def report(self, actor: Actor) -> Findings:
        """What may already have gone out from another copy, and what goes out next."""
        with self._store.read() as session:
            self._require(session, actor)
            return self._findings(session, actor)

    def hold(self, actor: Actor) -> None:
        """Say that this database was put back to an older state, where nobody else could notice it."""
        with self._store.write(actor) as session:
            self._require(session, actor)
            if not sending_release.standing(session).may_send:
                raise UserError("release.held_already")
            sending_release.hold(session, HeldWhy.SAID)

    def release(self, actor: Actor, said: Mapping[int, Choice] | None = None) -> Released:
        """Let it send again; `said` is what somebody decided other than proposed, by notice.

        Raises UserError("release.not_held"), or "release.undecided" where an urgent notice may have gone out and
        nobody has said what shall become of it.
        """
        with self._store.write(actor) as session:
            self._require(session, actor)
            sending_release.lock(session)
            found = self._findings(session, actor)
            if found.standing.may_send:
                raise UserError("release.not_held")
            chosen, undecided = decide(found.notices, said or {})
            if undecided:
                raise UserError("release.undecided", title=undecided[0].title, notice=undecided[0].id)
            return self._carry_out(session, found, chosen)

    @staticmethod
    def _carry_out(session: Session, found: Findings, chosen: Mapping[int, Choice]) -> Released:
        held = tuple(id_ for id_, choice in chosen.items() if choice is Choice.HOLD)
        sending = tuple(id_ for id_, choice in chosen.items() if choice is Choice.SEND)
        sending_release.stop(session, held)
        for id_ in held:
            audit.record(session, "stopped", "notice", id_, because="release")
        doubted = sending_release.doubt(session, [each.id for each in found.notices if each.sending])
        epoch = sending_release.release(session)
        audit.record(
            session,
            "released_sending",
            "installation",
            1,
            epoch=epoch,
            why=found.standing.why,
            sending=list(sending),
            held=list(held),
            doubted=doubted,
        )
        return Released(epoch, sending, held, doubted)

    def _findings(self, session: Session, actor: Actor) -> Findings:
        day = settings.today(session, self._clock())
        states = (NoticeState.APPROVED, NoticeState.SENDING)
        rows = [
            row for row in list_rows(session, actor, day, states=states, limit=_ALL) if row.held not in set(HoldReason)
        ]
        standing = sending_release.standing(session)
        consents = sending_release.consents(session, [row.id for row in rows])
        notices = [_open(row, consents[row.id], standing, db.now(session)) for row in rows]
        return Findings(standing, tuple(sorted(notices, key=_by_weight)), sending_release.single_mails(session))

    def _require(self, session: Session, actor: Actor) -> None:
        require(actor, Verb.RELEASE_SENDING, CITY, settings.today(session, self._clock()))


def _open(row: NoticeRow, consent: Consent, standing: Standing, now: datetime) -> OpenNotice:
    """What was let out after the copy was noticed was let out here, and cannot have gone out from elsewhere."""
    sending = row.state is NoticeState.SENDING
    is_ours = consent.at is not None and standing.held_at is not None and consent.at > standing.held_at
    is_due = row.due_at is not None and row.due_at <= now
    counts = all_counts(row)
    return OpenNotice(
        id=row.id,
        title=row.title,
        school=row.school,
        urgent=row.urgent,
        sending=sending,
        due_at=row.due_at,
        left=_sum(counts, "due", "leased"),
        sent=_sum(counts, "accepted"),
        in_hand=_sum(counts, "leased"),
        children=row.children,
        suspicious=sending or (is_due and not is_ours),
        missed=not sending and consent.send_at is not None and is_due and now - (row.due_at or now) > MISSED_AFTER,
        useless_after=consent.useless_after,
    )


def _sum(counts: list[Mapping[str, int]], *states: str) -> int:
    return sum(each.get(state, 0) for each in counts for state in states)


def _by_weight(notice: OpenNotice) -> tuple[bool, bool, float, int]:
    """What somebody must decide first, then what is held, then what goes on; the oldest first."""
    due = notice.due_at.timestamp() if notice.due_at else 0.0
    return notice.proposal is not None, not notice.suspicious, due, notice.id
