"""The ledger of accounts by text message: what citizens paid and what the city did, by month and network (B13)."""

import io
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Literal

from desktop.domain.sms_ledger import MONTHS, Cost, Month, NetworkCost, month_after, months_until
from desktop.domain.staff import Actor, Verb
from desktop.i18n import _
from desktop.services.clock import utc_now
from desktop.services.roster_files import csv_bytes
from desktop.services.sms_permission import require_sms
from desktop.settings import Settings
from desktop.store import settings, sms_ledger
from desktop.store.db import Clock, Session, Store

Form = Literal["xlsx", "csv"]
_SETTLED_AFTER = timedelta(days=31)
"""Nothing of a month changes any more: what came in it is decided, and what it owed has left or never will."""


class SmsLedger:
    """For whoever answers citizens about costs: amounts, no person. Months long past are counted once."""

    def __init__(self, store: Store, clock: Clock = utc_now) -> None:
        self._store = store
        self._clock = clock
        self._settled: dict[tuple[date, str], Month] = {}

    def months(self, actor: Actor) -> tuple[Month, ...]:
        """The last 24, this one first. Raises UserError("forbidden") or ("sms.off")."""
        with self._store.read() as session:
            known = require_sms(session, actor, Verb.HELP_BY_SMS, self._clock())
            today = settings.today(session, self._clock())
            return tuple(self._month(session, first, known, today) for first in reversed(months_until(today, MONTHS)))

    def _month(self, session: Session, first: date, known: Settings, today: date) -> Month:
        zone = known["city.timezone"]
        found = self._settled.get((first, zone)) or _month(session, first, known)
        if today - month_after(first) > _SETTLED_AFTER:
            self._settled[first, zone] = found
        return found

    def exported(self, actor: Actor, form: Form, named: Callable[[str], str]) -> bytes:
        """The same as a file, with a line for each month and network. `named`: a network in words."""
        rows = _table(self.months(actor), named)
        return csv_bytes([str(cell) for cell in row] for row in rows) if form == "csv" else _workbook(rows)


def _month(session: Session, first: date, known: Settings) -> Month:
    begins = datetime.combine(first, time(), known.zone)
    ends = datetime.combine(month_after(first), time(), known.zone)
    found = sms_ledger.between(session, begins, ends)
    return Month(
        first, tuple(NetworkCost(name, found[name]) for name in sorted(found, key=lambda each: (not each, each)))
    )


def _table(months: Sequence[Month], named: Callable[[str], str]) -> list[Sequence[str | int]]:
    """Plain numbers: a spreadsheet shall add them up."""
    headers = (
        _("Month"),
        _("Network"),
        _("Messages received"),
        _("Citizens paid (đồng)"),
        _("Replies sent"),
        _("Parts"),
        _("Replies cost the city (đồng)"),
    )
    rows: list[Sequence[str | int]] = [headers]
    for month in months:
        name = f"{month.first:%Y-%m}"
        rows += [(name, named(each.network), *_numbers(each.cost)) for each in month.networks]
        rows.append((name, _("All networks"), *_numbers(month.total)))
    return rows


def _numbers(cost: Cost) -> tuple[int, ...]:
    return cost.received, cost.paid, cost.replies, cost.parts, cost.cost


def _workbook(rows: Sequence[Sequence[str | int]]) -> bytes:
    """A workbook of one sheet: numbers as numbers, every other cell as text, so that nothing is a formula."""
    import xlsxwriter  # type: ignore[import-untyped]  # noqa: PLC0415 - ships no types; slow, needed only here

    out = io.BytesIO()
    workbook = xlsxwriter.Workbook(out, {"constant_memory": True, "in_memory": True})
    sheet = workbook.add_worksheet()
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            (sheet.write_number if isinstance(cell, int) else sheet.write_string)(number, column, cell)
    workbook.close()
    return out.getvalue()
