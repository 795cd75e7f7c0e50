"""What an import will do, made ready before anybody has to wait for it."""

import gc
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from desktop.domain.names import match_key
from desktop.domain.rosters.changes import ImportResult, MissingChild, Outcome, Plan, RowOutcome
from desktop.domain.rosters.reader import Rows
from desktop.domain.rosters.reading import Reading
from desktop.domain.rosters.rows import Problem
from desktop.store import roster_rows
from desktop.store.db import Session
from desktop.store.roster_rows import Ids, Moment
from desktop.store.staging import Stage

Progress = Callable[[int, int], None]
"""`progress(done, total)`; it may raise to give up, and then nothing is written."""

_MOST_COMPARISONS = 1_000_000
_LOAD, _PLAN, _FILL, _WRITE = 1.0, 0.8, 0.9, 1.0
"""What a child costs beside others': one that is known to be read, any to be planned, a changed one to be made ready
and to be written. Reading and writing are one piece each."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An import that is only still to be written."""

    plan: Plan
    ids: Ids
    moment: Moment
    outcomes: tuple[RowOutcome, ...]
    problems: tuple[Problem, ...]
    missing: tuple[MissingChild, ...]

    def counts(self) -> dict[str, int]:
        return counted(self.outcomes)

    def result(self, reading: Reading) -> ImportResult:
        return ImportResult(
            import_id=self.ids.import_id,
            rows=len(reading.lines),
            **self.counts(),
            held=tuple(problem for problem in self.problems if problem.holds),
            warnings=tuple(problem for problem in self.problems if not problem.holds),
            missing=self.missing,
            differences=self.plan.differences,
            contacts=reading.contacts,
        )


def draft(session: Session, reading: Reading, plan: Plan, moment: Moment) -> Draft:
    outcomes = all_outcomes(reading.rows, plan)
    ids = roster_rows.reserve(session, plan.changes)
    problems = all_problems(reading.rows, plan)
    return Draft(plan, ids, moment, outcomes, problems, really_missing(reading, plan, outcomes))


class Pace:
    """Turns the steps of an import, or of a look at it, into one progress over its lines."""

    def __init__(self, progress: Progress, lines: int, *, writes: bool) -> None:
        self._progress = progress
        self._lines = lines
        self._writes = writes
        self._known = 0
        self._changed = lines if writes else 0
        self._filled = 0
        self._told = 0

    def loaded(self, known: int) -> None:
        """So many children are known already; as many lines are likely to say nothing new."""
        self._known = known
        self._changed = max(0, self._lines - known) if self._writes else 0
        self._tell(0)

    def planned(self, rows: int) -> None:
        self._tell(rows * _PLAN)

    def written(self) -> None:
        """Everything is written, but not for good: whoever asked to stop by now still gets it."""
        self._progress(self._lines, self._lines)

    def fill(self, session: Session, made: Draft) -> Stage:
        """The new rows, on their way."""
        self._changed = sum(row.outcome not in {Outcome.UNCHANGED, Outcome.HELD} for row in made.outcomes)
        whole = max(1, roster_rows.how_many(made.plan.changes))

        def tick(rows: int) -> None:
            self._filled += rows
            self._tell(self._lines * _PLAN + self._changed * _FILL * min(1.0, self._filled / whole))

        stage = Stage(session, tick)
        roster_rows.fill(stage, made.plan.changes, made.ids, made.moment)
        return stage

    def _tell(self, cost: float) -> None:
        """So much was done since the rosters were read. It never goes back, and its end is the end."""
        read = self._known * _LOAD
        whole = read + self._lines * _PLAN + self._changed * (_FILL + _WRITE)
        self._told = max(self._told, min(int(self._lines * (read + cost) / whole), self._lines - 1))
        self._progress(self._told, self._lines)


@contextmanager
def collector_paused() -> Iterator[None]:
    """A roster is millions of values, none of them in a cycle: looking for cycles again and again doubles its time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def addresses(rows: Rows) -> set[str]:
    """Every address by which a guardian of the file may already be known."""
    return {address for contact in rows.contacts for address in contact.addresses} | {
        address
        for row in rows.good
        for guardian in row.guardians
        for address in (guardian.email, guardian.phone, guardian.line_user_id)
        if address
    }


def all_outcomes(rows: Rows, plan: Plan) -> tuple[RowOutcome, ...]:
    """One a line, in line order: those held while reading and those planned."""
    held = [RowOutcome(line, Outcome.HELD) for line in rows.held]
    return tuple(sorted([*held, *plan.outcomes], key=lambda row: row.line))


def all_problems(rows: Rows, plan: Plan) -> tuple[Problem, ...]:
    return tuple(sorted([*rows.problems, *plan.problems], key=lambda problem: problem.line))


def really_missing(reading: Reading, plan: Plan, outcomes: Iterable[RowOutcome]) -> tuple[MissingChild, ...]:
    """Children the file does not name; one whose row is held is named all the same."""
    held = {row.line for row in outcomes if row.outcome is Outcome.HELD}
    if len(held) * len(plan.missing) > _MOST_COMPARISONS:
        return plan.missing
    texts = [match_key("".join(line.cells)) for line in reading.lines if line.number in held]
    return tuple(child for child in plan.missing if not any(match_key(child.name) in text for text in texts))


def counted(outcomes: Iterable[RowOutcome]) -> dict[str, int]:
    counts = dict.fromkeys((Outcome.NEW, Outcome.MOVED, Outcome.CHANGED, Outcome.UNCHANGED), 0)
    for row in outcomes:
        if row.outcome in counts:
            counts[row.outcome] += 1
    return {outcome.value: number for outcome, number in counts.items()}
