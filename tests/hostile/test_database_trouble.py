"""A database file that is damaged, full, gone, locked or read-only; and errors of the database that name nobody."""

import io
import logging
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from desktop.domain.errors import UserError
from desktop.log import MaskingFormatter
from desktop.services.settings import SettingsService
from desktop.services.setup import Setup
from desktop.store.db import Store
from desktop.store.tables import Child
from desktop.wording.errors import word
from tests.make import Make


@pytest.fixture
def file(sqlite_url: str) -> Path:
    return Path(sqlite_url.removeprefix("sqlite:///"))


@pytest.fixture
def opened(file: Path) -> Iterator[Store]:
    store = Store(f"sqlite:///{file}", busy_seconds=0.1)
    yield store
    store.close()


def _refusal(store: Store) -> str:
    with pytest.raises(UserError) as refused:
        SettingsService(store).all()
    assert str(word(refused.value))
    return refused.value.code


def test_another_kind_of_file_is_no_database(file: Path, opened: Store) -> None:
    file.write_bytes(b"SQLite it is not " * 1000)
    assert _refusal(opened) == "database.damaged"
    with pytest.raises(UserError, match=r"database\.damaged"):
        Setup(opened).state()


def test_a_damaged_file_is_said_to_be_damaged(file: Path, opened: Store) -> None:
    content = bytearray(file.read_bytes())
    content[8192:-100:16] = os.urandom(len(content[8192:-100:16]))
    file.write_bytes(content)
    assert _refusal(opened) == "database.damaged"


def test_a_file_that_is_gone_is_no_database_yet(file: Path, opened: Store) -> None:
    file.unlink()
    assert _refusal(opened) == "database.not_initialised"


@pytest.mark.skipif(os.name == "nt", reason="Windows gives a file the rights of its folder")
def test_a_new_database_is_its_owners_alone_wherever_it_lies(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    store = Store(f"sqlite:///{tmp_path / 'new.sqlite'}")
    Setup(store).create(practice=True)
    with store.read():
        modes = {file.name: file.stat().st_mode & 0o077 for file in tmp_path.iterdir()}
    store.close()
    assert modes["new.sqlite"] == 0
    assert set(modes.values()) == {0}


def test_a_locked_database_is_busy_and_keeps_what_it_had(file: Path, opened: Store, make: Make) -> None:
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(UserError, match=r"database\.busy"), opened.bookkeep() as session:
        make.installation(session)
    other.close()
    with opened.bookkeep() as session:
        make.installation(session)


def test_a_full_disk_is_said_to_be_full(opened: Store, make: Make) -> None:
    with pytest.raises(UserError, match=r"database\.full"), opened.bookkeep() as session:
        session.execute(text("PRAGMA max_page_count = 1"))
        make.installation(session)
        for number in range(200):
            make.school(session, f"H{number:03}", "長い名前の学校" * 100)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_file_is_said_to_be_so(file: Path, opened: Store, make: Make) -> None:
    file.chmod(0o400)
    with pytest.raises(UserError, match=r"database\.read_only"), opened.bookkeep() as session:
        make.installation(session)


def test_an_error_of_the_database_names_nobody(store: Store) -> None:
    """Names cannot be masked by a machine, so they must not get into an error in the first place."""
    with pytest.raises(IntegrityError) as refused, store.bookkeep() as session:
        child = Child(family_name="機密", given_name="秘子", family_name_kana="", given_name_kana="", sex="female")
        child.created_at = None  # type: ignore[assignment]  # to be refused
        session.add(child)
        session.flush()
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(MaskingFormatter())
    record = logging.LogRecord("x", logging.ERROR, "x.py", 1, "a bug", None, refused._excinfo)
    handler.emit(record)
    assert "IntegrityError" in stream.getvalue()
    assert "機密" not in stream.getvalue()
    assert "秘子" not in stream.getvalue()
