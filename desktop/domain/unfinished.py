"""What families began or wait for and does not come on by itself: for staff, each with a next step."""

from dataclasses import dataclass
from datetime import datetime, timedelta

BEGUN_FOR = timedelta(hours=1)
"""Whoever began less long ago may still be typing."""
REFUSED_SINCE = timedelta(days=60)
REMINDED_FOR = timedelta(days=1)
FILTER_REASONS = ("filtered", "blocked")
"""The receiver's side does not want our mails, although the address exists."""


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A registration that was begun and never sent. `school` "": the child has none yet (A23)."""

    registration_id: int
    child: str
    guardian: str
    address: str
    language: str
    school: str
    begun_at: datetime
    reminded_at: datetime | None


@dataclass(frozen=True, slots=True)
class RefusedMail:
    """A family's address whose receiver refuses our mails by a filter; that one does not exist is another matter.

    `carrier` is its lane (docomo, au …); `trial` how far a mail is by which staff try it again ("" none).
    """

    contact_id: int
    guardian_id: int
    guardian: str
    children: tuple[tuple[int, str, str], ...]  # id, name, homeroom
    address: str
    carrier: str
    reason: str
    refused_at: datetime
    trial: str
