"""Schools and what they are divided into."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql import text

from desktop.store.tables.columns import Base, Id, Key, Moment, SchoolKey, UtcDateTime


class School(Base):
    """A school or kindergarten. `code` is public and staff see it; the secret one is RegistrationCode.

    `accepts_unseen`: registrations that are certain come in without a reviewer.
    """

    __tablename__ = "schools"

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(unique=True)
    mext_code: Mapped[str | None]
    name: Mapped[str]
    kind: Mapped[str]
    phone: Mapped[str] = mapped_column(default="", server_default="")
    email: Mapped[str] = mapped_column(default="", server_default="")
    closed_on: Mapped[date | None]
    accepts_unseen: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    __table_args__ = (
        CheckConstraint("kind IN ('primary', 'junior_high', 'kindergarten', 'combined', 'special')", name="kind"),
    )
    __mapper_args__ = {"version_id_col": version}


class SchoolYear(Base):
    """April to March of one school. Two stand side by side from the opening of registration."""

    __tablename__ = "school_years"

    id: Mapped[Key]
    school_id: Mapped[SchoolKey]
    year: Mapped[int]
    starts_on: Mapped[date]
    ends_on: Mapped[date]

    __table_args__ = (UniqueConstraint("school_id", "year"),)


class Grade(Base):
    """A grade of a school year; `code` is its number in a notice's audience (`grade:H001/3`)."""

    __tablename__ = "grades"

    id: Mapped[Key]
    school_id: Mapped[SchoolKey]
    year: Mapped[int]
    code: Mapped[str]
    name: Mapped[str]
    position: Mapped[int]

    __table_args__ = (UniqueConstraint("school_id", "year", "code"),)


class Homeroom(Base):
    """A class. `label` is unique in its school and year (`3-1`); one per grade is unplaced: 「○組（未定）」 (A25)."""

    __tablename__ = "homerooms"

    id: Mapped[Key]
    school_id: Mapped[SchoolKey]
    year: Mapped[int]
    grade_id: Mapped[int] = mapped_column(Id, ForeignKey("grades.id"))
    name: Mapped[str]
    label: Mapped[str]
    unplaced: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    position: Mapped[int] = mapped_column(default=0, server_default="0")

    __table_args__ = (
        UniqueConstraint("school_id", "year", "label"),
        Index(
            "uq_homerooms_unplaced",
            "grade_id",
            unique=True,
            sqlite_where=text("unplaced"),
            postgresql_where=text("unplaced"),
        ),
    )


class Group(Base):
    """A club or another group of a school; it lives across years, its memberships have dates."""

    __tablename__ = "groups"

    id: Mapped[Key]
    school_id: Mapped[SchoolKey]
    kind: Mapped[str]
    name: Mapped[str]
    closed_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    __table_args__ = (
        UniqueConstraint("school_id", "name"),
        CheckConstraint("kind IN ('club', 'other')", name="kind"),
    )
    __mapper_args__ = {"version_id_col": version}


class RegistrationCode(Base):
    """The secret 「学校コード」 (A28): printed on letters, so kept encrypted; compared by keyed hash.

    One a school is the current one, without an end. `letters` is how many went out with it.
    """

    __tablename__ = "registration_codes"

    id: Mapped[Key]
    school_id: Mapped[SchoolKey]
    code_encrypted: Mapped[bytes]
    code_hash: Mapped[str] = mapped_column(unique=True)
    valid_from: Mapped[Moment]
    valid_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    letters: Mapped[int] = mapped_column(default=0, server_default="0")

    __table_args__ = (
        Index(
            "uq_registration_codes_current",
            "school_id",
            unique=True,
            sqlite_where=text("valid_until IS NULL"),
            postgresql_where=text("valid_until IS NULL"),
        ),
    )
