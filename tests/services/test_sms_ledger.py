"""What citizens paid and what their replies cost, by month and network (B13)."""

import io
from datetime import UTC, date, datetime

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import event, select

from desktop.domain.errors import UserError
from desktop.domain.mobile_networks import network_of
from desktop.domain.sms_ledger import Cost, Month
from desktop.domain.staff import Actor, Role
from desktop.services.sms_ledger import SmsLedger
from desktop.store import sms_replies
from desktop.store.db import Store
from desktop.store.sms_replies import Sent
from desktop.store.tables import SmsReply
from tests.conftest import Clock
from tests.make import Make
from tests.sms_town import AN, GOOD, SmsTown

VIETTEL = "0981234567"


def send_all(store: Store, parts: int, each: int) -> None:
    """Whatever is due leaves now."""
    with store.bookkeep() as session:
        for reply_id in session.scalars(select(SmsReply.id).where(SmsReply.state == "due")).all():
            sms_replies.answered(session, reply_id, Sent("kannel", "", "gsm7", parts, parts * each))


@pytest.fixture
def town(store: Store, clock: Clock, make: Make) -> SmsTown:
    return SmsTown(store, clock, make)


@pytest.fixture
def ledger(store: Store, clock: Clock) -> SmsLedger:
    return SmsLedger(store, clock)


@pytest.fixture
def helper(store: Store, make: Make, town: SmsTown) -> Actor:
    with store.bookkeep() as session:
        return make.staff(session, Role.HELPDESK)


def costs(month: Month) -> dict[str, Cost]:
    return {each.network: each.cost for each in month.networks}


def test_months_are_the_citys_and_what_came_twice_was_paid_once(
    town: SmsTown, ledger: SmsLedger, helper: Actor, store: Store, clock: Clock
) -> None:
    clock.now = datetime(2026, 10, 31, 16, 59, tzinfo=UTC)  # the last minute of October in Vietnam
    town.texted(AN, GOOD)
    town.texted(AN, GOOD)
    send_all(store, parts=3, each=700)
    clock.turn(minutes=2)
    town.set("sms.fee", 2000)
    town.texted(VIETTEL, "xin chao")
    send_all(store, parts=1, each=700)
    november, october, *_rest = months = ledger.months(helper)
    assert (len(months), november.first, months[-1].first) == (24, date(2026, 11, 1), date(2024, 12, 1))
    assert costs(october) == {network_of(AN): Cost(1, 1500, 1, 3, 2100)}
    assert costs(november) == {"viettel": Cost(1, 2000, 1, 1, 700)}
    assert ledger.months(helper) == months  # of which those long past were not counted again


def test_the_ledger_goes_out_as_numbers_that_add_up(
    town: SmsTown, ledger: SmsLedger, helper: Actor, store: Store
) -> None:
    town.texted(AN, GOOD)
    send_all(store, parts=3, each=700)
    workbook = CalamineWorkbook.from_filelike(io.BytesIO(ledger.exported(helper, "xlsx", lambda _key: "=HYPERLINK()")))
    header, line, total, *_rest = workbook.get_sheet_by_index(0).to_python()
    assert header[:3] == ["Month", "Network", "Messages received"]
    assert line == ["2026-11", "=HYPERLINK()", 1, 1500, 1, 3, 2100]
    assert total[1:4] == ["All networks", 1, 1500]
    csv = ledger.exported(helper, "csv", lambda _key: "=HYPERLINK()").decode("utf-8-sig")
    assert csv.splitlines()[1] == "2026-11,'=HYPERLINK(),1,1500,1,3,2100"


def test_the_embedded_databases_ledger_reads_indices_alone(sqlite_store: Store, clock: Clock, make: Make) -> None:
    SmsTown(sqlite_store, clock, make)
    with sqlite_store.bookkeep() as session:
        helper = make.staff(session, Role.HELPDESK)
    seen: list[tuple[str, tuple[object, ...]]] = []
    listen = (sqlite_store.engine, "before_cursor_execute")

    def note(_c: object, _cursor: object, statement: str, values: tuple[object, ...], *_more: object) -> None:
        seen.append((statement, values))

    event.listen(*listen, note)
    SmsLedger(sqlite_store, clock).months(helper)
    event.remove(*listen, note)
    asked = [each for each in seen if "sum(" in each[0]]
    assert len(asked) == 48
    with sqlite_store.engine.connect() as connection:
        for statement, values in asked[:2]:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
            assert "USING COVERING INDEX" in plan[0][3], plan


def test_it_is_for_those_who_help_with_text_messages(
    town: SmsTown, ledger: SmsLedger, store: Store, make: Make, helper: Actor
) -> None:
    with store.bookkeep() as session:
        clerk = make.staff(session, Role.CLERK)
    with pytest.raises(UserError, match="forbidden"):
        ledger.months(clerk)
    town.set("sms.enabled", False)
    with pytest.raises(UserError, match=r"sms\.off"):
        ledger.months(helper)
