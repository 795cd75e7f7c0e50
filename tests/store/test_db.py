"""What the one way to the database promises."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import DBAPIError

from desktop.domain.errors import UserError
from desktop.store import audit, db
from desktop.store.db import Store, Touched
from desktop.store.tables import AuditEvent, School
from tests.make import Make


def _add_school(store: Store, make: Make, code: str = "H001") -> int:
    with store.write(make.principal()) as session:
        school = make.school(session, code)
        audit.record(session, "added", "school", school.id, school=school.id)
        return school.id


def test_every_write_leaves_who_did_it(store: Store, make: Make) -> None:
    school = _add_school(store, make)
    with store.read() as session:
        event = session.scalars(select(AuditEvent)).one()
    assert (event.actor_label, event.verb, event.subject, event.subject_id) == ("tests", "added", "school", school)


def test_a_write_without_an_audit_event_is_a_bug(store: Store, make: Make) -> None:
    with pytest.raises(RuntimeError, match="no audit event"), store.write(make.principal()) as session:
        make.school(session)
    with store.read() as session:
        assert session.scalars(select(School)).all() == []


def test_a_commit_says_what_it_wrote(store: Store, make: Make, seen: list[Touched]) -> None:
    school = _add_school(store, make)
    assert ("school_years", school) in seen[-1]
    assert ("schools", None) in seen[-1]


def test_a_rollback_says_nothing(store: Store, make: Make, seen: list[Touched]) -> None:
    with pytest.raises(ZeroDivisionError), store.write(make.principal()) as session:
        make.school(session)
        raise ZeroDivisionError
    assert seen == []


def test_bulk_statements_are_announced_too(store: Store, make: Make, seen: list[Touched]) -> None:
    _add_school(store, make)
    with store.bookkeep() as session:
        session.execute(update(School).values(name="にし小"))
    assert seen[-1] == {("schools", None)}
    with store.bookkeep() as session:
        session.execute(insert(School.metadata.tables["schools"]), [{"code": "H009", "name": "x", "kind": "primary"}])
        db.touch(session, "schools", school=9)
    assert seen[-1] == {("schools", 9)}


def test_a_note_survives_its_journey_through_the_database() -> None:
    touched: Touched = frozenset({("schools", 3), ("children", None)})
    assert db.read_payload(db._payload(set(touched))) == touched
    many = {("children", number) for number in range(5000)}
    assert db.read_payload(db._payload(set(many))) == {("children", None)}


def test_of_two_who_edit_the_second_is_told(store: Store, make: Make) -> None:
    school = _add_school(store, make)
    with pytest.raises(UserError) as refused, store.write(make.principal()) as session:
        row = session.get_one(School, school)
        audit.require_version(session, "school", school, seen=row.version - 1, current=row.version)
    assert refused.value.code == "changed_elsewhere"
    assert refused.value.details["who"] == "tests"


def test_no_update_is_lost(store: Store, make: Make) -> None:
    _add_school(store, make)

    def count() -> None:
        done = 0
        while done < 10:
            try:
                with store.bookkeep() as session:
                    row = session.scalars(select(School)).one()
                    row.phone = str(int(row.phone or 0) + 1) if row.phone.isdigit() else "1"
            except UserError as error:
                assert error.code == "changed_elsewhere"  # noqa: PT017 - a lost race, to be run again
            else:
                done += 1

    threads = [Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.read() as session:
        assert session.scalars(select(School.phone)).one() == "40"


def test_a_locked_database_is_said_to_be_busy(sqlite_url: str, make: Make) -> None:
    store = Store(sqlite_url, busy_seconds=0.05)
    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(UserError) as refused, store.write(make.principal()) as session:
            session.scalars(select(School)).all()
        other.execute("ROLLBACK")
    assert refused.value.code == "database.busy"
    store.close()


def test_a_missing_server_is_said_to_be_away(make: Make) -> None:
    store = Store("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    with pytest.raises(UserError) as refused, store.write(make.principal()) as session:
        session.scalars(select(School)).all()
    assert refused.value.code == "database.unavailable"
    store.close()


def test_an_empty_file_is_said_to_be_no_database_yet(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'new.db'}")
    with pytest.raises(UserError) as refused, store.read() as session:
        session.scalars(select(School)).all()
    assert refused.value.code == "database.not_initialised"
    store.close()


def test_a_wrong_statement_is_a_bug_and_no_trouble_with_the_line(store: Store) -> None:
    for statement in ("SELECT nothing FROM schools", "SELEKT 1"):
        with pytest.raises(DBAPIError), store.read() as session:
            session.execute(text(statement))


def test_moments_come_back_aware_and_in_utc(store: Store, make: Make) -> None:
    _add_school(store, make)
    with store.read() as session:
        at = session.scalars(select(AuditEvent.at)).one()
    assert at == datetime(2026, 11, 20, 3, tzinfo=UTC)
    assert at.utcoffset() is not None


def test_a_transaction_that_fell_asleep_lets_others_go_on(
    postgres_store: Store, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    school = _add_school(postgres_store, make)
    monkeypatch.setattr(db, "ASLEEP_AFTER_S", 0.2)
    sleeper = Store(postgres_store.engine.url.render_as_string(hide_password=False))
    change = update(School).where(School.id == school)
    with pytest.raises(UserError, match="database"), sleeper.bookkeep() as asleep:
        asleep.execute(change.values(name="never"))
        with postgres_store.bookkeep() as session:  # waits for the row, until the sleeper is cut off
            session.execute(change.values(name="にし小学校"))
        asleep.execute(select(School.id))
    sleeper.close()
    with postgres_store.read() as session:
        assert session.scalars(select(School.name)).one() == "にし小学校"


def test_a_file_that_went_away_is_never_made_anew(sqlite_store: Store, sqlite_url: str) -> None:
    with sqlite_store.read() as session:
        session.scalars(select(School)).all()
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    file.rename(file.with_name("elsewhere.db"))
    with pytest.raises(UserError, match=r"database\.unavailable"), sqlite_store.read() as session:
        session.scalars(select(School)).all()
    assert not file.exists()
