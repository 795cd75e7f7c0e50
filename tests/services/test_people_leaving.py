"""Children who leave a school: the day, who sees them, and the way back."""

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from desktop.domain.audience import parse_audience
from desktop.domain.errors import UserError
from desktop.domain.people import ListQuery, Node
from desktop.domain.staff import Role
from desktop.services.people import People
from desktop.store import audit, search
from desktop.store.audience import audience_select
from desktop.store.db import Store
from desktop.store.tables import (
    AuditEvent,
    Child,
    Enrolment,
    GuardianSchool,
    Homeroom,
    Membership,
    Placement,
    SchoolYear,
)
from tests.conftest import Clock
from tests.make import Make

TODAY = date(2026, 11, 20)
TOMORROW = date(2026, 11, 21)
APRIL = date(2027, 4, 1)


class Town:
    """A class of two, one of whom plays football and has a brother at the junior high school."""

    def __init__(self, store: Store, make: Make) -> None:
        self.store = store
        with store.write(make.principal()) as session:
            self.east = make.school(session)
            self.west = make.school(session, "H002", "にし中学校", "junior_high")
            self.room = make.homeroom(session, self.east, "3-1")
            self.room2 = make.homeroom(session, self.east, "3-2")
            self.west_room = make.homeroom(session, self.west, "1-1")
            self.football = make.group(session, self.east)
            self.hina = make.child(session, self.room, "青木", "陽菜", number="1", groups=(self.football,))
            self.misaki = make.child(session, self.room, "髙橋", "美咲", kana=("タカハシ", "ミサキ"), number="2")
            self.yui = make.child(session, self.west_room, "青木", "結衣")
            self.mother = make.guardian(session, self.hina, self.yui, family="青木", given="恵")
            self.clerk = make.staff(session, Role.CLERK, school=self.east)
            self.west_clerk = make.staff(session, Role.CLERK, school=self.west)
            audit.record(session, "added", "school")

    def audience(self, part: str, day: date) -> set[int]:
        with self.store.read() as session:
            meant = parse_audience([part])
            return set(session.scalars(audience_select(session, meant, day)))

    def audiences(self, day: date) -> list[set[int]]:
        parts = ("city", "school:H001", "grade:H001/3", "homeroom:H001/3-1", "group:H001/サッカー部")
        return [self.audience(part, day) for part in (*parts, f"child:{self.hina.id}")]

    def schools_of_the_mother(self) -> set[int]:
        with self.store.read() as session:
            return set(
                session.scalars(select(GuardianSchool.school_id).where(GuardianSchool.guardian_id == self.mother.id))
            )

    def dates(self) -> list[tuple[date, date | None]]:
        with self.store.read() as session:
            held: list[Enrolment | Placement | Membership] = [
                *session.scalars(select(Enrolment).order_by(Enrolment.id)),
                *session.scalars(select(Placement).order_by(Placement.id)),
                *session.scalars(select(Membership).order_by(Membership.id)),
            ]
            return [(row.from_date, row.to_date) for row in held]


@pytest.fixture
def town(store: Store, make: Make) -> Town:
    return Town(store, make)


@pytest.fixture
def people(store: Store, clock: Clock) -> People:
    return People(store, clock)


def enrol(session: Session, child: Child, room: Homeroom, since: date) -> None:
    enrolment = Enrolment(child_id=child.id, school_id=room.school_id, year=since.year, from_date=since)
    session.add(enrolment)
    session.flush()
    session.add(
        Placement(
            enrolment_id=enrolment.id, school_id=room.school_id, homeroom_id=room.id, student_number="7",
            from_date=since,
        )
    )  # fmt: skip


def refused(call: Callable[[], object]) -> str:
    with pytest.raises(UserError) as error:
        call()
    return error.value.code


def test_a_child_who_leaves_is_in_no_audience_from_the_day_after(people: People, town: Town) -> None:
    before = town.audiences(TODAY)
    assert all(town.hina.id in meant for meant in before)
    people.withdraw(town.clerk, [town.hina.id], TODAY)
    assert town.audiences(TODAY) == before
    assert not any(town.hina.id in meant for meant in town.audiences(TOMORROW))
    assert town.misaki.id in town.audience("homeroom:H001/3-1", TOMORROW)


def test_its_school_finds_it_up_to_the_last_day_and_the_sibling_stays(people: People, town: Town, clock: Clock) -> None:
    people.withdraw(town.clerk, [town.hina.id], TODAY)
    people.let_go(town.clerk)
    assert list(people.child_ids(town.clerk, ListQuery(typed="あおき"))) == [town.hina.id]
    assert town.schools_of_the_mother() == {town.east.id, town.west.id}
    clock.turn(days=1)
    assert list(people.child_ids(town.clerk, ListQuery(Node(town.east.id)))) == [town.misaki.id]
    assert people.let_go(town.clerk) == 1
    with town.store.read() as session:
        assert search.find(session, "青木", "child", [town.east.id]) == []
        assert search.find(session, "青木", "guardian", [town.east.id]) == []
    assert town.schools_of_the_mother() == {town.west.id}
    assert list(people.guardian_ids(town.west_clerk, ListQuery(typed="青木"))) == [town.mother.id]
    assert refused(lambda: people.child(town.clerk, town.hina.id)) == "not_found"


def test_one_who_left_before_today_is_gone_at_once(people: People, town: Town) -> None:
    people.withdraw(town.clerk, [town.hina.id], date(2026, 10, 31))
    assert list(people.child_ids(town.clerk, ListQuery(typed="あおき"))) == []
    assert town.schools_of_the_mother() == {town.west.id}
    assert people.let_go(town.clerk) == 0


def test_everything_is_as_it_was_after_the_undo(people: People, town: Town, make: Make) -> None:
    with town.store.write(make.principal()) as session:
        session.add(SchoolYear(school_id=town.east.id, year=2027, starts_on=APRIL, ends_on=date(2028, 3, 31)))
        enrol(session, town.hina, town.room2, APRIL)
        audit.record(session, "added", "homeroom")
    before = (town.dates(), town.schools_of_the_mother(), town.audiences(TOMORROW))
    token = people.withdraw(town.clerk, [town.hina.id, town.misaki.id], date(2026, 10, 31))
    assert len(town.dates()) == len(before[0]) - 2
    assert all(to is None or since <= to for since, to in town.dates())
    people.undo(town.clerk, token)
    assert (town.dates(), town.schools_of_the_mother(), town.audiences(TOMORROW)) == before
    assert list(people.child_ids(town.clerk, ListQuery(typed="あおき"))) == [town.hina.id]
    assert refused(lambda: people.undo(town.clerk, token)) == "undo.changed"


def test_the_undo_is_the_schools_own_and_not_over_other_changes(people: People, town: Town, clock: Clock) -> None:
    token = people.withdraw(town.clerk, [town.hina.id], TODAY)
    assert refused(lambda: people.undo(town.west_clerk, token)) == "forbidden"
    people.withdraw(town.clerk, [town.hina.id], TOMORROW)
    people.withdraw(town.clerk, [town.hina.id], date(2026, 10, 31))
    assert refused(lambda: people.undo(town.clerk, token)) == "undo.changed"
    late = people.withdraw(town.clerk, [town.misaki.id], TODAY)
    clock.turn(minutes=11)
    assert refused(lambda: people.undo(town.clerk, late)) == "undo.too_late"


def test_only_ones_own_school_is_left(people: People, town: Town, make: Make) -> None:
    assert refused(lambda: people.withdraw(town.west_clerk, [town.hina.id], TODAY)) == "not_found"
    assert refused(lambda: people.withdraw(town.clerk, [town.hina.id], date(2026, 3, 1))) == "child.left_before"
    with town.store.write(make.principal()) as session:
        enrol(session, town.hina, town.west_room, date(2026, 4, 1))
        audit.record(session, "added", "child")
    people.withdraw(make.principal(), [town.hina.id], TODAY, school_id=town.east.id)
    assert town.audience("city", TOMORROW) == {town.hina.id, town.misaki.id, town.yui.id}
    assert town.hina.id not in town.audience("school:H001", TOMORROW)


def test_the_events_name_no_person(people: People, town: Town) -> None:
    people.withdraw(town.clerk, [town.hina.id], TODAY)
    with town.store.read() as session:
        events = session.scalars(select(AuditEvent).where(AuditEvent.verb == "withdrawn")).all()
    assert {(event.subject, event.subject_id) for event in events} == {("children", None), ("child", town.hina.id)}
    assert all(set(event.details) <= {"children"} for event in events)


def test_no_class_ends_before_it_began(people: People, town: Town) -> None:
    people.move(town.clerk, [town.hina.id], town.room2.id)
    people.move(town.clerk, [town.hina.id], town.room.id)
    people.move(town.clerk, [town.hina.id], town.room2.id)
    with town.store.read() as session:
        history = session.execute(
            select(Homeroom.label, Placement.student_number, Placement.to_date)
            .join(Homeroom, Homeroom.id == Placement.homeroom_id)
            .join(Enrolment, Enrolment.id == Placement.enrolment_id)
            .where(Enrolment.child_id == town.hina.id)
            .order_by(Placement.from_date)
        ).all()
    assert [tuple(row) for row in history] == [("3-1", "1", date(2026, 11, 19)), ("3-2", "", None)]
