"""Schools, their grades, classes and groups."""

from desktop.domain.audience import Part, PartKind
from desktop.domain.errors import UserError
from desktop.domain.names import trimmed
from desktop.domain.people import FieldProblem
from desktop.domain.school_checks import check_school, checked_part, clean_code
from desktop.domain.schools import GroupKind, SchoolForm, SchoolRow, SchoolTree, school_year
from desktop.domain.staff import CITY, Actor, Places, Verb, places_where, school_scope
from desktop.i18n import N_, _
from desktop.services.clock import utc_now
from desktop.services.permission import require
from desktop.store import audit, schools, settings
from desktop.store.db import Clock, Store

_GRADES = frozenset("123456789")
SCHOOL_TYPES = {
    "primary": N_("All primary schools"),
    "junior_high": N_("All junior high schools"),
    "kindergarten": N_("All kindergartens"),
    "combined": N_("All combined schools"),
    "special": N_("All special needs schools"),
}


class Schools:
    def __init__(self, store: Store, clock: Clock = utc_now) -> None:
        self._store = store
        self._clock = clock

    def all(self, actor: Actor) -> list[SchoolRow]:
        """The schools of which the actor may see at least a part."""
        with self._store.read() as session:
            today = settings.today(session, self._clock())
            places = places_where(actor, Verb.SEE_ROSTER, today)
            return schools.rows(session, places.touched_schools, today=today)

    def tree(self, actor: Actor, school_id: int, year: int | None = None) -> SchoolTree:
        """One school's tree. Raises UserError("forbidden") for a school of which the actor may see nothing."""
        with self._store.read() as session:
            today = settings.today(session, self._clock())
            places = places_where(actor, Verb.SEE_ROSTER, today)
            if places.touched_schools is not None and school_id not in places.touched_schools:
                raise UserError("forbidden", verb=Verb.SEE_ROSTER.value)
            found = schools.trees(
                session, schools.rows(session, [school_id]), places, year or school_year(today), today
            )
        if not found:
            raise UserError("not_found")
        return found[0]

    def trees(self, actor: Actor, year: int | None = None) -> list[SchoolTree]:
        """The trees of all schools the actor may see, by a fixed number of statements; `year` None is this one."""
        with self._store.read() as session:
            today = settings.today(session, self._clock())
            places = places_where(actor, Verb.SEE_ROSTER, today)
            seen = schools.rows(session, places.touched_schools, today=today)
            return schools.trees(session, seen, places, year or school_year(today), today)

    def parts(self, actor: Actor, school_id: int | None = None, year: int | None = None) -> list[tuple[str, str]]:
        """What the actor may write notices to, as (part of an audience, label), from wide to narrow.

        With `school_id` that school alone; otherwise labels of grades, classes and groups name their school too.
        """
        with self._store.read() as session:
            today = settings.today(session, self._clock())
            places = places_where(actor, Verb.WRITE_NOTICE, today)
            allowed = places.touched_schools
            if school_id is not None:
                allowed = frozenset({school_id} if allowed is None else {school_id} & allowed)
            seen = schools.rows(session, allowed, today=today)
            trees = schools.trees(session, seen, places, year or school_year(today), today)
            city = settings.load(session)["city.name"] if places.everywhere and school_id is None else ""
        wide = _wide_parts(city, seen) if places.everywhere and school_id is None else []
        return wide + [part for tree in trees for part in _school_parts(tree, places, alone=school_id is not None)]

    def years(self, actor: Actor, school_id: int) -> list[int]:
        """The school years a school has, the newest first."""
        with self._store.read() as session:
            places = places_where(actor, Verb.SEE_ROSTER, settings.today(session, self._clock()))
            if places.touched_schools is not None and school_id not in places.touched_schools:
                raise UserError("forbidden", verb=Verb.SEE_ROSTER.value)
            return schools.years(session, school_id)

    # Changing them

    def check(self, form: SchoolForm) -> list[FieldProblem]:
        """Everything that keeps a school's form from being saved, field by field."""
        return check_school(form)

    def add(self, actor: Actor, form: SchoolForm, year: int | None = None) -> int:
        """Add a school with its current (or this) school year; its id.

        Raises UserError("form.invalid", problems=) or UserError("school.code_taken").
        """
        _require_valid(check_school(form))
        with self._store.write(actor) as session:
            today = settings.today(session, self._clock())
            require(actor, Verb.CHANGE_SETTINGS, CITY, today)
            school_id = schools.add(
                session,
                code=clean_code(form.code),
                kind=form.kind,
                year=year or school_year(today),
                accepts_unseen=form.accepts_unseen,
                **_values(form),
            )
            audit.record(session, "added", "school", school_id, school=school_id)
        return school_id

    def save(self, actor: Actor, form: SchoolForm) -> None:
        """Change a school's name, kind and contacts; its code stays. Raises UserError("changed_elsewhere")."""
        _require_valid(check_school(form))
        if form.id is None or form.version is None:
            raise ValueError("a new school is added, not saved")
        with self._store.write(actor) as session:
            today = settings.today(session, self._clock())
            require(actor, Verb.CHANGE_SETTINGS, school_scope(form.id), today)
            values: dict[str, str | bool] = {**_values(form), "kind": form.kind, "accepts_unseen": form.accepts_unseen}
            changed = schools.change(session, form.id, form.version, values)
            if changed:
                audit.record(session, "changed", "school", form.id, school=form.id, fields=changed)

    def add_homeroom(self, actor: Actor, school_id: int, year: int, grade_code: str, name: str) -> int:
        """Add a class (and its grade if need be); its id. `grade_code` is 1 to 9, `name` as in 3-1: `1`.

        Raises UserError("grade.unknown"), ("part.name_wrong") or ("homeroom.taken").
        """
        grade_code, name = clean_code(grade_code), checked_part(name)
        if grade_code not in _GRADES:
            raise UserError("grade.unknown", grade=grade_code)
        with self._store.write(actor) as session:
            require(actor, Verb.EDIT_ROSTER, school_scope(school_id), settings.today(session, self._clock()))
            homeroom_id = schools.add_homeroom(session, school_id, year, grade_code, name)
            audit.record(session, "added", "homeroom", homeroom_id, school=school_id)
        return homeroom_id

    def add_group(self, actor: Actor, school_id: int, kind: GroupKind, name: str) -> int:
        """Add a club or another group; its id. Raises UserError("part.name_wrong") or UserError("group.taken")."""
        name = checked_part(name)
        with self._store.write(actor) as session:
            require(actor, Verb.EDIT_ROSTER, school_scope(school_id), settings.today(session, self._clock()))
            group_id = schools.add_group(session, school_id, kind, name)
            audit.record(session, "added", "group", group_id, school=school_id)
        return group_id


def _values(form: SchoolForm) -> dict[str, str]:
    return {"name": trimmed(form.name), "phone": trimmed(form.phone), "email": trimmed(form.email)}


def _require_valid(problems: list[FieldProblem]) -> None:
    if problems:
        raise UserError("form.invalid", problems=problems, fields=", ".join(problem.field for problem in problems))


def _wide_parts(city: str, seen: list[SchoolRow]) -> list[tuple[str, str]]:
    kinds = {school.kind for school in seen}
    types = [(str(Part(PartKind.TYPE, ref=kind)), _(SCHOOL_TYPES[kind])) for kind in SCHOOL_TYPES if kind in kinds]
    return [(str(Part(PartKind.CITY)), city or _("The whole city")), *types]


def _school_parts(tree: SchoolTree, places: Places, *, alone: bool) -> list[tuple[str, str]]:
    school = tree.school
    before = "" if alone else f"{school.name} "
    whole = places.everywhere or school.id in places.schools
    parts = [(Part(PartKind.SCHOOL, school.code), school.name)] if whole else []
    if whole:
        parts += [(Part(PartKind.GRADE, school.code, grade.code), before + grade.name) for grade in tree.grades]
    parts += [
        (Part(PartKind.HOMEROOM, school.code, room.label), before + room.label)
        for grade in tree.grades
        for room in grade.homerooms
    ]
    parts += [(Part(PartKind.GROUP, school.code, group.name), before + group.name) for group in tree.groups]
    return [(str(part), label) for part, label in parts]
