"""Whoever decides about a phone's messages and whoever gives it an account never wait for each other in a circle."""

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import text

from desktop.domain.sms_accounts import DeskCheck, Document
from desktop.domain.staff import Role
from desktop.services.sms_accounts import SmsAccounts
from desktop.store import sms_accounts
from desktop.store.db import Store
from tests.conftest import Clock
from tests.make import Make
from tests.sending import wait_for
from tests.sms_town import AN, BINH, GOOD, SECRETS, SmsTown

WAITS = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")


def test_an_account_that_moves_is_nobodys_while_its_new_phone_is_waited_for(
    postgres_store: Store, clock: Clock, make: Make
) -> None:
    """A decider holds the phone, and what it writes refers to the account."""
    town = SmsTown(postgres_store, clock, make)
    town.texted(AN, GOOD)
    with postgres_store.write(make.principal()) as session:
        clerk = make.staff(session, Role.ADMINISTRATOR)
        session.info["audited"] = True
    accounts = SmsAccounts(postgres_store, SECRETS, clock)
    seen = accounts.account(clerk, 1).seen
    with ThreadPoolExecutor(1) as pool:
        with postgres_store.bookkeep() as session:
            sms_accounts.lock_phone(session, BINH)
            move = pool.submit(accounts.move, clerk, 1, seen, BINH, DeskCheck(Document.CCCD, "Quầy 1"))
            wait_for(lambda: session.scalar(WAITS) == 1)
            session.execute(text("SET LOCAL lock_timeout = '200ms'"))
            sms_accounts.lock_row(session, 1)
        move.result(timeout=30)
    assert town.accounts() == [(BINH, "234")]
