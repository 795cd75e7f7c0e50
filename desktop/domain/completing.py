"""What somebody adds to an account that a text message made (B11, B17)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from desktop.domain.accounts import check_names
from desktop.domain.names import trimmed, unreadable_characters
from desktop.domain.people import FieldProblem

LONGEST_POSTAL_ADDRESS = 300


@dataclass(frozen=True, slots=True)
class SmsDetails:
    """`completed_at` is None while it is missing. `name_typed` is the whole name as it was texted."""

    name_typed: str
    postal_address: str
    completed_at: datetime | None


def suggested_names(whole: str) -> tuple[str, str]:
    """Family name and given name as in Vietnam: the first word, and all others."""
    family, _blank, given = " ".join(whole.split()).partition(" ")
    return family, given


def check_completed(family_name: str, given_name: str, postal_address: str) -> list[FieldProblem]:
    """Everything that is wrong with it; worded by desktop/wording/accounts."""
    return [*check_names(family_name, given_name), *check_postal_address(postal_address)]


def check_postal_address(postal_address: str) -> list[FieldProblem]:
    return [*_postal_address(postal_address)]


def _postal_address(typed: str) -> Iterator[FieldProblem]:
    if not trimmed(typed):
        yield FieldProblem("postal_address", "required")
    if len(typed) > LONGEST_POSTAL_ADDRESS:
        yield FieldProblem("postal_address", "name.too_long")
    if unreadable_characters(typed):
        yield FieldProblem("postal_address", "control_characters")
