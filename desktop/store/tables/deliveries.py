"""What goes out: recipients, deliveries, and what became of them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql import text

from desktop.store.tables.columns import (
    Base,
    ChildKey,
    GuardianKey,
    Id,
    Key,
    Moment,
    NoticeKey,
    StaffKey,
    UtcDateTime,
)

_NOBODY = "guardian_id IS NULL AND kind = 'family'"
_WAITS = "child_id IS NULL AND kind = 'family'"
_ENDS = "state = 'due' AND useless_after IS NOT NULL"


class Recipient(Base):
    """Whom a notice is for: a guardian because of a child, or while they wait for one.

    `guardian_id` is None where the child has nobody to write to, `child_id` for a contact that waits for its child.
    `kind` tells families from staff who are meant themselves and from copies (控え), which are counted apart; those
    have no child. A copy is a member of staff's, or goes to the `address` of a school.
    """

    __tablename__ = "recipients"

    id: Mapped[Key]
    notice_id: Mapped[NoticeKey]
    kind: Mapped[str] = mapped_column(default="family", server_default="family")
    child_id: Mapped[int | None] = mapped_column(Id, ForeignKey("children.id"))
    guardian_id: Mapped[int | None] = mapped_column(Id, ForeignKey("guardians.id"))
    staff_id: Mapped[int | None] = mapped_column(Id, ForeignKey("staff.id"))
    school_id: Mapped[int | None] = mapped_column(Id, ForeignKey("schools.id"))
    address: Mapped[str | None]

    __table_args__ = (
        CheckConstraint("kind IN ('family', 'staff', 'copy')", name="kind"),
        CheckConstraint("kind <> 'family' OR child_id IS NOT NULL OR guardian_id IS NOT NULL", name="somebody"),
        CheckConstraint("kind <> 'staff' OR staff_id IS NOT NULL", name="staff"),
        CheckConstraint("kind <> 'copy' OR staff_id IS NOT NULL OR address IS NOT NULL", name="copy"),
        UniqueConstraint("notice_id", "child_id", "guardian_id"),
        Index(
            "uq_recipients_nobody",
            "notice_id",
            "child_id",
            unique=True,
            sqlite_where=text(_NOBODY),
            postgresql_where=text(_NOBODY),
        ),
        Index(
            "uq_recipients_waiting",
            "notice_id",
            "guardian_id",
            unique=True,
            sqlite_where=text(_WAITS),
            postgresql_where=text(_WAITS),
        ),
        Index(
            "uq_recipients_staff",
            "notice_id",
            "kind",
            "staff_id",
            unique=True,
            sqlite_where=text("staff_id IS NOT NULL"),
            postgresql_where=text("staff_id IS NOT NULL"),
        ),
        Index(
            "uq_recipients_address",
            "notice_id",
            "address",
            unique=True,
            sqlite_where=text("address IS NOT NULL"),
            postgresql_where=text("address IS NOT NULL"),
        ),
        Index("ix_recipients_guardian", "guardian_id", "notice_id"),
        Index("ix_recipients_child", "child_id", "notice_id"),
    )


class Delivery(Base):
    """One copy of a notice to one address (DESIGN "Sending" 3–8, 11).

    `kind` is whom it serves first: a family, else staff who are meant, else whoever gets a copy (控え); counts keep
    them apart. `languages` are the texts it carries, the reader's first, joined by `+`. `variant` is empty: one copy
    per address. A lease is worker, token and time of the database's clock. `stage`, `code` and `reason` say what the
    server answered; `in_doubt_count` how often it was sent again after an unknown outcome; `resent_at` when staff last
    had it sent again, from when on it is tried as long as a new one.
    """

    __tablename__ = "deliveries"

    id: Mapped[Key]
    notice_id: Mapped[NoticeKey]
    channel: Mapped[str]
    address: Mapped[str]
    variant: Mapped[str] = mapped_column(default="", server_default="")
    kind: Mapped[str] = mapped_column(default="family", server_default="family")
    languages: Mapped[str]
    plain: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    lane: Mapped[str] = mapped_column(default="", server_default="")
    urgent: Mapped[bool]
    state: Mapped[str]
    due_at: Mapped[Moment]
    useless_after: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    in_doubt_count: Mapped[int] = mapped_column(default=0, server_default="0")
    worker_id: Mapped[int | None] = mapped_column(Id)  # no key to workers, which every claim would have to look up
    lease_token: Mapped[str | None]
    leased_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    line_call_id: Mapped[int | None] = mapped_column(Id, ForeignKey("line_calls.id"))
    stage: Mapped[str | None]
    code: Mapped[int | None]
    reason: Mapped[str | None]
    created_at: Mapped[Moment]
    resent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        UniqueConstraint("notice_id", "channel", "address", "variant"),
        CheckConstraint(
            "state IN ('due', 'leased', 'accepted', 'in_doubt', 'failed', 'bounced', 'expired', 'cancelled')",
            name="state",
        ),
        CheckConstraint("kind IN ('family', 'staff', 'copy')", name="kind"),
        Index(
            "ix_deliveries_due",
            "channel",
            "lane",
            "urgent",
            "due_at",
            "id",
            sqlite_where=text("state = 'due'"),
            postgresql_where=text("state = 'due'"),
        ),
        Index(
            "ix_deliveries_leased",
            "leased_until",
            sqlite_where=text("state = 'leased'"),
            postgresql_where=text("state = 'leased'"),
        ),
        Index(
            "ix_deliveries_useless",
            "useless_after",
            sqlite_where=text(_ENDS),
            postgresql_where=text(_ENDS),
        ),
        Index("ix_deliveries_notice", "notice_id", "state", "channel", "kind"),
        Index(
            "ix_deliveries_doubted",
            "notice_id",
            "state",
            sqlite_where=text("in_doubt_count > 0"),
            postgresql_where=text("in_doubt_count > 0"),
        ),
        Index(
            "ix_deliveries_line_call",
            "line_call_id",
            sqlite_where=text("line_call_id IS NOT NULL"),
            postgresql_where=text("line_call_id IS NOT NULL"),
        ),
    )


class DeliveryRecipient(Base):
    """Whom a delivery serves: one address may serve several guardians and children."""

    __tablename__ = "delivery_recipients"

    delivery_id: Mapped[int] = mapped_column(Id, ForeignKey("deliveries.id"), primary_key=True)
    recipient_id: Mapped[int] = mapped_column(Id, ForeignKey("recipients.id"), primary_key=True, index=True)

    __table_args__ = ({"sqlite_with_rowid": False},)


class LineCall(Base):
    """One call to LINE for up to 500 deliveries, stored before it is made: key and body are the same on every retry.

    `unknown` says that an attempt with this key ended without an answer; then it may never be split (new keys).
    """

    __tablename__ = "line_calls"

    id: Mapped[Key]
    notice_id: Mapped[NoticeKey] = mapped_column(index=True)
    retry_key: Mapped[str] = mapped_column(unique=True)
    method: Mapped[str]
    body: Mapped[bytes]
    first_attempt_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    unknown: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    request_id: Mapped[str | None]
    created_at: Mapped[Moment]


class ChannelState(Base):
    """A channel that stands still for everyone (quota, token, log-in refused), why and since when."""

    __tablename__ = "channel_states"

    channel: Mapped[str] = mapped_column(primary_key=True)
    stopped_reason: Mapped[str | None]
    stopped_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    retry_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Worker(Base):
    """A process that sends: who it is and when it was last seen.

    It counts its `beats` here and in its data directory: a database that has counted fewer was put back.
    """

    __tablename__ = "workers"

    id: Mapped[Key]
    uuid: Mapped[str] = mapped_column(unique=True)
    host: Mapped[str]
    started_at: Mapped[Moment]
    seen_at: Mapped[Moment]
    beats: Mapped[int] = mapped_column(default=0, server_default="0")
    stopped_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Confirmation(Base):
    """A guardian has confirmed a notice: by link, by LINE button, or by phone, entered by staff."""

    __tablename__ = "confirmations"

    notice_id: Mapped[NoticeKey] = mapped_column(primary_key=True)
    guardian_id: Mapped[GuardianKey] = mapped_column(primary_key=True)
    means: Mapped[str]
    confirmed_at: Mapped[Moment]
    entered_by: Mapped[int | None] = mapped_column(Id, ForeignKey("staff.id"))


class Call(Base):
    """A phone follow-up about a child and its result."""

    __tablename__ = "calls"

    id: Mapped[Key]
    notice_id: Mapped[NoticeKey]
    child_id: Mapped[ChildKey]
    guardian_id: Mapped[int | None] = mapped_column(Id, ForeignKey("guardians.id"))
    called_by: Mapped[StaffKey]
    called_at: Mapped[Moment]
    result: Mapped[str]

    __table_args__ = (Index("ix_calls_notice_child", "notice_id", "child_id"),)
