"""Notices until they go out: kinds, content, state."""

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from desktop.domain.audience import parse_audience
from desktop.domain.errors import UserError
from desktop.domain.notice_life import Asked, NoticeFacts
from desktop.domain.notices import Channel, CopyTo, Draft, NoticeKindRow, NoticeState, Urgency
from desktop.domain.notices import NoticeText as Text
from desktop.store import db, saved_lists
from desktop.store.tables import Notice, NoticeAttachment, NoticeEditor, NoticeKind, NoticeText, Submission


def kinds(session: Session) -> list[NoticeKindRow]:
    rows = session.scalars(select(NoticeKind).where(~NoticeKind.retired).order_by(NoticeKind.position))
    return [NoticeKindRow(row.code, row.names, row.urgent, row.useless_after_hours) for row in rows]


def kind(session: Session, code: str) -> NoticeKindRow | None:
    row = session.get(NoticeKind, code)
    return NoticeKindRow(row.code, row.names, row.urgent, row.useless_after_hours) if row else None


def add_kind(session: Session, row: NoticeKindRow) -> None:
    """Raises UserError("notice.kind_exists")."""
    if session.get(NoticeKind, row.code):
        raise UserError("notice.kind_exists", kind=row.code)
    last = session.scalar(select(func.max(NoticeKind.position))) or 0
    session.add(
        NoticeKind(
            code=row.code,
            names=dict(row.names),
            urgent=row.urgent,
            useless_after_hours=row.useless_after_hours,
            position=last + 1,
        )
    )


def insert_draft(session: Session, draft: Draft, *, urgent: bool, author_id: int) -> int:
    moment = db.now(session)
    notice = Notice(
        **_columns(draft),
        urgent=urgent,
        state=NoticeState.DRAFT.value,
        author_id=author_id,
        created_at=moment,
        updated_at=moment,
    )
    session.add(notice)
    session.flush()
    _write_texts(session, notice.id, draft)
    session.add(NoticeEditor(notice_id=notice.id, edit=1, staff_id=author_id))
    return notice.id


def facts(session: Session, notice_id: int, *, lock: bool = False) -> NoticeFacts | None:
    """A notice as decisions need it; `lock` keeps others from deciding about it until this transaction ends."""
    notice = session.get(Notice, notice_id, with_for_update=lock)
    if notice is None:
        return None
    editors = session.scalars(
        select(NoticeEditor.staff_id).where(NoticeEditor.notice_id == notice_id, NoticeEditor.edit == notice.edit)
    ).all()
    asked = session.scalars(
        select(Submission)
        .where(Submission.notice_id == notice_id, Submission.edit == notice.edit)
        .order_by(Submission.submitted_at, Submission.id)
    ).all()
    draft = drafts(session, [notice])[notice.id]
    parts = (*draft.audience.include, *draft.audience.exclude)
    return NoticeFacts(
        id=notice.id,
        draft=draft,
        urgent=notice.urgent,
        state=NoticeState(notice.state),
        edit=notice.edit,
        version=notice.version,
        author_id=notice.author_id,
        hold_reason=notice.hold_reason,
        due_at=notice.due_at,
        started_at=notice.started_at,
        editors=frozenset(editors),
        submitters=frozenset(row.submitter_id for row in asked),
        asked=_asked(asked[-1]) if asked else None,
        list_editors=saved_lists.changed_by(session, parts, asked[0].submitted_at) if asked else frozenset(),
    )


def _asked(row: Submission) -> Asked:
    return Asked(row.hash, row.submitter_id, row.children, row.passed_guards)


def drafts(session: Session, notices: Collection[Notice]) -> dict[int, Draft]:
    """What notices say, by their ids."""
    texts: dict[int, dict[str, Text]] = {notice.id: {} for notice in notices}
    rows = session.scalars(
        select(NoticeText).where(NoticeText.notice_id.in_(list(texts))).order_by(NoticeText.language)
    )
    for row in rows:
        texts[row.notice_id][row.language] = Text(row.title, row.body)
    return {
        notice.id: Draft(
            kind=notice.kind,
            school_id=notice.school_id,
            texts=texts[notice.id],
            audience=parse_audience(notice.include, notice.exclude),
            channels=frozenset(Channel(name) for name in notice.channels),
            urgency=Urgency(notice.urgency) if notice.urgency else None,
            send_at=notice.send_at,
            useless_after=notice.useless_after,
            copies=frozenset(CopyTo(name) for name in notice.copies),
        )
        for notice in notices
    }


def attachments(session: Session, notice_id: int) -> list[str]:
    """The content hashes of what is attached, in order."""
    return list(
        session.scalars(
            select(NoticeAttachment.content_hash)
            .where(NoticeAttachment.notice_id == notice_id)
            .order_by(NoticeAttachment.id)
        )
    )


def write_content(session: Session, notice: NoticeFacts, draft: Draft, *, urgent: bool, editor_id: int) -> int:
    """Replace what a notice says, make it a draft again, and give its new version.

    A version that somebody had asked approval for is left behind; those who wrote it wrote most of the new one, too.
    """
    edit = notice.edit + 1 if notice.asked else notice.edit
    change(
        session,
        notice.id,
        **_columns(draft),
        urgent=urgent,
        state=NoticeState.DRAFT.value,
        edit=edit,
        due_at=None,
        hold_reason=None,
    )
    _write_texts(session, notice.id, draft)
    known = notice.editors if edit == notice.edit else frozenset[int]()
    for staff_id in (notice.editors | {editor_id}) - known:
        session.add(NoticeEditor(notice_id=notice.id, edit=edit, staff_id=staff_id))
    session.flush()
    return session.get_one(Notice, notice.id).version


def change(session: Session, notice_id: int, **columns: Any) -> int:
    """Set columns of a notice and give its new version. A lost race becomes UserError("changed_elsewhere")."""
    notice = session.get_one(Notice, notice_id)
    for name, value in columns.items():
        setattr(notice, name, value)
    notice.updated_at = db.now(session)
    flag_modified(notice, "updated_at")  # a new version even where the clock has not moved on
    session.flush()
    return notice.version


def remove(session: Session, notice_id: int) -> None:
    """Remove a draft for which nobody ever asked approval."""
    for table in (NoticeText, NoticeAttachment, NoticeEditor):
        session.execute(delete(table).where(table.notice_id == notice_id))
    session.delete(session.get_one(Notice, notice_id))


def _columns(draft: Draft) -> dict[str, Any]:
    return {
        "school_id": draft.school_id,
        "kind": draft.kind,
        "urgency": draft.urgency and draft.urgency.value,
        "channels": sorted(channel.value for channel in draft.channels),
        "include": [str(part) for part in draft.audience.include],
        "exclude": [str(part) for part in draft.audience.exclude],
        "send_at": draft.send_at,
        "useless_after": draft.useless_after,
        "copies": sorted(copy.value for copy in draft.copies),
    }


def _write_texts(session: Session, notice_id: int, draft: Draft) -> None:
    session.execute(delete(NoticeText).where(NoticeText.notice_id == notice_id))
    rows = [
        {"notice_id": notice_id, "language": language, "title": text.title, "body": text.body}
        for language, text in draft.texts.items()
    ]
    if rows:
        session.execute(insert(NoticeText), rows)


def titles(session: Session, notice_ids: Iterable[int], language: str) -> dict[int, str]:
    """The titles of notices in the language, or in any that they have."""
    rows = session.execute(
        select(NoticeText.notice_id, NoticeText.language, NoticeText.title)
        .where(NoticeText.notice_id.in_(list(notice_ids)))
        .order_by(NoticeText.language)
    )
    found: dict[int, str] = {}
    for notice_id, spoken, title in rows:
        if spoken == language or notice_id not in found:
            found[notice_id] = title
    return found
