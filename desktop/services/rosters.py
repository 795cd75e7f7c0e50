"""Rosters in and out: read a file, see what it would change, import it, save what was held, export."""

import hashlib
import os
import tomllib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from desktop.domain.errors import UserError
from desktop.domain.rosters.bare_lists import is_bare
from desktop.domain.rosters.changes import ImportPreview, ImportResult, Outcome, Plan
from desktop.domain.rosters.columns import correct_columns, guess_columns, missing_columns
from desktop.domain.rosters.contact_planning import plan_contacts
from desktop.domain.rosters.contacts import read_contacts
from desktop.domain.rosters.differences import KEEP, Decisions
from desktop.domain.rosters.planning import plan_import
from desktop.domain.rosters.reader import Defaults, Rows, read_rows
from desktop.domain.rosters.reading import Reading
from desktop.domain.rosters.rows import ContactRow, Problem, RosterRow, Sheet
from desktop.domain.rosters.words import read_class
from desktop.domain.schools import school_year
from desktop.domain.staff import CITY, Actor, Verb, places_where, school_scope
from desktop.services.clock import utc_now
from desktop.services.oneroster_export import oneroster_bytes
from desktop.services.permission import require
from desktop.services.roster_drafts import (
    Draft,
    Pace,
    Progress,
    addresses,
    all_outcomes,
    all_problems,
    collector_paused,
    counted,
    draft,
    really_missing,
)
from desktop.services.roster_files import csv_bytes, read_sheet, xlsx_bytes
from desktop.store import (
    audit,
    db,
    family_writing,
    leaving,
    roster_export,
    roster_mappings,
    roster_undo,
    roster_writing,
    rosters,
    settings,
)
from desktop.store.db import Clock, Session, Store
from desktop.store.roster_rows import Moment
from desktop.store.staging import Stage


def _silent(done: int, total: int) -> None:
    """Nobody watches."""


@dataclass(frozen=True, slots=True)
class _Said:
    """What people say of a file that it does not say itself."""

    mapping: Mapping[str, str]
    school: str
    year: int | None
    homeroom: str
    contacts: bool


class Rosters:
    def __init__(self, store: Store, clock: Clock = utc_now) -> None:
        self._store = store
        self._clock = clock

    def read(
        self, source: Path, *, mapping: Mapping[str, str] | None = None, school: str = "", year: int | None = None,
        homeroom: str = "", contacts: bool = False, progress: Progress = _silent,
    ) -> Reading:  # fmt: skip
        """Read and understand a file, whatever the rosters hold; it may be refused: UserError("roster.…").

        `mapping` corrects the guess (header or column number → target); `school` and `year` hold for rows that do not
        say theirs, `homeroom` (`1`, `3-1`) for all where the file has no column of classes. `contacts` says that
        it is a list of addresses though it has a column of names. Call `reread` when they
        change, and `recall` to take the columns as they were corrected last time.
        """
        data = _content(source)
        with collector_paused():
            sheet = read_sheet(data)
        content_hash = hashlib.sha256(data).hexdigest()
        said = _Said(mapping or {}, school, year, homeroom, contacts)
        return self._understand(source.name, content_hash, sheet, said, progress)

    def reread(
        self, reading: Reading, *, mapping: Mapping[str, str] | None = None, school: str = "", year: int | None = None,
        homeroom: str = "", progress: Progress = _silent,
    ) -> Reading:  # fmt: skip
        """The same file understood otherwise."""
        said = _Said(mapping or {}, school, year, homeroom, reading.asked_contacts)
        return self._understand(reading.name, reading.content_hash, reading.sheet, said, progress)

    def recall(self, actor: Actor, reading: Reading, progress: Progress = _silent) -> Reading:
        """The file with its columns as they were corrected when one with the same headers was imported last."""
        if reading.chosen:
            return reading
        with self._store.read() as session:
            places = places_where(actor, Verb.IMPORT_ROSTER, self._today(session))
            schools = None if places.everywhere else places.schools
            mapping = roster_mappings.recall(session, reading.header_hash, reading.school_code, schools)
        if not mapping:
            return reading
        found = self.reread(
            reading, mapping=mapping, school=reading.school_code, year=reading.year, homeroom=reading.homeroom,
            progress=progress,
        )  # fmt: skip
        return replace(found, remembered=True)

    def default_school(self, actor: Actor) -> str:
        """The code of the only school into which the actor may import, or "" where there are none or several."""
        with self._store.read() as session:
            places = places_where(actor, Verb.IMPORT_ROSTER, self._today(session))
            codes = rosters.school_codes(session, None if places.everywhere else places.schools)
        return codes[0] if len(codes) == 1 else ""

    def preview(
        self, actor: Actor, reading: Reading, progress: Progress = _silent, decisions: Decisions = KEEP
    ) -> ImportPreview:
        """What importing with these decisions would change; nothing is written."""
        _require_columns(reading)
        pace = Pace(progress, len(reading.lines), writes=False)
        with collector_paused(), self._store.read() as session:
            plan = self._plan(session, actor, reading, pace, decisions)
        outcomes = all_outcomes(reading.rows, plan)
        return ImportPreview(
            **counted(outcomes),
            held=sum(row.outcome is Outcome.HELD for row in outcomes),
            rows=outcomes,
            problems=all_problems(reading.rows, plan),
            missing=really_missing(reading, plan, outcomes),
            new_schools=tuple(school.name for school in plan.changes.schools),
            new_homerooms=tuple(room.label for room in plan.changes.homerooms if not room.unplaced),
            new_groups=tuple(group.name for group in plan.changes.groups),
            new_guardians=len(plan.changes.guardians),
            differences=plan.differences,
            contacts=reading.contacts,
        )

    def import_(
        self, actor: Actor, reading: Reading, progress: Progress = _silent, decisions: Decisions = KEEP
    ) -> ImportResult:
        """Import the good rows in one transaction; bad ones are held. What was changed here since the last import is
        kept and warned of, but for the cells for which the file was chosen.
        """
        _require_columns(reading)
        pace = Pace(progress, len(reading.lines), writes=True)
        with collector_paused():
            planned = self._import_planned(actor, reading, decisions, pace)
            return planned or self._import_locked(actor, reading, decisions, pace)

    def undo_import(self, actor: Actor, import_id: int) -> None:
        """Take a whole import back, as long as nothing was built on it.

        Raises UserError: "not_found", "import.undone", "import.later" or "import.changed" (each with who and when),
        "import.notices", "undo.changed".
        """
        with self._store.write(actor) as session:
            today = self._today(session)
            rosters.lock(session)
            schools = roster_undo.schools_of(session, import_id)
            for scope in [school_scope(school_id) for school_id in schools] or [CITY]:
                require(actor, Verb.IMPORT_ROSTER, scope, today)
            undone = roster_undo.take_back(session, import_id)
            leaving.keep_true(session, undone.children, today)
            family_writing.keep_true(session, undone.guardians, today)
            for school_id in undone.schools or (None,):
                audit.record(session, "import_undone", "roster", import_id, school=school_id)

    def held_rows_file(
        self, reading: Reading, problems: Iterable[Problem], path: Path, *, reason_header: str,
        word: Callable[[Problem], str],
    ) -> int:  # fmt: skip
        """Save the held rows as a file like the one they came from, with the reasons in a last column; how many."""
        reasons: dict[int, list[str]] = {}
        for problem in problems:
            if problem.holds:
                reasons.setdefault(problem.line, []).append(word(problem))
        width = len(reading.sheet.header.cells)
        table = [[*reading.sheet.header.cells, reason_header]]
        for line in reading.lines:
            if line.number in reasons:
                cells = [*line.cells[:width], *[""] * (width - len(line.cells))]
                table.append([*cells, " / ".join(dict.fromkeys(reasons[line.number])), *line.cells[width:]])
        sheet = reading.sheet
        data = xlsx_bytes(table) if sheet.form == "xlsx" else csv_bytes(table, sheet.encoding, sheet.delimiter)
        _save(path, data)
        return len(table) - 1

    def export(self, actor: Actor, path: Path, *, school: str = "", year: int | None = None) -> int:
        """Save the children of a school, or of all the actor's, as .csv, .xlsx or OneRoster .zip; how many.

        A OneRoster file holds those who are in a class. Raises UserError: "roster.export_format", "school.unknown" or
        "forbidden".
        """
        ending = path.suffix.lower()
        if ending not in (".csv", ".xlsx", ".zip"):
            raise UserError("roster.export_format", name=path.name)
        with self._store.read() as session:
            today = self._today(session)
            ids = self._exportable(session, actor, school, today)
            wanted = year or school_year(today)
            children = roster_export.exported(session, ids, wanted, today)
            city = settings.city_name(session)
            installation = roster_export.installation_id(session)
        if ending == ".zip":
            data, number = oneroster_bytes(children, wanted, city, installation)
        else:
            table, number = roster_export.table(children), len(children)
            data = csv_bytes(table) if ending == ".csv" else xlsx_bytes(table)
        _save(path, data)
        with self._store.write(actor) as session:
            for school_id in sorted(ids):
                audit.record(session, "exported", "roster", school=school_id, rows=number)
        return number

    def _understand(self, name: str, content_hash: str, sheet: Sheet, said: _Said, progress: Progress) -> Reading:
        columns = correct_columns(guess_columns(sheet.header.cells), said.mapping)
        grade_known = bool(said.homeroom) and read_class(said.homeroom).grade is not None
        contacts = said.contacts or is_bare(columns)
        missing = missing_columns(columns, school_known=bool(said.school), grade_known=grade_known, contacts=contacts)
        with self._store.read() as session:
            today = self._today(session)
        defaults = Defaults(said.school, said.year or school_year(today), today, said.homeroom)
        read, total = read_contacts if contacts else read_rows, len(sheet.lines)
        with collector_paused():
            rows = Rows((), ()) if missing else read(sheet, columns, defaults, lambda done: progress(done, total))
        return Reading(
            name, content_hash, sheet, columns, rows, missing, said.school, defaults.year, said.homeroom,
            dict(said.mapping), contacts=contacts, asked_contacts=said.contacts,
        )  # fmt: skip

    def _plan(self, session: Session, actor: Actor, reading: Reading, pace: Pace, decisions: Decisions) -> Plan:
        rows: Sequence[RosterRow | ContactRow] = (*reading.rows.good, *reading.rows.contacts)
        today = self._today(session)
        named = rosters.schools(session, {row.school_code for row in rows})
        for school in named:
            require(actor, Verb.IMPORT_ROSTER, school_scope(school.id), today)
        known = rosters.known(session, named, {row.year for row in rows}, addresses(reading.rows))
        pace.loaded(len(known.waiting if reading.contacts else known.pupils))
        if reading.contacts:
            return plan_contacts(reading.rows.contacts, known, reading.columns, pace.planned)
        plan = plan_import(reading.rows.good, known, reading.columns, pace.planned, decisions)
        if plan.changes.schools:
            require(actor, Verb.IMPORT_ROSTER, CITY, today)
        return plan

    def _draft(self, session: Session, actor: Actor, reading: Reading, decisions: Decisions, pace: Pace) -> Draft:
        plan = self._plan(session, actor, reading, pace, decisions)
        return draft(session, reading, plan, Moment(db.now(session), self._today(session)))

    def _import_planned(self, actor: Actor, reading: Reading, decisions: Decisions, pace: Pace) -> ImportResult | None:
        """Everything is made ready before anybody has to wait. None where people were quicker with the rosters."""
        with self._store.read() as session:
            mark = rosters.mark(session)
            made = self._draft(session, actor, reading, decisions, pace)
        stages: list[Stage] = []
        with self._store.write(actor, lambda session: stages.append(pace.fill(session, made))) as session:
            rosters.lock(session)
            return self._write(session, reading, made, stages[0], pace) if rosters.mark(session) == mark else None

    def _import_locked(self, actor: Actor, reading: Reading, decisions: Decisions, pace: Pace) -> ImportResult:
        with self._store.write(actor) as session:
            rosters.lock(session)
            made = self._draft(session, actor, reading, decisions, pace)
            return self._write(session, reading, made, pace.fill(session, made), pace)

    def _write(self, session: Session, reading: Reading, made: Draft, stage: Stage, pace: Pace) -> ImportResult:
        ids, counts = made.ids, made.counts()
        held = sum(row.outcome is Outcome.HELD for row in made.outcomes)
        history = counts | {"held": held}
        roster_writing.add_import(session, ids.import_id, reading.name, reading.content_hash, history)
        roster_writing.write(session, stage, made.plan.changes, ids, made.moment)
        touched = sorted(made.plan.schools | set(ids.schools.values()))
        roster_mappings.remember(session, touched, reading.header_hash, reading.chosen)
        for school_id in touched or (None,):
            audit.record(session, "imported", "roster", ids.import_id, school=school_id, **history)
        leaving.let_go(session, made.moment.today)
        pace.written()
        return made.result(reading)

    def _exportable(self, session: Session, actor: Actor, school: str, today: date) -> Collection[int]:
        if school:
            found = rosters.schools(session, {school})
            if not found:
                raise UserError("school.unknown", school=school)
            require(actor, Verb.EXPORT_ROSTER, school_scope(found[0].id), today)
            return {found[0].id}
        places = places_where(actor, Verb.EXPORT_ROSTER, today)
        if places.everywhere:
            return rosters.school_ids(session)
        if not places.schools:
            raise UserError("forbidden", verb=Verb.EXPORT_ROSTER.value)
        return places.schools

    def _today(self, session: Session) -> date:
        return settings.today(session, self._clock())


def read_mapping(path: Path) -> dict[str, str]:
    """A mapping file: TOML lines `"header" = "target"`, at the top or under [columns].

    Raises UserError("roster.mapping_file").
    """
    try:
        found = tomllib.loads(_content(path).decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        raise UserError("roster.mapping_file", name=path.name) from None
    listed = found.get("columns", found)
    if not isinstance(listed, dict) or not all(isinstance(target, str) for target in listed.values()):
        raise UserError("roster.mapping_file", name=path.name)
    return {str(header): target for header, target in listed.items()}


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        raise UserError("roster.file_unreadable", name=path.name) from None


def _save(path: Path, data: bytes) -> None:
    """Write beside and rename, so that a full disk leaves what was there before."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        beside.write_bytes(data)
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise UserError("roster.file_unwritable", name=path.name) from None


def _require_columns(reading: Reading) -> None:
    if reading.missing:
        raise UserError("roster.columns_missing", columns=", ".join(reading.missing))
