"""The first start."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import create_engine, select, text

from desktop.domain.errors import UserError
from desktop.domain.staff import Role, Verb, may_somewhere
from desktop.services.settings import SettingsService
from desktop.services.setup import FirstStart, Setup
from desktop.services.staff import StaffService
from desktop.store import schema
from desktop.store.db import Store
from desktop.store.tables import School, SchoolYear
from tests.conftest import NOON, Clock

FORM = FirstStart(
    "みどり市",
    "ひがし小学校",
    "H001",
    "primary",
    "山田 花子",
    "hanako",
    "correct horse 7",
    "鈴木 一郎",
    "ichiro",
    "battery staple 9",
)


@pytest.fixture
def fresh(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    """A database that nobody has made yet."""
    store = Store(f"sqlite:///{tmp_path / 'new.db'}", clock=clock)
    yield store
    store.close()


def test_a_new_database_becomes_ready(fresh: Store, clock: Clock) -> None:
    setup = Setup(fresh, clock)
    assert setup.state() == "new"
    setup.create(practice=True)
    assert setup.state() == "new"
    setup.first_start(FORM)
    assert setup.state() == "ready"
    assert SettingsService(fresh, clock).all().practice


def test_a_first_start_makes_the_database_itself(fresh: Store, clock: Clock) -> None:
    Setup(fresh, clock).first_start(replace(FORM, practice=True))
    assert SettingsService(fresh, clock).all().practice


def test_making_it_again_changes_nothing_and_never_its_mode(fresh: Store, clock: Clock) -> None:
    setup = Setup(fresh, clock)
    setup.create(practice=False)
    setup.create(practice=False)
    with pytest.raises(UserError, match=r"database\.other_mode"):
        setup.create(practice=True)


def test_a_newer_database_is_refused(fresh: Store, clock: Clock) -> None:
    setup = Setup(fresh, clock)
    setup.create(practice=False)
    engine = create_engine(fresh.url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert setup.state() == "newer"
    with pytest.raises(UserError, match=r"database\.newer"):
        setup.create(practice=False)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    engine.dispose()
    assert setup.state() == "older"


def test_a_place_where_no_database_can_be_is_told_in_words(tmp_path: Path, clock: Clock) -> None:
    store = Store(f"sqlite:///{tmp_path / 'missing' / 'new.db'}", clock=clock)
    with pytest.raises(UserError, match=r"database\.unavailable"):
        Setup(store, clock).state()
    with pytest.raises(UserError, match=r"database\.unavailable"):
        Setup(store, clock).create(practice=False)


def test_the_first_start_makes_school_and_staff(store: Store, clock: Clock) -> None:
    administrator = Setup(store, clock).first_start(FORM)
    assert {grant.role for grant in administrator.grants} == {Role.ADMINISTRATOR, Role.CLERK}
    staff = StaffService(store, clock)
    assert staff.sign_in("hanako", "correct horse 7").grants == administrator.grants
    approver = staff.sign_in("ichiro", "battery staple 9")
    assert may_somewhere(approver, Verb.APPROVE_NOTICE, NOON.date())
    assert not staff.approver_missing()
    assert SettingsService(store, clock).get("city.name") == "みどり市"
    with store.read() as session:
        assert session.execute(select(School.code, School.name, School.kind)).one() == (
            "H001",
            "ひがし小学校",
            "primary",
        )
        assert session.scalars(select(SchoolYear.year)).all() == [2026]


def test_without_a_second_person_an_approver_is_missing(store: Store, clock: Clock) -> None:
    Setup(store, clock).first_start(replace(FORM, approver_name=None, approver_login="", approver_password=""))
    assert StaffService(store, clock).approver_missing()


def test_a_first_start_happens_once(store: Store, clock: Clock) -> None:
    Setup(store, clock).first_start(FORM)
    with pytest.raises(UserError, match=r"setup\.done"):
        Setup(store, clock).first_start(FORM)


def test_everything_that_is_wrong_is_told_at_once(store: Store, clock: Clock) -> None:
    form = replace(
        FORM,
        city=" 　",
        school_name="",
        school_code="H 1/2",
        admin_name="",
        admin_login="花子",
        admin_password="password",
        approver_name="",
        approver_login="花子",
        approver_password="ichiro",
    )
    setup = Setup(store, clock)
    assert {(problem.field, problem.code) for problem in setup.check(form)} == {
        ("city", "required"),
        ("school_name", "required"),
        ("school_code", "school.code_syntax"),
        ("admin_name", "required"),
        ("admin_login", "staff.login_syntax"),
        ("admin_password", "password.common"),
        ("approver_name", "required"),
        ("approver_login", "staff.login_syntax"),
        ("approver_login", "staff.login_twice"),
        ("approver_password", "password.too_short"),
    }
    assert setup.check(FORM) == []
    with pytest.raises(UserError, match=r"form\.invalid"):
        setup.first_start(form)


def test_the_head_that_is_known_is_the_newest(store: Store) -> None:
    assert schema.version(store.engine) == schema.HEAD
