"""A notice on its way with as many deliveries as wanted, written by SQL alone."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import event, text

from desktop.domain.claims import MailWish
from desktop.domain.staff import Role
from desktop.services.deliveries import Deliveries
from desktop.store import settings as settings_store
from desktop.store.db import Store
from desktop.store.tables import Notice, NoticeText
from tests.make import Make

BODY = "明日は大雨の予報が出ています。登校の時刻を一時間おくらせます。" * 24
"""With its headers and in base64 a mail of some 4 KB, as postfix's `smtp-source -l` sends them."""

_NUMBERS = {
    "postgresql": "SELECT generate_series(1, {count}) AS n",
    "sqlite": "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {count}) SELECT n FROM s",
}


def settle_in(store: Store, make: Make, **values: object) -> None:
    """A new installation with these settings."""
    with store.bookkeep() as session:
        make.installation(session)
        for key, value in {"email.from": "notices@city.example", "email.security": "none", **values}.items():
            settings_store.put(session, key, value)


def numbers(store: Store, count: int) -> str:
    """A subquery with a column n from 1 to `count`."""
    return f"({_NUMBERS[store.engine.dialect.name].format(count=count)}) AS numbers"


def notice(store: Store, make: Make, *, urgent: bool = False) -> int:
    """A notice that is being sent."""
    now = datetime.now(UTC)
    with store.bookkeep() as session:
        author = make.staff(session, Role.CLERK)
        sent = Notice(
            kind="announcement", urgent=urgent, channels=["email", "line"], include=["city"], exclude=[],
            state="sending", author_id=author.staff_id, created_at=now, updated_at=now, due_at=now, started_at=now,
        )  # fmt: skip
        session.add(sent)
        session.flush()
        session.add(NoticeText(notice_id=sent.id, language="ja", title="登校時刻の変更", body=BODY))
        return int(sent.id)


def fill(store: Store, notice_id: int, count: int, *, channel: str = "email", state: str = "due") -> None:
    """So many deliveries of a notice, in the order of their addresses, as the fan-out writes them."""
    width = 7 if channel == "email" else 32
    number = f"printf('%0{width}d', n)" if store.is_sqlite else f"lpad(n::text, {width}, '0')"
    address = f"'guardian' || {number} || '@mail.example'" if channel == "email" else f"'U' || {number}"
    lane = "other" if channel == "email" else ""
    with store.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO deliveries (notice_id, channel, address, variant, languages, plain, lane, urgent, state,"
                " due_at, attempts, in_doubt_count, created_at)"
                f" SELECT :notice, :channel, {address}, '', 'ja', false, :lane, false, :state, due_at, 0, 0, due_at"
                f" FROM {numbers(store, count)} CROSS JOIN (SELECT due_at FROM notices WHERE id = :notice) AS when_due"
            ),
            {"notice": notice_id, "channel": channel, "lane": lane, "state": state},
        )
        if not store.is_sqlite:  # the fan-out does so too
            connection.execute(text("ANALYZE deliveries"))


def empty(store: Store) -> None:
    """Take all deliveries away, so that each run finds the same."""
    with store.engine.begin() as connection:
        connection.execute(text("DELETE FROM deliveries" if store.is_sqlite else "TRUNCATE deliveries CASCADE"))
        connection.execute(text("UPDATE notices SET state = 'sending', finished_at = NULL"))


def plans_of_a_claim(store: Store, deliveries: Deliveries) -> list[str]:
    """How the database goes about claiming mails."""
    ran: list[tuple[str, Any]] = []

    def remember(*said: Any) -> None:
        ran.append((said[2], said[3]))

    event.listen(store.engine, "before_cursor_execute", remember)
    try:
        deliveries.claim_mail(deliveries.sign_on("plans", "bench"), [MailWish("other", False, 50)])
    finally:
        event.remove(store.engine, "before_cursor_execute", remember)
    explain = "EXPLAIN QUERY PLAN " if store.is_sqlite else "EXPLAIN "
    statement, parameters = next(each for each in ran if "ORDER BY due_at, id LIMIT" in each[0])
    with store.engine.connect() as connection:
        return [str(row[-1]) for row in connection.exec_driver_sql(explain + statement, parameters)]
