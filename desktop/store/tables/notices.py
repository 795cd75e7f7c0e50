"""Notices until they go out: texts, audience, approval."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql import text

from desktop.store.tables.columns import (
    Base,
    ChildKey,
    Document,
    Id,
    Json,
    Key,
    Moment,
    NoticeKey,
    SchoolKey,
    StaffKey,
    UtcDateTime,
)


class NoticeKind(Base):
    """A kind of notice (A5); staff can add kinds. `names` by language code."""

    __tablename__ = "notice_kinds"

    code: Mapped[str] = mapped_column(primary_key=True)
    names: Mapped[Document]
    urgent: Mapped[bool]
    useless_after_hours: Mapped[int | None]
    position: Mapped[int]
    retired: Mapped[bool] = mapped_column(default=False, server_default=text("false"))


class Notice(Base):
    """A notice from draft to done.

    `edit` counts the versions of its content: an approval binds one. `urgency` is None where it follows the kind,
    `urgent` is what that comes to. `due_at` is set by the approval. `hold_reason` says why it does not go out though
    due; `drift` what changed in the audience between approval and sending (`added`, `removed`). `mail_domain` is what
    its mails' Message-IDs end with, whatever is set later; None until our address is known. `epoch` is the sending
    epoch in which it set out: another copy of the database may have given the same numbers to other mails.
    `copies` names who gets a copy (控え): author, approver, school.
    """

    __tablename__ = "notices"

    id: Mapped[Key]
    school_id: Mapped[int | None] = mapped_column(Id, ForeignKey("schools.id"))
    kind: Mapped[str] = mapped_column(ForeignKey("notice_kinds.code"))
    urgency: Mapped[str | None]
    urgent: Mapped[bool]
    channels: Mapped[list[str]] = mapped_column(Json)
    include: Mapped[list[str]] = mapped_column(Json)
    exclude: Mapped[list[str]] = mapped_column(Json)
    copies: Mapped[list[str]] = mapped_column(Json, default=list)
    send_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    useless_after: Mapped[datetime | None] = mapped_column(UtcDateTime)
    state: Mapped[str]
    edit: Mapped[int] = mapped_column(default=1, server_default="1")
    author_id: Mapped[StaffKey]
    created_at: Mapped[Moment]
    updated_at: Mapped[Moment]
    returned_reason: Mapped[str | None]
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    hold_reason: Mapped[str | None]
    drift: Mapped[dict[str, Any] | None] = mapped_column(Json)
    mail_domain: Mapped[str | None]
    epoch: Mapped[int] = mapped_column(default=1, server_default="1")
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    __table_args__ = (
        CheckConstraint(
            "state IN ('draft', 'submitted', 'approved', 'sending', 'done', 'cancelled', 'stopped')", name="state"
        ),
        CheckConstraint("urgency IN ('normal', 'urgent')", name="urgency"),
        Index("ix_notices_state_due", "state", "due_at"),
        Index("ix_notices_school", "school_id", "id"),
    )
    __mapper_args__ = {"version_id_col": version}


class NoticeText(Base):
    __tablename__ = "notice_texts"

    notice_id: Mapped[NoticeKey] = mapped_column(primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    body: Mapped[str]


class NoticeAttachment(Base):
    __tablename__ = "notice_attachments"

    id: Mapped[Key]
    notice_id: Mapped[NoticeKey] = mapped_column(index=True)
    name: Mapped[str]
    media_type: Mapped[str]
    content: Mapped[bytes]
    content_hash: Mapped[str]


class NoticeEditor(Base):
    """Who wrote or edited which version of a notice's content: none of them can approve that version."""

    __tablename__ = "notice_editors"

    notice_id: Mapped[NoticeKey] = mapped_column(primary_key=True)
    edit: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[StaffKey] = mapped_column(primary_key=True)


class Submission(Base):
    """One asking for approval: this version, with this binding hash, by this person."""

    __tablename__ = "submissions"

    id: Mapped[Key]
    notice_id: Mapped[NoticeKey]
    edit: Mapped[int]
    hash: Mapped[str]
    submitter_id: Mapped[StaffKey]
    submitted_at: Mapped[Moment]
    children: Mapped[int]
    passed_guards: Mapped[Document]

    __table_args__ = (UniqueConstraint("notice_id", "edit", "hash", "submitter_id"),)


class Approval(Base):
    """A second person's consent to exactly one submission.

    The submitter cannot be the approver (CHECK), a submission must stand (composite foreign key), and nobody who
    edited or submitted that version can approve it (a trigger, `approvals_by_another`, on both databases).
    """

    __tablename__ = "approvals"

    notice_id: Mapped[NoticeKey] = mapped_column(primary_key=True)
    edit: Mapped[int] = mapped_column(primary_key=True)
    hash: Mapped[str]
    submitter_id: Mapped[StaffKey]
    approver_id: Mapped[StaffKey]
    approved_at: Mapped[Moment]

    __table_args__ = (
        CheckConstraint("approver_id <> submitter_id", name="another_person"),
        ForeignKeyConstraint(
            ["notice_id", "edit", "hash", "submitter_id"],
            ["submissions.notice_id", "submissions.edit", "submissions.hash", "submissions.submitter_id"],
        ),
    )


class SoloRelease(Base):
    """An urgent notice let out by one person alone, with a reason; it stays open until somebody else has looked."""

    __tablename__ = "solo_releases"

    notice_id: Mapped[NoticeKey] = mapped_column(primary_key=True)
    edit: Mapped[int] = mapped_column(primary_key=True)
    hash: Mapped[str]
    staff_id: Mapped[StaffKey]
    reason: Mapped[str]
    released_at: Mapped[Moment]
    reviewed_by: Mapped[int | None] = mapped_column(Id, ForeignKey("staff.id"))
    reviewed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (CheckConstraint("reviewed_by <> staff_id", name="another_person"),)


class ApprovedChild(Base):
    """The children whom the approved audience meant, to be compared with those it means at sending."""

    __tablename__ = "approved_children"

    notice_id: Mapped[NoticeKey] = mapped_column(primary_key=True)
    child_id: Mapped[ChildKey] = mapped_column(primary_key=True)

    __table_args__ = ({"sqlite_with_rowid": False},)


class ApprovedOther(Base):
    """Who else the approved audience meant, by their id: a guardian without a child yet (`waiting`), or `staff`."""

    __tablename__ = "approved_others"

    notice_id: Mapped[NoticeKey] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    ref: Mapped[int] = mapped_column(Id, primary_key=True)

    __table_args__ = (CheckConstraint("kind IN ('waiting', 'staff')", name="kind"), {"sqlite_with_rowid": False})


class NoticeChild(Base):
    """A child whom a notice went out for, with the class it was in at that moment."""

    __tablename__ = "notice_children"

    notice_id: Mapped[NoticeKey] = mapped_column(primary_key=True)
    child_id: Mapped[ChildKey] = mapped_column(primary_key=True, index=True)
    school_id: Mapped[SchoolKey]
    homeroom_id: Mapped[int | None] = mapped_column(Id, ForeignKey("homerooms.id"))
    student_number: Mapped[str] = mapped_column(default="", server_default="")

    __table_args__ = ({"sqlite_with_rowid": False},)


class SavedList(Base):
    """An audience rule under a name, of one school or (`school_id` None) of the city: `list:NAME` in other rules."""

    __tablename__ = "saved_lists"

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(unique=True)
    school_id: Mapped[int | None] = mapped_column(Id, ForeignKey("schools.id"), index=True)
    include: Mapped[list[str]] = mapped_column(Json)
    exclude: Mapped[list[str]] = mapped_column(Json)
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    __mapper_args__ = {"version_id_col": version}


class SchoolCopy(Base):
    """One of the addresses at which a school, or (`school_id` None) the city, keeps copies of what it sends (控え).

    What was approved before `added_at` does not go there: nobody who approved it has seen that address.
    """

    __tablename__ = "school_copies"

    id: Mapped[Key]
    school_id: Mapped[int | None] = mapped_column(Id, ForeignKey("schools.id"))
    email: Mapped[str]
    lane: Mapped[str] = mapped_column(default="", server_default="")
    added_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        UniqueConstraint("school_id", "email"),
        Index(
            "uq_school_copies_city",
            "email",
            unique=True,
            sqlite_where=text("school_id IS NULL"),
            postgresql_where=text("school_id IS NULL"),
        ),
    )
