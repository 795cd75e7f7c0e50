"""Reviewing registrations in a big city, on both databases: the queue, and one submission beside the roster."""

from functools import partial

import pytest
from sqlalchemy import text

from desktop.domain.reviews import QueueQuery
from desktop.services.reviews import Reviews
from desktop.store.db import Store
from tests.bench import city, figures
from tests.bench.outbox import numbers
from tests.make import YEAR, Make

CHILDREN = figures.size(200_000, least=10_000)
WAITING = figures.size(20_000, least=2_000)


def submit(store: Store, waiting: int) -> None:
    """Every guardian of `waiting` children of the roster has sent in their child, some with another class."""
    day = "date('2017-04-02', '+' || (id % 365) || ' days')"
    if not store.is_sqlite:
        day = "DATE '2017-04-02' + (id % 365)::int"
    each = f"(n * {max(1, CHILDREN // waiting)})"
    at_school, classes = f"({each} - 1) / {city.SCHOOL_SIZE}", f"({each} - 1) % {city.SCHOOL_SIZE} / {city.CLASS_SIZE}"
    room = f"({at_school} * {city.CLASSES} + {classes} + 1)"
    with store.engine.begin() as connection:
        connection.execute(text(f"UPDATE children SET birth_date = {day}"))
        for scope in ("0", f"(id - 1) / {city.SCHOOL_SIZE} + 1"):
            for key in ("family_name || given_name", "family_name_kana || given_name_kana", "given_name_kana"):
                keys = f"SELECT {scope}, {key}, 'child', id FROM children"
                connection.execute(text(f"INSERT INTO search_keys (scope, key, kind, ref) {keys}"))
        connection.execute(
            text(
                "INSERT INTO accounts (id, origin, login, address, family_name, given_name, language, created_at)"
                " SELECT n, 'email', 'a' || n || '@home.test', 'a' || n || '@home.test', '佐藤', '花子', 'ja',"
                f" CURRENT_TIMESTAMP FROM {numbers(store, waiting)}"
            )
        )
        connection.execute(
            text(
                "INSERT INTO registrations (id, account_id, form_token, state, family_name, given_name,"
                " family_name_kana, given_name_kana, sex, birth_date, relationship, school_id, year, homeroom_id,"
                " group_ids, old, created_at, submitted_at)"
                f" SELECT n, n, 't', 'submitted', c.family_name, c.given_name, c.family_name_kana, c.given_name_kana,"
                f" 'male', c.birth_date, 'mother', {at_school} + 1, {YEAR}, {room},"
                f" '[]', '{{}}', CURRENT_TIMESTAMP, CURRENT_TIMESTAMP FROM {numbers(store, waiting)}"
                f" JOIN children c ON c.id = {each}"
            )
        )
        if not store.is_sqlite:
            connection.execute(text("ANALYZE registrations"))


@pytest.mark.timeout(1200)
def test_reviewing(any_store: Store, make: Make) -> None:
    city.build(any_store, CHILDREN)
    submit(any_store, WAITING)
    name = any_store.engine.dialect.name
    actor, reviews = make.principal(), Reviews(any_store)
    ids = reviews.queue_ids(actor, QueueQuery())
    assert len(ids) == WAITING
    among = f"{WAITING:,} that wait, {name}"

    def opened() -> None:
        reviews.overview(actor)
        reviews.queue_rows(actor, reviews.queue_ids(actor, QueueQuery())[:100])

    figures.below(f"the queue opens among {among}", figures.typical(lambda: figures.took(opened)), 0.250)
    typed = figures.typical(lambda: figures.took(partial(reviews.queue_ids, actor, QueueQuery(typed="スズキ"))))
    figures.below(f"the queue is searched among {among}", typed, 0.500)
    times = [figures.took(partial(reviews.get, actor, id_)) for id_ in ids[:: max(1, WAITING // 100)]]
    figures.below(f"a submission beside {CHILDREN:,} children, p95, {name}", figures.p95(times), 0.050)
