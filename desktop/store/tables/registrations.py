"""What guardians submitted about their children, until it stands in the roster."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql import text

from desktop.store.tables.columns import Base, Document, Id, Json, Kana, Key, Moment, UtcDateTime


class Registration(Base):
    """A guardian's submission about one child: a new one, a change of its data, or that it is theirs no longer.

    `form_token` is the form's own, so that one sent twice is one. A decision that is not carried out yet
    (`carry_out_at`) can be taken back; `child_id` is the roster's child that it was linked to or became. A change or
    withdrawal is about a child that they have (`about_child_id`), and `old` is what its guardian saw of it before.
    `looked_at` is when the worker saw whether it can be accepted without a reviewer.
    """

    __tablename__ = "registrations"

    id: Mapped[Key]
    account_id: Mapped[int] = mapped_column(Id, ForeignKey("accounts.id"))
    form_token: Mapped[str]
    kind: Mapped[str] = mapped_column(default="new_child", server_default="new_child")
    state: Mapped[str] = mapped_column(default="draft", server_default="draft")
    family_name: Mapped[str]
    given_name: Mapped[str]
    family_name_kana: Mapped[Kana]
    given_name_kana: Mapped[Kana]
    kana_for_clerk: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    sex: Mapped[str]
    birth_date: Mapped[date | None]
    relationship: Mapped[str]
    school_id: Mapped[int | None] = mapped_column(Id, ForeignKey("schools.id"))
    year: Mapped[int | None]
    homeroom_id: Mapped[int | None] = mapped_column(Id, ForeignKey("homerooms.id"))
    group_ids: Mapped[list[int]] = mapped_column(Json)
    student_number: Mapped[str] = mapped_column(default="", server_default="")
    code_id: Mapped[int | None] = mapped_column(Id, ForeignKey("registration_codes.id"))
    about_child_id: Mapped[int | None] = mapped_column(Id, ForeignKey("children.id"), index=True)
    old: Mapped[Document] = mapped_column(default=dict)
    closes_account: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    created_at: Mapped[Moment]
    submitted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    looked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decision: Mapped[str | None]
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by: Mapped[int | None] = mapped_column(Id, ForeignKey("staff.id"))
    carry_out_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(default="", server_default="")
    child_id: Mapped[int | None] = mapped_column(Id, ForeignKey("children.id"), index=True)
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    __table_args__ = (
        UniqueConstraint("account_id", "form_token"),
        CheckConstraint(
            "state IN ('draft', 'submitted', 'asked_back', 'accepted', 'refused', 'taken_back')", name="state"
        ),
        CheckConstraint("decision IN ('accept_new', 'link', 'accept', 'refuse', 'ask_back')", name="decision"),
        CheckConstraint("kind IN ('new_child', 'second_parent', 'change', 'withdrawal')", name="kind"),
        CheckConstraint("(kind IN ('change', 'withdrawal')) = (about_child_id IS NOT NULL)", name="about"),
        CheckConstraint(
            "(school_id IS NULL) = (homeroom_id IS NULL) OR (about_child_id IS NOT NULL AND school_id IS NOT NULL)",
            name="school",
        ),
        Index(
            "ix_registrations_arrived",
            "submitted_at",
            sqlite_where=text("state = 'submitted' AND looked_at IS NULL"),
            postgresql_where=text("state = 'submitted' AND looked_at IS NULL"),
        ),
        Index("ix_registrations_twice", "school_id", "birth_date"),
        Index(
            "ix_registrations_queue",
            "school_id",
            "submitted_at",
            sqlite_where=text("state = 'submitted'"),
            postgresql_where=text("state = 'submitted'"),
        ),
        Index(
            "ix_registrations_carry_out",
            "carry_out_at",
            sqlite_where=text("carry_out_at IS NOT NULL"),
            postgresql_where=text("carry_out_at IS NOT NULL"),
        ),
    )
    __mapper_args__ = {"version_id_col": version}
