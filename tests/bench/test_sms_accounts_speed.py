"""The list of accounts by text message where two hundred thousand citizens have one, on both databases."""

from datetime import date, timedelta

from sqlalchemy import insert

from desktop.domain.sms_accounts import FILTERS, AccountQuery
from desktop.domain.staff import Actor, Role
from desktop.services.clock import utc_now
from desktop.services.sms_accounts import SmsAccounts
from desktop.store import search, settings
from desktop.store.db import Store
from desktop.store.sms_accounts import found_by
from desktop.store.tables import Account, SmsAccount
from tests.bench import figures
from tests.make import Make
from tests.sms_town import SECRETS

ACCOUNTS = figures.size(200_000, least=5_000)
_CHUNK = 5_000
_NAMES = tuple(f"{family} {middle} {given}" for family in ("Nguyen", "Tran", "Le", "Pham", "Hoang")
               for middle in ("Van", "Thi") for given in ("An", "Binh", "Hoa", "Mai", "Nam"))  # fmt: skip


def fill(store: Store, make: Make) -> Actor:
    """Of a hundred 2 are closed, 4 locked, 24 wait for their first log-in; somebody who steers them."""
    with store.bookkeep() as session:
        make.installation(session)
        settings.put(session, "sms.enabled", True)
        actor = make.staff(session, Role.REVIEWER)
    for start in range(0, ACCOUNTS, _CHUNK):
        _fill(store, range(start + 1, start + _CHUNK + 1), actor.staff_id or 0)
    if store.engine.dialect.name == "postgresql":  # as its own autovacuum would have by then
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")
    return actor


def _fill(store: Store, numbers: range, staff_id: int) -> None:
    now = utc_now()
    accounts, texted, keys = [], [], {}
    for number in numbers:
        of_100, name, phone = number % 100, _NAMES[number % len(_NAMES)], f"09{number:08d}"
        is_closed, is_locked, waits = of_100 < 2, 2 <= of_100 < 6, of_100 < 30
        state = "closed" if is_closed else "locked" if is_locked else "active"
        sent = now - timedelta(hours=number % 72)
        accounts.append({
            "id": number, "origin": "sms", "login": f"closed {number}" if is_closed else phone, "address": "",
            "family_name": name, "language": "vi", "created_at": now, "state": state,
        })  # fmt: skip
        seen = number % 3 == 0
        texted.append({
            "account_id": number, "nonce": "n" * 32, "id_hash": None if is_closed else f"{number:064x}",
            "sealed_id": "s" * 56, "id_last3": "123", "name_typed": name, "name_plain": name,
            "birth_date": date(1990, 1, 1), "reissues": number % 4, "issue_sent_at": sent,
            "issue_expires_at": sent + timedelta(hours=72) if waits else None,
            "own_password_at": None if waits else now,
            "lock_reason": "staff" if is_locked else None, "closed_at": now if is_closed else None,
            "verified_at": now if seen else None, "verified_by": staff_id if seen else None,
            "verified_document": "cccd" if seen else None, "verified_place": "Quầy 1" if seen else None,
        })  # fmt: skip
        keys[number] = ((), found_by(name, phone))
    with store.bookkeep() as session:
        session.execute(insert(Account), accounts)
        session.execute(insert(SmsAccount), texted)
        search.add_keys(session, "account", keys)


def test_each_filter_and_what_is_typed_answers_at_once(any_store: Store, make: Make) -> None:
    actor = fill(any_store, make)
    accounts = SmsAccounts(any_store, SECRETS)
    name = f"accounts by SMS ({ACCOUNTS:,}, {any_store.engine.dialect.name})"

    def typical(query: AccountQuery) -> float:
        return figures.typical(lambda: figures.took(lambda: accounts.ids(actor, query)))

    slowest = max(FILTERS, key=lambda only: typical(AccountQuery(only)))
    figures.below(f"{name}: slowest filter", typical(AccountQuery(slowest)), 0.1, slowest)
    for typed in ("nguyen", "mai", "0900012345"):
        figures.below(f"{name}: {typed} typed", typical(AccountQuery(typed=typed)), 0.1)
    top = figures.typical(lambda: figures.took(lambda: accounts.first(actor, AccountQuery())))
    figures.below(f"{name}: opens", top, 0.1)
    counted = figures.typical(lambda: figures.took(lambda: accounts.counts(actor, AccountQuery())))
    figures.below(f"{name}: numbers of all filters", counted, 0.25)
