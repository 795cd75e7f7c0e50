"""Children, guardians, and how they hang together."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql import text

from desktop.store.tables.columns import (
    Base,
    ChildKey,
    Document,
    EnrolmentKey,
    GuardianKey,
    Id,
    Json,
    Kana,
    Key,
    Moment,
    Ordered,
    SchoolKey,
    StaffKey,
    UtcDateTime,
)

_USABLE = "verified_at IS NOT NULL AND suppressed_reason IS NULL"


class Child(Base):
    """A child. Names stand as typed; what makes them findable is in search_keys."""

    __tablename__ = "children"

    id: Mapped[Key]
    family_name: Mapped[str]
    given_name: Mapped[str]
    family_name_kana: Mapped[Kana] = mapped_column(default="", server_default="")
    given_name_kana: Mapped[Kana] = mapped_column(default="", server_default="")
    sex: Mapped[str] = mapped_column(default="", server_default="")
    birth_date: Mapped[date | None]
    created_at: Mapped[Moment]
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    __table_args__ = (CheckConstraint("sex IN ('', 'male', 'female', 'other')", name="sex"),)
    __mapper_args__ = {"version_id_col": version}


class ChildReference(Base):
    """What another system calls a child: its code in a school's roster (`code`) or its OneRoster `sourced_id`."""

    __tablename__ = "child_references"

    school_id: Mapped[SchoolKey] = mapped_column(primary_key=True)
    system: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(primary_key=True)
    child_id: Mapped[ChildKey] = mapped_column(index=True)


class Flag(Base):
    """取扱注意: do not disclose. On a child or on a guardian and so on the family."""

    __tablename__ = "flags"

    id: Mapped[Key]
    child_id: Mapped[int | None] = mapped_column(Id, ForeignKey("children.id"), index=True)
    guardian_id: Mapped[int | None] = mapped_column(Id, ForeignKey("guardians.id"), index=True)
    reference: Mapped[str]
    until_date: Mapped[date | None]
    set_by: Mapped[StaffKey]
    set_at: Mapped[Moment]
    lifted_by: Mapped[int | None] = mapped_column(Id, ForeignKey("staff.id"))
    lifted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (CheckConstraint("(child_id IS NULL) <> (guardian_id IS NULL)", name="one_subject"),)


class Enrolment(Base):
    """A child at a school in a school year, from a day to a day; `to_date` None is to the year's end."""

    __tablename__ = "enrolments"

    id: Mapped[Key]
    child_id: Mapped[ChildKey]
    school_id: Mapped[SchoolKey]
    year: Mapped[int]
    from_date: Mapped[date]
    to_date: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    __table_args__ = (
        Index(
            "uq_enrolments_open",
            "child_id",
            "school_id",
            "year",
            unique=True,
            sqlite_where=text("to_date IS NULL"),
            postgresql_where=text("to_date IS NULL"),
        ),
        Index("ix_enrolments_school_year", "school_id", "year", "child_id"),
        Index("ix_enrolments_child", "child_id", "year"),
    )
    __mapper_args__ = {"version_id_col": version}


class Placement(Base):
    """An enrolled child in a homeroom. One main placement is open at a time; special and exchange stand beside it."""

    __tablename__ = "placements"

    id: Mapped[Key]
    enrolment_id: Mapped[EnrolmentKey]
    school_id: Mapped[SchoolKey]
    homeroom_id: Mapped[int] = mapped_column(Id, ForeignKey("homerooms.id"))
    kind: Mapped[str] = mapped_column(default="main", server_default="main")
    student_number: Mapped[str] = mapped_column(default="", server_default="")
    from_date: Mapped[date]
    to_date: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    __table_args__ = (
        CheckConstraint("kind IN ('main', 'special', 'exchange')", name="kind"),
        Index(
            "uq_placements_main_open",
            "enrolment_id",
            unique=True,
            sqlite_where=text("kind = 'main' AND to_date IS NULL"),
            postgresql_where=text("kind = 'main' AND to_date IS NULL"),
        ),
        Index(
            "ix_placements_homeroom",
            "homeroom_id",
            "enrolment_id",
            sqlite_where=text("to_date IS NULL"),
            postgresql_where=text("to_date IS NULL"),
        ),
        Index("ix_placements_enrolment", "enrolment_id"),
    )
    __mapper_args__ = {"version_id_col": version}


class Membership(Base):
    """An enrolled child in a club or another group, from a day to a day."""

    __tablename__ = "memberships"

    id: Mapped[Key]
    enrolment_id: Mapped[EnrolmentKey]
    school_id: Mapped[SchoolKey]
    group_id: Mapped[int] = mapped_column(Id, ForeignKey("groups.id"))
    from_date: Mapped[date]
    to_date: Mapped[date | None]

    __table_args__ = (
        Index(
            "uq_memberships_open",
            "group_id",
            "enrolment_id",
            unique=True,
            sqlite_where=text("to_date IS NULL"),
            postgresql_where=text("to_date IS NULL"),
        ),
        Index("ix_memberships_enrolment", "enrolment_id"),
    )


class Guardian(Base):
    """Somebody who answers for children. `language` is the one notices reach them in."""

    __tablename__ = "guardians"

    id: Mapped[Key]
    family_name: Mapped[str]
    given_name: Mapped[str] = mapped_column(default="", server_default="")
    family_name_kana: Mapped[Kana] = mapped_column(default="", server_default="")
    given_name_kana: Mapped[Kana] = mapped_column(default="", server_default="")
    language: Mapped[str] = mapped_column(default="ja", server_default="ja")
    created_at: Mapped[Moment]
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    __mapper_args__ = {"version_id_col": version}


class GuardianReference(Base):
    """What another system calls a guardian (OneRoster `sourced_id`), as given by one school's files."""

    __tablename__ = "guardian_references"

    school_id: Mapped[SchoolKey] = mapped_column(primary_key=True)
    system: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(primary_key=True)
    guardian_id: Mapped[GuardianKey] = mapped_column(index=True)


class GuardianSchool(Base):
    """The schools that may see a guardian: kept with the enrolments of their children."""

    __tablename__ = "guardian_schools"

    school_id: Mapped[SchoolKey] = mapped_column(primary_key=True)
    guardian_id: Mapped[GuardianKey] = mapped_column(primary_key=True, index=True)


class Guardianship(Base):
    """A guardian of a child. `position` orders a child's guardians, 1 first."""

    __tablename__ = "guardianships"

    id: Mapped[Key]
    child_id: Mapped[ChildKey]
    guardian_id: Mapped[GuardianKey]
    relationship: Mapped[str] = mapped_column(default="", server_default="")
    position: Mapped[int] = mapped_column(default=1, server_default="1")
    do_not_contact: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    __table_args__ = (
        UniqueConstraint("child_id", "guardian_id"),
        Index("ix_guardianships_guardian", "guardian_id", "child_id"),
        Index(
            "ix_guardianships_barred",
            "guardian_id",
            sqlite_where=text("do_not_contact = 1"),
            postgresql_where=text("do_not_contact"),
        ),
    )
    __mapper_args__ = {"version_id_col": version}


class WaitingContact(Base):
    """A guardian of whom only an address is known, until somebody gives them their child (A4).

    They belong to a class, a group, or the school alone, in a school year, and are written to like its families.
    `name` stands as the file gave it, maybe empty; what staff make of it is the guardian's own name.
    """

    __tablename__ = "waiting_contacts"

    id: Mapped[Key]
    guardian_id: Mapped[GuardianKey]
    school_id: Mapped[SchoolKey]
    year: Mapped[int]
    homeroom_id: Mapped[int | None] = mapped_column(Id, ForeignKey("homerooms.id"))
    group_id: Mapped[int | None] = mapped_column(Id, ForeignKey("groups.id"))
    name: Mapped[str] = mapped_column(default="", server_default="")
    import_id: Mapped[int | None] = mapped_column(Id, ForeignKey("imports.id"), index=True)
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    __table_args__ = (
        CheckConstraint("homeroom_id IS NULL OR group_id IS NULL", name="one_place"),
        Index(
            "uq_waiting_contacts_homeroom",
            "homeroom_id",
            "guardian_id",
            unique=True,
            sqlite_where=text("homeroom_id IS NOT NULL"),
            postgresql_where=text("homeroom_id IS NOT NULL"),
        ),
        Index(
            "uq_waiting_contacts_group",
            "group_id",
            "year",
            "guardian_id",
            unique=True,
            sqlite_where=text("group_id IS NOT NULL"),
            postgresql_where=text("group_id IS NOT NULL"),
        ),
        Index(
            "uq_waiting_contacts_school",
            "school_id",
            "year",
            "guardian_id",
            unique=True,
            sqlite_where=text("homeroom_id IS NULL AND group_id IS NULL"),
            postgresql_where=text("homeroom_id IS NULL AND group_id IS NULL"),
        ),
        Index("ix_waiting_contacts_school_year", "school_id", "year", "guardian_id"),
        Index("ix_waiting_contacts_guardian", "guardian_id"),
    )
    __mapper_args__ = {"version_id_col": version}


class ContactPoint(Base):
    """A way to reach a guardian. `address` stands as typed; `lane` groups mail domains for connections and rates.

    It is usable when verified and not suppressed. Verified says since when somebody vouches for it: the guardian by a
    confirmation, or the school that entered or imported it.
    """

    __tablename__ = "contact_points"

    id: Mapped[Key]
    guardian_id: Mapped[GuardianKey]
    kind: Mapped[str]
    address: Mapped[str]
    lane: Mapped[str] = mapped_column(default="", server_default="")
    plain_text_only: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    verified_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    suppressed_reason: Mapped[str | None]
    suppressed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    __table_args__ = (
        UniqueConstraint("guardian_id", "kind", "address"),
        CheckConstraint("kind IN ('email', 'line', 'sms', 'phone', 'paper')", name="kind"),
        Index(
            "ix_contact_points_usable",
            "guardian_id",
            "kind",
            "address",
            sqlite_where=text(_USABLE),
            postgresql_where=text(_USABLE),
        ),
        Index("ix_contact_points_address", "kind", "address"),
    )
    __mapper_args__ = {"version_id_col": version}


class SearchKey(Base):
    """One normalised way to find somebody. `scope` is a school's id, 0 the whole city; `kind` child or guardian."""

    __tablename__ = "search_keys"

    scope: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(Ordered, primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    ref: Mapped[int] = mapped_column(Id, primary_key=True)

    __table_args__ = ({"sqlite_with_rowid": False},)


class SearchEntry(Base):
    """All by which one person is found, so that their search keys can be taken away without an index of their own.

    `scopes` are numbers between blanks (` 0 12 `), each with every one of the keys.
    """

    __tablename__ = "search_entries"

    kind: Mapped[str] = mapped_column(primary_key=True)
    ref: Mapped[int] = mapped_column(Id, primary_key=True)
    scopes: Mapped[str]
    keys: Mapped[list[str]] = mapped_column(Json)

    __table_args__ = ({"sqlite_with_rowid": False},)


class Import(Base):
    """One roster file taken in: who, when, what came of it."""

    __tablename__ = "imports"

    id: Mapped[Key]
    file_name: Mapped[str]
    content_hash: Mapped[str]
    imported_at: Mapped[Moment]
    imported_by: Mapped[str]
    result: Mapped[Document]
    undo: Mapped[Document]
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ImportBase(Base):
    """What the last import said of a child or guardian, so that later changes by people can be told from the file's."""

    __tablename__ = "import_bases"

    kind: Mapped[str] = mapped_column(primary_key=True)
    ref: Mapped[int] = mapped_column(Id, primary_key=True)
    school_id: Mapped[SchoolKey] = mapped_column(primary_key=True)
    import_id: Mapped[int] = mapped_column(Id, ForeignKey("imports.id"))
    values: Mapped[Document]


class RosterMapping(Base):
    """How a school's files name their columns, remembered for the next import."""

    __tablename__ = "roster_mappings"

    school_id: Mapped[SchoolKey] = mapped_column(primary_key=True)
    header_hash: Mapped[str] = mapped_column(primary_key=True)
    mapping: Mapped[Document]


class Undo(Base):
    """What a change of many rows replaced, for the ten minutes in which it can be taken back."""

    __tablename__ = "undos"

    id: Mapped[Key]
    verb: Mapped[str]
    made_at: Mapped[Moment]
    steps: Mapped[Document]
