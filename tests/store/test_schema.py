"""The database is made, upgraded, refused and taken down as it should be, with data, on both engines."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, inspect, text
from sqlalchemy.exc import DatabaseError

from desktop.domain.errors import UserError
from desktop.domain.staff import Role
from desktop.store import audit, schema
from desktop.store.db import Store
from desktop.store.tables import Approval, Base, Installation, Notice, NoticeEditor, NoticeKind, Submission
from tests.make import Make


@pytest.fixture(params=["sqlite", "postgresql"])
def bare(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An engine on a database without any table."""
    if request.param == "sqlite":
        engine = create_engine(f"sqlite:///{tmp_path / 'bare.db'}")
        yield engine
        engine.dispose()
        return
    url: str = request.getfixturevalue("postgres_url")
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text("DROP DATABASE IF EXISTS bare"))
        connection.execute(text("CREATE DATABASE bare"))
    engine = create_engine(admin.url.set(database="bare"))
    yield engine
    engine.dispose()
    with admin.connect() as connection:
        connection.execute(text("DROP DATABASE bare"))
    admin.dispose()


def test_the_scripts_end_at_the_version_the_program_knows() -> None:
    settings = Config()
    settings.set_main_option("script_location", str(schema.MIGRATIONS))
    assert ScriptDirectory.from_config(settings).get_current_head() == schema.HEAD


def test_the_migrated_database_equals_the_tables(bare: Engine) -> None:
    schema.upgrade(bare)
    with bare.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, Base.metadata) == []


def test_every_step_goes_up_and_down_with_data(bare: Engine) -> None:
    schema.upgrade(bare)
    with bare.begin() as connection:
        connection.execute(text("INSERT INTO schools (code, name, kind) VALUES ('H001', 'ひがし小', 'primary')"))
    schema.downgrade(bare, "base")
    assert set(inspect(bare).get_table_names()) <= {"alembic_version"}
    schema.upgrade(bare)
    with bare.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM schools")).scalar_one() == 0
        assert connection.execute(text("SELECT count(*) FROM notice_kinds")).scalar_one() == 4


def test_upgrading_twice_changes_nothing(bare: Engine) -> None:
    schema.upgrade(bare)
    schema.upgrade(bare)
    schema.require_current(bare)


def test_a_newer_database_is_refused(bare: Engine) -> None:
    schema.upgrade(bare)
    with bare.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for attempt in (schema.require_current, schema.upgrade):
        with pytest.raises(UserError) as refused:
            attempt(bare)
        assert refused.value.code == "database.newer"


def test_an_empty_database_is_told_apart(bare: Engine) -> None:
    with pytest.raises(UserError) as refused:
        schema.require_current(bare)
    assert refused.value.code == "database.not_initialised"


def test_practice_is_fixed_when_a_database_is_made(store: Store, make: Make) -> None:
    with store.bookkeep() as session:
        make.installation(session, practice=True)
    with pytest.raises(UserError) as refused, store.bookkeep() as session:
        schema.found_installation(session, practice=False)
    assert refused.value.code == "database.other_mode"
    with store.read() as session:
        assert schema.installation(session).epoch == 1
        assert session.get_one(Installation, 1).location == schema.location(session)


def _submitted(store: Store, make: Make) -> tuple[int, int, int]:
    """A notice written by one person and submitted by another; gives notice, author and submitter."""
    with store.write(make.principal()) as session:
        kind = session.get_one(NoticeKind, "announcement")
        author, submitter = make.staff(session, Role.CLERK), make.staff(session, Role.CLERK)
        assert author.staff_id
        assert submitter.staff_id
        moment = datetime(2026, 11, 20, tzinfo=UTC)
        notice = Notice(
            kind=kind.code,
            urgent=False,
            channels=["email"],
            include=["city"],
            exclude=[],
            state="submitted",
            author_id=author.staff_id,
            created_at=moment,
            updated_at=moment,
        )
        session.add(notice)
        session.flush()
        session.add(NoticeEditor(notice_id=notice.id, edit=1, staff_id=author.staff_id))
        session.add(
            Submission(
                notice_id=notice.id,
                edit=1,
                hash="h",
                submitter_id=submitter.staff_id,
                submitted_at=moment,
                children=1,
                passed_guards={},
            )
        )
        audit.record(session, "made", "notice", notice.id)
        return notice.id, author.staff_id, submitter.staff_id


def _approve(store: Store, make: Make, notice: int, approver: int, submitter: int, digest: str = "h") -> None:
    with store.write(make.principal()) as session:
        session.add(
            Approval(
                notice_id=notice,
                edit=1,
                hash=digest,
                submitter_id=submitter,
                approver_id=approver,
                approved_at=datetime(2026, 11, 20, tzinfo=UTC),
            )
        )
        audit.record(session, "approved", "notice", notice)


def test_the_tables_let_only_another_person_approve(store: Store, make: Make) -> None:
    notice, author, submitter = _submitted(store, make)
    with store.write(make.principal()) as session:
        third = make.staff(session, Role.APPROVER).staff_id
        audit.record(session, "added", "staff")
    assert third
    for culprit in (author, submitter):
        with pytest.raises(DatabaseError):
            _approve(store, make, notice, culprit, submitter)
    with pytest.raises(DatabaseError):
        _approve(store, make, notice, third, submitter, digest="another content")
    _approve(store, make, notice, third, submitter)
