"""Staff, their roles, what they did, and the installation they work in."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql import text

from desktop.store.tables.columns import Base, Document, Id, Json, Key, Moment, StaffKey, UtcDateTime


class Staff(Base):
    """A member of staff. `guardian_id` is their own family record, where known.

    Notices and copies reach them at `email`; `lane` groups mail domains as in contact points.
    """

    __tablename__ = "staff"

    id: Mapped[Key]
    login: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    email: Mapped[str | None]
    lane: Mapped[str] = mapped_column(default="", server_default="")
    password_hash: Mapped[str | None]
    active: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    guardian_id: Mapped[int | None] = mapped_column(Id, ForeignKey("guardians.id"))
    failed_logins: Mapped[int] = mapped_column(default=0, server_default="0")
    locked_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[Moment]
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    __mapper_args__ = {"version_id_col": version}


class RoleGrant(Base):
    """A role within a scope from a day to a day. `school_id` is None for the city; `ref` a homeroom's or group's id."""

    __tablename__ = "role_grants"

    id: Mapped[Key]
    staff_id: Mapped[StaffKey] = mapped_column(index=True)
    role: Mapped[str]
    scope_kind: Mapped[str]
    school_id: Mapped[int | None] = mapped_column(Id, ForeignKey("schools.id"))
    ref: Mapped[int | None] = mapped_column(Id)
    from_date: Mapped[date | None]
    to_date: Mapped[date | None]
    granted_by: Mapped[str]

    __table_args__ = (
        UniqueConstraint("staff_id", "role", "scope_kind", "school_id", "ref", "from_date"),
        CheckConstraint("scope_kind IN ('city', 'school', 'homeroom', 'group')", name="scope_kind"),
        CheckConstraint("(scope_kind = 'city') = (school_id IS NULL)", name="school"),
        CheckConstraint("(scope_kind IN ('homeroom', 'group')) = (ref IS NOT NULL)", name="ref"),
        CheckConstraint("role IN ('clerk', 'approver', 'helpdesk', 'reviewer', 'administrator')", name="role"),
    )


class AuditEvent(Base):
    """What somebody did. `details` holds field names, counts and codes, never a person's data."""

    __tablename__ = "audit_events"

    id: Mapped[Key]
    at: Mapped[Moment]
    actor_kind: Mapped[str]
    actor_label: Mapped[str]
    staff_id: Mapped[int | None] = mapped_column(Id, ForeignKey("staff.id"))
    via: Mapped[str] = mapped_column(default="", server_default="")
    verb: Mapped[str]
    subject: Mapped[str]
    subject_id: Mapped[int | None] = mapped_column(Id)
    school_id: Mapped[int | None] = mapped_column(Id, ForeignKey("schools.id"))
    details: Mapped[Document]

    __table_args__ = (
        Index("ix_audit_events_subject", "subject", "subject_id", "id"),
        Index("ix_audit_events_at", "at"),
    )


class Installation(Base):
    """The one row by which a database knows itself (DESIGN "Sending" 9, 10).

    `epoch` rises with every restore, copy or move; while `released` is false the worker sends nothing, since `held_at`
    and for `held_why` (domain/sending_release). What it knew by itself ends at `known_until`.
    """

    __tablename__ = "installation"

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[str]
    practice: Mapped[bool]
    epoch: Mapped[int] = mapped_column(default=1, server_default="1")
    released: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    location: Mapped[str]
    held_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    held_why: Mapped[str | None]
    known_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[Moment]

    __table_args__ = (CheckConstraint("id = 1", name="single"),)


class Setting(Base):
    """A setting that differs from its default. What settings there are is declared in desktop/settings.py."""

    __tablename__ = "settings"

    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[Any] = mapped_column(Json)
