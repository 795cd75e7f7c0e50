"""A factory of rows with sensible defaults: `make.child(session, homeroom=room)`."""

import itertools
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from desktop.domain.mail import lane
from desktop.domain.staff import CITY, Actor, ActorKind, Grant, Role, Scope, school_scope
from desktop.store import schema, search
from desktop.store.tables import (
    Child,
    ContactPoint,
    Enrolment,
    Grade,
    Group,
    Guardian,
    GuardianSchool,
    Guardianship,
    Homeroom,
    Membership,
    Placement,
    RoleGrant,
    School,
    SchoolYear,
    Staff,
    WaitingContact,
)

YEAR = 2026


class Make:
    """Rows of one invented city. `now` is when they were made; the school year is 2026."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._numbers = itertools.count(1)

    def installation(self, session: Session, *, practice: bool = False) -> None:
        schema.found_installation(session, practice=practice)
        session.flush()

    def school(self, session: Session, code: str = "H001", name: str = "ひがし小学校", kind: str = "primary") -> School:
        school = School(code=code, name=name, kind=kind, phone="082-000-0001", email=f"{code.lower()}@school.example")
        session.add(school)
        session.flush()
        session.add(
            SchoolYear(school_id=school.id, year=YEAR, starts_on=date(YEAR, 4, 1), ends_on=date(YEAR + 1, 3, 31))
        )
        session.flush()
        return school

    def grade(self, session: Session, school: School, code: str = "3") -> Grade:
        known = session.scalar(select(Grade).where(Grade.school_id == school.id, Grade.code == code))
        if known:
            return known
        grade = Grade(school_id=school.id, year=YEAR, code=code, name=f"{code}年", position=int(code))
        session.add(grade)
        session.flush()
        session.add(
            Homeroom(
                school_id=school.id,
                year=YEAR,
                grade_id=grade.id,
                name="未定",
                label=f"{code}-未定",
                unplaced=True,
                position=99,
            )
        )
        session.flush()
        return grade

    def homeroom(self, session: Session, school: School, label: str = "3-1") -> Homeroom:
        known = session.scalar(select(Homeroom).where(Homeroom.school_id == school.id, Homeroom.label == label))
        if known:
            return known
        code, _, name = label.partition("-")
        grade = self.grade(session, school, code)
        room = Homeroom(
            school_id=school.id, year=YEAR, grade_id=grade.id, name=name, label=label, position=next(self._numbers)
        )
        session.add(room)
        session.flush()
        return room

    def group(self, session: Session, school: School, name: str = "サッカー部", kind: str = "club") -> Group:
        group = Group(school_id=school.id, kind=kind, name=name)
        session.add(group)
        session.flush()
        return group

    def child(
        self,
        session: Session,
        homeroom: Homeroom,
        family: str = "青木",
        given: str | None = None,
        *,
        kana: tuple[str, str] = ("アオキ", "ヒナ"),
        number: str | None = None,
        groups: tuple[Group, ...] = (),
        birth_date: date | None = date(2017, 6, 14),
    ) -> Child:
        """An enrolled and placed child, findable, without guardians."""
        serial = next(self._numbers)
        child = Child(
            family_name=family,
            given_name=given or f"花{serial}",
            family_name_kana=kana[0],
            given_name_kana=kana[1],
            sex="female",
            birth_date=birth_date,
            created_at=self._now,
        )
        session.add(child)
        session.flush()
        enrolment = Enrolment(
            child_id=child.id, school_id=homeroom.school_id, year=homeroom.year, from_date=date(homeroom.year, 4, 1)
        )
        session.add(enrolment)
        session.flush()
        session.add(
            Placement(
                enrolment_id=enrolment.id,
                school_id=homeroom.school_id,
                homeroom_id=homeroom.id,
                student_number=number or str(serial),
                from_date=date(homeroom.year, 4, 1),
            )
        )
        for group in groups:
            session.add(
                Membership(
                    enrolment_id=enrolment.id,
                    school_id=group.school_id,
                    group_id=group.id,
                    from_date=date(homeroom.year, 4, 1),
                )
            )
        session.flush()
        keys = search.child_keys(child.family_name, child.given_name, *kana)
        search.add_keys(session, "child", {child.id: ([homeroom.school_id], keys)})
        return child

    def guardian(
        self,
        session: Session,
        *children: Child,
        family: str = "青木",
        given: str = "健一",
        language: str = "ja",
        mail: str | None = "",
        line: str | None = None,
        relationship: str = "father",
        do_not_contact: bool = False,
        plain: bool = False,
        suppressed: str | None = None,
    ) -> Guardian:
        """A guardian of these children. `mail` "" invents an address, None gives none."""
        serial = next(self._numbers)
        guardian = Guardian(family_name=family, given_name=given, language=language, created_at=self._now)
        session.add(guardian)
        session.flush()
        schools = set()
        for child in children:
            last = session.scalars(select(Guardianship.position).where(Guardianship.child_id == child.id)).all()
            session.add(
                Guardianship(
                    child_id=child.id,
                    guardian_id=guardian.id,
                    relationship=relationship,
                    position=max(last, default=0) + 1,
                    do_not_contact=do_not_contact,
                )
            )
            schools |= set(session.scalars(select(Enrolment.school_id).where(Enrolment.child_id == child.id)))
        session.add_all(GuardianSchool(school_id=school, guardian_id=guardian.id) for school in schools)
        address = f"guardian{serial}@mail.example" if mail == "" else mail
        if address:
            self.contact(session, guardian, "email", address, plain=plain, suppressed=suppressed)
        if line is not None:
            self.contact(session, guardian, "line", line or f"U{serial:032x}")
        keys = search.guardian_keys(family, given, "", "", [], [address] if address else [])
        search.add_keys(session, "guardian", {guardian.id: (schools, keys)})
        return guardian

    def waiting(
        self,
        session: Session,
        school: School,
        homeroom: Homeroom | None = None,
        *,
        group: Group | None = None,
        guardian: Guardian | None = None,
        name: str = "",
        mail: str = "",
    ) -> WaitingContact:
        """A contact that waits for its child: of a new guardian, unless one is given who waits here, too."""
        if guardian is None:
            guardian = self.guardian(session, family=name, given="", mail=mail)
        if session.get(GuardianSchool, (school.id, guardian.id)) is None:
            session.add(GuardianSchool(school_id=school.id, guardian_id=guardian.id))
        contact = WaitingContact(
            guardian_id=guardian.id,
            school_id=school.id,
            year=YEAR,
            homeroom_id=homeroom.id if homeroom else None,
            group_id=group.id if group else None,
            name=name,
        )
        session.add(contact)
        session.flush()
        keys = search.guardian_keys(name, "", "", "", [], [mail] if mail else [])
        search.replace_keys(session, "guardian", {guardian.id: ({school.id}, keys)})
        return contact

    def contact(
        self, session: Session, guardian: Guardian, kind: str, address: str, *, plain: bool = False,
        suppressed: str | None = None, verified: bool = True,
    ) -> ContactPoint:  # fmt: skip
        contact = ContactPoint(
            guardian_id=guardian.id,
            kind=kind,
            address=address,
            plain_text_only=plain,
            lane=lane(address.rpartition("@")[2]) if kind == "email" else "",
            verified_at=self._now if verified else None,
            suppressed_reason=suppressed,
            suppressed_at=self._now if suppressed else None,
        )
        session.add(contact)
        session.flush()
        return contact

    def staff(
        self, session: Session, *roles: Role, school: School | None = None, name: str = "山田 花子", mail: str = ""
    ) -> Actor:
        """A member of staff with these roles at the school, or in the whole city; ready to act."""
        serial = next(self._numbers)
        staff = Staff(login=f"staff{serial}", name=name, email=mail or None, password_hash=None, created_at=self._now)
        session.add(staff)
        session.flush()
        scope: Scope = school_scope(school.id if school else None)
        for role in roles:
            session.add(
                RoleGrant(
                    staff_id=staff.id,
                    role=role.value,
                    scope_kind=scope.kind.value,
                    school_id=scope.school_id,
                    granted_by="tests",
                )
            )
        session.flush()
        return Actor(ActorKind.STAFF, name, staff.id, tuple(Grant(role, scope) for role in roles))

    def principal(self) -> Actor:
        """Somebody who may do everything, for tests of other things."""
        return Actor(ActorKind.COMMAND_LINE, "tests", None, tuple(Grant(role, CITY) for role in Role))
