"""Citizens' log-ins, what proves their addresses, and the single mails that are owed to them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql import text

from desktop.store.tables.columns import Base, Document, Id, Key, Moment, UtcDateTime


class Account(Base):
    """A citizen's log-in. `login` is the folded mail address, or the phone number; `address` is the mail address as
    typed, empty where a text message made the account.

    There is one from the moment on when its address is proved; until then a sign-up is an AccountToken.
    `guardian_id` is their own record in the rosters, from the first accepted registration on.
    """

    __tablename__ = "accounts"

    id: Mapped[Key]
    origin: Mapped[str]
    login: Mapped[str] = mapped_column(unique=True)
    address: Mapped[str]
    plain_text_only: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    family_name: Mapped[str]
    given_name: Mapped[str] = mapped_column(default="", server_default="")
    language: Mapped[str]
    password_hash: Mapped[str | None]
    guardian_id: Mapped[int | None] = mapped_column(Id, ForeignKey("guardians.id"), unique=True)
    state: Mapped[str] = mapped_column(default="active", server_default="active")
    created_at: Mapped[Moment]
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    __table_args__ = (
        CheckConstraint("origin IN ('email', 'sms')", name="origin"),
        CheckConstraint("state IN ('active', 'locked', 'closed')", name="state"),
    )
    __mapper_args__ = {"version_id_col": version}


class Consent(Base):
    """To which version of the terms an account has consented, and when (A12)."""

    __tablename__ = "consents"

    account_id: Mapped[int] = mapped_column(Id, ForeignKey("accounts.id"), primary_key=True)
    terms_version: Mapped[str] = mapped_column(primary_key=True)
    consented_at: Mapped[Moment]


class AccountToken(Base):
    """What a link or a typed code proves: that somebody reads the mails of an address.

    Neither stands here: both are derived from the row's number and `nonce` by a key that the database does not know.
    A sign-up keeps here what was typed. `account_id` is None for a sign-up, and where nobody has this address.
    """

    __tablename__ = "account_tokens"

    id: Mapped[Key]
    purpose: Mapped[str]
    nonce: Mapped[str]
    account_id: Mapped[int | None] = mapped_column(Id, ForeignKey("accounts.id"), index=True)
    login: Mapped[str]
    address: Mapped[str]
    language: Mapped[str]
    family_name: Mapped[str] = mapped_column(default="", server_default="")
    given_name: Mapped[str] = mapped_column(default="", server_default="")
    password_hash: Mapped[str | None]
    terms_version: Mapped[str | None]
    useless: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    created_at: Mapped[Moment]
    expires_at: Mapped[Moment]
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        CheckConstraint(
            "purpose IN ('activate', 'reset', 'add_address', 'change_login', 'first_log_in')", name="purpose"
        ),
        Index("ix_account_tokens_login", "login", "id"),
        Index("ix_account_tokens_expires", "expires_at"),
    )


class AccountAddress(Base):
    """A mail address that somebody wants notices at beside that of their log-in; used once it is verified.

    They stand here also while there is no guardian yet who could have contact points.
    """

    __tablename__ = "account_addresses"

    id: Mapped[Key]
    account_id: Mapped[int] = mapped_column(Id, ForeignKey("accounts.id"))
    address: Mapped[str]
    plain_text_only: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    created_at: Mapped[Moment]
    verified_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (UniqueConstraint("account_id", "address"),)


class CitizenSession(Base):
    """A browser that is logged in; only a hash of what its cookie holds stands here."""

    __tablename__ = "citizen_sessions"

    id: Mapped[Key]
    account_id: Mapped[int] = mapped_column(Id, ForeignKey("accounts.id"), index=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[Moment]
    seen_at: Mapped[Moment]
    ends_at: Mapped[Moment]

    __table_args__ = (Index("ix_citizen_sessions_seen", "seen_at"),)


class Attempt(Base):
    """How often something was tried lately. `key` is a keyed hash, so that it says nothing about anybody."""

    __tablename__ = "attempts"

    kind: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    tries: Mapped[int] = mapped_column(default=0, server_default="0")
    since: Mapped[Moment]
    held_until: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (Index("ix_attempts_since", "since"),)


class Post(Base):
    """A single mail that the system owes somebody. It holds no secret: links and codes are put in when it leaves.

    `message_id` is given at the first attempt and stays.
    """

    __tablename__ = "posts"

    id: Mapped[Key]
    template: Mapped[str]
    parameters: Mapped[Document]
    token_id: Mapped[int | None] = mapped_column(Id, ForeignKey("account_tokens.id"), index=True)
    address: Mapped[str]
    language: Mapped[str]
    state: Mapped[str] = mapped_column(default="due", server_default="due")
    created_at: Mapped[Moment]
    due_at: Mapped[Moment]
    useless_after: Mapped[Moment]
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lease: Mapped[str | None]
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    message_id: Mapped[str | None]
    reason: Mapped[str | None]
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        CheckConstraint("state IN ('due', 'sent', 'failed', 'expired', 'taken_back')", name="state"),
        Index(
            "ix_posts_due",
            "due_at",
            sqlite_where=text("state = 'due'"),
            postgresql_where=text("state = 'due'"),
        ),
        Index("ix_posts_created", "created_at"),
    )
