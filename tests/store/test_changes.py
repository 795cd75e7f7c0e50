"""Hearing of what other processes wrote."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Empty, Queue
from threading import Event, Thread

import pytest
from sqlalchemy import text

from desktop.store.changes import ANYTHING, ChangeListener
from desktop.store.db import Store, Touched
from tests.make import Make


@contextmanager
def listening(store: Store) -> Iterator[Queue[Touched]]:
    heard: Queue[Touched] = Queue()
    stop = Event()
    thread = Thread(target=ChangeListener(store.engine.url.render_as_string(False)).listen, args=(heard.put, stop))
    thread.start()
    try:
        yield heard
    finally:
        stop.set()
        thread.join(60)


def write_until_heard(store: Store, make: Make, heard: Queue[Touched]) -> Touched:
    """The listener starts at a moment of its own, so something is written until it hears."""
    for _ in range(100):
        with store.bookkeep() as session:
            make.school(session, uuid.uuid4().hex)
        try:
            return heard.get(timeout=0.3)
        except Empty:
            continue
    raise AssertionError("nothing was heard")


def test_a_commit_of_another_connection_is_heard(store: Store, make: Make) -> None:
    with listening(store) as heard:
        note = write_until_heard(store, make, heard)
    assert note == ANYTHING or "schools" in {table for table, _ in note}


def test_nothing_is_heard_when_nothing_is_written(store: Store, make: Make) -> None:
    with listening(store) as heard:
        write_until_heard(store, make, heard)
        with store.read() as session:
            session.execute(text("SELECT 1"))
        with pytest.raises(Empty):
            while True:
                heard.get(timeout=0.6)


def test_a_lost_connection_comes_back_and_says_that_something_may_have_been_missed(
    postgres_store: Store, make: Make
) -> None:
    with listening(postgres_store) as heard:
        write_until_heard(postgres_store, make, heard)
        with postgres_store.engine.begin() as connection:
            connection.execute(
                text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")
            )
        while heard.get(timeout=60) != ANYTHING:
            pass
        assert "schools" in {table for table, _ in write_until_heard(postgres_store, make, heard)}
