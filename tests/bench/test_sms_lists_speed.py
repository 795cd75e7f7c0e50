"""The list of messages in a city that has a million of them, on both databases."""

from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from sqlalchemy import text

from desktop.domain.sms_messages import FILTERS, MOST_LISTED, MessageQuery
from desktop.domain.staff import Actor
from desktop.services.clock import utc_now
from desktop.services.sms_keys import SmsKeys
from desktop.services.sms_messages import FIRST_ROWS, SmsMessages
from desktop.store import settings
from desktop.store.db import Store
from desktop.ui import theme
from desktop.ui.sms.messages_panel import MessagesPanel
from desktop.ui.sms.page import SmsPage
from desktop.ui.tasks import Tasks
from tests.bench import figures
from tests.bench.test_list_speed import Reader
from tests.make import Make
from tests.sms_town import GOOD, SECRETS
from tests.ui.office import app_context, show_page

MESSAGES = figures.size(1_000_000, least=20_000)
OVER_DAYS = 365
_BEGIN = {"sqlite": "strftime('%Y-%m-%d %H:%M:%f000', :since, '+' || (i * :apart) || ' seconds')",
          "postgresql": "CAST(:since AS timestamptz) + i * CAST(:apart AS float) * interval '1 second'"}  # fmt: skip
_STATE = """CASE WHEN i % 1000 < 700 THEN 'answered' WHEN i % 1000 < 960 THEN 'refused' WHEN i % 1000 < 990
 THEN 'duplicate' WHEN i % 1000 < 999 THEN 'held' ELSE 'gateway_error' END"""
_RULE = """CASE WHEN i % 1000 < 700 THEN 'account' WHEN i % 1000 < 850 THEN 'syntax' WHEN i % 1000 < 910 THEN 'id_taken'
 WHEN i % 1000 < 940 THEN 'phone_taken' WHEN i % 1000 < 960 THEN 'pilot' WHEN i % 1000 < 990 THEN 'duplicate'
 WHEN i % 1000 < 999 THEN 'flood' ELSE 'syntax' END"""


def fill(store: Store, make: Make) -> None:
    """Messages of a year, sealed under one text, and reviews of some."""
    sealed = SmsKeys(SECRETS).seal("text", GOOD)
    since = utc_now() - timedelta(days=OVER_DAYS)
    name = store.engine.dialect.name
    values = {
        "n": MESSAGES,
        "sealed": sealed,
        "since": since.strftime("%Y-%m-%d %H:%M:%S") if name == "sqlite" else since,
        "apart": OVER_DAYS * 86400 / MESSAGES,
    }
    moment = _BEGIN[name]
    with store.bookkeep() as session:
        make.installation(session)
        settings.put(session, "sms.enabled", True)
        session.flush()
        session.execute(
            text(
                "WITH RECURSIVE n(i) AS (SELECT CAST(1 AS bigint) UNION ALL SELECT i + 1 FROM n WHERE i < :n)"
                " INSERT INTO sms_messages (gateway, gateway_id, sender, recipient, network, sealed_text, text_hash,"
                " sent_at, received_at, state, rule, fee, processed_at, version)"
                " SELECT 'kannel', CAST(i AS text), '09' || CAST(10000000 + (i * 7919) % 80000000 AS text), '8188',"
                f" 'viettel', :sealed, CAST(i AS text), {moment}, {moment}, {_STATE}, {_RULE}, 1500, {moment}, 1 FROM n"
            ),
            values,
        )
        session.execute(
            text(
                "INSERT INTO sms_reviews (reason, subject, message_id, times, opened_at, last_at, note)"
                " SELECT 'flood', sender, id, 1, received_at, received_at, '' FROM sms_messages"
                " WHERE state = 'held' AND id % 3 = 0 AND id > :old"
                " ON CONFLICT DO NOTHING"
            ),
            {"old": MESSAGES * 4 // 5},
        )
    if name == "postgresql":  # as its own autovacuum would have by then
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE sms_messages")


@pytest.mark.timeout(1200)
def test_a_million_messages_on_the_screen(qtbot: QtBot, embedded_store: Store, make: Make, tmp_path: Path) -> None:
    """From the click to the painting that shows its rows; the window stands already."""
    theme.apply(QApplication.instance())  # type: ignore[arg-type]  # typed as its base class
    fill(embedded_store, make)
    errors: list[Exception] = []
    tasks = Tasks(lambda _owner, error: errors.append(error))
    context = app_context(embedded_store, tasks, make.principal(), utc_now, tmp_path, secrets=SECRETS)
    page = SmsPage(context)
    window = show_page(qtbot, context, "sms", "message", lambda: page)
    panel = page.panels["messages"]
    assert isinstance(panel, MessagesPanel)
    listed, what = panel.list, f"{MESSAGES:,} messages on the screen"
    reader = Reader(listed.table)
    qtbot.waitUntil(lambda: not tasks.is_busy and listed.model.rowCount() > FIRST_ROWS, timeout=20_000)

    def shows(only: str) -> bool:
        rows = listed.model.rowCount()
        return (
            panel.shows(listed.query()) and listed.query().only == only and rows > 0 and listed.model.row(0) is not None
        )

    def click(only: str) -> float:
        listed.filter.choose(only)
        seconds = reader.until_painted(partial(shows, only), partial(listed.filter.chosen.emit, only))
        qtbot.waitUntil(lambda: not tasks.is_busy, timeout=20_000)
        reader.rest()
        return seconds

    clicks = [partial(click, only) for only in ("syntax", "held", "all", "id_taken", "answered", "review")]
    slowest = max(figures.side_by_side(*clicks))
    figures.below(f"{what}: from the click on a filter to its rows painted, the slowest filter", slowest, 0.100)
    window.close()
    assert errors == []
    assert tasks.close()


@pytest.mark.timeout(1200)
def test_a_million_messages(any_store: Store, make: Make) -> None:
    fill(any_store, make)
    messages, actor = SmsMessages(any_store, SECRETS), make.principal()
    what = f"{MESSAGES:,} messages, {any_store.engine.dialect.name}"
    every = MessageQuery()

    opening = figures.typical(lambda: figures.took(lambda: (messages.first(actor, every), messages.ids(actor, every))))
    figures.below(f"{what}: the list opens, with its rows and the newest 100,000", opening, 0.250)
    assert len(messages.ids(actor, every)) == min(MESSAGES, MOST_LISTED)

    slowest = 0.0
    for only in (*FILTERS, "review"):
        query = MessageQuery(only)
        seconds = figures.typical(partial(_look, messages, actor, query))
        slowest = max(slowest, seconds)
        figures.note(f"{what}: filter {only}", figures.in_words(seconds))
    figures.below(f"{what}: the slowest filter, until its rows are there", slowest, 0.100)

    today = utc_now().date()
    week = MessageQuery("syntax", first=today - timedelta(days=200), last=today - timedelta(days=194))
    figures.below(
        f"{what}: wrong syntax in a week of last spring", figures.typical(partial(_look, messages, actor, week)), 0.1
    )
    for typed in ("0912345678", "091234", "09123", "205123456", "Nguyen"):
        seconds = figures.typical(partial(_look, messages, actor, MessageQuery(typed=typed)))
        figures.below(f"{what}: {len(typed)} letters typed ({typed[:4]}…)", seconds, 0.1)
    figures.below(f"{what}: the filters' counts", figures.typical(partial(_count, messages, actor, every)), 0.1)
    figures.below(f"{what}: the last 30 days by day and rule", figures.typical(partial(_days, messages, actor)), 0.1)
    newest = messages.ids(actor, every)
    page = newest[len(newest) // 2 : len(newest) // 2 + 100]
    rows = figures.typical(lambda: figures.took(lambda: messages.rows(actor, page)))
    figures.below(f"{what}: 100 rows", rows, 0.030)
    one = figures.typical(lambda: figures.took(lambda: messages.message(actor, page[0])))
    figures.below(f"{what}: one message with all about it", one, 0.030)


def _look(messages: SmsMessages, actor: Actor, query: MessageQuery) -> float:
    return figures.took(lambda: messages.first(actor, query))


def _count(messages: SmsMessages, actor: Actor, query: MessageQuery) -> float:
    return figures.took(lambda: messages.counts(actor, query))


def _days(messages: SmsMessages, actor: Actor) -> float:
    return figures.took(lambda: messages.days(actor))
