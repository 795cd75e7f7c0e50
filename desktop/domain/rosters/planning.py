"""From good rows and what is known to what an import writes."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import count

from desktop.domain.rosters.changes import Changes, MissingChild, Outcome, Plan, RowOutcome
from desktop.domain.rosters.columns import Columns
from desktop.domain.rosters.differences import KEEP, Decisions, Difference, Remarks
from desktop.domain.rosters.enrolling import Enrolling
from desktop.domain.rosters.families import Families, entry_key
from desktop.domain.rosters.known import Known, KnownPupil, KnownSchool
from desktop.domain.rosters.places import Places
from desktop.domain.rosters.pupils import MatchError, Pupils
from desktop.domain.rosters.rows import ChildEntry, GuardianEntry, Problem, RosterRow, Severity
from desktop.domain.rosters.settling import settle
from desktop.domain.rosters.words import grade_code

CHILD_FIELDS = ("family_name", "given_name", "family_name_kana", "given_name_kana", "sex", "birth_date")

Tick = Callable[[int], None]


def plan_import(
    rows: Iterable[RosterRow], known: Known, columns: Columns, tick: Tick, decisions: Decisions = KEEP
) -> Plan:
    """Plan the whole file; `tick` is called with the number of rows done and may raise to give up."""
    planner = _Planner(known, tuple(rows), columns, decisions)
    return planner.plan(tick)


class _Planner:
    def __init__(self, known: Known, rows: tuple[RosterRow, ...], columns: Columns, decisions: Decisions) -> None:
        self._known = known
        self._rows = rows
        self._columns = columns
        self._decisions = decisions
        self._changes = Changes()
        self._places = Places(known, self._changes)
        self._enrolling = Enrolling(self._changes, self._places)
        self._families = Families(known, self._changes)
        self._pupils = _by_school(known, rows)
        self._next_child = count(-1, -1)
        self._problems: list[Problem] = []
        self._differences: list[Difference] = []
        self._met: dict[tuple[int, int], int] = {}
        self._grades_met: set[tuple[int, int, str]] = set()

    def plan(self, tick: Tick) -> Plan:
        outcomes = []
        for done, row in enumerate(self._rows, start=1):
            outcomes.append(self._plan_row(row))
            if done % 500 == 0:
                tick(done)
        self._families.finish()
        schools = frozenset(school_id for school_id, _, _ in self._grades_met if school_id > 0)
        return Plan(
            self._changes,
            tuple(outcomes),
            tuple(self._problems),
            tuple(self._missing()),
            schools,
            tuple(self._differences),
        )

    def _plan_row(self, row: RosterRow) -> RowOutcome:
        school = self._places.school(row.school_code, row.school_name, row.grade)
        if school is None:
            return self._hold(row, "school_code", "school.unknown", school=row.school_code)
        if grade_code(row.grade, school.kind) is None:
            return self._hold(row, "grade", "grade.not_at_school", kind=school.kind)
        try:
            pupil = self._pupils[school.code].find(row.child)
        except MatchError as error:
            return self._hold(row, "child_code" if row.child.code else "family_name", error.code)
        first = self._met.setdefault((school.id, pupil.id), row.line) if pupil else row.line
        if first == row.line:
            return self._take(row, school, pupil)
        if pupil and row.child.code not in ("", pupil.code):
            return self._take(row, school, None)  # two codes are two children, even if all else is equal
        return self._hold(row, "family_name", "child.twice", first=first)

    def _hold(self, row: RosterRow, target: str, code: str, **details: object) -> RowOutcome:
        self._problems.append(Problem(row.line, self._columns.header(target), code, Severity.ERROR, details))
        return RowOutcome(row.line, Outcome.HELD, _name(row.child))

    def _remarks(self, row: RosterRow, prefix: str = "") -> Remarks:
        return Remarks(
            row.line, _name(row.child), self._columns, self._decisions, self._problems, self._differences, prefix
        )

    def _take(self, row: RosterRow, school: KnownSchool, pupil: KnownPupil | None) -> RowOutcome:
        grade = self._places.grade(school, row.year, row.grade) or ""
        self._grades_met.add((school.id, row.year, grade))
        child_id = pupil.id if pupil else next(self._next_child)
        said: dict[str, object] = dict(pupil.base or {}) if pupil else {}
        remarks = self._remarks(row)
        changed = self._fields(row.child, school.id, pupil, child_id, said, remarks)
        room, left, moved = self._enrolling.take(row, school, grade, pupil, child_id, said, remarks)
        changed += [*moved, *self._guardians(row, school.id, child_id, pupil, said)]
        if pupil is None or said != pupil.base:
            self._changes.bases.append(("child", child_id, school.id, said))
        if changed:
            self._changes.touched_children.add(child_id)
        before = left.label if left else ""
        return RowOutcome(row.line, _outcome(pupil, changed), _name(row.child), room.label, before, tuple(changed))

    def _fields(
        self, entry: ChildEntry, school_id: int, pupil: KnownPupil | None, child_id: int, said: dict[str, object],
        remarks: Remarks,
    ) -> list[str]:  # fmt: skip
        if entry.sourced_id and (pupil is None or entry.sourced_id not in pupil.sourced_ids):
            self._changes.child_sources.append((school_id, entry.sourced_id, child_id))
        said.update((name, text) for name in CHILD_FIELDS if (text := _text(entry, name)))
        if pupil is None:
            self._changes.children.append((child_id, entry))
            if entry.code:
                self._changes.codes.append((school_id, entry.code, child_id))
            return ["family_name"]
        changed = []
        for name in CHILD_FIELDS:
            settled = settle(pupil.base, name, _text(pupil, name), _text(entry, name))
            if settled.take or (settled.differs and remarks.file_wins(name, _text(pupil, name), _text(entry, name))):
                self._changes.children_changed.setdefault(child_id, {})[name] = getattr(entry, name)
                changed.append(name)
        if entry.code and entry.code != pupil.code:
            if pupil.code:
                self._changes.codes_dropped.append((school_id, pupil.code))
            self._changes.codes.append((school_id, entry.code, child_id))
            changed.append("child_code")
        return changed

    def _guardians(
        self, row: RosterRow, school_id: int, child_id: int, pupil: KnownPupil | None, said: dict[str, object]
    ) -> Iterator[str]:
        base = pupil.base if pupil else None
        for entry in row.guardians:
            remarks = self._remarks(row, f"guardian{entry.position}_")
            yield from self._families.take(entry, child_id, school_id, base, remarks)
        said.update(_said_of_guardians(row.guardians, said))

    def _missing(self) -> Iterator[MissingChild]:
        """Children of the grades that the file is about, whom it does not name."""
        for pupil in self._known.pupils:
            if (pupil.school_id, pupil.id) in self._met:
                continue
            for placement in pupil.placements.values():
                room = self._places.by_id(placement.homeroom_id)
                if (room.school_id, room.year, room.grade_code) in self._grades_met:
                    yield MissingChild(pupil.id, _name(pupil), room.label)


def _by_school(known: Known, rows: tuple[RosterRow, ...]) -> dict[str, Pupils]:
    codes: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        codes[row.school_code].add(row.child.code)
    school_codes = {school.id: school.code for school in known.schools}
    pupils: dict[str, list[KnownPupil]] = defaultdict(list)
    for pupil in known.pupils:
        pupils[school_codes[pupil.school_id]].append(pupil)
    return {code: Pupils(pupils[code], codes[code]) for code in codes}


def _said_of_guardians(entries: Iterable[GuardianEntry], said: dict[str, object]) -> dict[str, object]:
    """What a child's import base keeps of its guardians: who they were, and as what."""
    former = said.get("guardians")
    names = set(former) if isinstance(former, list) else set()
    listed: dict[str, object] = {}
    for entry in entries:
        names.add(entry_key(entry))
        if entry.relationship:
            listed[f"relationship{entry.position}"] = entry.relationship
    return {**listed, "guardians": sorted(names)} if names else listed


def _outcome(pupil: KnownPupil | None, changed: list[str]) -> Outcome:
    if pupil is None:
        return Outcome.NEW
    if "homeroom" in changed:
        return Outcome.MOVED
    return Outcome.CHANGED if changed else Outcome.UNCHANGED


def _text(child: ChildEntry | KnownPupil, name: str) -> str:
    """A field as import bases hold it."""
    value = getattr(child, name)
    if name == "birth_date":
        return value.isoformat() if value else ""
    return str(value)


def _name(child: ChildEntry | KnownPupil) -> str:
    return f"{child.family_name} {child.given_name}".strip()
