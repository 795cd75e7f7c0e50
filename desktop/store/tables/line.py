"""What LINE and parents tell us: events of the webhook, who is linked, and what parents wrote."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql import text

from desktop.store.tables.columns import Base, Id, Key, Moment, UtcDateTime


class LineEvent(Base):
    """One event as LINE delivered it, kept before LINE is told that it arrived.

    `event_id` is LINE's own, so that what is delivered again is the same. `body` is the event's JSON in ASCII.
    `answer` is what is owed to the person: by the event's reply token, or, once that is spent, by the stored call
    (`retry_key`, `call_body`). `unsure`: an attempt may have arrived.
    """

    __tablename__ = "line_events"

    id: Mapped[Key]
    event_id: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[str | None]
    kind: Mapped[str]
    at: Mapped[Moment]
    received_at: Mapped[Moment]
    body: Mapped[str]
    state: Mapped[str] = mapped_column(default="waiting", server_default="waiting")
    answer: Mapped[str | None]
    due_at: Mapped[Moment]
    lease: Mapped[str | None]
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    unsure: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    retry_key: Mapped[str | None]
    call_body: Mapped[str | None]
    reason: Mapped[str | None]
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'answering', 'done', 'ignored', 'failed')", name="state"),
        Index(
            "ix_line_events_open",
            "due_at",
            "at",
            sqlite_where=text("settled_at IS NULL"),
            postgresql_where=text("settled_at IS NULL"),
        ),
        Index("ix_line_events_received", "received_at"),
    )


class LineFriend(Base):
    """Somebody who added the city's LINE account, or blocked it: as their newest event says."""

    __tablename__ = "line_friends"

    user_id: Mapped[str] = mapped_column(primary_key=True)
    is_friend: Mapped[bool]
    changed_at: Mapped[Moment]


class LineLink(Base):
    """How far a citizen's account is linked to their LINE (A31–A34).

    The nonce is what LINE hands back when the citizen has agreed; only its hash stands here, for ten minutes' use.
    """

    __tablename__ = "line_links"

    account_id: Mapped[int] = mapped_column(Id, ForeignKey("accounts.id"), primary_key=True)
    state: Mapped[str]
    user_id: Mapped[str | None] = mapped_column(unique=True)
    nonce_hash: Mapped[str | None] = mapped_column(unique=True)
    nonce_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str | None]
    changed_at: Mapped[Moment]
    invited_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        CheckConstraint("state IN ('friend', 'linking', 'linked', 'refused', 'unlinked')", name="state"),
        Index("ix_line_links_state", "state", "changed_at"),
    )


class IncomingMessage(Base):
    """What somebody wrote to the city's LINE account or mail address, where nobody reads: staff see it here.

    `sender` is a LINE user id or a mail address; which schools may see it follows from whose contact point that is.
    """

    __tablename__ = "incoming_messages"

    id: Mapped[Key]
    channel: Mapped[str]
    source_id: Mapped[str]
    message_ref: Mapped[str | None]
    sender: Mapped[str]
    kind: Mapped[str]
    subject: Mapped[str] = mapped_column(default="", server_default="")
    words: Mapped[str] = mapped_column(default="", server_default="")
    received_at: Mapped[Moment]
    answered: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    handled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    handled_by: Mapped[int | None] = mapped_column(Id, ForeignKey("staff.id"))

    __table_args__ = (
        CheckConstraint("channel IN ('line', 'email')", name="channel"),
        Index("uq_incoming_messages_source", "channel", "source_id", unique=True),
        Index("ix_incoming_messages_sender", "channel", "sender", "received_at"),
        Index("ix_incoming_messages_received", "received_at"),
        Index("ix_incoming_messages_ref", "message_ref"),
    )


class MailboxPlace(Base):
    """Up to which mail a mailbox has been read; by `uid_validity` the server says whether its numbers still hold."""

    __tablename__ = "mailbox_places"

    mailbox: Mapped[str] = mapped_column(primary_key=True)
    uid_validity: Mapped[int] = mapped_column(Id)
    last_uid: Mapped[int] = mapped_column(Id)
    read_at: Mapped[Moment]
