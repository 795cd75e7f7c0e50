"""Accounts by text message: what came in, what goes out, the accounts, and what a person has to look at."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql import text

from desktop.store.tables.columns import Base, Id, Key, Moment, UtcDateTime

REPLIED = "rule IN ('account', 'repeated', 'syntax', 'id_taken', 'phone_taken', 'pilot')"
"""Messages that got a reply by themselves, by which the flood limit counts."""


class SmsMessage(Base):
    """A message as its gateway handed it over, kept before the gateway is answered (B16).

    `sender` is the phone in its national form, or what the gateway gave where that is no phone. The text is sealed;
    `text_hash` compares it. `corrected` is the (sealed) text that a member of staff made of it. `account_id`: the
    account that was made, or that stood in the way. `fee`: what it cost the sender, in đồng.
    """

    __tablename__ = "sms_messages"

    id: Mapped[Key]
    gateway: Mapped[str]
    gateway_id: Mapped[str]
    sender: Mapped[str]
    recipient: Mapped[str]
    network: Mapped[str] = mapped_column(default="", server_default="")
    sealed_text: Mapped[str]
    text_hash: Mapped[str]
    corrected: Mapped[str | None]
    sent_at: Mapped[Moment]
    received_at: Mapped[Moment]
    state: Mapped[str] = mapped_column(default="waiting", server_default="waiting")
    rule: Mapped[str | None]
    account_id: Mapped[int | None] = mapped_column(Id, ForeignKey("accounts.id"), index=True)
    duplicate_of: Mapped[int | None] = mapped_column(Id, ForeignKey("sms_messages.id"))
    fee: Mapped[int] = mapped_column(default=0, server_default="0")
    processed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    __table_args__ = (
        UniqueConstraint("gateway", "gateway_id"),
        CheckConstraint(
            "state IN ('waiting', 'read', 'answered', 'refused', 'duplicate', 'held', 'gateway_error')", name="state"
        ),
        CheckConstraint("(state = 'waiting') = (rule IS NULL)", name="rule"),
        Index(
            "ix_sms_messages_waiting",
            "id",
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
        Index("ix_sms_messages_state", "state", "received_at", "id"),
        Index("ix_sms_messages_rule", "rule", "received_at", "id"),
        Index("ix_sms_messages_sender", "sender", "sent_at"),
        Index(
            "ix_sms_messages_replied",
            "sender",
            "processed_at",
            sqlite_where=text(REPLIED),
            postgresql_where=text(REPLIED),
        ),
        Index("ix_sms_messages_received", "received_at", "id", "rule", "network", "fee"),
    )
    __mapper_args__ = {"version_id_col": version}


class SmsAccount(Base):
    """What an account has beside `accounts` when a text message made it (B12, B17).

    The initial password stands nowhere: it follows from account, `nonce` and `issue` by a key. It is good until
    `issue_expires_at`, which is set when its text has been sent, and as long as there is no `own_password_at`.
    `reissues`: how many of this round's issues the system made by itself. The ID's digits are sealed; a closed account
    has none. `lock_note`: why a person locked or closed it.
    """

    __tablename__ = "sms_accounts"

    account_id: Mapped[int] = mapped_column(Id, ForeignKey("accounts.id"), primary_key=True)
    nonce: Mapped[str]
    id_hash: Mapped[str | None] = mapped_column(unique=True)
    sealed_id: Mapped[str | None]
    id_last3: Mapped[str]
    name_typed: Mapped[str]
    name_plain: Mapped[str]
    birth_date: Mapped[date]
    message_id: Mapped[int | None] = mapped_column(Id, ForeignKey("sms_messages.id"))
    issue: Mapped[int] = mapped_column(default=1, server_default="1")
    reissues: Mapped[int] = mapped_column(default=0, server_default="0")
    issue_sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    issue_expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    own_password_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lock_reason: Mapped[str | None]
    lock_note: Mapped[str] = mapped_column(default="", server_default="")
    verified_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    verified_by: Mapped[int | None] = mapped_column(Id, ForeignKey("staff.id"))
    verified_document: Mapped[str | None]
    verified_place: Mapped[str | None]
    verified_note: Mapped[str] = mapped_column(default="", server_default="")
    postal_address: Mapped[str] = mapped_column(default="", server_default="")
    completed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    __table_args__ = (
        CheckConstraint("lock_reason IN ('unchanged', 'staff')", name="lock_reason"),
        CheckConstraint("(verified_at IS NULL) = (verified_by IS NULL)", name="verified"),
        Index(
            "ix_sms_accounts_expiring",
            "issue_expires_at",
            sqlite_where=text("own_password_at IS NULL"),
            postgresql_where=text("own_password_at IS NULL"),
        ),
        Index(
            "ix_sms_accounts_listed",
            *("account_id", "closed_at", "own_password_at", "lock_reason", "verified_at"),
            *("reissues", "issue_sent_at", "issue_expires_at"),
        ),
        Index(
            "ix_sms_accounts_verified",
            *("verified_by", "verified_at"),
            sqlite_where=text("verified_by IS NOT NULL"),
            postgresql_where=text("verified_by IS NOT NULL"),
        ),
    )
    __mapper_args__ = {"version_id_col": version}


class SmsReply(Base):
    """A text that goes out (MT). `wording` is the setting's text as it stood then, its places unfilled; a `manual`
    one's is sealed. So no row holds a password: `issue` says which one is put in when it leaves.

    `way`: `send` by a call of ours, `answer` in the gateway's own request (sent by a call where that never ended).
    """

    __tablename__ = "sms_replies"

    id: Mapped[Key]
    message_id: Mapped[int | None] = mapped_column(Id, ForeignKey("sms_messages.id"), index=True)
    account_id: Mapped[int | None] = mapped_column(Id, ForeignKey("accounts.id"), index=True)
    template: Mapped[str]
    wording: Mapped[str]
    issue: Mapped[int | None]
    phone: Mapped[str]
    way: Mapped[str] = mapped_column(default="send", server_default="send")
    state: Mapped[str] = mapped_column(default="due", server_default="due")
    created_at: Mapped[Moment]
    created_by: Mapped[int | None] = mapped_column(Id, ForeignKey("staff.id"))
    due_at: Mapped[Moment]
    useless_after: Mapped[Moment]
    lease: Mapped[str | None]
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    gateway: Mapped[str | None]
    gateway_ref: Mapped[str | None]
    encoding: Mapped[str | None]
    parts: Mapped[int] = mapped_column(default=0, server_default="0")
    cost: Mapped[int] = mapped_column(default=0, server_default="0")
    reason: Mapped[str | None]
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        CheckConstraint("state IN ('due', 'sent', 'delivered', 'failed', 'cancelled')", name="state"),
        CheckConstraint("way IN ('send', 'answer')", name="way"),
        CheckConstraint("(issue IS NULL) = (template NOT IN ('account', 'reissued'))", name="issue"),
        Index(
            "ix_sms_replies_due",
            "due_at",
            sqlite_where=text("state = 'due'"),
            postgresql_where=text("state = 'due'"),
        ),
        Index("ix_sms_replies_sent", "sent_at", "phone", "parts", "cost"),
    )


class SmsReview(Base):
    """Something a person has to look at. While one is open, what comes again to the same `subject` is counted in it.

    `subject` is a phone, or `account 5`, `message 7`.
    """

    __tablename__ = "sms_reviews"

    id: Mapped[Key]
    reason: Mapped[str]
    subject: Mapped[str]
    message_id: Mapped[int | None] = mapped_column(Id, ForeignKey("sms_messages.id"))
    account_id: Mapped[int | None] = mapped_column(Id, ForeignKey("accounts.id"), index=True)
    times: Mapped[int] = mapped_column(default=1, server_default="1")
    opened_at: Mapped[Moment]
    last_at: Mapped[Moment]
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    settled_by: Mapped[int | None] = mapped_column(Id, ForeignKey("staff.id"))
    note: Mapped[str] = mapped_column(default="", server_default="")

    __table_args__ = (
        Index(
            "uq_sms_reviews_open",
            "reason",
            "subject",
            unique=True,
            sqlite_where=text("settled_at IS NULL"),
            postgresql_where=text("settled_at IS NULL"),
        ),
        Index("ix_sms_reviews_message", "message_id"),
    )


class SmsBlock(Base):
    """A number that is not listened to."""

    __tablename__ = "sms_blocks"

    phone: Mapped[str] = mapped_column(primary_key=True)
    reason: Mapped[str]
    blocked_by: Mapped[int | None] = mapped_column(Id, ForeignKey("staff.id"))
    blocked_at: Mapped[Moment]


class SmsPilotUnit(Base):
    """A unit that tries accounts by text message before everybody may have one (B14)."""

    __tablename__ = "sms_pilot_units"

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[Moment]
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    __mapper_args__ = {"version_id_col": version}


class SmsPilotPhone(Base):
    """A number of a unit's list."""

    __tablename__ = "sms_pilot_phones"

    unit_id: Mapped[int] = mapped_column(Id, ForeignKey("sms_pilot_units.id"), primary_key=True)
    phone: Mapped[str] = mapped_column(primary_key=True)

    __table_args__ = (Index("ix_sms_pilot_phones_phone", "phone"),)
