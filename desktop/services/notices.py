"""Notices while they are written: kinds, drafts, schedule."""

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date, datetime

from desktop.domain.errors import UserError
from desktop.domain.notice_life import EDITABLE, NoticeFacts, require_state, without_empty_texts
from desktop.domain.notices import Draft, NoticeKindRow, NoticeState, Urgency
from desktop.domain.reports import NoticeDetails, NoticeRow
from desktop.domain.staff import CITY, Actor, Verb, may_somewhere, schools_where
from desktop.i18n import LANGUAGES, current_language
from desktop.services import audiences, notice_access, permission
from desktop.services.clock import utc_now
from desktop.store import audit, notice_lists, notices, places, settings
from desktop.store.db import Clock, Session, Store

_KIND_CODE = re.compile(r"[a-z][a-z0-9_]{1,39}")


class Notices:
    """What a notice says. Any change of one that is not out yet makes it a draft again."""

    def __init__(self, store: Store, clock: Clock = utc_now) -> None:
        self._store = store
        self._clock = clock

    def kinds(self) -> list[NoticeKindRow]:
        with self._store.read() as session:
            return notices.kinds(session)

    def add_kind(
        self, actor: Actor, code: str, names: Mapping[str, str], urgent: bool, useless_after_hours: int | None = None
    ) -> None:
        """Raises UserError: "forbidden", "notice.kind_code", "notice.kind_exists"."""
        with self._store.write(actor) as session:
            permission.require(actor, Verb.WRITE_NOTICE, CITY, settings.today(session, self._clock()))
            if not _KIND_CODE.fullmatch(code) or not any(names.values()):
                raise UserError("notice.kind_code", kind=code)
            notices.add_kind(session, NoticeKindRow(code, dict(names), urgent, useless_after_hours))
            audit.record(session, "added", "notice_kind", kind=code, urgent=urgent)

    def create(self, actor: Actor, draft: Draft) -> int:
        """Begin a draft; it may still be incomplete. Raises UserError: "forbidden", "notice.foreign_part" …"""
        with self._store.write(actor) as session:
            return self._create(session, actor, draft)

    def copy(self, actor: Actor, notice_id: int) -> int:
        """Begin a draft that says the same to the same people, without the times."""
        with self._store.write(actor) as session:
            day = settings.today(session, self._clock())
            draft = notice_access.visible(session, actor, notice_id, day).draft
            return self._create(session, actor, replace(draft, send_at=None, useless_after=None))

    def save(self, actor: Actor, notice_id: int, draft: Draft, version: int) -> int:
        """Replace what a notice says and give its new version; consent given so far is void. The same content
        changes nothing.

        Raises UserError: "changed_elsewhere"; "notice.sent", "notice.stopped", "notice.cancelled" once it is too late.
        """
        with self._store.write(actor) as session:
            notice = self._editable(session, actor, notice_id)
            audit.require_version(session, "notice", notice_id, version, notice.version)
            return self._save(session, actor, notice, draft)

    def schedule(self, actor: Actor, notice_id: int, at: datetime | None) -> int:
        """Send at another time, or (None) as soon as approved; void as any change. Gives the new version."""
        with self._store.write(actor) as session:
            notice = self._editable(session, actor, notice_id)
            return self._save(session, actor, notice, replace(notice.draft, send_at=at))

    def delete_draft(self, actor: Actor, notice_id: int) -> None:
        """Remove a draft; one that was submitted before is cancelled instead, so that its story stays."""
        with self._store.write(actor) as session:
            notice = self._editable(session, actor, notice_id)
            require_state(notice, NoticeState.DRAFT)
            if notice.edit > 1 or notice.asked:
                notices.change(session, notice_id, state=NoticeState.CANCELLED.value)
            else:
                notices.remove(session, notice_id)
            audit.record(session, "deleted", "notice", notice_id, school=notice.draft.school_id)

    def rows(
        self,
        actor: Actor,
        *,
        states: Collection[NoticeState] | None = None,
        school_id: int | None = None,
        limit: int = 500,
    ) -> list[NoticeRow]:
        """The notices that the actor may see, the newest first."""
        with self._store.read() as session:
            day = settings.today(session, self._clock())
            if not may_somewhere(actor, Verb.SEE_NOTICE, day):
                raise UserError("forbidden", verb=Verb.SEE_NOTICE.value)
            return list_rows(session, actor, day, states=states, school_id=school_id, limit=limit)

    def get(self, actor: Actor, notice_id: int) -> NoticeDetails:
        """Raises UserError("not_found")."""
        with self._store.read() as session:
            day = settings.today(session, self._clock())
            notice = notice_access.visible(session, actor, notice_id, day)
            return notice_lists.details(session, notice, settings.load(session), current_language(), day)

    def _create(self, session: Session, actor: Actor, draft: Draft) -> int:
        author = notice_access.require_staff(actor)
        day = settings.today(session, self._clock())
        draft, urgent = self._checked(session, actor, draft, day)
        notice_id = notices.insert_draft(session, draft, urgent=urgent, author_id=author)
        audit.record(session, "created", "notice", notice_id, school=draft.school_id)
        return notice_id

    def _editable(self, session: Session, actor: Actor, notice_id: int) -> NoticeFacts:
        day = settings.today(session, self._clock())
        notice = notice_access.visible(session, actor, notice_id, day, lock=True)
        notice_access.require_for(session, actor, Verb.WRITE_NOTICE, notice.draft.school_id, notice.draft.audience, day)
        require_state(notice, *EDITABLE)
        return notice

    def _save(self, session: Session, actor: Actor, notice: NoticeFacts, draft: Draft) -> int:
        editor = notice_access.require_staff(actor)
        draft, urgent = self._checked(session, actor, draft, settings.today(session, self._clock()))
        if draft == notice.draft:
            return notice.version
        changed = [name for name in Draft.__slots__ if getattr(draft, name) != getattr(notice.draft, name)]
        version = notices.write_content(session, notice, draft, urgent=urgent, editor_id=editor)
        audit.record(session, "edited", "notice", notice.id, school=draft.school_id, fields=changed)
        return version

    def _checked(self, session: Session, actor: Actor, draft: Draft, day: date) -> tuple[Draft, bool]:
        """The draft as it is kept, and whether it is urgent."""
        draft = without_empty_texts(draft)
        notice_access.require_for(session, actor, Verb.WRITE_NOTICE, draft.school_id, draft.audience, day)
        kind = notices.kind(session, draft.kind)
        if kind is None:
            raise UserError("notice.unknown_kind", kind=draft.kind)
        if unknown := set(draft.texts) - set(LANGUAGES):
            raise UserError("notice.unknown_language", language=", ".join(sorted(unknown)))
        return draft, draft.urgency is Urgency.URGENT if draft.urgency else kind.urgent


def list_rows(
    session: Session,
    actor: Actor,
    day: date,
    *,
    states: Collection[NoticeState] | None = None,
    school_id: int | None = None,
    ids: Collection[int] | None = None,
    limit: int = 500,
) -> list[NoticeRow]:
    """Rows of the list of notices, with their audiences in words."""
    found = notice_lists.rows(
        session,
        schools_where(actor, Verb.SEE_NOTICE, day),
        settings.load(session),
        current_language(),
        states=states,
        school_id=school_id,
        ids=ids,
        limit=limit,
    )
    rules = {row.id: rule for row, rule in found}
    parts = {part for rule in rules.values() for part in (*rule.include, *rule.exclude)}
    known = places.resolve(session, parts, day)
    return [replace(row, audience=audiences.in_words(rule, known, row.school_id)) for row, rule in found]
