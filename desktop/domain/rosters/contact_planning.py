"""From the rows of a bare list of addresses to contacts that wait for their child (A4)."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import count

from desktop.domain.rosters.changes import Changes, NewWaiting, Outcome, Plan, RowOutcome
from desktop.domain.rosters.columns import Columns
from desktop.domain.rosters.families import DEFAULT_LANGUAGE
from desktop.domain.rosters.known import Known, KnownSchool
from desktop.domain.rosters.places import Places
from desktop.domain.rosters.rows import ContactRow, GuardianEntry, Problem, Severity
from desktop.domain.rosters.words import grade_code

Place = tuple[int, int, int | None, int | None]
"""School, year, class and group; with neither of these it is the school alone."""


def plan_contacts(rows: Iterable[ContactRow], known: Known, columns: Columns, tick: Callable[[int], None]) -> Plan:
    """Plan the whole list; `tick` is called with the number of rows done and may raise to give up."""
    planner = _Planner(known, columns)
    for done, row in enumerate(rows, start=1):
        planner.take(row)
        if done % 500 == 0:
            tick(done)
    return planner.plan()


class _Planner:
    def __init__(self, known: Known, columns: Columns) -> None:
        self._columns = columns
        self._changes = Changes()
        self._places = Places(known, self._changes)
        self._schools = {school.code: school for school in known.schools}
        self._next = count(-1, -1)
        self._guardians = _waiting_guardians(known)
        self._waiting = {(known_one.place, known_one.guardian_id) for known_one in known.waiting}
        self._registered = _registered(known)
        self._barred = _barred(known)
        self._first: dict[tuple[str, Place], int] = {}
        self._outcomes: list[RowOutcome] = []
        self._problems: list[Problem] = []
        self._met: set[int] = set()

    def plan(self) -> Plan:
        outcomes, problems = tuple(self._outcomes), tuple(self._problems)
        return Plan(self._changes, outcomes, problems, (), frozenset(self._met))

    def take(self, row: ContactRow) -> None:
        school = self._schools.get(row.school_code)
        if school is None:
            return self._hold(row, "school_code", "school.unknown", school=row.school_code)
        if row.grade is not None and grade_code(row.grade, school.kind) is None:
            return self._hold(row, "grade", "grade.not_at_school", kind=school.kind)
        self._met.add(school.id)
        places = list(self._places_of(row, school))
        for address in row.addresses:
            new = [self._take_one(row, address, place) for place, _label in places]
            outcome = Outcome.NEW if any(new) else Outcome.UNCHANGED
            label = ", ".join(label for _place, label in places)
            self._outcomes.append(RowOutcome(row.line, outcome, row.name or address, label))
        return None

    def _hold(self, row: ContactRow, target: str, code: str, **details: object) -> None:
        self._problems.append(Problem(row.line, self._columns.header(target), code, Severity.ERROR, details))
        self._outcomes.append(RowOutcome(row.line, Outcome.HELD, row.name))

    def _warn(self, row: ContactRow, code: str, **details: object) -> None:
        header = self._columns.header("guardian1_email")
        self._problems.append(Problem(row.line, header, code, Severity.WARNING, details))

    def _places_of(self, row: ContactRow, school: KnownSchool) -> Iterator[tuple[Place, str]]:
        if row.grade is not None:
            grade = self._places.grade(school, row.year, row.grade) or ""
            room = self._places.homeroom(school.id, row.year, grade, row.homeroom or "")
            yield (school.id, row.year, room.id, None), room.label
        for name in row.groups:
            yield (school.id, row.year, None, self._places.group(school.id, name)), name
        if row.grade is None and not row.groups:
            yield (school.id, row.year, None, None), ""

    def _take_one(self, row: ContactRow, address: str, place: Place) -> bool:
        """Whether there is something to write for this address in this place."""
        first = self._first.setdefault((address, place), row.line)
        if first != row.line:
            self._warn(row, "contact.twice", first=first)
            return False
        if place in self._registered.get(address, ()):
            self._warn(row, "contact.registered")
            return False
        school_id = place[0]
        if (address, school_id) in self._barred:
            self._warn(row, "contact.not_to_contact")
            return False
        guardian = self._guardians.get((school_id, address))
        if guardian is None:
            guardian = self._add(row, address, school_id)
            self._guardians[school_id, address] = guardian
        elif (place, guardian) in self._waiting:
            return False
        self._changes.waiting.append(NewWaiting(guardian, *place, row.name))
        return True

    def _add(self, row: ContactRow, address: str, school_id: int) -> int:
        guardian = next(self._next)
        entry = GuardianEntry(1, row.name, "", "", "", "", address, "", row.language or DEFAULT_LANGUAGE, "")
        self._changes.guardians.append((guardian, entry))
        self._changes.contacts.append((guardian, "email", address))
        self._changes.guardian_schools.add((school_id, guardian))
        return guardian


def _waiting_guardians(known: Known) -> dict[tuple[int, str], int]:
    """Contacts that wait already, by school and address."""
    mails = {
        guardian.id: [contact.address for contact in guardian.contacts if contact.kind == "email"]
        for guardian in known.guardians
    }
    return {(one.place[0], mail): one.guardian_id for one in known.waiting for mail in mails.get(one.guardian_id, ())}


def _barred(known: Known) -> set[tuple[str, int]]:
    """Addresses, with their schools, of guardians there who must not be contacted about any of their children."""
    schools = {pupil.id: pupil.school_id for pupil in known.pupils}
    wanted: dict[bool, set[tuple[int, int]]] = {True: set(), False: set()}
    for child, links in known.guardianships.items():
        for link in links:
            wanted[link.do_not_contact].add((link.guardian_id, schools.get(child, 0)))
    mails = {
        guardian.id: {contact.address for contact in guardian.contacts if contact.kind == "email"}
        for guardian in known.guardians
    }
    no, yes = (
        {(mail, school) for guardian, school in wanted[barred] for mail in mails.get(guardian, ())}
        for barred in (True, False)
    )
    return no - yes


def _registered(known: Known) -> dict[str, set[Place]]:
    """Where the children are whose guardians have an address already."""
    children: dict[int, list[int]] = defaultdict(list)
    for child, links in known.guardianships.items():
        for link in links:
            children[link.guardian_id].append(child)
    at: dict[int, set[Place]] = defaultdict(set)
    for pupil in known.pupils:
        for year, enrolment in pupil.enrolments.items():
            at[pupil.id].add((pupil.school_id, year, None, None))
            if placement := pupil.placements.get(enrolment):
                at[pupil.id].add((pupil.school_id, year, placement.homeroom_id, None))
            at[pupil.id].update(
                (pupil.school_id, year, None, group) for of, group in pupil.memberships if of == enrolment
            )
    found: dict[str, set[Place]] = defaultdict(set)
    for guardian in known.guardians:
        places = set().union(*(at[child] for child in children[guardian.id]))
        for contact in guardian.contacts:
            if contact.kind == "email":
                found[contact.address] |= places
    return found
