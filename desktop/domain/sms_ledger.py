"""What accounts by text message cost: what citizens paid for theirs, what the city for its replies (B13)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import reduce

MONTHS = 24


@dataclass(frozen=True, slots=True)
class Cost:
    """Messages that citizens paid for and what they paid, replies that left, their parts, what these cost. In đồng."""

    received: int = 0
    paid: int = 0
    replies: int = 0
    parts: int = 0
    cost: int = 0

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(
            self.received + other.received,
            self.paid + other.paid,
            self.replies + other.replies,
            self.parts + other.parts,
            self.cost + other.cost,
        )


@dataclass(frozen=True, slots=True)
class NetworkCost:
    """`network`: as `mobile_networks.network_of` names it, "" where it is none that is known."""

    network: str
    cost: Cost


@dataclass(frozen=True, slots=True)
class Month:
    """A month of the city's time by its first day, with each network of which there was anything."""

    first: date
    networks: tuple[NetworkCost, ...]

    @property
    def total(self) -> Cost:
        return total(each.cost for each in self.networks)


def total(costs: Iterable[Cost]) -> Cost:
    return reduce(Cost.__add__, costs, Cost())


def months_until(today: date, number: int = MONTHS) -> list[date]:
    """The first days of the last months, the oldest first; the last is of the month of `today`."""
    last = today.year * 12 + today.month - 1
    return [date(count // 12, count % 12 + 1, 1) for count in range(last - number + 1, last + 1)]


def month_after(first: date) -> date:
    return date(first.year + first.month // 12, first.month % 12 + 1, 1)
