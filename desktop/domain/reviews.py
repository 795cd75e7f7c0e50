"""What reviewers see of submissions: the queue, one beside the roster, and what was decided."""

from dataclasses import dataclass
from datetime import date, datetime

from desktop.domain.matching import Candidate, Scored
from desktop.domain.registrations import Caution, Decision, FieldChange, Kind, Registration


@dataclass(frozen=True, slots=True)
class QueueQuery:
    """Which of those that wait: of one school, of one kind, for at least so many days, with these words."""

    school_id: int | None = None
    kind: Kind | None = None
    waiting_days: int = 0
    typed: str = ""


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A line of the queue."""

    id: int
    kind: Kind
    child: str
    kana: str
    guardian: str
    relationship: str
    school: str
    homeroom: str
    submitted_at: datetime
    birth_date: date | None
    version: int


@dataclass(frozen=True, slots=True)
class Overview:
    """How many wait, since when the oldest does, and how many at each school (id, name)."""

    waiting: int = 0
    oldest: datetime | None = None
    schools: tuple[tuple[int, str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Decided:
    """What somebody decided. Until `effective_at` it can be taken back; None: it has taken effect."""

    decision: Decision
    who: str
    when: datetime
    effective_at: datetime | None


@dataclass(frozen=True, slots=True)
class Agreement:
    """The version of the terms of use to which the guardian agreed last, and when (A12)."""

    version: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Submission:
    """One submission beside the roster. `address`: the guardian's, a telephone number where there is no mail address.

    `flagged` None: the reader may not know; `flagged_ids` are those of the matches that are. A change or withdrawal
    has no matches, but `about`: the child of the roster that it speaks of, and `changes`.
    """

    registration: Registration
    guardian: str
    address: str
    language: str
    matches: tuple[Scored, ...]
    cautions: tuple[Caution, ...]
    flagged: bool | None
    own_family: bool
    flagged_ids: frozenset[int] = frozenset()
    decided: Decided | None = None
    about: Candidate | None = None
    changes: tuple[FieldChange, ...] = ()
    agreed: Agreement | None = None


@dataclass(frozen=True, slots=True)
class ExactMatch:
    """A submission that is certainly this child of the roster, for the list of those to be linked together."""

    row: QueueRow
    candidate: Candidate
