"""The outbox beside what the database can do at best: fan-out and COPY, claims and bare updates."""

import json

import pytest
from sqlalchemy import text

from desktop.domain.claims import MailWish
from desktop.services.deliveries import Deliveries
from desktop.store.db import Store
from tests.bench import city, figures, outbox
from tests.make import Make

DELIVERIES = figures.size(44_000)
ROWS = figures.size(10_000)
CLAIM = 50


def test_fan_out(shared_store: Store, make: Make) -> None:
    """COPY writes the rows that the fan-out wrote, into the same tables with the same indexes."""
    outbox.settle_in(shared_store, make)
    city.build(shared_store, DELIVERIES // 2)
    deliveries = Deliveries(shared_store)
    tables = ("notice_children", "recipients", "deliveries", "delivery_recipients")

    def ours() -> float:
        notice = city.due_notice(shared_store, make)
        return figures.took(lambda: deliveries.begin(notice))

    def copy() -> float:
        with shared_store.engine.begin() as connection:
            driver = connection.connection.driver_connection
            assert driver is not None
            kept = {}
            cursor = driver.cursor()
            for table in tables:
                with cursor.copy(f"COPY {table} TO STDOUT") as out:
                    kept[table] = b"".join(bytes(piece) for piece in out)
            cursor.execute("TRUNCATE " + ", ".join(tables))

            def write() -> None:
                for table in tables:
                    with cursor.copy(f"COPY {table} FROM STDIN") as into:
                        into.write(kept[table])

            seconds = figures.took(write)
            cursor.execute("TRUNCATE " + ", ".join(tables))
        return seconds

    ours_seconds, copy_seconds = figures.side_by_side(ours, copy)
    figures.at_least(
        "fan-out to 44,000 deliveries, all four tables", copy_seconds / ours_seconds, 0.8, "COPY of the same rows",
        f"{ours_seconds:.2f} s beside {copy_seconds:.2f} s",
    )  # fmt: skip


def test_claim_and_mark(any_store: Store, make: Make) -> None:
    outbox.settle_in(any_store, make)
    notice = outbox.notice(any_store, make)
    deliveries = Deliveries(any_store)
    worker = deliveries.sign_on("bench", "bench")

    def ours() -> float:
        outbox.empty(any_store)
        outbox.fill(any_store, notice, ROWS)
        return figures.took(lambda: _claim_and_mark(deliveries, worker))

    def bare() -> float:
        outbox.empty(any_store)
        outbox.fill(any_store, notice, ROWS)
        with any_store.engine.connect() as connection:
            first = connection.execute(text("SELECT min(id) FROM deliveries")).scalar_one()
        return figures.took(lambda: _bare_updates(any_store, first))

    ours_seconds, bare_seconds = figures.side_by_side(ours, bare)
    figures.at_least(
        f"claim and mark 10,000, {any_store.engine.dialect.name}", bare_seconds / ours_seconds, 0.5,
        "two bare UPDATEs of as many rows", f"{ROWS / ours_seconds:,.0f}/s beside {ROWS / bare_seconds:,.0f}/s",
    )  # fmt: skip


def _claim_and_mark(deliveries: Deliveries, worker: int) -> None:
    """As the worker does it: four connections' claims in one transaction, their outcomes in the next."""
    marked = 0
    while marked < ROWS:
        claims = deliveries.claim_mail(worker, [MailWish("other", False, CLAIM)] * 4)
        accepted = {claim.token: [job.delivery_id for job in claim.jobs] for claim in claims}
        marked += deliveries.settle_mail([], accepted)


def _bare_updates(store: Store, first: int) -> None:
    """The same rows in the same portions, by their keys, with nothing asked and nothing given back."""
    for start in range(first, first + ROWS, 4 * CLAIM):
        for change in ("state = 'leased', worker_id = 1, lease_token = 'x', leased_until = due_at",
                       ("state = 'accepted', worker_id = NULL, lease_token = NULL, leased_until = NULL,"
                       " settled_at = due_at, code = 250, stage = 'end_of_data', attempts = 1")):  # fmt: skip
            with store.engine.begin() as connection:
                connection.execute(
                    text(f"UPDATE deliveries SET {change} WHERE id BETWEEN :low AND :high"),
                    {"low": start, "high": start + 4 * CLAIM - 1},
                )


@pytest.mark.timeout(900)
def test_a_million_deliveries_cost_no_more_each(shared_store: Store, make: Make) -> None:
    """What the worker asks of the database, with so much waiting behind it: glances, claims, marks."""
    outbox.settle_in(shared_store, make)
    notice = outbox.notice(shared_store, make)
    deliveries = Deliveries(shared_store)
    worker = deliveries.sign_on("bench", "bench")

    def with_waiting(count: int) -> float:
        outbox.empty(shared_store)
        outbox.fill(shared_store, notice, count)

        def work() -> None:
            for _ in range(4):
                deliveries.look()
                deliveries.clean_up()
            _claim_and_mark(deliveries, worker)

        return figures.took(work) / ROWS

    few = with_waiting(ROWS)
    many = with_waiting(figures.size(1_000_000))
    few = (few + with_waiting(ROWS)) / 2
    figures.note(
        "database cost per message with 1,000,000 waiting, PostgreSQL",
        f"{many / few:.2f} × that with 10,000 ({many * 1e6:.0f} µs beside {few * 1e6:.0f} µs)",
        "≤ 1.2", many / few <= 1.2,
    )  # fmt: skip


def test_what_is_due_is_found_by_its_index(any_store: Store, make: Make) -> None:
    """No figure: what the databases say they do. On a plan that goes through everything due, a city's notice crawls."""
    outbox.settle_in(any_store, make)
    notice = outbox.notice(any_store, make)
    outbox.fill(any_store, notice, ROWS)
    plans = outbox.plans_of_a_claim(any_store, Deliveries(any_store))
    print(json.dumps(plans, indent=1)[:3000])
    assert any("ix_deliveries_due" in plan for plan in plans), plans
    figures.note(f"claims go by the index of what is due, {any_store.engine.dialect.name}", "yes", "yes", True)
