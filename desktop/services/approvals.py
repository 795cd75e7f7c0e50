"""Consent to notices, and its withdrawal: submit, approve, release, cancel, stop."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from desktop.domain.errors import UserError
from desktop.domain.notice_life import Asked, NoticeFacts, is_another_person, require_state, require_useful
from desktop.domain.notices import HoldReason, NoticeState, Urgency, due_time
from desktop.domain.staff import ROLE_VERBS, Actor, Role, Verb, may, school_scope
from desktop.services import audiences, notice_access
from desktop.services.clock import utc_now
from desktop.services.permission import require
from desktop.store import approvals, audit, db, notices, places, settings
from desktop.store.approvals import Kept
from desktop.store.audience import meant
from desktop.store.db import Clock, Session, Store

APPROVING = tuple(role for role in Role if Verb.APPROVE_NOTICE in ROLE_VERBS[role])


class Approvals:
    """The two-person rule (DESIGN "Approval binds"): consent holds for exactly one content and set of people."""

    def __init__(self, store: Store, clock: Clock = utc_now) -> None:
        self._store = store
        self._clock = clock

    def submit(self, actor: Actor, notice_id: int, version: int, passed_guards: Mapping[str, str] | None = None) -> int:
        """Ask for approval and give the new version. Raises UserError with the first of the draft's problems."""
        with self._store.write(actor) as session:
            notice = self._locked(session, actor, Verb.WRITE_NOTICE, notice_id)
            submitter = notice_access.require_staff(actor)
            audit.require_version(session, "notice", notice_id, version, notice.version)
            require_state(notice, NoticeState.DRAFT)
            digest, people = self._bind(session, notice)
            approvals.ask(session, notice, digest, len(people.children), submitter, passed_guards or {})
            version = notices.change(session, notice_id, state=NoticeState.SUBMITTED.value, returned_reason=None)
            self._record(session, "submitted", notice, **people.counts(), guards=sorted(passed_guards or {}))
            return version

    def may_approve(self, actor: Actor, notice_id: int) -> bool:
        """Say whether it is submitted and this actor is one who may approve it."""
        with self._store.read() as session:
            day = settings.today(session, self._clock())
            notice = notice_access.visible(session, actor, notice_id, day)
            return (
                notice.state is NoticeState.SUBMITTED
                and may(actor, Verb.APPROVE_NOTICE, school_scope(notice.draft.school_id), day)
                and is_another_person(actor.staff_id, notice)
            )

    def approvers(self, actor: Actor, school_id: int | None, notice_id: int | None = None) -> list[str]:
        """The names of those who could approve what this actor submits for the school; empty: nobody can yet."""
        with self._store.read() as session:
            day = settings.today(session, self._clock())
            require(actor, Verb.WRITE_NOTICE, school_scope(school_id), day)
            without = {actor.staff_id} if actor.staff_id is not None else set[int]()
            if notice_id is not None:
                notice = notice_access.visible(session, actor, notice_id, day)
                without |= notice.editors | notice.submitters | notice.list_editors
            schools = [school_id] if school_id is not None else []
            return approvals.possible_approvers(session, APPROVING, schools, day, without=without)

    def approve(self, actor: Actor, notice_id: int, *, now: bool = False, seen: str | None = None) -> datetime:
        """Consent as a second person; gives the time at which it goes out. `now` waives the hold window.

        `seen` is NoticeDetails.binding as the approver was shown it; without it the people must still be those of
        the submission. Raises UserError: "notice.own_approval", "notice.changed_since", "notice.audience_moved",
        "notice.useless" …
        """
        with self._store.write(actor) as session:
            notice = self._locked(session, actor, Verb.APPROVE_NOTICE, notice_id)
            require_state(notice, NoticeState.SUBMITTED)
            approver = self._require_another(actor, notice)
            people = self._consent(session, notice, approver, seen)
            due_at = self._due_at(session, notice, without_hold=now)
            notices.change(
                session, notice_id, state=NoticeState.APPROVED.value, due_at=due_at, hold_reason=None, drift=None
            )
            self._record(session, "approved", notice, **people.counts(), now=now)
            return due_at

    def send_back(self, actor: Actor, notice_id: int, reason: str) -> None:
        """Return a submitted notice to those who wrote it."""
        with self._store.write(actor) as session:
            notice = self._locked(session, actor, Verb.APPROVE_NOTICE, notice_id)
            require_state(notice, NoticeState.SUBMITTED)
            text = _reason(reason)
            notices.change(session, notice_id, state=NoticeState.DRAFT.value, returned_reason=text)
            self._record(session, "sent_back", notice)

    def release_alone(self, actor: Actor, notice_id: int, reason: str) -> datetime:
        """Let an urgent notice out without a second person; it stays open for review. Gives the time it goes out."""
        with self._store.write(actor) as session:
            notice = self._locked(session, actor, Verb.RELEASE_ALONE, notice_id)
            staff_id = notice_access.require_staff(actor)
            require_state(notice, NoticeState.DRAFT, NoticeState.SUBMITTED)
            if not notice.urgent:
                raise UserError("notice.not_urgent")
            text = _reason(reason)
            digest, people = self._bind(session, notice)
            approvals.release(session, notice, digest, staff_id, text)
            due_at = self._due_at(session, notice, without_hold=True)
            notices.change(session, notice_id, state=NoticeState.APPROVED.value, due_at=due_at, returned_reason=None)
            self._record(session, "released_alone", notice, **people.counts())
            return due_at

    def review_alone(self, actor: Actor, notice_id: int) -> None:
        """Say that one has looked at what somebody else let out alone (後閲)."""
        with self._store.write(actor) as session:
            notice = self._locked(session, actor, Verb.APPROVE_NOTICE, notice_id)
            reviewer = notice_access.require_staff(actor)
            released_by = approvals.released_by(session, notice)
            if released_by is None:
                raise UserError("notice.nothing_to_review")
            if released_by == reviewer:
                raise UserError("notice.own_approval")
            approvals.review(session, notice, reviewer)
            notices.change(session, notice_id)
            self._record(session, "reviewed", notice)

    def cancel(self, actor: Actor, notice_id: int) -> None:
        """Take a notice back for good, until a worker has begun with it. Raises UserError("notice.sent")."""
        with self._store.write(actor) as session:
            notice = self._locked(session, actor, Verb.WRITE_NOTICE, notice_id)
            require_state(notice, NoticeState.SUBMITTED, NoticeState.APPROVED, NoticeState.SENDING, NoticeState.STOPPED)
            withdrawn = approvals.withdraw(session, notice_id)
            notices.change(session, notice_id, state=NoticeState.CANCELLED.value, due_at=None, hold_reason=None)
            self._record(session, "cancelled", notice, deliveries=withdrawn)

    def stop(self, actor: Actor, notice_id: int) -> None:
        """Let nothing more of it out; whoever may see it may do that. What is claimed already still goes."""
        with self._store.write(actor) as session:
            day = settings.today(session, self._clock())
            notice = notice_access.visible(session, actor, notice_id, day, lock=True)
            if not notice_access.may_see(actor, Verb.STOP_NOTICE, notice.draft.school_id, day):
                raise UserError("forbidden", verb=Verb.STOP_NOTICE.value)
            require_state(notice, NoticeState.APPROVED, NoticeState.SENDING)
            notices.change(session, notice_id, state=NoticeState.STOPPED.value)
            self._record(session, "stopped", notice)

    def resume(self, actor: Actor, notice_id: int) -> None:
        """Let a stopped notice go on where it stood. Raises UserError("notice.useless") when its time has passed."""
        with self._store.write(actor) as session:
            notice = self._locked(session, actor, Verb.RESUME_NOTICE, notice_id)
            if notice.state is not NoticeState.STOPPED:
                raise UserError("notice.not_stopped")
            moment = db.now(session)
            require_useful(notice.draft.useless_after, moment)
            state = NoticeState.SENDING if notice.started_at else NoticeState.APPROVED
            due_at = max(notice.due_at or moment, moment)
            notices.change(session, notice_id, state=state.value, due_at=due_at)
            self._record(session, "resumed", notice)

    def release_hold(self, actor: Actor, notice_id: int) -> None:
        """Let a held notice go out now. For an audience that changed this is an approval anew, by another person."""
        with self._store.write(actor) as session:
            notice = self._locked(session, actor, Verb.APPROVE_NOTICE, notice_id)
            if notice.state is not NoticeState.APPROVED or not notice.hold_reason:
                raise UserError("notice.not_held")
            moment = db.now(session)
            require_useful(notice.draft.useless_after, moment)
            if notice.hold_reason == HoldReason.AUDIENCE_CHANGED and notice.asked:
                approver = self._require_another(actor, notice)
                digest, people = self._bind_people(session, notice, settings.today(session, self._clock()))
                if not people.people:
                    raise UserError("notice.audience_empty")
                self._approve_again(session, notice, notice.asked, digest, people, approver)
            notices.change(session, notice_id, hold_reason=None, due_at=moment)
            self._record(session, "released", notice, held=notice.hold_reason)

    def _locked(self, session: Session, actor: Actor, verb: Verb, notice_id: int) -> NoticeFacts:
        """The notice, for nobody else to decide about until this transaction ends."""
        day = settings.today(session, self._clock())
        notice = notice_access.visible(session, actor, notice_id, day, lock=True)
        notice_access.require_for(session, actor, verb, notice.draft.school_id, notice.draft.audience, day)
        return notice

    def _require_another(self, actor: Actor, notice: NoticeFacts) -> int:
        staff_id = notice_access.require_staff(actor)
        if not is_another_person(staff_id, notice):
            raise UserError("notice.own_approval")
        return staff_id

    def _bind(self, session: Session, notice: NoticeFacts) -> tuple[str, Kept]:
        """Check the content, keep the people it means now, and give what consent to it binds."""
        day = settings.today(session, self._clock())
        rule = notice.draft.audience
        known = places.resolve(session, [*rule.include, *rule.exclude], day)
        seen = audiences.preview(session, notice.draft, known, day, notice.author_id)
        found = audiences.find_problems(session, notice.draft, seen)
        if found:
            raise found[0]
        return self._bind_people(session, notice, day)

    @staticmethod
    def _bind_people(session: Session, notice: NoticeFacts, day: date) -> tuple[str, Kept]:
        people = approvals.keep(session, notice.id, meant(session, notice.draft.audience, day))
        return approvals.digest(session, notice, people), people

    def _consent(self, session: Session, notice: NoticeFacts, approver: int, seen: str | None) -> Kept:
        """Bind the approval to what the approver saw; gives the people it is for."""
        asked = notice.asked
        before = approvals.kept(session, notice.id)
        if asked is None or approvals.digest(session, notice, before) != asked.hash:
            raise UserError("notice.changed_since")
        digest, now = self._bind_people(session, notice, settings.today(session, self._clock()))
        if seen is not None and seen != digest:
            raise UserError("notice.changed_since")
        if seen is None and digest != asked.hash:
            added, removed = len(now.people - before.people), len(before.people - now.people)
            raise UserError("notice.audience_moved", added=added, removed=removed)
        if not now.people:
            raise UserError("notice.audience_empty")
        self._approve_again(session, notice, asked, digest, now, approver)
        return now

    @staticmethod
    def _approve_again(
        session: Session, notice: NoticeFacts, asked: Asked, digest: str, people: Kept, approver: int
    ) -> None:
        """Write the approval; where the people moved, the submission it answers is written anew for these."""
        if digest != asked.hash:
            approvals.ask(session, notice, digest, len(people.children), asked.submitter_id, asked.passed_guards)
        approvals.consent(session, notice, digest, asked.submitter_id, approver)

    @staticmethod
    def _due_at(session: Session, notice: NoticeFacts, *, without_hold: bool) -> datetime:
        current = settings.load(session)
        hold = timedelta() if without_hold else timedelta(minutes=current["notice.hold_minutes"])
        urgency = Urgency.URGENT if notice.urgent else Urgency.NORMAL
        approved_at = db.now(session).astimezone(current.zone)
        due_at = due_time(urgency, approved_at, notice.draft.send_at, hold, current.quiet)
        require_useful(notice.draft.useless_after, due_at)
        return due_at

    @staticmethod
    def _record(session: Session, verb: str, notice: NoticeFacts, **details: object) -> None:
        audit.record(session, verb, "notice", notice.id, school=notice.draft.school_id, edit=notice.edit, **details)


def _reason(text: str) -> str:
    if not text.strip():
        raise UserError("notice.no_reason")
    return text.strip()
