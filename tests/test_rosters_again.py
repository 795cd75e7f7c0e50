"""A school's next file: what it remembers of the last one, what was changed since, and what a file does not say."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from desktop.domain.errors import UserError
from desktop.domain.rosters.differences import Decisions
from desktop.domain.staff import Actor, Role
from desktop.services.people import People
from desktop.store import audit, settings
from desktop.store.db import Store
from desktop.store.tables import Child, ContactPoint, Enrolment, Guardian, Homeroom, Placement
from tests.conftest import NOON, Clock
from tests.make import Make
from tests.roster_office import HEADER, SAKURA, Office, changed, codes

NAMELESS = ["XX", *HEADER[1:]]
FROM_THE_FILE = Decisions(everything=True)


@pytest.fixture
def office(store: Store, make: Make, clock: Clock, tmp_path: Path) -> Office:
    return Office(store, make, clock, tmp_path)


def correct(session: Session) -> None:
    """What staff and the family put right since the import."""
    session.scalars(select(Child)).one().given_name = "桜"
    mother = session.scalars(select(Guardian).where(Guardian.given_name == "花子")).one()
    mail = select(ContactPoint).where(ContactPoint.guardian_id == mother.id, ContactPoint.kind == "email")
    session.scalars(mail).one().address = "new@mail.example"


# Columns


def test_columns_once_corrected_are_known_the_next_time(office: Office) -> None:
    first = office.rosters.recall(office.clerk, office.read(SAKURA, header=NAMELESS))
    assert (first.remembered, first.columns.has("child_code")) == (False, False)
    office.rosters.import_(
        office.clerk, office.rosters.reread(first, mapping={"XX": "child_code"}, school="H001", year=2026)
    )
    again = office.rosters.recall(office.clerk, office.read(SAKURA, header=NAMELESS))
    assert (again.remembered, again.columns.has("child_code")) == (True, True)
    assert again.rows.good[0].child.code == "0007"
    other = office.rosters.recall(office.clerk, office.read(SAKURA, header=["YY", *HEADER[1:]]))
    assert not other.remembered


def test_what_is_said_now_counts_more_than_last_time(office: Office) -> None:
    reading = office.read(SAKURA, header=NAMELESS)
    office.rosters.import_(
        office.clerk, office.rosters.reread(reading, mapping={"XX": "child_code"}, school="H001", year=2026)
    )
    chosen = office.rosters.reread(reading, mapping={"XX": ""}, school="H001", year=2026)
    assert office.rosters.recall(office.clerk, chosen) is chosen
    office.rosters.import_(office.clerk, replace(reading, chosen={}))
    assert not office.rosters.recall(office.clerk, office.read(SAKURA, header=NAMELESS)).remembered


def test_another_school_does_not_learn_of_it(office: Office, make: Make) -> None:
    with office.store.write(make.principal()) as session:
        west = make.school(session, "H002", "にし小学校")
        stranger: Actor = make.staff(session, Role.CLERK, school=west)
        audit.record(session, "added", "school")
    reading = office.read(SAKURA, header=NAMELESS)
    office.rosters.import_(
        office.clerk, office.rosters.reread(reading, mapping={"XX": "child_code"}, school="H001", year=2026)
    )
    assert not office.rosters.recall(stranger, office.read(SAKURA, header=NAMELESS, school="H002")).remembered


# Differences


def test_what_was_changed_since_is_listed_with_both_values(office: Office) -> None:
    office.import_(SAKURA)
    office.edit(correct)
    preview = office.rosters.preview(office.clerk, office.read(SAKURA))
    assert [(each.line, each.target, each.current, each.said) for each in preview.differences] == [
        (2, "given_name", "桜", "さくら"),
        (2, "guardian1_email", "new@mail.example", "hana@mail.example"),
    ]
    assert {each.column for each in preview.differences} == {"氏名", "保護者1　メール"}
    assert (preview.unchanged, {each.takes_file for each in preview.differences}) == (1, {False})


def test_for_one_cell_the_file_can_be_chosen(office: Office) -> None:
    office.import_(SAKURA)
    office.edit(correct)
    decisions = Decisions(frozenset({(2, "guardian1_email")}))
    result = office.rosters.import_(office.clerk, office.read(SAKURA), decisions=decisions)
    assert (result.changed, codes(result)) == (1, ["kept.staff"])
    assert ("花子", "hana@mail.example") in office.contacts()
    assert list(office.classes()) == ["桜"]


def test_the_file_can_be_chosen_for_everything(office: Office) -> None:
    office.import_(SAKURA)
    office.edit(correct)
    moved = changed(SAKURA, 組="2", 出席番号="30", 保護者1_続柄="祖母")

    def move(session: Session) -> None:
        third = session.scalars(select(Homeroom).where(Homeroom.unplaced)).one()
        session.scalars(select(Placement)).one().homeroom_id = third.id

    office.edit(move)
    result = office.rosters.import_(office.clerk, office.read(moved), decisions=FROM_THE_FILE)
    assert (result.moved, codes(result)) == (1, [])
    assert office.classes() == {"さくら": "3-2 30"}
    again = office.import_(moved)
    assert (again.imported, again.differences) == (0, ())


# What the file does not say


def test_a_file_without_classes_is_one_class(office: Office) -> None:
    header = [name for name in HEADER if name not in {"学年", "組"}]
    row = [cell for name, cell in zip(HEADER, SAKURA, strict=True) if name in header]
    reading = office.read(row, header=header)
    assert reading.missing == ("grade",)
    whole = office.rosters.reread(reading, school="H001", year=2026, homeroom="3年2組")
    assert whole.missing == ()
    office.rosters.import_(office.clerk, whole)
    assert office.classes() == {"さくら": "3-2 4"}


def test_a_class_in_the_file_counts_more(office: Office) -> None:
    reading = office.rosters.reread(office.read(SAKURA), school="H001", year=2026, homeroom="5-2")
    office.rosters.import_(office.clerk, reading)
    assert office.classes() == {"さくら": "3-1 4"}


def test_a_class_without_its_grade_is_not_enough_where_the_file_has_none(office: Office) -> None:
    header = [name for name in HEADER if name not in {"学年", "組"}]
    row = [cell for name, cell in zip(HEADER, SAKURA, strict=True) if name in header]
    reading = office.rosters.reread(office.read(row, header=header), school="H001", year=2026, homeroom="2")
    with pytest.raises(UserError) as refused:
        office.rosters.import_(office.clerk, reading)
    assert refused.value.code == "roster.columns_missing"


def test_a_child_that_left_and_is_named_again_begins_anew(office: Office, clock: Clock) -> None:
    office.import_(SAKURA)
    people = People(office.store, clock)
    with office.store.read() as session:
        child_id = session.scalars(select(Child.id)).one()
    today = settings_day(office)
    people.withdraw(office.clerk, [child_id], today)
    assert office.import_(SAKURA).imported == 1
    with office.store.read() as session:
        first, second = session.scalars(select(Enrolment).order_by(Enrolment.id))
        assert (first.to_date, second.from_date, second.to_date) == (today, today + timedelta(days=1), None)
        assert [row.from_date for row in session.scalars(select(Placement).where(Placement.to_date.is_(None)))] == [
            second.from_date
        ]


def settings_day(office: Office) -> date:
    with office.store.read() as session:
        return settings.today(session, NOON)


def test_who_asks_to_stop_at_the_last_moment_still_gets_it(office: Office) -> None:
    def stop(done: int, total: int) -> None:
        if done == total:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        office.rosters.import_(office.clerk, office.read(SAKURA), stop)
    assert office.counts()["children"] == 0
