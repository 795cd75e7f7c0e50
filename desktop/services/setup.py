"""The first start: making the database, and the people who can then make everything else."""

from typing import Literal, get_args

from desktop.domain import passwords as rules
from desktop.domain.errors import UserError
from desktop.domain.names import trimmed
from desktop.domain.people import FieldProblem
from desktop.domain.school_checks import check_code, check_name, clean_code
from desktop.domain.schools import SchoolKind, school_year
from desktop.domain.setup import FirstStart
from desktop.domain.staff import CITY, Actor, ActorKind, Grant, Role
from desktop.services import passwords
from desktop.services.clock import utc_now
from desktop.services.staff_files import checked_login, clean_login
from desktop.store import audit, schema, schools, settings, staff
from desktop.store.db import Clock, Session, Store

__all__ = ["FirstStart", "Setup", "State"]

State = Literal["new", "ready", "older", "newer"]


class Setup:
    def __init__(self, store: Store, clock: Clock = utc_now) -> None:
        self._store = store
        self._clock = clock

    def state(self) -> State:
        """`new` until the first administrator stands; `older` and `newer` than this program.

        Raises UserError("database.…") where the database does not answer.
        """
        with self._store.read() as session:
            found = schema.version(self._store.engine)
            if found is None:
                return "new"
            if found != schema.HEAD:
                return "older" if found < schema.HEAD else "newer"
            return "ready" if schema.is_founded(session) and staff.anybody(session) else "new"

    def create(self, practice: bool, via: str = "") -> None:
        """Make the database or bring it up to date. Practice is fixed when it is made.

        Raises UserError("database.newer") or UserError("database.other_mode").
        """
        with self._store.read():  # so that a database that does not answer is told in words
            schema.upgrade(self._store.engine)
        with self._store.read() as session:
            if schema.is_founded(session) and schema.installation(session).practice == practice:
                return
        with self._store.write(Actor(ActorKind.COMMAND_LINE, "first start", via=via)) as session:
            schema.found_installation(session, practice=practice)
            audit.record(session, "founded", "installation", practice=practice)

    def check(self, form: FirstStart) -> list[FieldProblem]:
        """Everything that keeps the form from being accepted, field by field."""
        found = {"city": check_name(form.city), "school_name": check_name(form.school_name)}
        found["school_code"] = check_code(form.school_code)
        found["school_kind"] = None if form.school_kind in get_args(SchoolKind) else "required"
        found["admin_name"] = check_name(form.admin_name)
        if form.approver_name is not None:
            found["approver_name"] = check_name(form.approver_name)
        problems = [FieldProblem(field, code) for field, code in found.items() if code is not None]
        problems += _check_person("admin", form.admin_login, form.admin_password)
        if form.approver_name is not None:
            problems += _check_person("approver", form.approver_login, form.approver_password)
            if form.approver_login and clean_login(form.approver_login) == clean_login(form.admin_login):
                problems.append(FieldProblem("approver_login", "staff.login_twice"))
        return problems

    def first_start(self, form: FirstStart) -> Actor:
        """Make the city's first school, its administrator and the second person; the administrator, signed in.

        Raises UserError("form.invalid", problems=), or UserError("setup.done") where there is staff already.
        """
        if problems := self.check(form):
            raise UserError("form.invalid", problems=problems, fields=", ".join(p.field for p in problems))
        if self.state() != "ready":
            self._create_if_new(form)
        hashes = [passwords.hashed(form.admin_password, form.admin_login)]
        if form.approver_name is not None:
            hashes.append(passwords.hashed(form.approver_password, form.approver_login))
        with self._store.write(Actor(ActorKind.COMMAND_LINE, trimmed(form.admin_name))) as session:
            if staff.anybody(session):
                raise UserError("setup.done")
            self._found_city(session, form)
            actor = _found_staff(session, form, hashes)
            audit.record(session, "first_start", "installation", staff=len(hashes))
        return actor

    def _create_if_new(self, form: FirstStart) -> None:
        """Leave a database alone that stands already, be it for practice or real."""
        with self._store.read() as session:
            stands = schema.version(self._store.engine) == schema.HEAD and schema.is_founded(session)
        if not stands:
            self.create(form.practice)

    def _found_city(self, session: Session, form: FirstStart) -> None:
        settings.put(session, "city.name", trimmed(form.city))
        schools.add(
            session,
            code=clean_code(form.school_code),
            name=trimmed(form.school_name),
            kind=form.school_kind,
            phone="",
            email="",
            year=school_year(settings.today(session, self._clock())),
        )


def _check_person(who: str, login: str, password: str) -> list[FieldProblem]:
    problems = []
    if not login.strip():
        problems.append(FieldProblem(f"{who}_login", "required"))
    else:
        try:
            checked_login(login)
        except UserError as error:
            problems.append(FieldProblem(f"{who}_login", error.code))
    if not password:
        problems.append(FieldProblem(f"{who}_password", "required"))
    elif weak := rules.problem_with(password, login):
        problems.append(FieldProblem(f"{who}_password", weak))
    return problems


def _found_staff(session: Session, form: FirstStart, hashes: list[str]) -> Actor:
    """The administrator, who is a clerk too, and the second person, who approves and is a clerk too."""
    name = trimmed(form.admin_name)
    grants = (Grant(Role.ADMINISTRATOR, CITY), Grant(Role.CLERK, CITY))
    staff_id = staff.add(session, checked_login(form.admin_login), name, hashes[0])
    staff.replace_grants(session, staff_id, grants)
    if form.approver_name is not None:
        second = staff.add(session, checked_login(form.approver_login), trimmed(form.approver_name), hashes[1])
        staff.replace_grants(session, second, (Grant(Role.APPROVER, CITY), Grant(Role.CLERK, CITY)))
    return Actor(ActorKind.STAFF, name, staff_id, grants)
