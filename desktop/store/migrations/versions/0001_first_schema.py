"""The first schema: schools, people, notices, deliveries, staff and audit."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from desktop.store.tables.columns import UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
ORDERED = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

# Who wrote, edited or submitted a version of a notice cannot approve it: the last line of the two-person rule.
ANOTHER_SQLITE = """
CREATE TRIGGER approvals_by_another BEFORE INSERT ON approvals
WHEN EXISTS (
    SELECT 1 FROM notice_editors
    WHERE notice_id = NEW.notice_id AND edit = NEW.edit AND staff_id = NEW.approver_id
) OR EXISTS (
    SELECT 1 FROM submissions
    WHERE notice_id = NEW.notice_id AND edit = NEW.edit AND submitter_id = NEW.approver_id
)
BEGIN SELECT RAISE(ABORT, 'approvals_by_another'); END
"""
ANOTHER_POSTGRESQL = """
CREATE FUNCTION approvals_by_another() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM notice_editors
        WHERE notice_id = NEW.notice_id AND edit = NEW.edit AND staff_id = NEW.approver_id
    ) OR EXISTS (
        SELECT 1 FROM submissions
        WHERE notice_id = NEW.notice_id AND edit = NEW.edit AND submitter_id = NEW.approver_id
    ) THEN
        RAISE EXCEPTION 'approvals_by_another' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER approvals_by_another BEFORE INSERT OR UPDATE ON approvals
FOR EACH ROW EXECUTE FUNCTION approvals_by_another();
"""

KINDS = (
    ("announcement", {"ja": "お知らせ", "en": "Announcement", "vi": "Thông báo"}, False, None),
    ("closure", {"ja": "臨時休校", "en": "Temporary closure", "vi": "Nghỉ học đột xuất"}, True, 12),
    ("suspicious_person", {"ja": "不審者情報", "en": "Suspicious person", "vi": "Người khả nghi"}, True, 12),
    ("other", {"ja": "その他", "en": "Other", "vi": "Khác"}, False, None),
)


def upgrade() -> None:
    _create_tables()
    _create_account_tables()
    _create_line_tables()
    _create_sms_tables()
    postgresql_ = op.get_bind().dialect.name == "postgresql"
    op.execute(ANOTHER_POSTGRESQL if postgresql_ else ANOTHER_SQLITE)
    kinds = sa.table(
        "notice_kinds",
        sa.column("code", sa.Text()),
        sa.column("names", JSON),
        sa.column("urgent", sa.Boolean()),
        sa.column("useless_after_hours", sa.Integer()),
        sa.column("position", sa.Integer()),
    )
    op.bulk_insert(
        kinds,
        [
            {"code": code, "names": names, "urgent": urgent, "useless_after_hours": hours, "position": position}
            for position, (code, names, urgent, hours) in enumerate(KINDS, 1)
        ],
    )


def downgrade() -> None:
    for table in (
        "sms_reviews",
        "sms_replies",
        "sms_accounts",
        "sms_messages",
        "sms_blocks",
        "sms_pilot_phones",
        "sms_pilot_units",
        "mailbox_places",
        "incoming_messages",
        "line_links",
        "line_friends",
        "line_events",
        "registrations",
        "posts",
        "consents",
        "citizen_sessions",
        "account_addresses",
        "account_tokens",
        "attempts",
        "accounts",
        "delivery_recipients",
        "deliveries",
        "waiting_contacts",
        "saved_lists",
        "school_copies",
        "approved_others",
        "approvals",
        "submissions",
        "solo_releases",
        "recipients",
        "placements",
        "notice_texts",
        "notice_editors",
        "notice_children",
        "notice_attachments",
        "line_calls",
        "confirmations",
        "calls",
        "approved_children",
        "role_grants",
        "registration_codes",
        "notices",
        "memberships",
        "homerooms",
        "flags",
        "audit_events",
        "staff",
        "school_years",
        "roster_mappings",
        "import_bases",
        "guardianships",
        "guardian_schools",
        "guardian_references",
        "groups",
        "grades",
        "enrolments",
        "contact_points",
        "child_references",
        "workers",
        "settings",
        "search_keys",
        "search_entries",
        "schools",
        "notice_kinds",
        "installation",
        "undos",
        "imports",
        "guardians",
        "children",
        "channel_states",
    ):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION approvals_by_another()")


def _create_tables() -> None:
    op.create_table(
        "channel_states",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("stopped_reason", sa.Text(), nullable=True),
        sa.Column("stopped_at", UtcDateTime(), nullable=True),
        sa.Column("retry_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_channel_states")),
    )
    op.create_table(
        "children",
        sa.Column("id", ID, nullable=False),
        sa.Column("family_name", sa.Text(), nullable=False),
        sa.Column("given_name", sa.Text(), nullable=False),
        sa.Column("family_name_kana", ORDERED, server_default="", nullable=False),
        sa.Column("given_name_kana", ORDERED, server_default="", nullable=False),
        sa.Column("sex", sa.Text(), server_default="", nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("sex IN ('', 'male', 'female', 'other')", name=op.f("ck_children_sex")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_children")),
    )
    op.create_table(
        "guardians",
        sa.Column("id", ID, nullable=False),
        sa.Column("family_name", sa.Text(), nullable=False),
        sa.Column("given_name", sa.Text(), server_default="", nullable=False),
        sa.Column("family_name_kana", ORDERED, server_default="", nullable=False),
        sa.Column("given_name_kana", ORDERED, server_default="", nullable=False),
        sa.Column("language", sa.Text(), server_default="ja", nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guardians")),
    )
    op.create_table(
        "imports",
        sa.Column("id", ID, nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("imported_at", UtcDateTime(), nullable=False),
        sa.Column("imported_by", sa.Text(), nullable=False),
        sa.Column("result", JSON, nullable=False),
        sa.Column("undo", JSON, nullable=False),
        sa.Column("undone_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imports")),
    )
    op.create_table(
        "undos",
        sa.Column("id", ID, nullable=False),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("steps", JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_undos")),
    )
    op.create_table(
        "installation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.Text(), nullable=False),
        sa.Column("practice", sa.Boolean(), nullable=False),
        sa.Column("epoch", sa.Integer(), server_default="1", nullable=False),
        sa.Column("released", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("location", sa.Text(), nullable=False),
        sa.Column("held_at", UtcDateTime(), nullable=True),
        sa.Column("held_why", sa.Text(), nullable=True),
        sa.Column("known_until", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_installation_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installation")),
    )
    op.create_table(
        "notice_kinds",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("names", JSON, nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("useless_after_hours", sa.Integer(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("retired", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_notice_kinds")),
    )
    op.create_table(
        "schools",
        sa.Column("id", ID, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("mext_code", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), server_default="", nullable=False),
        sa.Column("email", sa.Text(), server_default="", nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("accepts_unseen", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "kind IN ('primary', 'junior_high', 'kindergarten', 'combined', 'special')", name=op.f("ck_schools_kind")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schools")),
        sa.UniqueConstraint("code", name=op.f("uq_schools_code")),
    )
    op.create_table(
        "search_keys",
        sa.Column("scope", ID, nullable=False),
        sa.Column("key", ORDERED, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ref", ID, nullable=False),
        sa.PrimaryKeyConstraint("scope", "key", "kind", "ref", name=op.f("pk_search_keys")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "search_entries",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ref", ID, nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("keys", JSON, nullable=False),
        sa.PrimaryKeyConstraint("kind", "ref", name=op.f("pk_search_entries")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "settings",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", JSON, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_settings")),
    )
    op.create_table(
        "workers",
        sa.Column("id", ID, nullable=False),
        sa.Column("uuid", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.Column("beats", sa.Integer(), server_default="0", nullable=False),
        sa.Column("stopped_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workers")),
        sa.UniqueConstraint("uuid", name=op.f("uq_workers_uuid")),
    )
    op.create_table(
        "child_references",
        sa.Column("school_id", ID, nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("child_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["child_id"], ["children.id"], name=op.f("fk_child_references_child_id")),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_child_references_school_id")),
        sa.PrimaryKeyConstraint("school_id", "system", "value", name=op.f("pk_child_references")),
    )
    op.create_index(op.f("ix_child_references_child_id"), "child_references", ["child_id"], unique=False)
    op.create_table(
        "contact_points",
        sa.Column("id", ID, nullable=False),
        sa.Column("guardian_id", ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("lane", sa.Text(), server_default="", nullable=False),
        sa.Column("plain_text_only", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("verified_at", UtcDateTime(), nullable=True),
        sa.Column("suppressed_reason", sa.Text(), nullable=True),
        sa.Column("suppressed_at", UtcDateTime(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("kind IN ('email', 'line', 'sms', 'phone', 'paper')", name=op.f("ck_contact_points_kind")),
        sa.ForeignKeyConstraint(["guardian_id"], ["guardians.id"], name=op.f("fk_contact_points_guardian_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_points")),
        sa.UniqueConstraint("guardian_id", "kind", "address", name=op.f("uq_contact_points_guardian_id_kind_address")),
    )
    op.create_index("ix_contact_points_address", "contact_points", ["kind", "address"], unique=False)
    op.create_index(
        "ix_contact_points_usable",
        "contact_points",
        ["guardian_id", "kind", "address"],
        unique=False,
        sqlite_where=sa.text("verified_at IS NOT NULL AND suppressed_reason IS NULL"),
        postgresql_where=sa.text("verified_at IS NOT NULL AND suppressed_reason IS NULL"),
    )
    op.create_table(
        "enrolments",
        sa.Column("id", ID, nullable=False),
        sa.Column("child_id", ID, nullable=False),
        sa.Column("school_id", ID, nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("from_date", sa.Date(), nullable=False),
        sa.Column("to_date", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(["child_id"], ["children.id"], name=op.f("fk_enrolments_child_id")),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_enrolments_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolments")),
    )
    op.create_index("ix_enrolments_school_year", "enrolments", ["school_id", "year", "child_id"], unique=False)
    op.create_index("ix_enrolments_child", "enrolments", ["child_id", "year"], unique=False)
    op.create_index(
        "uq_enrolments_open",
        "enrolments",
        ["child_id", "school_id", "year"],
        unique=True,
        sqlite_where=sa.text("to_date IS NULL"),
        postgresql_where=sa.text("to_date IS NULL"),
    )
    op.create_table(
        "grades",
        sa.Column("id", ID, nullable=False),
        sa.Column("school_id", ID, nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_grades_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grades")),
        sa.UniqueConstraint("school_id", "year", "code", name=op.f("uq_grades_school_id_year_code")),
    )
    op.create_table(
        "groups",
        sa.Column("id", ID, nullable=False),
        sa.Column("school_id", ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("kind IN ('club', 'other')", name=op.f("ck_groups_kind")),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_groups_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_groups")),
        sa.UniqueConstraint("school_id", "name", name=op.f("uq_groups_school_id_name")),
    )
    op.create_table(
        "guardian_references",
        sa.Column("school_id", ID, nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("guardian_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["guardian_id"], ["guardians.id"], name=op.f("fk_guardian_references_guardian_id")),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_guardian_references_school_id")),
        sa.PrimaryKeyConstraint("school_id", "system", "value", name=op.f("pk_guardian_references")),
    )
    op.create_index(op.f("ix_guardian_references_guardian_id"), "guardian_references", ["guardian_id"], unique=False)
    op.create_table(
        "guardian_schools",
        sa.Column("school_id", ID, nullable=False),
        sa.Column("guardian_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["guardian_id"], ["guardians.id"], name=op.f("fk_guardian_schools_guardian_id")),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_guardian_schools_school_id")),
        sa.PrimaryKeyConstraint("school_id", "guardian_id", name=op.f("pk_guardian_schools")),
    )
    op.create_index(op.f("ix_guardian_schools_guardian_id"), "guardian_schools", ["guardian_id"], unique=False)
    op.create_table(
        "guardianships",
        sa.Column("id", ID, nullable=False),
        sa.Column("child_id", ID, nullable=False),
        sa.Column("guardian_id", ID, nullable=False),
        sa.Column("relationship", sa.Text(), server_default="", nullable=False),
        sa.Column("position", sa.Integer(), server_default="1", nullable=False),
        sa.Column("do_not_contact", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(["child_id"], ["children.id"], name=op.f("fk_guardianships_child_id")),
        sa.ForeignKeyConstraint(["guardian_id"], ["guardians.id"], name=op.f("fk_guardianships_guardian_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guardianships")),
        sa.UniqueConstraint("child_id", "guardian_id", name=op.f("uq_guardianships_child_id_guardian_id")),
    )
    op.create_index(
        "ix_guardianships_barred",
        "guardianships",
        ["guardian_id"],
        unique=False,
        sqlite_where=sa.text("do_not_contact = 1"),
        postgresql_where=sa.text("do_not_contact"),
    )
    op.create_index("ix_guardianships_guardian", "guardianships", ["guardian_id", "child_id"], unique=False)
    op.create_table(
        "import_bases",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ref", ID, nullable=False),
        sa.Column("school_id", ID, nullable=False),
        sa.Column("import_id", ID, nullable=False),
        sa.Column("values", JSON, nullable=False),
        sa.ForeignKeyConstraint(["import_id"], ["imports.id"], name=op.f("fk_import_bases_import_id")),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_import_bases_school_id")),
        sa.PrimaryKeyConstraint("kind", "ref", "school_id", name=op.f("pk_import_bases")),
    )
    op.create_table(
        "roster_mappings",
        sa.Column("school_id", ID, nullable=False),
        sa.Column("header_hash", sa.Text(), nullable=False),
        sa.Column("mapping", JSON, nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_roster_mappings_school_id")),
        sa.PrimaryKeyConstraint("school_id", "header_hash", name=op.f("pk_roster_mappings")),
    )
    op.create_table(
        "school_years",
        sa.Column("id", ID, nullable=False),
        sa.Column("school_id", ID, nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_school_years_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_school_years")),
        sa.UniqueConstraint("school_id", "year", name=op.f("uq_school_years_school_id_year")),
    )
    op.create_table(
        "staff",
        sa.Column("id", ID, nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("lane", sa.Text(), server_default="", nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("guardian_id", ID, nullable=True),
        sa.Column("failed_logins", sa.Integer(), server_default="0", nullable=False),
        sa.Column("locked_until", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(["guardian_id"], ["guardians.id"], name=op.f("fk_staff_guardian_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("login", name=op.f("uq_staff_login")),
    )
    op.create_table(
        "audit_events",
        sa.Column("id", ID, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor_label", sa.Text(), nullable=False),
        sa.Column("staff_id", ID, nullable=True),
        sa.Column("via", sa.Text(), server_default="", nullable=False),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("subject_id", ID, nullable=True),
        sa.Column("school_id", ID, nullable=True),
        sa.Column("details", JSON, nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_audit_events_school_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_audit_events_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_events")),
    )
    op.create_index("ix_audit_events_at", "audit_events", ["at"], unique=False)
    op.create_index("ix_audit_events_subject", "audit_events", ["subject", "subject_id", "id"], unique=False)
    op.create_table(
        "flags",
        sa.Column("id", ID, nullable=False),
        sa.Column("child_id", ID, nullable=True),
        sa.Column("guardian_id", ID, nullable=True),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("until_date", sa.Date(), nullable=True),
        sa.Column("set_by", ID, nullable=False),
        sa.Column("set_at", UtcDateTime(), nullable=False),
        sa.Column("lifted_by", ID, nullable=True),
        sa.Column("lifted_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("(child_id IS NULL) <> (guardian_id IS NULL)", name=op.f("ck_flags_one_subject")),
        sa.ForeignKeyConstraint(["child_id"], ["children.id"], name=op.f("fk_flags_child_id")),
        sa.ForeignKeyConstraint(["guardian_id"], ["guardians.id"], name=op.f("fk_flags_guardian_id")),
        sa.ForeignKeyConstraint(["lifted_by"], ["staff.id"], name=op.f("fk_flags_lifted_by")),
        sa.ForeignKeyConstraint(["set_by"], ["staff.id"], name=op.f("fk_flags_set_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flags")),
    )
    op.create_index(op.f("ix_flags_child_id"), "flags", ["child_id"], unique=False)
    op.create_index(op.f("ix_flags_guardian_id"), "flags", ["guardian_id"], unique=False)
    op.create_table(
        "homerooms",
        sa.Column("id", ID, nullable=False),
        sa.Column("school_id", ID, nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("grade_id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("unplaced", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["grade_id"], ["grades.id"], name=op.f("fk_homerooms_grade_id")),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_homerooms_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_homerooms")),
        sa.UniqueConstraint("school_id", "year", "label", name=op.f("uq_homerooms_school_id_year_label")),
    )
    op.create_index(
        "uq_homerooms_unplaced",
        "homerooms",
        ["grade_id"],
        unique=True,
        sqlite_where=sa.text("unplaced"),
        postgresql_where=sa.text("unplaced"),
    )
    op.create_table(
        "memberships",
        sa.Column("id", ID, nullable=False),
        sa.Column("enrolment_id", ID, nullable=False),
        sa.Column("school_id", ID, nullable=False),
        sa.Column("group_id", ID, nullable=False),
        sa.Column("from_date", sa.Date(), nullable=False),
        sa.Column("to_date", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolments.id"], name=op.f("fk_memberships_enrolment_id")),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name=op.f("fk_memberships_group_id")),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_memberships_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memberships")),
    )
    op.create_index("ix_memberships_enrolment", "memberships", ["enrolment_id"], unique=False)
    op.create_index(
        "uq_memberships_open",
        "memberships",
        ["group_id", "enrolment_id"],
        unique=True,
        sqlite_where=sa.text("to_date IS NULL"),
        postgresql_where=sa.text("to_date IS NULL"),
    )
    op.create_table(
        "notices",
        sa.Column("id", ID, nullable=False),
        sa.Column("school_id", ID, nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("urgency", sa.Text(), nullable=True),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("channels", JSON, nullable=False),
        sa.Column("include", JSON, nullable=False),
        sa.Column("exclude", JSON, nullable=False),
        sa.Column("copies", JSON, nullable=False),
        sa.Column("send_at", UtcDateTime(), nullable=True),
        sa.Column("useless_after", UtcDateTime(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("edit", sa.Integer(), server_default="1", nullable=False),
        sa.Column("author_id", ID, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("returned_reason", sa.Text(), nullable=True),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("hold_reason", sa.Text(), nullable=True),
        sa.Column("drift", JSON, nullable=True),
        sa.Column("mail_domain", sa.Text(), nullable=True),
        sa.Column("epoch", sa.Integer(), server_default="1", nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=True),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "state IN ('draft', 'submitted', 'approved', 'sending', 'done', 'cancelled', 'stopped')",
            name=op.f("ck_notices_state"),
        ),
        sa.CheckConstraint("urgency IN ('normal', 'urgent')", name=op.f("ck_notices_urgency")),
        sa.ForeignKeyConstraint(["author_id"], ["staff.id"], name=op.f("fk_notices_author_id")),
        sa.ForeignKeyConstraint(["kind"], ["notice_kinds.code"], name=op.f("fk_notices_kind")),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_notices_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
    )
    op.create_index("ix_notices_school", "notices", ["school_id", "id"], unique=False)
    op.create_index("ix_notices_state_due", "notices", ["state", "due_at"], unique=False)
    op.create_table(
        "registration_codes",
        sa.Column("id", ID, nullable=False),
        sa.Column("school_id", ID, nullable=False),
        sa.Column("code_encrypted", sa.LargeBinary(), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("valid_from", UtcDateTime(), nullable=False),
        sa.Column("valid_until", UtcDateTime(), nullable=True),
        sa.Column("letters", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_registration_codes_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registration_codes")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_registration_codes_code_hash")),
    )
    op.create_index(
        "uq_registration_codes_current",
        "registration_codes",
        ["school_id"],
        unique=True,
        sqlite_where=sa.text("valid_until IS NULL"),
        postgresql_where=sa.text("valid_until IS NULL"),
    )
    op.create_table(
        "role_grants",
        sa.Column("id", ID, nullable=False),
        sa.Column("staff_id", ID, nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("scope_kind", sa.Text(), nullable=False),
        sa.Column("school_id", ID, nullable=True),
        sa.Column("ref", ID, nullable=True),
        sa.Column("from_date", sa.Date(), nullable=True),
        sa.Column("to_date", sa.Date(), nullable=True),
        sa.Column("granted_by", sa.Text(), nullable=False),
        sa.CheckConstraint("(scope_kind = 'city') = (school_id IS NULL)", name=op.f("ck_role_grants_school")),
        sa.CheckConstraint(
            "(scope_kind IN ('homeroom', 'group')) = (ref IS NOT NULL)", name=op.f("ck_role_grants_ref")
        ),
        sa.CheckConstraint(
            "role IN ('clerk', 'approver', 'helpdesk', 'reviewer', 'administrator')", name=op.f("ck_role_grants_role")
        ),
        sa.CheckConstraint(
            "scope_kind IN ('city', 'school', 'homeroom', 'group')", name=op.f("ck_role_grants_scope_kind")
        ),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_role_grants_school_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_role_grants_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_grants")),
        sa.UniqueConstraint(
            "staff_id",
            "role",
            "scope_kind",
            "school_id",
            "ref",
            "from_date",
            name=op.f("uq_role_grants_staff_id_role_scope_kind_school_id_ref_from_date"),
        ),
    )
    op.create_index(op.f("ix_role_grants_staff_id"), "role_grants", ["staff_id"], unique=False)
    op.create_table(
        "approved_children",
        sa.Column("notice_id", ID, nullable=False),
        sa.Column("child_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["child_id"], ["children.id"], name=op.f("fk_approved_children_child_id")),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name=op.f("fk_approved_children_notice_id")),
        sa.PrimaryKeyConstraint("notice_id", "child_id", name=op.f("pk_approved_children")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "calls",
        sa.Column("id", ID, nullable=False),
        sa.Column("notice_id", ID, nullable=False),
        sa.Column("child_id", ID, nullable=False),
        sa.Column("guardian_id", ID, nullable=True),
        sa.Column("called_by", ID, nullable=False),
        sa.Column("called_at", UtcDateTime(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["called_by"], ["staff.id"], name=op.f("fk_calls_called_by")),
        sa.ForeignKeyConstraint(["child_id"], ["children.id"], name=op.f("fk_calls_child_id")),
        sa.ForeignKeyConstraint(["guardian_id"], ["guardians.id"], name=op.f("fk_calls_guardian_id")),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name=op.f("fk_calls_notice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calls")),
    )
    op.create_index("ix_calls_notice_child", "calls", ["notice_id", "child_id"], unique=False)
    op.create_table(
        "confirmations",
        sa.Column("notice_id", ID, nullable=False),
        sa.Column("guardian_id", ID, nullable=False),
        sa.Column("means", sa.Text(), nullable=False),
        sa.Column("confirmed_at", UtcDateTime(), nullable=False),
        sa.Column("entered_by", ID, nullable=True),
        sa.ForeignKeyConstraint(["entered_by"], ["staff.id"], name=op.f("fk_confirmations_entered_by")),
        sa.ForeignKeyConstraint(["guardian_id"], ["guardians.id"], name=op.f("fk_confirmations_guardian_id")),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name=op.f("fk_confirmations_notice_id")),
        sa.PrimaryKeyConstraint("notice_id", "guardian_id", name=op.f("pk_confirmations")),
    )
    op.create_table(
        "line_calls",
        sa.Column("id", ID, nullable=False),
        sa.Column("notice_id", ID, nullable=False),
        sa.Column("retry_key", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("first_attempt_at", UtcDateTime(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("unknown", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name=op.f("fk_line_calls_notice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_line_calls")),
        sa.UniqueConstraint("retry_key", name=op.f("uq_line_calls_retry_key")),
    )
    op.create_index(op.f("ix_line_calls_notice_id"), "line_calls", ["notice_id"], unique=False)
    op.create_table(
        "notice_attachments",
        sa.Column("id", ID, nullable=False),
        sa.Column("notice_id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name=op.f("fk_notice_attachments_notice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_attachments")),
    )
    op.create_index(op.f("ix_notice_attachments_notice_id"), "notice_attachments", ["notice_id"], unique=False)
    op.create_table(
        "notice_children",
        sa.Column("notice_id", ID, nullable=False),
        sa.Column("child_id", ID, nullable=False),
        sa.Column("school_id", ID, nullable=False),
        sa.Column("homeroom_id", ID, nullable=True),
        sa.Column("student_number", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["child_id"], ["children.id"], name=op.f("fk_notice_children_child_id")),
        sa.ForeignKeyConstraint(["homeroom_id"], ["homerooms.id"], name=op.f("fk_notice_children_homeroom_id")),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name=op.f("fk_notice_children_notice_id")),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_notice_children_school_id")),
        sa.PrimaryKeyConstraint("notice_id", "child_id", name=op.f("pk_notice_children")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_notice_children_child_id"), "notice_children", ["child_id"], unique=False)
    op.create_table(
        "notice_editors",
        sa.Column("notice_id", ID, nullable=False),
        sa.Column("edit", sa.Integer(), nullable=False),
        sa.Column("staff_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name=op.f("fk_notice_editors_notice_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_notice_editors_staff_id")),
        sa.PrimaryKeyConstraint("notice_id", "edit", "staff_id", name=op.f("pk_notice_editors")),
    )
    op.create_table(
        "notice_texts",
        sa.Column("notice_id", ID, nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name=op.f("fk_notice_texts_notice_id")),
        sa.PrimaryKeyConstraint("notice_id", "language", name=op.f("pk_notice_texts")),
    )
    op.create_table(
        "placements",
        sa.Column("id", ID, nullable=False),
        sa.Column("enrolment_id", ID, nullable=False),
        sa.Column("school_id", ID, nullable=False),
        sa.Column("homeroom_id", ID, nullable=False),
        sa.Column("kind", sa.Text(), server_default="main", nullable=False),
        sa.Column("student_number", sa.Text(), server_default="", nullable=False),
        sa.Column("from_date", sa.Date(), nullable=False),
        sa.Column("to_date", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("kind IN ('main', 'special', 'exchange')", name=op.f("ck_placements_kind")),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolments.id"], name=op.f("fk_placements_enrolment_id")),
        sa.ForeignKeyConstraint(["homeroom_id"], ["homerooms.id"], name=op.f("fk_placements_homeroom_id")),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_placements_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_placements")),
    )
    op.create_index("ix_placements_enrolment", "placements", ["enrolment_id"], unique=False)
    op.create_index(
        "ix_placements_homeroom",
        "placements",
        ["homeroom_id", "enrolment_id"],
        unique=False,
        sqlite_where=sa.text("to_date IS NULL"),
        postgresql_where=sa.text("to_date IS NULL"),
    )
    op.create_index(
        "uq_placements_main_open",
        "placements",
        ["enrolment_id"],
        unique=True,
        sqlite_where=sa.text("kind = 'main' AND to_date IS NULL"),
        postgresql_where=sa.text("kind = 'main' AND to_date IS NULL"),
    )
    op.create_table(
        "recipients",
        sa.Column("id", ID, nullable=False),
        sa.Column("notice_id", ID, nullable=False),
        sa.Column("kind", sa.Text(), server_default="family", nullable=False),
        sa.Column("child_id", ID, nullable=True),
        sa.Column("guardian_id", ID, nullable=True),
        sa.Column("staff_id", ID, nullable=True),
        sa.Column("school_id", ID, nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "kind <> 'family' OR child_id IS NOT NULL OR guardian_id IS NOT NULL", name=op.f("ck_recipients_somebody")
        ),
        sa.CheckConstraint("kind IN ('family', 'staff', 'copy')", name=op.f("ck_recipients_kind")),
        sa.CheckConstraint("kind <> 'staff' OR staff_id IS NOT NULL", name=op.f("ck_recipients_staff")),
        sa.CheckConstraint(
            "kind <> 'copy' OR staff_id IS NOT NULL OR address IS NOT NULL", name=op.f("ck_recipients_copy")
        ),
        sa.ForeignKeyConstraint(["child_id"], ["children.id"], name=op.f("fk_recipients_child_id")),
        sa.ForeignKeyConstraint(["guardian_id"], ["guardians.id"], name=op.f("fk_recipients_guardian_id")),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name=op.f("fk_recipients_notice_id")),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_recipients_school_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_recipients_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recipients")),
        sa.UniqueConstraint(
            "notice_id", "child_id", "guardian_id", name=op.f("uq_recipients_notice_id_child_id_guardian_id")
        ),
    )
    op.create_index(
        "uq_recipients_address",
        "recipients",
        ["notice_id", "address"],
        unique=True,
        sqlite_where=sa.text("address IS NOT NULL"),
        postgresql_where=sa.text("address IS NOT NULL"),
    )
    op.create_index(
        "uq_recipients_staff",
        "recipients",
        ["notice_id", "kind", "staff_id"],
        unique=True,
        sqlite_where=sa.text("staff_id IS NOT NULL"),
        postgresql_where=sa.text("staff_id IS NOT NULL"),
    )
    op.create_index(
        "uq_recipients_waiting",
        "recipients",
        ["notice_id", "guardian_id"],
        unique=True,
        sqlite_where=sa.text("child_id IS NULL AND kind = 'family'"),
        postgresql_where=sa.text("child_id IS NULL AND kind = 'family'"),
    )
    op.create_index("ix_recipients_child", "recipients", ["child_id", "notice_id"], unique=False)
    op.create_index("ix_recipients_guardian", "recipients", ["guardian_id", "notice_id"], unique=False)
    op.create_index(
        "uq_recipients_nobody",
        "recipients",
        ["notice_id", "child_id"],
        unique=True,
        sqlite_where=sa.text("guardian_id IS NULL AND kind = 'family'"),
        postgresql_where=sa.text("guardian_id IS NULL AND kind = 'family'"),
    )
    op.create_table(
        "solo_releases",
        sa.Column("notice_id", ID, nullable=False),
        sa.Column("edit", sa.Integer(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("staff_id", ID, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("released_at", UtcDateTime(), nullable=False),
        sa.Column("reviewed_by", ID, nullable=True),
        sa.Column("reviewed_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("reviewed_by <> staff_id", name=op.f("ck_solo_releases_another_person")),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name=op.f("fk_solo_releases_notice_id")),
        sa.ForeignKeyConstraint(["reviewed_by"], ["staff.id"], name=op.f("fk_solo_releases_reviewed_by")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_solo_releases_staff_id")),
        sa.PrimaryKeyConstraint("notice_id", "edit", name=op.f("pk_solo_releases")),
    )
    op.create_table(
        "submissions",
        sa.Column("id", ID, nullable=False),
        sa.Column("notice_id", ID, nullable=False),
        sa.Column("edit", sa.Integer(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("submitter_id", ID, nullable=False),
        sa.Column("submitted_at", UtcDateTime(), nullable=False),
        sa.Column("children", sa.Integer(), nullable=False),
        sa.Column("passed_guards", JSON, nullable=False),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name=op.f("fk_submissions_notice_id")),
        sa.ForeignKeyConstraint(["submitter_id"], ["staff.id"], name=op.f("fk_submissions_submitter_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submissions")),
        sa.UniqueConstraint(
            "notice_id", "edit", "hash", "submitter_id", name=op.f("uq_submissions_notice_id_edit_hash_submitter_id")
        ),
    )
    op.create_table(
        "approvals",
        sa.Column("notice_id", ID, nullable=False),
        sa.Column("edit", sa.Integer(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("submitter_id", ID, nullable=False),
        sa.Column("approver_id", ID, nullable=False),
        sa.Column("approved_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("approver_id <> submitter_id", name=op.f("ck_approvals_another_person")),
        sa.ForeignKeyConstraint(["approver_id"], ["staff.id"], name=op.f("fk_approvals_approver_id")),
        sa.ForeignKeyConstraint(
            ["notice_id", "edit", "hash", "submitter_id"],
            ["submissions.notice_id", "submissions.edit", "submissions.hash", "submissions.submitter_id"],
            name=op.f("fk_approvals_notice_id_edit_hash_submitter_id"),
        ),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name=op.f("fk_approvals_notice_id")),
        sa.ForeignKeyConstraint(["submitter_id"], ["staff.id"], name=op.f("fk_approvals_submitter_id")),
        sa.PrimaryKeyConstraint("notice_id", "edit", name=op.f("pk_approvals")),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", ID, nullable=False),
        sa.Column("notice_id", ID, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("variant", sa.Text(), server_default="", nullable=False),
        sa.Column("kind", sa.Text(), server_default="family", nullable=False),
        sa.Column("languages", sa.Text(), nullable=False),
        sa.Column("plain", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("lane", sa.Text(), server_default="", nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("useless_after", UtcDateTime(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("in_doubt_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("worker_id", ID, nullable=True),
        sa.Column("lease_token", sa.Text(), nullable=True),
        sa.Column("leased_until", UtcDateTime(), nullable=True),
        sa.Column("line_call_id", ID, nullable=True),
        sa.Column("stage", sa.Text(), nullable=True),
        sa.Column("code", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("resent_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("settled_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "state IN ('due', 'leased', 'accepted', 'in_doubt', 'failed', 'bounced', 'expired', 'cancelled')",
            name=op.f("ck_deliveries_state"),
        ),
        sa.CheckConstraint("kind IN ('family', 'staff', 'copy')", name=op.f("ck_deliveries_kind")),
        sa.ForeignKeyConstraint(["line_call_id"], ["line_calls.id"], name=op.f("fk_deliveries_line_call_id")),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name=op.f("fk_deliveries_notice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint(
            "notice_id", "channel", "address", "variant", name=op.f("uq_deliveries_notice_id_channel_address_variant")
        ),
    )
    op.create_index(
        "ix_deliveries_doubted",
        "deliveries",
        ["notice_id", "state"],
        unique=False,
        sqlite_where=sa.text("in_doubt_count > 0"),
        postgresql_where=sa.text("in_doubt_count > 0"),
    )
    op.create_index(
        "ix_deliveries_due",
        "deliveries",
        ["channel", "lane", "urgent", "due_at", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'due'"),
        postgresql_where=sa.text("state = 'due'"),
    )
    op.create_index(
        "ix_deliveries_leased",
        "deliveries",
        ["leased_until"],
        unique=False,
        sqlite_where=sa.text("state = 'leased'"),
        postgresql_where=sa.text("state = 'leased'"),
    )
    op.create_index(
        "ix_deliveries_line_call",
        "deliveries",
        ["line_call_id"],
        unique=False,
        sqlite_where=sa.text("line_call_id IS NOT NULL"),
        postgresql_where=sa.text("line_call_id IS NOT NULL"),
    )
    op.create_index("ix_deliveries_notice", "deliveries", ["notice_id", "state", "channel", "kind"], unique=False)
    op.create_index(
        "ix_deliveries_useless",
        "deliveries",
        ["useless_after"],
        unique=False,
        sqlite_where=sa.text("state = 'due' AND useless_after IS NOT NULL"),
        postgresql_where=sa.text("state = 'due' AND useless_after IS NOT NULL"),
    )
    op.create_table(
        "delivery_recipients",
        sa.Column("delivery_id", ID, nullable=False),
        sa.Column("recipient_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], name=op.f("fk_delivery_recipients_delivery_id")),
        sa.ForeignKeyConstraint(["recipient_id"], ["recipients.id"], name=op.f("fk_delivery_recipients_recipient_id")),
        sa.PrimaryKeyConstraint("delivery_id", "recipient_id", name=op.f("pk_delivery_recipients")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_delivery_recipients_recipient_id"), "delivery_recipients", ["recipient_id"], unique=False)
    op.create_table(
        "approved_others",
        sa.Column("notice_id", ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ref", ID, nullable=False),
        sa.CheckConstraint("kind IN ('waiting', 'staff')", name=op.f("ck_approved_others_kind")),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name=op.f("fk_approved_others_notice_id")),
        sa.PrimaryKeyConstraint("notice_id", "kind", "ref", name=op.f("pk_approved_others")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "saved_lists",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("school_id", ID, nullable=True),
        sa.Column("include", JSON, nullable=False),
        sa.Column("exclude", JSON, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_saved_lists_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_lists")),
        sa.UniqueConstraint("name", name=op.f("uq_saved_lists_name")),
    )
    op.create_index(op.f("ix_saved_lists_school_id"), "saved_lists", ["school_id"], unique=False)
    op.create_table(
        "school_copies",
        sa.Column("id", ID, nullable=False),
        sa.Column("school_id", ID, nullable=True),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("lane", sa.Text(), server_default="", nullable=False),
        sa.Column("added_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_school_copies_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_school_copies")),
        sa.UniqueConstraint("school_id", "email", name=op.f("uq_school_copies_school_id_email")),
    )
    op.create_index(
        "uq_school_copies_city",
        "school_copies",
        ["email"],
        unique=True,
        sqlite_where=sa.text("school_id IS NULL"),
        postgresql_where=sa.text("school_id IS NULL"),
    )
    op.create_table(
        "waiting_contacts",
        sa.Column("id", ID, nullable=False),
        sa.Column("guardian_id", ID, nullable=False),
        sa.Column("school_id", ID, nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("homeroom_id", ID, nullable=True),
        sa.Column("group_id", ID, nullable=True),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("import_id", ID, nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("homeroom_id IS NULL OR group_id IS NULL", name=op.f("ck_waiting_contacts_one_place")),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name=op.f("fk_waiting_contacts_group_id")),
        sa.ForeignKeyConstraint(["guardian_id"], ["guardians.id"], name=op.f("fk_waiting_contacts_guardian_id")),
        sa.ForeignKeyConstraint(["homeroom_id"], ["homerooms.id"], name=op.f("fk_waiting_contacts_homeroom_id")),
        sa.ForeignKeyConstraint(["import_id"], ["imports.id"], name=op.f("fk_waiting_contacts_import_id")),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_waiting_contacts_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waiting_contacts")),
    )
    op.create_index("ix_waiting_contacts_guardian", "waiting_contacts", ["guardian_id"], unique=False)
    op.create_index(op.f("ix_waiting_contacts_import_id"), "waiting_contacts", ["import_id"], unique=False)
    op.create_index(
        "ix_waiting_contacts_school_year", "waiting_contacts", ["school_id", "year", "guardian_id"], unique=False
    )
    op.create_index(
        "uq_waiting_contacts_group",
        "waiting_contacts",
        ["group_id", "year", "guardian_id"],
        unique=True,
        sqlite_where=sa.text("group_id IS NOT NULL"),
        postgresql_where=sa.text("group_id IS NOT NULL"),
    )
    op.create_index(
        "uq_waiting_contacts_homeroom",
        "waiting_contacts",
        ["homeroom_id", "guardian_id"],
        unique=True,
        sqlite_where=sa.text("homeroom_id IS NOT NULL"),
        postgresql_where=sa.text("homeroom_id IS NOT NULL"),
    )
    op.create_index(
        "uq_waiting_contacts_school",
        "waiting_contacts",
        ["school_id", "year", "guardian_id"],
        unique=True,
        sqlite_where=sa.text("homeroom_id IS NULL AND group_id IS NULL"),
        postgresql_where=sa.text("homeroom_id IS NULL AND group_id IS NULL"),
    )


def _create_account_tables() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", ID, nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("plain_text_only", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("family_name", sa.Text(), nullable=False),
        sa.Column("given_name", sa.Text(), server_default="", nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("guardian_id", ID, nullable=True),
        sa.Column("state", sa.Text(), server_default="active", nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("origin IN ('email', 'sms')", name=op.f("ck_accounts_origin")),
        sa.CheckConstraint("state IN ('active', 'locked', 'closed')", name=op.f("ck_accounts_state")),
        sa.ForeignKeyConstraint(["guardian_id"], ["guardians.id"], name=op.f("fk_accounts_guardian_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("guardian_id", name=op.f("uq_accounts_guardian_id")),
        sa.UniqueConstraint("login", name=op.f("uq_accounts_login")),
    )
    op.create_table(
        "attempts",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("held_until", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("kind", "key", name=op.f("pk_attempts")),
    )
    op.create_index("ix_attempts_since", "attempts", ["since"], unique=False)
    op.create_table(
        "account_addresses",
        sa.Column("id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("plain_text_only", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("verified_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_account_addresses_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_addresses")),
        sa.UniqueConstraint("account_id", "address", name=op.f("uq_account_addresses_account_id_address")),
    )
    op.create_table(
        "account_tokens",
        sa.Column("id", ID, nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("account_id", ID, nullable=True),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("family_name", sa.Text(), server_default="", nullable=False),
        sa.Column("given_name", sa.Text(), server_default="", nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("terms_version", sa.Text(), nullable=True),
        sa.Column("useless", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=True),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "purpose IN ('activate', 'reset', 'add_address', 'change_login', 'first_log_in')",
            name=op.f("ck_account_tokens_purpose"),
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_account_tokens_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_tokens")),
    )
    op.create_index(op.f("ix_account_tokens_account_id"), "account_tokens", ["account_id"], unique=False)
    op.create_index("ix_account_tokens_expires", "account_tokens", ["expires_at"], unique=False)
    op.create_index("ix_account_tokens_login", "account_tokens", ["login", "id"], unique=False)
    op.create_table(
        "citizen_sessions",
        sa.Column("id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_citizen_sessions_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_citizen_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_citizen_sessions_token_hash")),
    )
    op.create_index(op.f("ix_citizen_sessions_account_id"), "citizen_sessions", ["account_id"], unique=False)
    op.create_index("ix_citizen_sessions_seen", "citizen_sessions", ["seen_at"], unique=False)
    op.create_table(
        "consents",
        sa.Column("account_id", ID, nullable=False),
        sa.Column("terms_version", sa.Text(), nullable=False),
        sa.Column("consented_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_consents_account_id")),
        sa.PrimaryKeyConstraint("account_id", "terms_version", name=op.f("pk_consents")),
    )
    op.create_table(
        "posts",
        sa.Column("id", ID, nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("parameters", JSON, nullable=False),
        sa.Column("token_id", ID, nullable=True),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="due", nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("useless_after", UtcDateTime(), nullable=False),
        sa.Column("lease_until", UtcDateTime(), nullable=True),
        sa.Column("lease", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("message_id", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("settled_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("state IN ('due', 'sent', 'failed', 'expired', 'taken_back')", name=op.f("ck_posts_state")),
        sa.ForeignKeyConstraint(["token_id"], ["account_tokens.id"], name=op.f("fk_posts_token_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posts")),
    )
    op.create_index("ix_posts_created", "posts", ["created_at"], unique=False)
    op.create_index(
        "ix_posts_due",
        "posts",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("state = 'due'"),
        postgresql_where=sa.text("state = 'due'"),
    )
    op.create_index(op.f("ix_posts_token_id"), "posts", ["token_id"], unique=False)
    op.create_table(
        "registrations",
        sa.Column("id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("form_token", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), server_default="new_child", nullable=False),
        sa.Column("state", sa.Text(), server_default="draft", nullable=False),
        sa.Column("family_name", sa.Text(), nullable=False),
        sa.Column("given_name", sa.Text(), nullable=False),
        sa.Column("family_name_kana", ORDERED, nullable=False),
        sa.Column("given_name_kana", ORDERED, nullable=False),
        sa.Column("kana_for_clerk", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("sex", sa.Text(), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("relationship", sa.Text(), nullable=False),
        sa.Column("school_id", ID, nullable=True),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("homeroom_id", ID, nullable=True),
        sa.Column("group_ids", JSON, nullable=False),
        sa.Column("student_number", sa.Text(), server_default="", nullable=False),
        sa.Column("code_id", ID, nullable=True),
        sa.Column("about_child_id", ID, nullable=True),
        sa.Column("old", JSON, nullable=False),
        sa.Column("closes_account", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("submitted_at", UtcDateTime(), nullable=True),
        sa.Column("looked_at", UtcDateTime(), nullable=True),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("decided_by", ID, nullable=True),
        sa.Column("carry_out_at", UtcDateTime(), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("child_id", ID, nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "decision IN ('accept_new', 'link', 'accept', 'refuse', 'ask_back')", name=op.f("ck_registrations_decision")
        ),
        sa.CheckConstraint(
            "kind IN ('new_child', 'second_parent', 'change', 'withdrawal')", name=op.f("ck_registrations_kind")
        ),
        sa.CheckConstraint(
            "(kind IN ('change', 'withdrawal')) = (about_child_id IS NOT NULL)", name=op.f("ck_registrations_about")
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'submitted', 'asked_back', 'accepted', 'refused', 'taken_back')",
            name=op.f("ck_registrations_state"),
        ),
        sa.CheckConstraint(
            "(school_id IS NULL) = (homeroom_id IS NULL) OR (about_child_id IS NOT NULL AND school_id IS NOT NULL)",
            name=op.f("ck_registrations_school"),
        ),
        sa.ForeignKeyConstraint(["about_child_id"], ["children.id"], name=op.f("fk_registrations_about_child_id")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_registrations_account_id")),
        sa.ForeignKeyConstraint(["child_id"], ["children.id"], name=op.f("fk_registrations_child_id")),
        sa.ForeignKeyConstraint(["code_id"], ["registration_codes.id"], name=op.f("fk_registrations_code_id")),
        sa.ForeignKeyConstraint(["decided_by"], ["staff.id"], name=op.f("fk_registrations_decided_by")),
        sa.ForeignKeyConstraint(["homeroom_id"], ["homerooms.id"], name=op.f("fk_registrations_homeroom_id")),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_registrations_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registrations")),
        sa.UniqueConstraint("account_id", "form_token", name=op.f("uq_registrations_account_id_form_token")),
    )
    op.create_index(op.f("ix_registrations_about_child_id"), "registrations", ["about_child_id"], unique=False)
    op.create_index(
        "ix_registrations_arrived",
        "registrations",
        ["submitted_at"],
        unique=False,
        sqlite_where=sa.text("state = 'submitted' AND looked_at IS NULL"),
        postgresql_where=sa.text("state = 'submitted' AND looked_at IS NULL"),
    )
    op.create_index(
        "ix_registrations_carry_out",
        "registrations",
        ["carry_out_at"],
        unique=False,
        sqlite_where=sa.text("carry_out_at IS NOT NULL"),
        postgresql_where=sa.text("carry_out_at IS NOT NULL"),
    )
    op.create_index(op.f("ix_registrations_child_id"), "registrations", ["child_id"], unique=False)
    op.create_index(
        "ix_registrations_queue",
        "registrations",
        ["school_id", "submitted_at"],
        unique=False,
        sqlite_where=sa.text("state = 'submitted'"),
        postgresql_where=sa.text("state = 'submitted'"),
    )
    op.create_index("ix_registrations_twice", "registrations", ["school_id", "birth_date"], unique=False)


def _create_line_tables() -> None:
    op.create_table(
        "line_events",
        sa.Column("id", ID, nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("lease", sa.Text(), nullable=True),
        sa.Column("lease_until", UtcDateTime(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("unsure", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("retry_key", sa.Text(), nullable=True),
        sa.Column("call_body", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("settled_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'answering', 'done', 'ignored', 'failed')", name=op.f("ck_line_events_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_line_events")),
        sa.UniqueConstraint("event_id", name=op.f("uq_line_events_event_id")),
    )
    op.create_index(
        "ix_line_events_open",
        "line_events",
        ["due_at", "at"],
        unique=False,
        sqlite_where=sa.text("settled_at IS NULL"),
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    op.create_index("ix_line_events_received", "line_events", ["received_at"], unique=False)
    op.create_table(
        "line_friends",
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("is_friend", sa.Boolean(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_line_friends")),
    )
    op.create_table(
        "line_links",
        sa.Column("account_id", ID, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=True),
        sa.Column("nonce_hash", sa.Text(), nullable=True),
        sa.Column("nonce_until", UtcDateTime(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("invited_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "state IN ('friend', 'linking', 'linked', 'refused', 'unlinked')", name=op.f("ck_line_links_state")
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_line_links_account_id")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_line_links")),
        sa.UniqueConstraint("user_id", name=op.f("uq_line_links_user_id")),
        sa.UniqueConstraint("nonce_hash", name=op.f("uq_line_links_nonce_hash")),
    )
    op.create_index("ix_line_links_state", "line_links", ["state", "changed_at"], unique=False)
    op.create_table(
        "incoming_messages",
        sa.Column("id", ID, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("message_ref", sa.Text(), nullable=True),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), server_default="", nullable=False),
        sa.Column("words", sa.Text(), server_default="", nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("answered", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("handled_at", UtcDateTime(), nullable=True),
        sa.Column("handled_by", ID, nullable=True),
        sa.CheckConstraint("channel IN ('line', 'email')", name=op.f("ck_incoming_messages_channel")),
        sa.ForeignKeyConstraint(["handled_by"], ["staff.id"], name=op.f("fk_incoming_messages_handled_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incoming_messages")),
    )
    op.create_index("uq_incoming_messages_source", "incoming_messages", ["channel", "source_id"], unique=True)
    op.create_index("ix_incoming_messages_ref", "incoming_messages", ["message_ref"], unique=False)
    op.create_index("ix_incoming_messages_received", "incoming_messages", ["received_at"], unique=False)
    op.create_index(
        "ix_incoming_messages_sender", "incoming_messages", ["channel", "sender", "received_at"], unique=False
    )
    op.create_table(
        "mailbox_places",
        sa.Column("mailbox", sa.Text(), nullable=False),
        sa.Column("uid_validity", ID, nullable=False),
        sa.Column("last_uid", ID, nullable=False),
        sa.Column("read_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("mailbox", name=op.f("pk_mailbox_places")),
    )


def _create_sms_tables() -> None:
    op.create_table(
        "sms_pilot_units",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sms_pilot_units")),
        sa.UniqueConstraint("name", name=op.f("uq_sms_pilot_units_name")),
    )
    op.create_table(
        "sms_pilot_phones",
        sa.Column("unit_id", ID, nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["sms_pilot_units.id"], name=op.f("fk_sms_pilot_phones_unit_id")),
        sa.PrimaryKeyConstraint("unit_id", "phone", name=op.f("pk_sms_pilot_phones")),
    )
    op.create_index("ix_sms_pilot_phones_phone", "sms_pilot_phones", ["phone"], unique=False)
    op.create_table(
        "sms_blocks",
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("blocked_by", ID, nullable=True),
        sa.Column("blocked_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["blocked_by"], ["staff.id"], name=op.f("fk_sms_blocks_blocked_by")),
        sa.PrimaryKeyConstraint("phone", name=op.f("pk_sms_blocks")),
    )
    op.create_table(
        "sms_messages",
        sa.Column("id", ID, nullable=False),
        sa.Column("gateway", sa.Text(), nullable=False),
        sa.Column("gateway_id", sa.Text(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("network", sa.Text(), server_default="", nullable=False),
        sa.Column("sealed_text", sa.Text(), nullable=False),
        sa.Column("text_hash", sa.Text(), nullable=False),
        sa.Column("corrected", sa.Text(), nullable=True),
        sa.Column("sent_at", UtcDateTime(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("rule", sa.Text(), nullable=True),
        sa.Column("account_id", ID, nullable=True),
        sa.Column("duplicate_of", ID, nullable=True),
        sa.Column("fee", sa.Integer(), server_default="0", nullable=False),
        sa.Column("processed_at", UtcDateTime(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("(state = 'waiting') = (rule IS NULL)", name=op.f("ck_sms_messages_rule")),
        sa.CheckConstraint(
            "state IN ('waiting', 'read', 'answered', 'refused', 'duplicate', 'held', 'gateway_error')",
            name=op.f("ck_sms_messages_state"),
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_sms_messages_account_id")),
        sa.ForeignKeyConstraint(["duplicate_of"], ["sms_messages.id"], name=op.f("fk_sms_messages_duplicate_of")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sms_messages")),
        sa.UniqueConstraint("gateway", "gateway_id", name=op.f("uq_sms_messages_gateway_gateway_id")),
    )
    op.create_index(op.f("ix_sms_messages_account_id"), "sms_messages", ["account_id"], unique=False)
    op.create_index(
        "ix_sms_messages_received", "sms_messages", ["received_at", "id", "rule", "network", "fee"], unique=False
    )
    op.create_index("ix_sms_messages_rule", "sms_messages", ["rule", "received_at", "id"], unique=False)
    op.create_index(
        "ix_sms_messages_replied",
        "sms_messages",
        ["sender", "processed_at"],
        unique=False,
        sqlite_where=sa.text("rule IN ('account', 'repeated', 'syntax', 'id_taken', 'phone_taken', 'pilot')"),
        postgresql_where=sa.text("rule IN ('account', 'repeated', 'syntax', 'id_taken', 'phone_taken', 'pilot')"),
    )
    op.create_index("ix_sms_messages_sender", "sms_messages", ["sender", "sent_at"], unique=False)
    op.create_index("ix_sms_messages_state", "sms_messages", ["state", "received_at", "id"], unique=False)
    op.create_index(
        "ix_sms_messages_waiting",
        "sms_messages",
        ["id"],
        unique=False,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "sms_accounts",
        sa.Column("account_id", ID, nullable=False),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("id_hash", sa.Text(), nullable=True),
        sa.Column("sealed_id", sa.Text(), nullable=True),
        sa.Column("id_last3", sa.Text(), nullable=False),
        sa.Column("name_typed", sa.Text(), nullable=False),
        sa.Column("name_plain", sa.Text(), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=False),
        sa.Column("message_id", ID, nullable=True),
        sa.Column("issue", sa.Integer(), server_default="1", nullable=False),
        sa.Column("reissues", sa.Integer(), server_default="0", nullable=False),
        sa.Column("issue_sent_at", UtcDateTime(), nullable=True),
        sa.Column("issue_expires_at", UtcDateTime(), nullable=True),
        sa.Column("own_password_at", UtcDateTime(), nullable=True),
        sa.Column("lock_reason", sa.Text(), nullable=True),
        sa.Column("lock_note", sa.Text(), server_default="", nullable=False),
        sa.Column("verified_at", UtcDateTime(), nullable=True),
        sa.Column("verified_by", ID, nullable=True),
        sa.Column("verified_document", sa.Text(), nullable=True),
        sa.Column("verified_place", sa.Text(), nullable=True),
        sa.Column("verified_note", sa.Text(), server_default="", nullable=False),
        sa.Column("postal_address", sa.Text(), server_default="", nullable=False),
        sa.Column("completed_at", UtcDateTime(), nullable=True),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("lock_reason IN ('unchanged', 'staff')", name=op.f("ck_sms_accounts_lock_reason")),
        sa.CheckConstraint("(verified_at IS NULL) = (verified_by IS NULL)", name=op.f("ck_sms_accounts_verified")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_sms_accounts_account_id")),
        sa.ForeignKeyConstraint(["message_id"], ["sms_messages.id"], name=op.f("fk_sms_accounts_message_id")),
        sa.ForeignKeyConstraint(["verified_by"], ["staff.id"], name=op.f("fk_sms_accounts_verified_by")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_sms_accounts")),
        sa.UniqueConstraint("id_hash", name=op.f("uq_sms_accounts_id_hash")),
    )
    op.create_index(
        "ix_sms_accounts_expiring",
        "sms_accounts",
        ["issue_expires_at"],
        unique=False,
        sqlite_where=sa.text("own_password_at IS NULL"),
        postgresql_where=sa.text("own_password_at IS NULL"),
    )
    op.create_index(
        "ix_sms_accounts_listed",
        "sms_accounts",
        [
            "account_id",
            "closed_at",
            "own_password_at",
            "lock_reason",
            "verified_at",
            "reissues",
            "issue_sent_at",
            "issue_expires_at",
        ],
        unique=False,
    )
    op.create_index(
        "ix_sms_accounts_verified",
        "sms_accounts",
        ["verified_by", "verified_at"],
        unique=False,
        sqlite_where=sa.text("verified_by IS NOT NULL"),
        postgresql_where=sa.text("verified_by IS NOT NULL"),
    )
    op.create_table(
        "sms_replies",
        sa.Column("id", ID, nullable=False),
        sa.Column("message_id", ID, nullable=True),
        sa.Column("account_id", ID, nullable=True),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("issue", sa.Integer(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), server_default="send", nullable=False),
        sa.Column("state", sa.Text(), server_default="due", nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", ID, nullable=True),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("useless_after", UtcDateTime(), nullable=False),
        sa.Column("lease", sa.Text(), nullable=True),
        sa.Column("lease_until", UtcDateTime(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("gateway", sa.Text(), nullable=True),
        sa.Column("gateway_ref", sa.Text(), nullable=True),
        sa.Column("encoding", sa.Text(), nullable=True),
        sa.Column("parts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("cost", sa.Integer(), server_default="0", nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("settled_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "(issue IS NULL) = (template NOT IN ('account', 'reissued'))", name=op.f("ck_sms_replies_issue")
        ),
        sa.CheckConstraint(
            "state IN ('due', 'sent', 'delivered', 'failed', 'cancelled')", name=op.f("ck_sms_replies_state")
        ),
        sa.CheckConstraint("way IN ('send', 'answer')", name=op.f("ck_sms_replies_way")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_sms_replies_account_id")),
        sa.ForeignKeyConstraint(["created_by"], ["staff.id"], name=op.f("fk_sms_replies_created_by")),
        sa.ForeignKeyConstraint(["message_id"], ["sms_messages.id"], name=op.f("fk_sms_replies_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sms_replies")),
    )
    op.create_index(op.f("ix_sms_replies_account_id"), "sms_replies", ["account_id"], unique=False)
    op.create_index(
        "ix_sms_replies_due",
        "sms_replies",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("state = 'due'"),
        postgresql_where=sa.text("state = 'due'"),
    )
    op.create_index(op.f("ix_sms_replies_message_id"), "sms_replies", ["message_id"], unique=False)
    op.create_index("ix_sms_replies_sent", "sms_replies", ["sent_at", "phone", "parts", "cost"], unique=False)
    op.create_table(
        "sms_reviews",
        sa.Column("id", ID, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("message_id", ID, nullable=True),
        sa.Column("account_id", ID, nullable=True),
        sa.Column("times", sa.Integer(), server_default="1", nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("last_at", UtcDateTime(), nullable=False),
        sa.Column("settled_at", UtcDateTime(), nullable=True),
        sa.Column("settled_by", ID, nullable=True),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_sms_reviews_account_id")),
        sa.ForeignKeyConstraint(["message_id"], ["sms_messages.id"], name=op.f("fk_sms_reviews_message_id")),
        sa.ForeignKeyConstraint(["settled_by"], ["staff.id"], name=op.f("fk_sms_reviews_settled_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sms_reviews")),
    )
    op.create_index(op.f("ix_sms_reviews_account_id"), "sms_reviews", ["account_id"], unique=False)
    op.create_index("ix_sms_reviews_message", "sms_reviews", ["message_id"], unique=False)
    op.create_index(
        "uq_sms_reviews_open",
        "sms_reviews",
        ["reason", "subject"],
        unique=True,
        sqlite_where=sa.text("settled_at IS NULL"),
        postgresql_where=sa.text("settled_at IS NULL"),
    )
